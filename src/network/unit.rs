//! A residual unit, computed at the rows that are asked for.

use candle_core::Result;

use crate::engine::{Convolution, Engine, Grid, Rows, Window};

/// A pre-activation residual unit.
pub(super) struct Unit<E: Engine> {
    pub preact: E::Norm,
    pub shortcut: Shortcut<E>,
    pub stride: usize,
    pub residual: Residual<E>,
}

/// What the residual is added to.
pub(super) enum Shortcut<E: Engine> {
    /// The state itself.
    Identity,
    /// The pre-activated state: the very first unit of a CIFAR network.
    Preactivation,
    /// The state average-pooled over the stride, with `channels` zero channels added, half on each side.
    PoolAndPad { channels: usize },
    /// A 1x1 convolution of the pre-activated state.
    Projection(E::Conv),
}

/// The convolutions of a unit.
pub(super) enum Residual<E: Engine> {
    /// CIFAR: 3x3 with the stride and its norm, 3x3.
    Basic { conv1: E::Conv, conv2: E::Conv },
    /// ImageNet: 1x1, 3x3 with the stride, 1x1; the first two with their norms.
    Bottleneck { conv1: E::Conv, conv2: E::Conv, conv3: E::Conv },
}

/// Where a unit is computed.
pub(super) struct Asked<'a> {
    pub everywhere: &'a Rows,
    /// Those that change.
    pub active: &'a Rows,
    /// Those at which the last convolution is computed: the active ones, or more.
    pub targets: &'a Rows,
    /// The targets and their neighbours.
    pub dilated: &'a Rows,
}

const POINT: Window = Window::centred(1, 1);
const AROUND: Window = Window::centred(3, 1);

impl<E: Engine> Unit<E> {
    /// A block's first unit, at every position of `grid`: the state behind it, at every position of the strided grid.
    pub fn first(&self, engine: &E, x: E::Matrix, grid: Grid) -> Result<E::Matrix> {
        let (everywhere, out) = (&Rows::all(grid), &Rows::all(grid.strided(self.stride)));
        let after = |conv, x: &E::Matrix, into, window| {
            let step = Convolution { norm: None, conv, window, source: out, targets: out };
            engine.convolve_into(&step, x, into, out)
        };
        match &self.residual {
            Residual::Basic { conv1, conv2 } => {
                let p = engine.normed(&self.preact, &x, everywhere)?;
                let window = Window::same(3, self.stride, grid);
                let step = Convolution { norm: None, conv: conv1, window, source: everywhere, targets: out };
                let hidden = engine.convolve(&step, &p)?;
                let shortcut = match self.shortcut {
                    Shortcut::Preactivation => p,
                    _ => self.shortcut(engine, x, everywhere, out)?,
                };
                after(conv2, &hidden, shortcut, AROUND)
            }
            Residual::Bottleneck { conv1, conv2, conv3 } => {
                let norm = Some(&self.preact);
                let step =
                    Convolution { norm, conv: conv1, window: POINT, source: everywhere, targets: everywhere };
                let hidden = engine.convolve(&step, &x)?;
                let window = Window::centred(3, self.stride);
                let step = Convolution { norm: None, conv: conv2, window, source: everywhere, targets: out };
                let hidden = engine.convolve(&step, &hidden)?;
                after(conv3, &hidden, self.shortcut(engine, x, everywhere, out)?, POINT)
            }
        }
    }

    fn shortcut(&self, engine: &E, x: E::Matrix, everywhere: &Rows, out: &Rows) -> Result<E::Matrix> {
        match &self.shortcut {
            Shortcut::Identity => Ok(x),
            Shortcut::Preactivation => engine.normed(&self.preact, &x, everywhere),
            Shortcut::PoolAndPad { channels } => {
                engine.pool_and_pad(&x, everywhere.grid(), self.stride, *channels)
            }
            Shortcut::Projection(conv) => {
                let window = Window { stride: self.stride, ..POINT };
                let norm = Some(&self.preact);
                let step = Convolution { norm, conv, window, source: everywhere, targets: out };
                engine.convolve(&step, &x)
            }
        }
    }

    /// A later unit: the state with the residual added at the active rows. `seen`: the dilated rows and their neighbours,
    /// which two 3x3 convolutions read; a bottleneck reads no further than the dilated ones.
    pub fn later(&self, engine: &E, x: E::Matrix, asked: &Asked<'_>, seen: &Rows) -> Result<E::Matrix> {
        let Asked { everywhere, active, targets, dilated } = *asked;
        let step = |conv, window, source, targets| Convolution { norm: None, conv, window, source, targets };
        match &self.residual {
            Residual::Basic { conv1, conv2 } => {
                let p = engine.normed(&self.preact, &x, seen)?;
                let hidden = engine.convolve(&step(conv1, AROUND, seen, dilated), &p)?;
                drop(p);
                engine.convolve_into(&step(conv2, AROUND, dilated, targets), &hidden, x, active)
            }
            Residual::Bottleneck { conv1, conv2, conv3 } => {
                let first =
                    Convolution { norm: Some(&self.preact), ..step(conv1, POINT, everywhere, dilated) };
                let hidden = engine.convolve(&first, &x)?;
                let hidden = engine.convolve(&step(conv2, AROUND, dilated, targets), &hidden)?;
                engine.convolve_into(&step(conv3, POINT, targets, targets), &hidden, x, active)
            }
        }
    }

    /// Whether a later unit reads beyond the dilated rows.
    pub fn reads_two_rings(&self) -> bool {
        matches!(self.residual, Residual::Basic { .. })
    }
}

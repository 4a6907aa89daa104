//! From which share of active positions on it is faster to compute everything: measured, not believed.

use std::time::{Duration, Instant};

use candle_core::Result;

use super::{Activation, Composed, Convolution, Engine, Grid, Rows, Window};

/// The unit that is timed: a bottleneck of the published ResNet-101's third block, where most of its units are.
const CHANNELS: usize = 1024;
const BOTTLENECK: usize = 256;
const GRID: Grid = Grid { images: 4, height: 14, width: 14 };
/// Shares of active positions that are tried, ascending.
const SHARES: [f64; 4] = [0.3, 0.5, 0.7, 0.9];
const REPETITIONS: usize = 5;
/// No share: the rows are always faster.
const NEVER: f64 = f64::INFINITY;

/// The least share tried at which a unit at all positions takes less time than at the active ones. Takes some hundredths of
/// a second on a GPU. A device that cannot do it will say so when it is asked for a real run.
pub fn measure(engine: &Composed) -> f64 {
    try_measure(engine).unwrap_or(NEVER)
}

fn try_measure(engine: &Composed) -> Result<f64> {
    let unit = Unit::new(engine)?;
    let everywhere = Rows::all(GRID);
    unit.time(engine, &everywhere, &everywhere, &everywhere)?; // the first run compiles kernels and finds memory
    least_share(|share| {
        let active = active(share);
        let mut dilated = Rows::none(GRID);
        dilated.assign_dilated(&active);
        let rows = unit.time(engine, &dilated, &active, &active)?;
        let dense = unit.time(engine, &everywhere, &everywhere, &active)?;
        Ok((rows, dense))
    })
}

/// The least share at which the second of the two times is the shorter.
fn least_share(mut times: impl FnMut(f64) -> Result<(Duration, Duration)>) -> Result<f64> {
    for share in SHARES {
        let (rows, dense) = times(share)?;
        if dense < rows {
            return Ok(share);
        }
    }
    Ok(NEVER)
}

/// About so large a share of the positions. Real ones come in patches; a pattern of lines has neighbours like theirs.
fn active(share: f64) -> Rows {
    let rows: Vec<u32> = (0..GRID.rows() as u32).filter(|row| f64::from(row % 97) < share * 97.0).collect();
    Rows::from_sorted(GRID, &rows)
}

struct Unit<E: Engine> {
    norm: E::Norm,
    convs: [E::Conv; 3],
    state: E::Matrix,
}

impl<E: Engine<Matrix: Clone>> Unit<E> {
    fn new(engine: &E) -> Result<Self> {
        let ones = vec![1.0; CHANNELS];
        let conv = |kernel: usize, inputs: usize, outputs: usize| {
            let weights = vec![1e-3; kernel * kernel * inputs * outputs];
            engine.conv(kernel, inputs, &weights, &vec![0.0; outputs], Activation::RELU)
        };
        Ok(Self {
            norm: engine.norm(&ones, &ones, Activation::RELU)?,
            convs: [
                conv(1, CHANNELS, BOTTLENECK)?,
                conv(3, BOTTLENECK, BOTTLENECK)?,
                conv(1, BOTTLENECK, CHANNELS)?,
            ],
            state: engine.upload(&vec![0.5; GRID.rows() * CHANNELS], GRID, CHANNELS, 1)?,
        })
    }

    /// Least time of a unit.
    fn time(&self, engine: &E, dilated: &Rows, targets: &Rows, only: &Rows) -> Result<Duration> {
        let everywhere = Rows::all(GRID);
        let mut least = Duration::MAX;
        for _ in 0..REPETITIONS {
            engine.synchronize()?;
            let start = Instant::now();
            let [conv1, conv2, conv3] = &self.convs;
            let point = Window::centred(1, 1);
            let step = Convolution {
                norm: Some(&self.norm),
                conv: conv1,
                window: point,
                source: &everywhere,
                targets: dilated,
            };
            let x = engine.convolve(&step, &self.state)?;
            let step = Convolution {
                norm: None,
                conv: conv2,
                window: Window::centred(3, 1),
                source: dilated,
                targets,
            };
            let x = engine.convolve(&step, &x)?;
            let step = Convolution { norm: None, conv: conv3, window: point, source: targets, targets };
            engine.convolve_into(&step, &x, self.state.clone(), only)?;
            engine.synchronize()?;
            least = least.min(start.elapsed());
        }
        Ok(least)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Strategy;

    #[test]
    fn the_least_share_at_which_masks_win_is_the_crossover() {
        let milliseconds = |a, b| Ok((Duration::from_millis(a), Duration::from_millis(b)));
        let dense_takes =
            |dense: u64| least_share(|share| milliseconds((share * 100.0) as u64, dense)).unwrap();
        assert_eq!([20, 60, 69, 95].map(dense_takes), [0.3, 0.7, 0.7, NEVER]);
    }

    #[test]
    fn it_can_be_measured() {
        let composed = Composed::new(&candle_core::Device::Cpu, Strategy::Auto);
        try_measure(&composed).unwrap();
        for share in SHARES {
            let active = active(share);
            assert!((active.len() as f64 / GRID.rows() as f64 - share).abs() < 0.05);
        }
    }
}

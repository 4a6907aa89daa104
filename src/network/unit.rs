//! A residual unit and the halting branch behind it, computed at the rows that are asked for.

use candle_core::{Result, Tensor};

use crate::engine::{Conv, Device, Grid, Norm, Rows, Window, average_pool, conv_to_one_channel};

/// A pre-activation residual unit.
pub(super) struct Unit {
    pub preact: Norm,
    pub shortcut: Shortcut,
    pub stride: usize,
    pub residual: Residual,
}

/// What the residual is added to.
pub(super) enum Shortcut {
    /// The state itself.
    Identity,
    /// The pre-activated state: the very first unit of a CIFAR network.
    Preactivation,
    /// The state average-pooled over the stride, with `channels` zero channels added, half on each side.
    PoolAndPad { channels: usize },
    /// A 1x1 convolution of the pre-activated state.
    Projection(Conv),
}

/// The convolutions of a unit.
pub(super) enum Residual {
    /// CIFAR: 3x3 with the stride and its norm, 3x3.
    Basic { conv1: Conv, conv2: Conv },
    /// ImageNet: 1x1, 3x3 with the stride, 1x1; the first two with their norms.
    Bottleneck { conv1: Conv, conv2: Conv, conv3: Conv },
}

/// Predicts the logit of the halting score from the state behind a unit (specification, section 2).
pub(super) struct HaltingBranch {
    global_norm: Norm,
    global: Tensor,
    bias: f32,
    /// Norm and kernel `[channels, 9]`; ACT has none.
    local: Option<(Norm, Tensor)>,
}

impl Unit {
    /// A block's first unit, at every position: the state behind it, `[grid.strided(stride).rows(), outputs]`.
    pub fn first(&self, x: &Tensor, grid: Grid) -> Result<Tensor> {
        let (everywhere, out) = (Rows::all(grid), Rows::all(grid.strided(self.stride)));
        let p = self.preact.apply(x)?;
        let residual = match &self.residual {
            Residual::Basic { conv1, conv2 } => {
                let hidden = conv1.apply(&p, &everywhere, &out, Window::same(3, self.stride, grid))?;
                conv2.apply(&hidden, &out, &out, Window::centred(3, 1))?
            }
            Residual::Bottleneck { conv1, conv2, conv3 } => {
                let hidden = conv1.multiply(&p)?;
                let hidden = conv2.apply(&hidden, &everywhere, &out, Window::centred(3, self.stride))?;
                conv3.multiply(&hidden)?
            }
        };
        let shortcut = match &self.shortcut {
            Shortcut::Identity => x.clone(),
            Shortcut::Preactivation => p,
            Shortcut::PoolAndPad { channels } => {
                let pooled = if self.stride == 1 { x.clone() } else { average_pool(x, grid, self.stride)? };
                pooled.pad_with_zeros(1, channels / 2, channels - channels / 2)?
            }
            Shortcut::Projection(conv) => {
                conv.apply(&p, &everywhere, &out, Window::centred(1, self.stride))?
            }
        };
        shortcut + residual
    }

    /// A later unit's residual at the active rows: `[active.len(), channels]`. Reads the state at `dilated` rows
    /// (a bottleneck) or one ring further (two 3x3 convolutions), and computes nothing anywhere else.
    pub fn residual(&self, x: &Tensor, active: &Rows, dilated: &Rows) -> Result<Tensor> {
        let window = Window::centred(3, 1);
        match &self.residual {
            Residual::Basic { conv1, conv2 } => {
                let seen = dilated.dilated();
                let hidden = conv1.apply(&self.preact.apply_at(x, &seen)?, &seen, dilated, window)?;
                conv2.apply(&hidden, dilated, active, window)
            }
            Residual::Bottleneck { conv1, conv2, conv3 } => {
                let hidden = conv1.multiply(&self.preact.apply_at(x, dilated)?)?;
                conv3.multiply(&conv2.apply(&hidden, dilated, active, window)?)
            }
        }
    }
}

impl HaltingBranch {
    /// `global`: one weight a channel. `local`: norm and 3x3 kernel, HWIO with one output.
    pub fn new(
        global_norm: Norm,
        global: &[f32],
        bias: f32,
        local: Option<(Norm, &[f32])>,
        device: &Device,
    ) -> Result<Self> {
        let channels = global.len();
        let device = device.candle();
        let local = local.map(|(norm, kernel)| {
            let kernel = Tensor::from_slice(kernel, (9, channels), device)?.t()?.contiguous()?;
            Ok::<_, candle_core::Error>((norm, kernel))
        });
        Ok(Self {
            global_norm,
            global: Tensor::from_slice(global, (channels, 1), device)?,
            bias,
            local: local.transpose()?,
        })
    }

    /// One logit an image, bias included. `mean`: `[images, channels]`, over all positions, halted ones too.
    pub fn image_logits(&self, mean: &Tensor) -> Result<Vec<f32>> {
        let logits: Vec<f32> =
            self.global_norm.apply(mean)?.matmul(&self.global)?.flatten_all()?.to_vec1()?;
        Ok(logits.into_iter().map(|logit| logit + self.bias).collect())
    }

    /// What each active position adds to its image's logit; nothing for ACT. `x`: the state of all rows.
    pub fn position_logits(&self, x: &Tensor, active: &Rows, dilated: &Rows) -> Result<Option<Vec<f32>>> {
        let Some((norm, kernel)) = &self.local else { return Ok(None) };
        let seen = norm.apply_at(x, dilated)?;
        conv_to_one_channel(kernel, &seen, dilated, active).map(Some)
    }
}

//! The halting branch behind a unit: what predicts the logit of the halting score (specification, section 2).

use candle_core::Result;

use crate::engine::{Activation, Engine, Rows};

/// Numbers a row that the 3x3 convolution's taps are computed as: nine, and zeros that fill vectors of any length.
const TAPS: usize = 16;

/// Predicts one logit an image and, in SACT, what each position adds to it.
pub(super) struct HaltingBranch<E: Engine> {
    pub global: GlobalBranch,
    /// ACT has none.
    pub local: Option<LocalBranch<E>>,
}

/// Norm and 1x1 convolution of the mean over all positions, halted ones too.
pub(super) struct GlobalBranch {
    pub scale: Vec<f32>,
    pub shift: Vec<f32>,
    pub activation: Activation,
    /// One weight a channel.
    pub weights: Vec<f32>,
    /// The branch's bias, whichever convolution it stands with.
    pub bias: f32,
}

/// Norm and 3x3 convolution to one channel. Multiplying each position by all nine taps first, and summing single numbers
/// afterwards, reads every position once instead of nine times.
pub(super) struct LocalBranch<E: Engine> {
    norm: E::Norm,
    taps: E::Conv,
}

impl GlobalBranch {
    /// The logit of an image, bias included. `sums`: its state's channels, summed over `positions`.
    pub fn logit(&self, sums: &[f32], positions: usize) -> f32 {
        let share = 1.0 / positions as f32;
        let normed = sums.iter().zip(&self.scale).zip(&self.shift).map(|((sum, scale), shift)| {
            let y = sum * share * scale + shift;
            y.max(self.activation.slope * y)
        });
        normed.zip(&self.weights).map(|(y, weight)| y * weight).sum::<f32>() + self.bias
    }
}

impl<E: Engine> LocalBranch<E> {
    /// `kernel`: HWIO with one output, `9 * channels` values.
    pub fn new(engine: &E, norm: E::Norm, kernel: &[f32]) -> Result<Self> {
        let channels = kernel.len() / 9;
        let mut taps = vec![0.0; channels * TAPS];
        for (tap, weights) in kernel.chunks_exact(channels).enumerate() {
            for (channel, weight) in weights.iter().enumerate() {
                taps[channel * TAPS + tap] = *weight;
            }
        }
        Ok(Self { norm, taps: engine.conv(1, channels, &taps, &[0.0; TAPS], Activation::NONE)? })
    }

    /// Appends what each active position adds to its image's logit. `x`: the state of all rows.
    pub fn logits(
        &self,
        engine: &E,
        x: &E::Matrix,
        active: &Rows,
        dilated: &Rows,
        logits: &mut Vec<f32>,
    ) -> Result<()> {
        engine.sum_of_taps(&self.norm, &self.taps, x, dilated, active, logits)
    }
}

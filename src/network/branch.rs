//! The halting branch behind a unit: what predicts the logit of the halting score (specification, section 2).

use crate::engine::{Activation, Engine};

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

/// Norm and 3x3 convolution to one channel.
pub(super) struct LocalBranch<E: Engine> {
    pub norm: E::Norm,
    pub kernel: E::Kernel,
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

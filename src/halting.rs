//! The halting recurrences of ACT and SACT (paper, sections 3.1 and 3.2; specification, section 1).

use serde::{Deserialize, Serialize};

/// The controls of halting that can be changed without training.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct HaltingSetting {
    /// `1 - eps`: a position halts at the first unit whose cumulative score reaches it.
    pub threshold: f32,
    /// No position runs more units than this in any block: the block's last unit comes earlier.
    pub unit_cap: Option<usize>,
    /// Added to every halting logit before the sigmoid.
    pub logit_offset: f32,
}

impl HaltingSetting {
    /// The value networks are trained with (eps = 0.01).
    pub const TRAINED_THRESHOLD: f32 = 0.99;
}

impl Default for HaltingSetting {
    fn default() -> Self {
        Self { threshold: Self::TRAINED_THRESHOLD, unit_cap: None, logit_offset: 0.0 }
    }
}

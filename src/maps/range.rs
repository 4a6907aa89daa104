//! The ends of a colour scale.

use serde::{Deserialize, Serialize};

use super::PonderMap;

/// An interval of map values.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Range {
    pub low: f32,
    pub high: f32,
}

/// How the ends of the colour scale are found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum RangeChoice {
    /// What is possible: pictures then compare across images, thresholds and tau.
    #[default]
    Theory,
    /// Minimum and maximum of this map.
    Data,
    /// From the `low`-th to the `high`-th percentile of this map.
    Percentile {
        low: f32,
        high: f32,
    },
    Manual(Range),
}

impl Range {
    /// Where `value` lies: 0 at the low end, 1 at the high end, clamped.
    pub fn position(self, value: f32) -> f32 {
        let position = (value - self.low) / (self.high - self.low);
        if position.is_nan() { 0.0 } else { position.clamp(0.0, 1.0) }
    }

    /// This range with its ends in order and apart: half a unit is added on both sides where they meet.
    fn opened(self) -> Self {
        let (low, high) = if self.low <= self.high { (self.low, self.high) } else { (self.high, self.low) };
        if low < high {
            return Self { low, high };
        }
        // Half a unit is lost in rounding on a large enough value; a share of it is not.
        let room = (low.abs() * 1e-3).max(0.5);
        Self { low: low - room, high: high + room }
    }
}

impl RangeChoice {
    /// The range for this map; never empty: a flat map gets a little room around its value.
    pub fn resolve(self, map: &PonderMap) -> Range {
        let range = match self {
            Self::Theory => map.theory,
            Self::Data => map.extent(),
            Self::Percentile { low, high } => Range { low: map.percentile(low), high: map.percentile(high) },
            Self::Manual(range) => range,
        };
        let usable = range.low.is_finite() && range.high.is_finite();
        if usable { range.opened() } else { map.theory.opened() }
    }
}

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

    /// The least range that holds both.
    pub fn union(self, other: Self) -> Self {
        Self { low: self.low.min(other.low), high: self.high.max(other.high) }
    }

    /// This range with its ends in order and apart: half a unit is added on both sides where they meet.
    pub fn opened(self) -> Self {
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

    /// One range for maps that are shown side by side, found as if they were one; `None` without maps.
    pub fn resolve_all(self, maps: &[&PonderMap]) -> Option<Range> {
        let theory = maps.iter().map(|map| map.theory).reduce(Range::union)?;
        let values = match self {
            Self::Theory | Self::Manual(_) => Vec::new(),
            Self::Data | Self::Percentile { .. } => {
                maps.iter().flat_map(|map| map.values.iter().copied()).collect()
            }
        };
        let quantity = maps.first()?.quantity;
        Some(self.resolve(&PonderMap { height: 1, width: values.len(), values, quantity, theory }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::maps::Quantity;
    use proptest::prelude::*;

    fn map(values: Vec<f32>) -> PonderMap {
        let theory = Range { low: 6.0, high: 18.0 };
        PonderMap { height: 1, width: values.len(), values, quantity: Quantity::PonderCost, theory }
    }

    #[test]
    fn each_choice_finds_its_ends() {
        let map = map(vec![8.0, 7.0, 10.0, 9.0, 11.0]);
        assert_eq!(RangeChoice::Theory.resolve(&map), Range { low: 6.0, high: 18.0 });
        assert_eq!(RangeChoice::Data.resolve(&map), Range { low: 7.0, high: 11.0 });
        let percentile = RangeChoice::Percentile { low: 25.0, high: 75.0 };
        assert_eq!(percentile.resolve(&map), Range { low: 8.0, high: 10.0 });
        let manual = RangeChoice::Manual(Range { low: 12.0, high: 3.0 });
        assert_eq!(manual.resolve(&map), Range { low: 3.0, high: 12.0 });
    }

    #[test]
    fn a_flat_map_gets_room_around_its_value() {
        assert_eq!(RangeChoice::Data.resolve(&map(vec![7.0; 3])), Range { low: 6.5, high: 7.5 });
    }

    #[test]
    fn maps_side_by_side_share_a_range() {
        let (a, mut b) = (map(vec![7.0, 9.0]), map(vec![8.0, 8.0, 8.0, 12.0]));
        b.theory = Range { low: 8.0, high: 37.0 };
        let shared = |choice: RangeChoice| choice.resolve_all(&[&a, &b]);
        assert_eq!(shared(RangeChoice::Theory), Some(Range { low: 6.0, high: 37.0 }));
        assert_eq!(shared(RangeChoice::Data), Some(Range { low: 7.0, high: 12.0 }));
        let percentile = RangeChoice::Percentile { low: 20.0, high: 80.0 };
        assert_eq!(shared(percentile), Some(Range { low: 8.0, high: 9.0 }));
        let manual = Range { low: 1.0, high: 2.0 };
        assert_eq!(shared(RangeChoice::Manual(manual)), Some(manual));
        assert_eq!(RangeChoice::Data.resolve_all(&[]), None);
    }

    proptest! {
        #[test]
        fn a_range_is_never_empty(
            values in prop::collection::vec(any::<f32>(), 0..20), ends in any::<[f32; 2]>(), choice in 0..4,
        ) {
            let map = map(values);
            let [low, high] = ends;
            let range = match choice {
                0 => RangeChoice::Theory,
                1 => RangeChoice::Data,
                2 => RangeChoice::Percentile { low, high },
                _ => RangeChoice::Manual(Range { low, high }),
            }
            .resolve(&map);
            prop_assert!(range.low < range.high, "{range:?}");
            for value in ends {
                prop_assert!((0.0..=1.0).contains(&range.position(value)));
            }
        }
    }
}

//! Ponder maps: what a trace says about each pixel, and the range a picture of it spans.

mod block;
mod course;
mod difference;
mod percentiles;
mod probe;
mod range;

pub use block::{BlockMap, BlockQuantity};
pub use course::{Course, courses};
pub use difference::{Difference, DifferenceStatistics, rank_correlation};
pub use percentiles::percentiles;
pub use probe::{Probe, probe};
pub use range::{Range, RangeChoice};

use serde::{Deserialize, Serialize};

use crate::halting::HaltingRecord;
use crate::network::{BlockDecisions, Decisions, Trace};

/// What a map shows at each position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Quantity {
    /// rho = N + R
    #[default]
    PonderCost,
    /// N
    NumUnits,
}

/// Which part of the network a map covers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Scope {
    /// The sum over blocks, each brought to input resolution by nearest neighbour.
    #[default]
    Network,
    /// One block (from 0) at its own resolution.
    Block(usize),
}

/// A map of one quantity.
#[derive(Clone, Debug, PartialEq)]
pub struct PonderMap {
    pub height: usize,
    pub width: usize,
    /// `height * width` values, row by row.
    pub values: Vec<f32>,
    pub quantity: Quantity,
    /// What the values can be at all, whatever the image, threshold or tau.
    pub theory: Range,
}

impl Quantity {
    /// Sentence-case name for labels: `Ponder cost`, `Number of units`.
    pub fn label(self) -> &'static str {
        match self {
            Self::PonderCost => "Ponder cost",
            Self::NumUnits => "Number of units",
        }
    }

    /// What one block's values can be: `2..L + 1` for ponder cost, `1..L` for units.
    fn theory(self, units: usize) -> Range {
        match self {
            Self::PonderCost => Range { low: 2.0, high: units as f32 + 1.0 },
            Self::NumUnits => Range { low: 1.0, high: units as f32 },
        }
    }

    fn of(self, record: &HaltingRecord, decision: usize) -> f32 {
        match self {
            Self::PonderCost => record.ponder_cost[decision],
            Self::NumUnits => record.num_units[decision] as f32,
        }
    }
}

impl PonderMap {
    /// The map of `quantity` over `scope`; `None` for a vanilla network, which decides nothing, and for a block
    /// that does not exist. ACT's one decision a block is spread over its positions.
    ///
    /// The network's map is the reference's `ponder_cost_map` or `num_units_map` (specification, section 6).
    pub fn from_trace(trace: &Trace, quantity: Quantity, scope: Scope) -> Option<Self> {
        Self::from_decisions(&trace.decisions(), quantity, scope)
    }

    /// The same of decisions alone, taken or only guessed.
    pub fn from_decisions(decisions: &Decisions<'_>, quantity: Quantity, scope: Scope) -> Option<Self> {
        let (height, width, blocks) = match scope {
            Scope::Network => (decisions.height, decisions.width, decisions.blocks.as_slice()),
            Scope::Block(index) => {
                let block = decisions.blocks.get(index)?;
                (block.height, block.width, std::slice::from_ref(block))
            }
        };
        let mut values = vec![0.0; height * width];
        let mut theory = Range { low: 0.0, high: 0.0 };
        for block in blocks {
            add_upsampled(&mut values, height, width, block, quantity)?;
            let Range { low, high } = quantity.theory(block.units);
            theory = Range { low: theory.low + low, high: theory.high + high };
        }
        (!blocks.is_empty()).then_some(Self { height, width, values, quantity, theory })
    }

    /// A whole network's map of known values; `units` are those of each block.
    pub fn of_values(
        quantity: Quantity,
        [height, width]: [usize; 2],
        values: Vec<f32>,
        units: &[usize],
    ) -> Self {
        let ranges = units.iter().map(|&units| quantity.theory(units));
        let theory = ranges.fold(Range { low: 0.0, high: 0.0 }, |sum, range| Range {
            low: sum.low + range.low,
            high: sum.high + range.high,
        });
        Self { height, width, values, quantity, theory }
    }

    /// Least and greatest value; 0..0 for a map without values.
    pub fn extent(&self) -> Range {
        let mut values = self.values.iter().copied();
        let first = values.next().unwrap_or(0.0);
        let (low, high) = values.fold((first, first), |(low, high), value| (low.min(value), high.max(value)));
        Range { low, high }
    }

    /// Mean over all positions; 0 for a map without values.
    pub fn mean(&self) -> f32 {
        let sum: f64 = self.values.iter().copied().map(f64::from).sum();
        (sum / self.values.len().max(1) as f64) as f32
    }

    /// How many values fall into each of `bins` equal parts of `range`; values outside count at its ends.
    pub fn histogram(&self, range: Range, bins: usize) -> Vec<usize> {
        let mut counts = vec![0; bins];
        if let Some(last) = bins.checked_sub(1) {
            for &value in &self.values {
                counts[((range.position(value) * bins as f32) as usize).min(last)] += 1;
            }
        }
        counts
    }

    /// The value below which `percent` (0..100, clamped) of the values lie, interpolated linearly between
    /// neighbours as numpy does; 0 for a map without values.
    pub fn percentile(&self, percent: f32) -> f32 {
        let Some(last) = self.values.len().checked_sub(1) else { return 0.0 };
        let place = f64::from(percent.clamp(0.0, 100.0)) / 100.0 * last as f64;
        let mut values = self.values.clone();
        let (_, &mut below, rest) = values.select_nth_unstable_by(place as usize, f32::total_cmp);
        let above = rest.iter().copied().min_by(f32::total_cmp).unwrap_or(below);
        (f64::from(below) + (f64::from(above) - f64::from(below)) * place.fract()) as f32
    }
}

/// Adds one block's quantity to a map of `height` x `width`; `None` if the block decides nothing.
fn add_upsampled(
    values: &mut [f32],
    height: usize,
    width: usize,
    block: &BlockDecisions<'_>,
    quantity: Quantity,
) -> Option<()> {
    let record = block.halting.record()?;
    let columns: Vec<usize> = (0..width).map(|column| nearest(column, block.width, width)).collect();
    for (row, values) in values.chunks_exact_mut(width.max(1)).enumerate() {
        let row = nearest(row, block.height, height);
        for (value, &column) in values.iter_mut().zip(&columns) {
            *value += quantity.of(record, block.decision_at(row, column));
        }
    }
    Some(())
}

/// Which of `source_len` positions lies under `index` of `len` (legacy nearest neighbour, in float32).
pub(crate) fn nearest(index: usize, source_len: usize, len: usize) -> usize {
    let scale = source_len as f32 / len as f32;
    ((index as f32 * scale) as usize).min(source_len.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn map(values: Vec<f32>) -> PonderMap {
        let theory = Range { low: 2.0, high: 6.0 };
        PonderMap { height: 1, width: values.len(), values, quantity: Quantity::PonderCost, theory }
    }

    #[test]
    fn percentiles_interpolate_as_numpy_does() {
        // numpy.percentile([15, 20, 35, 40, 50], [0, 5, 30, 40, 99.9, 100])
        let map = map(vec![35.0, 15.0, 50.0, 40.0, 20.0]);
        let expected = [(0.0, 15.0), (5.0, 16.0), (30.0, 23.0), (40.0, 29.0), (99.9, 49.96), (100.0, 50.0)];
        for (percent, value) in expected {
            assert!((map.percentile(percent) - value).abs() < 1e-4, "{percent}: {}", map.percentile(percent));
        }
    }

    #[test]
    fn a_histogram_counts_what_lies_outside_at_its_ends() {
        let map = map(vec![-5.0, 2.0, 2.9, 3.0, 4.1, 6.0, 99.0]);
        assert_eq!(map.histogram(Range { low: 2.0, high: 6.0 }, 4), [3, 1, 1, 2]);
        assert!(map.histogram(Range { low: 2.0, high: 6.0 }, 0).is_empty());
    }

    #[test]
    fn a_vanilla_network_has_no_map_and_neither_has_a_block_that_is_not_there() {
        let block = crate::network::BlockTrace {
            name: "block_1".to_owned(),
            height: 2,
            width: 2,
            units: 3,
            halting: crate::network::Halting::None,
            active_positions: vec![4; 3],
            unit_flops: vec![1; 3],
            flops: 3,
            milliseconds: 0.0,
            outputs: None,
        };
        let trace =
            Trace { height: 4, width: 4, logits: vec![], blocks: vec![block], flops: 3, milliseconds: 0.0 };
        for scope in [Scope::Network, Scope::Block(0), Scope::Block(1)] {
            assert_eq!(PonderMap::from_trace(&trace, Quantity::NumUnits, scope), None);
        }
        assert_eq!(probe(&trace.decisions(), 0, 0), None);
    }

    proptest! {
        #[test]
        fn statistics_lie_within_the_extent(
            values in prop::collection::vec(0.0f32..40.0, 1..60), percent in 0.0f32..100.0,
        ) {
            let map = map(values);
            let Range { low, high } = map.extent();
            for value in [map.mean(), map.percentile(percent)] {
                prop_assert!(value >= low - 1e-4 && value <= high + 1e-4);
            }
            prop_assert_eq!(map.histogram(map.extent(), 7).iter().sum::<usize>(), map.values.len());
        }
    }
}

//! Maps of one block at its own resolution: when its positions halted, and the scores that made them.

use serde::{Deserialize, Serialize};

use crate::network::BlockDecisions;

use super::{Course, Range};

/// What a block's own map shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum BlockQuantity {
    /// rho = N + R
    #[default]
    PonderCost,
    /// N
    NumUnits,
    /// R = 1 - (h_1 + .. + h_{N-1})
    Remainder,
    /// h of one unit
    HaltingScore,
    /// h_1 + .. up to one unit, or up to N where that came before
    CumulativeScore,
}

impl BlockQuantity {
    pub const ALL: [Self; 5] =
        [Self::PonderCost, Self::NumUnits, Self::Remainder, Self::HaltingScore, Self::CumulativeScore];

    /// Sentence-case name for labels.
    pub fn label(self) -> &'static str {
        match self {
            Self::PonderCost => "Ponder cost",
            Self::NumUnits => "Number of units",
            Self::Remainder => "Remainder",
            Self::HaltingScore => "Halting score",
            Self::CumulativeScore => "Cumulative score",
        }
    }

    /// Whether it differs from unit to unit.
    pub fn is_of_a_unit(self) -> bool {
        matches!(self, Self::HaltingScore | Self::CumulativeScore)
    }

    /// What values are possible in a block of `units` units. A cumulative score may go up to 2: it is below the
    /// threshold before the last score is added.
    pub fn theory(self, units: usize) -> Range {
        let (low, high) = match self {
            Self::PonderCost => (2.0, units as f32 + 1.0),
            Self::NumUnits => (1.0, units as f32),
            Self::Remainder | Self::HaltingScore => (0.0, 1.0),
            Self::CumulativeScore => (0.0, 2.0),
        };
        Range { low, high }
    }
}

/// One block's map, at the block's resolution.
#[derive(Clone, Debug, PartialEq)]
pub struct BlockMap {
    pub height: usize,
    pub width: usize,
    /// `height * width` values, row by row; NaN where there is none: no score is computed after a position has
    /// halted, nor behind a block's last unit.
    pub values: Vec<f32>,
    /// N of every position.
    pub num_units: Vec<u32>,
    /// Positions that run each unit.
    active: Vec<usize>,
    pub theory: Range,
}

impl BlockMap {
    /// The map of a block; `unit` (from 1) matters to scores alone. ACT's one decision is spread over all positions.
    /// `None` for a block that decides nothing.
    pub fn new(block: &BlockDecisions<'_>, quantity: BlockQuantity, unit: usize) -> Option<Self> {
        let record = block.halting.record()?;
        let value = |decision: usize| {
            let (units, cost) = (record.num_units[decision], record.ponder_cost[decision]);
            Some(match quantity {
                BlockQuantity::PonderCost => cost,
                BlockQuantity::NumUnits => units as f32,
                BlockQuantity::Remainder => cost - units as f32,
                BlockQuantity::HaltingScore => {
                    Course::scores_of(record, block.units, decision).get(unit.checked_sub(1)?).copied()?
                }
                BlockQuantity::CumulativeScore => {
                    let scores = Course::scores_of(record, block.units, decision);
                    // Of the last unit run an export does not know the score.
                    let until = unit.min(units as usize).min(block.units.saturating_sub(1));
                    scores.get(..until).filter(|scores| !scores.is_empty())?.iter().sum()
                }
            })
        };
        let decided: Vec<f32> =
            (0..record.num_units.len()).map(|decision| value(decision).unwrap_or(f32::NAN)).collect();
        let positions = block.height * block.width;
        let spread = decided.len() != positions;
        let of = |place: usize| if spread { 0 } else { place };
        let values = (0..positions).map(|place| decided[of(place)]).collect();
        let num_units = (0..positions).map(|place| record.num_units[of(place)]).collect();
        Some(Self::of_values([block.height, block.width], values, num_units, quantity.theory(block.units)))
    }

    /// A map of known values and of N at each of `[rows, columns]` positions.
    pub fn of_values(
        [height, width]: [usize; 2],
        values: Vec<f32>,
        num_units: Vec<u32>,
        theory: Range,
    ) -> Self {
        let most = num_units.iter().max().map_or(0, |units| *units as usize);
        let mut active = vec![0; most];
        num_units
            .iter()
            .filter_map(|units| (*units as usize).checked_sub(1))
            .for_each(|last| active[last] += 1);
        // Who halts later runs the units before, too.
        for unit in (1..most).rev() {
            active[unit - 1] += active[unit];
        }
        Self { height, width, values, num_units, active, theory }
    }

    /// Least and greatest value there is; `None` if there is none.
    pub fn extent(&self) -> Option<Range> {
        let values = self.values.iter().copied().filter(|value| !value.is_nan());
        values.map(|value| Range { low: value, high: value }).reduce(Range::union)
    }

    /// Positions that run `unit` (from 1).
    pub fn active(&self, unit: usize) -> usize {
        unit.checked_sub(1).and_then(|unit| self.active.get(unit)).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::halting::{HaltingRecord, HaltingSetting, Recurrence};
    use crate::network::Halting;

    /// Two positions of a block of four units: one halts in the second unit, one runs all.
    fn record() -> HaltingRecord {
        let scores = [[0.5, 0.25], [0.6, 0.25], [0.0, 0.125]];
        let mut recurrence = Recurrence::new(2, 4, &HaltingSetting::default());
        recurrence.advance(&scores[0]);
        recurrence.advance(&scores[1]);
        recurrence.advance(&scores[2][1..]);
        recurrence.advance(&[]);
        recurrence.finish()
    }

    fn map(halting: &Halting, quantity: BlockQuantity, unit: usize) -> Vec<f32> {
        let block = BlockDecisions { name: "block_1", height: 1, width: 2, units: 4, halting };
        BlockMap::new(&block, quantity, unit).unwrap().values
    }

    #[test]
    fn every_quantity_is_that_of_the_recurrence() {
        let halting = Halting::Position(record());
        assert_eq!(map(&halting, BlockQuantity::NumUnits, 1), [2.0, 4.0]);
        assert_eq!(map(&halting, BlockQuantity::Remainder, 1), [0.5, 0.375]);
        assert_eq!(map(&halting, BlockQuantity::PonderCost, 1), [2.5, 4.375]);
        assert_eq!(map(&halting, BlockQuantity::HaltingScore, 2), [0.6, 0.25]);
        assert_eq!(map(&halting, BlockQuantity::CumulativeScore, 1), [0.5, 0.25]);
        assert_eq!(map(&halting, BlockQuantity::CumulativeScore, 3), [1.1, 0.625]);
        assert_eq!(map(&halting, BlockQuantity::CumulativeScore, 4), [1.1, 0.625]);
    }

    #[test]
    fn no_score_is_made_up_where_none_was_computed() {
        let halting = Halting::Position(record());
        let third = map(&halting, BlockQuantity::HaltingScore, 3);
        assert!(third[0].is_nan() && third[1] == 0.125);
        assert!(map(&halting, BlockQuantity::HaltingScore, 4).iter().all(|score| score.is_nan()));
        let block = BlockDecisions { name: "block_1", height: 1, width: 2, units: 4, halting: &halting };
        let last = BlockMap::new(&block, BlockQuantity::HaltingScore, 4).unwrap();
        assert_eq!((last.extent(), last.active(2), last.active(3)), (None, 2, 1));
    }

    /// Exports have the distribution alone, which does not tell the score of the last unit run.
    #[test]
    fn a_sum_that_is_not_known_to_its_end_is_none() {
        let known = HaltingRecord { halting_scores: Vec::new(), ..record() };
        let halting = Halting::Position(known);
        assert_eq!(map(&halting, BlockQuantity::CumulativeScore, 1), [0.5, 0.25]);
        let second = map(&halting, BlockQuantity::CumulativeScore, 2);
        assert!(second[0].is_nan() && second[1] == 0.5, "{second:?}");
    }

    #[test]
    fn acts_one_decision_is_everywhere() {
        let mut record = record();
        record.num_units.truncate(1);
        record.ponder_cost.truncate(1);
        assert_eq!(map(&Halting::Image(record), BlockQuantity::PonderCost, 1), [2.5, 2.5]);
    }
}

//! How the sum of halting scores grows at one position, until it halts.

use crate::halting::HaltingRecord;
use crate::network::{BlockDecisions, Decisions};

use super::nearest;

/// What one position (or, with ACT, the picture) decided in one block, unit by unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Course {
    /// The position in the block's states.
    pub row: usize,
    pub column: usize,
    /// h_1, h_2, .. as far as they were computed.
    pub scores: Vec<f32>,
    /// N: units run.
    pub num_units: u32,
    /// rho = N + R
    pub ponder_cost: f32,
    /// Units the block has (L).
    pub units: usize,
}

impl Course {
    /// Of position `(row, column)` of a block; `None` where there is none, and for a block that decides nothing.
    pub fn new(block: &BlockDecisions<'_>, row: usize, column: usize) -> Option<Self> {
        if row >= block.height || column >= block.width {
            return None;
        }
        let record = block.halting.record()?;
        let decision = block.decision_at(row, column);
        Some(Self {
            row,
            column,
            scores: Self::scores_of(record, block.units, decision).to_vec(),
            num_units: record.num_units[decision],
            ponder_cost: record.ponder_cost[decision],
            units: block.units,
        })
    }

    /// The scores that were computed of a decision. None is behind a block's last unit, nor behind a unit cap; the
    /// record has 0 there, which no sigmoid gives.
    pub(super) fn scores_of(record: &HaltingRecord, units: usize, decision: usize) -> &[f32] {
        let row = units.saturating_sub(1);
        let start = decision * row;
        let run = (record.num_units[decision] as usize).min(row);
        let Some(scores) = record.halting_scores.get(start..start + row) else {
            // Exports keep the distribution alone, which is the scores of all units but the last one run.
            let start = decision * units;
            let distribution = record.halting_distribution.get(start..start + units).unwrap_or_default();
            return distribution.get(..run.saturating_sub(1)).unwrap_or_default();
        };
        let computed = scores[..run].iter().rposition(|score| *score != 0.0).map_or(0, |last| last + 1);
        &scores[..computed]
    }

    /// R = rho - N
    pub fn remainder(&self) -> f32 {
        self.ponder_cost - self.num_units as f32
    }

    /// h_1, h_1 + h_2, ..
    pub fn cumulative(&self) -> Vec<f32> {
        let sums = self.scores.iter().scan(0.0f32, |sum, score| {
            *sum += score;
            Some(*sum)
        });
        sums.collect()
    }
}

/// The course in every block under pixel `(row, column)` of the input; `None` outside it and for a vanilla network.
pub fn courses(decisions: &Decisions<'_>, row: usize, column: usize) -> Option<Vec<Course>> {
    if row >= decisions.height || column >= decisions.width {
        return None;
    }
    let course = |block: &BlockDecisions<'_>| {
        let row = nearest(row, block.height, decisions.height);
        let column = nearest(column, block.width, decisions.width);
        Course::new(block, row, column)
    };
    decisions.blocks.iter().map(course).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::halting::{HaltingSetting, Recurrence};
    use crate::network::Halting;

    fn halting(scores: &[f32], setting: &HaltingSetting) -> Halting {
        let mut recurrence = Recurrence::new(1, scores.len() + 1, setting);
        let mut left = scores.iter();
        while !recurrence.is_done() {
            let score = if recurrence.next_needs_scores() { left.next().copied() } else { None };
            recurrence.advance(score.as_slice());
        }
        Halting::Image(recurrence.finish())
    }

    fn course(halting: &Halting, units: usize) -> Course {
        let block = BlockDecisions { name: "block_1", height: 4, width: 4, units, halting };
        Course::new(&block, 3, 2).unwrap()
    }

    #[test]
    fn the_sum_passes_the_threshold_in_the_last_unit_run() {
        let course = course(&halting(&[0.25, 0.5, 0.5, 0.9], &HaltingSetting::default()), 5);
        assert_eq!((course.num_units, course.remainder()), (3, 0.25));
        assert_eq!(course.scores, [0.25, 0.5, 0.5]);
        assert_eq!(course.cumulative(), [0.25, 0.75, 1.25]);
    }

    #[test]
    fn the_last_unit_has_no_score_nor_has_the_one_under_a_cap() {
        let all = course(&halting(&[0.25, 0.25], &HaltingSetting::default()), 3);
        assert_eq!((all.num_units, all.scores.len()), (3, 2));
        let capped = HaltingSetting { unit_cap: Some(2), ..HaltingSetting::default() };
        let capped = course(&halting(&[0.25, 0.25, 0.25], &capped), 4);
        assert_eq!((capped.num_units, capped.scores.as_slice()), (2, [0.25].as_slice()));
    }

    #[test]
    fn there_is_no_course_outside() {
        let halting = halting(&[0.5], &HaltingSetting::default());
        let block = BlockDecisions { name: "block_1", height: 4, width: 4, units: 2, halting: &halting };
        assert_eq!(Course::new(&block, 4, 0), None);
        let decisions = Decisions { height: 8, width: 8, blocks: vec![block] };
        assert_eq!(courses(&decisions, 7, 5).unwrap()[0].column, 2);
        assert_eq!(courses(&decisions, 0, 8), None);
    }
}

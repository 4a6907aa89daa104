//! The halting recurrences of ACT and SACT (paper, sections 3.1 and 3.2; specification, section 1).
//!
//! A *decision* is whatever halts on its own: an image (ACT) or a position (SACT). The recurrence is the same.

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

    /// The unit, counted from 1, at which everything in a block of `units` units halts.
    pub fn last_unit(&self, units: usize) -> usize {
        self.unit_cap.map_or(units, |cap| cap.clamp(1, units))
    }
}

impl Default for HaltingSetting {
    fn default() -> Self {
        Self { threshold: Self::TRAINED_THRESHOLD, unit_cap: None, logit_offset: 0.0 }
    }
}

/// What was decided, decision by decision; `L` is the number of units in the block.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HaltingRecord {
    /// N: units run.
    pub num_units: Vec<u32>,
    /// rho = N + R, between 1 and L + 1.
    pub ponder_cost: Vec<f32>,
    /// p_1..p_L of every decision, `decisions * L` long; each row sums to 1.
    pub halting_distribution: Vec<f32>,
    /// h_1..h_{L-1} of every decision as computed, `decisions * (L - 1)` long; 0 where the decision had halted
    /// before, so that no score was computed.
    pub halting_scores: Vec<f32>,
}

impl HaltingRecord {
    /// Parts the record of a batch into one a picture, each of `decisions` decisions.
    pub fn split(&self, decisions: usize) -> Vec<Self> {
        let images = self.num_units.len() / decisions.max(1);
        let part = |values: &[f32], image: usize| {
            let length = values.len() / images;
            values[image * length..(image + 1) * length].to_vec()
        };
        (0..images)
            .map(|image| Self {
                num_units: self.num_units[image * decisions..(image + 1) * decisions].to_vec(),
                ponder_cost: part(&self.ponder_cost, image),
                halting_distribution: part(&self.halting_distribution, image),
                halting_scores: part(&self.halting_scores, image),
            })
            .collect()
    }
}

/// One block's recurrence, advanced unit by unit. Sums and comparisons are in float32, as in the reference.
#[derive(Clone, Debug)]
pub struct Recurrence {
    threshold: f32,
    units: usize,
    last_unit: usize,
    units_done: usize,
    active: Vec<u32>,
    /// The decisions and weights of the last unit, in memory that every unit uses again.
    decided: Vec<u32>,
    halted: Vec<u32>,
    weights: Vec<f32>,
    cumulative: Vec<f32>,
    record: HaltingRecord,
}

impl Recurrence {
    /// Starts a block of `units` units with every decision active.
    pub fn new(decisions: usize, units: usize, setting: &HaltingSetting) -> Self {
        Self {
            threshold: setting.threshold,
            units,
            last_unit: setting.last_unit(units),
            units_done: 0,
            active: (0..decisions as u32).collect(),
            decided: Vec::with_capacity(decisions),
            halted: Vec::with_capacity(decisions),
            weights: Vec::with_capacity(decisions),
            cumulative: vec![0.0; decisions],
            record: HaltingRecord {
                num_units: vec![0; decisions],
                ponder_cost: vec![0.0; decisions],
                halting_distribution: vec![0.0; decisions * units],
                halting_scores: vec![0.0; decisions * (units - 1)],
            },
        }
    }

    /// Decisions that have not halted, ascending: those that the next unit must run.
    pub fn active(&self) -> &[u32] {
        &self.active
    }

    /// Decisions that halted at the last unit, ascending.
    pub fn halted(&self) -> &[u32] {
        &self.halted
    }

    /// Whether the next unit has a halting branch: all but the last have.
    pub fn next_needs_scores(&self) -> bool {
        self.units_done + 1 < self.last_unit
    }

    /// Whether any unit is left to run.
    pub fn is_done(&self) -> bool {
        self.active.is_empty() || self.units_done == self.last_unit
    }

    /// Takes the halting scores of one more unit, one for each active decision in order (none for the last unit),
    /// and returns p of that unit for the same decisions. Those that halt leave the active ones.
    pub fn advance(&mut self, scores: &[f32]) -> &[f32] {
        let unit = self.units_done;
        let is_last = !self.next_needs_scores();
        debug_assert_eq!(scores.len(), if is_last { 0 } else { self.active.len() });
        std::mem::swap(&mut self.active, &mut self.decided);
        let decided = self.decided.len();
        for list in [&mut self.active, &mut self.halted] {
            list.resize(decided, 0);
        }
        self.weights.resize(decided, 0.0);
        let units_run = unit as u32 + 1;
        let (mut active, mut halted) = (0, 0);
        // Halting is as good as random from one decision to the next, so nothing here branches on it: a decision is written
        // into both lists and counted in one.
        let (units, threshold) = (self.units, self.threshold);
        let cumulative = self.cumulative.as_mut_slice();
        let scores_kept = self.record.halting_scores.as_mut_slice();
        let distribution = self.record.halting_distribution.as_mut_slice();
        let (still_active, just_halted) = (self.active.as_mut_slice(), self.halted.as_mut_slice());
        for (index, (&decision, weight)) in self.decided.iter().zip(&mut self.weights).enumerate() {
            let d = decision as usize;
            let before = cumulative[d];
            *weight = 1.0 - before;
            let mut halts = true;
            if !is_last {
                let score = scores[index];
                cumulative[d] = before + score;
                scores_kept[d * (units - 1) + unit] = score;
                halts = before + score >= threshold;
                *weight = if halts { *weight } else { score };
            }
            distribution[d * units + unit] = *weight;
            still_active[active] = decision;
            just_halted[halted] = decision;
            active += usize::from(!halts);
            halted += usize::from(halts);
        }
        self.active.truncate(active);
        self.halted.truncate(halted);
        for &decision in &self.halted {
            let d = decision as usize;
            let remainder = self.record.halting_distribution[d * self.units + unit];
            self.record.num_units[d] = units_run;
            self.record.ponder_cost[d] = units_run as f32 + remainder;
        }
        self.units_done += 1;
        &self.weights
    }

    /// What was decided, once the recurrence is done.
    pub fn finish(self) -> HaltingRecord {
        self.record
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Runs one decision through scores; the last unit's is not used.
    fn run(scores: &[f32], setting: &HaltingSetting) -> HaltingRecord {
        let mut recurrence = Recurrence::new(1, scores.len(), setting);
        for score in scores {
            if recurrence.is_done() {
                break;
            }
            let scores = if recurrence.next_needs_scores() { vec![*score] } else { vec![] };
            recurrence.advance(&scores);
        }
        recurrence.finish()
    }

    #[track_caller]
    fn assert_close(found: &[f32], expected: &[f32]) {
        assert_eq!(found.len(), expected.len());
        for (f, e) in found.iter().zip(expected) {
            assert!((f - e).abs() < 1e-5, "{found:?} is not {expected:?}");
        }
    }

    #[test]
    fn agrees_with_the_references_own_unit_tests() {
        let setting = HaltingSetting::default();
        for (scores, rho, n, p) in [
            ([0.999, 0.999, 0.999, 0.999, 0.0], 2.0, 1, [1.0, 0.0, 0.0, 0.0, 0.0]),
            ([0.01, 0.5, 0.6, 0.7, 0.0], 3.49, 3, [0.01, 0.50, 0.49, 0.0, 0.0]),
            ([0.01, 0.01, 0.01, 0.01, 0.0], 5.96, 5, [0.01, 0.01, 0.01, 0.01, 0.96]),
        ] {
            let record = run(&scores, &setting);
            assert_eq!(record.num_units, [n]);
            assert_close(&record.ponder_cost, &[rho]);
            assert_close(&record.halting_distribution, &p);
        }
    }

    #[test]
    fn positions_halt_on_their_own() {
        let (scores, states) = ([[0.9, 0.1], [0.5, 0.1]], [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
        let mut recurrence = Recurrence::new(2, 3, &HaltingSetting::default());
        let mut outputs = [0.0f32; 2];
        let mut masks = Vec::new();
        for unit in 0..3 {
            let active = recurrence.active().to_vec();
            masks.push(active.clone());
            let now: Vec<f32> =
                if unit < 2 { active.iter().map(|&d| scores[unit][d as usize]).collect() } else { vec![] };
            for (&d, &p) in active.iter().zip(recurrence.advance(&now)) {
                outputs[d as usize] += p * states[unit][d as usize];
            }
        }
        assert_eq!(masks, [vec![0, 1], vec![0, 1], vec![1]]);
        assert_close(&outputs, &[1.2, 5.4]);
        let record = recurrence.finish();
        assert_eq!(record.num_units, [2, 3]);
        assert_close(&record.ponder_cost, &[2.1, 3.8]);
    }

    #[test]
    fn halting_at_once_costs_exactly_two() {
        assert_eq!(run(&[0.995, 0.1, 0.1], &HaltingSetting::default()).ponder_cost, [2.0]);
        assert_eq!(run(&[0.3], &HaltingSetting::default()).ponder_cost, [2.0]);
    }

    #[test]
    fn a_score_that_just_reaches_the_threshold_halts() {
        let setting = HaltingSetting { threshold: 0.75, ..HaltingSetting::default() };
        assert_eq!(run(&[0.5, 0.25, 0.1, 0.1], &setting).num_units, [2]);
    }

    #[test]
    fn a_unit_cap_is_an_earlier_last_unit() {
        let setting = HaltingSetting { unit_cap: Some(2), ..HaltingSetting::default() };
        let record = run(&[0.1, 0.1, 0.1, 0.1, 0.1], &setting);
        assert_eq!(record.num_units, [2]);
        assert_close(&record.halting_distribution, &[0.1, 0.9, 0.0, 0.0, 0.0]);
        let beyond = HaltingSetting { unit_cap: Some(9), ..HaltingSetting::default() };
        assert_eq!(run(&[0.1, 0.1], &beyond), run(&[0.1, 0.1], &HaltingSetting::default()));
    }

    fn scores() -> impl Strategy<Value = Vec<f32>> {
        prop::collection::vec(0.0f32..1.0, 1..12)
    }

    proptest! {
        #[test]
        fn the_distribution_sums_to_one_and_the_cost_lies_above_the_units(
            scores in scores(), threshold in 0.05f32..0.9999,
        ) {
            let record = run(&scores, &HaltingSetting { threshold, ..HaltingSetting::default() });
            let sum: f32 = record.halting_distribution.iter().sum();
            prop_assert!((sum - 1.0).abs() < 1e-5);
            let n = record.num_units[0] as f32;
            prop_assert!(n <= record.ponder_cost[0] && record.ponder_cost[0] <= n + 1.0);
        }

        #[test]
        fn raising_the_threshold_never_lowers_n(scores in scores(), a in 0.05f32..0.9999, b in 0.05f32..0.9999) {
            let n = |threshold| run(&scores, &HaltingSetting { threshold, ..HaltingSetting::default() }).num_units[0];
            prop_assert!(n(a.min(b)) <= n(a.max(b)));
        }

        #[test]
        fn a_batch_parts_into_what_each_decision_gets_alone(rows in prop::collection::vec(prop::array::uniform4(0.0f32..1.0), 1..8)) {
            let setting = HaltingSetting::default();
            let mut together = Recurrence::new(rows.len(), 4, &setting);
            let mut unit = 0;
            while !together.is_done() {
                let now: Vec<f32> = if together.next_needs_scores() {
                    together.active().iter().map(|&d| rows[d as usize][unit]).collect()
                } else { vec![] };
                together.advance(&now);
                unit += 1;
            }
            let parts = together.finish().split(1);
            for (row, part) in rows.iter().zip(parts) {
                prop_assert_eq!(run(row, &setting), part);
            }
        }
    }
}

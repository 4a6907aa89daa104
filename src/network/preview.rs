//! What a run would decide under another setting, guessed from the halting scores of a run that was made.
//!
//! A run takes its time, but its decisions are a few sums and comparisons of scores: while the network still runs
//! under a new setting, the map can already be drawn from the scores of a run before.
//!
//! Every block's [`Recurrence`] is replayed on those scores. That is exact as long as the run under way finds the same
//! ones: in the first unit of the first block, and on to the first unit after which other decisions halt than before.
//! From there on states differ, and scores with them. Where a score is needed that was never computed, since the
//! decision had halted, its last one is held: N then rises with the threshold and falls with the offset, as it should.
//! With the embedded model on its photographs, a raised threshold or lowered offset is previewed with a mean ponder cost
//! 0.01 too high and positions 0.4 off, where the map before is 0.75 off; scores of 0 for what is missing would make
//! that 1.4 too high.

use super::trace::{BlockDecisions, BlockTrace, Decisions, Halting, Trace};
use crate::halting::{HaltingRecord, HaltingSetting, Recurrence};

/// The decisions that a run is guessed to take. It has no logits, FLOPs or times: only a run knows those.
#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    /// Rows and columns of the network's input.
    pub height: usize,
    pub width: usize,
    pub blocks: Vec<BlockPreview>,
}

/// The decisions that one block is guessed to take. Its halting scores are the replayed ones, held where the
/// run had none.
#[derive(Clone, Debug, PartialEq)]
pub struct BlockPreview {
    /// The reference's name: `block_1` (CIFAR), `block1` (ImageNet).
    pub name: String,
    /// Positions of the block's states.
    pub height: usize,
    pub width: usize,
    /// Residual units in the block (L).
    pub units: usize,
    /// Who would halt, and when.
    pub halting: Halting,
}

impl Preview {
    /// What the run behind `trace`, made under `ran`, would have decided under `wanted`. `None` for a vanilla network,
    /// which decides nothing, and where a score is needed of a block that has none, capped at its first unit.
    pub fn new(trace: &Trace, ran: &HaltingSetting, wanted: &HaltingSetting) -> Option<Self> {
        let blocks = trace.blocks.iter().map(|block| {
            let replayed = |record| replay(record, block.units, ran, wanted);
            let halting = match &block.halting {
                Halting::None => return None,
                Halting::Image(record) => Halting::Image(replayed(record)?),
                Halting::Position(record) => Halting::Position(replayed(record)?),
            };
            let BlockTrace { name, height, width, units, .. } = block;
            Some(BlockPreview { name: name.clone(), height: *height, width: *width, units: *units, halting })
        });
        Some(Self { height: trace.height, width: trace.width, blocks: blocks.collect::<Option<_>>()? })
    }

    /// When everything would halt.
    pub fn decisions(&self) -> Decisions<'_> {
        let blocks = self.blocks.iter().map(|block| {
            let BlockPreview { name, height, width, units, halting } = block;
            BlockDecisions { name, height: *height, width: *width, units: *units, halting }
        });
        Decisions { height: self.height, width: self.width, blocks: blocks.collect() }
    }
}

/// How badly a run under `ran` serves for a preview of `wanted`, in a network whose longest block has `units` units: of
/// several runs the one at the least distance comes closest. Where scores are missing, steps count twice, since held
/// scores are about twice as wrong as those of states that differ a little. Where units are, all else counts little.
pub fn preview_distance(ran: &HaltingSetting, wanted: &HaltingSetting, units: usize) -> f32 {
    let step = |missing: f32| missing.abs() + missing.max(0.0);
    let (has, needs) = (ran.last_unit(units), wanted.last_unit(units));
    let hidden = if needs > has { 10.0 } else { 0.0 };
    step(wanted.threshold - ran.threshold)
        + step(ran.logit_offset - wanted.logit_offset)
        + hidden
        + 0.2 * has.abs_diff(needs) as f32
}

/// One block's decisions under `wanted`, on the scores found under `ran`.
fn replay(
    record: &HaltingRecord,
    units: usize,
    ran: &HaltingSetting,
    wanted: &HaltingSetting,
) -> Option<HaltingRecord> {
    let decisions = record.num_units.len();
    // Adding to a logit multiplies the odds.
    let odds = (wanted.logit_offset - ran.logit_offset).exp();
    // The last unit that may run has no score.
    let scored = ran.last_unit(units) - 1;
    let score = |decision: usize, unit: usize| {
        let known = scored.min(record.num_units[decision] as usize);
        let unit = unit.min(known.checked_sub(1)?);
        let score = *record.halting_scores.get(decision * (units - 1) + unit)?;
        Some(if odds == 1.0 { score } else { score * odds / (1.0 - score + score * odds) })
    };
    let mut recurrence = Recurrence::new(decisions, units, wanted);
    let mut unit = 0;
    while !recurrence.is_done() {
        let scores: Vec<f32> = match recurrence.next_needs_scores() {
            true => recurrence
                .active()
                .iter()
                .map(|&decision| score(decision as usize, unit))
                .collect::<Option<_>>()?,
            false => Vec::new(),
        };
        recurrence.advance(&scores);
        unit += 1;
    }
    Some(recurrence.finish())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::engine::Device;
    use crate::image::{self, Input};
    use crate::maps::{PonderMap, Quantity, Scope};
    use crate::network::RunOptions;
    use crate::zoo::{self, Model};

    fn at(threshold: f32, unit_cap: Option<usize>, logit_offset: f32) -> HaltingSetting {
        HaltingSetting { threshold, unit_cap, logit_offset }
    }

    /// A run whose only block has these halting scores, a row a decision; `ran` decides which of them it keeps.
    fn trace_of(rows: &[Vec<f32>], ran: &HaltingSetting, wrap: fn(HaltingRecord) -> Halting) -> Trace {
        let units = rows[0].len() + 1;
        let mut recurrence = Recurrence::new(rows.len(), units, ran);
        let mut unit = 0;
        while !recurrence.is_done() {
            let decisions = if recurrence.next_needs_scores() { recurrence.active() } else { &[] };
            let scores: Vec<f32> = decisions.iter().map(|&decision| rows[decision as usize][unit]).collect();
            recurrence.advance(&scores);
            unit += 1;
        }
        let block = BlockTrace {
            name: "block_1".to_owned(),
            height: 1,
            width: rows.len(),
            units,
            halting: wrap(recurrence.finish()),
            active_positions: vec![0; units],
            unit_flops: vec![0; units],
            flops: 0,
            milliseconds: 0.0,
            outputs: None,
        };
        Trace {
            height: 1,
            width: rows.len(),
            logits: vec![],
            blocks: vec![block],
            flops: 0,
            milliseconds: 0.0,
        }
    }

    fn record(halting: &Halting) -> &HaltingRecord {
        halting.record().unwrap()
    }

    /// What is previewed for the only block.
    fn replayed(trace: &Trace, ran: &HaltingSetting, wanted: &HaltingSetting) -> HaltingRecord {
        record(&Preview::new(trace, ran, wanted).unwrap().blocks[0].halting).clone()
    }

    #[test]
    fn a_lower_threshold_needs_no_score_that_is_not_there() {
        let rows = [vec![0.4, 0.4, 0.1, 0.3], vec![0.1, 0.1, 0.1, 0.1], vec![0.95, 0.0, 0.0, 0.0]];
        for wrap in [Halting::Position, Halting::Image] {
            let (ran, wanted) = (at(0.99, None, 0.0), at(0.5, None, 0.0));
            let replayed = replayed(&trace_of(&rows, &ran, wrap), &ran, &wanted);
            assert_eq!(&replayed, record(&trace_of(&rows, &wanted, wrap).blocks[0].halting));
            assert_eq!(replayed.num_units, [2, 5, 1]);
        }
    }

    #[test]
    fn a_higher_threshold_holds_the_last_score() {
        let rows = [vec![0.3, 0.4, 0.0, 0.0, 0.0]];
        let ran = at(0.5, None, 0.0);
        let replayed = replayed(&trace_of(&rows, &ran, Halting::Position), &ran, &at(0.9, None, 0.0));
        // 0.3, 0.7, and another 0.4.
        assert_eq!(replayed.num_units, [3]);
        assert!((replayed.ponder_cost[0] - 3.3).abs() < 1e-6);
    }

    #[test]
    fn a_cap_that_is_raised_holds_the_last_score_before_it() {
        let rows = [vec![0.2, 0.9, 0.9, 0.9]];
        let ran = at(0.99, Some(2), 0.0);
        // The second unit was the last and had no score: 0.2, 0.4, 0.6, 0.8, and the end.
        let trace = trace_of(&rows, &ran, Halting::Position);
        assert_eq!(replayed(&trace, &ran, &at(0.99, None, 0.0)).num_units, [5]);
        assert_eq!(replayed(&trace, &ran, &at(0.55, None, 0.0)).num_units, [3]);
    }

    #[test]
    fn without_any_score_there_is_no_preview() {
        let ran = at(0.99, Some(1), 0.0);
        let trace = trace_of(&[vec![0.5, 0.5]], &ran, Halting::Position);
        assert_eq!(Preview::new(&trace, &ran, &at(0.99, None, 0.0)), None);
        assert!(Preview::new(&trace, &ran, &at(0.5, Some(1), 0.0)).is_some(), "none is needed");
        let mut bare = trace_of(&[vec![0.5, 0.5]], &at(0.99, None, 0.0), Halting::Position);
        bare.blocks[0].halting =
            Halting::Position(HaltingRecord { num_units: vec![3], ..Default::default() });
        assert_eq!(Preview::new(&bare, &at(0.99, None, 0.0), &at(0.5, None, 0.0)), None);
        bare.blocks[0].halting = Halting::None;
        assert_eq!(Preview::new(&bare, &at(0.99, None, 0.0), &at(0.5, None, 0.0)), None);
    }

    #[test]
    fn the_offset_moves_the_logits() {
        let sigmoid = |logit: f32| 1.0 / (1.0 + (-logit).exp());
        let logits = [-2.0, 0.5, 3.0];
        let rows = |offset: f32| logits.map(|logit| vec![sigmoid(logit + offset), 0.0]);
        let (ran, wanted) = (at(0.99, Some(2), 0.25), at(0.99, Some(2), -1.5));
        let replayed = replayed(&trace_of(&rows(0.25), &ran, Halting::Position), &ran, &wanted);
        for (decision, row) in rows(-1.5).iter().enumerate() {
            assert!((replayed.halting_scores[2 * decision] - row[0]).abs() < 1e-6);
        }
        for saturated in [0.0, 1.0] {
            let trace = trace_of(&[vec![saturated, saturated]], &at(0.99, None, 0.0), Halting::Position);
            let shifted = super::tests::replayed(&trace, &at(0.99, None, 0.0), &at(0.99, None, -4.0));
            assert_eq!(shifted.halting_scores[0], saturated);
        }
    }

    #[test]
    fn the_nearest_run_is_one_that_has_the_scores() {
        let nearest = |runs: &[HaltingSetting], wanted: HaltingSetting| {
            let distance = |ran: &&HaltingSetting| preview_distance(ran, &wanted, 5);
            *runs.iter().min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap()
        };
        let thresholds = [at(0.3, None, 0.0), at(0.45, None, 0.0), at(0.58, None, 0.0), at(0.99, None, 0.0)];
        assert_eq!(nearest(&thresholds, at(0.5, None, 0.0)), thresholds[2]);
        assert_eq!(nearest(&thresholds, at(0.3, None, 0.0)), thresholds[0]);
        let caps = [at(0.99, Some(1), 0.0), at(0.99, Some(4), 0.0), at(0.99, None, 0.0)];
        assert_eq!(nearest(&caps, at(0.99, Some(2), 0.0)), caps[1]);
        assert_eq!(nearest(&caps, at(0.9, None, 0.0)), caps[2]);
        let offsets = [at(0.99, None, -1.0), at(0.99, None, 0.8)];
        assert_eq!(nearest(&offsets, at(0.99, None, 0.0)), offsets[0]);
    }

    fn embedded() -> (Model, Input) {
        let model = zoo::load(&zoo::default_model().source, &Device::cpu()).unwrap();
        let picture = image::decode(crate::dataset::samples::photographs()[0].bytes, "a sample").unwrap();
        let size = image::InputSize::LongerEdge(48);
        let input = image::prepare(&picture, size, model.card.spec.family.preprocessing()).unwrap();
        (model, input)
    }

    /// On the embedded model, where scores depend on the setting.
    #[test]
    fn a_preview_is_exact_as_far_as_scores_are_the_same_and_nearer_than_the_map_before() {
        let (model, input) = embedded();
        let run = |setting: &HaltingSetting| {
            let inputs = std::slice::from_ref(&input);
            model.network.run(inputs, setting, RunOptions::default()).unwrap().remove(0)
        };
        let map = |decisions: &Decisions<'_>| {
            PonderMap::from_decisions(decisions, Quantity::PonderCost, Scope::Network).unwrap().values
        };
        let off = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum::<f32>();
        let ran = at(0.99, None, 0.0);
        let before = run(&ran);
        let same = Preview::new(&before, &ran, &ran).unwrap();
        assert_eq!(same.decisions(), before.decisions());

        let (mut of_guesses, mut of_olds) = (0.0, 0.0);
        for wanted in [at(0.9, None, 0.0), at(0.6, None, 0.0), at(0.3, None, 0.0), at(0.99, Some(3), 0.0)] {
            let (after, preview) = (run(&wanted), Preview::new(&before, &ran, &wanted).unwrap());
            let real = map(&after.decisions());
            let (guessed, old) =
                (off(&map(&preview.decisions()), &real), off(&map(&before.decisions()), &real));
            assert!(guessed < old, "{wanted:?}: {guessed} off, the map before {old}");
            of_guesses += guessed;
            of_olds += old;

            let (real, guessed) = (record(&after.blocks[0].halting), record(&preview.blocks[0].halting));
            let others = real.num_units.iter().zip(&record(&before.blocks[0].halting).num_units);
            // What halts otherwise first; up to there every score is the same.
            let differs = others.filter(|(a, b)| a != b).map(|(a, b)| *a.min(b)).min().unwrap_or(u32::MAX);
            for (position, &units) in real.num_units.iter().enumerate() {
                let exact = units <= differs;
                assert!(!exact || guessed.num_units[position] == units, "{wanted:?} at {position}");
                assert!(exact || guessed.num_units[position] > differs, "{wanted:?} at {position}");
            }
        }
        assert!(of_guesses < 0.5 * of_olds, "{of_guesses} off, the maps before {of_olds}");
    }

    fn run_of_scores() -> impl Strategy<Value = (Vec<Vec<f32>>, HaltingSetting)> {
        let rows = (1usize..7)
            .prop_flat_map(|scores| prop::collection::vec(prop::collection::vec(0.0f32..=1.0, scores), 1..6));
        (rows, setting())
    }

    fn setting() -> impl Strategy<Value = HaltingSetting> {
        (0.05f32..0.9999, prop::option::of(2usize..8), -3.0f32..3.0)
            .prop_map(|(t, cap, offset)| at(t, cap, offset))
    }

    proptest! {
        #[test]
        fn at_its_own_setting_a_preview_is_the_run((rows, ran) in run_of_scores()) {
            for wrap in [Halting::Position, Halting::Image] {
                let trace = trace_of(&rows, &ran, wrap);
                let preview = Preview::new(&trace, &ran, &ran).unwrap();
                prop_assert_eq!(preview.decisions(), trace.decisions());
            }
        }

        #[test]
        fn a_longer_leash_never_halts_earlier(
            (rows, ran) in run_of_scores(), wanted in setting(),
            threshold in 0.0f32..0.5, offset in 0.0f32..2.0, cap in prop::option::of(0usize..3),
        ) {
            let longer = HaltingSetting {
                threshold: wanted.threshold + threshold,
                logit_offset: wanted.logit_offset - offset,
                unit_cap: wanted.unit_cap.zip(cap).map(|(a, b)| a + b),
            };
            let trace = trace_of(&rows, &ran, Halting::Position);
            let (short, long) = (replayed(&trace, &ran, &wanted), replayed(&trace, &ran, &longer));
            for decision in 0..rows.len() {
                prop_assert!(short.num_units[decision] <= long.num_units[decision]);
                prop_assert!(short.ponder_cost[decision] <= long.ponder_cost[decision] + 1e-5);
            }
        }

        #[test]
        fn what_a_preview_decides_is_possible((rows, ran) in run_of_scores(), wanted in setting()) {
            let units = rows[0].len() + 1;
            let replayed = replayed(&trace_of(&rows, &ran, Halting::Position), &ran, &wanted);
            for (decision, row) in replayed.halting_distribution.chunks_exact(units).enumerate() {
                prop_assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-5);
                prop_assert!((1..=wanted.last_unit(units)).contains(&(replayed.num_units[decision] as usize)));
            }
        }
    }
}

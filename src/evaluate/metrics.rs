//! What an evaluation counts (specification, section 8).

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::statistics::{Fraction, Whole};
use crate::network::{Family, NetworkSpec, Trace};
use crate::weights::{self, Variables};

/// What a network did on some images.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    pub images: u64,
    /// Images whose class is known; what follows counts these alone.
    pub labelled: u64,
    /// Images whose highest logit is their label's; of equal ones the first counts.
    pub correct: u64,
    /// Images whose label is among their five highest logits.
    pub recalled_at_5: u64,
    /// One value a labelled image, in nats.
    pub cross_entropy: Fraction,
    /// One value an image.
    pub flops: Whole,
    /// From the first block to the last; empty before the first image.
    pub blocks: Vec<BlockMetrics>,
}

/// What one block did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BlockMetrics {
    /// The reference's name.
    pub name: String,
    /// One value an image.
    pub flops: Whole,
    /// One value a decision: a position (SACT), an image (ACT), nothing (vanilla).
    pub ponder_cost: Fraction,
    pub num_units: Whole,
}

/// What a loss adds to the cross-entropy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LossTerms {
    /// Weight of the ponder cost.
    pub tau: f64,
    /// See [`l2`].
    pub l2: f64,
}

/// The L2 term of a network's loss: `weight_decay / 2 * sum(w^2)` over the weights of its convolutions, those of halting
/// branches too.
pub fn l2(variables: &Variables, spec: &NetworkSpec, weight_decay: f64) -> f64 {
    let names = weights::expected(spec).into_iter().map(|(name, _)| name);
    let convolutions = names.filter(|name| name.ends_with("/weights"));
    let squares = convolutions
        .filter_map(|name| variables.by_name.get(&name))
        .flat_map(|variable| variable.values.iter().map(|&weight| f64::from(weight) * f64::from(weight)));
    weight_decay / 2.0 * squares.sum::<f64>()
}

impl Metrics {
    /// Takes in an image and its class, if that is known; all are of one network.
    ///
    /// # Panics
    /// If the network has no class `label`.
    pub fn add(&mut self, trace: &Trace, label: Option<usize>) {
        self.images += 1;
        if let Some(label) = label {
            self.add_label(&trace.logits, label);
        }
        self.flops.add(trace.flops as f64);
        if self.blocks.is_empty() {
            let named = |name: &String| BlockMetrics { name: name.clone(), ..BlockMetrics::default() };
            self.blocks = trace.blocks.iter().map(|block| named(&block.name)).collect();
        }
        for (metrics, block) in self.blocks.iter_mut().zip(&trace.blocks) {
            metrics.flops.add(block.flops as f64);
            let Some(record) = block.halting.record() else { continue };
            record.ponder_cost.iter().for_each(|&cost| metrics.ponder_cost.add(cost.into()));
            record.num_units.iter().for_each(|&units| metrics.num_units.add(units.into()));
        }
    }

    fn add_label(&mut self, logits: &[f32], label: usize) {
        let score = logits[label];
        // What is no number counts as ahead, so that a broken network is not taken for a good one.
        let is_ahead = |(class, logit): (usize, &f32)| match logit.partial_cmp(&score) {
            Some(Ordering::Less) => false,
            Some(Ordering::Equal) => class < label,
            Some(Ordering::Greater) | None => true,
        };
        let ahead = logits.iter().enumerate().filter(|&scored| is_ahead(scored)).count();
        self.labelled += 1;
        self.correct += u64::from(ahead == 0);
        self.recalled_at_5 += u64::from(ahead < 5);
        self.cross_entropy.add(cross_entropy(logits, label));
    }

    /// Takes in the images of another evaluation of the same network. The outcome does not depend on the order.
    pub fn merge(&mut self, other: &Self) {
        if self.blocks.is_empty() {
            self.blocks.clone_from(&other.blocks);
        } else {
            for (block, other) in self.blocks.iter_mut().zip(&other.blocks) {
                block.flops.merge(&other.flops);
                block.ponder_cost.merge(&other.ponder_cost);
                block.num_units.merge(&other.num_units);
            }
        }
        self.images += other.images;
        self.labelled += other.labelled;
        self.correct += other.correct;
        self.recalled_at_5 += other.recalled_at_5;
        self.cross_entropy.merge(&other.cross_entropy);
        self.flops.merge(&other.flops);
    }

    /// Share of the labelled images whose highest logit is their label's, 0..1; NaN without any.
    pub fn accuracy(&self) -> f64 {
        self.correct as f64 / self.labelled as f64
    }

    /// Share of the labelled images whose label is among their five highest logits, 0..1; NaN without any.
    pub fn recall_at_5(&self) -> f64 {
        self.recalled_at_5 as f64 / self.labelled as f64
    }

    /// Sum over blocks of the mean ponder cost; 0 for vanilla.
    pub fn ponder_cost(&self) -> f64 {
        self.mean_ponder_costs().iter().sum()
    }

    /// Mean ponder cost of each block, in order; empty for vanilla.
    pub fn mean_ponder_costs(&self) -> Vec<f64> {
        let decided = self.blocks.iter().filter(|block| block.ponder_cost.count() > 0);
        decided.map(|block| block.ponder_cost.mean()).collect()
    }

    /// Mean cross-entropy + tau * ponder cost + L2.
    pub fn loss(&self, terms: LossTerms) -> f64 {
        self.cross_entropy.mean() + terms.tau * self.ponder_cost() + terms.l2
    }

    /// Every figure that the reference prints for this family, by its name there (specification, section 8); without labels
    /// there is neither accuracy nor loss.
    pub fn figures(&self, family: Family, terms: LossTerms) -> BTreeMap<String, f64> {
        let mut figures = BTreeMap::new();
        let mut put = |name: &str, value: f64| figures.insert(name.to_owned(), value);
        if self.labelled > 0 {
            put("eval/Accuracy", self.accuracy());
            match family {
                Family::Cifar => put("eval/Mean Loss", self.loss(terms)),
                Family::ImageNet => put("eval/Recall@5", self.recall_at_5()),
            };
        }
        put("Total Flops/mean", self.flops.mean());
        put("Total Flops/std", self.flops.std());
        for block in &self.blocks {
            let name = |what: &str| format!("{}/{what}", block.name);
            put(&name("flops_mean"), block.flops.mean());
            put(&name("flops_std"), block.flops.std());
            if block.num_units.count() > 0 {
                put(&name("ponder_cost_mean"), block.ponder_cost.mean());
                put(&name("ponder_cost_std"), block.ponder_cost.std());
                put(&name("num_units_mean"), block.num_units.mean());
                put(&name("num_units_std"), block.num_units.std());
            }
        }
        figures
    }
}

/// Minus the logarithm of the label's probability; NaN where a logit is no number.
fn cross_entropy(logits: &[f32], label: usize) -> f64 {
    let max = f64::from(logits.iter().copied().fold(f32::NEG_INFINITY, f32::max));
    let sum: f64 = logits.iter().map(|&logit| (f64::from(logit) - max).exp()).sum();
    // The difference is never below 0 but for rounding.
    let cross_entropy = sum.ln() + max - f64::from(logits[label]);
    if cross_entropy < 0.0 { 0.0 } else { cross_entropy }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::halting::HaltingRecord;
    use crate::network::{BlockTrace, Halting};
    use proptest::prelude::*;

    fn trace(logits: Vec<f32>, costs: &[f32]) -> Trace {
        let record = HaltingRecord {
            ponder_cost: costs.to_vec(),
            num_units: costs.iter().map(|&cost| cost as u32).collect(),
            ..HaltingRecord::default()
        };
        let flops = costs.iter().map(|cost| *cost as u64).sum();
        let block = BlockTrace {
            name: "block_1".to_owned(),
            height: 1,
            width: costs.len(),
            units: 3,
            halting: Halting::Position(record),
            active_positions: vec![],
            unit_flops: vec![],
            flops,
            milliseconds: 0.0,
            outputs: None,
        };
        Trace { height: 1, width: costs.len(), logits, blocks: vec![block], flops, milliseconds: 0.0 }
    }

    fn of(images: &[(Trace, usize)]) -> Metrics {
        let mut metrics = Metrics::default();
        images.iter().for_each(|(trace, label)| metrics.add(trace, Some(*label)));
        metrics
    }

    proptest! {
        #[test]
        fn parts_make_the_same_whole_in_any_order(
            images in prop::collection::vec(
                (prop::collection::vec(-9f32..9.0, 7), prop::collection::vec(1f32..4.0, 5), 0usize..7), 0..20,
            ),
            cuts in prop::collection::vec(0usize..20, 3),
        ) {
            let images: Vec<_> =
                images.into_iter().map(|(logits, costs, label)| (trace(logits, &costs), label)).collect();
            let whole = of(&images);
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(images.len())).collect();
            cuts.extend([0, images.len()]);
            cuts.sort_unstable();
            let mut parts: Vec<Metrics> = cuts.windows(2).map(|cut| of(&images[cut[0]..cut[1]])).collect();
            parts.rotate_left(1);
            let mut merged = Metrics::default();
            parts.iter().rev().for_each(|part| merged.merge(part));
            prop_assert_eq!(merged, whole);
        }
    }

    #[test]
    fn ranks_and_loss_are_those_of_the_definition() {
        let logits = vec![1.0, 3.0, 3.0, 2.0, 0.5, 0.0, -1.0];
        let image = |label| (trace(logits.clone(), &[2.0, 3.0]), label);
        let one = |label| {
            let metrics = of(&[image(label)]);
            (metrics.correct, metrics.recalled_at_5)
        };
        assert_eq!([0, 1, 2, 4, 5].map(one), [(0, 1), (1, 1), (0, 1), (0, 1), (0, 0)]);

        let metrics = of(&[image(1), image(3)]);
        let sum: f64 = logits.iter().map(|&logit| f64::from(logit).exp()).sum();
        let expected = sum.ln() - (3.0 + 2.0) / 2.0 + 0.1 * 2.5 + 0.25;
        assert!((metrics.loss(LossTerms { tau: 0.1, l2: 0.25 }) - expected).abs() < 1e-9);
        assert_eq!((metrics.accuracy(), metrics.ponder_cost()), (0.5, 2.5));
    }

    #[test]
    fn a_broken_network_is_not_taken_for_a_good_one() {
        let metrics = of(&[(trace(vec![f32::NAN; 7], &[f32::NAN]), 0)]);
        assert_eq!((metrics.correct, metrics.recalled_at_5), (0, 0));
        assert!(metrics.loss(LossTerms::default()).is_nan());
        assert!(metrics.blocks[0].ponder_cost.mean().is_nan());
        let metrics = of(&[(trace(vec![1.0, f32::NAN], &[2.0]), 0)]);
        assert!(metrics.correct == 0 && metrics.cross_entropy.mean().is_nan());
    }

    #[test]
    fn both_families_say_what_the_reference_says() {
        let metrics = of(&[(trace(vec![0.0; 7], &[2.0]), 0)]);
        let names = |family| metrics.figures(family, LossTerms::default()).into_keys().collect::<Vec<_>>();
        let of_all = ["Total Flops/mean", "Total Flops/std"];
        let of_block = ["flops", "num_units", "ponder_cost"]
            .map(|what| ["mean", "std"].map(|figure| format!("block_1/{what}_{figure}")));
        let of_block = of_block.concat();
        for (family, second) in [(Family::Cifar, "eval/Mean Loss"), (Family::ImageNet, "eval/Recall@5")] {
            let expected = of_all.into_iter().chain(of_block.iter().map(String::as_str));
            let expected: Vec<&str> = expected.chain(["eval/Accuracy", second]).collect();
            assert_eq!(names(family), expected);
        }
    }
}

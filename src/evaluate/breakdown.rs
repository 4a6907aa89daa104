//! What an evaluation counts beside its figures: which classes are taken for which, ponder cost by class, FLOPs by how often.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::statistics::Fraction;

/// Counts that charts are drawn of. Parts add up to the whole in any order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Breakdown {
    /// How many images of a label (first) were taken for a class (second); what never happened is left out.
    pub confusion: BTreeMap<usize, BTreeMap<usize, u64>>,
    /// By label: the ponder cost of an image, summed over blocks. Empty for vanilla.
    pub ponder_cost: BTreeMap<usize, Fraction>,
    /// How many images took so many hundredths of the vanilla network's FLOPs, rounded down.
    pub flops: BTreeMap<u32, u64>,
}

impl Breakdown {
    /// Takes in an image: its label if that is known, its highest class, its ponder cost unless it is vanilla's, its share of
    /// the vanilla network's FLOPs.
    pub fn add(
        &mut self,
        label: Option<usize>,
        predicted: usize,
        ponder_cost: Option<f64>,
        flops_share: f64,
    ) {
        if let Some(label) = label {
            *self.confusion.entry(label).or_default().entry(predicted).or_default() += 1;
            if let Some(cost) = ponder_cost {
                self.ponder_cost.entry(label).or_default().add(cost);
            }
        }
        *self.flops.entry((100.0 * flops_share) as u32).or_default() += 1;
    }

    /// Takes in the images of another.
    pub fn merge(&mut self, other: &Self) {
        for (&label, row) in &other.confusion {
            let own = self.confusion.entry(label).or_default();
            row.iter().for_each(|(&predicted, &images)| *own.entry(predicted).or_default() += images);
        }
        for (&label, cost) in &other.ponder_cost {
            self.ponder_cost.entry(label).or_default().merge(cost);
        }
        for (&percent, &images) in &other.flops {
            *self.flops.entry(percent).or_default() += images;
        }
    }
}

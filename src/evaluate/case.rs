//! What is evaluated: a model under a setting; and what it did with one image.

use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};

use super::LossTerms;
use crate::halting::HaltingSetting;
use crate::network::{Network, NetworkSpec, Trace, Variant, vanilla_flops};
use crate::weights::Variables;

/// A model under a setting, ready to run.
#[derive(Clone)]
pub struct Case<'a> {
    pub subject: Subject,
    pub network: &'a Network,
}

/// Which model under which setting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Subject {
    pub model: String,
    pub spec: NetworkSpec,
    /// Tells its weights from others, see [`fingerprint`].
    pub fingerprint: String,
    pub setting: HaltingSetting,
    /// Of its loss.
    pub terms: LossTerms,
}

impl Subject {
    pub fn is_adaptive(&self) -> bool {
        self.spec.variant != Variant::Vanilla
    }

    /// The model, and its threshold if it has one.
    pub fn title(&self) -> String {
        match self.is_adaptive() {
            true => format!("{} at {}", self.model, self.setting.threshold),
            false => self.model.clone(),
        }
    }

    /// What the vanilla network takes for an image of the published size.
    pub fn vanilla_flops(&self) -> u64 {
        let (height, width) = self.spec.family.published_size();
        vanilla_flops(&self.spec, height, width)
    }
}

/// What one case did with one image.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// Which of the cases.
    pub case: usize,
    /// Place in the data.
    pub index: usize,
    /// A class of the network, if it is known.
    pub label: Option<usize>,
    /// At most five classes with their probabilities, the likeliest first.
    pub top: Vec<(u32, f32)>,
    pub flops: u64,
    /// Sum over blocks of the mean ponder cost; none for vanilla.
    pub ponder_cost: Option<f64>,
}

impl Seen {
    pub(super) fn new(case: usize, index: usize, label: Option<usize>, trace: &Trace) -> Self {
        let ponder_cost = ponder_cost(trace);
        Self { case, index, label, top: top(&trace.logits, 5), flops: trace.flops, ponder_cost }
    }

    /// The class that the network takes it for.
    pub fn predicted(&self) -> usize {
        self.top.first().map_or(0, |&(class, _)| class as usize)
    }

    /// Whether its label is what the network takes it for; nothing without a label.
    pub fn is_right(&self) -> Option<bool> {
        self.label.map(|label| label == self.predicted())
    }
}

/// Sum over blocks of the mean ponder cost of an image; none for vanilla.
pub fn ponder_cost(trace: &Trace) -> Option<f64> {
    let records = trace.blocks.iter().filter_map(|block| block.halting.record());
    let means = records.map(|record| {
        let sum: f64 = record.ponder_cost.iter().map(|&cost| f64::from(cost)).sum();
        sum / record.ponder_cost.len() as f64
    });
    means.reduce(|sum, mean| sum + mean)
}

/// The `most` likeliest classes with their probabilities; of equal ones the first comes first, what is no number before all.
pub fn top(logits: &[f32], most: usize) -> Vec<(u32, f32)> {
    let max = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f32 = logits.iter().map(|logit| (logit - max).exp()).sum();
    let mut order: Vec<usize> = (0..logits.len()).collect();
    let key = |class: usize| if logits[class].is_nan() { f32::INFINITY } else { logits[class] };
    order.sort_by(|&a, &b| key(b).total_cmp(&key(a)));
    order.truncate(most);
    order.into_iter().map(|class| (class as u32, (logits[class] - max).exp() / sum)).collect()
}

/// A checksum of a model's weights.
pub fn fingerprint(variables: &Variables) -> String {
    let mut sum = Md5::new();
    for (name, variable) in &variables.by_name {
        sum.update(name.as_bytes());
        sum.update(bytemuck::cast_slice::<f32, u8>(&variable.values));
    }
    sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_likeliest_classes_come_first() {
        let found = top(&[0.0, 2.0, 2.0, -1.0], 3);
        assert_eq!(found.iter().map(|(class, _)| *class).collect::<Vec<_>>(), [1, 2, 0]);
        let sum = 1.0 + 2.0 * 2f32.exp() + (-1f32).exp();
        assert!((found[0].1 - 2f32.exp() / sum).abs() < 1e-6);
        assert_eq!(top(&[1.0], 5).len(), 1);
        assert_eq!(top(&[1.0, f32::NAN], 1)[0].0, 1);
    }
}

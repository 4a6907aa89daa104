//! What is to be trained, and how: all that a run's numbers depend on.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Length, Schedule};
use crate::network::{Family, NetworkSpec, Variant};
use crate::zoo::letters;

/// A training run; stands in the run's folder as `recipe.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    pub spec: NetworkSpec,
    /// Weight of the ponder cost; has no effect on vanilla.
    pub tau: f64,
    /// The data set's folder, and what it is called.
    pub data: PathBuf,
    pub data_name: String,
    /// A model whose variables the network begins with, all but the halting branches.
    pub init: Option<String>,
    /// Takes the halting branches, too.
    pub keep_halting: bool,
    /// Added to the bias of every halting branch that the network begins with.
    pub halting_offset: f32,
    pub steps: u64,
    pub batch_size: usize,
    /// Steps that see every picture once.
    pub epoch: u64,
    pub schedule: Schedule,
    /// The highest that the schedule has.
    pub learning_rate: f64,
    /// Of the L2 term, `weight_decay / 2 * sum(w^2)`.
    pub weight_decay: f64,
    pub label_smoothing: f64,
    /// How many pixels a CIFAR picture is shifted by at most.
    pub shift: u32,
    /// Decay of the moving average of the weights, if one is kept.
    pub ema: Option<f64>,
    /// Of first values, order and augmentation.
    pub seed: u64,
}

/// What the reference trains a family with (specification, section 9).
pub struct Reference {
    pub batch_size: usize,
    pub learning_rate: f64,
    pub weight_decay: f64,
    pub label_smoothing: f64,
    pub shift: u32,
    pub length: Length,
}

impl Reference {
    pub fn of(family: Family) -> Self {
        match family {
            Family::Cifar => Self {
                batch_size: 128,
                learning_rate: 0.1,
                weight_decay: 2e-4,
                label_smoothing: 0.0,
                shift: 2,
                length: Length::Steps(100_000),
            },
            Family::ImageNet => Self {
                batch_size: 32,
                learning_rate: 0.05,
                weight_decay: 1e-4,
                label_smoothing: 0.1,
                shift: 0, // its crops are random altogether
                length: Length::Epochs(90.0),
            },
        }
    }
}

impl Recipe {
    /// Whether the ponder cost is part of the loss.
    pub fn has_tau(&self) -> bool {
        self.spec.variant != Variant::Vanilla
    }

    /// `cifar10-resnet32-sact-tau0.01`
    pub fn model_name(&self) -> String {
        let (data, variant) = (letters(&self.data_name), letters(&self.spec.variant.to_string()));
        let data = if data.is_empty() { "data".to_owned() } else { data };
        let tau = if self.has_tau() { format!("-tau{}", self.tau) } else { String::new() };
        format!("{data}-resnet{}-{variant}{tau}", self.spec.layers())
    }

    /// How a network of this run was made, in a sentence.
    pub(super) fn said_of(&self, step: u64) -> String {
        let from = self.init.as_ref().map_or(String::new(), |init| format!(" from {init}"));
        format!("Trained by Ponderscope{from}: step {step} of {}", self.steps)
    }

    /// The command that trains so, with every choice spelled out; where data and run lie is left to whoever repeats it.
    pub fn command(&self) -> String {
        let Self { spec, steps, batch_size, schedule, learning_rate, weight_decay, seed, .. } = self;
        let units: Vec<String> = spec.units.iter().map(usize::to_string).collect();
        let mut command = format!(
            "ponderscope train --family {} --units {} --width {} --variant {}",
            spec.family,
            units.join(","),
            spec.width,
            spec.variant.to_string().to_lowercase(),
        );
        if self.has_tau() {
            command += &format!(" --tau {}", self.tau);
        }
        if let Some(init) = &self.init {
            command += &format!(" --init {}", quoted(init));
        }
        if self.keep_halting {
            command += " --keep-halting";
        }
        if self.halting_offset != 0.0 {
            command += &format!(" --halting-offset {}", self.halting_offset);
        }
        command += &format!(
            " --steps {steps} --batch-size {batch_size} --schedule {schedule} --learning-rate {learning_rate} \
             --weight-decay {weight_decay} --label-smoothing {}",
            self.label_smoothing
        );
        if spec.family == Family::Cifar {
            command += &format!(" --shift {}", self.shift);
        }
        if let Some(decay) = self.ema {
            command += &format!(" --ema {decay}");
        }
        command + &format!(" --seed {seed}")
    }

    /// The learning rate of a step.
    pub fn learning_rate_at(&self, step: u64) -> f64 {
        let epochs = (self.spec.family == Family::ImageNet).then_some(self.epoch);
        self.learning_rate * self.schedule.share(step, self.steps, epochs)
    }
}

/// A word of a command as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

//! A network, its optimiser and the average of its weights, taken forward step by step.

use std::collections::BTreeMap;

use candle_core::Tensor;

use super::loss::Loss;
use super::network::{Trainable, to_host};
use super::optimizer::Optimizer;
use super::window::Window;
use super::{Recipe, TrainError};
use crate::engine::Device;
use crate::network::NetworkSpec;
use crate::weights::{self, AVERAGE, Variable, Variables, WeightsError};

/// How the name of what training keeps beside a variable ends, as in the reference.
const MOMENTUM: &str = "/Momentum";

/// A network in training.
pub struct Trainer {
    recipe: Recipe,
    network: Trainable,
    optimizer: Optimizer,
    /// The moving average of all variables, if one is kept.
    average: Option<BTreeMap<String, Variable>>,
    /// Steps done.
    step: u64,
    /// Of the steps that no record has told of yet.
    pub(super) window: Window,
}

/// A batch of pictures as they enter the network, with their labels.
#[derive(Clone, Debug, Default)]
pub struct Examples {
    /// `[images, height, width, 3]`
    pub inputs: Vec<f32>,
    pub height: usize,
    pub width: usize,
    pub labels: Vec<u32>,
}

/// What one step found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepReport {
    /// Cross-entropy + tau * ponder cost + L2.
    pub loss: f64,
    pub cross_entropy: f32,
    /// Sum over blocks of the mean ponder cost; 0 for vanilla.
    pub ponder_cost: f32,
    /// Share of the batch classified rightly.
    pub accuracy: f32,
}

impl Trainer {
    /// A network that begins with these variables.
    ///
    /// # Errors
    /// A variable that is missing, misshapen or not finite.
    pub fn new(recipe: &Recipe, variables: &Variables, device: &Device) -> Result<Self, TrainError> {
        let network = Trainable::new(recipe.spec.clone(), variables, device)?;
        let average = match recipe.ema {
            Some(_) => Some(network.variables()?),
            None => None,
        };
        let optimizer = Optimizer::new(recipe.weight_decay);
        Ok(Self { recipe: recipe.clone(), network, optimizer, average, step: 0, window: Window::default() })
    }

    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    pub fn spec(&self) -> &NetworkSpec {
        &self.network.spec
    }

    /// Steps done.
    pub fn step_number(&self) -> u64 {
        self.step
    }

    /// One step on a batch.
    ///
    /// # Errors
    /// [`TrainError::Diverged`] if the loss is no number; nothing has changed then.
    pub fn step(&mut self, examples: &Examples) -> Result<StepReport, TrainError> {
        let rate = self.recipe.learning_rate_at(self.step);
        let (images, device) = (examples.labels.len(), self.network.device());
        let shape = (images, examples.height, examples.width, 3);
        let inputs = Tensor::from_slice(&examples.inputs, shape, device)?;
        let labels = Tensor::from_slice(&examples.labels, images, device)?;
        let forward = self.network.forward(&inputs)?;
        let loss = Loss::new(&forward, &labels, self.recipe.tau, self.recipe.label_smoothing)?;
        let l2 = self.optimizer.l2(&self.network.learned)?;
        let total = f64::from(loss.differentiable.to_scalar::<f32>()?) + l2;
        if !total.is_finite() {
            return Err(TrainError::Diverged { step: self.step });
        }
        let gradients = loss.differentiable.backward()?;
        self.optimizer.step(&self.network.learned, &gradients, rate)?;
        self.network.keep(&forward)?;
        self.step += 1;
        self.update_average()?;
        let Loss { cross_entropy, ponder_cost, accuracy, .. } = loss;
        let report = StepReport { loss: total, cross_entropy, ponder_cost, accuracy };
        self.window.add(&report);
        Ok(report)
    }

    fn update_average(&mut self) -> Result<(), TrainError> {
        let (Some(decay), Some(average)) = (self.recipe.ema, &mut self.average) else { return Ok(()) };
        // Young averages follow faster, as TensorFlow's do.
        let step = self.step as f64;
        let share = 1.0 - decay.min((1.0 + step) / (10.0 + step)) as f32;
        for (name, variable) in self.network.variables()? {
            let Some(kept) = average.get_mut(&name) else { continue };
            kept.values
                .iter_mut()
                .zip(variable.values)
                .for_each(|(kept, now)| *kept += share * (now - *kept));
        }
        Ok(())
    }

    /// The variables to use: their average if one is kept.
    pub fn variables(&self) -> Result<Variables, TrainError> {
        let by_name = match &self.average {
            Some(average) => average.clone(),
            None => self.network.variables()?,
        };
        Ok(Variables { source: "the network in training".to_owned(), by_name, ..Variables::default() })
    }

    /// Checks that variables are whole and numbers, before somebody uses them.
    ///
    /// # Errors
    /// [`TrainError::Diverged`] if one is no number.
    pub(super) fn check(&self, variables: &Variables) -> Result<(), TrainError> {
        weights::check(variables, self.spec()).map_err(|error| match error {
            WeightsError::NotFinite { .. } => TrainError::Diverged { step: self.step },
            error => error.into(),
        })
    }

    /// Everything that the next step depends on, by the reference's names.
    pub(super) fn state(&self) -> Result<BTreeMap<String, Variable>, TrainError> {
        let mut all = self.network.variables()?;
        for (name, momentum) in &self.optimizer.momenta {
            all.insert(format!("{name}{MOMENTUM}"), to_host(momentum)?);
        }
        for (name, variable) in self.average.iter().flatten() {
            all.insert(format!("{name}{AVERAGE}"), variable.clone());
        }
        Ok(all)
    }

    /// Takes up what [`state`](Self::state) gave after `step` steps.
    pub(super) fn restore(
        recipe: &Recipe,
        (step, state): (u64, Variables),
        device: &Device,
    ) -> Result<Self, TrainError> {
        let mut trainer = Self::new(recipe, &state, device)?;
        for (name, var) in &trainer.network.learned {
            if step == 0 {
                break; // nothing has moved yet
            }
            let values = state.get(&format!("{name}{MOMENTUM}"), var.dims())?;
            let momentum = Tensor::from_slice(values, var.shape(), var.device())?;
            trainer.optimizer.momenta.insert(name.clone(), momentum);
        }
        for (name, variable) in trainer.average.iter_mut().flatten() {
            variable.values = state.get(&format!("{name}{AVERAGE}"), &variable.shape)?.to_vec();
        }
        trainer.step = step;
        Ok(trainer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Family, Variant};
    use crate::train::Schedule;

    fn recipe(family: Family) -> Recipe {
        let units = vec![2; family.blocks()];
        Recipe {
            spec: NetworkSpec { family, units, width: 2, classes: 3, variant: Variant::Sact },
            tau: 0.01,
            data: "data".into(),
            data_name: "noise".to_owned(),
            init: None,
            keep_halting: false,
            halting_offset: 0.0,
            steps: 10,
            batch_size: 2,
            epoch: 10,
            schedule: Schedule::OneCycle,
            learning_rate: 0.1,
            weight_decay: 2e-4,
            label_smoothing: 0.0,
            shift: 2,
            ema: Some(0.999),
            seed: 1,
        }
    }

    #[test]
    fn what_is_kept_follows_by_its_decay() {
        for (family, edge, decay) in [(Family::Cifar, 32, 0.9), (Family::ImageNet, 64, 0.997)] {
            let recipe = recipe(family);
            let first = recipe.first_values(None).unwrap();
            let mut trainer = Trainer::new(&recipe, &first, &Device::cpu()).unwrap();
            let inputs: Vec<f32> =
                (0..2 * edge * edge * 3).map(|at| ((at * 37 % 101) as f32 - 50.0) / 30.0).collect();
            let shape = (2, edge, edge, 3);
            let tensor = Tensor::from_slice(&inputs, shape, trainer.network.device()).unwrap();
            let found = trainer.network.forward(&tensor).unwrap().statistics;
            trainer.step(&Examples { inputs, height: edge, width: edge, labels: vec![0, 2] }).unwrap();

            // A norm's moving values start at mean 0 and variance 1.
            let now = trainer.network.variables().unwrap();
            assert!(found.len() > 10);
            for (scope, statistics) in found {
                for (part, start, of_batch) in
                    [("moving_mean", 0.0, statistics.mean), ("moving_variance", 1.0, statistics.variance)]
                {
                    let of_batch = of_batch.flatten_all().unwrap().to_vec1::<f32>().unwrap();
                    for (kept, of_batch) in now[&format!("{scope}/{part}")].values.iter().zip(of_batch) {
                        let expected = decay * start + (1.0 - decay) * of_batch;
                        assert!((kept - expected).abs() < 1e-5 * (1.0 + expected.abs()), "{scope}/{part}");
                    }
                }
            }
            // After one step an average has gone 9/11 of the way, however slow it is to be.
            for (name, variable) in trainer.variables().unwrap().by_name {
                let (from, to) = (&first.by_name[&name].values, &now[&name].values);
                for ((average, from), to) in variable.values.iter().zip(from).zip(to) {
                    let expected = from + 9.0 / 11.0 * (to - from);
                    assert!((average - expected).abs() < 1e-5 * (1.0 + expected.abs()), "{name}");
                }
            }
        }
    }
}

//! Stochastic gradient descent with momentum, as TensorFlow has it, and the moving average of the weights.

use std::collections::BTreeMap;

use candle_core::backprop::GradStore;
use candle_core::{Result, Tensor, Var};

/// Momentum of the reference (specification, section 9).
const MOMENTUM: f64 = 0.9;

/// The optimiser's memory.
pub(super) struct Optimizer {
    /// Of the L2 term, `weight_decay / 2 * sum(w^2)` over the weights of convolutions.
    weight_decay: f64,
    /// By variable.
    pub momenta: BTreeMap<String, Tensor>,
}

impl Optimizer {
    pub fn new(weight_decay: f64) -> Self {
        Self { weight_decay, momenta: BTreeMap::new() }
    }

    /// The L2 term.
    pub fn l2(&self, variables: &BTreeMap<String, Var>) -> Result<f64> {
        let mut squares = 0.0;
        for (_, var) in variables.iter().filter(|(name, _)| is_decayed(name)) {
            squares += f64::from(var.sqr()?.sum_all()?.to_scalar::<f32>()?);
        }
        Ok(self.weight_decay / 2.0 * squares)
    }

    /// One step downhill: `m = 0.9 m + g`, `w = w - rate * m`.
    pub fn step(
        &mut self,
        variables: &BTreeMap<String, Var>,
        gradients: &GradStore,
        rate: f64,
    ) -> Result<()> {
        for (name, var) in variables {
            let Some(gradient) = gradients.get(var.as_tensor()) else { continue };
            let mut gradient = gradient.clone();
            if is_decayed(name) {
                gradient = (gradient + var.affine(self.weight_decay, 0.0)?)?;
            }
            let momentum = match self.momenta.get(name) {
                Some(before) => (before.affine(MOMENTUM, 0.0)? + gradient)?,
                None => gradient,
            };
            // Nothing of the graph is kept.
            let momentum = momentum.detach();
            var.set(&(var.as_tensor() - momentum.affine(rate, 0.0)?)?.detach())?;
            self.momenta.insert(name.clone(), momentum);
        }
        Ok(())
    }
}

/// Weights of convolutions are drawn to zero, those of halting branches too; biases and norms are not.
fn is_decayed(name: &str) -> bool {
    name.ends_with("/weights")
}

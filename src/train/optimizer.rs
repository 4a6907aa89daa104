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

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;
    use crate::evaluate;
    use crate::network::{Family, NetworkSpec, Variant};

    #[test]
    fn two_steps_are_what_paper_and_pencil_give() {
        let var = |value: f32| Var::new(&[value], &Device::Cpu).unwrap();
        let variables: BTreeMap<String, Var> =
            [("a/weights", 2.0), ("a/biases", 3.0)].map(|(name, value)| (name.to_owned(), var(value))).into();
        let mut optimizer = Optimizer::new(0.1);
        let now = || ["a/weights", "a/biases"].map(|name| variables[name].to_vec1::<f32>().unwrap()[0]);
        let step = |optimizer: &mut Optimizer, gradient: f64| {
            // The gradient to each variable is a constant.
            let sum = variables.values().map(|var| var.affine(gradient, 0.0).unwrap());
            let loss = sum.reduce(|a, b| (a + b).unwrap()).unwrap().sum_all().unwrap();
            optimizer.step(&variables, &loss.backward().unwrap(), 0.5).unwrap();
        };
        step(&mut optimizer, 1.0);
        // Momentum 1 + 0.1 * 2 and 1.
        assert_eq!(now(), [2.0 - 0.5 * 1.2, 3.0 - 0.5]);
        step(&mut optimizer, -4.0);
        // 0.9 * 1.2 - 4 + 0.1 * 1.4 and 0.9 - 4.
        let expected = [1.4 + 0.5 * 2.78, 2.5 + 0.5 * 3.1];
        assert!(
            now().iter().zip(expected).all(|(now, expected)| (now - expected).abs() < 1e-6),
            "{:?}",
            now()
        );
    }

    #[test]
    fn the_l2_term_is_that_of_evaluation() {
        let spec = NetworkSpec {
            family: Family::Cifar,
            units: vec![2; 3],
            width: 2,
            classes: 3,
            variant: Variant::Sact,
        };
        let first = super::super::initial::variables(&spec, 4);
        let variables: BTreeMap<String, Var> = first
            .by_name
            .iter()
            .map(|(name, variable)| {
                let var = Var::from_slice(&variable.values, variable.shape.as_slice(), &Device::Cpu);
                (name.clone(), var.unwrap())
            })
            .collect();
        let found = Optimizer::new(0.3).l2(&variables).unwrap();
        let expected = evaluate::l2(&first, &spec, 0.3);
        assert!((found / expected - 1.0).abs() < 1e-6, "{found} {expected}");
    }
}

//! Lays a network's layers out from its variables (names: specification, section 10).

use super::NetworkError;
use super::branch::{GlobalBranch, HaltingBranch, LocalBranch};
use super::spec::{Family, NetworkSpec, Variant};
use super::unit::{Residual, Shortcut, Unit};
use crate::engine::{Activation, Engine};
use crate::weights::Variables;

/// One block: its units, and the halting branch behind each but the last.
pub(super) struct Block<E: Engine> {
    pub name: String,
    pub units: Vec<Unit<E>>,
    /// One fewer than units; empty for vanilla.
    pub branches: Vec<HaltingBranch<E>>,
}

/// All layers of a network.
pub(super) struct Layout<E: Engine> {
    pub stem: E::Conv,
    pub blocks: Vec<Block<E>>,
    /// The norm before the classifier.
    pub final_norm: E::Norm,
    pub logits: E::Conv,
}

/// Reads layers under a scope of variable names.
struct Scope<'a, E> {
    spec: &'a NetworkSpec,
    variables: &'a Variables,
    engine: &'a E,
    path: String,
}

impl<E: Engine> Layout<E> {
    pub fn new(spec: &NetworkSpec, variables: &Variables, engine: &E) -> Result<Self, NetworkError> {
        let root = Scope { spec, variables, engine, path: spec.family.root().to_owned() };
        let last = spec.block_channels(spec.family.blocks() - 1);
        let activation = match spec.family {
            Family::Cifar => Activation::LEAKY,
            Family::ImageNet => Activation::RELU,
        };
        let (stem, final_norm) = (spec.family.stem_scope(), spec.family.final_norm_scope());
        Ok(Self {
            stem: root.conv(stem, spec.family.stem_kernel(), 3, spec.stem_channels())?,
            blocks: (0..spec.units.len()).map(|block| root.block(block)).collect::<Result<_, _>>()?,
            final_norm: root.norm(final_norm, last, activation)?,
            logits: root.conv("logits", 1, last, spec.classes)?,
        })
    }
}

impl<E: Engine> Scope<'_, E> {
    fn inside(&self, name: &str) -> Self {
        Scope { path: format!("{}/{name}", self.path), ..*self }
    }

    fn get(&self, name: &str, shape: &[usize]) -> Result<&[f32], NetworkError> {
        Ok(self.variables.get(&format!("{}/{name}", self.path), shape)?)
    }

    fn block(&self, block: usize) -> Result<Block<E>, NetworkError> {
        let name = self.spec.family.block_name(block);
        let (scope, units) = (self.inside(&name), self.spec.units[block]);
        let branches = if self.spec.variant == Variant::Vanilla { 0 } else { units - 1 };
        Ok(Block {
            name,
            units: (0..units)
                .map(|unit| scope.inside(&format!("unit_{}", unit + 1)).unit(block, unit))
                .collect::<Result<_, _>>()?,
            branches: (0..branches)
                .map(|unit| scope.inside(&format!("unit_{}/halting_proba", unit + 1)).branch(block))
                .collect::<Result<_, _>>()?,
        })
    }

    fn unit(&self, block: usize, unit: usize) -> Result<Unit<E>, NetworkError> {
        let scope = self.inside(self.spec.family.unit_scope());
        let outputs = self.spec.block_channels(block);
        let inputs = self.spec.unit_inputs(block, unit);
        let stride = self.spec.unit_stride(block, unit);
        match self.spec.family {
            Family::Cifar => Ok(Unit {
                preact: scope.norm("preact", inputs, Activation::LEAKY)?,
                shortcut: if (block, unit) == (0, 0) {
                    Shortcut::Preactivation
                } else if inputs != outputs || stride != 1 {
                    Shortcut::PoolAndPad { channels: outputs - inputs }
                } else {
                    Shortcut::Identity
                },
                stride,
                residual: Residual::Basic {
                    conv1: scope.normed_conv("conv1", 3, inputs, outputs)?,
                    conv2: scope.conv("conv2", 3, outputs, outputs)?,
                },
            }),
            Family::ImageNet => {
                let bottleneck = outputs / 4;
                Ok(Unit {
                    preact: scope.norm("preact", inputs, Activation::RELU)?,
                    shortcut: if inputs == outputs {
                        Shortcut::Identity
                    } else {
                        Shortcut::Projection(scope.conv("shortcut", 1, inputs, outputs)?)
                    },
                    stride,
                    residual: Residual::Bottleneck {
                        conv1: scope.normed_conv("conv1", 1, inputs, bottleneck)?,
                        conv2: scope.normed_conv("conv2", 3, bottleneck, bottleneck)?,
                        conv3: scope.conv("conv3", 1, bottleneck, outputs)?,
                    },
                })
            }
        }
    }

    fn branch(&self, block: usize) -> Result<HaltingBranch<E>, NetworkError> {
        let channels = self.spec.block_channels(block);
        // The CIFAR network's branch inherits the activation of its scope; ImageNet's has none.
        let activation = match self.spec.family {
            Family::Cifar => Activation::LEAKY,
            Family::ImageNet => Activation::NONE,
        };
        let (scale, shift) = self.affine("global_bn", channels)?;
        let weights = self.get("global_conv/weights", &[1, 1, channels, 1])?.to_vec();
        let (local, bias) = match self.spec.variant {
            Variant::Act => (None, "global_conv/biases"),
            _ => {
                let norm = self.norm("local_bn", channels, activation)?;
                let kernel = self.get("local_conv/weights", &[3, 3, channels, 1])?;
                let kernel = self.engine.kernel(kernel)?;
                (Some(LocalBranch { norm, kernel }), "local_conv/biases")
            }
        };
        let bias = self.get(bias, &[1])?[0];
        Ok(HaltingBranch { global: GlobalBranch { scale, shift, activation, weights, bias }, local })
    }

    fn conv(
        &self,
        name: &str,
        kernel: usize,
        inputs: usize,
        outputs: usize,
    ) -> Result<E::Conv, NetworkError> {
        let scope = self.inside(name);
        let weights = scope.get("weights", &[kernel, kernel, inputs, outputs])?;
        let bias = scope.get("biases", &[outputs])?;
        Ok(self.engine.conv(kernel, inputs, weights, bias, Activation::NONE)?)
    }

    /// A convolution with the norm behind it folded into weights and bias, and the family's activation.
    fn normed_conv(
        &self,
        name: &str,
        kernel: usize,
        inputs: usize,
        outputs: usize,
    ) -> Result<E::Conv, NetworkError> {
        let activation = match self.spec.family {
            Family::Cifar => Activation::LEAKY_TWICE,
            Family::ImageNet => Activation::RELU,
        };
        let scope = self.inside(name);
        let (scale, shift) = scope.affine("BatchNorm", outputs)?;
        let weights: Vec<f32> = scope
            .get("weights", &[kernel, kernel, inputs, outputs])?
            .chunks_exact(outputs)
            .flat_map(|row| row.iter().zip(&scale).map(|(weight, scale)| weight * scale))
            .collect();
        Ok(self.engine.conv(kernel, inputs, &weights, &shift, activation)?)
    }

    fn norm(&self, name: &str, channels: usize, activation: Activation) -> Result<E::Norm, NetworkError> {
        let (scale, shift) = self.affine(name, channels)?;
        Ok(self.engine.norm(&scale, &shift, activation)?)
    }

    /// A batch norm at evaluation as `x * scale + shift`.
    fn affine(&self, name: &str, channels: usize) -> Result<(Vec<f32>, Vec<f32>), NetworkError> {
        let scope = self.inside(name);
        let epsilon = self.spec.family.norm_epsilon();
        let [gamma, beta, mean, variance] =
            ["gamma", "beta", "moving_mean", "moving_variance"].map(|part| scope.get(part, &[channels]));
        let (gamma, beta, mean, variance) = (gamma?, beta?, mean?, variance?);
        let scale: Vec<f32> = gamma
            .iter()
            .zip(variance)
            .map(|(&gamma, &variance)| (f64::from(gamma) / (f64::from(variance) + epsilon).sqrt()) as f32)
            .collect();
        let shift =
            beta.iter().zip(mean).zip(&scale).map(|((beta, mean), scale)| beta - mean * scale).collect();
        Ok((scale, shift))
    }
}

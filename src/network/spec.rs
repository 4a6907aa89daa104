//! Which network: family, units per block, width, classes, variant.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The two architectures of the paper (section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// Three blocks of pre-activation residual units of two 3x3 convolutions, for 32x32 images.
    Cifar,
    /// Four blocks of pre-activation bottleneck units (ResNet v2).
    ImageNet,
}

/// How many units a position runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Variant {
    /// All of them.
    Vanilla,
    /// Adaptive computation time: decided once an image in every block.
    Act,
    /// Spatially adaptive computation time: decided at every position of every block.
    Sact,
}

/// What is needed to lay a network out; the weights come separately.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct NetworkSpec {
    pub family: Family,
    /// Residual units in each block: three counts (CIFAR) or four (ImageNet).
    pub units: Vec<usize>,
    /// Channels of the first block's 3x3 convolutions: 16 (CIFAR) or 64 (ImageNet) as published.
    pub width: usize,
    /// Outputs of the classifier; ImageNet's 1001 have the background class first.
    pub classes: usize,
    pub variant: Variant,
}

impl Family {
    /// Scope that holds every variable of the network.
    pub fn root(self) -> &'static str {
        match self {
            Family::Cifar => "resnet_residual",
            Family::ImageNet => "resnet_v2",
        }
    }

    /// Scope of the residual part of a unit.
    pub fn unit_scope(self) -> &'static str {
        match self {
            Family::Cifar => "residual",
            Family::ImageNet => "bottleneck_v2",
        }
    }

    /// Edge of the stem convolution's kernel.
    pub fn stem_kernel(self) -> usize {
        match self {
            Family::Cifar => 3,
            Family::ImageNet => 7,
        }
    }

    /// Name of the stem convolution under the root.
    pub(crate) fn stem_scope(self) -> &'static str {
        match self {
            Family::Cifar => "Conv",
            Family::ImageNet => "conv1",
        }
    }

    /// Name of the norm before the classifier under the root.
    pub(crate) fn final_norm_scope(self) -> &'static str {
        match self {
            Family::Cifar => "BatchNorm",
            Family::ImageNet => "postnorm",
        }
    }

    /// What every norm adds to a variance (specification, section 3).
    pub(crate) fn norm_epsilon(self) -> f64 {
        match self {
            Family::Cifar => 1e-3,
            Family::ImageNet => 1e-5,
        }
    }

    /// Stride of the stem convolution.
    pub fn stem_stride(self) -> usize {
        match self {
            Family::Cifar => 1,
            Family::ImageNet => 2,
        }
    }

    /// How many blocks the family has.
    pub fn blocks(self) -> usize {
        match self {
            Family::Cifar => 3,
            Family::ImageNet => 4,
        }
    }

    /// Rows and columns of the input that the family was published with.
    pub fn published_size(self) -> (usize, usize) {
        match self {
            Family::Cifar => (32, 32),
            Family::ImageNet => (224, 224),
        }
    }

    /// Name of block `index` (from 0), as the reference writes it into checkpoints and exports.
    pub fn block_name(self, index: usize) -> String {
        match self {
            Family::Cifar => format!("block_{}", index + 1),
            Family::ImageNet => format!("block{}", index + 1),
        }
    }

    /// What this family's networks expect of their input.
    pub fn preprocessing(self) -> crate::image::Preprocessing {
        match self {
            Family::Cifar => crate::image::Preprocessing::Standardise,
            Family::ImageNet => crate::image::Preprocessing::MinusOneToOne,
        }
    }
}

impl NetworkSpec {
    /// Names of the blocks in order.
    pub fn block_names(&self) -> Vec<String> {
        (0..self.units.len()).map(|block| self.family.block_name(block)).collect()
    }

    /// Channels of a state inside block `index` (from 0).
    pub fn block_channels(&self, index: usize) -> usize {
        match self.family {
            Family::Cifar => self.width << index,
            Family::ImageNet => 4 * (self.width << index),
        }
    }

    /// Channels that enter unit `unit` (from 0) of block `block` (from 0).
    pub fn unit_inputs(&self, block: usize, unit: usize) -> usize {
        match (block, unit) {
            (0, 0) => self.stem_channels(),
            (_, 0) => self.block_channels(block - 1),
            _ => self.block_channels(block),
        }
    }

    /// Stride of unit `unit` (from 0) of block `block` (from 0), in both families: every block but the first halves
    /// its input's edges in its first unit.
    pub fn unit_stride(&self, block: usize, unit: usize) -> usize {
        if block > 0 && unit == 0 { 2 } else { 1 }
    }

    /// Channels that the stem hands to the first block; ImageNet's are 64 whatever the width.
    pub fn stem_channels(&self) -> usize {
        match self.family {
            Family::Cifar => self.width,
            Family::ImageNet => 64,
        }
    }

    /// Weighted layers, as ResNets are named by: 32 for ResNet-32.
    pub fn layers(&self) -> usize {
        let units: usize = self.units.iter().sum();
        match self.family {
            Family::Cifar => 2 * units + 2,
            Family::ImageNet => 3 * units + 2,
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Family::Cifar => "cifar",
            Family::ImageNet => "imagenet",
        })
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Variant::Vanilla => "vanilla",
            Variant::Act => "ACT",
            Variant::Sact => "SACT",
        })
    }
}

/// `ResNet-32 SACT (cifar, 5-5-5 units, width 16, 10 classes)`
impl fmt::Display for NetworkSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units: Vec<String> = self.units.iter().map(usize::to_string).collect();
        write!(
            f,
            "ResNet-{} {} ({}, {} units, width {}, {} classes)",
            self.layers(),
            self.variant,
            self.family,
            units.join("-"),
            self.width,
            self.classes
        )
    }
}

//! Which variables a network needs: names and shapes are the reference's (specification, section 10).

use std::collections::BTreeSet;

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use crate::network::{Family, NetworkSpec, Variant};

use super::{Variables, WeightsError};

/// Every variable that a network needs, with its shape, from its stem to its logits.
pub fn expected(spec: &NetworkSpec) -> Vec<(String, Vec<usize>)> {
    let mut list = List::default();
    let root = spec.family.root();
    let stem = spec.family.stem_scope();
    list.conv(&format!("{root}/{stem}"), spec.family.stem_kernel(), 3, spec.stem_channels(), Bias::Yes);
    for (block, (name, &units)) in spec.block_names().iter().zip(&spec.units).enumerate() {
        let depth = spec.block_channels(block);
        for unit in 0..units {
            let scope = format!("{root}/{name}/unit_{}", unit + 1);
            let inputs = spec.unit_inputs(block, unit);
            list.unit(&format!("{scope}/{}", spec.family.unit_scope()), spec.family, inputs, depth);
            if unit + 1 < units {
                list.halting(&format!("{scope}/halting_proba"), spec.variant, depth);
            }
        }
    }
    let channels = spec.block_channels(spec.family.blocks() - 1);
    list.norm(&format!("{root}/{}", spec.family.final_norm_scope()), channels);
    list.conv(&format!("{root}/logits"), 1, channels, spec.classes, Bias::Yes);
    list.0
}

/// A convolution that is normalised has no bias.
#[derive(Clone, Copy, PartialEq)]
enum Bias {
    Yes,
    No,
}

#[derive(Default)]
struct List(Vec<(String, Vec<usize>)>);

impl List {
    fn conv(&mut self, scope: &str, kernel: usize, inputs: usize, outputs: usize, bias: Bias) {
        self.0.push((format!("{scope}/weights"), vec![kernel, kernel, inputs, outputs]));
        if bias == Bias::Yes {
            self.0.push((format!("{scope}/biases"), vec![outputs]));
        }
    }

    fn norm(&mut self, scope: &str, channels: usize) {
        for part in ["gamma", "beta", "moving_mean", "moving_variance"] {
            self.0.push((format!("{scope}/{part}"), vec![channels]));
        }
    }

    fn normed_conv(&mut self, scope: &str, kernel: usize, inputs: usize, outputs: usize) {
        self.conv(scope, kernel, inputs, outputs, Bias::No);
        self.norm(&format!("{scope}/BatchNorm"), outputs);
    }

    fn unit(&mut self, scope: &str, family: Family, inputs: usize, depth: usize) {
        self.norm(&format!("{scope}/preact"), inputs);
        match family {
            Family::Cifar => {
                self.normed_conv(&format!("{scope}/conv1"), 3, inputs, depth);
                self.conv(&format!("{scope}/conv2"), 3, depth, depth, Bias::Yes);
            }
            Family::ImageNet => {
                let bottleneck = depth / 4;
                if inputs != depth {
                    self.conv(&format!("{scope}/shortcut"), 1, inputs, depth, Bias::Yes);
                }
                self.normed_conv(&format!("{scope}/conv1"), 1, inputs, bottleneck);
                self.normed_conv(&format!("{scope}/conv2"), 3, bottleneck, bottleneck);
                self.conv(&format!("{scope}/conv3"), 1, bottleneck, depth, Bias::Yes);
            }
        }
    }

    fn halting(&mut self, scope: &str, variant: Variant, channels: usize) {
        let global_bias = match variant {
            Variant::Vanilla => return,
            Variant::Act => Bias::Yes,
            Variant::Sact => {
                self.norm(&format!("{scope}/local_bn"), channels);
                self.conv(&format!("{scope}/local_conv"), 3, channels, 1, Bias::Yes);
                Bias::No
            }
        };
        self.norm(&format!("{scope}/global_bn"), channels);
        self.conv(&format!("{scope}/global_conv"), 1, channels, 1, global_bias);
    }
}

/// Makes sure that the network's variables are there, in the right shapes, and finite; others do not matter.
pub fn check(variables: &Variables, spec: &NetworkSpec) -> Result<(), WeightsError> {
    let wrong = |(name, shape): (String, Vec<usize>)| match variables.get(&name, &shape) {
        Err(error) => Some(error),
        Ok(values) => values.iter().position(|value| !value.is_finite()).map(|index| {
            let (file, value) = (variables.source.clone(), values[index]);
            WeightsError::NotFinite { file, variable: name, index, value }
        }),
    };
    expected(spec).into_par_iter().find_map_first(wrong).map_or(Ok(()), Err)
}

/// Keeps the variables that the network needs, and drops the rest.
pub fn squeeze(mut variables: Variables, spec: &NetworkSpec) -> Variables {
    let needed: BTreeSet<String> = expected(spec).into_iter().map(|(name, _)| name).collect();
    variables.by_name.retain(|name, _| needed.contains(name));
    variables
}

//! Which variables a network has: listed from a specification, and the specification found from them.
//!
//! Names and shapes are the reference's (specification, section 10).

use std::collections::BTreeMap;

use crate::network::{Family, NetworkSpec, Variant};

use super::names::in_scope;
use super::{Variables, WeightsError};

/// Beyond these a file is a mistake or a trap: they keep sums from overflowing and lists from growing without bound.
const MAX_WIDTH: usize = 1 << 16;
const MAX_UNITS: usize = 1000;

/// Every variable that a network needs, with its shape, from its stem to its logits.
pub fn expected(spec: &NetworkSpec) -> Vec<(String, Vec<usize>)> {
    let mut list = List::default();
    let root = spec.family.root();
    let mut channels = spec.stem_channels();
    match spec.family {
        Family::Cifar => list.conv(&format!("{root}/Conv"), 3, 3, channels, Bias::Yes),
        Family::ImageNet => list.conv(&format!("{root}/conv1"), 7, 3, channels, Bias::Yes),
    }
    for (block, (name, &units)) in spec.block_names().iter().zip(&spec.units).enumerate() {
        let depth = spec.block_channels(block);
        for unit in 1..=units {
            let scope = format!("{root}/{name}/unit_{unit}");
            list.unit(&format!("{scope}/{}", spec.family.unit_scope()), spec.family, channels, depth);
            if unit < units {
                list.halting(&format!("{scope}/halting_proba"), spec.variant, depth);
            }
            channels = depth;
        }
    }
    match spec.family {
        Family::Cifar => list.norm(&format!("{root}/BatchNorm"), channels),
        Family::ImageNet => list.norm(&format!("{root}/postnorm"), channels),
    }
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
    for (name, shape) in expected(spec) {
        let values = variables.get(&name, &shape)?;
        if let Some(index) = values.iter().position(|value| !value.is_finite()) {
            let (file, value) = (variables.source.clone(), values[index]);
            return Err(WeightsError::NotFinite { file, variable: name, index, value });
        }
    }
    Ok(())
}

/// Keeps the variables that the network needs, and drops the rest.
pub fn squeeze(mut variables: Variables, spec: &NetworkSpec) -> Variables {
    let needed: std::collections::BTreeSet<String> =
        expected(spec).into_iter().map(|(name, _)| name).collect();
    variables.by_name.retain(|name, _| needed.contains(name));
    variables
}

/// Finds the network that variables of these names and shapes belong to; `file` stands in errors.
///
/// A block without any halting branch runs all its units in every variant, so a SACT network of one-unit blocks is
/// found to be vanilla, which it is.
pub(super) fn infer(file: &str, shapes: &BTreeMap<String, Vec<usize>>) -> Result<NetworkSpec, WeightsError> {
    let unknown = |problem: String| WeightsError::NotANetwork { file: file.to_owned(), problem };
    let has = |family: Family| shapes.keys().any(|name| in_scope(name, family.root()).is_some());
    let family = match (has(Family::Cifar), has(Family::ImageNet)) {
        (true, false) => Family::Cifar,
        (false, true) => Family::ImageNet,
        (true, true) => {
            return Err(unknown(
                "it mixes variables of resnet_residual (CIFAR) and resnet_v2 (ImageNet)".to_owned(),
            ));
        }
        (false, false) => {
            let first =
                shapes.keys().next().map_or_else(String::new, |name| format!(", the first is {name}"));
            return Err(unknown(format!(
                "none of its {} variables begins with resnet_residual/ (CIFAR) or resnet_v2/ (ImageNet){first}",
                shapes.len()
            )));
        }
    };
    let units = count_units(family, shapes).map_err(unknown)?;
    let width = find_width(family, &units, shapes).map_err(unknown)?;
    let mut spec = NetworkSpec { family, units, width, classes: 0, variant: find_variant(shapes) };
    spec.classes = find_classes(&spec, shapes);
    check_shapes(file, shapes, &spec)?;
    Ok(spec)
}

/// Units of each block; a hole in their numbers is left for the comparison with the whole list to name.
fn count_units(family: Family, shapes: &BTreeMap<String, Vec<usize>>) -> Result<Vec<usize>, String> {
    let mut units = vec![1; family.blocks()];
    for name in shapes.keys() {
        let Some(mut parts) = in_scope(name, family.root()).map(|rest| rest.split('/')) else { continue };
        let (Some(block), Some(unit)) = (parts.next(), parts.next()) else { continue };
        let Some(unit) = unit.strip_prefix("unit_") else { continue };
        let block =
            (0..family.blocks()).find(|&index| family.block_name(index) == block).ok_or_else(|| {
                format!("{block} is there, but networks of this family have {} blocks", family.blocks())
            })?;
        let unit = unit.parse().ok().filter(|unit| (1..=MAX_UNITS).contains(unit)).ok_or_else(|| {
            format!("variable {name} has a unit number that is not between 1 and {MAX_UNITS}")
        })?;
        units[block] = units[block].max(unit);
    }
    Ok(units)
}

/// The width, from the first unit that has a `conv1`; the published one if none has, so that the error names it.
fn find_width(
    family: Family,
    units: &[usize],
    shapes: &BTreeMap<String, Vec<usize>>,
) -> Result<usize, String> {
    for (block, &units) in units.iter().enumerate() {
        for unit in 1..=units {
            let (root, block_name, scope) = (family.root(), family.block_name(block), family.unit_scope());
            let name = format!("{root}/{block_name}/unit_{unit}/{scope}/conv1/weights");
            if let Some(shape) = shapes.get(&name) {
                let outputs = shape.last().copied().unwrap_or(0);
                let width = outputs >> block;
                return if (1..=MAX_WIDTH).contains(&width) {
                    Ok(width)
                } else {
                    Err(format!("variable {name} has shape {shape:?}, expected 1 to {MAX_WIDTH} outputs"))
                };
            }
        }
    }
    Ok(match family {
        Family::Cifar => 16,
        Family::ImageNet => 64,
    })
}

fn find_variant(shapes: &BTreeMap<String, Vec<usize>>) -> Variant {
    let has = |part: &str| shapes.keys().any(|name| name.contains(part));
    if has("/halting_proba/local_") {
        Variant::Sact
    } else if has("/halting_proba/") {
        Variant::Act
    } else {
        Variant::Vanilla
    }
}

/// Outputs of the classifier; the published number if there is none, so that the error names it.
fn find_classes(spec: &NetworkSpec, shapes: &BTreeMap<String, Vec<usize>>) -> usize {
    ["weights", "biases"]
        .iter()
        .find_map(|part| shapes.get(&format!("{}/logits/{part}", spec.family.root()))?.last().copied())
        .unwrap_or(match spec.family {
            Family::Cifar => 10,
            Family::ImageNet => 1001,
        })
}

fn check_shapes(
    file: &str,
    shapes: &BTreeMap<String, Vec<usize>>,
    spec: &NetworkSpec,
) -> Result<(), WeightsError> {
    for (variable, expected) in expected(spec) {
        let file = file.to_owned();
        match shapes.get(&variable) {
            None => return Err(WeightsError::Missing { file, variable, expected }),
            Some(found) if *found != expected => {
                return Err(WeightsError::Shape { file, variable, expected, found: found.clone() });
            }
            Some(_) => {}
        }
    }
    Ok(())
}

//! Which network variables belong to, told from their names and shapes.

use std::collections::BTreeMap;

use crate::network::{Family, NetworkSpec, Variant};

use super::WeightsError;
use super::expected::expected;
use super::names::in_scope;

/// Beyond these a file is a mistake or a trap: they keep sums from overflowing and lists from growing without bound.
const MAX_WIDTH: usize = 1 << 16;
const MAX_UNITS: usize = 1000;

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

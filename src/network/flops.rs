//! Counted floating-point operations (specification, section 4): the paper's "flopsometer".
//!
//! Every convolution counts `2 * kernel^2 * inputs * outputs` at each position that it is asked for; nothing else counts.

use super::spec::{Family, NetworkSpec, Variant};
use crate::engine::Grid;

/// Where a unit worked, for one image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct UnitPositions {
    /// Positions that run the unit.
    pub active: usize,
    /// Those and their neighbours: where its first convolution is needed.
    pub dilated: usize,
}

fn conv(kernel: usize, inputs: usize, outputs: usize, positions: usize) -> u64 {
    2 * (kernel * kernel * inputs * outputs) as u64 * positions as u64
}

/// The residual part of a unit with its shortcut. `before`: the grid that enters the unit.
pub(super) fn unit(
    spec: &NetworkSpec,
    block: usize,
    unit: usize,
    before: Grid,
    positions: UnitPositions,
) -> u64 {
    let UnitPositions { active, dilated } = positions;
    let (inputs, outputs) = (spec.unit_inputs(block, unit), spec.block_channels(block));
    match spec.family {
        Family::Cifar => conv(3, inputs, outputs, dilated) + conv(3, outputs, outputs, active),
        Family::ImageNet => {
            let bottleneck = outputs / 4;
            // The first unit's 1x1 comes before its stride.
            let first = if unit == 0 { before.positions() } else { dilated };
            let projection = if inputs == outputs { 0 } else { conv(1, inputs, outputs, active) };
            conv(1, inputs, bottleneck, first)
                + conv(3, bottleneck, bottleneck, active)
                + conv(1, bottleneck, outputs, active)
                + projection
        }
    }
}

/// The halting branch behind a unit that ran at `active` positions.
pub(super) fn halting_branch(spec: &NetworkSpec, block: usize, active: usize) -> u64 {
    let channels = spec.block_channels(block);
    match spec.variant {
        Variant::Vanilla => 0,
        Variant::Act => conv(1, channels, 1, 1),
        Variant::Sact => conv(3, channels, 1, active) + conv(1, channels, 1, 1),
    }
}

/// Stem and classifier, which always run. `stem`: the grid that the stem convolution puts out.
pub(super) fn stem_and_logits(spec: &NetworkSpec, stem: Grid) -> u64 {
    let last = spec.block_channels(spec.units.len() - 1);
    conv(spec.family.stem_kernel(), 3, spec.stem_channels(), stem.positions())
        + conv(1, last, spec.classes, 1)
}

/// The grid that the stem convolution puts out, and the one that enters the first block.
pub(super) fn stem_grids(spec: &NetworkSpec, input: Grid) -> (Grid, Grid) {
    let stem = input.strided(spec.family.stem_stride());
    match spec.family {
        Family::Cifar => (stem, stem),
        Family::ImageNet => (stem, stem.strided(2)),
    }
}

/// FLOPs of the vanilla network of this shape on one input of `height` x `width`: all units at all positions and no
/// halting branches, whatever the variant of `spec`.
pub fn vanilla_flops(spec: &NetworkSpec, height: usize, width: usize) -> u64 {
    let (stem, _) = stem_grids(spec, Grid { images: 1, height, width });
    let units = vanilla_unit_flops(spec, height, width);
    stem_and_logits(spec, stem) + units.iter().flatten().sum::<u64>()
}

/// FLOPs of each unit of each block at all positions without halting branches, on one input of `height` x `width`.
pub fn vanilla_unit_flops(spec: &NetworkSpec, height: usize, width: usize) -> Vec<Vec<u64>> {
    let (_, mut grid) = stem_grids(spec, Grid { images: 1, height, width });
    let mut of_unit = |block, index| {
        let before = grid;
        grid = grid.strided(spec.unit_stride(block, index));
        let everywhere = UnitPositions { active: grid.positions(), dilated: grid.positions() };
        unit(spec, block, index, before, everywhere)
    };
    let blocks = spec.units.iter().enumerate();
    blocks.map(|(block, &units)| (0..units).map(|index| of_unit(block, index)).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(family: Family, units: &[usize], width: usize, classes: usize) -> NetworkSpec {
        NetworkSpec { family, units: units.to_vec(), width, classes, variant: Variant::Vanilla }
    }

    #[test]
    fn vanilla_networks_count_what_the_reference_counts() {
        let cifar = |units| vanilla_flops(&spec(Family::Cifar, &[units; 3], 16, 10), 32, 32);
        assert_eq!(cifar(5), 137_725_184);
        assert_eq!(cifar(18), 505_775_360);
        let resnet101 = spec(Family::ImageNet, &[3, 4, 23, 3], 64, 1001);
        assert_eq!(vanilla_flops(&resnet101, 224, 224), 15_602_814_976);
    }
}

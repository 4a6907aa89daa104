//! A block: units run one after the other where positions are still active.

use std::time::Instant;

use candle_core::Tensor;

use super::flops::{self, UnitPositions};
use super::layout::Block;
use super::trace::{BlockTrace, Halting};
use super::unit::HaltingBranch;
use super::{NetworkError, NetworkSpec, RunOptions, Variant};
use crate::engine::{Grid, Rows, add_rows, select, sum_by_image};
use crate::halting::{HaltingSetting, Recurrence};

/// Where every unit that ran worked: one entry an image.
type Worked = Vec<Vec<UnitPositions>>;

/// A block's output with one trace an image.
pub(super) struct BlockRun {
    pub output: Tensor,
    pub grid: Grid,
    pub traces: Vec<BlockTrace>,
}

/// Runs block `index` on the state `x`, `[before.rows(), channels]`.
pub(super) fn run(
    spec: &NetworkSpec,
    index: usize,
    block: &Block,
    x: &Tensor,
    before: Grid,
    setting: &HaltingSetting,
    options: RunOptions<'_>,
) -> Result<BlockRun, NetworkError> {
    let start = Instant::now();
    options.check()?;
    let first = &block.units[0];
    let grid = before.strided(first.stride);
    let state = first.first(x, before)?;
    let (output, worked, halting) = match spec.variant {
        Variant::Vanilla => run_all(block, state, grid, options)?,
        Variant::Act | Variant::Sact => run_adaptive(spec, block, state, grid, setting, options)?,
    };
    output.device().synchronize()?;
    let milliseconds = start.elapsed().as_secs_f64() * 1e3 / grid.images as f64;

    let mut outputs = vec![None; grid.images];
    if options.keep_outputs {
        let values: Vec<f32> = output.flatten_all()?.to_vec1()?;
        outputs = values.chunks_exact(values.len() / grid.images).map(|part| Some(part.to_vec())).collect();
    }
    let traces = halting
        .into_iter()
        .zip(outputs)
        .enumerate()
        .map(|(image, (halting, outputs))| {
            let units = block.units.len();
            let worked: Vec<UnitPositions> = worked.iter().map(|unit| unit[image]).collect();
            let unit_flops = count_flops(spec, index, before, &worked, setting);
            let mut active_positions: Vec<usize> = worked.iter().map(|unit| unit.active).collect();
            active_positions.resize(units, 0);
            BlockTrace {
                name: block.name.clone(),
                height: grid.height,
                width: grid.width,
                units,
                halting,
                active_positions,
                flops: unit_flops.iter().sum(),
                unit_flops,
                milliseconds,
                outputs,
            }
        })
        .collect();
    Ok(BlockRun { output, grid, traces })
}

/// Vanilla: every unit at every position.
fn run_all(
    block: &Block,
    mut state: Tensor,
    grid: Grid,
    options: RunOptions<'_>,
) -> Result<(Tensor, Worked, Vec<Halting>), NetworkError> {
    let everywhere = Rows::all(grid);
    for unit in &block.units[1..] {
        options.check()?;
        let residual = unit.residual(&state, &everywhere, &everywhere)?;
        state = add_rows(state, &everywhere, &residual, None)?;
    }
    let positions = UnitPositions { active: grid.positions(), dilated: grid.positions() };
    let worked = vec![vec![positions; grid.images]; block.units.len()];
    Ok((state, worked, vec![Halting::None; grid.images]))
}

/// ACT and SACT: each unit at the positions that are still active, its state weighed into the output by p.
fn run_adaptive(
    spec: &NetworkSpec,
    block: &Block,
    mut state: Tensor,
    grid: Grid,
    setting: &HaltingSetting,
    options: RunOptions<'_>,
) -> Result<(Tensor, Worked, Vec<Halting>), NetworkError> {
    let by_image = spec.variant == Variant::Act;
    let decisions = if by_image { grid.images } else { grid.rows() };
    let mut recurrence = Recurrence::new(decisions, block.units.len(), setting);
    let mut active = Rows::all(grid);
    let mut dilated = active.clone();
    // Kept as a running sum, so that the branch's mean over all positions costs only the active ones.
    let mut sums = sum_by_image(&state, &active)?;
    let mut output = state.zeros_like()?;
    let mut worked = Worked::new();

    for (unit, layers) in block.units.iter().enumerate() {
        options.check()?;
        if unit > 0 {
            let residual = layers.residual(&state, &active, &dilated)?;
            sums = (sums + sum_by_image(&residual, &active)?)?;
            state = add_rows(state, &active, &residual, None)?;
        }
        worked.push(positions(&active, &dilated));
        let scores = if recurrence.next_needs_scores() {
            let mean = (&sums * (1.0 / grid.positions() as f64))?;
            let decided = recurrence.active();
            halting_scores(
                &block.branches[unit],
                &state,
                &mean,
                &active,
                &dilated,
                decided,
                setting.logit_offset,
            )?
        } else {
            Vec::new()
        };
        let decided = recurrence.active().to_vec();
        let weights = recurrence.advance(&scores);
        let weights = if by_image { spread(&weights, &decided, &active) } else { weights };
        output = add_rows(output, &active, &select(&state, &active)?, Some(&weights))?;
        if recurrence.is_done() {
            break;
        }
        if recurrence.active().len() < decided.len() {
            active = match by_image {
                true => Rows::of_images(grid, recurrence.active()),
                false => Rows::from_sorted(grid, recurrence.active()),
            };
            dilated = active.dilated();
        }
    }
    let records = recurrence.finish().split(decisions / grid.images);
    let wrap = if by_image { Halting::Image } else { Halting::Position };
    Ok((output, worked, records.into_iter().map(wrap).collect()))
}

/// The halting score of each active decision.
fn halting_scores(
    branch: &HaltingBranch,
    state: &Tensor,
    mean: &Tensor,
    active: &Rows,
    dilated: &Rows,
    decided: &[u32],
    logit_offset: f32,
) -> Result<Vec<f32>, NetworkError> {
    let image_logits = branch.image_logits(mean)?;
    let logits: Vec<f32> = match branch.position_logits(state, active, dilated)? {
        None => decided.iter().map(|&image| image_logits[image as usize]).collect(),
        Some(position_logits) => active
            .as_slice()
            .iter()
            .zip(position_logits)
            .map(|(&row, logit)| logit + image_logits[active.grid().image_of(row)])
            .collect(),
    };
    Ok(logits.into_iter().map(|logit| 1.0 / (1.0 + (-(logit + logit_offset)).exp())).collect())
}

/// Spreads one weight an image over the rows of those images.
fn spread(weights: &[f32], images: &[u32], rows: &Rows) -> Vec<f32> {
    let mut by_image = vec![0.0; rows.grid().images];
    for (&image, &weight) in images.iter().zip(weights) {
        by_image[image as usize] = weight;
    }
    rows.as_slice().iter().map(|&row| by_image[rows.grid().image_of(row)]).collect()
}

fn positions(active: &Rows, dilated: &Rows) -> Vec<UnitPositions> {
    let pairs = active.per_image().into_iter().zip(dilated.per_image());
    pairs.map(|(active, dilated)| UnitPositions { active, dilated }).collect()
}

/// Operations of every unit with its halting branch. `worked`: the units that ran for some image of the batch.
fn count_flops(
    spec: &NetworkSpec,
    index: usize,
    before: Grid,
    worked: &[UnitPositions],
    setting: &HaltingSetting,
) -> Vec<u64> {
    let units = spec.units[index];
    let last_unit = if spec.variant == Variant::Vanilla { units } else { setting.last_unit(units) };
    (0..units)
        .map(|unit| {
            let nowhere = UnitPositions { active: 0, dilated: 0 };
            let positions = worked.get(unit).copied().unwrap_or(nowhere);
            // An image that has halted runs no branch (ACT); SACT's counts its global part even then.
            let has_branch = unit + 1 < last_unit && (spec.variant == Variant::Sact || positions.active > 0);
            let branch = if has_branch { flops::halting_branch(spec, index, positions.active) } else { 0 };
            if positions.active == 0 {
                branch
            } else {
                branch + flops::unit(spec, index, unit, before, positions)
            }
        })
        .collect()
}

//! A block: units run one after the other where positions are still active.

use std::time::Instant;

use super::branch::{HaltingBranch, LocalBranch};
use super::flops::{self, UnitPositions};
use super::layout::Block;
use super::trace::{BlockTrace, Halting};
use super::unit::Asked;
use super::{NetworkError, NetworkSpec, RunOptions, Variant};
use crate::engine::{Engine, Grid, Rows};
use crate::halting::{HaltingSetting, Recurrence};

/// A block's output with one trace an image.
pub(super) struct BlockRun<M> {
    pub output: M,
    pub grid: Grid,
    pub traces: Vec<BlockTrace>,
}

/// What running a block's units gives.
struct Units<M> {
    output: M,
    /// Where every unit that ran worked, image by image.
    worked: Vec<UnitPositions>,
    /// One an image.
    halting: Vec<Halting>,
}

/// What a run of units is asked for beside the state.
struct Runner<'a, E: Engine> {
    engine: &'a E,
    spec: &'a NetworkSpec,
    block: &'a Block<E>,
    channels: usize,
    grid: Grid,
    setting: &'a HaltingSetting,
    options: RunOptions<'a>,
}

/// Runs block `index` on the state `x`, which holds every row of `before`.
pub(super) fn run<E: Engine>(
    engine: &E,
    spec: &NetworkSpec,
    (index, block): (usize, &Block<E>),
    x: E::Matrix,
    before: Grid,
    setting: &HaltingSetting,
    options: RunOptions<'_>,
) -> Result<BlockRun<E::Matrix>, NetworkError> {
    let start = Instant::now();
    options.check()?;
    let first = &block.units[0];
    let grid = before.strided(first.stride);
    let state = first.first(engine, x, before)?;
    let channels = spec.block_channels(index);
    let runner = Runner { engine, spec, block, channels, grid, setting, options };
    let Units { output, worked, halting } = match spec.variant {
        Variant::Vanilla => runner.all(state)?,
        Variant::Act | Variant::Sact => runner.adaptive(state)?,
    };
    engine.synchronize()?;
    let milliseconds = start.elapsed().as_secs_f64() * 1e3 / grid.images as f64;

    let mut outputs = vec![None; grid.images];
    if options.keep_outputs {
        let values = engine.download(&output)?;
        outputs = values.chunks_exact(values.len() / grid.images).map(|part| Some(part.to_vec())).collect();
    }
    let traces = halting
        .into_iter()
        .zip(outputs)
        .enumerate()
        .map(|(image, (halting, outputs))| {
            let units = block.units.len();
            let worked: Vec<UnitPositions> =
                worked.iter().skip(image).step_by(grid.images).copied().collect();
            let unit_flops = count_flops(spec, index, before, &worked, setting);
            let mut active_positions = Vec::with_capacity(units);
            active_positions.extend(worked.iter().map(|unit| unit.active));
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

impl<E: Engine> Runner<'_, E> {
    /// Vanilla: every unit at every position.
    fn all(&self, mut state: E::Matrix) -> Result<Units<E::Matrix>, NetworkError> {
        let rows = &Rows::all(self.grid);
        let asked = Asked { everywhere: rows, active: rows, targets: rows, dilated: rows };
        for unit in &self.block.units[1..] {
            self.options.check()?;
            state = unit.later(self.engine, state, &asked, rows)?;
        }
        let positions = UnitPositions { active: self.grid.positions(), dilated: self.grid.positions() };
        let worked = vec![positions; self.grid.images * self.block.units.len()];
        Ok(Units { output: state, worked, halting: vec![Halting::None; self.grid.images] })
    }

    /// ACT and SACT: each unit at the positions that are still active, its state weighed into the output by p.
    fn adaptive(&self, mut state: E::Matrix) -> Result<Units<E::Matrix>, NetworkError> {
        let (engine, grid, units) = (self.engine, self.grid, &self.block.units);
        let by_image = self.spec.variant == Variant::Act;
        let decisions = if by_image { grid.images } else { grid.rows() };
        let mut recurrence = Recurrence::new(decisions, units.len(), self.setting);
        let everywhere = Rows::all(grid);
        let (mut active, mut dilated, mut seen) =
            (everywhere.clone(), everywhere.clone(), everywhere.clone());
        let mut halted = Rows::none(grid);
        // Sums of each image's channels: over positions that have halted, which no longer change, and over all.
        let mut halted_sums = vec![0.0; grid.images * self.channels];
        let mut sums = halted_sums.clone();
        let mut scores = Vec::with_capacity(grid.rows());
        let mut spread = Vec::with_capacity(grid.rows());
        let mut worked = Vec::with_capacity(grid.images * units.len());
        let mut output = None;

        for (index, unit) in units.iter().enumerate() {
            self.options.check()?;
            let dense = engine.prefers_dense(active.len() as f64 / grid.rows() as f64);
            let asked = match dense {
                true => Asked {
                    everywhere: &everywhere,
                    active: &active,
                    targets: &everywhere,
                    dilated: &everywhere,
                },
                false => {
                    Asked { everywhere: &everywhere, active: &active, targets: &active, dilated: &dilated }
                }
            };
            if index > 0 {
                state = unit.later(engine, state, &asked, if dense { &everywhere } else { &seen })?;
            }
            worked.extend((0..grid.images).map(|image| UnitPositions {
                active: active.of_image(image).len(),
                dilated: dilated.of_image(image).len(),
            }));
            scores.clear();
            if recurrence.next_needs_scores() {
                sums.copy_from_slice(&halted_sums);
                engine.sum_by_image(&state, &active, &mut sums)?;
                let branch = &self.block.branches[index];
                self.halting_scores(branch, &state, &sums, &asked, recurrence.active(), &mut scores)?;
            }
            if by_image {
                spread.clear();
                let weights = recurrence.advance(&scores).iter();
                spread.extend(weights.flat_map(|weight| std::iter::repeat_n(*weight, grid.positions())));
                output = Some(engine.weigh(&state, &active, &spread, output)?);
            } else {
                output = Some(engine.weigh(&state, &active, recurrence.advance(&scores), output)?);
            }
            if recurrence.is_done() {
                break;
            }
            if recurrence.halted().is_empty() {
                continue;
            }
            if by_image {
                active.assign_images(recurrence.active());
            } else {
                halted.assign(recurrence.halted());
                engine.sum_by_image(&state, &halted, &mut halted_sums)?;
                active.assign(recurrence.active());
            }
            dilated.assign_dilated(&active);
            if unit.reads_two_rings() {
                // A norm at a row costs about what finding out that it is not needed does.
                match 2 * dilated.len() > grid.rows() {
                    true => seen.assign_all(),
                    false => seen.assign_dilated(&dilated),
                }
            }
        }
        let records = recurrence.finish().split(decisions / grid.images);
        let wrap = if by_image { Halting::Image } else { Halting::Position };
        let halting = records.into_iter().map(wrap).collect();
        // A block has units, and the first gives an output.
        let output = output.unwrap_or(state);
        Ok(Units { output, worked, halting })
    }

    /// Fills `scores` with the halting score of each of the decisions, those that are still active.
    fn halting_scores(
        &self,
        branch: &HaltingBranch<E>,
        state: &E::Matrix,
        sums: &[f32],
        asked: &Asked<'_>,
        decisions: &[u32],
        scores: &mut Vec<f32>,
    ) -> Result<(), NetworkError> {
        let Asked { active, dilated, .. } = *asked;
        let image_logit = |image: usize| {
            let sums = &sums[image * self.channels..(image + 1) * self.channels];
            branch.global.logit(sums, self.grid.positions()) + self.setting.logit_offset
        };
        match &branch.local {
            None => scores.extend(decisions.iter().map(|&image| sigmoid(image_logit(image as usize)))),
            Some(LocalBranch { norm, kernel }) => {
                scores.resize(active.len(), 0.0);
                self.engine.convolve_to_one(norm, kernel, state, dilated, active, scores)?;
                for image in 0..self.grid.images {
                    let rows = active.of_image(image);
                    let image_logit = if rows.is_empty() { continue } else { image_logit(image) };
                    scores[rows].iter_mut().for_each(|score| *score = sigmoid(*score + image_logit));
                }
            }
        }
        Ok(())
    }
}

fn sigmoid(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit).exp())
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

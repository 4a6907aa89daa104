//! Convolutions of framed matrices: weights packed once, rows read where they lie, tiles shared out over threads.

use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::Cpu;
use super::kernel::{MOST_ROWS, PANEL_VECTORS, Tile, tile_rows};
use super::matrix::{Aligned, Buffer, Matrix, Segments, row_stride};
use super::passes::{self, Norm};
use super::shared::Shared;
use crate::engine::{Activation, Rows, Window};

/// Tiles whose rows a task goes through before it turns to the next panel of weights.
const MOST_TILES: usize = 8;
/// Floats of those rows: with a panel of weights they should stay in a core's second cache.
const BLOCK_FLOATS: usize = 1 << 16;
/// Multiplications below which handing a task to another thread costs more than it saves.
const TASK_WORK: usize = 1 << 18;
/// Tasks for each thread, so that one which is held up can be helped.
const TASKS_A_THREAD: usize = 16;

/// Weights in the order in which tiles read them.
pub struct Packed {
    pub kernel: usize,
    pub inputs: usize,
    pub outputs: usize,
    lanes: usize,
    /// Panel by panel, each `[kernel^2 * inputs, width]`; all but the last are [`PANEL_VECTORS`] wide.
    panels: Aligned,
    /// One value a column of every panel.
    bias: Vec<f32>,
    activation: Activation,
}

impl Packed {
    /// `weights`: HWIO; `lanes`: floats in a vector.
    pub fn new(
        kernel: usize,
        inputs: usize,
        weights: &[f32],
        bias: &[f32],
        activation: Activation,
        lanes: usize,
    ) -> Self {
        let outputs = bias.len();
        let padded = outputs.next_multiple_of(lanes);
        let depth = kernel * kernel * inputs;
        let mut panels = Aligned::zeros(depth * padded);
        for start in (0..padded).step_by(PANEL_VECTORS * lanes) {
            let width = (PANEL_VECTORS * lanes).min(padded - start);
            let wanted = width.min(outputs - start);
            let panel = &mut panels[start * depth..(start + width) * depth];
            for (row, to) in weights.chunks_exact(outputs).zip(panel.chunks_exact_mut(width)) {
                to[..wanted].copy_from_slice(&row[start..start + wanted]);
            }
        }
        let mut bias = bias.to_vec();
        bias.resize(padded, 0.0);
        Self { kernel, inputs, outputs, lanes, panels, bias, activation }
    }

    fn depth(&self) -> usize {
        self.kernel * self.kernel * self.inputs
    }

    fn panels(&self) -> usize {
        self.bias.len().div_ceil(PANEL_VECTORS * self.lanes)
    }

    /// Columns of a panel, those that only fill its last vector included.
    fn columns(&self, panel: usize) -> Range<usize> {
        let full = PANEL_VECTORS * self.lanes;
        panel * full..((panel + 1) * full).min(self.bias.len())
    }
}

/// One convolution at some rows.
pub struct Step<'a> {
    pub conv: &'a Packed,
    /// Of a 1x1 convolution.
    pub norm: Option<&'a Norm>,
    pub window: Window,
    pub x: &'a Matrix,
    pub targets: &'a Rows,
    /// Adds to what `into` holds instead of replacing it.
    pub add: bool,
}

impl Step<'_> {
    pub fn run(&self, cpu: &Cpu, into: &mut Matrix) {
        let rows = self.targets.len();
        assert!(self.x.channels == self.conv.inputs && into.channels == self.conv.outputs);
        assert!(into.grid == self.targets.grid() && into.border == 1);
        let Window { kernel, stride, pad_y, pad_x } = self.window;
        assert!(kernel == self.conv.kernel && pad_y.max(pad_x) <= self.x.border);
        assert!(self.x.grid.strided(stride) == into.grid);
        assert!(self.norm.is_none_or(|norm| kernel == 1 && norm.scale.len() == self.conv.inputs));
        if rows == 0 {
            return;
        }
        let plan = Plan::new(rows, self.conv, cpu.threads());
        if let Some(norm) = self.norm.filter(|_| plan.groups > 1 && self.window.stride == 1) {
            // Every group of panels would norm the same rows anew.
            let normed = passes::normed(cpu, norm, self.x, self.targets);
            return Step { norm: None, x: &normed, ..*self }.run(cpu, into);
        }
        let stride = into.stride;
        let out = Shared::new(&mut into.values);
        let segments = Segments::new(self.x, self.conv.kernel);
        cpu.each(plan.blocks * plan.groups, |task| {
            let (group, block) = (task / plan.blocks, task % plan.blocks);
            let scratch = self.norm.map(|_| cpu.pool.take(plan.block_rows() * row_stride(self.conv.inputs)));
            let task = Task {
                step: self,
                segments: &segments,
                rows: plan.rows_of(block),
                tile: plan.tile,
                panels: part(group, plan.groups, self.conv.panels()),
                scratch,
                out,
                stride,
            };
            cpu.arch.dispatch(task);
        });
    }

    /// Where in `x` the windows of some targets begin.
    #[inline(always)]
    fn bases(&self, targets: Range<usize>, bases: &mut [usize]) {
        let Window { kernel, stride, pad_y, pad_x } = self.window;
        let (border, line) = (self.x.border, self.x.line());
        // Where the grids and their frames are the same, a target's place is known.
        if stride == 1 && border == 1 && kernel <= 3 {
            let back = pad_y * line + pad_x;
            for (base, &place) in bases.iter_mut().zip(&self.targets.framed()[targets]) {
                *base = (place as usize - back) * self.x.stride;
            }
            return;
        }
        for (base, &row) in bases.iter_mut().zip(&self.targets.as_slice()[targets]) {
            let (image, y, x) = self.targets.grid().split(row);
            let place =
                self.x.place_from_corner(image, y * stride + border - pad_y, x * stride + border - pad_x);
            *base = place * self.x.stride;
        }
    }
}

/// How a product is parted into tasks: blocks of tiles, times groups of panels.
struct Plan {
    rows: usize,
    /// Rows in a tile, as even as can be.
    tile: usize,
    tiles: usize,
    blocks: usize,
    groups: usize,
}

impl Plan {
    fn new(rows: usize, conv: &Packed, threads: usize) -> Self {
        let tile = tile_rows(conv.lanes);
        let tiles = rows.div_ceil(tile);
        let tile = rows.div_ceil(tiles);
        let tiles = rows.div_ceil(tile);
        let most = (BLOCK_FLOATS / (conv.inputs * tile)).clamp(1, MOST_TILES);
        let (mut blocks, mut groups) = (tiles.div_ceil(most), 1);
        let work = rows * conv.depth() * conv.outputs;
        let wanted = (threads * TASKS_A_THREAD).min(work / TASK_WORK);
        if threads > 1 && blocks < wanted {
            // Weights are read once for each block, so rows are parted further only where panels do not suffice.
            groups = wanted.div_ceil(blocks).min(conv.panels());
            blocks = blocks.max(wanted.div_ceil(groups)).min(tiles);
        }
        Self { rows, tile, tiles, blocks, groups }
    }

    fn rows_of(&self, block: usize) -> Range<usize> {
        let tiles = part(block, self.blocks, self.tiles);
        (tiles.start * self.tile).min(self.rows)..(tiles.end * self.tile).min(self.rows)
    }

    fn block_rows(&self) -> usize {
        self.tiles.div_ceil(self.blocks) * self.tile
    }
}

/// Part `index` of `parts` nearly equal ones of `0..count`.
fn part(index: usize, parts: usize, count: usize) -> Range<usize> {
    index * count / parts..(index + 1) * count / parts
}

/// A block of rows times a group of panels.
struct Task<'a> {
    step: &'a Step<'a>,
    segments: &'a Segments,
    rows: Range<usize>,
    tile: usize,
    panels: Range<usize>,
    /// Room for the block's rows behind the norm.
    scratch: Option<Buffer>,
    out: Shared<'a>,
    stride: usize,
}

impl WithSimd for Task<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let Packed { inputs, ref panels, ref bias, outputs, activation, .. } = *self.step.conv;
        let gap_stride = row_stride(inputs);
        if let (Some(norm), Some(scratch)) = (self.step.norm, &mut self.scratch) {
            let mut bases = [0; MOST_ROWS];
            let blocks = scratch.chunks_mut(gap_stride * MOST_ROWS);
            for (first, to) in self.rows.clone().step_by(MOST_ROWS).zip(blocks) {
                let count = MOST_ROWS.min(self.rows.end - first);
                self.step.bases(first..first + count, &mut bases);
                for (&from, to) in bases[..count].iter().zip(to.chunks_exact_mut(gap_stride)) {
                    norm.apply(simd, &self.step.x.values[from..from + inputs], &mut to[..inputs]);
                }
            }
        }
        for panel in self.panels.clone() {
            let columns = self.step.conv.columns(panel);
            let depth = self.step.conv.depth();
            let mut first = self.rows.start;
            while first < self.rows.end {
                let rows = first..(first + self.tile).min(self.rows.end);
                let (mut bases, mut starts) = ([0; MOST_ROWS], [0; MOST_ROWS]);
                match self.scratch {
                    Some(_) => {
                        for (base, target) in bases.iter_mut().zip(rows.clone()) {
                            *base = (target - self.rows.start) * gap_stride;
                        }
                    }
                    None => self.step.bases(rows.clone(), &mut bases),
                }
                for (start, &place) in starts.iter_mut().zip(&self.step.targets.framed()[rows.clone()]) {
                    *start = place as usize * self.stride + columns.start;
                }
                let tile = Tile {
                    source: self.scratch.as_deref().unwrap_or(&self.step.x.values),
                    bases: &bases[..rows.len()],
                    segments: if self.scratch.is_some() { &[0] } else { self.segments.offsets() },
                    segment: if self.scratch.is_some() { inputs } else { self.segments.length },
                    panel: &panels[columns.start * depth..columns.end * depth],
                    bias: &bias[columns.clone()],
                    slope: activation.slope,
                    out: self.out,
                    starts: &starts[..rows.len()],
                    columns: columns.len().min(outputs - columns.start),
                    add: self.step.add,
                };
                #[expect(unsafe_code, reason = "tasks write one matrix together")]
                // SAFETY: tasks differ in rows or panels, and rows are listed once each, so no two tiles meet.
                unsafe {
                    tile.compute(simd);
                }
                first = rows.end;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Threads write by it: every row meets every panel in one task, and in no other.
        #[test]
        fn a_plan_deals_out_everything_once(
            rows in 1usize..4000, kernel in prop::sample::select(vec![1usize, 3]), inputs in 1usize..2100,
            outputs in 1usize..300, lanes in prop::sample::select(vec![1usize, 4, 8, 16]), threads in 1usize..20,
        ) {
            let depth = kernel * kernel * inputs.min(64);
            let weights = vec![0.0; depth * outputs];
            let conv = Packed::new(kernel, inputs.min(64), &weights, &vec![0.0; outputs], Activation::NONE, lanes);
            let plan = Plan::new(rows, &conv, threads);
            prop_assert!(plan.tile <= tile_rows(lanes));
            let mut next = 0;
            for block in 0..plan.blocks {
                let part = plan.rows_of(block);
                prop_assert!(part.start == next && part.len() <= plan.block_rows());
                prop_assert!(part.end == rows || part.len().is_multiple_of(plan.tile));
                next = part.end;
            }
            prop_assert_eq!(next, rows);
            let panels: Vec<usize> = (0..plan.groups).flat_map(|group| part(group, plan.groups, conv.panels())).collect();
            prop_assert!(panels.iter().copied().eq(0..conv.panels()));
            let columns: Vec<usize> = panels.into_iter().flat_map(|panel| conv.columns(panel)).collect();
            prop_assert!(columns.iter().copied().eq(0..outputs.next_multiple_of(lanes)));
        }
    }
}

//! The engine of processors: matrices with a frame of zeros, rows read and written where they lie.
//!
//! `kernel` multiplies a tile of rows by a panel of packed weights; `convolve` parts a convolution into such tiles;
//! `passes` and `pooling` are what goes over memory once; `matrix` lends and takes back the memory.

mod convolve;
mod kernel;
mod matrix;
mod passes;
mod pooling;
mod shared;
pub(crate) mod training;

use std::ops::Range;
use std::sync::Arc;

use candle_core::Result;
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::rows::{Grid, Rows};
use super::{Activation, Convolution, Engine, Strategy};
use convolve::{Packed, Step};
use matrix::{Matrix, Pool};
use passes::Norm;

/// Floats of states that one thread had better work on at a time when there are images enough for all threads: what
/// a unit reads and writes of them stays in its second cache.
const GROUP_FLOATS: usize = 1 << 15;
/// Floats of a batch's largest state; larger batches are run part by part to bound the memory.
const BATCH_FLOATS: usize = 1 << 25;

/// A processor.
#[derive(Clone)]
pub(crate) struct Cpu {
    arch: Arch,
    pool: Arc<Pool>,
    strategy: Strategy,
    /// Leaves other threads to other images.
    alone: bool,
}

struct Lanes;

impl WithSimd for Lanes {
    type Output = usize;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> usize {
        S::F32_LANES
    }
}

impl Cpu {
    pub fn new() -> Self {
        Self { arch: Arch::new(), pool: Arc::default(), strategy: Strategy::Auto, alone: false }
    }

    /// The same processor with memory for training.
    pub fn for_training(&self) -> Self {
        Self { pool: Arc::new(Pool::for_training()), ..self.clone() }
    }

    /// The processor as if it had no more than these vectors.
    #[cfg(test)]
    pub fn with_vectors(arch: Arch) -> Self {
        Self { arch, ..Self::new() }
    }

    pub fn strategy(&self) -> Strategy {
        self.strategy
    }

    /// The same processor and memory.
    pub fn with_strategy(&self, strategy: Strategy) -> Self {
        Self { strategy, ..self.clone() }
    }

    fn threads(&self) -> usize {
        if self.alone { 1 } else { rayon::current_num_threads() }
    }

    /// Does tasks in any order on all threads; one thread does them in order.
    fn each(&self, tasks: usize, work: impl Fn(usize) + Sync) {
        if tasks < 2 || self.threads() == 1 {
            (0..tasks).for_each(work);
        } else {
            (0..tasks).into_par_iter().with_max_len(1).for_each(&work);
        }
    }
}

impl Engine for Cpu {
    type Matrix = Matrix;
    type Norm = Norm;
    type Conv = Packed;
    type Kernel = Vec<f32>;

    fn norm(&self, scale: &[f32], shift: &[f32], activation: Activation) -> Result<Norm> {
        Ok(Norm { scale: scale.to_vec(), shift: shift.to_vec(), slope: activation.slope })
    }

    fn conv(
        &self,
        kernel: usize,
        inputs: usize,
        weights: &[f32],
        bias: &[f32],
        activation: Activation,
    ) -> Result<Packed> {
        Ok(Packed::new(kernel, inputs, weights, bias, activation, self.arch.dispatch(Lanes)))
    }

    fn kernel(&self, weights: &[f32]) -> Result<Vec<f32>> {
        Ok(weights.to_vec())
    }

    fn upload(&self, values: &[f32], grid: Grid, channels: usize, kernel: usize) -> Result<Matrix> {
        assert!(values.len() == grid.rows() * channels);
        let mut matrix = Matrix::new(&self.pool, grid, channels, (kernel / 2).max(1));
        let (length, stride) = (grid.width * channels, matrix.stride);
        for (line, values) in values.chunks_exact(length).enumerate() {
            let start = matrix.place(line / grid.height, line % grid.height, 0) * stride;
            for (row, values) in values.chunks_exact(channels).enumerate() {
                matrix.values[start + row * stride..][..channels].copy_from_slice(values);
            }
        }
        Ok(matrix)
    }

    fn download(&self, x: &Matrix) -> Result<Vec<f32>> {
        let mut values = Vec::with_capacity(x.grid.rows() * x.channels);
        for line in 0..x.grid.images * x.grid.height {
            let start = x.place(line / x.grid.height, line % x.grid.height, 0) * x.stride;
            for row in 0..x.grid.width {
                values.extend_from_slice(&x.values[start + row * x.stride..][..x.channels]);
            }
        }
        Ok(values)
    }

    fn normed(&self, norm: &Norm, x: &Matrix, rows: &Rows) -> Result<Matrix> {
        Ok(passes::normed(self, norm, x, rows))
    }

    fn convolve(&self, step: &Convolution<'_, Self>, x: &Matrix) -> Result<Matrix> {
        let mut into = Matrix::new(&self.pool, step.targets.grid(), step.conv.outputs, 1);
        step_of(step, x, step.targets, false).run(self, &mut into);
        Ok(into)
    }

    fn convolve_into(
        &self,
        step: &Convolution<'_, Self>,
        x: &Matrix,
        mut into: Matrix,
        only: &Rows,
    ) -> Result<Matrix> {
        if only.len() == step.targets.len() {
            step_of(step, x, only, true).run(self, &mut into);
            return Ok(into);
        }
        // Masked, as the reference does: the work is done everywhere, its result kept at some rows.
        let everywhere = self.convolve(step, x)?;
        let ones = vec![1.0; only.len()];
        Ok(passes::weigh(self, &everywhere, only, &ones, Some(into)))
    }

    fn max_pool(&self, x: &Matrix, grid: Grid) -> Result<Matrix> {
        Ok(pooling::max_pool(self, x, grid))
    }

    fn pool_and_pad(&self, x: &Matrix, grid: Grid, stride: usize, more: usize) -> Result<Matrix> {
        Ok(pooling::pool_and_pad(self, x, grid, stride, more))
    }

    fn sum_by_image(&self, x: &Matrix, rows: &Rows, sums: &mut [f32]) -> Result<()> {
        passes::sum_by_image(self, x, rows, sums);
        Ok(())
    }

    fn weigh(&self, x: &Matrix, rows: &Rows, weights: &[f32], into: Option<Matrix>) -> Result<Matrix> {
        Ok(passes::weigh(self, x, rows, weights, into))
    }

    fn convolve_to_one(
        &self,
        norm: &Norm,
        kernel: &Vec<f32>,
        x: &Matrix,
        seen: &Rows,
        targets: &Rows,
        values: &mut [f32],
    ) -> Result<()> {
        passes::convolve_to_one(self, kernel, &passes::normed(self, norm, x, seen), targets, values);
        Ok(())
    }

    fn synchronize(&self) -> Result<()> {
        Ok(())
    }

    fn prefers_dense(&self, _: f64) -> bool {
        // Rows that are read where they lie cost no more each than all of them do, so masks never win.
        self.strategy == Strategy::Dense
    }

    fn batch<T: Send, F: Send>(
        &self,
        images: usize,
        floats: usize,
        run: impl Fn(&Self, Range<usize>) -> std::result::Result<Vec<T>, F> + Sync,
    ) -> std::result::Result<Vec<T>, F> {
        // Within the pool's own threads, so that handing a task over wakes no one from outside.
        let outcome = rayon::scope(|_| {
            let group = (GROUP_FLOATS / floats).max(1);
            let groups = images.div_ceil(group);
            let threads = self.threads();
            let part = |size: usize, index: usize| index * size..((index + 1) * size).min(images);
            if floats <= GROUP_FLOATS && (threads == 1 || groups >= 2 * threads) {
                let alone = Self { alone: true, ..self.clone() };
                let parts =
                    (0..groups).into_par_iter().with_max_len(1).map(|index| run(&alone, part(group, index)));
                return parts.collect::<std::result::Result<Vec<_>, F>>();
            }
            let most = (BATCH_FLOATS / floats).max(1);
            (0..images.div_ceil(most)).map(|index| run(self, part(most, index))).collect()
        })?;
        Ok(outcome.into_iter().flatten().collect())
    }
}

fn step_of<'a>(step: &'a Convolution<'a, Cpu>, x: &'a Matrix, targets: &'a Rows, add: bool) -> Step<'a> {
    Step { conv: step.conv, norm: step.norm, window: step.window, x, targets, add }
}

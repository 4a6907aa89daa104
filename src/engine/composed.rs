//! The engine of every other device, in Candle's own operations: CUDA, Metal, and on a processor the tests' second opinion.
//!
//! A matrix is a tensor of the rows that were asked for and of no others.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use candle_core::{Device, Result, Tensor};

use super::rows::{Grid, OUTSIDE, Rows, Window};
use super::{Activation, Convolution, Engine, Strategy, crossover};

/// Floats of gathered taps that are multiplied at a time, so that a huge picture does not take nine times its memory.
const GATHER: usize = 1 << 24;
/// Floats of a batch's largest state; larger batches are run part by part to bound the memory.
const BATCH_FLOATS: usize = 1 << 27;

/// A device that Candle computes on.
#[derive(Clone)]
pub(crate) struct Composed {
    device: Device,
    strategy: Strategy,
    /// Share of active positions from which computing everything is faster; measured when first asked for, once a device.
    crossover: Arc<OnceLock<f64>>,
}

/// `max(y, slope * y)` of `y = x * scale + shift`; both are `[1, channels]`.
pub(crate) struct ChannelStep {
    scale: Option<Tensor>,
    shift: Tensor,
    activation: Activation,
}

/// A matrix `[kernel^2 * inputs, outputs]` and the step behind it.
pub(crate) struct Conv {
    weights: Tensor,
    after: ChannelStep,
}

impl Composed {
    pub fn new(device: &Device, strategy: Strategy) -> Self {
        Self { device: device.clone(), strategy, crossover: Arc::default() }
    }

    pub fn device(&self) -> &Device {
        &self.device
    }

    pub fn strategy(&self) -> Strategy {
        self.strategy
    }

    /// The same device.
    pub fn with_strategy(&self, strategy: Strategy) -> Self {
        Self { strategy, ..self.clone() }
    }

    fn step(&self, scale: Option<&[f32]>, shift: &[f32], activation: Activation) -> Result<ChannelStep> {
        let tensor = |values: &[f32]| Tensor::from_slice(values, (1, values.len()), &self.device);
        Ok(ChannelStep { scale: scale.map(tensor).transpose()?, shift: tensor(shift)?, activation })
    }

    /// Rows in the order given. Candle reads [`OUTSIDE`] as a row of zeros on CPU, CUDA and Metal alike.
    fn gather(&self, x: &Tensor, rows: &[u32]) -> Result<Tensor> {
        x.index_select(&Tensor::from_slice(rows, rows.len(), &self.device)?, 0)
    }

    /// The rows that tap number `tap` of every window reads.
    fn gather_tap(&self, x: &Tensor, taps: &[u32], count: usize, tap: usize) -> Result<Tensor> {
        let rows: Vec<u32> = taps.iter().skip(tap).step_by(count).copied().collect();
        self.gather(x, &rows)
    }

    /// The rows asked for, of a matrix that holds all.
    fn select(&self, x: &Tensor, rows: &Rows) -> Result<Tensor> {
        if rows.is_all() { Ok(x.clone()) } else { self.gather(x, rows.as_slice()) }
    }

    fn add_rows(&self, into: &Tensor, rows: &Rows, values: &Tensor) -> Result<Tensor> {
        if rows.is_all() {
            return into + values;
        }
        into.index_add(&Tensor::from_slice(rows.as_slice(), rows.len(), &self.device)?, values, 0)
    }
}

impl ChannelStep {
    fn apply(&self, x: &Tensor) -> Result<Tensor> {
        let y = match &self.scale {
            Some(scale) => x.broadcast_mul(scale)?.broadcast_add(&self.shift)?,
            None => x.broadcast_add(&self.shift)?,
        };
        match self.activation {
            Activation::NONE => Ok(y),
            Activation::RELU => y.relu(),
            Activation { slope } => y.maximum(&(&y * f64::from(slope))?),
        }
    }
}

impl Engine for Composed {
    type Matrix = Tensor;
    type Norm = ChannelStep;
    type Conv = Conv;
    /// `[channels, 9]`
    type Kernel = Tensor;

    fn norm(&self, scale: &[f32], shift: &[f32], activation: Activation) -> Result<ChannelStep> {
        self.step(Some(scale), shift, activation)
    }

    fn conv(
        &self,
        kernel: usize,
        inputs: usize,
        weights: &[f32],
        bias: &[f32],
        activation: Activation,
    ) -> Result<Conv> {
        let weights = Tensor::from_slice(weights, (kernel * kernel * inputs, bias.len()), &self.device)?;
        Ok(Conv { weights, after: self.step(None, bias, activation)? })
    }

    fn kernel(&self, weights: &[f32]) -> Result<Tensor> {
        Tensor::from_slice(weights, (9, weights.len() / 9), &self.device)?.t()?.contiguous()
    }

    fn upload(&self, values: &[f32], grid: Grid, channels: usize, _: usize) -> Result<Tensor> {
        Tensor::from_slice(values, (grid.rows(), channels), &self.device)
    }

    fn download(&self, x: &Tensor) -> Result<Vec<f32>> {
        x.flatten_all()?.to_vec1()
    }

    fn normed(&self, norm: &ChannelStep, x: &Tensor, rows: &Rows) -> Result<Tensor> {
        norm.apply(&self.select(x, rows)?)
    }

    fn convolve(&self, step: &Convolution<'_, Self>, x: &Tensor) -> Result<Tensor> {
        let Convolution { norm, conv, window, source, targets } = *step;
        let inputs = x.dim(1)?;
        let taps = window.kernel * window.kernel;
        let normed = |x: Tensor| norm.map_or(Ok(x.clone()), |norm| norm.apply(&x));
        let same = window == Window::centred(1, 1) && source.len() == targets.len();
        if same {
            return conv.after.apply(&normed(x.clone())?.matmul(&conv.weights)?);
        }
        let parts = targets
            .as_slice()
            .chunks((GATHER / (taps * inputs)).max(1))
            .map(|targets| {
                let gathered = normed(self.gather(x, &source.taps(targets, window))?)?;
                let rows = gathered.reshape((targets.len(), taps * inputs))?;
                conv.after.apply(&rows.matmul(&conv.weights)?)
            })
            .collect::<Result<Vec<_>>>()?;
        Tensor::cat(&parts, 0)
    }

    fn convolve_into(
        &self,
        step: &Convolution<'_, Self>,
        x: &Tensor,
        into: Tensor,
        only: &Rows,
    ) -> Result<Tensor> {
        let values = self.convolve(step, x)?;
        if only.len() == step.targets.len() {
            return self.add_rows(&into, only, &values);
        }
        // Multiplied by the mask: quicker than picking rows where most of them are wanted.
        let mut mask = vec![0.0f32; only.grid().rows()];
        only.as_slice().iter().for_each(|&row| mask[row as usize] = 1.0);
        let rows = mask.len();
        into + values.broadcast_mul(&Tensor::from_vec(mask, (rows, 1), &self.device)?)?
    }

    fn max_pool(&self, x: &Tensor, grid: Grid) -> Result<Tensor> {
        let window = Window::same(3, 2, grid);
        let mut taps = pool_taps(grid, window);
        // A tap outside the picture is replaced by one inside the same window, which cannot change the maximum.
        for window_taps in taps.chunks_exact_mut(9) {
            let inside = window_taps.iter().copied().find(|&tap| tap != OUTSIDE).unwrap_or(OUTSIDE);
            window_taps.iter_mut().filter(|tap| **tap == OUTSIDE).for_each(|tap| *tap = inside);
        }
        let mut pooled = self.gather_tap(x, &taps, 9, 0)?;
        for tap in 1..9 {
            pooled = pooled.maximum(&self.gather_tap(x, &taps, 9, tap)?)?;
        }
        Ok(pooled)
    }

    fn pool_and_pad(&self, x: &Tensor, grid: Grid, stride: usize, more: usize) -> Result<Tensor> {
        let count = stride * stride;
        let taps = pool_taps(grid, Window { kernel: stride, stride, pad_y: 0, pad_x: 0 });
        let shares: Vec<f32> = taps
            .chunks_exact(count)
            .map(|window| 1.0 / window.iter().filter(|tap| **tap != OUTSIDE).count() as f32)
            .collect();
        let mut sum = self.gather_tap(x, &taps, count, 0)?;
        for tap in 1..count {
            sum = (sum + self.gather_tap(x, &taps, count, tap)?)?;
        }
        let rows = shares.len();
        let mean = sum.broadcast_mul(&Tensor::from_vec(shares, (rows, 1), &self.device)?)?;
        mean.pad_with_zeros(1, more / 2, more - more / 2)
    }

    fn sum_by_image(&self, x: &Tensor, rows: &Rows, sums: &mut [f32]) -> Result<()> {
        let (grid, channels) = (rows.grid(), x.dim(1)?);
        let found = if rows.is_all() {
            x.reshape((grid.images, grid.positions(), channels))?.sum(1)?
        } else {
            let images: Vec<u32> = rows.as_slice().iter().map(|&row| grid.image_of(row) as u32).collect();
            let zeros = Tensor::zeros((grid.images, channels), x.dtype(), &self.device)?;
            let images = Tensor::from_vec(images, rows.len(), &self.device)?;
            zeros.index_add(&images, &self.select(x, rows)?, 0)?
        };
        let found: Vec<f32> = found.flatten_all()?.to_vec1()?;
        sums.iter_mut().zip(found).for_each(|(sum, found)| *sum += found);
        Ok(())
    }

    fn weigh(&self, x: &Tensor, rows: &Rows, weights: &[f32], into: Option<Tensor>) -> Result<Tensor> {
        let weights = Tensor::from_slice(weights, (weights.len(), 1), &self.device)?;
        let weighted = self.select(x, rows)?.broadcast_mul(&weights)?;
        into.map_or(Ok(weighted.clone()), |into| self.add_rows(&into, rows, &weighted))
    }

    fn convolve_to_one(
        &self,
        norm: &ChannelStep,
        kernel: &Tensor,
        x: &Tensor,
        seen: &Rows,
        targets: &Rows,
        values: &mut [f32],
    ) -> Result<()> {
        // Multiplying first and gathering one number a tap afterwards moves much less than gathering the taps.
        let products: Vec<f32> = self.normed(norm, x, seen)?.matmul(kernel)?.flatten_all()?.to_vec1()?;
        let places = seen.taps(targets.as_slice(), Window::centred(3, 1));
        for (value, window) in values.iter_mut().zip(places.chunks_exact(9)) {
            let inside = window.iter().enumerate().filter(|(_, place)| **place != OUTSIDE);
            *value = inside.map(|(tap, place)| products[*place as usize * 9 + tap]).sum();
        }
        Ok(())
    }

    fn synchronize(&self) -> Result<()> {
        self.device.synchronize()
    }

    fn prefers_dense(&self, share: f64) -> bool {
        match self.strategy {
            Strategy::Auto => share >= *self.crossover.get_or_init(|| crossover::measure(self)),
            strategy => strategy == Strategy::Dense,
        }
    }

    fn batch<T: Send, F: Send>(
        &self,
        images: usize,
        floats: usize,
        run: impl Fn(&Self, Range<usize>) -> std::result::Result<Vec<T>, F> + Sync,
    ) -> std::result::Result<Vec<T>, F> {
        let most = (BATCH_FLOATS / floats).max(1);
        let mut all = Vec::with_capacity(images);
        for start in (0..images).step_by(most) {
            all.extend(run(self, start..(start + most).min(images))?);
        }
        Ok(all)
    }
}

fn pool_taps(grid: Grid, window: Window) -> Vec<u32> {
    let targets: Vec<u32> = (0..grid.strided(window.stride).rows() as u32).collect();
    Rows::all(grid).taps(&targets, window)
}

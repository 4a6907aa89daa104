//! What a layer does to rows: norm with activation, convolution over gathered taps, pooling.
//!
//! On a CPU the steps around the matrix products are our own ([`cpu`](super::cpu)); elsewhere they are
//! [composed](super::composed) of Candle's.

use candle_core::{Device, Result, Tensor};

use super::composed;
use super::convolve::Convolve;
use super::cpu::{AddRows, Affine, Gather, GatherAffine};
use super::rows::{Grid, OUTSIDE, Rows, Window};

/// Floats of gathered taps that a GPU multiplies at a time, so that a huge picture does not take nine times its memory.
const GPU_GATHER: usize = 1 << 24;

/// Leaky ReLU; slope 0 is ReLU, slope 1 changes nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Activation {
    slope: f32,
}

/// A batch norm at evaluation, brought to `x * scale + shift`, with the activation that follows it.
#[derive(Debug)]
pub struct Norm(ChannelStep);

/// A convolution as a matrix `[kernel^2 * inputs, outputs]`, with its bias (a norm behind it is folded in) and the
/// activation that follows.
#[derive(Debug)]
pub struct Conv {
    kernel: usize,
    weights: Tensor,
    after: ChannelStep,
}

/// An affine step in each channel and an activation, as both paths need it.
#[derive(Debug)]
struct ChannelStep {
    affine: Affine,
    /// `[1, channels]`
    scale: Option<Tensor>,
    shift: Tensor,
}

impl Activation {
    pub const NONE: Self = Self { slope: 1.0 };
    pub const RELU: Self = Self { slope: 0.0 };
    /// CIFAR's leaky ReLU.
    pub const LEAKY: Self = Self { slope: 0.1 };
    /// CIFAR's conv1 is activated twice, in its norm and again in the convolution.
    pub const LEAKY_TWICE: Self = Self { slope: 0.01 };
}

impl ChannelStep {
    fn new(scale: Option<&[f32]>, shift: &[f32], activation: Activation, device: &Device) -> Result<Self> {
        let tensor = |values: &[f32]| Tensor::from_slice(values, (1, values.len()), device);
        Ok(Self {
            affine: Affine {
                scale: scale.map(<[f32]>::to_vec),
                shift: shift.to_vec(),
                slope: activation.slope,
            },
            scale: scale.map(tensor).transpose()?,
            shift: tensor(shift)?,
        })
    }

    /// On every row of `x`, `[rows, channels]`, in Candle's operations.
    fn compose(&self, x: &Tensor) -> Result<Tensor> {
        composed::channel_step(x, self.scale.as_ref(), &self.shift, self.affine.slope)
    }
}

impl Norm {
    /// `scale` and `shift`: one value a channel.
    pub fn new(scale: &[f32], shift: &[f32], activation: Activation, device: &Device) -> Result<Self> {
        ChannelStep::new(Some(scale), shift, activation, device).map(Self)
    }

    /// Of every row: `[rows, channels]`.
    pub fn apply(&self, x: &Tensor) -> Result<Tensor> {
        self.gather(x, None)
    }

    /// Of the rows asked for: `[rows.len(), channels]`.
    pub fn apply_at(&self, x: &Tensor, rows: &Rows) -> Result<Tensor> {
        self.gather(x, some_rows(rows))
    }

    fn gather(&self, x: &Tensor, rows: Option<&[u32]>) -> Result<Tensor> {
        if x.device().is_cpu() {
            return x.apply_op1_no_bwd(&GatherAffine { rows, affine: &self.0.affine });
        }
        match rows {
            Some(rows) => self.0.compose(&composed::gather(x, rows)?),
            None => self.0.compose(x),
        }
    }
}

impl Conv {
    /// `weights`: HWIO, `kernel * kernel * inputs * outputs` values; `bias`: one value an output.
    pub fn new(
        kernel: usize,
        inputs: usize,
        weights: &[f32],
        bias: &[f32],
        activation: Activation,
        device: &Device,
    ) -> Result<Self> {
        Ok(Self {
            kernel,
            weights: Tensor::from_slice(weights, (kernel * kernel * inputs, bias.len()), device)?,
            after: ChannelStep::new(None, bias, activation, device)?,
        })
    }

    /// The convolution at the rows `targets` of the grid after the stride. `x`: `[source.len(), inputs]`, the
    /// rows `source` of the state; what lies outside them counts as zero.
    pub fn apply(&self, x: &Tensor, source: &Rows, targets: &Rows, window: Window) -> Result<Tensor> {
        match x.device().is_cpu() {
            true => self.convolve(x, Some((source, targets, window))),
            false => self.compose(x, source, targets, window),
        }
    }

    /// A 1x1 convolution of rows as they are: `[rows, inputs]` to `[rows, outputs]`.
    pub fn multiply(&self, x: &Tensor) -> Result<Tensor> {
        match x.device().is_cpu() {
            true => self.convolve(x, None),
            false => self.after.compose(&x.matmul(&self.weights)?),
        }
    }

    /// [`apply`](Self::apply) in Candle's operations.
    fn compose(&self, x: &Tensor, source: &Rows, targets: &Rows, window: Window) -> Result<Tensor> {
        let inputs = x.dim(1)?;
        let taps = self.kernel * self.kernel;
        let parts = targets
            .as_slice()
            .chunks((GPU_GATHER / (taps * inputs)).max(1))
            .map(|targets| {
                let gathered = composed::gather(x, &source.taps(targets, window))?;
                let rows = gathered.reshape((targets.len(), taps * inputs))?;
                self.after.compose(&rows.matmul(&self.weights)?)
            })
            .collect::<Result<Vec<_>>>()?;
        Tensor::cat(&parts, 0)
    }

    fn convolve(&self, x: &Tensor, taps: Option<(&Rows, &Rows, Window)>) -> Result<Tensor> {
        x.apply_op2_no_bwd(&self.weights, &Convolve { taps, after: &self.after.affine })
    }
}

/// A convolution with a single output, at the rows `targets` (stride 1). Multiplying first and gathering one number
/// a tap afterwards moves `channels` times less than gathering the taps.
/// `kernel`: `[channels, 9]`, `x`: `[source.len(), channels]`; yields one value a target.
pub fn conv_to_one_channel(kernel: &Tensor, x: &Tensor, source: &Rows, targets: &Rows) -> Result<Vec<f32>> {
    let products: Vec<f32> = x.matmul(kernel)?.flatten_all()?.to_vec1()?;
    let taps = source.taps(targets.as_slice(), Window::centred(3, 1));
    let sum = |window: &[u32]| {
        let inside = window.iter().enumerate().filter(|(_, tap)| **tap != OUTSIDE);
        inside.map(|(index, tap)| products[*tap as usize * 9 + index]).sum()
    };
    Ok(taps.chunks_exact(9).map(sum).collect())
}

/// 3x3 max pool with stride 2, TensorFlow's SAME: what lies outside never wins.
pub fn max_pool(x: &Tensor, grid: Grid) -> Result<Tensor> {
    let window = Window::same(3, 2, grid);
    let mut taps = pool_taps(grid, window);
    // A tap outside the picture is replaced by one inside the same window, which cannot change the maximum.
    for window_taps in taps.chunks_exact_mut(9) {
        let inside = window_taps.iter().copied().find(|&tap| tap != OUTSIDE).unwrap_or(OUTSIDE);
        window_taps.iter_mut().filter(|tap| **tap == OUTSIDE).for_each(|tap| *tap = inside);
    }
    let mut pooled = gather_tap(x, &taps, 9, 0)?;
    for tap in 1..9 {
        pooled = pooled.maximum(&gather_tap(x, &taps, 9, tap)?)?;
    }
    Ok(pooled)
}

/// `stride` x `stride` average pool. An odd edge's last window averages over the positions that exist.
pub fn average_pool(x: &Tensor, grid: Grid, stride: usize) -> Result<Tensor> {
    let window = Window { kernel: stride, stride, pad_y: 0, pad_x: 0 };
    let count = stride * stride;
    let taps = pool_taps(grid, window);
    let shares: Vec<f32> = taps
        .chunks_exact(count)
        .map(|window| 1.0 / window.iter().filter(|tap| **tap != OUTSIDE).count() as f32)
        .collect();
    let mut sum = gather_tap(x, &taps, count, 0)?;
    for tap in 1..count {
        sum = (sum + gather_tap(x, &taps, count, tap)?)?;
    }
    let rows = shares.len();
    sum.broadcast_mul(&Tensor::from_vec(shares, (rows, 1), x.device())?)
}

fn pool_taps(grid: Grid, window: Window) -> Vec<u32> {
    let targets: Vec<u32> = (0..grid.strided(window.stride).rows() as u32).collect();
    Rows::all(grid).taps(&targets, window)
}

/// The rows that tap number `tap` of every window reads.
fn gather_tap(x: &Tensor, taps: &[u32], count: usize, tap: usize) -> Result<Tensor> {
    let indices: Vec<u32> = taps.iter().skip(tap).step_by(count).copied().collect();
    gather(x, &indices)
}

/// Rows of a state in the order given, `[rows.len(), channels]`; zeros for [`OUTSIDE`].
fn gather(x: &Tensor, rows: &[u32]) -> Result<Tensor> {
    if x.device().is_cpu() {
        return x.apply_op1_no_bwd(&Gather(rows));
    }
    composed::gather(x, rows)
}

fn some_rows(rows: &Rows) -> Option<&[u32]> {
    if rows.is_all() { None } else { Some(rows.as_slice()) }
}

/// The rows of a state that are asked for: `[rows.len(), channels]`.
pub fn select(x: &Tensor, rows: &Rows) -> Result<Tensor> {
    some_rows(rows).map_or_else(|| Ok(x.clone()), |rows| gather(x, rows))
}

/// Adds `values`, `[rows.len(), channels]`, each row times its weight if weights are given, to those rows of `x`,
/// which belongs to the caller alone and may be changed in place.
pub fn add_rows(x: Tensor, rows: &Rows, values: &Tensor, weights: Option<&[f32]>) -> Result<Tensor> {
    if x.device().is_cpu() {
        x.inplace_op2(values, &AddRows { rows: some_rows(rows), weights })?;
        return Ok(x);
    }
    composed::add_rows(&x, some_rows(rows), values, weights)
}

/// Sums rows by image: `values` `[rows.len(), channels]` to `[images, channels]`.
pub fn sum_by_image(values: &Tensor, rows: &Rows) -> Result<Tensor> {
    let (grid, channels) = (rows.grid(), values.dim(1)?);
    if rows.is_all() {
        return values.reshape((grid.images, grid.positions(), channels))?.sum(1);
    }
    let images: Vec<u32> = rows.as_slice().iter().map(|&row| grid.image_of(row) as u32).collect();
    let sums = Tensor::zeros((grid.images, channels), values.dtype(), values.device())?;
    sums.index_add(&Tensor::from_vec(images, rows.len(), values.device())?, values, 0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CPU: &Device = &Device::Cpu;

    fn values(tensor: &Tensor) -> Vec<f32> {
        tensor.flatten_all().unwrap().to_vec1().unwrap()
    }

    fn assert_same(a: &Tensor, b: &Tensor) {
        assert_eq!(a.dims(), b.dims());
        let (a, b) = (values(a), values(b));
        assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() <= 1e-6 * (1.0 + a.abs())), "{a:?} is not {b:?}");
    }

    /// A state of `rows` x `channels`, and some ascending rows of it.
    fn state() -> impl Strategy<Value = (Tensor, Vec<u32>, usize)> {
        (1usize..40, 1usize..9).prop_flat_map(|(rows, channels)| {
            let values = prop::collection::vec(-3.0f32..3.0, rows * channels);
            let chosen = prop::sample::subsequence((0..rows as u32).collect::<Vec<_>>(), 1..=rows);
            (values, chosen).prop_map(move |(values, chosen)| {
                (Tensor::from_vec(values, (rows, channels), CPU).unwrap(), chosen, channels)
            })
        })
    }

    proptest! {
        #[test]
        fn the_cpu_gathers_what_candle_gathers((x, mut rows, _) in state()) {
            rows.push(OUTSIDE);
            assert_same(&gather(&x, &rows).unwrap(), &composed::gather(&x, &rows).unwrap());
        }

        #[test]
        fn the_cpu_norms_what_candle_norms((x, rows, channels) in state(), slope in prop::sample::select(vec![0.0f32, 0.01, 0.1, 1.0])) {
            let scale: Vec<f32> = (0..channels).map(|c| 0.5 + c as f32).collect();
            let shift: Vec<f32> = (0..channels).map(|c| 1.0 - 0.7 * c as f32).collect();
            let activation = Activation { slope };
            let norm = Norm::new(&scale, &shift, activation, CPU).unwrap();
            let step = |x: &Tensor| composed::channel_step(x, norm.0.scale.as_ref(), &norm.0.shift, slope).unwrap();
            assert_same(&norm.apply(&x).unwrap(), &step(&x));
            assert_same(&norm.gather(&x, Some(&rows)).unwrap(), &step(&composed::gather(&x, &rows).unwrap()));
            let mut identity = vec![0.0; channels * channels];
            identity.iter_mut().step_by(channels + 1).for_each(|weight| *weight = 1.0);
            let bias = Conv::new(1, channels, &identity, &shift, activation, CPU).unwrap();
            let expected = composed::channel_step(&x, None, &bias.after.shift, slope).unwrap();
            assert_same(&bias.multiply(&x).unwrap(), &expected);
        }

        #[test]
        fn the_cpu_convolves_what_candle_convolves(
            (height, width) in (1usize..30, 1usize..30), mask in prop::collection::vec(any::<bool>(), 900),
            kernel in prop::sample::select(vec![1usize, 3]), stride in 1usize..3, outputs in 1usize..6,
        ) {
            let grid = Grid { images: 1, height, width };
            let source = Rows::of(grid, &mask[..grid.rows()]);
            prop_assume!(source.len() > 0);
            let numbers = |count: usize| -> Vec<f32> { (0..count).map(|i| (i as f32 * 0.7).sin()).collect() };
            let x = Tensor::from_vec(numbers(source.len() * 4), (source.len(), 4), CPU).unwrap();
            let weights = numbers(kernel * kernel * 4 * outputs);
            let conv = Conv::new(kernel, 4, &weights, &numbers(outputs), Activation::LEAKY, CPU).unwrap();
            let targets = Rows::all(grid.strided(stride));
            let window = Window::same(kernel, stride, grid);
            let expected = conv.compose(&x, &source, &targets, window).unwrap();
            let found = conv.apply(&x, &source, &targets, window).unwrap();
            let (found, expected) = (values(&found), values(&expected));
            prop_assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-5));
        }

        #[test]
        fn the_cpu_adds_what_candle_adds((x, rows, _) in state(), weighted in any::<bool>()) {
            let values = composed::gather(&x, &rows).unwrap();
            let weights: Vec<f32> = (0..rows.len()).map(|row| row as f32 * 0.25 - 1.0).collect();
            let weights = weighted.then_some(&weights[..]);
            let expected = composed::add_rows(&x, Some(&rows), &values, weights).unwrap();
            let found = x.copy().unwrap();
            found.inplace_op2(&values, &AddRows { rows: Some(&rows), weights }).unwrap();
            assert_same(&found, &expected);
        }
    }
}

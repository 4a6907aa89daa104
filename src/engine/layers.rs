//! What a layer does to rows: norm with activation, convolution over gathered taps, pooling.

use candle_core::{Device, Result, Tensor};

use super::rows::{Grid, OUTSIDE, Rows, Window};

/// The gathered taps of a convolution take at most this many floats at a time, so that they stay near the cache
/// and a huge picture does not take nine times its memory.
const GATHER_FLOATS: usize = 1 << 21;

/// Leaky ReLU; slope 0 is ReLU, slope 1 changes nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Activation {
    pub slope: f32,
}

/// A batch norm at evaluation, brought to `x * scale + shift`, with the activation that follows it.
#[derive(Debug)]
pub struct Norm {
    scale: Tensor,
    shift: Tensor,
    activation: Activation,
}

/// A convolution as a matrix `[kernel^2 * inputs, outputs]` with its bias (a norm behind it is folded in).
#[derive(Debug)]
pub struct Conv {
    kernel: usize,
    weights: Tensor,
    bias: Option<Tensor>,
}

impl Activation {
    pub const NONE: Self = Self { slope: 1.0 };
    pub const RELU: Self = Self { slope: 0.0 };
    /// CIFAR's leaky ReLU.
    pub const LEAKY: Self = Self { slope: 0.1 };
    /// CIFAR's conv1 is activated twice, in its norm and again in the convolution.
    pub const LEAKY_TWICE: Self = Self { slope: 0.01 };

    pub fn apply(self, x: &Tensor) -> Result<Tensor> {
        match self {
            Self::NONE => Ok(x.clone()),
            Self::RELU => x.relu(),
            Self { slope } => x.maximum(&(x * f64::from(slope))?),
        }
    }
}

impl Norm {
    /// `scale` and `shift`: one value a channel.
    pub fn new(scale: &[f32], shift: &[f32], activation: Activation, device: &Device) -> Result<Self> {
        Ok(Self {
            scale: Tensor::from_slice(scale, (1, scale.len()), device)?,
            shift: Tensor::from_slice(shift, (1, shift.len()), device)?,
            activation,
        })
    }

    /// `x`: `[rows, channels]`.
    pub fn apply(&self, x: &Tensor) -> Result<Tensor> {
        self.activation.apply(&x.broadcast_mul(&self.scale)?.broadcast_add(&self.shift)?)
    }
}

impl Conv {
    /// `weights`: HWIO, `kernel * kernel * inputs * outputs` values; `bias`: one value an output, if any.
    pub fn new(
        kernel: usize,
        inputs: usize,
        outputs: usize,
        weights: &[f32],
        bias: Option<&[f32]>,
        device: &Device,
    ) -> Result<Self> {
        Ok(Self {
            kernel,
            weights: Tensor::from_slice(weights, (kernel * kernel * inputs, outputs), device)?,
            bias: bias.map(|bias| Tensor::from_slice(bias, (1, outputs), device)).transpose()?,
        })
    }

    /// The convolution at the rows `targets` of the grid after the stride. `x`: `[source.len(), inputs]`, the
    /// rows `source` of the state; what lies outside them counts as zero.
    pub fn apply(&self, x: &Tensor, source: &Rows, targets: &[u32], window: Window) -> Result<Tensor> {
        let pointwise = self.kernel == 1 && window.stride == 1 && source.as_slice() == targets;
        if pointwise {
            return self.multiply(x);
        }
        let inputs = x.dim(1)?;
        let taps = self.kernel * self.kernel;
        let chunk = (GATHER_FLOATS / (taps * inputs)).max(1);
        let parts = targets
            .chunks(chunk)
            .map(|targets| {
                let indices =
                    Tensor::from_vec(source.taps(targets, window), targets.len() * taps, x.device())?;
                self.multiply(&x.index_select(&indices, 0)?.reshape((targets.len(), taps * inputs))?)
            })
            .collect::<Result<Vec<_>>>()?;
        match parts.as_slice() {
            [only] => Ok(only.clone()),
            parts => Tensor::cat(parts, 0),
        }
    }

    /// A 1x1 convolution of rows as they are: `[rows, inputs]` to `[rows, outputs]`.
    pub fn multiply(&self, x: &Tensor) -> Result<Tensor> {
        let product = x.matmul(&self.weights)?;
        match &self.bias {
            Some(bias) => product.broadcast_add(bias),
            None => Ok(product),
        }
    }
}

/// A convolution with a single output, at the rows `targets` (stride 1). Multiplying first and gathering one number
/// a tap afterwards moves `channels` times less than gathering the taps.
/// `kernel`: `[channels, 9]`, `x`: `[source.len(), channels]`; yields one value a target.
pub fn conv_to_one_channel(kernel: &Tensor, x: &Tensor, source: &Rows, targets: &[u32]) -> Result<Vec<f32>> {
    let products = x.matmul(kernel)?.flatten_all()?;
    let mut taps = source.taps(targets, Window::centred(3, 1));
    for (index, tap) in taps.iter_mut().enumerate() {
        if *tap != OUTSIDE {
            *tap = *tap * 9 + (index % 9) as u32;
        }
    }
    let indices = Tensor::from_vec(taps, targets.len() * 9, x.device())?;
    products.index_select(&indices, 0)?.reshape((targets.len(), 9))?.sum(1)?.to_vec1()
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
    let length = indices.len();
    x.index_select(&Tensor::from_vec(indices, length, x.device())?, 0)
}

/// The rows of a state that are asked for: `[rows.len(), channels]`.
pub fn select(x: &Tensor, rows: &Rows) -> Result<Tensor> {
    if rows.is_all() {
        return Ok(x.clone());
    }
    x.index_select(&Tensor::from_slice(rows.as_slice(), rows.len(), x.device())?, 0)
}

/// Adds `values`, `[rows.len(), channels]`, to those rows of a state.
pub fn add_rows(x: &Tensor, rows: &Rows, values: &Tensor) -> Result<Tensor> {
    if rows.is_all() {
        return x + values;
    }
    x.index_add(&Tensor::from_slice(rows.as_slice(), rows.len(), x.device())?, values, 0)
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

//! How networks are computed: states are matrices of one row a position, and only the rows asked for are worked on.
//!
//! A network is written once, against the trait [`Engine`]. [`Cpu`] is our own; [`Composed`] is made of Candle's
//! operations and serves every device. *Dense* is the case where all rows are asked for.

#[cfg(test)]
mod agreement;
mod composed;
mod cpu;
mod crossover;
mod device;
mod rows;
mod strategy;

pub use device::{Device, DeviceChoice, DeviceError};
pub use strategy::{Strategy, UnknownStrategy};

pub(crate) use composed::Composed;
pub(crate) use cpu::{Cpu, training};
pub(crate) use device::AnyEngine;
pub(crate) use rows::{Grid, Rows, Window};

use candle_core::Result;

/// Leaky ReLU; slope 0 is ReLU, slope 1 changes nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Activation {
    pub slope: f32,
}

impl Activation {
    pub const NONE: Self = Self { slope: 1.0 };
    pub const RELU: Self = Self { slope: 0.0 };
    /// CIFAR's leaky ReLU.
    pub const LEAKY: Self = Self { slope: 0.1 };
    /// CIFAR's conv1 is activated twice, in its norm and again in the convolution.
    pub const LEAKY_TWICE: Self = Self { slope: 0.01 };
}

/// A convolution that is asked for at some rows.
pub(crate) struct Convolution<'a, E: Engine> {
    /// The norm before it; only a 1x1 convolution takes one along.
    pub norm: Option<&'a E::Norm>,
    pub conv: &'a E::Conv,
    pub window: Window,
    /// Rows that the matrix it reads holds; what lies outside them counts as zero.
    pub source: &'a Rows,
    /// Rows of the grid after the stride that are wanted: one at least.
    pub targets: &'a Rows,
}

/// What networks are computed with. A matrix holds a row of channels for each position that was asked for, and only those
/// may be read: what an engine keeps for the others, if anything, is not told. Matrices stay where the engine keeps them, lists
/// of numbers come back to the caller.
pub(crate) trait Engine: Sized + Sync {
    /// Rows of channels.
    type Matrix;
    /// A batch norm at evaluation, brought to `x * scale + shift`, with the activation that follows it.
    type Norm: Send + Sync;
    /// A convolution with its bias (a norm behind it is folded in) and the activation that follows.
    type Conv: Send + Sync;
    /// A 3x3 convolution to one channel.
    type Kernel: Send + Sync;

    /// `scale` and `shift`: one value a channel.
    fn norm(&self, scale: &[f32], shift: &[f32], activation: Activation) -> Result<Self::Norm>;

    /// `weights`: HWIO, `kernel * kernel * inputs * outputs` values; `bias`: one value an output.
    fn conv(
        &self,
        kernel: usize,
        inputs: usize,
        weights: &[f32],
        bias: &[f32],
        activation: Activation,
    ) -> Result<Self::Conv>;

    /// `weights`: HWIO with one output, `9 * channels` values.
    fn kernel(&self, weights: &[f32]) -> Result<Self::Kernel>;

    /// Values of every row of `grid`; `kernel` is the largest that will be moved over them.
    fn upload(&self, values: &[f32], grid: Grid, channels: usize, kernel: usize) -> Result<Self::Matrix>;

    /// Values of every row, of a matrix that holds them all.
    fn download(&self, x: &Self::Matrix) -> Result<Vec<f32>>;

    /// The norm at `rows` of a matrix that holds all rows.
    fn normed(&self, norm: &Self::Norm, x: &Self::Matrix, rows: &Rows) -> Result<Self::Matrix>;

    /// The convolution at its targets.
    fn convolve(&self, step: &Convolution<'_, Self>, x: &Self::Matrix) -> Result<Self::Matrix>;

    /// Adds the convolution to the rows `only` of `into`, which holds all rows. The targets are these rows or every row.
    fn convolve_into(
        &self,
        step: &Convolution<'_, Self>,
        x: &Self::Matrix,
        into: Self::Matrix,
        only: &Rows,
    ) -> Result<Self::Matrix>;

    /// 3x3 max pool with stride 2, TensorFlow's SAME: what lies outside never wins.
    fn max_pool(&self, x: &Self::Matrix, grid: Grid) -> Result<Self::Matrix>;

    /// `stride` x `stride` average pool, with `more` channels of zeros added, half on each side. An odd edge's last
    /// window averages over the positions that exist.
    fn pool_and_pad(&self, x: &Self::Matrix, grid: Grid, stride: usize, more: usize) -> Result<Self::Matrix>;

    /// Adds the rows asked for, of a matrix that holds all rows, to their image's sums, `[images, channels]`.
    fn sum_by_image(&self, x: &Self::Matrix, rows: &Rows, sums: &mut [f32]) -> Result<()>;

    /// Adds rows of `x`, each times its weight, to the same rows of `into`. Without `into` all rows must be asked for.
    fn weigh(
        &self,
        x: &Self::Matrix,
        rows: &Rows,
        weights: &[f32],
        into: Option<Self::Matrix>,
    ) -> Result<Self::Matrix>;

    /// Norm and 3x3 convolution to one channel at `targets`, all of whose neighbours are among `seen`: one value for each.
    /// `x` holds all rows.
    fn convolve_to_one(
        &self,
        norm: &Self::Norm,
        kernel: &Self::Kernel,
        x: &Self::Matrix,
        seen: &Rows,
        targets: &Rows,
        values: &mut [f32],
    ) -> Result<()>;

    /// Waits until everything asked for so far is done.
    fn synchronize(&self) -> Result<()>;

    /// Whether so large a share of active positions had better be computed everywhere and masked.
    fn prefers_dense(&self, share: f64) -> bool;

    /// Runs a batch of `images`, part by part if that suits the engine; `floats` is the size of one image's largest state.
    fn batch<T: Send, F: Send>(
        &self,
        images: usize,
        floats: usize,
        run: impl Fn(&Self, std::ops::Range<usize>) -> std::result::Result<Vec<T>, F> + Sync,
    ) -> std::result::Result<Vec<T>, F>;
}

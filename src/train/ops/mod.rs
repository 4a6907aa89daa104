//! What training is computed with: operations on Candle's tensors that know their gradients.
//!
//! On a processor they are custom operations of our own over `engine::training`, since Candle's convolutions and their gradients
//! are slow there; on other devices they are composed of Candle's operations (`composed`). Property tests hold one
//! against the other. States are `[images, height, width, channels]`; convolutions are HWIO.

mod composed;
mod convolve;
mod halting_score;
mod max_pool;
mod normalize;
mod recurrence;
mod unit;
mod weigh;

#[cfg(test)]
mod agreement;
#[cfg(test)]
mod reference;

use std::sync::{Arc, OnceLock};

use candle_core::{CpuStorage, Layout, Result, Tensor};

use crate::engine::training::{Dense, Moments, View};
use crate::engine::{AnyEngine, Device, Grid, Window};

pub(super) use unit::{Shortcut, Stage, UnitPlan};

/// A batch norm's learned parameters, `[channels]` each, and the activation behind it.
#[derive(Clone)]
pub(super) struct Norm {
    pub gamma: Tensor,
    pub beta: Tensor,
    pub epsilon: f32,
    pub slope: f32,
}

/// Mean and variance that a norm found in a batch, `[channels]` each, outside the graph.
pub(super) struct Statistics {
    pub mean: Tensor,
    pub variance: Tensor,
}

/// A state with its moments, which several norms ask for and one computes.
#[derive(Clone)]
pub(super) struct State {
    pub tensor: Tensor,
    moments: Arc<OnceLock<Moments>>,
}

/// The parameters of a unit, in the order of its stages.
pub(super) struct UnitParameters {
    /// Norm and weights of every stage; the last convolution has the bias.
    pub stages: Vec<(Norm, Tensor)>,
    pub bias: Tensor,
    /// Weights and bias of a projected shortcut.
    pub projection: Option<(Tensor, Tensor)>,
}

/// The parameters of a halting branch: a norm and the convolution behind it.
pub(super) struct BranchParameters {
    /// ACT has none.
    pub local: Option<(Norm, Tensor)>,
    pub global: (Norm, Tensor),
    /// Whichever convolution it stands with.
    pub bias: Tensor,
}

/// The operations on one device.
#[derive(Clone)]
pub(super) enum Ops {
    Dense(Dense),
    Composed,
}

impl State {
    pub fn new(tensor: Tensor) -> Self {
        Self { tensor, moments: Arc::default() }
    }
}

impl Ops {
    pub fn new(device: &Device) -> Self {
        match device.engine() {
            AnyEngine::Cpu(cpu) => Self::Dense(Dense::new(&cpu)),
            AnyEngine::Composed(_) => Self::Composed,
        }
    }

    /// A convolution with a bias. Its input gets a gradient only if it `leads_on`: pictures need none.
    pub fn convolve(
        &self,
        x: &Tensor,
        weights: &Tensor,
        bias: &Tensor,
        window: Window,
        leads_on: bool,
    ) -> Result<Tensor> {
        match self {
            Self::Dense(dense) => convolve::apply(dense, x, weights, bias, window, leads_on),
            Self::Composed => composed::convolve(x, weights, Some(bias), window),
        }
    }

    /// Batch norm by the batch's own moments, and the activation.
    pub fn normalize(&self, x: &Tensor, norm: &Norm) -> Result<(Tensor, Statistics)> {
        match self {
            Self::Dense(dense) => normalize::apply(dense, x, norm),
            Self::Composed => composed::normalize(x, norm),
        }
    }

    /// A residual unit; where `mask` (`[images, height, width]`, outside the graph) is 0 the state stays as it was. Gives the
    /// statistics of its norms, stage by stage.
    pub fn unit(
        &self,
        plan: &UnitPlan,
        x: &State,
        parameters: &UnitParameters,
        mask: Option<&Tensor>,
    ) -> Result<(State, Vec<Statistics>)> {
        match self {
            Self::Dense(dense) => unit::apply(dense, plan, x, parameters, mask),
            Self::Composed => composed::unit(plan, &x.tensor, parameters, mask),
        }
    }

    /// The halting score of every position, `[images, height, width]`; without a local part of every image, `[images]`. Gives the
    /// statistics of the local norm, if there is one, and of the global one.
    pub fn halting_score(
        &self,
        x: &State,
        parameters: &BranchParameters,
    ) -> Result<(Tensor, Vec<Statistics>)> {
        match self {
            Self::Dense(dense) => halting_score::apply(dense, x, parameters),
            Self::Composed => composed::halting_score(&x.tensor, parameters),
        }
    }

    /// From the halting scores h_1..h_{L-1}, `[L - 1, decisions]`: p_1..p_L and behind them rho, `[L + 1, decisions]`.
    pub fn recurrence(&self, scores: &Tensor, threshold: f32) -> Result<Tensor> {
        match self {
            Self::Dense(_) => recurrence::apply(scores, threshold),
            Self::Composed => composed::recurrence(scores, threshold),
        }
    }

    /// `before + p * x`; `p`: one weight a position or, for ACT, an image.
    pub fn weigh(&self, before: Option<&Tensor>, x: &Tensor, p: &Tensor) -> Result<Tensor> {
        match self {
            Self::Dense(dense) => weigh::apply(dense, before, x, p),
            Self::Composed => composed::weigh(before, x, p),
        }
    }

    /// The 3x3 maximum, two positions apart (TensorFlow's SAME).
    pub fn max_pool(&self, x: &Tensor) -> Result<Tensor> {
        match self {
            Self::Dense(_) => max_pool::apply(x),
            Self::Composed => composed::max_pool(x),
        }
    }
}

fn grid_of(x: &Tensor) -> Result<Grid> {
    let (images, height, width, _) = x.dims4()?;
    Ok(Grid { images, height, width })
}

/// The floats of a tensor that is all of its storage's layout, in order.
fn floats<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    let Some((start, end)) = layout.contiguous_offsets() else {
        candle_core::bail!("an operation of training was given a tensor that is not contiguous")
    };
    Ok(&storage.as_slice::<f32>()?[start..end])
}

/// Borrows a contiguous tensor's floats.
fn with_floats<T>(tensor: &Tensor, work: impl FnOnce(&[f32]) -> Result<T>) -> Result<T> {
    let tensor = tensor.contiguous()?;
    let (storage, layout) = tensor.storage_and_layout();
    match &*storage {
        candle_core::Storage::Cpu(storage) => work(floats(storage, layout)?),
        _ => candle_core::bail!("an operation of a processor was given another device's tensor"),
    }
}

fn statistics(moments: &Moments) -> Result<Statistics> {
    let on = &candle_core::Device::Cpu;
    Ok(Statistics {
        mean: Tensor::new(moments.mean.as_slice(), on)?,
        variance: Tensor::new(moments.variance.as_slice(), on)?,
    })
}

/// Parameters one behind the other in a list, taken off its front.
struct Parameters<'a>(&'a [f32]);

impl<'a> Parameters<'a> {
    fn take(&mut self, length: usize) -> &'a [f32] {
        let (first, rest) = self.0.split_at(length);
        self.0 = rest;
        first
    }
}

/// The tensors one behind the other, so that an operation takes many: gradients find their way back through Candle.
fn pack(tensors: &[&Tensor]) -> Result<Tensor> {
    let flat: Vec<Tensor> = tensors.iter().map(|tensor| tensor.flatten_all()).collect::<Result<_>>()?;
    Tensor::cat(&flat, 0)
}

/// The moments of a state, computed once.
fn moments_of(dense: &Dense, cell: &OnceLock<Moments>, x: View<'_>) -> Moments {
    cell.get_or_init(|| dense.moments(x)).clone()
}

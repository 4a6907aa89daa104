//! The same operations composed of Candle's, for devices that are no processor, and to hold ours against.

use candle_core::{D, DType, Result, Tensor};

use super::recurrence::num_units;
use super::unit::{Shortcut, UnitPlan};
use super::{BranchParameters, Norm, State, Statistics, UnitParameters, grid_of};
use crate::engine::Window;

fn to_nchw(x: &Tensor) -> Result<Tensor> {
    x.permute((0, 3, 1, 2))?.contiguous()
}

fn to_nhwc(x: &Tensor) -> Result<Tensor> {
    x.permute((0, 2, 3, 1))?.contiguous()
}

/// Zeros before and behind, or cut off behind, so that windows give `ceil(n / stride)` and the last ends where the axis does:
/// Candle knows no gradient of a convolution that leaves something over.
fn padded(x: &Tensor, axis: usize, before: usize, window: Window) -> Result<Tensor> {
    let n = x.dim(axis)?;
    let read = (n.div_ceil(window.stride) - 1) * window.stride + window.kernel;
    x.pad_with_zeros(axis, before, read.saturating_sub(n + before))?.narrow(axis, 0, read)?.contiguous()
}

pub(super) fn convolve(
    x: &Tensor,
    weights: &Tensor,
    bias: Option<&Tensor>,
    window: Window,
) -> Result<Tensor> {
    let x = padded(&padded(&to_nchw(x)?, 2, window.pad_y, window)?, 3, window.pad_x, window)?;
    let y = x.conv2d(&weights.permute((3, 2, 0, 1))?.contiguous()?, 0, window.stride, 1, 1)?;
    let y = to_nhwc(&y)?;
    match bias {
        None => Ok(y),
        Some(bias) => y.broadcast_add(bias),
    }
}

/// Of the last axis, over all others.
pub(super) fn normalize(x: &Tensor, norm: &Norm) -> Result<(Tensor, Statistics)> {
    let channels = x.dim(D::Minus1)?;
    let rows = x.reshape(((), channels))?;
    let mean = rows.mean_keepdim(0)?;
    let centred = rows.broadcast_sub(&mean)?;
    let variance = centred.sqr()?.mean_keepdim(0)?;
    let inverse = variance.affine(1.0, f64::from(norm.epsilon))?.sqrt()?.recip()?;
    let y = centred.broadcast_mul(&inverse)?.broadcast_mul(&norm.gamma)?.broadcast_add(&norm.beta)?;
    let y = activate(&y, norm.slope)?.reshape(x.shape())?;
    let flat = |x: &Tensor| x.detach().flatten_all();
    Ok((y, Statistics { mean: flat(&mean)?, variance: flat(&variance)? }))
}

fn activate(y: &Tensor, slope: f32) -> Result<Tensor> {
    if slope == 1.0 {
        Ok(y.clone())
    } else {
        y.relu()?.affine(1.0 - f64::from(slope), 0.0)? + y.affine(f64::from(slope), 0.0)?
    }
}

pub(super) fn unit(
    plan: &UnitPlan,
    x: &Tensor,
    parameters: &UnitParameters,
    mask: Option<&Tensor>,
) -> Result<(State, Vec<Statistics>)> {
    let mut found = Vec::new();
    let mut preactivation = None;
    let mut residual = x.clone();
    for (index, (stage, (norm, weights))) in plan.stages.iter().zip(&parameters.stages).enumerate() {
        let (normed, statistics) = normalize(&residual, norm)?;
        found.push(statistics);
        let bias = (index + 1 == plan.stages.len()).then_some(&parameters.bias);
        residual = convolve(&normed, weights, bias, stage.window(grid_of(&normed)?))?;
        preactivation.get_or_insert(normed);
    }
    let preactivation = preactivation.unwrap_or_else(|| x.clone());
    let shortcut = match (plan.shortcut, &parameters.projection) {
        (Shortcut::Preactivation, _) => preactivation,
        (Shortcut::PoolAndPad, _) => {
            let more = plan.outputs() - plan.inputs();
            let pooled = to_nhwc(&to_nchw(x)?.avg_pool2d(plan.stride())?)?;
            pooled.pad_with_zeros(3, more / 2, more - more / 2)?
        }
        (Shortcut::Projection, Some((weights, bias))) => {
            convolve(&preactivation, weights, Some(bias), Window::centred(1, plan.stride()))?
        }
        _ => x.clone(),
    };
    let residual = match mask {
        None => residual,
        Some(mask) => residual.broadcast_mul(&mask.unsqueeze(3)?)?,
    };
    Ok((State::new((shortcut + residual)?), found))
}

pub(super) fn halting_score(x: &Tensor, parameters: &BranchParameters) -> Result<(Tensor, Vec<Statistics>)> {
    let (global, weights) = &parameters.global;
    let (normed, statistics) = normalize(&x.mean((1, 2))?, global)?;
    let of_image = normed.matmul(&weights.reshape(((), 1))?)?.broadcast_add(&parameters.bias)?;
    let Some((local, kernel)) = &parameters.local else {
        return Ok((sigmoid(&of_image.flatten_all()?)?, vec![statistics]));
    };
    let (normed, of_local) = normalize(x, local)?;
    let logits = convolve(&normed, kernel, None, Window::centred(3, 1))?.squeeze(3)?;
    let logits = logits.broadcast_add(&of_image.unsqueeze(2)?)?;
    Ok((sigmoid(&logits)?, vec![of_local, statistics]))
}

fn sigmoid(x: &Tensor) -> Result<Tensor> {
    x.neg()?.exp()?.affine(1.0, 1.0)?.recip()
}

pub(super) fn recurrence(scores: &Tensor, threshold: f32) -> Result<Tensor> {
    let (rows, decisions) = scores.dims2()?;
    // N is decided on the host and not differentiated: what is left are sums of scores.
    let on_host = scores.to_vec2::<f32>()?;
    let n: Vec<usize> = (0..decisions)
        .map(|decision| num_units(on_host.iter().map(|row| row[decision]), threshold))
        .collect();
    let tensor = |of: &dyn Fn(usize) -> f32| {
        Tensor::from_vec(n.iter().map(|&n| of(n)).collect::<Vec<f32>>(), decisions, scores.device())
    };
    let units = tensor(&|n| n as f32)?;
    let mut remainder = units.ones_like()?;
    let mut p = Vec::new();
    for row in 0..rows {
        let before = tensor(&|n| if row + 1 < n { 1.0 } else { 0.0 })?;
        let score = (scores.get(row)? * before)?;
        remainder = (remainder - &score)?;
        p.push(score);
    }
    p.push(units.zeros_like()?);
    for (row, p) in p.iter_mut().enumerate() {
        let here = tensor(&|n| if row + 1 == n { 1.0 } else { 0.0 })?;
        *p = (&*p + (&remainder * here)?)?;
    }
    p.push((units + remainder)?);
    Tensor::stack(&p, 0)
}

pub(super) fn weigh(before: Option<&Tensor>, x: &Tensor, p: &Tensor) -> Result<Tensor> {
    let p = match p.rank() {
        1 => p.reshape((p.dim(0)?, 1, 1, 1))?,
        _ => p.unsqueeze(3)?,
    };
    let weighed = x.broadcast_mul(&p)?;
    before.map_or(Ok(weighed.clone()), |before| before + weighed)
}

pub(super) fn max_pool(x: &Tensor) -> Result<Tensor> {
    let window = Window::same(3, 2, grid_of(x)?);
    // What surrounds the picture must not win: everything is lifted above the zeros that pad it.
    let x = to_nchw(x)?;
    let lowest = x.min_all()?.to_dtype(DType::F32)?.to_scalar::<f32>()?;
    let lift = 1.0 - f64::from(lowest.min(0.0));
    let lifted = padded(&padded(&x.affine(1.0, lift)?, 2, window.pad_y, window)?, 3, window.pad_x, window)?;
    // Candle knows no gradient of windows that overlap: the maximum is taken over the nine taps instead.
    let (height, width) = (x.dim(2)?.div_ceil(2), x.dim(3)?.div_ceil(2));
    let mut largest: Option<Tensor> = None;
    for tap in 0..9 {
        let rows = every_second(&lifted, 2, tap / 3, height)?;
        let taps = every_second(&rows, 3, tap % 3, width)?;
        largest = Some(largest.map_or(Ok(taps.clone()), |largest| largest.maximum(&taps))?);
    }
    match largest {
        None => Ok(x),
        Some(largest) => to_nhwc(&largest.affine(1.0, -lift)?),
    }
}

/// Every second index of an axis from `first` on, `count` of them.
fn every_second(x: &Tensor, axis: usize, first: usize, count: usize) -> Result<Tensor> {
    let indices: Vec<u32> = (0..count).map(|index| (first + 2 * index) as u32).collect();
    x.index_select(&Tensor::new(indices, x.device())?, axis)
}

//! The steps around the matrix products in Candle's own operations: right on every device, fused on none.

use candle_core::{Result, Tensor};

/// Rows of a state in the order given, `[rows.len(), channels]`. Candle reads `u32::MAX`, our
/// [`OUTSIDE`](super::rows::OUTSIDE), as a row of zeros on CPU, CUDA and Metal alike.
pub fn gather(x: &Tensor, rows: &[u32]) -> Result<Tensor> {
    x.index_select(&Tensor::from_slice(rows, rows.len(), x.device())?, 0)
}

/// `max(y, slope * y)` of `y = x * scale + shift`; `scale` and `shift` are `[1, channels]`.
pub fn channel_step(x: &Tensor, scale: Option<&Tensor>, shift: &Tensor, slope: f32) -> Result<Tensor> {
    let y = match scale {
        Some(scale) => x.broadcast_mul(scale)?.broadcast_add(shift)?,
        None => x.broadcast_add(shift)?,
    };
    match slope {
        1.0 => Ok(y),
        0.0 => y.relu(),
        slope => y.maximum(&(&y * f64::from(slope))?),
    }
}

/// Adds `values`, each row times its weight (1 without weights), to the rows given (all without).
pub fn add_rows(
    x: &Tensor,
    rows: Option<&[u32]>,
    values: &Tensor,
    weights: Option<&[f32]>,
) -> Result<Tensor> {
    let weighted = match weights {
        Some(weights) => {
            values.broadcast_mul(&Tensor::from_slice(weights, (weights.len(), 1), x.device())?)?
        }
        None => values.clone(),
    };
    match rows {
        Some(rows) => x.index_add(&Tensor::from_slice(rows, rows.len(), x.device())?, &weighted, 0),
        None => x + weighted,
    }
}

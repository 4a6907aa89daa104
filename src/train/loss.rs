//! What training minimises: cross-entropy + tau * sum over blocks of the mean ponder cost + L2 (specification, section 9).

use candle_core::{D, Result, Tensor};

use super::network::Forward;

/// The terms of one batch's loss.
pub(super) struct Loss {
    /// Cross-entropy and ponder cost, what is differentiated here; L2 is the optimiser's.
    pub differentiable: Tensor,
    pub cross_entropy: f32,
    /// Sum over blocks of the mean ponder cost; 0 for vanilla.
    pub ponder_cost: f32,
    /// Share of the batch classified rightly.
    pub accuracy: f32,
}

impl Loss {
    /// `labels`: `[images]`, u32. With label smoothing `s` the target is `1 - s` at the label and `s / classes` everywhere.
    pub fn new(forward: &Forward, labels: &Tensor, tau: f64, label_smoothing: f64) -> Result<Self> {
        let logits = &forward.logits;
        let centred = logits.broadcast_sub(&logits.max_keepdim(D::Minus1)?.detach())?;
        let log_p = centred.broadcast_sub(&centred.exp()?.sum_keepdim(D::Minus1)?.log()?)?;
        let of_label = log_p.gather(&labels.unsqueeze(1)?, 1)?.mean_all()?.neg()?;
        let cross_entropy = if label_smoothing == 0.0 {
            of_label
        } else {
            let of_all = log_p.mean_all()?.neg()?;
            (of_label.affine(1.0 - label_smoothing, 0.0)? + of_all.affine(label_smoothing, 0.0)?)?
        };
        let mut ponder_cost = cross_entropy.zeros_like()?;
        for cost in &forward.ponder_costs {
            ponder_cost = (ponder_cost + cost)?;
        }
        let right = logits.argmax(D::Minus1)?.eq(labels)?.to_dtype(candle_core::DType::F32)?.mean_all()?;
        Ok(Self {
            differentiable: (&cross_entropy + ponder_cost.affine(tau, 0.0)?)?,
            cross_entropy: cross_entropy.to_scalar()?,
            ponder_cost: ponder_cost.to_scalar()?,
            accuracy: right.to_scalar()?,
        })
    }
}

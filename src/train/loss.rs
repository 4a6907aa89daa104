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

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    #[test]
    fn the_terms_are_what_paper_and_pencil_give() {
        let on = Device::Cpu;
        // Probabilities 1/2, 1/4, 1/4, and 1/4, 1/4, 1/2.
        let logits = Tensor::new(&[[2f32.ln(), 0.0, 0.0], [0.0, 0.0, 2f32.ln()]], &on).unwrap();
        let ponder_costs = [3.5f32, 4.5].map(|cost| Tensor::new(cost, &on).unwrap()).into();
        let forward = Forward { logits, ponder_costs, statistics: vec![] };
        let labels = Tensor::new(&[0u32, 1], &on).unwrap();
        let (half, quarter) = (0.5f64.ln(), 0.25f64.ln());
        for smoothing in [0.0, 0.3] {
            let loss = Loss::new(&forward, &labels, 0.01, smoothing).unwrap();
            let target = |label: f64, all: f64| (1.0 - smoothing) * label + smoothing / 3.0 * all;
            let all = half + 2.0 * quarter;
            let cross_entropy = -(target(half, all) + target(quarter, all)) / 2.0;
            assert!((f64::from(loss.cross_entropy) - cross_entropy).abs() < 1e-6, "{smoothing}");
            let total = f64::from(loss.differentiable.to_scalar::<f32>().unwrap());
            assert!((total - (cross_entropy + 0.01 * 8.0)).abs() < 1e-6, "{smoothing}");
            assert_eq!((loss.ponder_cost, loss.accuracy), (8.0, 0.5));
        }
    }
}

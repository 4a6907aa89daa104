//! The halting recurrence as an operation (specification, section 1). N is not differentiated.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};

use super::{floats, with_floats};

struct Recurrence {
    threshold: f32,
}

pub(super) fn apply(scores: &Tensor, threshold: f32) -> Result<Tensor> {
    scores.contiguous()?.apply_op1(Recurrence { threshold })
}

/// Units that a decision runs, counted from 1: those whose score counts come before the one it halts at.
pub(super) fn num_units(scores: impl Iterator<Item = f32>, threshold: f32) -> usize {
    let mut cumulative = 0.0;
    let mut before = 0;
    for score in scores {
        cumulative += score;
        if cumulative >= threshold {
            break;
        }
        before += 1;
    }
    before + 1
}

impl CustomOp1 for Recurrence {
    fn name(&self) -> &'static str {
        "halting recurrence"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (rows, decisions) = layout.shape().dims2()?;
        let scores = floats(storage, layout)?;
        let mut out = vec![0.0; (rows + 2) * decisions];
        for decision in 0..decisions {
            let of_decision = || scores[decision..].iter().step_by(decisions).copied();
            let n = num_units(of_decision(), self.threshold);
            let mut remainder = 1.0;
            for (unit, score) in of_decision().take(n - 1).enumerate() {
                out[unit * decisions + decision] = score;
                remainder -= score;
            }
            out[(n - 1) * decisions + decision] = remainder;
            out[(rows + 1) * decisions + decision] = n as f32 + remainder;
        }
        Ok((CpuStorage::F32(out), (rows + 2, decisions).into()))
    }

    fn bwd(&self, scores: &Tensor, _result: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let (rows, decisions) = scores.dims2()?;
        let found = with_floats(scores, |scores| {
            with_floats(gradient, |gradient| {
                let mut found = vec![0.0; rows * decisions];
                for decision in 0..decisions {
                    let of_decision = scores[decision..].iter().step_by(decisions).copied();
                    let n = num_units(of_decision, self.threshold);
                    let at = |row: usize| gradient[row * decisions + decision];
                    // The remainder, and with it the ponder cost, falls by what a score rises.
                    let of_remainder = at(n - 1) + at(rows + 1);
                    for unit in 0..n - 1 {
                        found[unit * decisions + decision] = at(unit) - of_remainder;
                    }
                }
                Ok(found)
            })
        })?;
        Ok(Some(Tensor::from_vec(found, scores.shape(), scores.device())?))
    }
}

//! Batch norm by the batch's own moments, with the activation that follows.

use std::sync::{Arc, Mutex, OnceLock};

use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor};

use super::{Norm, Statistics, floats, grid_of, statistics, with_floats};
use crate::engine::Grid;
use crate::engine::training::{Dense, Lines, Moments, NormParameters, Normed, View};

struct Normalize {
    dense: Dense,
    epsilon: f32,
    slope: f32,
    found: Arc<OnceLock<Moments>>,
    /// For the way back.
    normed: Mutex<Option<Normed>>,
}

pub(super) fn apply(dense: &Dense, x: &Tensor, norm: &Norm) -> Result<(Tensor, Statistics)> {
    let found = Arc::new(OnceLock::new());
    let op = Normalize {
        dense: dense.clone(),
        epsilon: norm.epsilon,
        slope: norm.slope,
        found: Arc::clone(&found),
        normed: Mutex::default(),
    };
    let y = x.contiguous()?.apply_op3(&norm.gamma, &norm.beta, op)?;
    let Some(moments) = found.get() else { candle_core::bail!("a norm found no moments") };
    Ok((y, statistics(moments)?))
}

impl CustomOp3 for Normalize {
    fn name(&self) -> &'static str {
        "normalize"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        gamma: &CpuStorage,
        gamma_layout: &Layout,
        beta: &CpuStorage,
        beta_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (images, height, width, _) = x_layout.shape().dims4()?;
        let x = View::plain(floats(x, x_layout)?, Grid { images, height, width });
        let (gamma, beta) = (floats(gamma, gamma_layout)?, floats(beta, beta_layout)?);
        let norm = NormParameters { gamma, beta, epsilon: self.epsilon, slope: self.slope };
        let moments = self.found.get_or_init(|| self.dense.moments(x));
        let normed = self.dense.normed(&norm, moments.clone(), x);
        let values = self.dense.unframed(&normed.values);
        keep(&self.normed, normed);
        Ok((CpuStorage::F32(values), x_layout.shape().clone()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        gamma: &Tensor,
        beta: &Tensor,
        _result: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (grid, on, channels) = (grid_of(x)?, x.device(), gamma.dim(0)?);
        let normed = kept(&self.normed, self.name())?;
        let (gamma, beta) = (gamma.to_vec1::<f32>()?, beta.to_vec1::<f32>()?);
        let norm = NormParameters { gamma: &gamma, beta: &beta, epsilon: self.epsilon, slope: self.slope };
        let mut values = vec![0.0; grid.rows() * channels];
        let found = with_floats(x, |floats| {
            let x = View::plain(floats, grid);
            with_floats(gradient, |gradient| {
                let gradient = View::plain(gradient, grid);
                let found = self.dense.norm_gradient(&norm, &normed, x, gradient);
                let out = (&Lines::plain(grid, channels), values.as_mut_slice());
                self.dense.norm_input_gradient(&found, &normed, &norm, (x, gradient), out, |_, _| ());
                Ok(found)
            })
        })?;
        Ok((
            Some(Tensor::from_vec(values, x.shape(), on)?),
            Some(Tensor::from_vec(found.gamma, channels, on)?),
            Some(Tensor::from_vec(found.beta, channels, on)?),
        ))
    }
}

/// Keeps what the way back needs.
pub(super) fn keep<T>(cell: &Mutex<Option<T>>, value: T) {
    *cell.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(value);
}

/// What was kept; a gradient is asked for once.
pub(super) fn kept<T>(cell: &Mutex<Option<T>>, name: &str) -> Result<T> {
    let kept = cell.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
    match kept {
        Some(kept) => Ok(kept),
        None => candle_core::bail!("the gradient of {name} was asked for twice"),
    }
}

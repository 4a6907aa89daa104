//! A convolution with a bias.

use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor};

use super::{floats, grid_of, with_floats};
use crate::engine::training::{Dense, View, Weights};
use crate::engine::{Grid, Window};

struct Convolve {
    dense: Dense,
    window: Window,
    leads_on: bool,
}

pub(super) fn apply(
    dense: &Dense,
    x: &Tensor,
    weights: &Tensor,
    bias: &Tensor,
    window: Window,
    leads_on: bool,
) -> Result<Tensor> {
    x.contiguous()?.apply_op3(weights, bias, Convolve { dense: dense.clone(), window, leads_on })
}

fn weights_of<'a>(values: &'a [f32], dims: &[usize]) -> Weights<'a> {
    Weights { values, kernel: dims[0], inputs: dims[2], outputs: dims[3] }
}

impl Convolve {
    /// Pictures are wide apart from their frame in a 7x7 stem.
    fn border(&self) -> usize {
        (self.window.kernel / 2).max(1)
    }
}

impl CustomOp3 for Convolve {
    fn name(&self) -> &'static str {
        "convolve"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        weights: &CpuStorage,
        weights_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (images, height, width, _) = x_layout.shape().dims4()?;
        let grid = Grid { images, height, width };
        let weights = weights_of(floats(weights, weights_layout)?, weights_layout.dims());
        let x = self.dense.framed(View::plain(floats(x, x_layout)?, grid), self.border());
        let to = grid.strided(self.window.stride);
        let out = self.dense.convolve(&weights, Some(floats(bias, bias_layout)?), self.window, &x, to);
        let values = self.dense.unframed(&out);
        Ok((CpuStorage::F32(values), (images, to.height, to.width, weights.outputs).into()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        weights: &Tensor,
        _bias: &Tensor,
        _result: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (grid, to, on) = (grid_of(x)?, grid_of(gradient)?, x.device());
        let (gradient, bias) = with_floats(gradient, |g| Ok(self.dense.masked(View::plain(g, to), None)))?;
        let outputs = weights.dim(3)?;
        let framed = with_floats(x, |x| Ok(self.dense.framed(View::plain(x, grid), self.border())))?;
        let to_weights = self.dense.gradient_to_weights(self.window, outputs, &framed, &gradient);
        let to_input = if self.leads_on {
            let values = with_floats(weights, |values| {
                let weights = weights_of(values, weights.dims());
                let found = self.dense.gradient_to_input(&weights, self.window, &gradient, grid);
                Ok(self.dense.unframed(&found))
            })?;
            Some(Tensor::from_vec(values, x.shape(), on)?)
        } else {
            None
        };
        let to_weights = Tensor::from_vec(to_weights, weights.shape(), on)?;
        Ok((to_input, Some(to_weights), Some(Tensor::from_vec(bias, outputs, on)?)))
    }
}

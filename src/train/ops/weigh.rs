//! A block's output, added up: states times their share of the halting distribution (paper, equation 5).

use candle_core::{CpuStorage, CustomOp2, CustomOp3, Layout, Result, Shape, Tensor};

use super::{floats, grid_of, with_floats};
use crate::engine::Grid;
use crate::engine::training::{Dense, View};

struct Weigh(Dense);

pub(super) fn apply(dense: &Dense, before: Option<&Tensor>, x: &Tensor, p: &Tensor) -> Result<Tensor> {
    let p = p.contiguous()?;
    match before {
        None => x.apply_op2(&p, Weigh(dense.clone())),
        Some(before) => x.apply_op3(&p, before, Weigh(dense.clone())),
    }
}

/// One weight a position, from one a position or one an image.
fn by_position(p: &[f32], grid: Grid) -> Vec<f32> {
    let each = grid.rows() / p.len();
    p.iter().flat_map(|&p| std::iter::repeat_n(p, each)).collect()
}

impl Weigh {
    fn forward(
        &self,
        (x, x_layout): (&CpuStorage, &Layout),
        (p, p_layout): (&CpuStorage, &Layout),
        before: Option<&[f32]>,
    ) -> Result<(CpuStorage, Shape)> {
        let (images, height, width, _) = x_layout.shape().dims4()?;
        let grid = Grid { images, height, width };
        let x = View::plain(floats(x, x_layout)?, grid);
        let weights = by_position(floats(p, p_layout)?, grid);
        Ok((CpuStorage::F32(self.0.weighed(before, x, &weights)), x_layout.shape().clone()))
    }

    fn gradients(&self, x: &Tensor, p: &Tensor, gradient: &Tensor) -> Result<(Tensor, Tensor)> {
        let (grid, on) = (grid_of(x)?, x.device());
        let weights = with_floats(p, |p| Ok(by_position(p, grid)))?;
        with_floats(gradient, |gradient| {
            let gradient = View::plain(gradient, grid);
            let to_x = self.0.weighed(None, gradient, &weights);
            let products = with_floats(x, |x| Ok(self.0.products(View::plain(x, grid), gradient)))?;
            let each = grid.rows() / p.elem_count();
            let to_p: Vec<f32> = products.chunks_exact(each).map(|image| image.iter().sum()).collect();
            Ok((Tensor::from_vec(to_x, x.shape(), on)?, Tensor::from_vec(to_p, p.shape(), on)?))
        })
    }
}

impl CustomOp2 for Weigh {
    fn name(&self) -> &'static str {
        "weigh"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        p: &CpuStorage,
        p_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        self.forward((x, x_layout), (p, p_layout), None)
    }

    fn bwd(
        &self,
        x: &Tensor,
        p: &Tensor,
        _result: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let (to_x, to_p) = self.gradients(x, p, gradient)?;
        Ok((Some(to_x), Some(to_p)))
    }
}

impl CustomOp3 for Weigh {
    fn name(&self) -> &'static str {
        "weigh and add"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        p: &CpuStorage,
        p_layout: &Layout,
        before: &CpuStorage,
        before_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        self.forward((x, x_layout), (p, p_layout), Some(floats(before, before_layout)?))
    }

    fn bwd(
        &self,
        x: &Tensor,
        p: &Tensor,
        _before: &Tensor,
        _result: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (to_x, to_p) = self.gradients(x, p, gradient)?;
        Ok((Some(to_x), Some(to_p), Some(gradient.clone())))
    }
}

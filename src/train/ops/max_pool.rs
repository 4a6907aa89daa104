//! The maximum of 3x3 windows, two positions apart: what follows the ImageNet network's stem.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};

use super::{floats, with_floats};
use crate::engine::{Grid, Window};

const KERNEL: usize = 3;
const STRIDE: usize = 2;

struct MaxPool;

pub(super) fn apply(x: &Tensor) -> Result<Tensor> {
    x.contiguous()?.apply_op1(MaxPool)
}

/// For every float of the result, where in `x` the largest of its window is: the first, if there are several.
fn largest(x: &[f32], grid: Grid, channels: usize) -> Vec<usize> {
    let (to, window) = (grid.strided(STRIDE), Window::same(KERNEL, STRIDE, grid));
    let mut places = Vec::with_capacity(to.rows() * channels);
    for row in 0..to.rows() as u32 {
        let (image, y, x_to) = to.split(row);
        let first = |at: usize, pad: usize| (at * STRIDE).saturating_sub(pad);
        let end = |at: usize, pad: usize, size: usize| (at * STRIDE + KERNEL - pad).min(size);
        for channel in 0..channels {
            let lines = first(y, window.pad_y)..end(y, window.pad_y, grid.height);
            let columns = first(x_to, window.pad_x)..end(x_to, window.pad_x, grid.width);
            let all = lines.flat_map(|y| columns.clone().map(move |x| (y, x)));
            let at =
                |(y, x): (usize, usize)| ((image * grid.height + y) * grid.width + x) * channels + channel;
            let best = all.map(at).reduce(|best, place| if x[place] > x[best] { place } else { best });
            places.extend(best);
        }
    }
    places
}

impl CustomOp1 for MaxPool {
    fn name(&self) -> &'static str {
        "max pool"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (images, height, width, channels) = layout.shape().dims4()?;
        let grid = Grid { images, height, width };
        let (x, to) = (floats(storage, layout)?, grid.strided(STRIDE));
        let out = largest(x, grid, channels).into_iter().map(|place| x[place]).collect();
        Ok((CpuStorage::F32(out), (images, to.height, to.width, channels).into()))
    }

    fn bwd(&self, x: &Tensor, _result: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let (images, height, width, channels) = x.dims4()?;
        let found = with_floats(x, |values| {
            let places = largest(values, Grid { images, height, width }, channels);
            let mut found = vec![0.0; values.len()];
            with_floats(gradient, |gradient| {
                places.into_iter().zip(gradient).for_each(|(place, g)| found[place] += g);
                Ok(())
            })?;
            Ok(found)
        })?;
        Ok(Some(Tensor::from_vec(found, x.shape(), x.device())?))
    }
}

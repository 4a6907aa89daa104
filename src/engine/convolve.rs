//! Convolution on a CPU: taps are gathered and multiplied piece by piece, each piece in the cache of one thread.

use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape};
use gemm::Parallelism;
use rayon::prelude::*;

use super::cpu::{Affine, matrix};
use super::rows::{OUTSIDE, Rows, Window};

/// Floats of gathered taps in a piece: they should still be in the cache when they are multiplied.
const PIECE: usize = 1 << 16;
/// Rows below which a piece would spend its time on packing the weights.
const LEAST_ROWS: usize = 96;

/// `x` times weights `[depth, outputs]` with the affine step behind, where a row of the product is made of the window's
/// taps at a target row, or is a row of `x` itself.
pub struct Convolve<'a> {
    /// The rows that `x` holds, the targets, and the window; `None` for a 1x1 convolution of every row of `x`.
    pub taps: Option<(&'a Rows, &'a Rows, Window)>,
    pub after: &'a Affine,
}

impl CustomOp2 for Convolve<'_> {
    fn name(&self) -> &'static str {
        "convolve rows"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        weights: &CpuStorage,
        weights_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (x, inputs) = matrix(x, x_layout)?;
        let (weights, outputs) = matrix(weights, weights_layout)?;
        let depth = weights.len() / outputs;
        let rows = self.taps.map_or(x.len() / inputs, |(_, targets, _)| targets.len());

        let most = (PIECE / depth).max(LEAST_ROWS);
        let pieces = rows.div_ceil(most).max(1);
        let piece = rows.div_ceil(pieces).max(1);
        // A lone piece is shared out inside the product instead.
        let parallelism =
            if pieces == 1 { Parallelism::Rayon(rayon::current_num_threads()) } else { Parallelism::None };

        let mut product = vec![0.0; rows * outputs];
        let fill = |gathered: &mut Vec<f32>, (index, out): (usize, &mut [f32])| {
            let rows = index * piece..index * piece + out.len() / outputs;
            let left = match self.taps {
                None => &x[rows.start * depth..rows.end * depth],
                Some((source, targets, window)) => {
                    gathered.clear();
                    for tap in source.taps(&targets.as_slice()[rows], window) {
                        match tap {
                            OUTSIDE => gathered.resize(gathered.len() + inputs, 0.0),
                            tap => gathered.extend_from_slice(&x[tap as usize * inputs..][..inputs]),
                        }
                    }
                    gathered
                }
            };
            multiply(left, weights, out, outputs, parallelism);
            out.chunks_exact_mut(outputs).for_each(|row| self.after.apply(row));
        };
        product.par_chunks_mut(piece * outputs).enumerate().for_each_init(Vec::new, fill);
        Ok((CpuStorage::F32(product), Shape::from((rows, outputs))))
    }
}

/// `out = left * right`, all row-major: `[rows, depth]` times `[depth, columns]`.
fn multiply(left: &[f32], right: &[f32], out: &mut [f32], columns: usize, parallelism: Parallelism) {
    let (rows, depth) = (out.len() / columns, right.len() / columns);
    assert!(left.len() == rows * depth && right.len() == depth * columns && out.len() == rows * columns);
    #[expect(unsafe_code, reason = "gemm takes pointers; the assertion above holds them to their slices")]
    // SAFETY: each matrix lies within its slice, contiguous and row by row, and `out` overlaps neither of the others.
    unsafe {
        gemm::gemm(
            rows,
            columns,
            depth,
            out.as_mut_ptr(),
            1,
            columns as isize,
            false,
            left.as_ptr(),
            1,
            depth as isize,
            right.as_ptr(),
            1,
            columns as isize,
            0.0,
            1.0,
            false,
            false,
            false,
            parallelism,
        );
    }
}

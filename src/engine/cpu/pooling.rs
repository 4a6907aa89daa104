//! Pooling of whole states.
#![expect(unsafe_code, reason = "threads write lines of one matrix")]

use super::Cpu;
use super::matrix::Matrix;
use super::shared::Shared;
use crate::engine::{Grid, Window};

/// Goes over every row of a pooled matrix with the rows of `x` inside its window.
fn pool(
    cpu: &Cpu,
    x: &Matrix,
    out: &mut Matrix,
    window: Window,
    row: impl Fn(&mut [f32], &mut dyn Iterator<Item = &[f32]>) + Sync,
) {
    let grid = out.grid;
    let Window { kernel, stride, pad_y, pad_x } = window;
    let (out_stride, channels) = (out.stride, out.channels);
    let places: Vec<usize> = (0..grid.images * grid.height)
        .map(|line| out.place(line / grid.height, line % grid.height, 0) * out_stride)
        .collect();
    let values = Shared::new(&mut out.values);
    cpu.each(places.len(), |line| {
        let (image, y) = (line / grid.height, line % grid.height);
        let lines = (y * stride).saturating_sub(pad_y)..(y * stride + kernel - pad_y).min(x.grid.height);
        for column in 0..grid.width {
            // SAFETY: every line is one task's.
            let to = unsafe { values.slice(places[line] + column * out_stride, channels) };
            let columns =
                (column * stride).saturating_sub(pad_x)..(column * stride + kernel - pad_x).min(x.grid.width);
            let mut taps =
                lines.clone().flat_map(|y| columns.clone().map(move |x| (y, x))).map(|(from_y, from_x)| {
                    let start = x.place(image, from_y, from_x) * x.stride;
                    &x.values[start..start + x.channels]
                });
            row(to, &mut taps);
        }
    });
}

/// 3x3 with stride 2, TensorFlow's SAME; what lies outside never wins.
pub fn max_pool(cpu: &Cpu, x: &Matrix, grid: Grid) -> Matrix {
    let window = Window::same(3, 2, grid);
    let mut out = Matrix::new(&cpu.pool, grid.strided(2), x.channels, 1);
    pool(cpu, x, &mut out, window, |to, taps| {
        to.fill(f32::NEG_INFINITY);
        for tap in taps {
            to.iter_mut().zip(tap).for_each(|(to, x)| *to = to.max(*x));
        }
    });
    out
}

/// The average over what exists of `stride` x `stride` positions, between `more` channels of zeros.
pub fn pool_and_pad(cpu: &Cpu, x: &Matrix, grid: Grid, stride: usize, more: usize) -> Matrix {
    let window = Window { kernel: stride, stride, pad_y: 0, pad_x: 0 };
    let mut out = Matrix::new(&cpu.pool, grid.strided(stride), x.channels + more, 1);
    pool(cpu, x, &mut out, window, |to, taps| {
        to.fill(0.0);
        let inside = &mut to[more / 2..more / 2 + x.channels];
        let mut count = 0.0;
        for tap in taps {
            inside.iter_mut().zip(tap).for_each(|(to, x)| *to += x);
            count += 1.0;
        }
        inside.iter_mut().for_each(|to| *to *= 1.0 / count);
    });
    out
}

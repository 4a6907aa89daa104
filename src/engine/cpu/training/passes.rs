//! What goes over a state once beside norms: frames, masks, weights of positions, pooled shortcuts.

use super::{Dense, Lines, View};
use crate::engine::cpu::matrix::Matrix;
use crate::engine::cpu::shared::Shared;
use crate::engine::rows::Grid;

impl Dense {
    /// `x` in a frame of zeros.
    pub fn framed(&self, x: View<'_>, border: usize) -> Matrix {
        let mut out = self.matrix(x.lines.grid, x.lines.channels, border);
        self.each_line(&mut out, |line, to| to.copy_from_slice(x.line(line)));
        out
    }

    /// A matrix as a plain list.
    pub fn unframed(&self, x: &Matrix) -> Vec<f32> {
        let (from, lines) = (View::of(x), Lines::plain(x.grid, x.channels));
        let mut out = vec![0.0; x.grid.rows() * x.channels];
        self.each_line_of(&lines, &mut out, |line, to| to.copy_from_slice(from.line(line)));
        out
    }

    /// Adds a state to a matrix.
    pub fn add(&self, to: &mut Matrix, x: View<'_>) {
        self.each_line(to, |line, to| to.iter_mut().zip(x.line(line)).for_each(|(to, x)| *to += x));
    }

    /// `shortcut + mask * branch` at every position, as a plain list; no mask is a mask of ones.
    pub fn residual(&self, shortcut: View<'_>, branch: View<'_>, mask: Option<&[f32]>) -> Vec<f32> {
        let Lines { grid, channels, .. } = shortcut.lines;
        let lines = Lines::plain(grid, channels);
        let mut out = vec![0.0; grid.rows() * channels];
        self.each_line_of(&lines, &mut out, |line, to| {
            let (shortcut, branch) = (shortcut.line(line), branch.line(line));
            let Some(mask) = mask else {
                to.iter_mut().zip(shortcut).zip(branch).for_each(|((to, s), b)| *to = s + b);
                return;
            };
            let rows = to.chunks_exact_mut(channels).zip(shortcut.chunks_exact(channels));
            let mask = &mask[line * grid.width..][..grid.width];
            for (((to, shortcut), branch), &mask) in rows.zip(branch.chunks_exact(channels)).zip(mask) {
                to.iter_mut().zip(shortcut).zip(branch).for_each(|((to, s), b)| *to = s + mask * b);
            }
        });
        out
    }

    /// `mask * gradient` in a frame, its channels padded with zeros, and its sum over all positions.
    pub fn masked(&self, gradient: View<'_>, mask: Option<&[f32]>) -> (Matrix, Vec<f32>) {
        let Lines { grid, channels, .. } = gradient.lines;
        let padded = self.padded(channels);
        let mut out = self.matrix(grid, padded, 1);
        let target = Lines::of_matrix(&out);
        let values = Shared::new(&mut out.values);
        let parts = self.sums(&gradient.lines, |line, [sum]| {
            let range = target.range(line);
            #[expect(unsafe_code, reason = "threads write one matrix together")]
            // SAFETY: every line is one task's.
            let to = unsafe { values.slice(range.start, range.len()) };
            let from = gradient.line(line);
            if mask.is_none() && padded == channels {
                to.copy_from_slice(from);
            } else {
                for (x, (from, to)) in
                    from.chunks_exact(channels).zip(to.chunks_exact_mut(padded)).enumerate()
                {
                    let mask = mask.map_or(1.0, |mask| mask[line * grid.width + x]);
                    to.iter_mut().zip(from).for_each(|(to, g)| *to = mask * g);
                    to[channels..].fill(0.0);
                }
            }
            for (sum, row) in sum.chunks_exact_mut(channels).zip(to.chunks_exact(padded)) {
                sum.iter_mut().zip(row).for_each(|(sum, g)| *sum += g);
            }
        });
        let sum = |channel: usize| parts.iter().map(|[part]| f64::from(part[channel])).sum::<f64>() as f32;
        let sums = (0..channels).map(sum).collect();
        (out, sums)
    }

    /// `before + weights * x` at every position; without `before`, `weights * x`.
    pub fn weighed(&self, before: Option<&[f32]>, x: View<'_>, weights: &[f32]) -> Vec<f32> {
        let Lines { grid, channels, .. } = x.lines;
        let lines = Lines::plain(grid, channels);
        let mut out = vec![0.0; grid.rows() * channels];
        self.each_line_of(&lines, &mut out, |line, to| {
            let weights = &weights[line * grid.width..][..grid.width];
            let rows = to.chunks_exact_mut(channels).zip(x.line(line).chunks_exact(channels)).zip(weights);
            match before {
                None => rows.for_each(|((to, x), weight)| {
                    to.iter_mut().zip(x).for_each(|(to, x)| *to = weight * x);
                }),
                Some(before) => {
                    let before = before[lines.range(line)].chunks_exact(channels);
                    for (((to, x), weight), before) in rows.zip(before) {
                        to.iter_mut().zip(x).zip(before).for_each(|((to, x), b)| *to = b + weight * x);
                    }
                }
            }
        });
        out
    }

    /// The product of two rows at every position.
    pub fn products(&self, a: View<'_>, b: View<'_>) -> Vec<f32> {
        let Lines { grid, channels, .. } = a.lines;
        let mut out = vec![0.0; grid.rows()];
        self.each_line_of(&Lines::plain(grid, 1), &mut out, |line, to| {
            let rows = a.line(line).chunks_exact(channels).zip(b.line(line).chunks_exact(channels));
            to.iter_mut().zip(rows).for_each(|(to, (a, b))| *to = product(a, b));
        });
        out
    }

    /// Windows of `stride` x `stride` averaged over the positions that exist, and `more` channels of zeros, half before and half
    /// behind: the shortcut of a unit whose channels grow.
    pub fn pooled(&self, x: View<'_>, stride: usize, more: usize) -> Vec<f32> {
        let Lines { grid, channels, .. } = x.lines;
        let (to_grid, wide) = (grid.strided(stride), channels + more);
        let lines = Lines::plain(to_grid, wide);
        let mut out = vec![0.0; to_grid.rows() * wide];
        self.each_line_of(&lines, &mut out, |line, to| {
            for (column, to) in to.chunks_exact_mut(wide).enumerate() {
                let (window, share) = window(grid, stride, line, column);
                for (line, column) in window {
                    let row = &x.line(line)[column * channels..][..channels];
                    to[more / 2..][..channels].iter_mut().zip(row).for_each(|(to, x)| *to += share * x);
                }
            }
        });
        out
    }

    /// Adds the gradient of [`pooled`](Self::pooled) to a line of the gradient to its input.
    pub fn add_pooled_gradient(
        grid: Grid,
        (stride, more): (usize, usize),
        gradient: View<'_>,
        line: usize,
        to: &mut [f32],
    ) {
        let (wide, channels) = (gradient.lines.channels, gradient.lines.channels - more);
        let (image, y) = (line / grid.height, line % grid.height);
        let from_line = image * gradient.lines.grid.height + y / stride;
        let from = gradient.line(from_line);
        for (column, to) in to.chunks_exact_mut(channels).enumerate() {
            let (_, share) = window(grid, stride, from_line, column / stride);
            let row = &from[column / stride * wide + more / 2..][..channels];
            to.iter_mut().zip(row).for_each(|(to, g)| *to += share * g);
        }
    }
}

/// The positions of a pooling window, as line and column, and one over how many there are.
fn window(
    grid: Grid,
    stride: usize,
    line: usize,
    column: usize,
) -> (impl Iterator<Item = (usize, usize)>, f32) {
    let height = grid.height.div_ceil(stride);
    let (image, y) = (line / height, line % height);
    let lines = y * stride..((y + 1) * stride).min(grid.height);
    let columns = column * stride..((column + 1) * stride).min(grid.width);
    let share = 1.0 / (lines.len() * columns.len()) as f32;
    let places = lines.flat_map(move |y| columns.clone().map(move |x| (image * grid.height + y, x)));
    (places, share)
}

/// Sixteen sums at once, which vectors of any length can take over.
#[inline(always)]
fn product(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0f32; 16];
    let (a, a_rest) = a.as_chunks::<16>();
    let (b, b_rest) = b.as_chunks::<16>();
    for (a, b) in a.iter().zip(b) {
        for lane in 0..16 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f32>() + rest
}

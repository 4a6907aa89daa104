//! Batch norm by the batch's own moments, with the activation that follows it, and its gradients.
//!
//! A line of a grid is gone over as one long list; what belongs to a channel is repeated along it.

use super::{Dense, Lines, View};
use crate::engine::cpu::matrix::Matrix;
use crate::engine::cpu::shared::Shared;

/// What a norm learns, and what it is given.
#[derive(Clone, Copy)]
pub(crate) struct NormParameters<'a> {
    pub gamma: &'a [f32],
    pub beta: &'a [f32],
    pub epsilon: f32,
    /// Of the leaky ReLU behind the norm; 1 for none.
    pub slope: f32,
}

/// Mean and variance of every channel over all positions of all images.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Moments {
    pub mean: Vec<f32>,
    pub variance: Vec<f32>,
    /// Each image's channels summed over its positions, `[images, channels]`.
    pub image_sums: Vec<f32>,
}

/// A norm's result, and what its gradient needs of the way there.
pub(crate) struct Normed {
    pub moments: Moments,
    pub values: Matrix,
}

/// Gradients of a norm. That to its input is `scale * d + slope * x + shift` of each channel, `d` being the gradient before
/// the activation.
pub(crate) struct NormGradient {
    pub gamma: Vec<f32>,
    pub beta: Vec<f32>,
    scale: Vec<f32>,
    of_input: Vec<f32>,
    shift: Vec<f32>,
}

/// What belongs to a channel, for every float of a line.
pub(super) fn along(lines: &Lines, channels: &[f32]) -> Vec<f32> {
    channels.repeat(lines.grid.width)
}

impl Moments {
    fn inverse_deviation(&self, epsilon: f32) -> impl Iterator<Item = f32> + '_ {
        self.variance
            .iter()
            .map(move |variance| (f64::from(*variance) + f64::from(epsilon)).sqrt().recip() as f32)
    }

    /// The norm as `x * scale + shift`.
    fn affine(&self, norm: &NormParameters<'_>) -> (Vec<f32>, Vec<f32>) {
        let scale: Vec<f32> = self
            .inverse_deviation(norm.epsilon)
            .zip(norm.gamma)
            .map(|(inverse, gamma)| inverse * gamma)
            .collect();
        let shift = norm.beta.iter().zip(&self.mean).zip(&scale);
        let shift = shift.map(|((beta, mean), scale)| beta - mean * scale).collect();
        (scale, shift)
    }
}

// A function of its own for each loop: that its lists do not overlap is known of arguments alone, and lets the compiler
// use vectors.

#[inline(always)]
fn add_moments(sums: &mut [f32], squares: &mut [f32], x: &[f32], centres: &[f32]) {
    let length = sums.len();
    let (squares, x, centres) = (&mut squares[..length], &x[..length], &centres[..length]);
    for i in 0..length {
        let x = x[i] - centres[i];
        sums[i] += x;
        squares[i] += x * x;
    }
}

#[inline(always)]
fn norm_line(to: &mut [f32], x: &[f32], scale: &[f32], shift: &[f32], slope: f32) {
    let length = to.len();
    let (x, scale, shift) = (&x[..length], &scale[..length], &shift[..length]);
    for i in 0..length {
        let y = x[i] * scale[i] + shift[i];
        to[i] = if y > 0.0 { y } else { slope * y };
    }
}

#[inline(always)]
fn add_products(plain: &mut [f32], scaled: &mut [f32], [x, y, g, mean]: [&[f32]; 4], slope: f32) {
    let length = plain.len();
    let (scaled, x, y, g, mean) =
        (&mut scaled[..length], &x[..length], &y[..length], &g[..length], &mean[..length]);
    for i in 0..length {
        let d = g[i] * if y[i] > 0.0 { 1.0 } else { slope };
        plain[i] += d;
        scaled[i] += d * (x[i] - mean[i]);
    }
}

#[inline(always)]
fn input_gradient_line(
    to: &mut [f32],
    [x, y, g]: [&[f32]; 3],
    [scale, of_input, shift]: [&[f32]; 3],
    slope: f32,
) {
    let length = to.len();
    let (x, y, g) = (&x[..length], &y[..length], &g[..length]);
    let (scale, of_input, shift) = (&scale[..length], &of_input[..length], &shift[..length]);
    for i in 0..length {
        let d = g[i] * if y[i] > 0.0 { 1.0 } else { slope };
        to[i] = scale[i] * d + (of_input[i] * x[i] + shift[i]);
    }
}

impl Dense {
    /// Sums, per channel and task, of what `terms` makes of each line: `N` sums a float.
    pub(super) fn sums<const N: usize>(
        &self,
        lines: &Lines,
        terms: impl Fn(usize, [&mut [f32]; N]) + Sync,
    ) -> Vec<[Vec<f32>; N]> {
        let (length, channels) = (lines.grid.width * lines.channels, lines.channels);
        let mut parts = vec![0.0; lines.chunks() * N * channels];
        let shared = Shared::new(&mut parts);
        self.each_chunk(lines, |index, chunk| {
            let mut sums = vec![0.0; N * length];
            for line in chunk {
                let mut rest = sums.as_mut_slice();
                let each = std::array::from_fn(|_| {
                    let (sum, others) = std::mem::take(&mut rest).split_at_mut(length);
                    rest = others;
                    sum
                });
                terms(line, each);
            }
            #[expect(unsafe_code, reason = "threads write one list together")]
            // SAFETY: every task has its own part.
            let part = unsafe { shared.slice(index * N * channels, N * channels) };
            for (part, sums) in part.chunks_exact_mut(channels).zip(sums.chunks_exact(length)) {
                for row in sums.chunks_exact(channels) {
                    part.iter_mut().zip(row).for_each(|(part, value)| *part += value);
                }
            }
        });
        parts
            .chunks_exact(N * channels)
            .map(|part| std::array::from_fn(|n| part[n * channels..(n + 1) * channels].to_vec()))
            .collect()
    }

    /// The moments of `x`; the variance is the population's.
    pub fn moments(&self, x: View<'_>) -> Moments {
        let lines = &x.lines;
        // Squares are summed about the first position's values, which are near the mean where it is far from zero.
        let centre = x.line(0)[..lines.channels].to_vec();
        let centres = along(lines, &centre);
        let parts = self.sums(lines, |line, [sum, squares]| {
            add_moments(sum, squares, x.line(line), &centres);
        });
        let (count, positions) = (lines.grid.rows() as f64, lines.grid.positions() as f64);
        let mut image_sums = Vec::with_capacity(lines.grid.images * lines.channels);
        let (mut sums, mut squares) = (vec![0.0f64; lines.channels], vec![0.0f64; lines.channels]);
        for image in parts.chunks(lines.chunks_an_image()) {
            for channel in 0..lines.channels {
                let sum: f64 = image.iter().map(|[sum, _]| f64::from(sum[channel])).sum();
                sums[channel] += sum;
                squares[channel] += image.iter().map(|[_, square]| f64::from(square[channel])).sum::<f64>();
                image_sums.push((sum + positions * f64::from(centre[channel])) as f32);
            }
        }
        let mean = sums.iter().zip(&centre).map(|(sum, centre)| (sum / count + f64::from(*centre)) as f32);
        let variance = sums.iter().zip(&squares).map(|(sum, square)| {
            let mean = sum / count;
            (square / count - mean * mean).max(0.0) as f32
        });
        Moments { mean: mean.collect(), variance: variance.collect(), image_sums }
    }

    /// The norm of `x`, which has these moments, and the activation.
    pub fn normed(&self, norm: &NormParameters<'_>, moments: Moments, x: View<'_>) -> Normed {
        let (scale, shift) = moments.affine(norm);
        let (scale, shift) = (along(&x.lines, &scale), along(&x.lines, &shift));
        let mut values = self.matrix(x.lines.grid, x.lines.channels, 1);
        let slope = norm.slope;
        self.each_line(&mut values, |line, to| {
            norm_line(to, x.line(line), &scale, &shift, slope);
        });
        Normed { moments, values }
    }

    /// Writes every line of a matrix.
    pub(super) fn each_line(&self, into: &mut Matrix, work: impl Fn(usize, &mut [f32]) + Sync) {
        let lines = Lines::of_matrix(into);
        self.each_line_of(&lines, &mut into.values, work);
    }

    /// Writes every line of `values`.
    pub(super) fn each_line_of(
        &self,
        lines: &Lines,
        values: &mut [f32],
        work: impl Fn(usize, &mut [f32]) + Sync,
    ) {
        let shared = Shared::new(values);
        self.each_chunk(lines, |_, chunk| {
            for line in chunk {
                let range = lines.range(line);
                #[expect(unsafe_code, reason = "threads write one matrix together")]
                // SAFETY: every line is one task's.
                let to = unsafe { shared.slice(range.start, range.len()) };
                work(line, to);
            }
        });
    }

    /// Gradients of a norm, given what went in, what came out and the gradient to that.
    pub fn norm_gradient(
        &self,
        norm: &NormParameters<'_>,
        normed: &Normed,
        x: View<'_>,
        gradient: View<'_>,
    ) -> NormGradient {
        let (lines, slope) = (&x.lines, norm.slope);
        let y = View::of(&normed.values);
        let mean = along(lines, &normed.moments.mean);
        let parts = self.sums(lines, |line, [plain, scaled]| {
            add_products(plain, scaled, [x.line(line), y.line(line), gradient.line(line), &mean], slope);
        });
        let total =
            |n: usize, channel: usize| parts.iter().map(|part| f64::from(part[n][channel])).sum::<f64>();
        let count = lines.grid.rows() as f64;
        let mut all =
            NormGradient { gamma: vec![], beta: vec![], scale: vec![], of_input: vec![], shift: vec![] };
        let moments = &normed.moments;
        for (channel, inverse) in moments.inverse_deviation(norm.epsilon).enumerate() {
            let (plain, scaled, inverse) = (total(0, channel), total(1, channel), f64::from(inverse));
            let scale = f64::from(norm.gamma[channel]) * inverse;
            let of_input = -scale * inverse * inverse * scaled / count;
            let shift = -scale * plain / count - of_input * f64::from(moments.mean[channel]);
            all.gamma.push((scaled * inverse) as f32);
            all.beta.push(plain as f32);
            all.scale.push(scale as f32);
            all.of_input.push(of_input as f32);
            all.shift.push(shift as f32);
        }
        all
    }

    /// The gradient to the norm's input, line by line; `and` adds to what is to be written.
    pub fn norm_input_gradient(
        &self,
        found: &NormGradient,
        normed: &Normed,
        norm: &NormParameters<'_>,
        (x, gradient): (View<'_>, View<'_>),
        (lines, out): (&Lines, &mut [f32]),
        and: impl Fn(usize, &mut [f32]) + Sync,
    ) {
        let (y, slope) = (View::of(&normed.values), norm.slope);
        let [scale, of_input, shift] =
            [&found.scale, &found.of_input, &found.shift].map(|channels| along(lines, channels));
        self.each_line_of(lines, out, |line, to| {
            let values = [x.line(line), y.line(line), gradient.line(line)];
            input_gradient_line(to, values, [&scale, &of_input, &shift], slope);
            and(line, to);
        });
    }

    /// The gradient to a matrix that was normed, in a frame, its channels padded with zeros.
    pub fn gradient_before_norm(
        &self,
        found: &NormGradient,
        normed: &Normed,
        norm: &NormParameters<'_>,
        x: View<'_>,
        gradient: &Matrix,
    ) -> Matrix {
        let (grid, channels) = (x.lines.grid, x.lines.channels);
        let mut out = self.matrix(grid, channels, 1);
        let lines = Lines::of_matrix(&out);
        let target = (&lines, &mut *out.values);
        self.norm_input_gradient(found, normed, norm, (x, View::of(gradient)), target, |_, _| ());
        if self.padded(channels) == channels { out } else { self.masked(View::of(&out), None).0 }
    }
}

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
        self.variance.iter().map(move |variance| (f64::from(*variance) + f64::from(epsilon)).sqrt().recip() as f32)
    }

    /// The norm as `x * scale + shift`.
    fn affine(&self, norm: &NormParameters<'_>) -> (Vec<f32>, Vec<f32>) {
        let scale: Vec<f32> =
            self.inverse_deviation(norm.epsilon).zip(norm.gamma).map(|(inverse, gamma)| inverse * gamma).collect();
        let shift = norm.beta.iter().zip(&self.mean).zip(&scale);
        let shift = shift.map(|((beta, mean), scale)| beta - mean * scale).collect();
        (scale, shift)
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
            for (((sum, square), &x), &centre) in sum.iter_mut().zip(squares).zip(x.line(line)).zip(&centres) {
                let x = x - centre;
                *sum += x;
                *square += x * x;
            }
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
            for (((to, &x), scale), shift) in to.iter_mut().zip(x.line(line)).zip(&scale).zip(&shift) {
                let y = x * scale + shift;
                *to = y.max(slope * y);
            }
        });
        Normed { moments, values }
    }

    /// Writes every line of a matrix.
    pub(super) fn each_line(&self, into: &mut Matrix, work: impl Fn(usize, &mut [f32]) + Sync) {
        let lines = Lines::of_matrix(into);
        self.each_line_of(&lines, &mut into.values, work);
    }

    /// Writes every line of `values`.
    pub(super) fn each_line_of(&self, lines: &Lines, values: &mut [f32], work: impl Fn(usize, &mut [f32]) + Sync) {
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
            let values = x.line(line).iter().zip(y.line(line)).zip(gradient.line(line)).zip(&mean);
            for ((plain, scaled), (((&x, &y), &g), &mean)) in plain.iter_mut().zip(scaled).zip(values) {
                let d = if y > 0.0 { g } else { slope * g };
                *plain += d;
                *scaled += d * (x - mean);
            }
        });
        let total = |n: usize, channel: usize| parts.iter().map(|part| f64::from(part[n][channel])).sum::<f64>();
        let count = lines.grid.rows() as f64;
        let mut all = NormGradient { gamma: vec![], beta: vec![], scale: vec![], of_input: vec![], shift: vec![] };
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
            let values = x.line(line).iter().zip(y.line(line)).zip(gradient.line(line));
            let norms = scale.iter().zip(&of_input).zip(&shift);
            for ((to, ((&x, &y), &g)), ((scale, of_input), shift)) in to.iter_mut().zip(values).zip(norms) {
                let d = if y > 0.0 { g } else { slope * g };
                *to = scale * d + (of_input * x + shift);
            }
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

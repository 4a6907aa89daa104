//! The local part of SACT's halting branch: norm, activation and a 3x3 convolution to one channel, and its gradients.
//!
//! Nine products a position, one a tap, are a 1x1 convolution; the taps are then added up from where they lie. Backwards the
//! gradient is laid out for the nine taps, and the same products take it to the normed state and to the weights.

use super::{Dense, Lines, Moments, NormGradient, NormParameters, Normed, View, Weights};
use crate::engine::cpu::matrix::Matrix;
use crate::engine::rows::Window;

const TAPS: usize = 9;

/// What the branch's local part predicts, and what its gradient needs.
pub(crate) struct LocalScores {
    /// What each position adds to its image's logit, `[images * height * width]`.
    pub logits: Vec<f32>,
    normed: Normed,
}

/// Gradients of the local part.
pub(crate) struct BranchGradient {
    pub norm: NormGradient,
    /// `[3, 3, channels, 1]`
    pub weights: Vec<f32>,
    /// To the normed state.
    to_normed: Matrix,
}

/// The nine taps as outputs of a 1x1 convolution: `[channels, taps]`.
fn by_tap(weights: &[f32], channels: usize) -> Vec<f32> {
    (0..channels).flat_map(|channel| (0..TAPS).map(move |tap| weights[tap * channels + channel])).collect()
}

impl Dense {
    /// `weights`: `[3, 3, channels, 1]`.
    pub fn local_scores(
        &self,
        norm: &NormParameters<'_>,
        moments: Moments,
        (weights, bias): (&[f32], f32),
        x: View<'_>,
    ) -> LocalScores {
        let Lines { grid, channels, .. } = x.lines;
        let normed = self.normed(norm, moments, x);
        let by_tap = by_tap(weights, channels);
        let taps = Weights { values: &by_tap, kernel: 1, inputs: channels, outputs: TAPS };
        let products = self.convolve(&taps, None, Window::centred(1, 1), &normed.values, grid);
        let mut logits = vec![bias; grid.rows()];
        let values = &products.values;
        self.each_line_of(&Lines::plain(grid, 1), &mut logits, |line, to| {
            for (column, to) in to.iter_mut().enumerate() {
                let corner = products.place_from_corner(line / grid.height, line % grid.height, column);
                for tap in 0..TAPS {
                    *to += values[(corner + tap / 3 * products.line() + tap % 3) * TAPS + tap];
                }
            }
        });
        LocalScores { logits, normed }
    }

    /// Gradients of the local part; `gradient`: to what each position adds to the logit.
    pub fn branch_gradient(
        &self,
        norm: &NormParameters<'_>,
        scores: &LocalScores,
        weights: &[f32],
        x: View<'_>,
        gradient: &[f32],
    ) -> BranchGradient {
        let Lines { grid, channels, .. } = x.lines;
        let padded = self.padded(TAPS);
        let framed = self.framed(View::plain(gradient, grid), 1);
        let mut taps = self.matrix(grid, padded, 1);
        self.each_line(&mut taps, |line, to| {
            let corner = framed.place_from_corner(line / grid.height, line % grid.height, 0);
            // The target that reads a position by a tap lies as far on the other side.
            let lines = [2, 1, 0].map(|y| &framed.values[corner + y * framed.line()..][..grid.width + 2]);
            for (column, to) in to.chunks_exact_mut(padded).enumerate() {
                for (line, to) in lines.iter().zip(to[..TAPS].chunks_exact_mut(3)) {
                    to.copy_from_slice(&[line[column + 2], line[column + 1], line[column]]);
                }
                to[TAPS..].fill(0.0);
            }
        });
        let by_tap = by_tap(weights, channels);
        let forward = Weights { values: &by_tap, kernel: 1, inputs: channels, outputs: TAPS };
        let to_normed = self.gradient_to_input(&forward, Window::centred(1, 1), &taps, grid);
        let found = self.gradient_to_weights(Window::centred(1, 1), TAPS, &scores.normed.values, &taps);
        let weights = (0..TAPS)
            .flat_map(|tap| (0..channels).map(move |channel| (tap, channel)))
            .map(|(tap, channel)| found[channel * TAPS + tap])
            .collect();
        let norm = self.norm_gradient(norm, &scores.normed, x, View::of(&to_normed));
        BranchGradient { norm, weights, to_normed }
    }

    /// The gradient to the branch's input; `means`, `[images, channels]`, is added to each of an image's rows.
    pub fn branch_input_gradient(
        &self,
        norm: &NormParameters<'_>,
        scores: &LocalScores,
        found: &BranchGradient,
        x: View<'_>,
        means: &[f32],
    ) -> Vec<f32> {
        let Lines { grid, channels, .. } = x.lines;
        let mut out = vec![0.0; grid.rows() * channels];
        self.norm_input_gradient(
            &found.norm,
            &scores.normed,
            norm,
            (x, View::of(&found.to_normed)),
            (&Lines::plain(grid, channels), &mut out),
            |line, to| {
                let mean = &means[line / grid.height * channels..][..channels];
                for row in to.chunks_exact_mut(channels) {
                    row.iter_mut().zip(mean).for_each(|(to, mean)| *to += mean);
                }
            },
        );
        out
    }
}

//! Convolutions of whole batches, and their gradients to input and weights.

use pulp::{Simd, WithSimd};

use super::outer::OuterTile;
use super::{Dense, Lines, View};
use crate::engine::Activation;
use crate::engine::cpu::convolve::{Packed, Step};
use crate::engine::cpu::kernel::{PANEL_VECTORS, tile_rows};
use crate::engine::cpu::matrix::{Matrix, Segments};
use crate::engine::cpu::{Lanes, shared::Shared};
use crate::engine::rows::{Grid, Window};

/// Parts of a batch whose gradients to weights are summed by themselves, and then together: as many for any number of threads.
const PARTS: usize = 8;
/// Floats of a gradient from which on fewer parts are made.
const LARGE: usize = 1 << 18;
/// Floats of source and gradient that stay in a core's first cache while every tile goes over them.
const CHUNK_FLOATS: usize = 1 << 13;

/// Weights of a convolution: `[kernel, kernel, inputs, outputs]` (HWIO).
#[derive(Clone, Copy)]
pub(crate) struct Weights<'a> {
    pub values: &'a [f32],
    pub kernel: usize,
    pub inputs: usize,
    pub outputs: usize,
}

impl Weights<'_> {
    /// The weights of the convolution that takes gradients back: taps turned round, inputs and outputs exchanged. Outputs are padded
    /// with zeros to `channels`.
    fn reversed(&self, channels: usize) -> Vec<f32> {
        let Self { values, kernel, inputs, outputs } = *self;
        let taps = kernel * kernel;
        let mut reversed = vec![0.0; taps * channels * inputs];
        for tap in 0..taps {
            let from = &values[tap * inputs * outputs..][..inputs * outputs];
            let to = &mut reversed[(taps - 1 - tap) * channels * inputs..][..channels * inputs];
            for (input, row) in from.chunks_exact(outputs).enumerate() {
                for (output, &value) in row.iter().enumerate() {
                    to[output * inputs + input] = value;
                }
            }
        }
        reversed
    }
}

impl Dense {
    /// Floats in a vector; matrices of gradients have a multiple of it as channels.
    fn lanes(&self) -> usize {
        self.cpu.arch.dispatch(Lanes)
    }

    /// Channels of a matrix that holds a gradient of so many outputs.
    pub fn padded(&self, outputs: usize) -> usize {
        outputs.next_multiple_of(self.lanes())
    }

    /// The convolution of `x`, without an activation: `grid` is what comes out.
    pub fn convolve(
        &self,
        weights: &Weights<'_>,
        bias: Option<&[f32]>,
        window: Window,
        x: &Matrix,
        grid: Grid,
    ) -> Matrix {
        let none;
        let bias = match bias {
            Some(bias) => bias,
            None => {
                none = vec![0.0; weights.outputs];
                &none
            }
        };
        let Weights { values, kernel, inputs, .. } = *weights;
        let conv = Packed::new(kernel, inputs, values, bias, Activation::NONE, self.lanes());
        let mut into = self.matrix(grid, weights.outputs, 1);
        let targets = self.all_rows(grid);
        let step = Step { conv: &conv, norm: None, window, x, targets: &targets, add: false };
        step.run(&self.cpu, &mut into);
        into
    }

    /// The gradient to what the convolution read, on `grid`. `gradient`: to its result, its channels padded with zeros.
    pub fn gradient_to_input(
        &self,
        weights: &Weights<'_>,
        window: Window,
        gradient: &Matrix,
        grid: Grid,
    ) -> Matrix {
        let values = weights.reversed(gradient.channels);
        let Window { kernel, stride, pad_y, pad_x } = window;
        let back = Window { kernel, stride: 1, pad_y: kernel - 1 - pad_y, pad_x: kernel - 1 - pad_x };
        let reversed =
            Weights { values: &values, kernel, inputs: gradient.channels, outputs: weights.inputs };
        let border = back.pad_y.max(back.pad_x).max(1);
        if stride == 1 && border <= gradient.border {
            return self.convolve(&reversed, None, back, gradient, grid);
        }
        let spread = self.spread(View::of(gradient), stride, grid, border);
        self.convolve(&reversed, None, back, &spread, grid)
    }

    /// Rows set `stride` apart among zeros.
    fn spread(&self, x: View<'_>, stride: usize, grid: Grid, border: usize) -> Matrix {
        let channels = x.lines.channels;
        let mut out = self.matrix(grid, channels, border);
        let lines = Lines::of_matrix(&out);
        let (values, height) = (Shared::new(&mut out.values), x.lines.grid.height);
        self.each_chunk(&lines, |_, chunk| {
            for line in chunk {
                let range = lines.range(line);
                #[expect(unsafe_code, reason = "threads write one matrix together")]
                // SAFETY: every line is one task's.
                let to = unsafe { values.slice(range.start, range.len()) };
                to.fill(0.0);
                let (image, y) = (line / grid.height, line % grid.height);
                if y % stride != 0 {
                    continue;
                }
                let from = x.line(image * height + y / stride);
                for (from, to) in from.chunks_exact(channels).zip(to.chunks_mut(stride * channels)) {
                    to[..channels].copy_from_slice(from);
                }
            }
        });
        out
    }

    /// The gradient to the weights, HWIO with the gradient's padded channels as outputs cut off again: `x` is what the convolution
    /// read, `gradient` that to its result.
    pub fn gradient_to_weights(
        &self,
        window: Window,
        outputs: usize,
        x: &Matrix,
        gradient: &Matrix,
    ) -> Vec<f32> {
        let (grid, columns) = (gradient.grid, gradient.channels);
        let rows = window.kernel * window.kernel * x.channels;
        assert!(x.grid.strided(window.stride) == grid && x.grid.images == grid.images);
        assert!(columns.is_multiple_of(self.lanes()) && window.pad_y.max(window.pad_x) <= x.border);
        let parts = if rows * columns > LARGE { 2 } else { PARTS }.min(grid.images);
        let mut sums = vec![0.0; parts * rows * columns];
        let shared = Shared::new(&mut sums);
        self.cpu.each(parts, |part| {
            #[expect(unsafe_code, reason = "threads write one list together")]
            // SAFETY: every part has its own sums.
            let sums = unsafe { shared.slice(part * rows * columns, rows * columns) };
            let images = part * grid.images / parts..(part + 1) * grid.images / parts;
            self.cpu.arch.dispatch(Part { window, x, gradient, images, sums });
        });
        let (first, others) = sums.split_at_mut(rows * columns);
        for part in others.chunks_exact(rows * columns) {
            first.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
        }
        first.chunks_exact(columns).flat_map(|row| &row[..outputs]).copied().collect()
    }
}

/// Some images' part of a gradient to weights.
struct Part<'a> {
    window: Window,
    x: &'a Matrix,
    gradient: &'a Matrix,
    images: std::ops::Range<usize>,
    sums: &'a mut [f32],
}

impl WithSimd for Part<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { window, x, gradient, images, sums } = self;
        let Window { kernel, stride, pad_y, pad_x } = window;
        let (grid, columns) = (gradient.grid, gradient.channels);
        let segments = Segments::new(x, kernel);
        let tiles = segments.length.div_ceil(tile_rows(S::F32_LANES));
        let tile = segments.length.div_ceil(tiles);
        let together = (CHUNK_FLOATS / (grid.width * (stride * x.channels + columns))).clamp(1, grid.height);
        let (mut source_starts, mut gradient_starts) =
            (Vec::with_capacity(together), Vec::with_capacity(together));
        for image in images {
            for first in (0..grid.height).step_by(together) {
                source_starts.clear();
                gradient_starts.clear();
                for y in first..(first + together).min(grid.height) {
                    let place = x.place_from_corner(image, y * stride + x.border - pad_y, x.border - pad_x);
                    source_starts.push(place * x.stride);
                    gradient_starts.push(gradient.place(image, y, 0) * columns);
                }
                for (segment, &offset) in segments.offsets().iter().enumerate() {
                    for first in (0..segments.length).step_by(tile) {
                        for column in (0..columns).step_by(PANEL_VECTORS * S::F32_LANES) {
                            let rows = tile.min(segments.length - first);
                            let vectors = ((columns - column) / S::F32_LANES).min(PANEL_VECTORS);
                            let out = (segment * segments.length + first) * columns + column;
                            OuterTile {
                                source: &x.values[offset + first..],
                                source_starts: &source_starts,
                                source_step: stride * x.stride,
                                gradient: &gradient.values[column..],
                                gradient_starts: &gradient_starts,
                                gradient_step: columns,
                                width: grid.width,
                                rows,
                                vectors,
                                out: &mut sums[out..],
                                out_stride: columns,
                            }
                            .compute(simd);
                        }
                    }
                }
            }
        }
    }
}

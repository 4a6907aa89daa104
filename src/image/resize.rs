//! Resizing as TensorFlow 1.0 did it: `src = dst * in / out`, no half-pixel offset, no antialiasing, no clipping.
//!
//! Networks were trained and evaluated behind these resizers, so their artefacts are part of the input
//! (specification, section 5). Pictures for people are resized by the `image` crate instead.

use std::ops::Range;

use rayon::prelude::*;

use super::{Input, RgbImage};

/// Which pixels along one axis make an output pixel, and how much each counts.
struct Taps<const N: usize> {
    index: [usize; N],
    weight: [f32; N],
}

/// The whole picture at `height` x `width` (at least 1 each) by legacy bicubic interpolation; values 0..255 and a
/// little beyond.
pub fn resize_bicubic(picture: &RgbImage, height: usize, width: usize) -> Input {
    let rows = cubic_taps(0..picture.height() as usize, height);
    let columns = cubic_taps(0..picture.width() as usize, width);
    resample(picture, &rows, &columns)
}

/// The part `rows` x `columns` of a picture at `height` x `width` by legacy bilinear interpolation; values 0..255.
pub(super) fn resize_bilinear(
    picture: &RgbImage,
    rows: Range<usize>,
    columns: Range<usize>,
    height: usize,
    width: usize,
) -> Input {
    resample(picture, &linear_taps(rows, height), &linear_taps(columns, width))
}

/// Separable interpolation. Output rows are independent, so only the source rows they touch are read at all, which
/// makes shrinking a large photograph cheap.
fn resample<const N: usize>(picture: &RgbImage, rows: &[Taps<N>], columns: &[Taps<N>]) -> Input {
    let row_bytes = 3 * picture.width() as usize;
    let source = picture.as_raw();
    let mut data = vec![0.0; rows.len() * columns.len() * 3];
    data.par_chunks_mut(3 * columns.len()).zip(rows).for_each(|(output, taps)| {
        for (row, row_weight) in taps.index.iter().zip(taps.weight) {
            let source = &source[row * row_bytes..][..row_bytes];
            for (pixel, column) in output.chunks_exact_mut(3).zip(columns) {
                let mut across = [0.0; 3];
                for (index, column_weight) in column.index.iter().zip(column.weight) {
                    for (sum, &value) in across.iter_mut().zip(&source[3 * index..][..3]) {
                        *sum += f32::from(value) * column_weight;
                    }
                }
                for (value, across) in pixel.iter_mut().zip(across) {
                    *value += across * row_weight;
                }
            }
        }
    });
    Input { height: rows.len(), width: columns.len(), data }
}

/// Where output pixel `output` lies in the input: the pixel before it and the way to the next, in float32 as the
/// reference counts.
fn source_position(output: usize, input_len: usize, output_len: usize) -> (usize, f32) {
    let position = output as f32 * (input_len as f32 / output_len as f32);
    (position.floor() as usize, position - position.floor())
}

fn linear_taps(input: Range<usize>, output_len: usize) -> Vec<Taps<2>> {
    (0..output_len)
        .map(|output| {
            let (before, way) = source_position(output, input.len(), output_len);
            let index = [before, before + 1].map(|index| input.start + index.min(input.len() - 1));
            Taps { index, weight: [1.0 - way, way] }
        })
        .collect()
}

fn cubic_taps(input: Range<usize>, output_len: usize) -> Vec<Taps<4>> {
    (0..output_len)
        .map(|output| {
            let (before, way) = source_position(output, input.len(), output_len);
            let index = [0, 1, 2, 3]
                .map(|tap: usize| input.start + (before + tap).saturating_sub(1).min(input.len() - 1));
            Taps { index, weight: cubic_weights(way) }
        })
        .collect()
}

/// Keys' kernel with a = -0.75 at the four neighbours, for a way in 0..1 that is rounded to 1024 steps because the
/// reference looks its coefficients up in a table of that size.
fn cubic_weights(way: f32) -> [f32; 4] {
    const A: f64 = -0.75;
    const STEPS: f64 = 1024.0;
    let way = f64::from((way * STEPS as f32).round_ties_even()) / STEPS;
    let near = |x: f64| ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0;
    let far = |x: f64| ((A * x - 5.0 * A) * x + 8.0 * A) * x - 4.0 * A;
    [far(way + 1.0), near(way), near(1.0 - way), far(2.0 - way)].map(|weight| weight as f32)
}

//! What goes over rows once: norms, weighted sums, sums by image, sums of taps.
#![expect(unsafe_code, reason = "threads write rows of one matrix, dealt out by lists of indices")]

use pulp::{Simd, WithSimd};

use super::Cpu;
use super::matrix::{Matrix, Segments};
use super::shared::Shared;
use crate::engine::Rows;

/// Floats that one task goes over: enough to be worth handing to a thread.
const TASK_FLOATS: usize = 1 << 13;

/// Products of one task of a convolution to one channel.
const TO_ONE_FLOATS: usize = 1 << 16;

/// `max(y, slope * y)` of `y = x * scale + shift`, per channel.
pub struct Norm {
    pub scale: Vec<f32>,
    pub shift: Vec<f32>,
    pub slope: f32,
}

impl Norm {
    /// Of one row, or of several that lie one behind the other.
    #[inline(always)]
    pub fn apply<S: Simd>(&self, simd: S, from: &[f32], to: &mut [f32]) {
        let slope = simd.splat_f32s(self.slope);
        let step = |x, scale, shift| {
            let y = simd.mul_add_e_f32s(x, scale, shift);
            simd.max_f32s(y, simd.mul_f32s(y, slope))
        };
        let (scale, scale_rest) = S::as_simd_f32s(&self.scale);
        let (shift, shift_rest) = S::as_simd_f32s(&self.shift);
        if let ([scale], [shift], []) = (scale, shift, scale_rest) {
            // As many channels as a vector has numbers: one long row.
            let (from, to) = (S::as_simd_f32s(from).0, S::as_mut_simd_f32s(to).0);
            to.iter_mut().zip(from).for_each(|(to, &x)| *to = step(x, *scale, *shift));
            return;
        }
        let channels = self.scale.len();
        for (from, to) in from.chunks_exact(channels).zip(to.chunks_exact_mut(channels)) {
            let (from, from_rest) = S::as_simd_f32s(from);
            let (to, to_rest) = S::as_mut_simd_f32s(to);
            for (((to, &x), &scale), &shift) in to.iter_mut().zip(from).zip(scale).zip(shift) {
                *to = step(x, scale, shift);
            }
            if !to_rest.is_empty() {
                let [x, scale, shift] =
                    [from_rest, scale_rest, shift_rest].map(|values| simd.partial_load_f32s(values));
                simd.partial_store_f32s(to_rest, step(x, scale, shift));
            }
        }
    }
}

/// Rows listed one behind the other that lie one behind the other, too.
struct Run {
    /// Index of the first in the list.
    first: usize,
    /// Its place in the framed grid.
    place: usize,
    rows: usize,
}

/// Something done to each of some rows, in any order and by any thread.
trait EachRow: Sync {
    fn run<S: Simd>(&self, simd: S, run: Run);
}

struct Part<'a, T> {
    work: &'a T,
    places: &'a [u32],
    /// Index of the first of the places.
    first: usize,
    /// Most rows in a run.
    most: usize,
}

impl<T: EachRow> WithSimd for Part<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let mut first = self.first;
        for run in self.places.chunk_by(|a, b| a + 1 == *b) {
            for part in run.chunks(self.most) {
                self.work.run(simd, Run { first, place: part[0] as usize, rows: part.len() });
                first += part.len();
            }
        }
    }
}

/// Does the work at rows of matrices with `stride` floats from row to row, `channels` of them filled.
fn each_row(cpu: &Cpu, rows: &Rows, (channels, stride): (usize, usize), work: &impl EachRow) {
    let places = rows.framed();
    let size = (TASK_FLOATS / channels).max(1);
    // Rows with gaps between them are no longer row.
    let most = if channels == stride { size } else { 1 };
    cpu.each(places.len().div_ceil(size), |task| {
        let part = task * size..((task + 1) * size).min(places.len());
        cpu.arch.dispatch(Part { work, places: &places[part.clone()], first: part.start, most });
    });
}

struct Normed<'a> {
    norm: &'a Norm,
    x: &'a Matrix,
    out: Shared<'a>,
}

impl EachRow for Normed<'_> {
    #[inline(always)]
    fn run<S: Simd>(&self, simd: S, run: Run) {
        let (start, length) = (run.place * self.x.stride, run.rows * self.x.channels);
        // SAFETY: rows are listed once each.
        let to = unsafe { self.out.slice(start, length) };
        self.norm.apply(simd, &self.x.values[start..start + length], to);
    }
}

/// The norm at some rows of `x`.
pub fn normed(cpu: &Cpu, norm: &Norm, x: &Matrix, rows: &Rows) -> Matrix {
    let mut out = Matrix::new(&cpu.pool, x.grid, x.channels, 1);
    assert!(x.border == 1 && x.grid == rows.grid() && norm.scale.len() == x.channels);
    each_row(cpu, rows, (x.channels, x.stride), &Normed { norm, x, out: Shared::new(&mut out.values) });
    out
}

struct Weighed<'a> {
    x: &'a Matrix,
    weights: &'a [f32],
    /// Replaces what is there instead of adding to it.
    replace: bool,
    out: Shared<'a>,
}

impl EachRow for Weighed<'_> {
    #[inline(always)]
    fn run<S: Simd>(&self, simd: S, run: Run) {
        let channels = self.x.channels;
        let (start, length) = (run.place * self.x.stride, run.rows * channels);
        // SAFETY: rows are listed once each.
        let to = unsafe { self.out.slice(start, length) };
        let from = &self.x.values[start..start + length];
        let zero = simd.splat_f32s(0.0);
        let weights = &self.weights[run.first..run.first + run.rows];
        for ((from, to), &weight) in
            from.chunks_exact(channels).zip(to.chunks_exact_mut(channels)).zip(weights)
        {
            let weight = simd.splat_f32s(weight);
            let (from, from_rest) = S::as_simd_f32s(from);
            let (to, to_rest) = S::as_mut_simd_f32s(to);
            for (to, &x) in to.iter_mut().zip(from) {
                *to = simd.mul_add_e_f32s(x, weight, if self.replace { zero } else { *to });
            }
            if !to_rest.is_empty() {
                let before = if self.replace { zero } else { simd.partial_load_f32s(to_rest) };
                let y = simd.mul_add_e_f32s(simd.partial_load_f32s(from_rest), weight, before);
                simd.partial_store_f32s(to_rest, y);
            }
        }
    }
}

/// Rows of `x` times their weights, added to those of `into`; without it they are the result.
pub fn weigh(cpu: &Cpu, x: &Matrix, rows: &Rows, weights: &[f32], into: Option<Matrix>) -> Matrix {
    let replace = into.is_none();
    assert!(!replace || rows.is_all());
    let mut out = into.unwrap_or_else(|| Matrix::new(&cpu.pool, x.grid, x.channels, 1));
    assert!(x.grid == out.grid && x.channels == out.channels && x.border == 1 && out.border == 1);
    assert!(x.grid == rows.grid() && weights.len() == rows.len());
    each_row(
        cpu,
        rows,
        (x.channels, x.stride),
        &Weighed { x, weights, replace, out: Shared::new(&mut out.values) },
    );
    out
}

struct Sums<'a> {
    x: &'a Matrix,
    places: &'a [u32],
    /// Slice of the channels.
    first: usize,
    sums: &'a mut [f32],
}

impl WithSimd for Sums<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let width = self.sums.len();
        let row = |place: u32| {
            S::as_simd_f32s(&self.x.values[place as usize * self.x.stride + self.first..][..width])
        };
        let (sums, sums_rest) = S::as_mut_simd_f32s(self.sums);
        // Four rows at a time: each addition to a sum waits for the one before.
        let (fours, last) = self.places.as_chunks::<4>();
        for &[a, b, c, d] in fours {
            let [a, b, c, d] = [row(a), row(b), row(c), row(d)];
            for ((((sum, &a), &b), &c), &d) in sums.iter_mut().zip(a.0).zip(b.0).zip(c.0).zip(d.0) {
                *sum = simd.add_f32s(*sum, simd.add_f32s(simd.add_f32s(a, b), simd.add_f32s(c, d)));
            }
            for (index, sum) in sums_rest.iter_mut().enumerate() {
                *sum += (a.1[index] + b.1[index]) + (c.1[index] + d.1[index]);
            }
        }
        for &place in last {
            let (a, a_rest) = row(place);
            sums.iter_mut().zip(a).for_each(|(sum, &a)| *sum = simd.add_f32s(*sum, a));
            sums_rest.iter_mut().zip(a_rest).for_each(|(sum, a)| *sum += a);
        }
    }
}

/// Adds the rows to their image's sums, `[images, channels]`.
pub fn sum_by_image(cpu: &Cpu, x: &Matrix, rows: &Rows, sums: &mut [f32]) {
    assert!(x.border == 1 && x.grid == rows.grid() && sums.len() == x.grid.images * x.channels);
    let of_image = |image: usize| &rows.framed()[rows.of_image(image)];
    // Threads take slices of the channels, so each sum is added up in the same order however many there are.
    let parts =
        (rows.len() * x.channels / TASK_FLOATS).clamp(1, x.channels.div_ceil(64)).min(4 * cpu.threads());
    let width = x.channels.div_ceil(parts).next_multiple_of(16);
    let sums = Shared::new(sums);
    cpu.each(x.channels.div_ceil(width), |part| {
        let first = part * width;
        let width = width.min(x.channels - first);
        for image in 0..x.grid.images {
            // SAFETY: parts are slices of the channels that do not meet.
            let sums = unsafe { sums.slice(image * x.channels + first, width) };
            cpu.arch.dispatch(Sums { x, places: of_image(image), first, sums });
        }
    });
}

struct ToOne<'a> {
    x: &'a Matrix,
    kernel: &'a [f32],
    places: &'a [u32],
    values: &'a mut [f32],
}

/// Targets that share each load of a weight; as many sums as it takes to hide an addition's latency.
const TOGETHER: usize = 4;

impl WithSimd for ToOne<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let taps = Segments::new(self.x, 3);
        let (places, last_places) = self.places.as_chunks::<TOGETHER>();
        let (values, last_values) = self.values.as_chunks_mut::<TOGETHER>();
        for (&places, values) in places.iter().zip(values) {
            *values = to_one(simd, self.x, &taps, self.kernel, places);
        }
        for (&place, value) in last_places.iter().zip(last_values) {
            [*value] = to_one(simd, self.x, &taps, self.kernel, [place]);
        }
    }
}

#[inline(always)]
fn to_one<S: Simd, const ROWS: usize>(
    simd: S,
    x: &Matrix,
    taps: &Segments,
    kernel: &[f32],
    places: [u32; ROWS],
) -> [f32; ROWS] {
    // From the first tap to the row itself, and as far again to the last.
    let corner = (x.line() + 1) * x.stride;
    let mut rows = [0; ROWS];
    for row in 0..ROWS {
        rows[row] = places[row] as usize * x.stride - corner;
        assert!(rows[row] + 2 * corner + x.channels <= x.values.len());
    }
    let mut sums = [simd.splat_f32s(0.0); ROWS];
    let whole = taps.length - taps.length % S::F32_LANES;
    for (offset, weights) in taps.offsets().iter().zip(kernel.chunks_exact(taps.length)) {
        let (vectors, rest) = S::as_simd_f32s(weights);
        for (index, &weights) in vectors.iter().enumerate() {
            for row in 0..ROWS {
                // SAFETY: a row's last tap ends within the matrix, as was made sure of, and this one does not end later.
                let x = unsafe {
                    x.values.as_ptr().add(rows[row] + offset).cast::<S::f32s>().add(index).read_unaligned()
                };
                sums[row] = simd.mul_add_e_f32s(x, weights, sums[row]);
            }
        }
        if !rest.is_empty() {
            let weights = simd.partial_load_f32s(rest);
            for row in 0..ROWS {
                let x = &x.values[rows[row] + offset + whole..][..rest.len()];
                sums[row] = simd.mul_add_e_f32s(simd.partial_load_f32s(x), weights, sums[row]);
            }
        }
    }
    let mut values = [0.0; ROWS];
    for row in 0..ROWS {
        values[row] = simd.reduce_sum_f32s(sums[row]);
    }
    values
}

/// The 3x3 convolution of `x` with `kernel`, HWIO with one output, at each of the targets.
pub fn convolve_to_one(cpu: &Cpu, kernel: &[f32], x: &Matrix, targets: &Rows, values: &mut [f32]) {
    assert!(x.border == 1 && x.grid == targets.grid() && kernel.len() == 9 * x.channels);
    assert!(values.len() == targets.len());
    let out = Shared::new(values);
    let size = (TO_ONE_FLOATS / kernel.len()).max(TOGETHER);
    cpu.each(targets.len().div_ceil(size), |task| {
        let part = task * size..((task + 1) * size).min(targets.len());
        // SAFETY: each target is one task's.
        let values = unsafe { out.slice(part.start, part.len()) };
        cpu.arch.dispatch(ToOne { x, kernel, places: &targets.framed()[part], values });
    });
}

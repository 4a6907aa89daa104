//! What goes over rows once: norms, weighted sums, sums by image, sums of taps.
#![expect(unsafe_code, reason = "threads write rows of one matrix, dealt out by lists of indices")]

use pulp::{Simd, WithSimd};

use super::Cpu;
use super::matrix::Matrix;
use super::shared::Shared;
use crate::engine::Rows;

/// Floats that one task goes over: enough to be worth handing to a thread.
const TASK_FLOATS: usize = 1 << 15;

/// `max(y, slope * y)` of `y = x * scale + shift`, per channel.
pub struct Norm {
    pub scale: Vec<f32>,
    pub shift: Vec<f32>,
    pub slope: f32,
}

impl Norm {
    /// Of one row.
    #[inline(always)]
    pub fn apply<S: Simd>(&self, simd: S, from: &[f32], to: &mut [f32]) {
        let slope = simd.splat_f32s(self.slope);
        let (from, from_rest) = S::as_simd_f32s(from);
        let (to, to_rest) = S::as_mut_simd_f32s(to);
        let (scale, scale_rest) = S::as_simd_f32s(&self.scale);
        let (shift, shift_rest) = S::as_simd_f32s(&self.shift);
        for (((to, &x), &scale), &shift) in to.iter_mut().zip(from).zip(scale).zip(shift) {
            let y = simd.mul_add_e_f32s(x, scale, shift);
            *to = simd.max_f32s(y, simd.mul_f32s(y, slope));
        }
        if !to_rest.is_empty() {
            let [x, scale, shift] =
                [from_rest, scale_rest, shift_rest].map(|values| simd.partial_load_f32s(values));
            let y = simd.mul_add_e_f32s(x, scale, shift);
            simd.partial_store_f32s(to_rest, simd.max_f32s(y, simd.mul_f32s(y, slope)));
        }
    }
}

/// Something done to each of some rows, in any order and by any thread.
trait EachRow: Sync {
    fn row<S: Simd>(&self, simd: S, index: usize);
}

struct Part<'a, T>(&'a T, std::ops::Range<usize>);

impl<T: EachRow> WithSimd for Part<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for index in self.1 {
            self.0.row(simd, index);
        }
    }
}

fn each_row(cpu: &Cpu, rows: usize, channels: usize, work: &impl EachRow) {
    let most = (TASK_FLOATS / channels).max(1);
    cpu.each(rows.div_ceil(most), |task| {
        let part = task * most..((task + 1) * most).min(rows);
        cpu.arch.dispatch(Part(work, part));
    });
}

struct Normed<'a> {
    norm: &'a Norm,
    x: &'a Matrix,
    rows: &'a Rows,
    out: Shared<'a>,
}

impl EachRow for Normed<'_> {
    #[inline(always)]
    fn row<S: Simd>(&self, simd: S, index: usize) {
        let start = self.rows.framed()[index] as usize * self.x.stride;
        // SAFETY: rows are listed once each.
        let to = unsafe { self.out.slice(start, self.x.channels) };
        self.norm.apply(simd, &self.x.values[start..start + self.x.channels], to);
    }
}

/// The norm at some rows of `x`.
pub fn normed(cpu: &Cpu, norm: &Norm, x: &Matrix, rows: &Rows) -> Matrix {
    let mut out = Matrix::new(&cpu.pool, x.grid, x.channels, 1);
    assert!(x.border == 1 && x.grid == rows.grid() && norm.scale.len() == x.channels);
    each_row(cpu, rows.len(), x.channels, &Normed { norm, x, rows, out: Shared::new(&mut out.values) });
    out
}

struct Weighed<'a> {
    x: &'a Matrix,
    rows: &'a Rows,
    weights: &'a [f32],
    /// Replaces what is there instead of adding to it.
    replace: bool,
    out: Shared<'a>,
}

impl EachRow for Weighed<'_> {
    #[inline(always)]
    fn row<S: Simd>(&self, simd: S, index: usize) {
        let start = self.rows.framed()[index] as usize * self.x.stride;
        let from = &self.x.values[start..start + self.x.channels];
        // SAFETY: rows are listed once each.
        let to = unsafe { self.out.slice(start, self.x.channels) };
        let weight = simd.splat_f32s(self.weights[index]);
        let zero = simd.splat_f32s(0.0);
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

/// Rows of `x` times their weights, added to those of `into`; without it they are the result.
pub fn weigh(cpu: &Cpu, x: &Matrix, rows: &Rows, weights: &[f32], into: Option<Matrix>) -> Matrix {
    let replace = into.is_none();
    let mut out = into.unwrap_or_else(|| Matrix::new(&cpu.pool, x.grid, x.channels, 1));
    assert!(x.grid == out.grid && x.channels == out.channels && x.border == 1 && out.border == 1);
    assert!(x.grid == rows.grid() && weights.len() == rows.len());
    let work = Weighed { x, rows, weights, replace, out: Shared::new(&mut out.values) };
    each_row(cpu, rows.len(), x.channels, &work);
    out
}

struct Sums<'a> {
    x: &'a Matrix,
    rows: &'a [u32],
    first: usize,
    sums: &'a mut [f32],
}

impl WithSimd for Sums<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        // Two rows at a time: one sum waits for the one before.
        let width = self.sums.len();
        let row = |place: u32| &self.x.values[place as usize * self.x.stride + self.first..][..width];
        let (sums, sums_rest) = S::as_mut_simd_f32s(self.sums);
        let (pairs, last) = self.rows.as_chunks::<2>();
        for &[a, b] in pairs {
            let ((a, a_rest), (b, b_rest)) = (S::as_simd_f32s(row(a)), S::as_simd_f32s(row(b)));
            for ((sum, &a), &b) in sums.iter_mut().zip(a).zip(b) {
                *sum = simd.add_f32s(*sum, simd.add_f32s(a, b));
            }
            sums_rest.iter_mut().zip(a_rest).zip(b_rest).for_each(|((sum, a), b)| *sum += a + b);
        }
        for &place in last {
            let (a, a_rest) = S::as_simd_f32s(row(place));
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
            cpu.arch.dispatch(Sums { x, rows: of_image(image), first, sums });
        }
    });
}

/// For each target the sum of its nine neighbours' numbers, each neighbour giving the one of its place in the window.
/// `x`: nine numbers a row at least.
pub fn sum_of_taps(x: &Matrix, targets: &Rows, sums: &mut Vec<f32>) {
    let line = x.line();
    let taps: [usize; 9] = std::array::from_fn(|tap| (tap / 3 * line + tap % 3) * x.stride + tap);
    let corner = (line + 1) * x.stride;
    sums.extend(targets.framed().iter().map(|&place| {
        let base = place as usize * x.stride - corner;
        let window = &x.values[base..=base + taps[8]];
        taps.iter().map(|&tap| window[tap]).sum::<f32>()
    }));
}

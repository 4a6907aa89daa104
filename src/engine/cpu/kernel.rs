//! The inner loop of every convolution: a tile of rows times a panel of packed weights.
//!
//! A tile keeps its sums in registers while it walks the depth once: a vector or two of weights against one broadcast
//! number of each row. Rows are read where they lie, segment by segment, so neither the taps of a 3x3 convolution nor
//! the rows of a sparse one need be copied together. Written once over vectors of any length; pulp compiles it for
//! AVX-512, AVX2, NEON and plain floats, and chooses at run time.
#![expect(unsafe_code, reason = "bounds are checked once a tile, not at each of its millions of steps")]

use pulp::{Simd, WithSimd};

use super::shared::Shared;

/// Vectors in a full panel.
pub const PANEL_VECTORS: usize = 2;
/// Rows in the largest tile on any machine.
pub const MOST_ROWS: usize = 14;

/// Rows whose sums, with a panel's vectors and a broadcast, fit the registers.
pub fn tile_rows(lanes: usize) -> usize {
    match lanes {
        16 => MOST_ROWS, // AVX-512: 32 registers
        8 => 6,          // AVX2: 16
        4 => 12,         // NEON: 32
        _ => 4,
    }
}

/// A tile of up to [`MOST_ROWS`] rows of a product, ready to be computed.
pub struct Tile<'a> {
    pub source: &'a [f32],
    /// Where each row begins in the source.
    pub bases: &'a [usize],
    /// What a row reads: so many floats in a row at each of these offsets from its base.
    pub segments: &'a [usize],
    pub segment: usize,
    /// `[segments * segment, width]`: the width is one or [`PANEL_VECTORS`] vectors.
    pub panel: &'a [f32],
    /// One value a column of the panel.
    pub bias: &'a [f32],
    /// `max(y, slope * y)` follows the bias.
    pub slope: f32,
    pub out: Shared<'a>,
    /// Where each row's result begins.
    pub starts: &'a [usize],
    /// How many of the panel's columns are wanted.
    pub columns: usize,
    /// Adds to what is there instead of replacing it.
    pub add: bool,
}

/// A tile whose size the compiler knows.
struct FixedTile<'a, const ROWS: usize, const VECTORS: usize>(Tile<'a>);

impl Tile<'_> {
    /// Computes the tile.
    ///
    /// # Safety
    /// No other thread may read or write the tile's part of `out` meanwhile.
    #[inline(always)]
    pub unsafe fn compute<S: Simd>(self, simd: S) {
        let width = self.bias.len();
        let last = self.segments.iter().fold(0, |last, &offset| last.max(offset + self.segment));
        assert!(self.bases.len() == self.starts.len() && self.bases.len() <= MOST_ROWS);
        assert!(self.columns <= width && width.is_multiple_of(S::F32_LANES));
        assert!(self.panel.len() == self.segments.len() * self.segment * width);
        let furthest = |offsets: &[usize]| offsets.iter().fold(0, |furthest, &offset| offset.max(furthest));
        assert!(furthest(self.bases) + last <= self.source.len());
        assert!(furthest(self.starts) + self.columns <= self.out.len());
        match width / S::F32_LANES {
            1 => self.sized_by_rows::<S, 1>(simd),
            vectors => {
                assert!(vectors == PANEL_VECTORS);
                self.sized_by_rows::<S, PANEL_VECTORS>(simd);
            }
        }
    }

    #[inline(always)]
    fn sized_by_rows<S: Simd, const VECTORS: usize>(self, simd: S) {
        macro_rules! by_rows {
            ($($rows:literal)*) => {
                match self.bases.len() {
                    $($rows => simd.vectorize(FixedTile::<$rows, VECTORS>(self)),)*
                    _ => {} // none: a tile is no larger than the largest
                }
            };
        }
        by_rows!(1 2 3 4 5 6 7 8 9 10 11 12 13 14);
    }
}

impl<const ROWS: usize, const VECTORS: usize> WithSimd for FixedTile<'_, ROWS, VECTORS> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self(tile) = self;
        let lanes = S::F32_LANES;
        let load = |values: *const f32| {
            // SAFETY: callers pass a pointer to at least `lanes` floats; any bits are a valid vector.
            unsafe { values.cast::<S::f32s>().read_unaligned() }
        };
        let mut sums = [[simd.splat_f32s(0.0); VECTORS]; ROWS];
        let mut panel = tile.panel.as_ptr();
        for &offset in tile.segments {
            // SAFETY: `compute` has checked that base, offset and segment lie within the source, for every row, and
            // that the panel holds `VECTORS` vectors for each float of all segments.
            unsafe {
                let mut rows = [std::ptr::null(); ROWS];
                for (row, base) in rows.iter_mut().zip(tile.bases) {
                    *row = tile.source.as_ptr().add(base + offset);
                }
                for k in 0..tile.segment {
                    let mut weights = [simd.splat_f32s(0.0); VECTORS];
                    for (vector, weights) in weights.iter_mut().enumerate() {
                        *weights = load(panel.add(vector * lanes));
                    }
                    panel = panel.add(VECTORS * lanes);
                    for row in 0..ROWS {
                        let x = simd.splat_f32s(*rows[row].add(k));
                        for vector in 0..VECTORS {
                            sums[row][vector] = simd.mul_add_e_f32s(x, weights[vector], sums[row][vector]);
                        }
                    }
                }
            }
        }
        // Sums are named one by one until they are all done: an array that is iterated over lives in memory, not in registers.
        let mut done = [[simd.splat_f32s(0.0); VECTORS]; ROWS];
        for row in 0..ROWS {
            for vector in 0..VECTORS {
                done[row][vector] = sums[row][vector];
            }
        }
        let slope = simd.splat_f32s(tile.slope);
        for vector in 0..VECTORS {
            let column = vector * lanes;
            let wanted = tile.columns.saturating_sub(column).min(lanes);
            let bias = load(tile.bias[column..column + lanes].as_ptr());
            for (sums, &start) in done.iter().zip(tile.starts) {
                let y = simd.add_f32s(sums[vector], bias);
                let y = simd.max_f32s(y, simd.mul_f32s(y, slope));
                // SAFETY: `compute` has checked that the row's columns lie within `out`, and its caller that no one
                // else has them.
                let out = unsafe { tile.out.slice_unchecked(start + column, wanted) };
                if wanted == lanes {
                    let y = if tile.add { simd.add_f32s(y, load(out.as_ptr())) } else { y };
                    // SAFETY: `out` is one vector long.
                    unsafe { out.as_mut_ptr().cast::<S::f32s>().write_unaligned(y) };
                } else {
                    let y = if tile.add { simd.add_f32s(y, simd.partial_load_f32s(out)) } else { y };
                    simd.partial_store_f32s(out, y);
                }
            }
        }
    }
}

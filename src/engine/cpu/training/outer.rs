//! The inner loop of a convolution's gradient to its weights: sums of outer products of what a window reads and the gradient there.
//!
//! A tile keeps its sums in registers while it walks the positions once: a broadcast number of each of its window's floats against
//! a vector or two of the gradient. As in `kernel`, written once over vectors of any length.
#![expect(unsafe_code, reason = "bounds are checked once a tile, not at each of its millions of steps")]
#![expect(
    clippy::needless_range_loop,
    reason = "an array that is iterated over lives in memory, not in registers"
)]

use pulp::{Simd, WithSimd};

use crate::engine::cpu::kernel::MOST_ROWS;

/// A tile of a gradient to weights: up to [`MOST_ROWS`] floats of a window times one or two vectors of outputs.
pub struct OuterTile<'a> {
    /// What the windows read, and where the first window of each line begins.
    pub source: &'a [f32],
    pub source_starts: &'a [usize],
    /// Floats from a window to the next.
    pub source_step: usize,
    /// The gradient, and where each line of it begins.
    pub gradient: &'a [f32],
    pub gradient_starts: &'a [usize],
    pub gradient_step: usize,
    /// Positions in a line.
    pub width: usize,
    /// Floats of the window.
    pub rows: usize,
    /// Vectors of outputs.
    pub vectors: usize,
    /// Where the tile's sums are added: rows so far apart.
    pub out: &'a mut [f32],
    pub out_stride: usize,
}

/// A tile whose size the compiler knows.
struct FixedTile<'a, const ROWS: usize, const VECTORS: usize>(OuterTile<'a>);

impl OuterTile<'_> {
    /// Adds the sums up.
    #[inline(always)]
    pub fn compute<S: Simd>(self, simd: S) {
        let columns = self.vectors * S::F32_LANES;
        let last = |starts: &[usize]| starts.iter().fold(0, |last, &start| start.max(last));
        let steps = self.width - 1;
        assert!(self.source_starts.len() == self.gradient_starts.len());
        assert!(last(self.source_starts) + steps * self.source_step + self.rows <= self.source.len());
        assert!(last(self.gradient_starts) + steps * self.gradient_step + columns <= self.gradient.len());
        assert!((self.rows - 1) * self.out_stride + columns <= self.out.len());
        match self.vectors {
            1 => self.sized_by_rows::<S, 1>(simd),
            vectors => {
                assert!(vectors == 2);
                self.sized_by_rows::<S, 2>(simd);
            }
        }
    }

    #[inline(always)]
    fn sized_by_rows<S: Simd, const VECTORS: usize>(self, simd: S) {
        assert!(self.rows <= MOST_ROWS);
        macro_rules! by_rows {
            ($($rows:literal)*) => {
                match self.rows {
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
        let mut sums = [[simd.splat_f32s(0.0); VECTORS]; ROWS];
        for (&source, &gradient) in tile.source_starts.iter().zip(tile.gradient_starts) {
            // SAFETY: `compute` has checked that the last position of every line lies within source and gradient.
            unsafe {
                let mut window = tile.source.as_ptr().add(source);
                let mut outputs = tile.gradient.as_ptr().add(gradient);
                for _ in 0..tile.width {
                    let mut g = [simd.splat_f32s(0.0); VECTORS];
                    for vector in 0..VECTORS {
                        g[vector] = outputs.add(vector * lanes).cast::<S::f32s>().read_unaligned();
                    }
                    for row in 0..ROWS {
                        let x = simd.splat_f32s(*window.add(row));
                        for vector in 0..VECTORS {
                            sums[row][vector] = simd.mul_add_e_f32s(x, g[vector], sums[row][vector]);
                        }
                    }
                    window = window.wrapping_add(tile.source_step);
                    outputs = outputs.wrapping_add(tile.gradient_step);
                }
            }
        }
        for row in 0..ROWS {
            for vector in 0..VECTORS {
                let start = row * tile.out_stride + vector * lanes;
                // SAFETY: `compute` has checked that the last row's last vector lies within `out`.
                unsafe {
                    let out = tile.out.as_mut_ptr().add(start).cast::<S::f32s>();
                    out.write_unaligned(simd.add_f32s(out.read_unaligned(), sums[row][vector]));
                }
            }
        }
    }
}

//! States and what is computed of them, in memory that is used again.

use std::collections::VecDeque;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::engine::rows::Grid;

/// Floats that a pool keeps for later at most: 256 MiB.
const MOST_KEPT: usize = 1 << 26;
/// Likewise in training, which keeps a batch's states for the way back: 4 GiB.
const MOST_KEPT_IN_TRAINING: usize = 1 << 30;
/// A buffer this many times too large is left for what needs it.
const MOST_SPARE: usize = 4;
/// Rows of so many bytes and more would meet in a few sets of the cache; they get a gap behind them.
const WIDE: usize = 512;
const GAP: usize = 16;

/// Floats that begin where a vector of any length is loaded at once: at a cache line's start.
pub struct Aligned {
    values: Vec<f32>,
    start: usize,
    length: usize,
}

/// Bytes of a cache line, and of the longest vector.
const LINE: usize = 64;

impl Aligned {
    pub fn zeros(length: usize) -> Self {
        let values = vec![0.0; length + LINE / size_of::<f32>()];
        // What cannot be aligned is right all the same, only slower.
        let start = values.as_ptr().align_offset(LINE).min(values.len() - length);
        Self { values, start, length }
    }

    fn empty() -> Self {
        Self { values: Vec::new(), start: 0, length: 0 }
    }
}

impl Deref for Aligned {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.values[self.start..self.start + self.length]
    }
}

impl DerefMut for Aligned {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.values[self.start..self.start + self.length]
    }
}

/// What a matrix looks like: two of one shape have their frames in the same places.
#[derive(Clone, Copy, PartialEq)]
struct Shape {
    grid: Grid,
    stride: usize,
    border: usize,
}

/// Buffers that wait for their next use, so that a run after the first asks nothing of the allocator. Those that have waited
/// longest give way once all together hold too much.
pub struct Pool {
    waiting: Mutex<Waiting>,
    /// Floats.
    most_kept: usize,
}

#[derive(Default)]
struct Waiting {
    /// The one that has waited longest first.
    buffers: VecDeque<Kept>,
    floats: usize,
}

struct Kept {
    values: Aligned,
    /// The matrix it was, whose frame is still zero.
    shape: Option<Shape>,
}

/// Floats lent by a pool; they hold whatever was there.
pub struct Buffer {
    values: Aligned,
    length: usize,
    shape: Option<Shape>,
    pool: Arc<Pool>,
}

/// A row of channels for every position of a grid, within a frame: the images' surroundings, which read as zeros.
/// Rows that were not asked for hold anything.
pub struct Matrix {
    pub values: Buffer,
    pub grid: Grid,
    pub channels: usize,
    /// Floats from one row to the next.
    pub stride: usize,
    /// Positions between an image and the edge of its frame.
    pub border: usize,
}

impl Default for Pool {
    fn default() -> Self {
        Self { waiting: Mutex::default(), most_kept: MOST_KEPT }
    }
}

impl Pool {
    /// A pool that keeps what a step of training needs.
    pub fn for_training() -> Self {
        Self { most_kept: MOST_KEPT_IN_TRAINING, ..Self::default() }
    }

    /// Lends a buffer that was a matrix of this shape, or else the smallest that is large enough, or a new one.
    fn take_shaped(self: &Arc<Self>, length: usize, shape: Option<Shape>) -> Buffer {
        let mut waiting = self.lock();
        let fits = |kept: &Kept| (length..=length.saturating_mul(MOST_SPARE)).contains(&kept.values.len());
        let best = waiting
            .buffers
            .iter()
            .enumerate()
            .filter(|(_, kept)| fits(kept))
            .min_by_key(|(_, kept)| (kept.shape != shape, kept.values.len()))
            .map(|(index, _)| index);
        let kept = best.and_then(|index| waiting.buffers.remove(index));
        waiting.floats -= kept.as_ref().map_or(0, |kept| kept.values.len());
        drop(waiting);
        let Kept { values, shape } = kept.unwrap_or_else(|| Kept { values: Aligned::zeros(length), shape });
        Buffer { values, length, shape, pool: Arc::clone(self) }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Nothing that can panic is done while it is locked.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lends floats.
    pub fn take(self: &Arc<Self>, length: usize) -> Buffer {
        let mut buffer = self.take_shaped(length, None);
        buffer.shape = None;
        buffer
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let values = std::mem::replace(&mut self.values, Aligned::empty());
        if values.len() > self.pool.most_kept {
            return;
        }
        let mut waiting = self.pool.lock();
        waiting.floats += values.len();
        waiting.buffers.push_back(Kept { values, shape: self.shape });
        while waiting.floats > self.pool.most_kept {
            let longest = waiting.buffers.pop_front().map_or(0, |kept| kept.values.len());
            waiting.floats -= longest;
        }
    }
}

impl Deref for Buffer {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.values[..self.length]
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.values[..self.length]
    }
}

/// Floats between rows of so many channels.
pub fn row_stride(channels: usize) -> usize {
    if channels >= WIDE { channels + GAP } else { channels }
}

impl Matrix {
    /// A matrix whose frame is zero and whose rows are not yet anything.
    pub fn new(pool: &Arc<Pool>, grid: Grid, channels: usize, border: usize) -> Self {
        Self::with_stride(pool, grid, channels, row_stride(channels), border)
    }

    /// Likewise, with rows one right behind the other however wide they are.
    pub fn without_gaps(pool: &Arc<Pool>, grid: Grid, channels: usize, border: usize) -> Self {
        Self::with_stride(pool, grid, channels, channels, border)
    }

    fn with_stride(pool: &Arc<Pool>, grid: Grid, channels: usize, stride: usize, border: usize) -> Self {
        let framed = grid.images * (grid.height + 2 * border) * (grid.width + 2 * border);
        let shape = Some(Shape { grid, stride, border });
        let values = pool.take_shaped(framed * stride, shape);
        let frame_is_zero = values.shape == shape && !cfg!(debug_assertions);
        let mut matrix = Self { values, grid, channels, stride, border };
        if cfg!(debug_assertions) {
            // So that a test which reads a row that was not asked for notices.
            matrix.values.fill(f32::NAN);
        }
        if !frame_is_zero {
            matrix.clear_frame();
            matrix.values.shape = shape;
        }
        matrix
    }

    /// Positions from one line of the framed grid to the next.
    pub fn line(&self) -> usize {
        self.grid.width + 2 * self.border
    }

    /// Place of a position in the framed grid; `y` and `x` may be in the frame, counted from its corner.
    pub fn place_from_corner(&self, image: usize, y: usize, x: usize) -> usize {
        (image * (self.grid.height + 2 * self.border) + y) * self.line() + x
    }

    /// Place of a position of the grid.
    pub fn place(&self, image: usize, y: usize, x: usize) -> usize {
        self.place_from_corner(image, y + self.border, x + self.border)
    }

    fn clear_frame(&mut self) {
        let (border, stride, line) = (self.border, self.stride, self.line());
        let (height, width) = (self.grid.height, self.grid.width);
        for image in 0..self.grid.images {
            for y in 0..height + 2 * border {
                let start = self.place_from_corner(image, y, 0);
                if y < border || y >= border + height {
                    self.values[start * stride..(start + line) * stride].fill(0.0);
                } else {
                    self.values[start * stride..(start + border) * stride].fill(0.0);
                    self.values[(start + border + width) * stride..(start + line) * stride].fill(0.0);
                }
            }
        }
    }
}

/// What a window reads of a matrix, from the place of its first tap: taps that lie side by side are one.
pub struct Segments {
    offsets: [usize; MOST_SEGMENTS],
    count: usize,
    /// Floats at each offset.
    pub length: usize,
}

/// A 7x7 stem has 7, a 3x3 convolution of rows with gaps 9.
const MOST_SEGMENTS: usize = 9;

impl Segments {
    /// Of a window of `kernel` x `kernel` taps.
    pub fn new(x: &Matrix, kernel: usize) -> Self {
        let (across, length) =
            if x.stride == x.channels { (1, kernel * x.channels) } else { (kernel, x.channels) };
        let mut offsets = [0; MOST_SEGMENTS];
        let count = kernel * across;
        for (segment, offset) in offsets[..count].iter_mut().enumerate() {
            *offset = (segment / across * x.line() + segment % across) * x.stride;
        }
        Self { offsets, count, length }
    }

    pub fn offsets(&self) -> &[usize] {
        &self.offsets[..self.count]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_pool_gives_up_what_has_waited_longest() {
        let pool = Arc::new(Pool::default());
        drop(pool.take(MOST_KEPT / 2 + 1));
        drop(pool.take(MOST_KEPT / 2));
        let kept = |pool: &Pool| pool.lock().buffers.iter().map(|kept| kept.values.len()).collect::<Vec<_>>();
        // The second was lent the first's memory.
        assert_eq!(kept(&pool), [MOST_KEPT / 2 + 1]);
        let (small, large) = (pool.take(100), pool.take(MOST_KEPT / 2));
        drop(small);
        drop(large);
        drop(pool.take(2 * MOST_KEPT));
        assert_eq!(kept(&pool), [100, MOST_KEPT / 2 + 1]);
        let both = [pool.take(MOST_KEPT / 2), pool.take(MOST_KEPT / 2)];
        drop(both);
        assert_eq!(kept(&pool).len(), 1);
        assert!(kept(&pool)[0] > 100);
    }

    #[test]
    fn a_frame_is_zero_whoever_had_the_memory_before() {
        let pool = Arc::default();
        let grid = |height, width| Grid { images: 2, height, width };
        for (grid, border) in [(grid(5, 7), 1), (grid(7, 5), 1), (grid(3, 3), 3), (grid(5, 7), 1)] {
            let mut matrix = Matrix::new(&pool, grid, 4, border);
            let (line, lines) = (grid.width + 2 * border, grid.height + 2 * border);
            for (place, row) in matrix.values.chunks_exact(4).enumerate() {
                let (y, x) = (place / line % lines, place % line);
                let inside =
                    (border..border + grid.height).contains(&y) && (border..border + grid.width).contains(&x);
                assert!(inside || row == [0.0; 4], "{y} {x}");
            }
            for row in 0..grid.rows() as u32 {
                let (image, y, x) = grid.split(row);
                let place = matrix.place(image, y, x);
                matrix.values[place * 4..][..4].fill(9.0);
            }
        }
    }
}

//! Where the lines of a grid lie in memory, in a tensor without a frame or in a matrix with one.

use std::ops::Range;

use super::Dense;
use crate::engine::cpu::matrix::Matrix;
use crate::engine::rows::Grid;

/// Floats that one task goes over.
const CHUNK_FLOATS: usize = 1 << 14;

/// The lines of a grid; a line is `width` rows of `channels`, one behind the other.
#[derive(Clone, Copy)]
pub(crate) struct Lines {
    pub grid: Grid,
    pub channels: usize,
    start: usize,
    line: usize,
    image: usize,
}

/// A state, wherever it lies.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub values: &'a [f32],
    pub lines: Lines,
}

impl Lines {
    /// Of a tensor `[images, height, width, channels]`.
    pub fn plain(grid: Grid, channels: usize) -> Self {
        let line = grid.width * channels;
        Self { grid, channels, start: 0, line, image: grid.height * line }
    }

    pub fn of_matrix(matrix: &Matrix) -> Self {
        assert!(matrix.stride == matrix.channels);
        let line = matrix.line() * matrix.channels;
        Self {
            grid: matrix.grid,
            channels: matrix.channels,
            start: matrix.border * (line + matrix.channels),
            line,
            image: (matrix.grid.height + 2 * matrix.border) * line,
        }
    }

    /// Where line `line` of all images' lines begins, and how long it is.
    #[inline(always)]
    pub fn range(&self, line: usize) -> Range<usize> {
        let start = self.start + line / self.grid.height * self.image + line % self.grid.height * self.line;
        start..start + self.grid.width * self.channels
    }

    /// Lines of a task: all of one image.
    fn chunk_lines(&self) -> usize {
        (CHUNK_FLOATS / (self.grid.width * self.channels)).clamp(1, self.grid.height)
    }

    /// Tasks that an image is parted into.
    pub fn chunks_an_image(&self) -> usize {
        self.grid.height.div_ceil(self.chunk_lines())
    }

    pub fn chunks(&self) -> usize {
        self.grid.images * self.chunks_an_image()
    }

    /// The lines of a task.
    pub fn chunk(&self, index: usize) -> Range<usize> {
        let (image, part) = (index / self.chunks_an_image(), index % self.chunks_an_image());
        let (size, height) = (self.chunk_lines(), self.grid.height);
        image * height + part * size..image * height + ((part + 1) * size).min(height)
    }
}

impl<'a> View<'a> {
    pub fn plain(values: &'a [f32], grid: Grid) -> Self {
        let channels = values.len() / grid.rows();
        Self { values, lines: Lines::plain(grid, channels) }
    }

    pub fn of(matrix: &'a Matrix) -> Self {
        Self { values: &matrix.values, lines: Lines::of_matrix(matrix) }
    }

    #[inline(always)]
    pub fn line(&self, line: usize) -> &'a [f32] {
        &self.values[self.lines.range(line)]
    }
}

impl Dense {
    /// Does the tasks that `lines` is parted into, with all the vectors that the machine has.
    pub(super) fn each_chunk(&self, lines: &Lines, work: impl Fn(usize, Range<usize>) + Sync) {
        self.cpu.each(lines.chunks(), |chunk| {
            self.cpu.arch.dispatch(|| work(chunk, lines.chunk(chunk)));
        });
    }

    /// A matrix of this grid whose frame is zero, without gaps between its rows.
    pub(super) fn matrix(&self, grid: Grid, channels: usize, border: usize) -> Matrix {
        Matrix::without_gaps(&self.cpu.pool, grid, channels, border)
    }
}

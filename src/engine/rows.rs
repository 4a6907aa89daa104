//! Positions are rows: which rows of a state are asked for, and where their neighbours are.

/// The positions of a batch of states. Row of position `(y, x)` of an image: `(image * height + y) * width + x`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    pub images: usize,
    pub height: usize,
    pub width: usize,
}

/// Rows asked for, ascending, with a way back from a row to its place among them.
#[derive(Clone, Debug)]
pub struct Rows {
    grid: Grid,
    rows: Vec<u32>,
    place: Vec<u32>,
}

/// A sliding window: `kernel` x `kernel` taps, `stride` apart, the first `pad` before the picture's edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub kernel: usize,
    pub stride: usize,
    pub pad_y: usize,
    pub pad_x: usize,
}

/// Stands for a tap outside the picture: Candle's `index_select` yields a row of zeros for it.
pub const OUTSIDE: u32 = u32::MAX;

impl Grid {
    /// Positions of one image.
    pub fn positions(&self) -> usize {
        self.height * self.width
    }

    /// Positions of all images.
    pub fn rows(&self) -> usize {
        self.images * self.positions()
    }

    /// Image that a row belongs to.
    pub fn image_of(&self, row: u32) -> usize {
        row as usize / self.positions()
    }

    /// The grid after a stride: TensorFlow's SAME, and any padding of (kernel - 1) / 2, give `ceil(n / stride)`.
    pub fn strided(&self, stride: usize) -> Self {
        Self { images: self.images, height: self.height.div_ceil(stride), width: self.width.div_ceil(stride) }
    }

    fn split(&self, row: u32) -> (usize, usize, usize) {
        let (image, position) = (row as usize / self.positions(), row as usize % self.positions());
        (image, position / self.width, position % self.width)
    }
}

impl Window {
    /// TensorFlow's SAME: the padding that is needed, its smaller half before.
    pub fn same(kernel: usize, stride: usize, grid: Grid) -> Self {
        let pad = |n: usize| ((n.div_ceil(stride) - 1) * stride + kernel).saturating_sub(n) / 2;
        Self { kernel, stride, pad_y: pad(grid.height), pad_x: pad(grid.width) }
    }

    /// (kernel - 1) / 2 before and after, whatever the stride.
    pub fn centred(kernel: usize, stride: usize) -> Self {
        let pad = (kernel - 1) / 2;
        Self { kernel, stride, pad_y: pad, pad_x: pad }
    }
}

impl Rows {
    /// Every row of a grid.
    pub fn all(grid: Grid) -> Self {
        let rows: Vec<u32> = (0..grid.rows() as u32).collect();
        Self { grid, place: rows.clone(), rows }
    }

    /// The rows for which `wanted` holds.
    pub fn of(grid: Grid, wanted: &[bool]) -> Self {
        let mut place = vec![OUTSIDE; grid.rows()];
        let mut rows = Vec::new();
        for (row, _) in wanted.iter().enumerate().filter(|(_, wanted)| **wanted) {
            place[row] = rows.len() as u32;
            rows.push(row as u32);
        }
        Self { grid, rows, place }
    }

    /// The rows of an ascending list.
    pub fn from_sorted(grid: Grid, rows: &[u32]) -> Self {
        let mut place = vec![OUTSIDE; grid.rows()];
        for (index, &row) in rows.iter().enumerate() {
            place[row as usize] = index as u32;
        }
        Self { grid, rows: rows.to_vec(), place }
    }

    /// Every position of the images in an ascending list.
    pub fn of_images(grid: Grid, images: &[u32]) -> Self {
        let positions = grid.positions() as u32;
        let rows: Vec<u32> =
            images.iter().flat_map(|image| image * positions..(image + 1) * positions).collect();
        Self::from_sorted(grid, &rows)
    }

    pub fn grid(&self) -> Grid {
        self.grid
    }

    pub fn as_slice(&self) -> &[u32] {
        &self.rows
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_all(&self) -> bool {
        self.rows.len() == self.place.len()
    }

    /// These rows and their 8 neighbours: all that a 3x3 convolution at these rows reads.
    pub fn dilated(&self) -> Self {
        if self.is_all() {
            return self.clone();
        }
        let Grid { height, width, .. } = self.grid;
        let mut wanted = vec![false; self.grid.rows()];
        for &row in &self.rows {
            let (image, y, x) = self.grid.split(row);
            let (left, right) = (x.saturating_sub(1), (x + 1).min(width - 1));
            for neighbour in y.saturating_sub(1)..=(y + 1).min(height - 1) {
                let start = (image * height + neighbour) * width;
                wanted[start + left..=start + right].fill(true);
            }
        }
        Self::of(self.grid, &wanted)
    }

    /// How many of the rows belong to each image.
    pub fn per_image(&self) -> Vec<usize> {
        let mut counts = vec![0; self.grid.images];
        for &row in &self.rows {
            counts[self.grid.image_of(row)] += 1;
        }
        counts
    }

    /// Where each tap of `window` at the rows `targets` of the grid after the stride lies among these rows:
    /// `targets.len() * kernel^2` places, [`OUTSIDE`] for a tap beyond the picture (or a row that is not here).
    pub fn taps(&self, targets: &[u32], window: Window) -> Vec<u32> {
        let out = self.grid.strided(window.stride);
        let Grid { height, width, .. } = self.grid;
        let Window { kernel, stride, pad_y, pad_x } = window;
        let mut taps = Vec::with_capacity(targets.len() * kernel * kernel);
        for &target in targets {
            let (image, y, x) = out.split(target);
            for ky in 0..kernel {
                // Wraps around to something huge before the first row and column, so one comparison does for both ends.
                let source_y = (y * stride + ky).wrapping_sub(pad_y);
                for kx in 0..kernel {
                    let source_x = (x * stride + kx).wrapping_sub(pad_x);
                    taps.push(if source_y < height && source_x < width {
                        self.place[(image * height + source_y) * width + source_x]
                    } else {
                        OUTSIDE
                    });
                }
            }
        }
        taps
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn same_padding_is_tensorflows() {
        let grid = |n| Grid { images: 1, height: n, width: n };
        for (n, kernel, stride, before) in
            [(32, 3, 1, 1), (32, 3, 2, 0), (33, 3, 2, 1), (49, 3, 2, 1), (8, 1, 2, 0), (1, 3, 2, 1)]
        {
            assert_eq!(Window::same(kernel, stride, grid(n)).pad_y, before, "{n} {kernel} {stride}");
        }
    }

    fn grid_and_mask() -> impl Strategy<Value = (Grid, Vec<bool>)> {
        (1usize..3, 1usize..7, 1usize..7).prop_flat_map(|(images, height, width)| {
            let grid = Grid { images, height, width };
            (Just(grid), prop::collection::vec(any::<bool>(), grid.rows()))
        })
    }

    proptest! {
        #[test]
        fn dilation_is_a_three_by_three_maximum_within_each_image((grid, mask) in grid_and_mask()) {
            let dilated = Rows::of(grid, &mask).dilated();
            for row in 0..grid.rows() as u32 {
                let (image, y, x) = grid.split(row);
                let expected = (0..grid.rows() as u32).any(|other| {
                    let (i, v, u) = grid.split(other);
                    mask[other as usize] && i == image && v.abs_diff(y) <= 1 && u.abs_diff(x) <= 1
                });
                prop_assert_eq!(dilated.as_slice().contains(&row), expected);
            }
        }

        #[test]
        fn every_tap_inside_the_picture_finds_its_row((grid, mask) in grid_and_mask(), stride in 1usize..3) {
            let rows = Rows::of(grid, &mask);
            let window = Window::same(3, stride, grid);
            let out = grid.strided(stride);
            let targets: Vec<u32> = (0..out.rows() as u32).collect();
            for (index, &tap) in rows.taps(&targets, window).iter().enumerate() {
                let (image, y, x) = out.split(targets[index / 9]);
                let source_y = (y * stride + index % 9 / 3) as isize - window.pad_y as isize;
                let source_x = (x * stride + index % 3) as isize - window.pad_x as isize;
                let inside = (0..grid.height as isize).contains(&source_y) && (0..grid.width as isize).contains(&source_x);
                let source = (image as isize * grid.height as isize + source_y) * grid.width as isize + source_x;
                if inside && mask[source as usize] {
                    prop_assert_eq!(rows.as_slice()[tap as usize] as isize, source);
                } else {
                    prop_assert_eq!(tap, OUTSIDE);
                }
            }
        }
    }
}

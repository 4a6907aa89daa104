//! Positions are rows: which rows of a state are asked for, and where their neighbours are.

use std::ops::Range;
use std::sync::OnceLock;

/// The positions of a batch of states. Row of position `(y, x)` of an image: `(image * height + y) * width + x`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    pub images: usize,
    pub height: usize,
    pub width: usize,
}

/// Rows asked for, ascending, each once, with their places in a grid that has a frame one position wide around every image.
#[derive(Clone, Debug)]
pub struct Rows {
    grid: Grid,
    /// How many are asked for: so many of the two lists count.
    count: usize,
    rows: Vec<u32>,
    framed: Vec<u32>,
    /// 1 for each place of the framed grid whose row is asked for; 0 in the frame.
    mask: Vec<u8>,
    /// Kept from one dilation to the next.
    spare: Vec<u8>,
    /// From a row to its index among the rows asked for, or [`OUTSIDE`]; made when first wanted.
    index: OnceLock<Vec<u32>>,
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

    /// Positions in a line of the grid with its frame.
    fn line(&self) -> usize {
        self.width + 2
    }

    /// Image, line and column of a row.
    pub fn split(&self, row: u32) -> (usize, usize, usize) {
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
    pub const fn centred(kernel: usize, stride: usize) -> Self {
        let pad = (kernel - 1) / 2;
        Self { kernel, stride, pad_y: pad, pad_x: pad }
    }
}

impl Rows {
    /// No row of a grid.
    pub fn none(grid: Grid) -> Self {
        let framed = grid.images * (grid.height + 2) * grid.line();
        Self {
            grid,
            count: 0,
            rows: vec![0; grid.rows()],
            framed: vec![0; grid.rows()],
            mask: vec![0; framed],
            spare: Vec::with_capacity(framed),
            index: OnceLock::new(),
        }
    }

    /// Every row of a grid.
    pub fn all(grid: Grid) -> Self {
        let mut rows = Self::none(grid);
        rows.assign_all();
        rows
    }

    /// The rows of an ascending list.
    pub fn from_sorted(grid: Grid, list: &[u32]) -> Self {
        let mut rows = Self::none(grid);
        rows.assign(list);
        rows
    }

    /// Asks for the rows of an ascending list from now on. Threads write rows of one matrix by these lists, so that no row
    /// comes twice is made sure of here.
    pub fn assign(&mut self, rows: &[u32]) {
        assert!(
            rows.is_sorted_by(|a, b| a < b)
                && rows.last().is_none_or(|&last| (last as usize) < self.grid.rows())
        );
        self.clear();
        self.mask.fill(0);
        let Grid { height, width, .. } = self.grid;
        let line = self.grid.line();
        // End of the line that the last row was in, and how far its places are ahead of its rows.
        let (mut end, mut ahead) = (0, 0);
        for (&row, framed) in rows.iter().zip(&mut self.framed) {
            let row = row as usize;
            if row >= end {
                let number = row / width;
                end = (number + 1) * width;
                // Two lines of frame for each image before, and the upper one of its own.
                ahead = (number + 2 * (number / height) + 1) * line + 1 - number * width;
            }
            self.mask[row + ahead] = 1;
            *framed = (row + ahead) as u32;
        }
        self.rows[..rows.len()].copy_from_slice(rows);
        self.count = rows.len();
    }

    /// Asks for every position of the images in an ascending list from now on.
    pub fn assign_images(&mut self, images: &[u32]) {
        self.assign_each_image(images.iter().map(|&image| image as usize));
    }

    /// Asks for every position from now on.
    pub fn assign_all(&mut self) {
        if !self.is_all() {
            self.assign_each_image(0..self.grid.images);
        }
    }

    fn assign_each_image(&mut self, images: impl Iterator<Item = usize>) {
        self.clear();
        self.mask.fill(0);
        let Grid { height, width, .. } = self.grid;
        let line = self.grid.line();
        for image in images {
            for y in 0..height {
                let start = (image * (height + 2) + y + 1) * line + 1;
                self.mask[start..start + width].fill(1);
            }
        }
        self.collect();
    }

    /// Asks from now on for the rows of `other`, of the same grid, and their 8 neighbours: all that a 3x3 convolution at
    /// those rows reads.
    pub fn assign_dilated(&mut self, other: &Self) {
        assert!(self.grid == other.grid);
        if other.is_all() {
            self.assign_all();
            return;
        }
        self.clear();
        let line = self.grid.line();
        // Upright first, then across; what gets into the frame is cleared in the end.
        let (mask, count) = (&other.mask, other.mask.len());
        self.spare.resize(count, 0);
        let inner = line..count - line;
        for ((upright, [above, here]), below) in self.spare[inner.clone()]
            .iter_mut()
            .zip(mask[..count - 2 * line].iter().zip(&mask[inner.clone()]).map(|(above, here)| [above, here]))
            .zip(&mask[2 * line..])
        {
            *upright = above | here | below;
        }
        let last = inner.end - 1;
        for (wide, three) in self.mask[inner.start + 1..last].iter_mut().zip(self.spare[inner].windows(3)) {
            *wide = three[0] | three[1] | three[2];
        }
        self.collect();
    }

    fn clear(&mut self) {
        self.count = 0;
        self.index.take();
    }

    /// Lists the rows of the mask, and clears what has got into its frame.
    fn collect(&mut self) {
        let Grid { images, height, width } = self.grid;
        let line = self.grid.line();
        let (mut count, mut row) = (0, 0u32);
        for image in 0..images {
            let top = image * (height + 2) * line;
            self.mask[top..top + line].fill(0);
            self.mask[top + (height + 1) * line..top + (height + 2) * line].fill(0);
            for y in 1..=height {
                let start = top + y * line;
                self.mask[start] = 0;
                self.mask[start + width + 1] = 0;
                // Written always and counted when asked for: no branch to guess.
                for place in start + 1..=start + width {
                    self.rows[count] = row;
                    self.framed[count] = place as u32;
                    count += usize::from(self.mask[place]);
                    row += 1;
                }
            }
        }
        self.count = count;
    }

    pub fn grid(&self) -> Grid {
        self.grid
    }

    pub fn as_slice(&self) -> &[u32] {
        &self.rows[..self.count]
    }

    /// Place of each row in the framed grid: line `image * (height + 2) + y + 1`, column `x + 1` of `width + 2`.
    pub fn framed(&self) -> &[u32] {
        &self.framed[..self.count]
    }

    pub fn len(&self) -> usize {
        self.count
    }

    pub fn is_all(&self) -> bool {
        self.count == self.grid.rows()
    }

    /// Where the rows of an image lie in the list.
    pub fn of_image(&self, image: usize) -> Range<usize> {
        let before = |image: usize| {
            let first = (image * self.grid.positions()) as u32;
            self.as_slice().partition_point(|&row| row < first)
        };
        before(image)..before(image + 1)
    }

    fn index(&self) -> &[u32] {
        self.index.get_or_init(|| {
            let mut index = vec![OUTSIDE; self.grid.rows()];
            for (at, &row) in self.as_slice().iter().enumerate() {
                index[row as usize] = at as u32;
            }
            index
        })
    }

    /// Where each tap of `window` at the rows `targets` of the grid after the stride lies among these rows:
    /// `targets.len() * kernel^2` places, [`OUTSIDE`] for a tap beyond the picture (or a row that is not here).
    pub fn taps(&self, targets: &[u32], window: Window) -> Vec<u32> {
        let out = self.grid.strided(window.stride);
        let Grid { height, width, .. } = self.grid;
        let Window { kernel, stride, pad_y, pad_x } = window;
        let index = self.index();
        let mut taps = Vec::with_capacity(targets.len() * kernel * kernel);
        for &target in targets {
            let (image, y, x) = out.split(target);
            for ky in 0..kernel {
                // Wraps around to something huge before the first row and column, so one comparison does for both ends.
                let source_y = (y * stride + ky).wrapping_sub(pad_y);
                for kx in 0..kernel {
                    let source_x = (x * stride + kx).wrapping_sub(pad_x);
                    taps.push(if source_y < height && source_x < width {
                        index[(image * height + source_y) * width + source_x]
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

    fn of(grid: Grid, mask: &[bool]) -> Rows {
        let wanted = mask.iter().enumerate().filter(|(_, wanted)| **wanted);
        Rows::from_sorted(grid, &wanted.map(|(row, _)| row as u32).collect::<Vec<_>>())
    }

    proptest! {
        #[test]
        fn every_row_knows_its_place_in_the_framed_grid((grid, mask) in grid_and_mask()) {
            let rows = of(grid, &mask);
            let mut dilated = Rows::none(grid);
            dilated.assign_dilated(&rows);
            for rows in [&rows, &dilated, &Rows::all(grid)] {
                for (&row, &place) in rows.as_slice().iter().zip(rows.framed()) {
                    let (image, y, x) = grid.split(row);
                    prop_assert_eq!(place as usize, (image * (grid.height + 2) + y + 1) * (grid.width + 2) + x + 1);
                }
                let images = (0..grid.images).flat_map(|image| rows.as_slice()[rows.of_image(image)].iter().map(move |row| (image, *row)));
                prop_assert!(images.clone().all(|(image, row)| grid.image_of(row) == image));
                prop_assert_eq!(images.count(), rows.len());
            }
        }

        #[test]
        fn dilation_is_a_three_by_three_maximum_within_each_image((grid, mask) in grid_and_mask()) {
            let asked = of(grid, &mask);
            let mut dilated = Rows::none(grid);
            dilated.assign_dilated(&asked);
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
            let rows = of(grid, &mask);
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

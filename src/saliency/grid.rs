//! Values on a grid: brought to another size, blurred, normalised.

use rayon::prelude::*;

/// `height * width` values, row by row; at least one.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    pub height: usize,
    pub width: usize,
    pub values: Vec<f32>,
}

/// What lies outside of what is blurred.
#[derive(Clone, Copy, PartialEq)]
pub enum Outside {
    /// Nothing: what is blurred over the edge is lost, as a density of fixations is.
    Zeros,
    /// It is not known, and what is inside counts the more.
    Unknown,
}

impl Grid {
    pub fn longer_edge(&self) -> usize {
        self.height.max(self.width)
    }

    /// A Gaussian in the middle, 1 at its peak; `sigma` is its standard deviation as a share of each edge, so it is as wide in
    /// proportion as the picture.
    pub fn gaussian((height, width): (usize, usize), sigma: f64) -> Self {
        let along = |edge: usize| -> Vec<f32> {
            // From whole numbers, so that both sides are alike to the last bit and tie.
            let from_middle =
                |place: usize| (2.0 * place as f64 + 1.0 - edge as f64) / (2.0 * edge as f64 * sigma);
            (0..edge).map(|place| (-0.5 * from_middle(place).powi(2)).exp() as f32).collect()
        };
        let columns = along(width);
        let values = along(height).into_iter().flat_map(|row| columns.iter().map(move |column| row * column));
        Self { height, width, values: values.collect() }
    }

    /// From 0, the least value, to 1, the greatest; all 0 if they are the same.
    pub fn normalised(mut self) -> Self {
        let least = self.values.iter().copied().fold(f32::INFINITY, f32::min);
        let greatest = self.values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let span = greatest - least;
        for value in &mut self.values {
            *value = if span > 0.0 { (*value - least) / span } else { 0.0 };
        }
        self
    }

    /// Convolved with a Gaussian of standard deviation `sigma`, in positions, that is cut off at four of them; as it is, if
    /// `sigma` is 0.
    pub fn blurred(&self, sigma: f64, outside: Outside) -> Self {
        if sigma <= 0.0 {
            return self.clone();
        }
        let reach = ((4.0 * sigma).ceil() as usize).min(self.longer_edge());
        let weight = |distance: usize| (-0.5 * (distance as f64 / sigma).powi(2)).exp();
        let total =
            (0..=reach).map(|distance| if distance == 0 { 1.0 } else { 2.0 * weight(distance) }).sum::<f64>();
        // By distance from `-reach` to `reach`.
        let kernel: Vec<f32> =
            (0..=2 * reach).map(|place| (weight(place.abs_diff(reach)) / total) as f32).collect();

        let width = self.width;
        let mut across = vec![0.0; self.values.len()];
        across.par_chunks_mut(width).zip(self.values.par_chunks(width)).for_each(|(output, input)| {
            // Most positions of a map of fixations are 0.
            for (column, &value) in input.iter().enumerate().filter(|(_, value)| **value != 0.0) {
                let from = column.saturating_sub(reach);
                let kernel = &kernel[from + reach - column..];
                let to = width.min(column + reach + 1);
                for (output, weight) in output[from..to].iter_mut().zip(kernel) {
                    *output += value * weight;
                }
            }
        });
        let is_empty: Vec<bool> =
            across.par_chunks(width).map(|row| row.iter().all(|&value| value == 0.0)).collect();
        let mut values = vec![0.0; self.values.len()];
        values.par_chunks_mut(width).enumerate().for_each(|(row, output)| {
            for from in row.saturating_sub(reach)..self.height.min(row + reach + 1) {
                if is_empty[from] {
                    continue;
                }
                let weight = kernel[from + reach - row];
                for (output, value) in output.iter_mut().zip(&across[from * width..][..width]) {
                    *output += value * weight;
                }
            }
        });
        if outside == Outside::Unknown {
            let inside = |edge: usize| -> Vec<f32> {
                let sum = |place: usize| {
                    let from = reach - place.min(reach);
                    let to = (edge + reach - place).min(kernel.len());
                    kernel[from..to].iter().sum()
                };
                (0..edge).map(sum).collect()
            };
            let (rows, columns) = (inside(self.height), inside(width));
            values.par_chunks_mut(width).zip(rows).for_each(|(values, row)| {
                values.iter_mut().zip(&columns).for_each(|(value, column)| *value /= row * column);
            });
        }
        Self { height: self.height, width, values }
    }

    /// Brought to `height` x `width` by bicubic interpolation as MATLAB's `imresize` has it: Keys' kernel with a = -0.5, pixels
    /// count by their centres, mirrored at the edges, widened where the grid shrinks.
    pub fn resized(&self, (height, width): (usize, usize)) -> Self {
        if (height, width) == (self.height, self.width) {
            return self.clone();
        }
        let columns = taps(self.width, width);
        let mut across = vec![0.0; self.height * width];
        across.par_chunks_mut(width).zip(self.values.par_chunks(self.width)).for_each(|(output, input)| {
            for (output, taps) in output.iter_mut().zip(&columns) {
                *output = taps.iter().map(|&(at, weight)| input[at] * weight).sum();
            }
        });
        let rows = taps(self.height, height);
        let mut values = vec![0.0; height * width];
        values.par_chunks_mut(width).zip(rows).for_each(|(output, taps)| {
            for (at, weight) in taps {
                for (output, value) in output.iter_mut().zip(&across[at * width..][..width]) {
                    *output += value * weight;
                }
            }
        });
        Self { height, width, values }
    }
}

/// Which positions of `input` along an edge make each of `output`, and how much each counts.
fn taps(input: usize, output: usize) -> Vec<Vec<(usize, f32)>> {
    let ratio = input as f64 / output as f64;
    let stretch = ratio.max(1.0);
    let of = |place: usize| {
        let centre = (place as f64 + 0.5) * ratio - 0.5;
        let first = (centre - 2.0 * stretch).ceil() as i64;
        let last = (centre + 2.0 * stretch).floor() as i64;
        let weight = |at: i64| cubic((at as f64 - centre) / stretch);
        let total: f64 = (first..=last).map(weight).sum();
        (first..=last).map(|at| (mirrored(at, input), (weight(at) / total) as f32)).collect()
    };
    (0..output).map(of).collect()
}

/// Keys' cubic kernel with a = -0.5.
fn cubic(x: f64) -> f64 {
    let x = x.abs();
    match x {
        _ if x <= 1.0 => (1.5 * x - 2.5) * x * x + 1.0,
        _ if x < 2.0 => ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0,
        _ => 0.0,
    }
}

/// The place within an edge that `at` stands for: `2 1 0 | 0 1 2 | 2 1 0`.
fn mirrored(at: i64, edge: usize) -> usize {
    let period = at.rem_euclid(2 * edge as i64) as usize;
    if period < edge { period } else { 2 * edge - 1 - period }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn grid(height: usize, width: usize, values: &[f32]) -> Grid {
        Grid { height, width, values: values.to_vec() }
    }

    fn close(found: &[f32], expected: &[f32]) {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-5, "{found} for {expected}");
        }
    }

    proptest! {
        #[test]
        fn a_flat_grid_stays_flat(
            from in (1usize..9, 1usize..9), to in (1usize..30, 1usize..30), sigma in 0.0f64..9.0,
        ) {
            let flat = Grid { height: from.0, width: from.1, values: vec![7.0; from.0 * from.1] };
            let blurred = flat.blurred(sigma, Outside::Unknown);
            for values in [flat.resized(to).values, blurred.values] {
                prop_assert!(values.iter().all(|value| (value - 7.0).abs() < 1e-4), "{values:?}");
            }
        }

        /// What is far from every edge is neither lost nor moved.
        #[test]
        fn a_blur_keeps_the_sum_and_the_middle(row in 12usize..20, column in 12usize..20, sigma in 0.1f64..2.5) {
            let mut point = Grid { height: 32, width: 32, values: vec![0.0; 32 * 32] };
            point.values[row * 32 + column] = 2.0;
            let blurred = point.blurred(sigma, Outside::Zeros);
            let sum: f32 = blurred.values.iter().sum();
            prop_assert!((sum - 2.0).abs() < 1e-4);
            let (peak, _) = blurred.values.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).unwrap();
            prop_assert_eq!(peak, row * 32 + column);
            let at = |row: usize, column: usize| blurred.values[row * 32 + column];
            prop_assert!((at(row - 3, column + 1) - at(row + 1, column - 3)).abs() < 1e-6);
        }
    }

    /// MATLAB's way in numpy, as a product with dense matrices, for `(7 * x + 5 * y) % 11 + 2`.
    #[test]
    fn a_grid_shrinks_without_skipping_anything() {
        let values: Vec<f32> =
            (0..48).map(|place| ((7 * (place % 8) + 5 * (place / 8)) % 11 + 2) as f32).collect();
        let expected = [6.14887, 7.18633, 7.96696, 7.08128, 7.22475, 7.35172, 7.67381, 7.03949, 6.63937];
        close(&grid(6, 8, &values).resized((3, 3)).values, &expected);
    }

    #[test]
    fn what_is_blurred_over_an_edge_is_lost_or_made_up_for() {
        let corner = grid(1, 3, &[1.0, 0.0, 0.0]);
        let sum = |outside| corner.blurred(1.0, outside).values.iter().sum::<f32>();
        assert!(sum(Outside::Zeros) < 0.75);
        let all = grid(1, 3, &[1.0; 3]).blurred(1.0, Outside::Unknown);
        close(&all.values, &[1.0; 3]);
    }

    #[test]
    fn a_gaussian_is_stretched_to_the_picture() {
        let centre = Grid::gaussian((3, 6), 0.25);
        let at = |row: usize, column: usize| centre.values[row * 6 + column];
        assert!(at(1, 2) == at(1, 3) && at(0, 0) == at(2, 5) && at(1, 2) > at(0, 2));
        // A third of the height above the middle, and a third of the width beside it.
        assert!((at(0, 2) / at(1, 2) - (-0.5f32 * (4.0f32 / 3.0).powi(2)).exp()).abs() < 1e-6);
        close(&Grid::gaussian((1, 1), 0.25).values, &[1.0]);
        close(&grid(1, 3, &[3.0, 5.0, 4.0]).normalised().values, &[0.0, 1.0, 0.5]);
        close(&grid(1, 2, &[3.0, 3.0]).normalised().values, &[0.0, 0.0]);
    }
}

//! What is drawn of fixations: dots at single positions, an outline around areas.

use crate::explorer::widgets::Marks;
use crate::saliency::{FixationKind, Fixations};

/// Dots that are drawn; of more, some stand for all.
const MOST_DOTS: usize = 4000;
/// Longer edge of the grid that an outline is drawn on; a finer one would show no more.
const MOST_CELLS: usize = 192;

/// The fixated positions as they are drawn.
pub(super) fn marks_of(fixations: &Fixations) -> Marks {
    let (fixated, size) = (fixations.fixated(), fixations.size());
    let is_area = fixations.kind() == FixationKind::Density || is_area(fixated, size);
    let lines = if is_area { outline(&Shares::of(fixated, size)) } else { Vec::new() };
    let dots = if lines.is_empty() { dots(fixated, size) } else { Vec::new() };
    Marks { dots, lines }
}

/// Whether most fixated positions lie beside others.
fn is_area(fixated: &[bool], (_, width): (usize, usize)) -> bool {
    let places = || fixated.iter().enumerate().filter(|(_, fixated)| **fixated).map(|(place, _)| place);
    let is_beside = |place: &usize| {
        let column = place % width;
        let left = column > 0 && fixated[place - 1];
        let right = column + 1 < width && fixated[place + 1];
        left || right
            || place.checked_sub(width).is_some_and(|above| fixated[above])
            || fixated.get(place + width).copied().unwrap_or(false)
    };
    2 * places().filter(is_beside).count() > places().count()
}

/// Middles of fixated positions, in shares of width and height.
fn dots(fixated: &[bool], (height, width): (usize, usize)) -> Vec<[f32; 2]> {
    let places: Vec<usize> =
        fixated.iter().enumerate().filter(|(_, fixated)| **fixated).map(|(place, _)| place).collect();
    let step = places.len().div_ceil(MOST_DOTS).max(1);
    let middle = |place: &usize| {
        let (row, column) = (place / width, place % width);
        [(column as f32 + 0.5) / width as f32, (row as f32 + 0.5) / height as f32]
    };
    places.iter().step_by(step).map(middle).collect()
}

/// How much of each cell of a coarser grid is fixated, with a frame of cells around it that are not.
struct Shares {
    rows: usize,
    columns: usize,
    values: Vec<f32>,
    /// Of a cell, in shares of width and height.
    cell: [f32; 2],
}

impl Shares {
    fn of(fixated: &[bool], (height, width): (usize, usize)) -> Self {
        let edge = height.max(width).div_ceil(MOST_CELLS).max(1);
        let (rows, columns) = (height.div_ceil(edge) + 2, width.div_ceil(edge) + 2);
        let mut values = vec![0.0; rows * columns];
        for (place, _) in fixated.iter().enumerate().filter(|(_, fixated)| **fixated) {
            let (row, column) = (place / width / edge + 1, place % width / edge + 1);
            // Cells at the lower and right edge may lie partly outside.
            let inside = |at: usize, end: usize| edge.min(end - (at - 1) * edge);
            values[row * columns + column] += 1.0 / (inside(row, height) * inside(column, width)) as f32;
        }
        Self { rows, columns, values, cell: [edge as f32 / width as f32, edge as f32 / height as f32] }
    }

    fn at(&self, row: usize, column: usize) -> f32 {
        self.values[row * self.columns + column]
    }
}

/// Where shares pass one half, by marching squares between the middles of cells: pairs of ends in shares of width and height.
fn outline(shares: &Shares) -> Vec<[[f32; 2]; 2]> {
    const LEVEL: f32 = 0.5;
    let mut lines = Vec::new();
    for row in 0..shares.rows - 1 {
        for column in 0..shares.columns - 1 {
            // Clockwise from the upper left.
            let corners = [(0, 0), (0, 1), (1, 1), (1, 0)];
            let values = corners.map(|(down, right)| shares.at(row + down, column + right));
            let is_in = values.map(|value| value >= LEVEL);
            let place = |x: f32, y: f32| {
                let [width, height] = shares.cell;
                [(column as f32 - 0.5 + x) * width, (row as f32 - 0.5 + y) * height]
                    .map(|share| share.clamp(0.0, 1.0))
            };
            let mut crossings = Vec::new();
            for from in 0..4 {
                let to = (from + 1) % 4;
                if is_in[from] != is_in[to] {
                    let share = (LEVEL - values[from]) / (values[to] - values[from]);
                    let along = |a: usize, b: usize| a as f32 + share * (b as f32 - a as f32);
                    let ((y, x), (to_y, to_x)) = (corners[from], corners[to]);
                    crossings.push(place(along(x, to_x), along(y, to_y)));
                }
            }
            match crossings[..] {
                [from, to] => lines.push([from, to]),
                // Two corners across from each other: whether they are one area is for the middle to say.
                [top, right, bottom, left] => {
                    let joined = values.iter().sum::<f32>() / 4.0 >= LEVEL;
                    let pairs = if is_in[0] == joined {
                        [[top, right], [bottom, left]]
                    } else {
                        [[top, left], [right, bottom]]
                    };
                    lines.extend(pairs);
                }
                _ => {}
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixations(size: (usize, usize), is_fixated: impl Fn(usize, usize) -> bool) -> Fixations {
        let values = (0..size.0 * size.1)
            .map(|place| f32::from(u8::from(is_fixated(place / size.1, place % size.1))))
            .collect();
        Fixations::of_values(values, size, None, "looks.png").unwrap()
    }

    #[test]
    fn single_positions_are_dots_in_their_middles() {
        let marks = marks_of(&fixations((4, 10), |row, column| row == 1 && column % 5 == 2));
        assert_eq!(marks, Marks { dots: vec![[0.25, 0.375], [0.75, 0.375]], lines: Vec::new() });
    }

    #[test]
    fn an_area_is_outlined_where_it_ends() {
        // Rows 2 to 5 and columns 4 to 7 of 8 by 16, twice as fine, and so fine that cells are pooled.
        for scale in [1, 2, 50] {
            let inside = |row, column| (2..6).contains(&(row / scale)) && (4..8).contains(&(column / scale));
            let marks = marks_of(&fixations((8 * scale, 16 * scale), inside));
            assert!(marks.dots.is_empty() && marks.lines.len() >= 12);
            let ends = || marks.lines.iter().flatten();
            for (axis, low, high) in [(0, 0.25, 0.5), (1, 0.25, 0.75)] {
                let least = ends().map(|end| end[axis]).fold(1.0, f32::min);
                let greatest = ends().map(|end| end[axis]).fold(0.0, f32::max);
                assert!((least - low).abs() < 0.005 && (greatest - high).abs() < 0.005, "{least} {greatest}");
            }
            // It is closed: every end is the end of one other line.
            for end in ends() {
                let near = |other: &&[f32; 2]| (0..2).all(|axis| (other[axis] - end[axis]).abs() < 1e-5);
                assert_eq!(ends().filter(near).count() % 2, 0, "a loose end at {end:?}");
            }
        }
    }

    #[test]
    fn many_dots_are_thinned_out() {
        let marks = marks_of(&fixations((200, 200), |row, column| row % 2 == 0 && column % 2 == 0));
        assert!(marks.lines.is_empty() && marks.dots.len() <= MOST_DOTS && marks.dots.len() > MOST_DOTS / 2);
    }
}

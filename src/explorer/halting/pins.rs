//! Pinned positions.

use serde::{Deserialize, Serialize};

use crate::explorer::readout::position;

/// Pins at a time; each has a colour of its own.
pub const MOST_PINS: usize = 6;

/// A place in the picture, in shares of its width and height, and so a position in every block.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pin {
    pub at: [f32; 2],
}

/// One position's way of a pin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Left,
    Right,
    Up,
    Down,
}

impl Pin {
    /// In the middle of a position of a grid of `[rows, columns]`.
    pub fn in_cell([row, column]: [usize; 2], [rows, columns]: [usize; 2]) -> Self {
        let middle = |index: usize, count: usize| (index as f32 + 0.5) / count.max(1) as f32;
        Self { at: [middle(column, columns), middle(row, rows)] }
    }

    /// The neighbouring position in a grid of `[rows, columns]`; at the rim it stays.
    pub fn moved(self, step: Step, grid: [usize; 2]) -> Self {
        let [row, column] = position(self.at, grid);
        let cell = match step {
            Step::Left => [row, column.saturating_sub(1)],
            Step::Right => [row, (column + 1).min(grid[1].saturating_sub(1))],
            Step::Up => [row.saturating_sub(1), column],
            Step::Down => [(row + 1).min(grid[0].saturating_sub(1)), column],
        };
        Self::in_cell(cell, grid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_moves_from_position_to_position_and_stays_inside() {
        let grid = [3, 4];
        let mut pin = Pin { at: [0.3, 0.1] };
        let mut cells = Vec::new();
        for step in [Step::Right, Step::Down, Step::Down, Step::Down, Step::Left, Step::Left, Step::Left] {
            pin = pin.moved(step, grid);
            cells.push(position(pin.at, grid));
        }
        assert_eq!(cells, [[0, 2], [1, 2], [2, 2], [2, 2], [2, 1], [2, 0], [2, 0]]);
        assert_eq!(position(pin.moved(Step::Up, grid).at, grid), [1, 0]);
    }

    #[test]
    fn the_middle_of_a_position_lies_in_it_whatever_the_grid() {
        for (rows, columns) in [(1, 1), (7, 63), (480, 640)] {
            for cell in [[0, 0], [rows / 2, columns / 3], [rows - 1, columns - 1]] {
                assert_eq!(position(Pin::in_cell(cell, [rows, columns]).at, [rows, columns]), cell);
            }
        }
    }
}

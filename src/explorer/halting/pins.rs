//! Pinned positions.

use serde::{Deserialize, Serialize};

use crate::explorer::widgets::cells;

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
    /// In the middle of the picture.
    pub const MIDDLE: Self = Self { at: [0.5, 0.5] };

    /// In the middle of a position of a grid of `[rows, columns]`.
    pub fn in_cell(cell: [usize; 2], grid: [usize; 2]) -> Self {
        Self { at: cells::middle(grid, cell) }
    }

    /// The neighbouring position in a grid of `[rows, columns]`; at the rim it stays.
    pub fn moved(self, step: Step, grid: [usize; 2]) -> Self {
        let by = match step {
            Step::Left => [-1, 0],
            Step::Right => [1, 0],
            Step::Up => [0, -1],
            Step::Down => [0, 1],
        };
        Self { at: cells::beside(self.at, grid, by) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explorer::readout::position;

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

//! The values around a position, as a table that can be copied.

use std::fmt::Write as _;

use crate::maps::BlockMap;

/// Rows and columns on offer.
pub const EDGES: [usize; 3] = [3, 5, 7];

/// The values of a map around a position.
#[derive(Clone, Debug, PartialEq)]
pub struct Values {
    /// Row and column of each value in the map; rows from the top.
    pub rows: Vec<isize>,
    pub columns: Vec<isize>,
    /// Row by row; `None` outside the map, and where the map has no value.
    pub values: Vec<Option<f32>>,
}

impl Values {
    /// `edge` x `edge` values with `[row, column]` in their middle.
    pub fn around(map: &BlockMap, [row, column]: [usize; 2], edge: usize) -> Self {
        let half = (edge / 2) as isize;
        let around = |middle: usize| (-half..=half).map(|step| middle as isize + step).collect::<Vec<_>>();
        let (rows, columns) = (around(row), around(column));
        let value = |row: isize, column: isize| {
            let inside = (0..map.height as isize).contains(&row) && (0..map.width as isize).contains(&column);
            let value = inside.then(|| map.values[row as usize * map.width + column as usize]);
            value.filter(|value| !value.is_nan())
        };
        let values = rows.iter().flat_map(|&row| columns.iter().map(move |&column| (row, column)));
        let values = values.map(|(row, column)| value(row, column)).collect();
        Self { rows, columns, values }
    }

    /// Tab-separated, with the columns' and rows' numbers along its edges: what a spreadsheet takes.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        // Writing into a string cannot fail.
        for column in &self.columns {
            let _ = write!(text, "\t{column}");
        }
        for (row, values) in self.rows.iter().zip(self.values.chunks_exact(self.columns.len().max(1))) {
            let _ = write!(text, "\n{row}");
            for value in values {
                text.push('\t');
                if let Some(value) = value {
                    let _ = write!(text, "{value}");
                }
            }
        }
        text.push('\n');
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::maps::Range;

    #[test]
    fn values_are_those_of_the_map_and_nothing_stands_outside() {
        let values = vec![1.0, 2.0, 3.5, 4.0, f32::NAN, 6.0];
        let map = BlockMap::of_values([2, 3], values, vec![1; 6], Range { low: 0.0, high: 9.0 });
        let values = Values::around(&map, [0, 1], 3);
        assert_eq!(
            (values.rows.as_slice(), values.columns.as_slice()),
            ([-1, 0, 1].as_slice(), [0, 1, 2].as_slice())
        );
        assert_eq!(values.values[3..], [Some(1.0), Some(2.0), Some(3.5), Some(4.0), None, Some(6.0)]);
        assert_eq!(values.to_text(), "\t0\t1\t2\n-1\t\t\t\n0\t1\t2\t3.5\n1\t4\t\t6\n");
    }
}

//! Text in aligned columns.

/// Which edge of a column its cells stand at.
#[derive(Clone, Copy, PartialEq)]
pub enum Align {
    Left,
    Right,
}

/// Rows of as many cells as `align` has, each column as wide as its widest cell.
pub fn columns<const N: usize>(align: [Align; N], rows: &[[String; N]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; N] = std::array::from_fn(width);
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(align).zip(widths).map(|((cell, align), width)| match align {
            Align::Left => format!("{cell:<width$}"),
            Align::Right => format!("{cell:>width$}"),
        });
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_whatever_the_script() {
        let rows = [["Name", "Tau"], ["größe", "0.01"], ["x", "1"]].map(|row| row.map(str::to_owned));
        assert_eq!(columns([Align::Left, Align::Right], &rows), "Name    Tau\ngröße  0.01\nx         1\n");
    }
}

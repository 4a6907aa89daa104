//! Fixations as text: a point a line.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use super::SaliencyError;

/// Larger files are no list of one picture's fixations.
const MAX_BYTES: u64 = 64 << 20;

/// Points `[x, y]`, in pixels from the upper left corner.
///
/// # Errors
/// [`SaliencyError::Read`] and [`SaliencyError::NotPoints`].
pub fn read(path: &Path) -> Result<Vec<[f64; 2]>, SaliencyError> {
    let name = path.display().to_string();
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_string(&mut text));
    match read {
        Ok(bytes) if bytes as u64 > MAX_BYTES => {
            Err(SaliencyError::Read { name, reason: ErrorKind::FileTooLarge.into() })
        }
        Ok(_) => parse(&text).map_err(|line| SaliencyError::NotPoints { name, line }),
        Err(reason) => Err(SaliencyError::Read { name, reason }),
    }
}

/// The points of a text, or the number of the line that has none. Columns are parted by commas, semicolons, tabs or spaces. The
/// first line may name them; then those called `x` and `y` count, otherwise the first two. Empty lines and those that begin with
/// `#` are left out.
fn parse(text: &str) -> Result<Vec<[f64; 2]>, usize> {
    let mut columns = [0, 1];
    let mut is_first = true;
    let mut points = Vec::new();
    let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
    for (line, text) in lines.enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
        let fields = fields(text);
        let number = |column: usize| fields.get(column)?.parse().ok().filter(|at: &f64| at.is_finite());
        match columns.map(number) {
            [Some(x), Some(y)] => points.push([x, y]),
            // A heading has no number at all; a line of numbers that is short of one is a fault, wherever it stands.
            _ if is_first && fields.iter().all(|field| field.parse::<f64>().is_err()) => {
                let called =
                    |wanted: &str| fields.iter().position(|field| field.eq_ignore_ascii_case(wanted));
                if let (Some(x), Some(y)) = (called("x"), called("y")) {
                    columns = [x, y];
                }
            }
            _ => return Err(line + 1),
        }
        is_first = false;
    }
    Ok(points)
}

/// The columns of a line; empty ones are columns, too, unless they are parted by spaces.
fn fields(line: &str) -> Vec<&str> {
    match line.contains([',', ';', '\t']) {
        true => line.split([',', ';', '\t']).map(|field| field.trim().trim_matches('"')).collect(),
        false => line.split_whitespace().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_read_however_they_are_parted() {
        let expected = Ok(vec![[1.5, 2.0], [30.0, 4.0]]);
        for text in [
            "1.5,2\n30,4\n",
            "# eyes\n\n1.5 2\r\n 30   4 ",
            "x;y\n1.5;2\n30;4",
            "\u{feff}\"y\",\"time\",\"x\"\n2,0.1,1.5\n4,,30",
            "1.5\t2\tleft\n30\t4\tright",
        ] {
            assert_eq!(parse(text), expected, "{text:?}");
        }
        assert_eq!(parse("x,y\n"), Ok(vec![]));
    }

    #[test]
    fn a_line_without_a_point_is_named() {
        for (text, line) in
            [("1,2\n3", 2), ("1,2\nx,y", 2), ("1,2\n\n3,nan", 3), ("x,y\nlabel,here", 2), ("7", 1)]
        {
            assert_eq!(parse(text), Err(line), "{text:?}");
        }
    }
}

//! Where people looked at a picture.

use std::ffi::OsStr;
use std::path::Path;

use super::{SaliencyError, mat, points};
use crate::image::{self, RgbImage};

/// Positions that fixations have at most.
pub const MAX_POSITIONS: usize = 16 << 20;
/// Share of a density's positions that count as fixated, those of the greatest density.
const DENSEST: f64 = 0.2;

/// What a fixation map tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FixationKind {
    /// Positions that were looked at, or an area: white on black.
    Points,
    /// How often people looked at each position: the brighter, the more.
    Density,
}

/// The fixations of one picture: at least one position is fixated, and one is not.
#[derive(Clone, Debug, PartialEq)]
pub struct Fixations {
    /// The file they come from.
    pub(super) name: String,
    pub(super) height: usize,
    pub(super) width: usize,
    /// `height * width`, row by row.
    pub(super) fixated: Vec<bool>,
    pub(super) count: usize,
    /// Of a density, its values.
    pub(super) density: Option<Vec<f32>>,
}

impl Fixations {
    /// Reads fixations from a file: a map as a picture, white where people looked, or as a matrix in a MATLAB file (`.mat`); or points
    /// as text (`.csv`, `.txt`, `.tsv`), two numbers `x` and `y` a line in pixels of the picture, which has `height` x `width` of
    /// them. Without a `kind`, a map of two values tells points and one of more a density.
    ///
    /// # Errors
    /// Every [`SaliencyError`] but [`SaliencyError::OtherShape`].
    pub fn open(
        path: &Path,
        picture: (usize, usize),
        kind: Option<FixationKind>,
    ) -> Result<Self, SaliencyError> {
        let name = path.display().to_string();
        match Format::of(path) {
            Format::Text => Self::of_points(&points::read(path)?, picture, &name),
            Format::Matrix => {
                let mat::Matrix { rows, columns, mut values } = mat::read(path)?;
                if kind == Some(FixationKind::Points) {
                    // Matrices may count how often a position was looked at.
                    values.iter_mut().for_each(|value| *value = f32::from(*value > 0.0));
                }
                Self::of_values(values, (rows, columns), kind, &name)
            }
            Format::Picture => Self::of_picture(&image::open(path)?, kind, &name),
        }
    }

    /// Those that a picture shows.
    ///
    /// # Errors
    /// [`SaliencyError::TooLarge`], and as [`of_values`](Self::of_values).
    pub fn of_picture(
        picture: &RgbImage,
        kind: Option<FixationKind>,
        name: &str,
    ) -> Result<Self, SaliencyError> {
        let [width, height] = [picture.width(), picture.height()].map(|edge| edge as usize);
        if width.saturating_mul(height) > MAX_POSITIONS {
            return Err(SaliencyError::TooLarge { name: name.to_owned(), width, height });
        }
        // Whole numbers: two shades of a grey picture stay two.
        let grey = |pixel: &::image::Rgb<u8>| f32::from(pixel.0.iter().copied().map(u16::from).sum::<u16>());
        Self::of_values(picture.pixels().map(grey).collect(), (height, width), kind, name)
    }

    /// Those at points `[x, y]` of a picture of `height` x `width`, in pixels from its upper left corner; points outside it are
    /// left out. Of a picture beyond [`MAX_POSITIONS`] the grid is coarser than its pixels.
    ///
    /// # Errors
    /// [`SaliencyError::NoFixations`] and [`SaliencyError::AllFixated`].
    pub fn of_points(
        points: &[[f64; 2]],
        (height, width): (usize, usize),
        name: &str,
    ) -> Result<Self, SaliencyError> {
        let scale = (MAX_POSITIONS as f64 / (height as f64 * width as f64)).sqrt().min(1.0);
        let [rows, columns] = [height, width].map(|edge| ((edge as f64 * scale) as usize).max(1));
        let mut fixated = vec![false; rows * columns];
        for &[x, y] in points {
            if (0.0..width as f64).contains(&x) && (0.0..height as f64).contains(&y) {
                let [row, column] =
                    [(y, rows), (x, columns)].map(|(at, edge)| ((at * scale) as usize).min(edge - 1));
                fixated[row * columns + column] = true;
            }
        }
        Self::new((rows, columns), fixated, None, name)
    }

    /// Those that `height * width` values tell, row by row. Points are where a value lies in the upper half of what there are, so
    /// that a lossy picture of them can be read. A density is fixated where it is greatest, in a fifth of its positions; the
    /// published figures are of points.
    ///
    /// # Errors
    /// [`SaliencyError::NoFixations`] if all values are 0, and [`SaliencyError::AllFixated`] if they are the same otherwise.
    pub fn of_values(
        values: Vec<f32>,
        size: (usize, usize),
        kind: Option<FixationKind>,
        name: &str,
    ) -> Result<Self, SaliencyError> {
        let least = values.iter().copied().fold(f32::INFINITY, f32::min);
        let greatest = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        if least >= greatest {
            let fixated = vec![greatest > 0.0; values.len()];
            return Self::new(size, fixated, None, name);
        }
        let has_two = || values.iter().all(|&value| value == least || value == greatest);
        match kind {
            Some(FixationKind::Density) => {}
            None if !has_two() => {}
            _ => {
                let middle = (least + greatest) / 2.0;
                let fixated = values.iter().map(|&value| value > middle).collect();
                return Self::new(size, fixated, None, name);
            }
        }
        let mut ordered = values.clone();
        let place = ((1.0 - DENSEST) * values.len() as f64) as usize;
        let (_, &mut threshold, _) =
            ordered.select_nth_unstable_by(place.min(values.len() - 1), f32::total_cmp);
        let fixated = values.iter().map(|&value| value >= threshold && value > least).collect();
        Self::new(size, fixated, Some(values), name)
    }

    fn new(
        (height, width): (usize, usize),
        fixated: Vec<bool>,
        density: Option<Vec<f32>>,
        name: &str,
    ) -> Result<Self, SaliencyError> {
        let name = name.to_owned();
        let count = fixated.iter().filter(|&&fixated| fixated).count();
        match count {
            0 => Err(SaliencyError::NoFixations { name }),
            all if all == fixated.len() => Err(SaliencyError::AllFixated { name }),
            count => Ok(Self { name, height, width, fixated, count, density }),
        }
    }

    /// Rows and columns of the grid they are given in.
    pub fn size(&self) -> (usize, usize) {
        (self.height, self.width)
    }

    /// Whether each position is fixated, row by row.
    pub fn fixated(&self) -> &[bool] {
        &self.fixated
    }

    /// How many positions are fixated; two fixations of one position are one.
    pub fn count(&self) -> usize {
        self.count
    }

    pub fn kind(&self) -> FixationKind {
        if self.density.is_some() { FixationKind::Density } else { FixationKind::Points }
    }
}

/// How fixations are stored, the exact ones first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Format {
    Text,
    Matrix,
    Picture,
}

impl Format {
    /// What a file's name says, a picture if nothing else.
    pub fn of(path: &Path) -> Self {
        let ending = path.extension().and_then(OsStr::to_str).unwrap_or_default().to_ascii_lowercase();
        match ending.as_str() {
            "csv" | "txt" | "tsv" => Self::Text,
            "mat" => Self::Matrix,
            _ => Self::Picture,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f32], kind: Option<FixationKind>) -> Result<Fixations, SaliencyError> {
        Fixations::of_values(values.to_vec(), (1, values.len()), kind, "looks.png")
    }

    #[test]
    fn two_values_are_points_and_more_are_a_density() {
        let points = of(&[0.0, 255.0, 0.0, 255.0, 0.0], None).unwrap();
        assert_eq!((points.kind(), points.count()), (FixationKind::Points, 2));
        assert_eq!(points.fixated(), [false, true, false, true, false]);

        let values = [1.0, 9.0, 2.0, 8.0, 3.0, 7.0, 4.0, 6.0, 5.0, 5.0];
        let density = of(&values, None).unwrap();
        assert_eq!((density.kind(), density.count()), (FixationKind::Density, 2));
        assert!(density.fixated()[1] && density.fixated()[3]);

        // A lossy picture of dots, and a density of two values.
        let lossy = of(&[3.0, 250.0, 0.0, 240.0, 12.0], Some(FixationKind::Points)).unwrap();
        assert_eq!(lossy, points);
        assert_eq!(of(&[0.0, 1.0], Some(FixationKind::Density)).unwrap().kind(), FixationKind::Density);
    }

    /// Where most of a density is empty, what is empty is not fixated.
    #[test]
    fn an_empty_position_is_never_fixated() {
        let mut values = vec![0.0; 100];
        values[7] = 1.0;
        values[8] = 2.0;
        assert_eq!(of(&values, None).unwrap().count(), 2);
    }

    #[test]
    fn points_stand_at_their_pixels_once_and_within_the_picture() {
        let points = [[0.0, 0.0], [2.9, 1.0], [2.1, 1.9], [3.0, 0.0], [-0.1, 0.0], [0.0, f64::NAN]];
        let fixations = Fixations::of_points(&points, (2, 3), "looks.csv").unwrap();
        assert_eq!(fixations.fixated(), [true, false, false, false, false, true]);
        assert_eq!(fixations.count(), 2);

        let vast = (MAX_POSITIONS, 4);
        let fixations =
            Fixations::of_points(&[[3.9, MAX_POSITIONS as f64 - 0.1]], vast, "looks.csv").unwrap();
        let (height, width) = fixations.size();
        assert!(height * width <= MAX_POSITIONS && fixations.fixated().ends_with(&[true]));
    }

    #[test]
    fn nothing_and_everything_cannot_be_told_apart_from_the_rest() {
        let none = of(&[0.0; 4], None).unwrap_err().to_string();
        assert!(none.contains("looks.png has no fixations"), "{none}");
        let all = of(&[255.0; 4], Some(FixationKind::Density)).unwrap_err().to_string();
        assert!(all.contains("in looks.png every position"), "{all}");
        assert!(Fixations::of_points(&[[9.0, 9.0]], (2, 2), "looks.csv").is_err());
        assert!(Fixations::of_points(&[[0.0, 0.0]], (1, 1), "looks.csv").is_err());
    }
}

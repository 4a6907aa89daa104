//! The sizes of everything in a grid on a page of the width that is asked for, found before anything is drawn.

use super::bar::{self, Drawn};
use super::*;
use crate::figure::scene::{POINTS_PER_MM, Rgb};
use crate::figure::text::{self, LEADING};
use crate::figure::{BarPlace, Labels, Theme};

// Shares of the font size.
/// Around everything.
pub(super) const MARGIN: f32 = 0.4;
/// Between what belongs together.
pub(super) const PAD: f32 = 0.3;
const GAP: f32 = 0.8;
/// Taller pictures are shown narrower: height divided by width.
pub(in crate::figure) const TALLEST: f32 = 1.5;
/// Panels narrower than this, in points, show nothing.
const NARROWEST: f32 = 5.0 * POINTS_PER_MM;

/// The colours of all that is not a picture.
pub(super) struct Inks {
    pub ink: Rgb,
    pub muted: Rgb,
    /// What is taken to be behind everything.
    pub paper: Rgb,
}

impl Inks {
    pub fn of(theme: Theme) -> Self {
        match theme {
            Theme::Light | Theme::Transparent => {
                Self { ink: [0x1c, 0x1c, 0x1e], muted: [0x63, 0x63, 0x68], paper: [0xff; 3] }
            }
            Theme::Dark => {
                Self { ink: [0xec, 0xec, 0xee], muted: [0xa6, 0xa6, 0xac], paper: [0x15, 0x16, 0x1a] }
            }
        }
    }
}

/// Between neighbouring cells.
pub(super) fn gap(look: &Look) -> f32 {
    GAP * look.font_size
}

/// All sizes that are known before anything is drawn.
pub(super) struct Sheet<'a> {
    pub grid: &'a Grid,
    pub look: &'a Look,
    pub inks: Inks,
    pub width: f32,
    /// Left edge of the first cell.
    pub left: f32,
    /// Of each cell.
    pub cell: f32,
    pub rows: Vec<Lines>,
    /// Length of an upright bar.
    pub upright: f32,
}

/// A row's texts in lines, and the heights that they need.
pub(super) struct Lines {
    pub titles: Vec<Vec<String>>,
    pub title_height: f32,
    pub image_height: f32,
    pub caption_height: f32,
    pub bar_height: f32,
}

impl<'a> Sheet<'a> {
    pub fn of(grid: &'a Grid, look: &'a Look) -> Result<Self, FigureError> {
        let size = look.font_size;
        let width = look.width * POINTS_PER_MM;
        let has_heads = look.labels != Labels::None && grid.rows.iter().any(|row| !row.head.is_empty());
        let head = if has_heads { (LEADING + PAD) * size } else { 0.0 };
        let mut sheet = Self {
            grid,
            look,
            inks: Inks::of(look.theme),
            width,
            left: MARGIN * size + head,
            cell: 0.0,
            rows: Vec::new(),
            upright: 0.0,
        };
        // How much room upright bars need depends on how long they are, and that on the cells, which get the rest.
        for _ in 0..4 {
            let bars =
                sheet.upright_bars().map(|bar| bar.width(sheet.upright) + 1.5 * gap(look)).sum::<f32>();
            let columns = grid.columns.max(1) as f32;
            let room = width - sheet.left - MARGIN * size - bars - (columns - 1.0) * gap(look);
            let cell = room / columns;
            if cell < NARROWEST {
                return Err(FigureError::Unfit(format!(
                    "{} mm are too narrow for {} panels side by side: choose a greater width or a smaller font",
                    look.width, grid.columns
                )));
            }
            sheet.cell = cell;
            sheet.rows = sheet.lines();
            let before = sheet.upright;
            sheet.upright = sheet.images_height().min(bar::LONGEST);
            if (before - sheet.upright).abs() < 0.01 {
                break;
            }
        }
        Ok(sheet)
    }

    pub fn upright_bars(&self) -> impl Iterator<Item = Drawn<'a>> {
        let (bars, look): (&'a [Bar], &'a Look) = (&self.grid.bars, self.look);
        let shown = if look.colorbar == BarPlace::Right { bars } else { &[] };
        shown.iter().map(move |bar| Drawn { bar, look })
    }

    pub fn drawn(&self, bar: &'a Bar) -> Drawn<'a> {
        Drawn { bar, look: self.look }
    }

    fn lines(&self) -> Vec<Lines> {
        let (size, look) = (self.look.font_size, self.look);
        let mut letter = 0;
        let rows = self.grid.rows.iter().map(|row| {
            let titles: Vec<Vec<String>> = row
                .cells
                .iter()
                .map(|cell| {
                    let Some(title) = &cell.title else { return Vec::new() };
                    letter += 1;
                    text::wrap(&labelled(look.labels, letter - 1, title), size, self.cell)
                })
                .collect();
            let most = titles.iter().map(Vec::len).max().unwrap_or(0) as f32;
            let captioned =
                look.labels != Labels::None && row.cells.iter().any(|cell| !cell.caption.is_empty());
            let aspect = row.cells.iter().map(|cell| cell.aspect.min(TALLEST)).fold(0.0, f32::max);
            let bars = row.cells.iter().filter_map(|cell| cell.bar.as_ref());
            let bars = bars.filter(|_| look.colorbar != BarPlace::None);
            let bar_height =
                bars.map(|bar| self.drawn(bar).height(self.cell) + gap(look)).fold(0.0, f32::max);
            Lines {
                titles,
                title_height: if most > 0.0 { most * LEADING * size + PAD * size } else { 0.0 },
                image_height: aspect * self.cell,
                caption_height: if captioned { (LEADING + PAD) * size } else { 0.0 },
                bar_height,
            }
        });
        rows.collect()
    }

    /// From the top of the first picture to the bottom of the last.
    pub fn images_height(&self) -> f32 {
        let all: f32 = self.rows.iter().map(Lines::height).sum::<f32>()
            + self.rows.len().saturating_sub(1) as f32 * gap(self.look);
        let before = self.rows.first().map_or(0.0, |row| self.before(row));
        let after = self.rows.last().map_or(0.0, |row| row.height() - self.before(row) - row.image_height);
        all - before - after
    }

    /// Height of what stands above a row's pictures.
    pub fn before(&self, row: &Lines) -> f32 {
        if self.grid.titles == Side::Above { row.title_height } else { 0.0 }
    }

    pub fn cell_left(&self, column: usize) -> f32 {
        self.left + column as f32 * (self.cell + gap(self.look))
    }

    /// Right edge of the last cell.
    pub fn right(&self) -> f32 {
        self.cell_left(self.grid.columns.saturating_sub(1)) + self.cell
    }
}

impl Lines {
    pub fn height(&self) -> f32 {
        self.title_height + self.image_height + self.caption_height + self.bar_height
    }
}

/// A title as it is written: `Overlay`, `(b)`, `(b) Overlay` or nothing.
fn labelled(labels: Labels, index: usize, title: &str) -> String {
    match (labels.letters(), labels.titles()) {
        (false, false) => String::new(),
        (false, true) => title.to_owned(),
        (true, false) => letter(index),
        (true, true) => format!("{} {title}", letter(index)),
    }
}

/// `(a)` to `(z)`, then `(aa)`.
fn letter(index: usize) -> String {
    let mut letters = String::new();
    let mut left = index + 1;
    while left > 0 {
        left -= 1;
        letters.insert(0, char::from(b'a' + (left % 26) as u8));
        left /= 26;
    }
    format!("({letters})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_go_on_after_z() {
        assert_eq!(
            [0, 1, 25, 26, 27, 701, 702].map(letter),
            ["(a)", "(b)", "(z)", "(aa)", "(ab)", "(zz)", "(aaa)"]
        );
    }
}

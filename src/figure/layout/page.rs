//! Draws everything of a grid in its place.

use super::bar::{self, HAIR};
use super::sheet::{Lines, MARGIN, PAD, Sheet, gap};
use super::*;
use crate::figure::scene::{Anchor, Area, Item, POINTS_PER_MM, Raster, Rgb, Text};
use crate::figure::text::{self, CAPITAL, LEADING};
use crate::figure::{BarPlace, Labels, Theme};

/// Size of the title and of what is said beneath all, as shares of the font size.
const TITLE: f32 = 1.25;
const NOTE: f32 = 0.85;
/// Longer pages cannot be written as PDF, in points.
const LONGEST: f32 = 14_000.0;

/// # Errors
/// [`FigureError::Unfit`] if there is no room for the cells side by side, or no page as long.
pub(super) fn laid_out(grid: &Grid, look: &Look) -> Result<Scene, FigureError> {
    let sheet = Sheet::of(grid, look)?;
    let mut page = Page { sheet: &sheet, items: Vec::new(), y: MARGIN * look.font_size };
    page.draw_title();
    let top = page.y;
    page.draw_rows();
    page.draw_upright_bars(top);
    page.draw_lying_bars();
    page.draw_note();
    let (width, height) = (sheet.width, page.y + MARGIN * look.font_size);
    if height > LONGEST {
        return Err(FigureError::Unfit(format!(
            "the figure would be {:.0} mm tall: choose fewer pictures, more columns or a smaller width",
            height / POINTS_PER_MM
        )));
    }
    let paper = (look.theme != Theme::Transparent).then_some(sheet.inks.paper);
    Ok(Scene { width, height, paper, items: page.items })
}

/// A page while it is drawn, from above to below.
struct Page<'a> {
    sheet: &'a Sheet<'a>,
    items: Vec<Item>,
    y: f32,
}

impl Page<'_> {
    fn draw_title(&mut self) {
        let look = self.sheet.look;
        let size = TITLE * look.font_size;
        let margin = MARGIN * look.font_size;
        for line in text::wrap(&look.title, size, self.sheet.width - 2.0 * margin) {
            let at = (self.sheet.width / 2.0, self.y);
            self.draw_line(line, at, Anchor::Middle, size, self.sheet.inks.ink);
            self.y += LEADING * size;
        }
        if !look.title.is_empty() {
            self.y += 2.0 * PAD * look.font_size;
        }
    }

    fn draw_rows(&mut self) {
        let sheet = self.sheet;
        for (index, (row, lines)) in sheet.grid.rows.iter().zip(&sheet.rows).enumerate() {
            if index > 0 {
                self.y += gap(sheet.look);
            }
            let top = self.y + sheet.before(lines);
            for (column, (cell, titles)) in row.cells.iter().zip(&lines.titles).enumerate() {
                self.draw_cell((sheet.cell_left(column), top), cell, titles, lines);
            }
            self.draw_head(&row.head, top, lines.image_height);
            self.y += lines.height();
        }
    }

    fn draw_cell(&mut self, (x, top): (f32, f32), cell: &Cell, titles: &[String], lines: &Lines) {
        let sheet = self.sheet;
        let (look, size) = (sheet.look, sheet.look.font_size);
        let area = self.draw_picture(x, top, cell, lines.image_height);
        let bottom = top + lines.image_height;

        // Above, titles stand on the picture; beneath, they hang from it.
        let height = titles.len() as f32 * LEADING * size;
        let mut y = match sheet.grid.titles {
            Side::Above => top - PAD * size - height,
            Side::Below => bottom + PAD * size,
        };
        let lettered = look.labels.letters() && sheet.grid.titles == Side::Above;
        let (place, anchor) =
            if lettered { (area.x, Anchor::Start) } else { (x + sheet.cell / 2.0, Anchor::Middle) };
        for line in titles {
            self.draw_line(line.clone(), (place, y), anchor, size, sheet.inks.ink);
            y += LEADING * size;
        }

        let below = if sheet.grid.titles == Side::Below { lines.title_height } else { 0.0 };
        if lines.caption_height > 0.0 {
            let at = (x + sheet.cell / 2.0, bottom + below + PAD * size);
            let caption = text::shortened(&cell.caption, size, sheet.cell + gap(look));
            self.draw_line(caption, at, Anchor::Middle, size, sheet.inks.muted);
        }
        if let (Some(bar), true) = (&cell.bar, lines.bar_height > 0.0) {
            let y = bottom + below + lines.caption_height + gap(look);
            sheet.drawn(bar).draw_horizontal(&mut self.items, (x, y), sheet.cell, &sheet.inks);
        }
    }

    /// The picture as large as it can be in its cell; returns where it is.
    fn draw_picture(&mut self, x: f32, top: f32, cell: &Cell, height: f32) -> Area {
        let room = self.sheet.cell;
        let width = room.min(height / cell.aspect.max(1e-3));
        let (x, used) = (x + (room - width) / 2.0, width * cell.aspect);
        let y = match self.sheet.grid.titles {
            Side::Above => top,
            Side::Below => top + height - used,
        };
        let area = Area { x, y, width, height: used };
        let dots = self.sheet.look.dpi as f32 / 72.0;
        self.items.push(Item::Raster(Raster { area, dots, drawing: cell.drawing.clone() }));
        self.items.push(Item::Frame { area, width: HAIR, color: self.sheet.inks.muted });
        area
    }

    /// What a row is about, upwards along its left side.
    fn draw_head(&mut self, head: &str, top: f32, height: f32) {
        let (look, size) = (self.sheet.look, self.sheet.look.font_size);
        if head.is_empty() || look.labels == Labels::None {
            return;
        }
        // Smaller where it does not fit, and shorter where that is not enough.
        let fitting = size * (height / text::width(head, size).max(1.0) / 1.1).clamp(0.75, 1.0);
        let text = text::shortened(head, fitting, height);
        let x = MARGIN * size + (CAPITAL + LEADING) / 2.0 * size;
        let (at, color) = ((x, top + height / 2.0), self.sheet.inks.ink);
        let text = Text { text, at, anchor: Anchor::Middle, size: fitting, color, upwards: true };
        self.items.push(Item::Text(text));
    }

    fn draw_upright_bars(&mut self, top: f32) {
        let sheet = self.sheet;
        let first = sheet.rows.first().map_or(0.0, |row| sheet.before(row));
        let y = top + first + (sheet.images_height() - sheet.upright) / 2.0;
        let mut x = sheet.right();
        for bar in sheet.upright_bars() {
            x += 1.5 * gap(sheet.look);
            bar.draw_vertical(&mut self.items, (x, y), sheet.upright, &sheet.inks);
            x += bar.width(sheet.upright);
        }
    }

    fn draw_lying_bars(&mut self) {
        let sheet = self.sheet;
        let bars = &sheet.grid.bars;
        if sheet.look.colorbar != BarPlace::Below || bars.is_empty() {
            return;
        }
        self.y += 1.2 * gap(sheet.look);
        // Under its columns, or side by side where columns have been broken into several rows.
        let broken = bars.iter().any(|bar| bar.span.1 >= sheet.grid.columns);
        let share = (sheet.right() - sheet.left - (bars.len() - 1) as f32 * 2.0 * gap(sheet.look))
            / bars.len() as f32;
        let mut tallest: f32 = 0.0;
        for (index, bar) in bars.iter().enumerate() {
            let (left, room) = if broken {
                (sheet.left + index as f32 * (share + 2.0 * gap(sheet.look)), share)
            } else {
                let left = sheet.cell_left(bar.span.0);
                (left, sheet.cell_left(bar.span.1) + sheet.cell - left)
            };
            let length = room.min(bar::LONGEST);
            let at = (left + (room - length) / 2.0, self.y);
            let drawn = sheet.drawn(bar);
            drawn.draw_horizontal(&mut self.items, at, length, &sheet.inks);
            tallest = tallest.max(drawn.height(length));
        }
        self.y += tallest;
    }

    fn draw_note(&mut self) {
        let sheet = self.sheet;
        if !sheet.look.labels.titles() || sheet.grid.note.is_empty() {
            return;
        }
        let size = NOTE * sheet.look.font_size;
        self.y += PAD * size;
        for line in text::wrap(sheet.grid.note, size, sheet.right() - sheet.left) {
            self.draw_line(line, (sheet.left, self.y), Anchor::Start, size, sheet.inks.muted);
            self.y += LEADING * size;
        }
    }

    /// A line of text whose upper edge is at `y`.
    fn draw_line(&mut self, text: String, (x, y): (f32, f32), anchor: Anchor, size: f32, color: Rgb) {
        let at = (x, y + (CAPITAL + LEADING) / 2.0 * size);
        self.items.push(Item::Text(Text { text, at, anchor, size, color, upwards: false }));
    }
}

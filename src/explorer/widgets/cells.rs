//! Cells of a grid over a picture: where one lies, which is beside it, and a frame around it that is seen on any map.

use eframe::egui::{Color32, Painter, Rect, Stroke, StrokeKind, Vec2, vec2};

use crate::explorer::readout::position;

/// Two tones, so that one of them stands out whatever colour of a map is below.
pub(crate) const DARK: Color32 = Color32::from_black_alpha(160);
pub(crate) const LIGHT: Color32 = Color32::WHITE;

/// Of a line in one tone, and of one in a colour, in points.
const TONE: f32 = 1.5;
const COLOUR: f32 = 2.0;
/// Least edge of what a frame goes around.
const LEAST: f32 = 6.0;

/// Where a cell of a grid of `[rows, columns]` lies in a picture of it.
pub(crate) fn cell_rect(image: Rect, [rows, columns]: [usize; 2], [row, column]: [usize; 2]) -> Rect {
    let size = image.size() / vec2(columns.max(1) as f32, rows.max(1) as f32);
    Rect::from_min_size(image.min + vec2(column as f32, row as f32) * size, size)
}

/// The middle of a cell, in shares of the picture's width and height.
pub(crate) fn middle([rows, columns]: [usize; 2], [row, column]: [usize; 2]) -> [f32; 2] {
    let middle = |index: usize, count: usize| (index as f32 + 0.5) / count.max(1) as f32;
    [middle(column, columns), middle(row, rows)]
}

/// The middle of the cell that lies so many cells to the right and down of the one that holds `uv`; it stays inside.
pub(crate) fn beside(uv: [f32; 2], grid: [usize; 2], [right, down]: [isize; 2]) -> [f32; 2] {
    let [row, column] = position(uv, grid);
    let go =
        |from: usize, by: isize, count: usize| from.saturating_add_signed(by).min(count.saturating_sub(1));
    middle(grid, [go(row, down, grid[0]), go(column, right, grid[1])])
}

/// A frame around a cell in two tones, with a line in a colour of its own between them if it has one; never so small that
/// it cannot be seen.
pub(crate) fn frame(painter: &Painter, cell: Rect, colour: Option<Color32>) {
    let rect = Rect::from_center_size(cell.center(), cell.size().max(Vec2::splat(LEAST)));
    let line = |from: f32, width: f32, colour: Color32| {
        painter.rect_stroke(rect.expand(from), 0, Stroke::new(width, colour), StrokeKind::Outside);
    };
    let between = if colour.is_some() { COLOUR } else { 0.0 };
    line(TONE + between, TONE, DARK);
    line(0.0, TONE, LIGHT);
    if let Some(colour) = colour {
        line(TONE, between, colour);
    }
}

#[cfg(test)]
mod tests {
    use eframe::egui::pos2;

    use super::*;
    use crate::explorer::theme::contrast;
    use crate::figure::Colormap;

    #[test]
    fn cells_tile_the_picture() {
        let image = Rect::from_min_max(pos2(10.0, 20.0), pos2(110.0, 70.0));
        let cell = |uv| cell_rect(image, [5, 4], position(uv, [5, 4]));
        assert_eq!(cell([0.99, 0.0]), Rect::from_min_max(pos2(85.0, 20.0), pos2(110.0, 30.0)));
        assert_eq!(cell([1.0, 1.0]).max, image.max);
    }

    #[test]
    fn the_cell_beside_stays_in_the_grid() {
        let at = |from, by| position(beside(middle([3, 4], from), [3, 4], by), [3, 4]);
        assert_eq!(at([0, 1], [1, 0]), [0, 2]);
        assert_eq!(at([0, 1], [0, 1]), [1, 1]);
        assert_eq!(at([0, 1], [-5, -1]), [0, 0]);
        assert_eq!(at([0, 1], [9, 9]), [2, 3]);
    }

    #[test]
    fn one_tone_of_a_frame_stands_out_on_every_colour_of_a_map() {
        for colormap in Colormap::ALL {
            for step in 0..=255 {
                let [red, green, blue] = colormap.color(step as f32 / 255.0);
                let below = Color32::from_rgb(red, green, blue);
                let dark = below.blend(DARK);
                let found = contrast(LIGHT, below).max(contrast(dark, below));
                assert!(found >= 3.0, "{}: {found:.2}:1 on {below:?}", colormap.name());
            }
        }
    }
}

//! Which classes are taken for which.

use std::f32::consts::FRAC_PI_2;
use std::sync::Arc;

use eframe::egui::epaint::TextShape;
use eframe::egui::text::{Galley, LayoutJob, TextWrapping};
use eframe::egui::{
    Align2, Color32, Mesh, Pos2, Rect, Response, Role, Sense, TextFormat, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use super::charts::{framed, nothing_ui};
use crate::evaluate::CaseRecord;
use crate::explorer::theme::contrast::ink_on;
use crate::explorer::theme::{Tokens, font, radius, space, tokens};

/// Classes up to which cells bear numbers, and rows and columns names.
const NAMED: usize = 12;
/// Of the names before the rows, and at most of those that stand upright over the columns, in points.
const NAMES: f32 = 76.0;
/// Width of a cell from which it bears its number.
const NUMBERED: f32 = 22.0;

/// A matrix: rows are labels, columns what they are taken for; stronger the larger the share of the row.
pub(super) fn confusion_ui(ui: &mut Ui, case: &CaseRecord, classes: &[String], size: Vec2) {
    let confusion = &case.breakdown.confusion;
    framed(ui, "Confusion", "rows: true class; columns: predicted", size, |ui| {
        if confusion.is_empty() {
            return nothing_ui(ui, "Needs images whose class is known.");
        }
        let last = confusion.iter().flat_map(|(label, row)| row.keys().chain([label])).max();
        let count = classes.len().max(last.map_or(0, |last| last + 1));
        let name = |class: usize| classes.get(class).cloned().unwrap_or_else(|| format!("class {class}"));
        let (area, response) = ui.allocate_exact_size(ui.available_size(), Sense::hover());
        let grid = if count <= NAMED {
            let names: Vec<String> = (0..count).map(name).collect();
            named_grid(ui, area, &names)
        } else {
            Grid { rect: area, count, named: false }
        };
        cells_ui(ui, case, &grid);
        let right: u64 = confusion.iter().filter_map(|(label, row)| row.get(label)).sum();
        let all: u64 = confusion.values().flat_map(|row| row.values()).sum();
        let words =
            format!("Confusion matrix of {count} classes: {right} of {all} images taken for what they are");
        response.widget_info(|| WidgetInfo::labeled(Role::Image, ui.is_enabled(), &words));
        explain(response, case, &grid, name);
    });
}

/// Where the cells lie.
struct Grid {
    rect: Rect,
    count: usize,
    named: bool,
}

impl Grid {
    fn cell(&self) -> Vec2 {
        self.rect.size() / self.count as f32
    }

    fn at(&self, row: usize, column: usize) -> Rect {
        Rect::from_min_size(self.rect.min + vec2(column as f32, row as f32) * self.cell(), self.cell())
    }

    /// Row and column of a point.
    fn place_at(&self, point: Pos2) -> (usize, usize) {
        let place = (point - self.rect.min) / self.cell();
        let index = |place: f32| (place.max(0.0) as usize).min(self.count.saturating_sub(1));
        (index(place.y), index(place.x))
    }
}

/// Names of rows and columns, and the grid between them. Where a column is too narrow for any of its names, all of them
/// stand upright.
fn named_grid(ui: &Ui, area: Rect, names: &[String]) -> Grid {
    let muted = tokens(ui).text_muted;
    let left = area.left() + NAMES;
    let across = (area.right() - left) / names.len() as f32;
    let galleys: Vec<Arc<Galley>> =
        names.iter().map(|name| short(ui, name, NAMES - space::S, muted)).collect();
    let longest = galleys.iter().map(|galley| galley.size().x).fold(0.0, f32::max);
    let line = galleys.iter().map(|galley| galley.size().y).fold(0.0, f32::max);
    let upright = longest + space::S > across;
    let head = if upright { longest } else { line };
    let rect = Rect::from_min_max(pos2(left, area.top() + head + space::XS), area.max);
    let grid = Grid { rect, count: names.len(), named: true };
    for (class, galley) in galleys.into_iter().enumerate() {
        let size = galley.size();
        let row = grid.at(class, 0).left_center() - vec2(space::S + size.x, 0.5 * size.y);
        ui.painter().galley(row, Arc::clone(&galley), muted);
        let foot = pos2(grid.at(0, class).center().x, rect.top() - space::XS);
        let column = if upright {
            // Turned around its upper left corner, it goes up from there.
            TextShape::new(foot - vec2(0.5 * size.y, 0.0), galley, muted).with_angle(-FRAC_PI_2)
        } else {
            TextShape::new(foot - vec2(0.5 * size.x, size.y), galley, muted)
        };
        ui.painter().add(column);
    }
    grid
}

/// A name in a line that is no longer than `width`.
fn short(ui: &Ui, name: &str, width: f32, colour: Color32) -> Arc<Galley> {
    let mut job = LayoutJob::single_section(name.to_owned(), TextFormat::simple(font::small(), colour));
    job.wrap = TextWrapping::truncate_at_width(width);
    ui.painter().layout_job(job)
}

fn cells_ui(ui: &Ui, case: &CaseRecord, grid: &Grid) {
    let t = tokens(ui);
    ui.painter().rect_filled(grid.rect, radius::S, t.sunken);
    // One mesh, since a thousand classes have a great many cells; none is smaller than a pixel.
    let least = Vec2::splat(1.0 / ui.pixels_per_point());
    let (mut mesh, mut numbers) = (Mesh::default(), Vec::new());
    for (&label, row) in &case.breakdown.confusion {
        let total: u64 = row.values().sum();
        for (&predicted, &images) in row {
            let rect = grid.at(label, predicted).shrink(if grid.named { 0.5 } else { 0.0 });
            let rect = Rect::from_center_size(rect.center(), rect.size().max(least));
            let fill = fill(t, label == predicted, images as f32 / total as f32, grid.named);
            mesh.add_colored_rect(rect, fill);
            if grid.named && grid.cell().x > NUMBERED {
                numbers.push((rect.center(), images.to_string(), ink_on(fill)));
            }
        }
    }
    ui.painter().add(mesh);
    for (at, number, ink) in numbers {
        ui.painter().text(at, Align2::CENTER_CENTER, number, font::small(), ink);
    }
}

/// Of a cell with so large a share of its row; where there are many, even one image of a thousand is seen.
fn fill(t: &Tokens, right: bool, share: f32, large: bool) -> Color32 {
    let colour = if right { t.accent } else { t.warning };
    let least = if large { 0.12 } else { 0.4 };
    t.sunken.lerp_to_gamma(colour, least + 0.6 * share)
}

/// What the cell under the pointer says.
fn explain(response: Response, case: &CaseRecord, grid: &Grid, name: impl Fn(usize) -> String) {
    let Some(pointer) = response.hover_pos().filter(|pointer| grid.rect.contains(*pointer)) else { return };
    let (label, predicted) = grid.place_at(pointer);
    let row = case.breakdown.confusion.get(&label);
    let images = row.and_then(|row| row.get(&predicted)).copied().unwrap_or(0);
    let total: u64 = row.map_or(0, |row| row.values().sum());
    let share = 100.0 * images as f64 / (total.max(1)) as f64;
    response.on_hover_text(format!(
        "{} taken for {}: {images} of {total} ({share:.1} %)",
        name(label),
        name(predicted)
    ));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explorer::theme::{contrast, tokens_of};
    use eframe::egui::Theme;

    #[test]
    fn the_number_is_read_on_every_cell() {
        for theme in [Theme::Dark, Theme::Light] {
            for (right, share) in
                [true, false].into_iter().flat_map(|right| (0..=100).map(move |s| (right, s)))
            {
                let fill = fill(tokens_of(theme), right, share as f32 / 100.0, true);
                let found = contrast(ink_on(fill), fill);
                assert!(found >= 4.5, "{theme:?}, {right}, {share} %: {found}");
            }
        }
    }

    #[test]
    fn a_larger_share_stands_out_more() {
        let t = tokens_of(Theme::Dark);
        let from_ground = |share| contrast(fill(t, true, share, true), t.sunken);
        assert!(from_ground(0.1) < from_ground(0.5) && from_ground(0.5) < from_ground(1.0));
    }
}

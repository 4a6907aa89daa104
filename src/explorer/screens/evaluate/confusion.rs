//! Which classes are taken for which.

use eframe::egui::{Align2, Mesh, Pos2, Rect, Role, Sense, Ui, Vec2, WidgetInfo, pos2, vec2};

use super::charts::{framed, nothing_ui};
use crate::evaluate::CaseRecord;
use crate::explorer::theme::{font, radius, space, tokens};

/// Classes up to which cells bear numbers and rows names.
const NAMED: usize = 12;
/// Of the names before the rows.
const NAMES: f32 = 76.0;

/// A matrix: rows are labels, columns what they are taken for; darker the larger the share of the row.
pub(super) fn confusion_ui(ui: &mut Ui, case: &CaseRecord, classes: &[String], size: Vec2) {
    let confusion = &case.breakdown.confusion;
    framed(ui, "Confusion", "rows: what it is; columns: taken for", size, |ui| {
        if confusion.is_empty() {
            return nothing_ui(ui, "Needs images whose class is known.");
        }
        let t = tokens(ui);
        let last = confusion.iter().flat_map(|(label, row)| row.keys().chain([label])).max();
        let count = classes.len().max(last.map_or(0, |last| last + 1));
        let names = if count <= NAMED { NAMES } else { 0.0 };
        let (area, response) = ui.allocate_exact_size(ui.available_size(), Sense::hover());
        let top = if names > 0.0 { 16.0 } else { 0.0 };
        let cell = vec2((area.width() - names) / count as f32, (area.height() - top) / count as f32);
        let corner = area.min + vec2(names, top);
        let at = |row: usize, column: usize| {
            Rect::from_min_size(corner + vec2(column as f32, row as f32) * cell, cell)
        };
        let matrix = Rect::from_min_max(corner, area.max);
        ui.painter().rect_filled(matrix, radius::S, t.sunken);
        // One mesh, since a thousand classes have a great many cells; none is smaller than a pixel.
        let least = Vec2::splat(1.0 / ui.pixels_per_point());
        let (mut mesh, mut numbers) = (Mesh::default(), Vec::new());
        for (&label, row) in confusion {
            let total: u64 = row.values().sum();
            for (&predicted, &images) in row {
                let rect = at(label, predicted).shrink(if names > 0.0 { 0.5 } else { 0.0 });
                let share = images as f32 / total as f32;
                let colour = if label == predicted { t.accent } else { t.warning };
                // Even one of a thousand is seen.
                let strength = if names > 0.0 { 0.12 } else { 0.4 };
                let rect = Rect::from_center_size(rect.center(), rect.size().max(least));
                mesh.add_colored_rect(rect, colour.gamma_multiply(strength + 0.6 * share));
                if names > 0.0 && cell.x > 22.0 {
                    numbers.push((rect.center(), images.to_string()));
                }
            }
        }
        ui.painter().add(mesh);
        for (at, number) in numbers {
            ui.painter().text(at, Align2::CENTER_CENTER, number, font::small(), t.text);
        }
        let name = |class: usize| classes.get(class).cloned().unwrap_or_else(|| format!("class {class}"));
        if names > 0.0 {
            for class in 0..count {
                let place = at(class, 0).left_center() - vec2(space::S, 0.0);
                ui.painter().text(place, Align2::RIGHT_CENTER, name(class), font::small(), t.text_muted);
                let short: String = name(class).chars().take((cell.x / 7.0) as usize).collect();
                let place = pos2(at(0, class).center().x, area.top());
                ui.painter().text(place, Align2::CENTER_TOP, short, font::small(), t.text_muted);
            }
        }
        let right: u64 = confusion.iter().filter_map(|(label, row)| row.get(label)).sum();
        let all: u64 = confusion.values().flat_map(|row| row.values()).sum();
        let words =
            format!("Confusion matrix of {count} classes: {right} of {all} images taken for what they are");
        response.widget_info(|| WidgetInfo::labeled(Role::Image, ui.is_enabled(), &words));
        let Some(pointer) = response.hover_pos().filter(|pointer| matrix.contains(*pointer)) else { return };
        let (label, predicted) = place_at(pointer, corner, cell, count);
        let row = confusion.get(&label);
        let images = row.and_then(|row| row.get(&predicted)).copied().unwrap_or(0);
        let total: u64 = row.map_or(0, |row| row.values().sum());
        let share = 100.0 * images as f64 / (total.max(1)) as f64;
        response.on_hover_text(format!(
            "{} taken for {}: {images} of {total} ({share:.1} %)",
            name(label),
            name(predicted)
        ));
    });
}

/// Row and column under the pointer.
fn place_at(pointer: Pos2, corner: Pos2, cell: Vec2, count: usize) -> (usize, usize) {
    let place = (pointer - corner) / cell;
    let index = |place: f32| (place.max(0.0) as usize).min(count.saturating_sub(1));
    (index(place.y), index(place.x))
}

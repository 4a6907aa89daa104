//! The contact sheet of CIFAR-10's test images.

use eframe::egui::{Color32, Rect, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2, vec2};

use crate::dataset::samples;
use crate::explorer::command::{Command, Inbox};
use crate::explorer::library::{Action, Place, Rows};
use crate::explorer::pictures::{TILES, tile_title};
use crate::explorer::session::PictureSource;
use crate::explorer::state::State;
use crate::explorer::theme::{radius, space, tokens};

/// Tiles side by side; a class takes two lines of them.
const COLUMNS: usize = 10;
/// Edge of the enlarged tile in its tooltip, in points.
const ENLARGED: f32 = 128.0;

/// Two lines of ten tiles a class or, when something is searched for, only what is found.
pub(super) fn sheet_ui(ui: &mut Ui, state: &State, inbox: &Inbox, rows: &Rows<'_>) {
    if state.runtime.sheet.is_none() {
        ui.spinner();
        return;
    }
    let edge = (ui.available_width() / COLUMNS as f32).floor().clamp(12.0, 40.0);
    let lines_a_class = samples::COLUMNS / COLUMNS;
    // All tiles are grouped by class, with a gap between classes.
    let gap = if rows.len() == TILES { space::S } else { 0.0 };
    let lines = rows.len().div_ceil(COLUMNS);
    let gaps = lines / lines_a_class;
    let size = vec2(COLUMNS as f32 * edge, lines as f32 * edge + gaps as f32 * gap);
    let (area, _) = ui.allocate_exact_size(size, Sense::hover());
    for index in 0..rows.len() {
        let Some(PictureSource::Cifar(tile)) = rows.get(index) else { continue };
        let (line, column) = (index / COLUMNS, index % COLUMNS);
        let at = vec2(column as f32 * edge, line as f32 * edge + (line / lines_a_class) as f32 * gap);
        tile_ui(ui, state, inbox, tile, Rect::from_min_size(area.min + at, Vec2::splat(edge)));
    }
}

fn tile_ui(ui: &mut Ui, state: &State, inbox: &Inbox, tile: usize, rect: Rect) {
    let Some(sheet) = &state.runtime.sheet else { return };
    let source = PictureSource::Cifar(tile);
    let selected = state.session.picture.as_ref() == Some(&source);
    if !ui.is_rect_visible(rect) && !selected {
        return;
    }
    let t = tokens(ui);
    let response = ui.interact(rect, ui.scope_id().with(("tile", tile)), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, ui.is_enabled(), selected, tile_title(tile)));
    let uv = tile_uv(tile / samples::COLUMNS, tile % samples::COLUMNS);
    ui.painter().image(sheet.id(), rect.shrink(0.5), uv, Color32::WHITE);
    if selected || response.hovered() || response.has_focus() {
        let width = if selected { 2.5 } else { 1.5 };
        let color = if selected { t.accent } else { t.text_strong };
        ui.painter().rect_stroke(rect, radius::S, Stroke::new(width, color), StrokeKind::Inside);
    }
    let response = response.on_hover_ui(|ui| {
        let (rect, _) = ui.allocate_exact_size(Vec2::splat(ENLARGED), Sense::hover());
        ui.painter().image(sheet.id(), rect, uv, Color32::WHITE);
        ui.label(tile_title(tile));
    });
    if response.clicked() {
        inbox.push(Command::Library(Action::Show(Place::Tiles, source)));
    }
}

fn tile_uv(row: usize, column: usize) -> Rect {
    let size = vec2(1.0 / samples::COLUMNS as f32, 1.0 / samples::ROWS as f32);
    Rect::from_min_size(pos2(column as f32 * size.x, row as f32 * size.y), size)
}

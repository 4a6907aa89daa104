//! What there is to look at: photographs, CIFAR-10 test images, opened and recent files.

use std::path::Path;

use eframe::egui::text::LayoutJob;
use eframe::egui::{
    Align2, Button, CollapsingHeader, Color32, Frame, Margin, Panel, Rect, Role, ScrollArea, Sense, Stroke,
    StrokeKind, TextureHandle, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use crate::dataset::samples;
use crate::explorer::command::{Command, Inbox};
use crate::explorer::pictures::{TILES, file_name, tile_title, title};
use crate::explorer::places::{Place, offer};
use crate::explorer::session::PictureSource;
use crate::explorer::state::State;
use crate::explorer::stored::of_file;
use crate::explorer::theme::{font, radius, space, tokens};

/// Of a row with a thumbnail, in points.
const ROW: f32 = 44.0;
/// Tiles of the contact sheet side by side; a class takes two lines of them.
const COLUMNS: usize = 10;
/// Edge of the enlarged tile in its tooltip, in points.
const ENLARGED: f32 = 128.0;

pub fn library_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    // The scroll bar stands in the right margin.
    let margin = Margin { right: space::XS as i8, ..Margin::same(space::M as i8) };
    let frame = Frame::NONE.fill(ui.visuals().panel_fill).inner_margin(margin);
    let mut open = state.settings.library_open;
    Panel::left("library").frame(frame).default_size(236.0).size_range(180.0..=340.0).show_collapsible(
        ui,
        &mut open,
        |ui| ScrollArea::vertical().auto_shrink(false).show(ui, |ui| contents_ui(ui, state, inbox)),
    );
    if open != state.settings.library_open {
        inbox.push(Command::ToggleLibrary);
    }
}

fn contents_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    ui.set_max_width(ui.available_width() - space::M);
    let info = Command::ChoosePictures.info();
    if let Some(info) = info {
        let button = ui.button(info.label).on_hover_text(info.tooltip);
        offer(ui.ctx(), Place::Library, button.id);
        if button.clicked() {
            inbox.push(Command::ChoosePictures);
        }
    }
    ui.add_space(space::S);
    section(ui, "Photographs", |ui| {
        for sample in samples::photographs() {
            row_ui(ui, state, inbox, &PictureSource::Sample(sample.name.to_owned()));
        }
    });
    if !state.session.opened.is_empty() {
        section(ui, "Opened files", |ui| {
            for file in &state.session.opened {
                row_ui(ui, state, inbox, &of_file(file.clone()));
            }
        });
    }
    section(ui, "CIFAR-10 test images", |ui| sheet_ui(ui, state, inbox));
    let recent = state.settings.recent.iter().filter(|file| !state.session.opened.contains(file));
    let recent: Vec<_> = recent.collect();
    if !recent.is_empty() {
        section(ui, "Recent files", |ui| recent.into_iter().for_each(|file| recent_ui(ui, inbox, file)));
    }
}

fn section(ui: &mut Ui, title: &str, contents: impl FnOnce(&mut Ui)) {
    CollapsingHeader::new(title).default_open(true).show_unindented(ui, |ui| {
        ui.spacing_mut().item_spacing.y = space::XS;
        contents(ui);
        ui.add_space(space::S);
    });
}

/// A picture by thumbnail and title.
fn row_ui(ui: &mut Ui, state: &State, inbox: &Inbox, source: &PictureSource) {
    let t = tokens(ui);
    let shown = state.session.picture.as_ref();
    let (title, selected) = match (source, shown) {
        (PictureSource::Export { path, .. }, Some(PictureSource::Export { path: open, index }))
            if path == open =>
        {
            let images = state.stored().map_or(0, |stored| stored.images);
            (format!("{}, image {} of {images}", file_name(path), index + 1), true)
        }
        (PictureSource::Export { path, .. }, _) => (file_name(path), false),
        _ => (title(source), shown == Some(source)),
    };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, ui.is_enabled(), selected, &title));
    if ui.is_rect_visible(rect) {
        let painter = ui.painter();
        if selected {
            painter.rect_filled(rect, radius::M, t.accent_soft);
        } else if response.hovered() {
            painter.rect_filled(rect, radius::M, t.control_hovered);
        }
        if response.has_focus() {
            painter.rect_stroke(rect, radius::M, Stroke::new(1.0, t.accent), StrokeKind::Inside);
        }
        let picture = Rect::from_min_size(rect.min + Vec2::splat(space::S), vec2(48.0, ROW - 2.0 * space::S));
        if let Some(texture) = state.runtime.thumbnail(source) {
            painter.image(texture.id(), picture, cropped(texture, picture), Color32::WHITE);
        } else {
            painter.rect_filled(picture, radius::S, t.control);
        }
        let color = if selected { t.text_strong } else { t.text };
        let width = rect.right() - picture.right() - space::M - space::S;
        let mut job = LayoutJob::simple_singleline(title.clone(), font::body(), color);
        job.wrap.max_width = width;
        job.wrap.max_rows = 1;
        job.wrap.break_anywhere = true;
        let galley = painter.layout_job(job);
        let at = pos2(picture.right() + space::M, rect.center().y - 0.5 * galley.size().y);
        painter.galley(at, galley, color);
    }
    let response = match source {
        PictureSource::File(path) | PictureSource::Export { path, .. } => {
            if remove_ui(ui, rect, (path, &file_name(path)), response.contains_pointer()) {
                inbox.push(Command::Unlist(path.clone()));
            }
            response.on_hover_text(path.display().to_string())
        }
        _ => response,
    };
    if response.clicked() {
        inbox.push(Command::Show(source.clone()));
    }
}

/// The button at a row's end that takes its file out of the library, drawn while the row is pointed at; whether it
/// was clicked.
fn remove_ui(ui: &mut Ui, row: Rect, (path, title): (&Path, &str), pointed: bool) -> bool {
    let t = tokens(ui);
    let rect = Rect::from_center_size(row.right_center() - vec2(space::L, 0.0), Vec2::splat(20.0));
    let response = ui.interact(rect, ui.scope_id().with(("remove", path)), Sense::click());
    let name = format!("Remove {title} from library");
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), &name));
    if pointed || response.hovered() || response.has_focus() {
        let fill = if response.hovered() || response.has_focus() { t.control_hovered } else { t.control };
        ui.painter().rect_filled(rect, radius::M, fill);
        ui.painter().text(rect.center(), Align2::CENTER_CENTER, "×", font::body(), t.text);
    }
    response.on_hover_text("Remove from library; the file itself stays").clicked()
}

/// The middle part of a texture that has the shape of `frame`.
fn cropped(texture: &TextureHandle, frame: Rect) -> Rect {
    let scale = frame.size() / texture.size_vec2();
    let share = scale.max_elem().recip() * scale;
    Rect::from_center_size(pos2(0.5, 0.5), share.yx())
}

/// The contact sheet: two lines of ten tiles a class.
fn sheet_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    let t = tokens(ui);
    let Some(sheet) = &state.runtime.sheet else {
        ui.spinner();
        return;
    };
    let edge = (ui.available_width() / COLUMNS as f32).floor().clamp(12.0, 40.0);
    let lines = samples::COLUMNS / COLUMNS;
    let class_height = lines as f32 * edge + space::S;
    let size = vec2(COLUMNS as f32 * edge, samples::ROWS as f32 * class_height);
    let (area, _) = ui.allocate_exact_size(size, Sense::hover());
    for tile in 0..TILES {
        let (class, place) = (tile / samples::COLUMNS, tile % samples::COLUMNS);
        let (line, column) = (place / COLUMNS, place % COLUMNS);
        let at = vec2(column as f32 * edge, class as f32 * class_height + line as f32 * edge);
        let rect = Rect::from_min_size(area.min + at, Vec2::splat(edge));
        if !ui.is_rect_visible(rect) && state.session.picture != Some(PictureSource::Cifar(tile)) {
            continue;
        }
        let response = ui.interact(rect, ui.scope_id().with(("tile", tile)), Sense::click());
        let selected = state.session.picture == Some(PictureSource::Cifar(tile));
        response
            .widget_info(|| WidgetInfo::selected(Role::Button, ui.is_enabled(), selected, tile_title(tile)));
        let uv = tile_uv(class, place);
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
            inbox.push(Command::Show(PictureSource::Cifar(tile)));
        }
    }
}

fn tile_uv(row: usize, column: usize) -> Rect {
    let size = vec2(1.0 / samples::COLUMNS as f32, 1.0 / samples::ROWS as f32);
    Rect::from_min_size(pos2(column as f32 * size.x, row as f32 * size.y), size)
}

fn recent_ui(ui: &mut Ui, inbox: &Inbox, file: &Path) {
    let link = ui.add(Button::new(file_name(file)).frame(false).truncate());
    if link.on_hover_text(file.display().to_string()).clicked() {
        inbox.push(Command::Open(vec![file.to_owned()]));
    }
}

//! Pictures by thumbnail and title, a row each. Only those in sight are drawn, so a hundred thousand are as quick as ten.

use eframe::egui::text::LayoutJob;
use eframe::egui::{
    Color32, EventFilter, Id, Key, Modifiers, Rect, Response, Role, Sense, Stroke, StrokeKind, TextureHandle,
    Ui, Vec2, WidgetInfo, pos2, vec2,
};

use crate::explorer::command::{Command, Inbox};
use crate::explorer::library::{Action, Place, Rows};
use crate::explorer::pictures::{file_name, title};
use crate::explorer::session::PictureSource;
use crate::explorer::state::State;
use crate::explorer::theme::{font, radius, space, tokens};

use super::buttons::{BUTTON, Sign, button_ui, remove_ui};

/// Of a row, in points.
const ROW: f32 = 44.0;
/// From row to row.
const STRIDE: f32 = ROW + space::XS;
/// Rows drawn on either side of those in sight, so that the keyboard finds one to go to.
const BEYOND: usize = 2;

pub(super) fn rows_ui(ui: &mut Ui, state: &State, inbox: &Inbox, place: &Place, rows: &Rows<'_>) {
    let count = rows.len();
    let height = (count as f32 * STRIDE - space::XS).max(0.0);
    let (area, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let rect = |index: usize| {
        Rect::from_min_size(area.min + vec2(0.0, index as f32 * STRIDE), vec2(area.width(), ROW))
    };
    let shown = state.session.picture.as_ref().and_then(|source| rows.position(source));
    scroll_to_shown(ui, state, place, shown.map(rect));

    let clip = ui.clip_rect();
    let first = ((clip.top() - area.top()) / STRIDE).floor().max(0.0) as usize;
    let last = ((clip.bottom() - area.top()) / STRIDE).ceil().max(0.0) as usize;
    let seen = first.saturating_sub(BEYOND)..count.min(last + BEYOND);
    let unseen = shown.filter(|shown| !seen.contains(shown));
    for index in seen.chain(unseen) {
        let Some(source) = rows.get(index) else { continue };
        let response = row_ui(ui, state, inbox, place, &source, rect(index));
        if response.clicked() {
            inbox.push(Command::Library(Action::Show(place.clone(), source)));
        }
        arrows(ui, inbox, place, rows, index, &response);
    }
}

/// Up and Down show the next picture and take the focus there.
fn arrows(ui: &Ui, inbox: &Inbox, place: &Place, rows: &Rows<'_>, index: usize, row: &Response) {
    if !row.has_focus() {
        return;
    }
    let filter = EventFilter { vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(row.id, filter));
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let next = if pressed(Key::ArrowDown) {
        index.checked_add(1)
    } else if pressed(Key::ArrowUp) {
        index.checked_sub(1)
    } else {
        None
    };
    if let Some(source) = next.and_then(|next| rows.get(next)) {
        ui.memory_mut(|memory| memory.request_focus(id(place, &source)));
        inbox.push(Command::Library(Action::Show(place.clone(), source)));
    }
}

/// Brings the shown picture's row into sight whenever another picture is shown.
fn scroll_to_shown(ui: &Ui, state: &State, place: &Place, rect: Option<Rect>) {
    let Some(rect) = rect.filter(|_| state.place() == *place) else { return };
    let seen_id = Id::unique("library scrolled to");
    let shown = Id::unique(&state.session.picture);
    if ui.data(|data| data.get_temp(seen_id)) != Some(shown) {
        ui.data_mut(|data| data.insert_temp(seen_id, shown));
        ui.scroll_to_rect(rect, None);
    }
}

fn id(place: &Place, source: &PictureSource) -> Id {
    let file = match source {
        // One row, whichever of its images is shown.
        PictureSource::Export { path, .. } => PictureSource::File(path.clone()),
        _ => source.clone(),
    };
    Id::unique(("library row", place, file))
}

fn row_ui(
    ui: &mut Ui,
    state: &State,
    inbox: &Inbox,
    place: &Place,
    source: &PictureSource,
    rect: Rect,
) -> Response {
    let (name, selected) = name(state, place, source);
    let response = ui.interact(rect, id(place, source), Sense::click());
    // The same picture may stand in another section, too.
    let spoken = if *place == Place::Favourites { format!("{name}, favourite") } else { name.clone() };
    response.widget_info(|| WidgetInfo::selected(Role::Button, ui.is_enabled(), selected, &spoken));
    if response.gained_focus() {
        response.scroll_to_me(None);
    }
    let pointed = response.contains_pointer();
    let removable = source.path().filter(|_| *place == Place::Opened);
    let favoured = state.settings.is_favourite(source);
    if ui.is_rect_visible(rect) {
        let buttons = usize::from(favoured || pointed) + usize::from(pointed && removable.is_some());
        paint(ui, state, (source, &name), rect, &response, (selected, buttons as f32 * BUTTON));
    }
    let mut at = rect.right_center() - vec2(space::L, 0.0);
    if let Some(path) = removable {
        if remove_ui(ui, at, path, pointed) {
            inbox.push(Command::Unlist(path.to_owned()));
        }
        at.x -= BUTTON;
    }
    let star = (Sign::Star(favoured), at, favoured || pointed);
    let info = |ui: &Ui| {
        let name = format!("Favourite {spoken}");
        WidgetInfo::selected(Role::CheckBox, ui.is_enabled(), favoured, name)
    };
    let star = button_ui(ui, star, response.id.with("star"), info);
    if star.on_hover_text("Keep at the head of the library").clicked() {
        inbox.push(Command::Library(Action::Favour(source.clone(), !favoured)));
    }
    match source.path() {
        Some(path) => response.on_hover_text(path.display().to_string()),
        None => response,
    }
}

/// What a row is called, and whether its picture is the one that is shown.
fn name(state: &State, place: &Place, source: &PictureSource) -> (String, bool) {
    let shown = state.session.picture.as_ref();
    match (source, shown) {
        _ if *place == Place::Favourites => (title(source), shown == Some(source)),
        (PictureSource::Export { path, .. }, Some(PictureSource::Export { path: open, index }))
            if path == open =>
        {
            let images = state.stored().map_or(0, |stored| stored.images);
            (format!("{}, image {} of {images}", file_name(path), index + 1), true)
        }
        (PictureSource::Export { path, .. }, _) => (file_name(path), false),
        _ => (title(source), shown == Some(source)),
    }
}

/// Thumbnail and title; at the right, some room is left for buttons.
fn paint(
    ui: &Ui,
    state: &State,
    (source, name): (&PictureSource, &str),
    rect: Rect,
    response: &Response,
    (selected, room): (bool, f32),
) {
    let t = tokens(ui);
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
    if let Some(texture) = state.runtime.thumbnails.look(source) {
        painter.image(texture.id(), picture, cropped(&texture, picture), Color32::WHITE);
    } else {
        painter.rect_filled(picture, radius::S, t.control);
    }
    let color = if selected { t.text_strong } else { t.text };
    let width = rect.right() - picture.right() - space::M - space::S - room;
    let mut job = LayoutJob::simple_singleline(name.to_owned(), font::body(), color);
    job.wrap.max_width = width;
    job.wrap.max_rows = 1;
    job.wrap.break_anywhere = true;
    let galley = painter.layout_job(job);
    let at = pos2(picture.right() + space::M, rect.center().y - 0.5 * galley.size().y);
    painter.galley(at, galley, color);
}

/// The middle part of a texture that has the shape of `frame`.
fn cropped(texture: &TextureHandle, frame: Rect) -> Rect {
    let scale = frame.size() / texture.size_vec2();
    let share = scale.max_elem().recip() * scale;
    Rect::from_center_size(pos2(0.5, 0.5), share.yx())
}

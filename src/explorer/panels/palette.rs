//! The command palette: a few letters find a command, a model or a picture.

use eframe::egui::text::{LayoutJob, TextFormat};
use eframe::egui::{
    Align2, Frame, Id, Key, Margin, Modal, Modifiers, Rect, Role, ScrollArea, Sense, Stroke, TextEdit, Ui,
    WidgetInfo, pos2, vec2,
};

use crate::explorer::command::{Command, Inbox};
use crate::explorer::guide::Action;
use crate::explorer::palette::{self, Match};
use crate::explorer::state::State;
use crate::explorer::theme::{Tokens, font, radius, space, tokens};
use crate::explorer::widgets::outlined;

/// Of the palette, in points.
const WIDTH: f32 = 620.0;
const ROW: f32 = 28.0;
/// Lines that are seen at once; what a page key moves by is one less.
const ROWS: usize = 12;
/// From the top of the window.
const TOP: f32 = 72.0;

/// What is typed, and which of the matches is chosen.
#[derive(Clone, Debug, Default)]
struct Typed {
    query: String,
    chosen: usize,
}

pub fn palette_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    let id = Id::unique("palette");
    if !state.runtime.palette_open {
        ui.data_mut(|data| data.remove::<Typed>(id));
        return;
    }
    let mut typed: Typed = ui.data(|data| data.get_temp(id)).unwrap_or_default();
    let frame = Frame::popup(ui.style()).inner_margin(Margin::same(space::M as i8));
    let area = Modal::default_area(id).anchor(Align2::CENTER_TOP, vec2(0.0, TOP));
    let modal = Modal::new(id).area(area.accessible_name("Command palette")).frame(frame);
    let shown = modal.show(ui.ctx(), |ui| {
        ui.set_width(WIDTH.min(ui.ctx().content_rect().width() - 2.0 * space::XL));
        contents_ui(ui, state, &mut typed)
    });
    let close = shown.should_close();
    if let Some(chosen) = &shown.inner {
        inbox.push(Command::Guide(Action::TogglePalette));
        inbox.push(Command::Guide(Action::Used(chosen.entry.label.clone())));
        inbox.push(chosen.entry.command.clone());
    } else if close {
        inbox.push(Command::Guide(Action::TogglePalette));
    }
    ui.data_mut(|data| data.insert_temp(id, typed));
}

/// The field and the list under it; what was chosen, if it can be given.
fn contents_ui(ui: &mut Ui, state: &State, typed: &mut Typed) -> Option<Match> {
    // These keys would otherwise move the cursor in the field, or the focus.
    let pressed = |key| ui.input_mut(|input| input.count_and_consume_key(Modifiers::NONE, key)) as isize;
    let steps = pressed(Key::ArrowDown) - pressed(Key::ArrowUp)
        + (ROWS as isize - 1) * (pressed(Key::PageDown) - pressed(Key::PageUp));
    let enter = pressed(Key::Enter) > 0;

    let hint = "Search commands, models and pictures";
    let field = TextEdit::singleline(&mut typed.query).hint_text(hint).desired_width(f32::INFINITY);
    let field = field.margin(Margin::symmetric(space::M as i8, space::S as i8));
    let field = outlined(ui, |ui| ui.add(field));
    let field = field.accessible_name("Search commands");
    field.request_focus();
    if field.changed() {
        typed.chosen = 0;
    }
    let mut matches = palette::matches(state, &typed.query);
    let last = matches.len().saturating_sub(1);
    let moved = steps != 0;
    typed.chosen = typed.chosen.saturating_add_signed(steps).min(last);
    ui.add_space(space::XS);
    if matches.is_empty() {
        ui.label("Nothing is called so.");
        return None;
    }
    let mut clicked = None;
    ui.spacing_mut().item_spacing.y = 0.0;
    let height = ROW * ROWS.min(matches.len()) as f32;
    let list = ScrollArea::vertical().max_height(height.min(ui.ctx().content_rect().height() - 2.0 * TOP));
    list.auto_shrink([false, true]).show_viewport(ui, |ui, viewport| {
        let size = vec2(ui.available_width(), ROW * matches.len() as f32);
        let (area, _) = ui.allocate_exact_size(size, Sense::hover());
        let row = |index: usize| {
            Rect::from_min_size(area.min + vec2(0.0, ROW * index as f32), vec2(size.x - space::M, ROW))
        };
        if moved || field.changed() {
            ui.scroll_to_rect(row(typed.chosen), None);
        }
        let first = (viewport.min.y / ROW).floor().max(0.0) as usize;
        let seen = ((viewport.max.y / ROW).ceil() as usize).saturating_sub(first);
        for (index, found) in matches.iter().enumerate().skip(first).take(seen) {
            if row_ui(ui, state, found, row(index), index == typed.chosen, &field.id) {
                clicked = Some(index);
            }
        }
    });
    typed.chosen = clicked.unwrap_or(typed.chosen);
    let wanted = clicked.or(enter.then_some(typed.chosen))?;
    let chosen = matches.swap_remove(wanted);
    state.can(&chosen.entry.command).then_some(chosen)
}

/// One line; whether it was clicked.
fn row_ui(ui: &mut Ui, state: &State, found: &Match, rect: Rect, chosen: bool, field: &Id) -> bool {
    let t = tokens(ui);
    let entry = &found.entry;
    let possible = state.can(&entry.command);
    let id = ui.scope_id().with(("entry", &entry.label, entry.group, &entry.tooltip));
    let response = ui.interact(rect, id, Sense::click());
    let keys = entry.shortcut.map(|shortcut| ui.ctx().format_shortcut(&shortcut)).unwrap_or_default();
    let why = if possible { None } else { Some(state.why_not(&entry.command)) };
    let name = match &why {
        Some(why) => format!("{}: {why}", entry.label),
        None => entry.label.clone(),
    };
    response.widget_info(|| WidgetInfo::selected(Role::ListBoxOption, possible, chosen, &name));
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_selected(chosen));
    if chosen {
        ui.ctx().accesskit_node_builder(*field, |node| {
            node.set_active_descendant(response.id.accesskit_id());
        });
    }
    let back = match (chosen, response.hovered()) {
        (true, _) => Some(t.accent_soft),
        (false, true) => Some(t.control_hovered),
        (false, false) => None,
    };
    if let Some(back) = back {
        ui.painter().rect_filled(rect, radius::M, back);
    }
    let side = why.clone().unwrap_or(keys);
    let painter = ui.painter();
    let side = painter.layout_no_wrap(side, font::small(), t.text_muted);
    let at = pos2(rect.right() - space::M - side.size().x, rect.center().y - 0.5 * side.size().y);
    let room = at.x - rect.left() - 2.0 * space::M;
    painter.galley(at, side, t.text_muted);
    let mut job = lettered(t, found, possible);
    job.wrap.max_width = room;
    job.wrap.max_rows = 1;
    job.wrap.break_anywhere = true;
    let text = painter.layout_job(job);
    let at = pos2(rect.left() + space::M, rect.center().y - 0.5 * text.size().y);
    painter.galley(at, text, t.text);
    response.on_hover_text(&entry.tooltip).clicked()
}

/// The label and its group, with the letters that were typed marked.
fn lettered(t: &Tokens, found: &Match, possible: bool) -> LayoutJob {
    let label = found.entry.label.chars().count();
    let mut job = LayoutJob::default();
    for (place, letter) in found.entry.text().chars().enumerate() {
        let color = match possible && place < label {
            true => t.text,
            false => t.text_muted,
        };
        let mut format = TextFormat::simple(if place < label { font::body() } else { font::small() }, color);
        if found.at.binary_search(&place).is_ok() {
            format.color = if possible { t.text_strong } else { color };
            format.underline = Stroke::new(1.5, t.accent);
        }
        job.append(letter.encode_utf8(&mut [0; 4]), 0.0, format);
    }
    job
}

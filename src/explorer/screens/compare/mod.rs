//! Compare: two models or settings on one picture.

mod maps;
mod readout;
mod results;
mod strip;
mod subjects;

use eframe::egui::{
    Align, Align2, Button, CentralPanel, Frame, Layout, Margin, Panel, Rect, Role, Sense, Ui, Vec2,
    WidgetInfo, vec2,
};

use crate::explorer::command::{Command, Inbox};
use crate::explorer::compare::{Action, Mode, Sheet};
use crate::explorer::readout::position;
use crate::explorer::screens::hint_ui;
use crate::explorer::screens::zoom::{fit_ui, zoom_ui};
use crate::explorer::settings::Hint;
use crate::explorer::state::State;
use crate::explorer::theme::{font, radius, space, tokens};
use crate::explorer::widgets::ColorBar;
use crate::figure::DivergingMap;
use crate::maps::{PonderMap, Scope};

const SENTENCE: &str =
    "The same picture under two models or settings: where does one think longer than the other?";
/// Narrower than this, the screen does without what is no more than convenient, in points.
const NARROW: f32 = 520.0;
/// Of all that says and changes how large pictures are, in points.
const ZOOM: f32 = 220.0;

/// Where the pointer is.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Hover {
    /// In shares of the picture's width and height.
    uv: [f32; 2],
    /// Whether it is B that is seen there.
    over_b: bool,
}

pub fn compare_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    hint_ui(ui, state, inbox, Hint::Compare, SENTENCE);
    toolbar_ui(ui, state, inbox);
    // The pointer is over a canvas, which is drawn last; what it points at is therefore a frame old here.
    let hovered_id = ui.scope_id().with("hovered");
    let hovered: Option<Hover> = ui.data(|data| data.get_temp(hovered_id)).flatten();
    let narrow = ui.available_width() < NARROW;
    let strip = state.session.comparison.look.mode == Mode::Strip;
    let margin = Margin::symmetric(space::L as i8, space::M as i8);
    let frame = Frame::NONE.fill(ui.visuals().panel_fill).inner_margin(margin);
    if let Some(sheet) = state.sheet()
        && has_bar(sheet)
    {
        Panel::right("comparison colours")
            .frame(frame)
            .resizable(false)
            .show(ui, |ui| bar_ui(ui, state, sheet, hovered, narrow));
    }
    if !strip {
        Panel::bottom("comparison results")
            .frame(frame)
            .show(ui, |ui| results::results_ui(ui, state, inbox, hovered));
    }
    if !strip {
        Panel::top("comparison subjects").frame(frame).show(ui, |ui| subjects::subjects_ui(ui, state, inbox));
    }
    CentralPanel::default().frame(Frame::NONE).show(ui, |ui| {
        if strip {
            return strip::strip_ui(ui, state, inbox);
        }
        let now = maps::maps_ui(ui, state, inbox, hovered);
        if now != hovered {
            ui.data_mut(|data| data.insert_temp(hovered_id, now));
            ui.ctx().request_repaint();
        }
    });
}

/// The ways of looking on the left, and how large on the right.
fn toolbar_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    let margin = Margin::symmetric(space::L as i8, space::S as i8);
    let frame = Frame::NONE.fill(ui.visuals().panel_fill).inner_margin(margin);
    Panel::top("toolbar").frame(frame).show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            for mode in Mode::ALL {
                let on = state.session.comparison.look.mode == mode;
                command_ui(ui, inbox, Command::Compare(Action::SetMode(mode)), on);
            }
            if state.session.comparison.look.mode == Mode::Strip {
                return;
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let roomy = ui.available_width() >= ZOOM;
                if roomy { zoom_ui(ui, state, inbox) } else { fit_ui(ui, state, inbox) }
            });
        });
    });
}

/// A button that gives a command.
fn command_ui(ui: &mut Ui, inbox: &Inbox, command: Command, on: bool) {
    let Some(info) = command.info() else { return };
    let keys = info.shortcut.map(|keys| ui.ctx().format_shortcut(&keys));
    let tooltip = match keys {
        Some(keys) => format!("{}: {} ({keys})", info.label, info.tooltip),
        None => format!("{}: {}", info.label, info.tooltip),
    };
    if ui.add(Button::selectable(on, info.label)).on_hover_text(tooltip).clicked() {
        inbox.push(command);
    }
}

/// A button that copies what went wrong.
fn copy_ui(ui: &mut Ui, button: Button<'_>, name: &str, sentence: &str) {
    let button = ui.add(button).accessible_name(name);
    if button.on_hover_text("Copy the message").clicked() {
        ui.ctx().copy_text(sentence.to_owned());
    }
}

fn has_bar(sheet: &Sheet) -> bool {
    sheet.bar.is_some() || sheet.difference.is_some()
}

/// The colours of what is shown, with the value under the pointer.
fn bar_ui(ui: &mut Ui, state: &State, sheet: &Sheet, hovered: Option<Hover>, narrow: bool) {
    let quantity = sheet.motif.style.quantity.label();
    let of = match sheet.motif.style.scope {
        Scope::Network => "whole network".to_owned(),
        Scope::Block(block) => block_name(state, sheet, block),
    };
    let counted = |histogram: &[usize]| if narrow { Vec::new() } else { histogram.to_vec() };
    if let Some(painted) = &sheet.difference {
        let map = &painted.difference.map;
        ColorBar {
            range: painted.range,
            colormap: DivergingMap::default(),
            histogram: &counted(&painted.histogram),
            marker: hovered.and_then(|hover| value_at(map, hover.uv)),
            guessed: is_preview(sheet),
            label: &format!("{quantity}, {of}: B − A"),
            theory: Some(map.theory),
        }
        .show(ui);
    } else if let Some(bar) = &sheet.bar {
        let over = |hover: Hover| {
            let layer = if hover.over_b { &sheet.b_layer } else { &sheet.a };
            value_at(&layer.as_ref()?.map, hover.uv)
        };
        ColorBar {
            range: bar.range,
            colormap: sheet.motif.style.colormap,
            histogram: &counted(&bar.histogram),
            marker: hovered.and_then(over),
            guessed: is_preview(sheet),
            label: &format!("{quantity}, {of}"),
            theory: Some(bar.theory),
        }
        .show(ui);
    }
}

/// As the network calls it that has it.
fn block_name(state: &State, sheet: &Sheet, block: usize) -> String {
    let paintings = [state.runtime.stage.painting.as_ref(), sheet.b.as_deref()];
    let mut names = paintings.into_iter().flatten();
    let name = names.find_map(|painting| Some(painting.outcome.trace.blocks.get(block)?.name.clone()));
    name.unwrap_or_default()
}

/// Whether any of the maps is guessed.
fn is_preview(sheet: &Sheet) -> bool {
    sheet.a_is_preview() || sheet.b.as_ref().is_some_and(|painting| painting.is_preview())
}

fn value_at(map: &PonderMap, uv: [f32; 2]) -> Option<f32> {
    let [row, column] = position(uv, [map.height, map.width]);
    map.values.get(row * map.width + column).copied()
}

/// Two of equal width, side by side.
fn halves(ui: &mut Ui, left: impl FnOnce(&mut Ui), right: impl FnOnce(&mut Ui)) {
    side_by_side(ui, 0.5, left, right);
}

/// Two side by side; the left one has so much of the width.
fn side_by_side(ui: &mut Ui, share: f32, left: impl FnOnce(&mut Ui), right: impl FnOnce(&mut Ui)) {
    let spacing = ui.spacing().item_spacing;
    let room = ui.available_width() - space::L;
    let width = (share * room).floor();
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = space::L;
        column_ui(ui, width, spacing, left);
        column_ui(ui, room - width, spacing, right);
    });
}

fn column_ui(ui: &mut Ui, width: f32, spacing: Vec2, contents: impl FnOnce(&mut Ui)) {
    ui.allocate_ui_with_layout(vec2(width, 0.0), Layout::top_down(Align::Min), |ui| {
        ui.set_width(width);
        ui.spacing_mut().item_spacing = spacing;
        contents(ui);
    });
}

/// The letter of one of the two.
fn letter_ui(ui: &mut Ui, letter: &str) {
    let (rect, response) = ui.allocate_exact_size(vec2(20.0, 20.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, ui.is_enabled(), letter));
    paint_letter(ui, rect, letter);
}

fn paint_letter(ui: &Ui, rect: Rect, letter: &str) {
    let t = tokens(ui);
    ui.painter().rect_filled(rect, radius::M, t.accent_soft);
    ui.painter().text(rect.center(), Align2::CENTER_CENTER, letter, font::body(), t.text_strong);
}

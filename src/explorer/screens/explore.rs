//! Explore: one picture with its map over it, the colour bar, and the values under the pointer.

use eframe::egui::{
    Align, Align2, Button, CentralPanel, Frame, Key, Label, Layout, Margin, Panel, Rect, Response, RichText,
    Spinner, Ui, vec2,
};

use crate::explorer::command::{Command, Inbox};
use crate::explorer::export;
use crate::explorer::painting::Painting;
use crate::explorer::places::{Place, offer};
use crate::explorer::readout::{position, readout_ui};
use crate::explorer::screens::{hint_ui, zoom::zoom_ui};
use crate::explorer::settings::Hint;
use crate::explorer::state::State;
use crate::explorer::theme::{font, radius, space, tokens};
use crate::explorer::tour::{Part, mark};
use crate::explorer::widgets::{Canvas, CanvasResponse, ColorBar, text_width};
use crate::maps::Scope;
use crate::network::Halting;

const SENTENCE: &str = "The map shows where the network thought longest: lower the halting threshold and see where \
                        it stops first.";

pub fn explore_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    hint_ui(ui, state, inbox, Hint::Explore, SENTENCE);
    toolbar_ui(ui, state, inbox);
    // The pointer is over the canvas, which is drawn last; what it points at is therefore a frame old here.
    let hovered_id = ui.scope_id().with("hovered");
    let hovered: Option<[f32; 2]> = ui.data(|data| data.get_temp(hovered_id)).flatten();
    let painting = state.runtime.stage.painting.as_ref();
    let margin = Margin::symmetric(space::L as i8, space::M as i8);
    let fill = ui.visuals().panel_fill;
    if let Some(painting) = painting {
        Panel::bottom("readout").frame(Frame::NONE.fill(fill).inner_margin(margin)).show(ui, |ui| {
            readout_ui(ui, painting, hovered);
        });
    }
    if let Some(painting) = painting
        && painting.map.is_some()
    {
        let frame = Frame::NONE.fill(fill).inner_margin(margin);
        let bar = Panel::right("colour bar").frame(frame).resizable(false);
        let bar = bar.show(ui, |ui| bar_ui(ui, painting, hovered));
        mark(ui, state, Part::ColorBar, bar.response.rect);
    }
    CentralPanel::default().frame(Frame::NONE).show(ui, |ui| {
        let canvas = canvas_ui(ui, state, inbox);
        offer(ui.ctx(), Place::Screen, canvas.response.id);
        mark(ui, state, Part::Canvas, canvas.response.rect);
        if canvas.hovered != hovered {
            ui.data_mut(|data| data.insert_temp(hovered_id, canvas.hovered));
            ui.ctx().request_repaint();
        }
    });
}

/// What is shown, and how large.
fn toolbar_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    let margin = Margin::symmetric(space::L as i8, space::S as i8);
    let frame = Frame::NONE.fill(ui.visuals().panel_fill).inner_margin(margin);
    Panel::top("toolbar").frame(frame).show(ui, |ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            zoom_ui(ui, state, inbox);
            export_button(ui, state, inbox);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| title_ui(ui, state));
        });
    });
}

fn export_button(ui: &mut Ui, state: &State, inbox: &Inbox) {
    let command = Command::Export(export::Action::Open);
    let Some(info) = command.info() else { return };
    let button = ui.add_enabled(state.can(&command), Button::new("Export…"));
    let keys = info.shortcut.map(|keys| ui.ctx().format_shortcut(&keys)).unwrap_or_default();
    if button.on_hover_text(format!("{} ({keys})", info.tooltip)).clicked() {
        inbox.push(command);
    }
}

fn title_ui(ui: &mut Ui, state: &State) {
    let Some(open) = &state.runtime.stage.picture else {
        ui.label(RichText::new("Opening the first picture…").color(tokens(ui).text_muted));
        return;
    };
    let picture = &open.picture;
    let size = format!("{} × {} pixels", picture.width(), picture.height());
    let width = |text: &str| text_width(ui, text, font::body());
    // The name goes before the size.
    let both = width(&picture.title) + ui.spacing().item_spacing.x + width(&size) <= ui.available_width();
    let title = ui.add(Label::new(RichText::new(&picture.title).strong()).truncate());
    title.on_hover_text(format!("{}, {size}", picture.title));
    if both {
        ui.label(RichText::new(size).color(tokens(ui).text_muted));
    }
}

fn bar_ui(ui: &mut Ui, painting: &Painting, hovered: Option<[f32; 2]>) {
    let Some(painted) = &painting.map else { return };
    let map = &painted.map;
    let marker = hovered.and_then(|uv| {
        let [row, column] = position(uv, [map.height, map.width]);
        map.values.get(row * map.width + column).copied()
    });
    let quantity = painting.motif.style.quantity.label();
    let scope = match painting.motif.style.scope {
        Scope::Network => "whole network",
        Scope::Block(block) => {
            painting.outcome.trace.blocks.get(block).map_or("", |block| block.name.as_str())
        }
    };
    ColorBar {
        range: painted.range,
        colormap: painting.motif.style.colormap,
        histogram: &painted.histogram,
        marker,
        guessed: painting.is_preview(),
        label: &format!("{quantity}, {scope}"),
        theory: Some(map.theory),
    }
    .show(ui);
}

fn canvas_ui(ui: &mut Ui, state: &State, inbox: &Inbox) -> CanvasResponse {
    let stage = &state.runtime.stage;
    let session = &state.session;
    let flipped = !ui.ctx().text_edit_focused() && ui.input(|input| input.key_down(Key::Space));
    let overlay = stage.overlay.as_ref().filter(|_| session.overlay && !flipped);
    let map = stage.painting.as_ref().and_then(|painting| painting.map.as_ref());
    let grid = map.filter(|_| overlay.is_some()).map(|painted| [painted.map.height, painted.map.width]);
    let label =
        stage.picture.as_ref().map_or("Canvas".to_owned(), |open| format!("Canvas: {}", open.picture.title));

    let fixations = state.fixations().filter(|_| session.attention.over_picture);
    let marks = fixations.map(|found| &*found.marks);
    let mut view = session.view;
    let texture = stage.picture.as_ref().map(|open| &open.texture);
    let canvas = Canvas::new(&mut view, texture, overlay, session.opacity)
        .label(&label)
        .cell_grid(grid)
        .marks(marks)
        .magnifier(true);
    let response = canvas.show(ui);
    if view != session.view {
        inbox.push(Command::SetView(view));
    }
    let rect = response.response.rect;
    if stage.picture.is_none() {
        ui.put(rect, Spinner::new().size(28.0));
    } else if overlay.is_some() && stage.painting.as_ref().is_some_and(Painting::is_preview) {
        badge_ui(ui, rect, "Preview")
            .on_hover_text("Guessed from the halting scores of an earlier run; the run itself is on its way");
    } else if state.runtime.is_computing() || state.runtime.models.is_busy() {
        badge_ui(ui, rect, "Computing…");
    } else if let Some(sentence) = failure(state) {
        badge_ui(ui, rect, sentence);
    } else if map.is_none() && stage.painting.is_some() {
        badge_ui(ui, rect, "A vanilla network decides nothing, so there is nothing to map");
    } else if flipped || !session.overlay {
        badge_ui(ui, rect, "Map hidden");
    } else if let Some(sentence) = stage.painting.as_ref().and_then(once_for_all) {
        badge_ui(ui, rect, &sentence);
    }
    if ui.input(|input| !input.raw.hovered_files.is_empty()) {
        drop_ui(ui, rect);
    }
    response
}

/// Whose map is shown, if the one that was asked for could not be made.
pub(super) fn failure(state: &State) -> Option<&'static str> {
    let wanted = state.runtime.wanted.as_ref().filter(|_| state.runtime.has_failed())?;
    Some(match &state.runtime.stage.painting {
        Some(painting) if painting.outcome.key.same_subject(wanted) => {
            "Run failed; map of the previous setting"
        }
        Some(_) => "Run failed; map of the previous model",
        None => "Run failed; no map",
    })
}

/// Why a map of ACT is flat; `None` where positions decide for themselves, and where nothing is decided.
pub(super) fn once_for_all(painting: &Painting) -> Option<String> {
    let decisions = painting.decisions();
    let units = decisions.blocks.iter().map(|block| match block.halting {
        Halting::Image(record) => record.num_units.first().map(u32::to_string),
        Halting::None | Halting::Position(_) => None,
    });
    let units = units.collect::<Option<Vec<String>>>()?;
    Some(format!("ACT decides once for the whole picture: N = {}", units.join(", ")))
}

/// A quiet word in the canvas's corner.
pub(super) fn badge_ui(ui: &mut Ui, canvas: Rect, text: &str) -> Response {
    let t = tokens(ui);
    let most = canvas.width() - 2.0 * (space::L + space::M);
    let galley = ui.painter().layout(text.to_owned(), font::small(), t.text, most.max(0.0));
    let size = galley.size() + vec2(2.0 * space::M, space::S + space::XS);
    let rect = Align2::LEFT_BOTTOM.anchor_size(canvas.left_bottom() + vec2(space::L, -space::L), size);
    ui.painter().rect_filled(rect, radius::M, t.raised.gamma_multiply(0.92));
    ui.put(rect, Label::new(galley))
}

pub(super) fn drop_ui(ui: &Ui, canvas: Rect) {
    let t = tokens(ui);
    ui.painter().rect_filled(canvas, 0, t.canvas.gamma_multiply(0.85));
    let text = "Drop pictures, folders, exports, a session or a model to open them";
    ui.painter().text(canvas.center(), Align2::CENTER_CENTER, text, font::body(), t.text_strong);
}

//! The picture with the pins and what they see of it, and the list of pins.

use eframe::egui::{
    Align, Button, Color32, Label, Layout, Rect, RichText, Stroke, StrokeKind, Ui, pos2, vec2,
};

use crate::explorer::command::{Command, Inbox};
use crate::explorer::halting::{Action, BlocksPainting, MOST_PINS, Pin};
use crate::explorer::readout::position;
use crate::explorer::state::State;
use crate::explorer::theme::{font, space, tokens};
use crate::explorer::widgets::{Canvas, CanvasView};
use crate::network::{ReceptiveField, receptive_field};

use super::{course, tile};

/// The picture as Explore shows it, with the pins in it.
pub(super) fn picture_ui(ui: &mut Ui, state: &State, inbox: &Inbox, shown: &BlocksPainting, height: f32) {
    ui.horizontal(|ui| {
        ui.label(RichText::new("Picture").strong());
        let hint =
            if state.session.halting.pins.is_empty() { "click to pin" } else { "Shift+click: one more" };
        let hint = RichText::new(hint).size(font::SMALL).color(tokens(ui).text_muted);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| ui.add(Label::new(hint).truncate()));
    });
    canvas_ui(ui, state, inbox, shown, height);
}

fn canvas_ui(ui: &mut Ui, state: &State, inbox: &Inbox, shown: &BlocksPainting, height: f32) {
    let stage = &state.runtime.stage;
    let size = vec2(ui.available_width(), height + font::SMALL + 2.0 * space::S);
    ui.allocate_ui_with_layout(size, Layout::top_down(Align::Min), |ui| {
        ui.set_min_size(size);
        let overlay = stage.overlay.as_ref().filter(|_| state.session.overlay);
        let picture = stage.picture.as_ref();
        let title = picture.map_or("Canvas".to_owned(), |open| format!("Canvas: {}", open.picture.title));
        // Small as it is, it shows the whole picture.
        let mut view = CanvasView::default();
        let canvas =
            Canvas::new(&mut view, picture.map(|open| &open.texture), overlay, state.session.opacity);
        let response = canvas.label(&title).show(ui);
        let rect = response.picture;
        if let Some(at) = response.hovered.filter(|_| response.response.clicked()) {
            let pin = Pin { at };
            let add = ui.input(|input| input.modifiers.shift);
            inbox.push(Command::Halting(if add { Action::Add(pin) } else { Action::Place(pin) }));
        }
        tile::hold_arrows(ui, &response.response);
        let painter = ui.painter_at(response.response.rect);
        let t = tokens(ui);
        for (number, pin) in state.session.halting.pins.iter().enumerate() {
            let colour = t.pins[number % t.pins.len()];
            let at = rect.min + vec2(pin.at[0], pin.at[1]) * rect.size();
            if let Some(seen) = seen_rect(state, shown, *pin, rect) {
                let dark = Color32::from_black_alpha(150);
                painter.rect_stroke(seen, 0, Stroke::new(3.0, dark), StrokeKind::Middle);
                painter.rect_stroke(seen, 0, Stroke::new(1.25, colour), StrokeKind::Middle);
            }
            tile::mark(&painter, Rect::from_center_size(at, vec2(5.0, 5.0)), colour);
        }
    });
}

/// Which part of the picture a pin's position sees, in the selected block behind the unit that is looked at.
fn seen_rect(state: &State, shown: &BlocksPainting, pin: Pin, picture: Rect) -> Option<Rect> {
    let trace = &shown.outcome.trace;
    let index = state.session.halting.block.min(trace.blocks.len().checked_sub(1)?);
    let block = trace.blocks.get(index)?;
    let (field, _) = field(state, shown, index, pin)?;
    let [row, column] = position(pin.at, [block.height, block.width]);
    let [[top, left], [bottom, right]] = field.of(row, column, trace.height, trace.width);
    let place = |x: usize, y: usize| {
        let share = vec2(x as f32 / trace.width as f32, y as f32 / trace.height as f32);
        picture.min + share * picture.size()
    };
    let (first, last) = (place(left, top), place(right, bottom));
    Some(Rect::from_min_max(pos2(first.x, first.y), pos2(last.x, last.y)))
}

/// Of a pin's position behind the unit that is looked at or, where it has halted before, behind the last one it ran; and
/// which unit that is.
fn field(state: &State, shown: &BlocksPainting, index: usize, pin: Pin) -> Option<(ReceptiveField, usize)> {
    let trace = &shown.outcome.trace;
    let map = &shown.blocks.get(index)?.map;
    let [row, column] = position(pin.at, [map.height, map.width]);
    let run = *map.num_units.get(row * map.width + column)? as usize;
    let units = shown.unit().min(run).max(1);
    let field = receptive_field(state.halting_spec()?, [trace.height, trace.width], index, units)?;
    Some((field, units))
}

/// The list of pins, and what the selected one sees.
pub(super) fn pins_ui(ui: &mut Ui, state: &State, inbox: &Inbox, shown: &BlocksPainting) {
    let view = &state.session.halting;
    let trace = &shown.outcome.trace;
    ui.add_space(space::S);
    ui.horizontal(|ui| {
        ui.label(RichText::new("Pins").strong());
        if view.pins.is_empty() {
            return;
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            for (action, label) in
                [(Action::RemoveAll, "Remove all"), (Action::Add(Pin { at: [0.5, 0.5] }), "Add")]
            {
                let adds = label == "Add";
                let button = Button::new(RichText::new(label).size(font::SMALL)).small();
                let may = !adds || view.pins.len() < MOST_PINS;
                let tooltip = match adds {
                    true => format!("One more pin, in the picture's middle; up to {MOST_PINS}"),
                    false => action.info().map(|info| info.tooltip.to_owned()).unwrap_or_default(),
                };
                let button = ui.add_enabled(may, button).on_hover_text(tooltip);
                let name = if adds { "Add pin" } else { "Remove all pins" };
                if button.accessible_name(name).clicked() {
                    inbox.push(Command::Halting(action));
                }
            }
        });
    });
    if view.pins.is_empty() {
        let text = RichText::new("Click a position in the picture or in a block; the arrow keys move it.");
        ui.add(Label::new(text.size(font::SMALL).color(tokens(ui).text_muted)).wrap());
    }
    for (number, pin) in view.pins.iter().enumerate() {
        let [row, column] = position(pin.at, [trace.height, trace.width]);
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            course::swatch_ui(ui, tokens(ui).pins[number % tokens(ui).pins.len()]);
            let text = format!("Pin {}: {column}, {row}", number + 1);
            if ui.selectable_label(number == view.selected, text).clicked() {
                inbox.push(Command::Halting(Action::SelectPin(number)));
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let name = format!("Remove pin {}", number + 1);
                let remove = ui.add(Button::new("×").small().frame(false));
                if remove.accessible_name(&name).on_hover_text(name.as_str()).clicked() {
                    inbox.push(Command::Halting(Action::RemovePin(number)));
                }
            });
        });
    }
    let seen = view.pin().and_then(|pin| Some((pin, field(state, shown, view.block, pin)?)));
    if let Some((pin, (field, unit))) = seen {
        let block = trace.blocks.get(view.block);
        let name = block.map_or("", |block| block.name.as_str());
        let [row, column] = block.map_or([0, 0], |block| position(pin.at, [block.height, block.width]));
        let [[top, left], [bottom, right]] = field.of(row, column, trace.height, trace.width);
        let text = format!(
            "Sees {} × {} pixels in {name} behind unit {}, and the mean of all positions.",
            right - left,
            bottom - top,
            unit
        );
        ui.add(Label::new(RichText::new(text).size(font::SMALL).color(tokens(ui).text_muted)).wrap());
    }
}

//! The picture with the pins and what they see of it, and the list of pins.

use eframe::egui::{Align, Button, Label, Layout, Rect, RichText, Stroke, StrokeKind, Ui, pos2, vec2};

use crate::explorer::command::{Command, Inbox};
use crate::explorer::halting::{Action, BlocksPainting, MOST_PINS, Pin};
use crate::explorer::readout::position;
use crate::explorer::state::State;
use crate::explorer::terms::{OnHoverTerm as _, Term};
use crate::explorer::theme::{font, space, tokens};
use crate::explorer::widgets::{Canvas, CanvasView, cells};
use crate::network::{ReceptiveField, receptive_field};

use super::{course, tile};

/// The picture as Explore shows it, with the pins in it.
pub(super) fn picture_ui(ui: &mut Ui, state: &State, inbox: &Inbox, shown: &BlocksPainting, height: f32) {
    ui.horizontal(|ui| {
        ui.label(RichText::new("Picture").strong());
        let none = state.session.halting.pins.is_empty();
        let hint = if none { "click to pin" } else { "Shift+click: one more" };
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
        let response = canvas.label(&title).without_keys().show(ui);
        let rect = response.picture;
        tile::pin_middle(state, inbox, &response.response);
        let by_pointer = response.response.clicked() && response.response.interact_pointer_pos().is_some();
        if let Some(at) = response.hovered.filter(|_| by_pointer) {
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
                for (width, tone) in [(4.5, cells::DARK), (2.75, cells::LIGHT), (1.5, colour)] {
                    painter.rect_stroke(seen, 0, Stroke::new(width, tone), StrokeKind::Middle);
                }
            }
            cells::frame(&painter, Rect::from_center_size(at, vec2(5.0, 5.0)), Some(colour));
        }
    });
}

/// Which part of the picture a pin's position sees, in the selected block behind the unit that is looked at.
fn seen_rect(state: &State, shown: &BlocksPainting, pin: Pin, picture: Rect) -> Option<Rect> {
    let trace = &shown.outcome.trace;
    let index = shown.selected(&state.session.halting);
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
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let small = |text: &str| Button::new(RichText::new(text).size(font::SMALL)).small();
            let remove = Command::Halting(Action::RemoveAll);
            if let Some(info) = remove.info().filter(|_| !view.pins.is_empty()) {
                let button = ui.add(small("Remove all")).accessible_name(info.label);
                if button.on_hover_text(info.tooltip).clicked() {
                    inbox.push(remove);
                }
            }
            let button = ui.add_enabled(view.pins.len() < MOST_PINS, small("Add")).accessible_name("Add pin");
            let tooltip = format!("One more pin, in the picture's middle; up to {MOST_PINS}");
            if button.on_hover_text(tooltip).clicked() {
                inbox.push(Command::Halting(Action::Add(Pin::MIDDLE)));
            }
        });
    });
    if view.pins.is_empty() {
        let text = RichText::new("Click a position, or press Enter on a map; the arrow keys move the pin.");
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
    let selected = shown.selected(view);
    let seen = view.pin().and_then(|pin| Some((pin, field(state, shown, selected, pin)?)));
    if let Some((pin, (field, unit))) = seen {
        let block = trace.blocks.get(selected);
        let name = block.map_or("", |block| block.name.as_str());
        let [row, column] = block.map_or([0, 0], |block| position(pin.at, [block.height, block.width]));
        let [[top, left], [bottom, right]] = field.of(row, column, trace.height, trace.width);
        let text = format!(
            "Sees {} × {} pixels in {name} behind unit {}, and the mean of all positions.",
            right - left,
            bottom - top,
            unit
        );
        let text = RichText::new(text).size(font::SMALL).color(tokens(ui).text_muted);
        ui.add(Label::new(text).wrap()).on_hover_term(Term::ReceptiveField);
    }
}

//! One block's map as a small multiple: who is still active, and in which unit the others halted.

use eframe::egui::{
    Align, Align2, Color32, EventFilter, Id, Label, Layout, Painter, Pos2, Rect, Response, RichText, Role,
    Sense, Stroke, StrokeKind, TextureHandle, Ui, WidgetInfo, pos2, vec2,
};

use crate::explorer::command::{Command, Inbox};
use crate::explorer::halting::{Action, BlocksPainting, ON_HALTED, PaintedBlock, Pin};
use crate::explorer::places::{Place, offer};
use crate::explorer::readout::position;
use crate::explorer::state::State;
use crate::explorer::theme::{Tokens, font, radius, space, tokens};
use crate::explorer::widgets::cells::{self, cell_rect};
use crate::explorer::widgets::{format, horizontal_gradient, text_width};
use crate::network::Halting;

/// Edge of a position on the screen from which on its unit is written into it, in points.
const WRITTEN: f32 = 15.0;
/// Of the gradient below a map.
const BAR: f32 = 8.0;

/// Where is remembered which of the maps has the focus.
pub(super) fn focus_id() -> Id {
    Id::unique("halting focus")
}

/// Title, map and colours of block `index`, on `height` points.
pub(super) fn block_ui(
    ui: &mut Ui,
    state: &State,
    inbox: &Inbox,
    shown: &BlocksPainting,
    (index, height): (usize, f32),
) {
    let (Some(block), Some(trace)) = (shown.blocks.get(index), shown.outcome.trace.blocks.get(index)) else {
        return;
    };
    let map = &block.map;
    let selected = shown.selected(&state.session.halting) == index;
    ui.horizontal(|ui| {
        let name = RichText::new(&trace.name);
        ui.label(if selected { name.strong().color(tokens(ui).accent) } else { name.strong() });
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let positions = format!("{} × {}", map.width, map.height);
            let whole = format!("{positions}, {} units", trace.units);
            let fits = text_width(ui, &whole, font::small()) <= ui.available_width();
            let shown = RichText::new(if fits { &whole } else { &positions }).size(font::SMALL);
            let label = ui.add(Label::new(shown.color(tokens(ui).text_muted)).truncate());
            label.on_hover_text(format!("{whole}: columns × rows of positions, and units of the block"));
        });
    });
    let response = map_ui(ui, state, shown, (index, block), height);
    if let Some(place) = response.interact_pointer_pos().filter(|_| response.clicked()) {
        let at = (place - response.rect.min) / response.rect.size();
        let pin = Pin::in_cell(position(at.into(), [map.height, map.width]), [map.height, map.width]);
        let add = ui.input(|input| input.modifiers.shift);
        inbox.push(Command::Halting(Action::SelectBlock(index)));
        inbox.push(Command::Halting(if add { Action::Add(pin) } else { Action::Place(pin) }));
    } else if response.clicked() || response.gained_focus() {
        inbox.push(Command::Halting(Action::SelectBlock(index)));
        pin_middle(state, inbox, &response);
    }
    if selected {
        offer(ui.ctx(), Place::Screen, response.id);
    }
    hold_arrows(ui, &response);
    hover_ui(response, shown, index);
    scale_ui(ui, block, shown);
}

/// Pressed by key, a map without pins has its middle pinned, from where the arrow keys go on.
pub(super) fn pin_middle(state: &State, inbox: &Inbox, response: &Response) {
    let by_key = response.clicked() && response.interact_pointer_pos().is_none();
    if by_key && state.session.halting.pins.is_empty() {
        inbox.push(Command::Halting(Action::Place(Pin::MIDDLE)));
    }
}

/// A map that was clicked takes the arrow keys.
pub(super) fn hold_arrows(ui: &Ui, response: &Response) {
    if response.clicked() {
        response.request_focus();
    }
    if response.has_focus() {
        ui.data_mut(|data| data.insert_temp(focus_id(), response.id));
        let arrows = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, arrows));
    }
}

fn map_ui(
    ui: &mut Ui,
    state: &State,
    shown: &BlocksPainting,
    (index, block): (usize, &PaintedBlock),
    height: f32,
) -> Response {
    let t = tokens(ui);
    let map = &block.map;
    let grid = [map.height, map.width];
    let size = vec2(ui.available_width(), height);
    // As large as it goes, in the shape of the block.
    let shape = vec2(map.width as f32, map.height as f32);
    let scale = (size / shape).min_elem();
    let (area, _) = ui.allocate_exact_size(size, Sense::hover());
    let rect = Rect::from_center_size(area.center(), shape * scale);
    let response = ui.interact(rect, ui.scope_id().with(("block", index)), Sense::click());
    let name = spoken(shown, index, block);
    response.widget_info(|| WidgetInfo::labeled(Role::Image, ui.is_enabled(), &name));
    if !ui.is_rect_visible(rect) {
        return response;
    }
    let painter = ui.painter_at(rect.expand(6.0));
    if let Some(texture) = &block.texture {
        paint(&painter, texture, rect);
    }
    if scale >= WRITTEN {
        write_units(&painter, block, rect, shown.unit());
    }
    let stroke =
        if response.has_focus() { Stroke::new(2.0, t.accent) } else { Stroke::new(1.0, t.outline_strong) };
    painter.rect_stroke(rect, 0, stroke, StrokeKind::Outside);
    if let Some(pointer) = response.hover_pos() {
        let at = ((pointer - rect.min) / rect.size()).into();
        cells::frame(&painter, cell_rect(rect, grid, position(at, grid)), None);
    }
    for (number, pin) in state.session.halting.pins.iter().enumerate() {
        let colour = t.pins[number % t.pins.len()];
        cells::frame(&painter, cell_rect(rect, grid, position(pin.at, grid)), Some(colour));
    }
    response
}

fn paint(painter: &Painter, texture: &TextureHandle, rect: Rect) {
    painter.image(texture.id(), rect, Rect::from_min_max(Pos2::ZERO, pos2(1.0, 1.0)), Color32::WHITE);
}

/// The unit at which each position has halted, on those that have.
fn write_units(painter: &Painter, block: &PaintedBlock, rect: Rect, unit: usize) {
    let map = &block.map;
    for (place, &units) in map.num_units.iter().enumerate().filter(|(_, units)| (**units as usize) < unit) {
        let cell = cell_rect(rect, [map.height, map.width], [place / map.width, place % map.width]);
        painter.text(cell.center(), Align2::CENTER_CENTER, units, font::small(), ON_HALTED);
    }
}

fn spoken(shown: &BlocksPainting, index: usize, block: &PaintedBlock) -> String {
    let (map, unit) = (&block.map, shown.unit());
    let name = shown.outcome.trace.blocks.get(index).map_or("", |trace| &trace.name);
    let positions = map.num_units.len();
    let active = map.active(unit);
    format!("{}, {name}: {active} of {positions} positions active in unit {unit}", shown.quantity().label())
}

/// What was decided at the position under the pointer.
fn hover_ui(response: Response, shown: &BlocksPainting, index: usize) {
    let rect = response.rect;
    response.on_hover_ui_at_pointer(|ui| {
        let Some(pointer) = ui.ctx().pointer_hover_pos().filter(|at| rect.contains(*at)) else { return };
        let Some(block) = shown.blocks.get(index) else { return };
        let map = &block.map;
        let at = ((pointer - rect.min) / rect.size()).into();
        let [row, column] = position(at, [map.height, map.width]);
        let place = row * map.width + column;
        let (Some(&units), Some(&value)) = (map.num_units.get(place), map.values.get(place)) else { return };
        let unit = shown.unit();
        let quantity = shown.quantity();
        let about = if shown.is_preview() { "≈ " } else { "" };
        ui.label(RichText::new(format!("Position {column}, {row}")).strong());
        let value = if value.is_nan() { "none here".to_owned() } else { format!("{about}{value:.3}") };
        let of_unit = if quantity.is_of_a_unit() { format!(" in unit {unit}") } else { String::new() };
        ui.label(format!("{}{of_unit}: {value}", quantity.label()));
        ui.label(match units as usize {
            units if units < unit => format!("Halted in unit {units}"),
            units => format!("Active in unit {unit}, halts in {units}"),
        });
        let decisions = shown.decisions();
        if decisions.blocks.get(index).is_some_and(|block| matches!(block.halting, Halting::Image(_))) {
            ui.label("ACT decides once for the whole picture.");
        }
    });
}

/// What the colours of a map stand for.
fn scale_ui(ui: &mut Ui, block: &PaintedBlock, shown: &BlocksPainting) {
    let t: &Tokens = tokens(ui);
    let range = block.range;
    let span = range.high - range.low;
    let [low, high] = [range.low, range.high].map(|end| format::within(end, span));
    let name =
        format!("Colours of {}: {} from {low} to {high}", shown.quantity().label(), shown.colormap().name());
    let line = font::SMALL + space::XS;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), line), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, ui.is_enabled(), &name));
    let painter = ui.painter();
    let left = painter.text(rect.left_center(), Align2::LEFT_CENTER, &low, font::small(), t.text_muted);
    let right = painter.text(rect.right_center(), Align2::RIGHT_CENTER, &high, font::small(), t.text_muted);
    let bar = Rect::from_x_y_ranges(
        left.right() + space::S..=right.left() - space::S,
        rect.center().y - 0.5 * BAR..=rect.center().y + 0.5 * BAR,
    );
    painter.add(horizontal_gradient(bar, shown.colormap()));
    painter.rect_stroke(bar, radius::S, Stroke::new(1.0, t.outline_strong), StrokeKind::Outside);
}

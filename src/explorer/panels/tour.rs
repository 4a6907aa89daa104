//! The tour's ring around a part of the window, and the card beside it.

use eframe::egui::{
    Area, Button, Context, EventFilter, Frame, Id, Key, Label, LayerId, Margin, Modifiers, Order, Pos2, Rect,
    Response, RichText, Role, Stroke, StrokeKind, Ui, Vec2, pos2,
};

use crate::explorer::command::{Command, Inbox};
use crate::explorer::guide::Action;
use crate::explorer::state::State;
use crate::explorer::theme::{radius, space, tokens};
use crate::explorer::tour::{STEPS, Step, Tour, marked};

/// Of the card, in points.
const WIDTH: f32 = 340.0;
/// What its height is taken for until it is known.
const HEIGHT: f32 = 190.0;

pub fn tour_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    let Some(tour) = &state.runtime.tour else { return };
    let Some(step) = STEPS.get(tour.step()) else { return };
    let t = tokens(ui);
    let spot = marked(ui.ctx(), tour.step());
    if let Some(spot) = spot {
        let layer = LayerId::new(Order::Middle, Id::unique("tour ring"));
        let ring = spot.expand(space::S).intersect(ui.ctx().content_rect().shrink(space::XS));
        let painter = ui.ctx().layer_painter(layer);
        // Two tones, so that one of them stands out whatever lies below.
        painter.rect_stroke(ring, radius::L, Stroke::new(5.0, t.canvas), StrokeKind::Middle);
        painter.rect_stroke(ring, radius::L, Stroke::new(2.5, t.accent), StrokeKind::Middle);
    }
    let id = Id::unique("tour card");
    let known = ui.ctx().memory(|memory| memory.area_rect(id)).map(|rect| rect.size());
    let size = known.unwrap_or(Vec2::new(WIDTH, HEIGHT));
    let name = format!("Tour, step {} of {}: {}", tour.step() + 1, STEPS.len(), step.title);
    let area = Area::new(id).order(Order::Foreground).role(Role::Dialog).accessible_name(name);
    let area = area.fixed_pos(beside(spot, size, ui.ctx().content_rect())).constrain(true);
    area.show(ui.ctx(), |ui| {
        let margin = Margin::same(space::L as i8);
        Frame::popup(ui.style()).stroke(Stroke::new(1.0, t.accent)).inner_margin(margin).show(ui, |ui| {
            ui.set_width(WIDTH - 2.0 * space::L);
            card_ui(ui, tour, step, inbox);
        });
    });
}

fn card_ui(ui: &mut Ui, tour: &Tour, step: &Step, inbox: &Inbox) {
    let count = format!("Step {} of {}", tour.step() + 1, STEPS.len());
    ui.label(RichText::new(count).small().color(tokens(ui).text_muted));
    ui.label(RichText::new(step.title).heading());
    ui.add(Label::new(with_keys(ui.ctx(), step.text)).wrap());
    ui.add_space(space::S);
    let last = tour.step() + 1 == STEPS.len();
    ui.horizontal(|ui| {
        let back = ui.add_enabled(tour.step() > 0, Button::new("Back"));
        let next = ui.add(Button::new(if last { "Finish" } else { "Next" }).selected(true));
        let end = (!last).then(|| ui.add(Button::new("End tour").frame(false)));
        focus_first(ui, tour.step(), &next);
        let buttons = [Some(back.id), Some(next.id), end.as_ref().map(|end| end.id)];
        let [earlier, later] = arrows(ui, &buttons);
        if back.on_hover_text("The step before (left arrow)").clicked() || earlier {
            inbox.push(Command::Guide(Action::PreviousStep));
        }
        if next.on_hover_text("The next step (right arrow)").clicked() || later {
            inbox.push(Command::Guide(Action::NextStep));
        }
        if end.is_some_and(|end| end.on_hover_text("Everything is as it was before (Esc)").clicked()) {
            inbox.push(Command::Guide(Action::EndTour));
        }
    });
}

/// When a step begins, Enter goes on.
fn focus_first(ui: &Ui, step: usize, next: &Response) {
    let id = Id::unique("tour step");
    if ui.data(|data| data.get_temp(id)) != Some((step, next.id)) {
        next.request_focus();
        ui.data_mut(|data| data.insert_temp(id, (step, next.id)));
    }
}

/// Whether the arrow keys ask for the step before or the next; they may belong to what has the focus instead.
fn arrows(ui: &Ui, buttons: &[Option<Id>]) -> [bool; 2] {
    let focused = ui.memory(|memory| memory.focused());
    if focused.is_some() && !buttons.contains(&focused) {
        return [false; 2];
    }
    if let Some(focused) = focused {
        let filter = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(focused, filter));
    }
    [Key::ArrowLeft, Key::ArrowRight].map(|key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key)))
}

/// A text with the keys of the commands that it speaks of.
fn with_keys(ctx: &Context, text: &str) -> String {
    let keys = |command: Command| {
        let shortcut = command.info().and_then(|info| info.shortcut);
        shortcut.map(|shortcut| ctx.format_shortcut(&shortcut)).unwrap_or_default()
    };
    let palette = keys(Command::Guide(Action::TogglePalette));
    text.replace("{palette}", &palette).replace("{help}", &keys(Command::ToggleHelp))
}

/// Where a card of this size stands beside what it speaks of, rather in its column than on the picture; at the bottom of the window where there is no room for
/// it on any side.
fn beside(spot: Option<Rect>, size: Vec2, window: Rect) -> Pos2 {
    let inner = window.shrink(space::L);
    let bottom = pos2(inner.center().x - 0.5 * size.x, inner.bottom() - size.y - space::XL);
    let Some(spot) = spot else { return bottom };
    let spot = spot.expand(space::L);
    let y = spot.top().min(inner.bottom() - size.y).max(inner.top());
    let x = spot.left().min(inner.right() - size.x).max(inner.left());
    let places = [
        pos2(x, spot.bottom()),
        pos2(x, spot.top() - size.y),
        pos2(spot.left() - size.x, y),
        pos2(spot.right(), y),
    ];
    let fits = |at: &Pos2| inner.contains_rect(Rect::from_min_size(*at, size));
    places.into_iter().find(fits).unwrap_or(bottom)
}

#[cfg(test)]
mod tests {
    use super::*;
    use eframe::egui::vec2;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_card_is_in_the_window_and_not_on_what_it_speaks_of(
            left in 0.0_f32..1200.0, top in 0.0_f32..700.0, width in 10.0_f32..300.0, height in 10.0_f32..120.0,
        ) {
            let window = Rect::from_min_size(Pos2::ZERO, vec2(1360.0, 860.0));
            let spot = Rect::from_min_size(pos2(left, top), vec2(width, height)).intersect(window);
            let size = vec2(WIDTH, HEIGHT);
            let card = Rect::from_min_size(beside(Some(spot), size, window), size);
            prop_assert!(window.contains_rect(card), "{card:?}");
            prop_assert!(!card.intersects(spot), "{card:?} on {spot:?}");
        }
    }
}

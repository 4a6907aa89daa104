//! The tabs of the window.

pub mod compare;
pub mod evaluate;
pub mod explore;
pub mod halting;
mod side;
pub mod train;
mod zoom;

use eframe::egui::{Align, Button, Frame, Label, Layout, Margin, Panel, ScrollArea, Ui};

use super::command::{Command, Inbox};
use super::settings::Hint;
use super::state::State;
use super::theme::{space, tokens};

/// The sentence that explains a screen, until it is dismissed.
fn hint_ui(ui: &mut Ui, state: &State, inbox: &Inbox, hint: Hint, sentence: &str) {
    if state.settings.dismissed.contains(&hint) {
        return;
    }
    let margin = Margin::symmetric(space::L as i8, space::S as i8);
    let frame = Frame::NONE.fill(tokens(ui).accent_soft).inner_margin(margin);
    Panel::top("hint").frame(frame).show_separator_line(false).show(ui, |ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let dismiss = Command::DismissHint(hint);
            let Some(info) = dismiss.info() else { return };
            if ui.add(Button::new("Got it").frame(false)).on_hover_text(info.tooltip).clicked() {
                inbox.push(dismiss);
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| ui.add(Label::new(sentence).wrap()));
        });
    });
}

/// Scrolls up and down, with the bar in the margin at the right.
fn scroll_ui(ui: &mut Ui, id: &str, contents: impl FnOnce(&mut Ui)) {
    ScrollArea::vertical().id_salt(id).auto_shrink(false).show(ui, |ui| {
        ui.set_max_width(ui.available_width() - space::M);
        contents(ui);
    });
}

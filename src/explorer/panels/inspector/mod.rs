//! The right side: the model, the controls, and what came out.

mod halting;
mod map;
mod model;
mod result;

use eframe::egui::{CollapsingHeader, Frame, Margin, Panel, RichText, ScrollArea, Ui};

use crate::explorer::command::{Command, Inbox};
use crate::explorer::state::State;
use crate::explorer::theme::{font, space, tokens};

pub fn inspector_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    let frame = Frame::NONE.fill(ui.visuals().panel_fill).inner_margin(Margin::same(space::M as i8));
    let mut open = state.settings.inspector_open;
    Panel::right("inspector").frame(frame).default_size(308.0).size_range(260.0..=420.0).show_collapsible(
        ui,
        &mut open,
        |ui| ScrollArea::vertical().auto_shrink(false).show(ui, |ui| sections_ui(ui, state, inbox)),
    );
    if open != state.settings.inspector_open {
        inbox.push(Command::ToggleInspector);
    }
}

fn sections_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    section(ui, "Result", |ui| result::result_ui(ui, state));
    section(ui, "Halting", |ui| halting::halting_ui(ui, state, inbox));
    section(ui, "Map", |ui| map::map_ui(ui, state, inbox));
    section(ui, "Model", |ui| model::model_ui(ui, state, inbox));
    section(ui, "Input size", |ui| model::size_ui(ui, state, inbox));
}

fn section(ui: &mut Ui, title: &str, contents: impl FnOnce(&mut Ui)) {
    let title = RichText::new(title).strong();
    CollapsingHeader::new(title).default_open(true).show_unindented(ui, |ui| {
        Frame::NONE.inner_margin(Margin::symmetric(space::S as i8, 0)).show(ui, |ui| {
            ui.add_space(space::XS);
            contents(ui);
            ui.add_space(space::M);
        });
    });
}

/// A remark under a control.
fn remark(ui: &mut Ui, text: &str) {
    ui.label(RichText::new(text).size(font::SMALL).color(tokens(ui).text_muted));
}

/// A name and a value, as a line of a grid.
fn fact(ui: &mut Ui, name: &str, value: &str) {
    ui.label(RichText::new(name).color(tokens(ui).text_muted));
    ui.label(value);
    ui.end_row();
}

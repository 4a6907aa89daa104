//! The right side: the model, the controls, and what came out.

mod attention;
mod halting;
mod map;
mod model;
mod result;
mod size;

use eframe::egui::{Frame, Margin, Panel, ScrollArea, Ui};

use crate::explorer::command::{Command, Inbox};
use crate::explorer::session::Screen;
use crate::explorer::state::State;
use crate::explorer::theme::space;
use crate::explorer::widgets::fields::{
    NAME, combo, facts, name_ui, named, named_combo, named_slider, remark, section, section_named,
};

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
    // Beside another model it has a letter.
    let of_a = if state.session.screen == Screen::Compare { " of A" } else { "" };
    section_named(ui, "Model", &format!("Model{of_a}"), |ui| model::model_ui(ui, state, inbox));
    section_named(ui, "Halting", &format!("Halting{of_a}"), |ui| halting::halting_ui(ui, state, inbox));
    // Of a run that is still to come nothing is known but the map's preview, and of one that failed not even that.
    let shown = state.runtime.stage.painting.as_ref();
    let earlier = shown.is_some_and(|painting| painting.is_preview() || state.runtime.has_failed());
    let title = if earlier { "Result of an earlier run".to_owned() } else { format!("Result{of_a}") };
    section_named(ui, "Result", &title, |ui| result::result_ui(ui, state));
    section(ui, "Map", |ui| map::map_ui(ui, state, inbox));
    section(ui, "Input size", |ui| size::size_ui(ui, state, inbox));
    if state.session.screen == Screen::Explore {
        section(ui, "Human attention", |ui| attention::attention_ui(ui, state, inbox));
    }
}

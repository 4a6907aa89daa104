//! The right side: the model, the controls, and what came out.

mod halting;
mod map;
mod model;
mod result;
mod size;

use eframe::egui::{
    Align, CollapsingHeader, ComboBox, Frame, Grid, Label, Layout, Margin, Panel, Response, RichText, Role,
    ScrollArea, Slider, Ui, WidgetInfo, vec2,
};

use crate::explorer::command::{Command, Inbox};
use crate::explorer::painting::Painting;
use crate::explorer::state::State;
use crate::explorer::theme::{font, space, tokens};
use crate::explorer::widgets::plain_slider;

/// Of the column of names, in points.
const NAME: f32 = 96.0;
/// Of the value after a slider, with the gap before it.
const VALUE: f32 = 62.0;
/// Greatest height of a combo box's menu.
const MENU: f32 = 320.0;

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
    section(ui, "Model", |ui| model::model_ui(ui, state, inbox));
    section(ui, "Halting", |ui| halting::halting_ui(ui, state, inbox));
    // Of a run that is still to come nothing is known but the map's preview.
    let preview = state.runtime.stage.painting.as_ref().is_some_and(Painting::is_preview);
    let title = if preview { "Result of an earlier run" } else { "Result" };
    section_named(ui, "Result", title, |ui| result::result_ui(ui, state));
    section(ui, "Map", |ui| map::map_ui(ui, state, inbox));
    section(ui, "Input size", |ui| size::size_ui(ui, state, inbox));
}

fn section(ui: &mut Ui, title: &str, contents: impl FnOnce(&mut Ui)) {
    section_named(ui, title, title, contents);
}

/// A section whose title may change.
fn section_named(ui: &mut Ui, id: &str, title: &str, contents: impl FnOnce(&mut Ui)) {
    let title = RichText::new(title).strong();
    CollapsingHeader::new(title).id_salt(id).default_open(true).show_unindented(ui, |ui| {
        let margin = Margin {
            left: space::S as i8,
            right: space::M as i8,
            top: space::XS as i8,
            bottom: space::M as i8,
        };
        Frame::NONE.inner_margin(margin).show(ui, |ui| contents(ui));
    });
}

/// A remark under a control.
fn remark(ui: &mut Ui, text: &str) {
    ui.label(RichText::new(text).size(font::SMALL).color(tokens(ui).text_muted));
}

/// Names and values, a line each.
fn facts(ui: &mut Ui, id: &str, facts: &[(String, String)]) {
    Grid::new(id).num_columns(2).min_row_height(0.0).spacing([space::L, space::S]).show(ui, |ui| {
        for (name, value) in facts {
            ui.label(RichText::new(name).color(tokens(ui).text_muted));
            ui.add(Label::new(value).wrap());
            ui.end_row();
        }
    });
}

/// A control over the rest of the width, with its name in a column before it.
fn named(ui: &mut Ui, name: &str, control: impl FnOnce(&mut Ui) -> Response) -> Response {
    let row = ui.horizontal(|ui| {
        let label = name_ui(ui, name);
        control(ui).labelled_by(label.id)
    });
    row.inner
}

/// A name in a column of names.
fn name_ui(ui: &mut Ui, name: &str) -> Response {
    let size = vec2(NAME, ui.spacing().interact_size.y);
    let label = ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_width(NAME);
        ui.label(name)
    });
    label.inner
}

/// A slider with its name before it and its value after it.
fn named_slider(ui: &mut Ui, name: &str, slider: Slider<'_>) -> Response {
    named(ui, name, |ui| {
        ui.spacing_mut().slider_width = (ui.available_width() - VALUE).max(48.0);
        plain_slider(ui, slider)
    })
}

/// A combo box with its name before it.
fn named_combo(ui: &mut Ui, name: &str, value: &str, contents: impl FnOnce(&mut Ui)) -> Response {
    named(ui, name, |ui| combo(ui, name, value, contents))
}

/// A combo box over the whole width; screen readers say its name and its value.
fn combo(ui: &mut Ui, name: &str, value: &str, contents: impl FnOnce(&mut Ui)) -> Response {
    let combo = ComboBox::from_id_salt(name).selected_text(value).width(ui.available_width()).height(MENU);
    let response = combo.truncate().show_ui(ui, contents).response;
    response.widget_info(|| {
        let info = WidgetInfo::labeled(Role::ComboBox, true, name);
        WidgetInfo { current_text_value: Some(value.to_owned()), ..info }
    });
    response
}

//! Sections of controls with their names before them, as the side panels have them.

use eframe::egui::{
    Align, CollapsingHeader, ComboBox, Frame, Grid, Label, Layout, Margin, Response, RichText, Role, Slider,
    Ui, WidgetInfo, vec2,
};

use super::{fitted, plain_slider, slider};
use crate::explorer::terms::label_ui;
use crate::explorer::theme::{font, space, tokens};

/// Of the column of names, in points.
pub(crate) const NAME: f32 = 96.0;
/// Of the value after a slider, with the gap before it.
const VALUE: f32 = slider::VALUE + space::M;
/// Greatest height of a combo box's menu.
const MENU: f32 = 320.0;

pub(crate) fn section(ui: &mut Ui, title: &str, contents: impl FnOnce(&mut Ui)) {
    section_named(ui, title, title, contents);
}

/// A section whose title may change.
pub(crate) fn section_named(ui: &mut Ui, id: &str, title: &str, contents: impl FnOnce(&mut Ui)) {
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
pub(crate) fn remark(ui: &mut Ui, text: &str) {
    ui.label(RichText::new(text).size(font::SMALL).color(tokens(ui).text_muted));
}

/// Names and values, a line each.
pub(crate) fn facts(ui: &mut Ui, id: &str, facts: &[(String, String)]) {
    Grid::new(id).num_columns(2).min_row_height(0.0).spacing([space::L, space::S]).show(ui, |ui| {
        for (name, value) in facts {
            label_ui(ui, RichText::new(name).color(tokens(ui).text_muted));
            ui.add(Label::new(value).wrap());
            ui.end_row();
        }
    });
}

/// A control over the rest of the width, with its name in a column before it.
pub(crate) fn named(ui: &mut Ui, name: &str, control: impl FnOnce(&mut Ui) -> Response) -> Response {
    let row = ui.horizontal(|ui| {
        let label = name_ui(ui, name);
        control(ui).labelled_by(label.id)
    });
    row.inner
}

/// A name in a column of names.
pub(crate) fn name_ui(ui: &mut Ui, name: &str) -> Response {
    let size = vec2(NAME, ui.spacing().interact_size.y);
    let label = ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_width(NAME);
        label_ui(ui, name)
    });
    label.inner
}

/// A slider with its name before it and its value after it.
pub(crate) fn named_slider(ui: &mut Ui, name: &str, slider: Slider<'_>) -> Response {
    named(ui, name, |ui| wide_slider(ui, slider))
}

/// A slider and its value over the rest of the width.
pub(crate) fn wide_slider(ui: &mut Ui, slider: Slider<'_>) -> Response {
    ui.spacing_mut().slider_width = (ui.available_width() - VALUE).max(48.0);
    plain_slider(ui, slider)
}

/// A combo box with its name before it.
pub(crate) fn named_combo(ui: &mut Ui, name: &str, value: &str, contents: impl FnOnce(&mut Ui)) -> Response {
    named(ui, name, |ui| combo(ui, name, value, contents))
}

/// A combo box over the whole width; screen readers say its name and its value.
pub(crate) fn combo(ui: &mut Ui, name: &str, value: &str, contents: impl FnOnce(&mut Ui)) -> Response {
    let width = ui.available_width();
    sized_combo(ui, name, value, width, contents)
}

/// A combo box of a width, in points, or wider where its value needs it and there is room.
pub(crate) fn sized_combo(
    ui: &mut Ui,
    name: &str,
    value: &str,
    width: f32,
    contents: impl FnOnce(&mut Ui),
) -> Response {
    let spacing = ui.spacing();
    let around = 2.0 * spacing.button_padding.x + spacing.icon_width + spacing.icon_spacing;
    let shown = fitted(ui, value, font::body(), width.max(ui.available_width()) - around);
    let combo = ComboBox::from_id_salt(name).selected_text(shown).width(width).height(MENU);
    let response = combo.truncate().show_ui(ui, contents).response;
    response.widget_info(|| {
        let info = WidgetInfo::labeled(Role::ComboBox, ui.is_enabled(), name);
        WidgetInfo { current_text_value: Some(value.to_owned()), ..info }
    });
    response
}

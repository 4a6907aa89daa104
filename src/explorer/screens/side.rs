//! What Evaluate and Train have in common: a side with a form or with what goes on, and a few words where nothing does yet.

use eframe::egui::{CentralPanel, Frame, Margin, Panel, Ui};

use super::scroll_ui;
use crate::explorer::theme::space;

/// Of the side, in points.
const SIDE: f32 = 312.0;
/// Of a block of text in the middle, likewise.
const BLOCK: f32 = 460.0;

/// The left side of a screen.
pub(super) fn side_ui(ui: &mut Ui, id: &'static str, contents: impl FnOnce(&mut Ui)) {
    // The scroll bar stands in the right margin.
    let margin = Margin { right: space::XS as i8, ..Margin::same(space::M as i8) };
    let side = Panel::left(id).frame(Frame::NONE.fill(ui.visuals().panel_fill).inner_margin(margin));
    side.exact_size(SIDE).resizable(false).show(ui, contents);
}

/// A form that scrolls, and below it what starts it, where it is seen however much of the form is.
pub(super) fn form_ui(ui: &mut Ui, fields: impl FnOnce(&mut Ui), start: impl FnOnce(&mut Ui)) {
    let margin = Margin { left: space::S as i8, top: space::M as i8, right: space::M as i8, bottom: 0 };
    let frame = Frame::NONE.fill(ui.visuals().panel_fill).inner_margin(margin);
    Panel::bottom("start").frame(frame).show(ui, start);
    CentralPanel::default().frame(Frame::NONE).show(ui, |ui| scroll_ui(ui, "form", fields));
}

/// A block of text in the middle, a little above.
pub(super) fn block_ui(ui: &mut Ui, contents: impl FnOnce(&mut Ui)) {
    let width = BLOCK.min(ui.available_width());
    let left = 0.5 * (ui.available_width() - width);
    ui.add_space(0.24 * ui.available_height());
    ui.horizontal_top(|ui| {
        ui.add_space(left);
        ui.vertical(|ui| {
            ui.set_width(width);
            contents(ui);
        });
    });
}

//! The dialog that saves a figure: a preview at the left, what is filled in at the right.

mod controls;
mod preview;

use eframe::egui::{Align, Button, Frame, Id, Label, Layout, Margin, Modal, RichText, ScrollArea, Ui, vec2};

use crate::explorer::command::{Command, Inbox};
use crate::explorer::export::{Action, room};
use crate::explorer::state::State;
use crate::explorer::theme::{font, space, tokens};

/// Of the column of controls, in points.
const CONTROLS: f32 = 384.0;

pub fn export_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    if !state.runtime.exporting.open {
        return;
    }
    let id = Id::unique("export figure");
    let frame = Frame::popup(ui.style()).inner_margin(Margin::same(space::XL as i8));
    let area = Modal::default_area(id).accessible_name("Export figure");
    let modal = Modal::new(id).area(area).frame(frame).show(ui.ctx(), |ui| {
        let room = room(ui.ctx().content_rect().size());
        ui.set_width(room.x + space::XL + CONTROLS);
        ui.heading("Export figure");
        ui.add_space(space::M);
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = space::XL;
            preview::preview_ui(ui, state, inbox, room);
            ui.vertical(|ui| {
                ui.set_width(CONTROLS);
                let height = room.y + preview::BELOW;
                let scroll = ScrollArea::vertical().max_height(height).min_scrolled_height(height);
                scroll.auto_shrink([false, false]).show(ui, |ui| {
                    ui.spacing_mut().item_spacing.x = space::M;
                    controls::controls_ui(ui, state, inbox);
                });
            });
        });
        ui.add_space(space::M);
        buttons_ui(ui, state, inbox);
    });
    // It is centred by its size in the frame before.
    if modal.response.rect.center().distance(ui.ctx().content_rect().center()) > 1.0 {
        ui.ctx().request_repaint();
    }
    if modal.should_close() {
        inbox.push(Command::Export(Action::Close));
    }
}

fn buttons_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    let size = vec2(ui.available_width(), ui.spacing().interact_size.y);
    ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), |ui| {
        for action in [Action::Save, Action::CopyFigure, Action::CopyCommand, Action::Close] {
            let primary = action == Action::Save;
            let command = Command::Export(action);
            let Some(info) = command.info() else { continue };
            let t = tokens(ui);
            let button = match primary {
                true => Button::new(RichText::new(info.label).color(t.on_accent)).fill(t.accent),
                false => Button::new(info.label),
            };
            let button = ui.add_enabled(state.can(&command), button);
            let why = state.why_not(&command);
            if button.on_hover_text(info.tooltip).on_disabled_hover_text(why).clicked() {
                inbox.push(command);
            }
        }
        let exporting = &state.runtime.exporting;
        let t = tokens(ui);
        let remark = match &exporting.said {
            _ if exporting.is_saving() => Some(("Drawing it…", t.text_muted)),
            Some(Ok(done)) => Some((done.as_str(), t.text)),
            Some(Err(sentence)) => Some((sentence.as_str(), t.danger)),
            None => state.figure_remark().map(|remark| (remark, t.text_muted)),
        };
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            if let Some((remark, color)) = remark {
                ui.add(Label::new(RichText::new(remark).size(font::SMALL).color(color)).truncate());
            }
        });
    });
}

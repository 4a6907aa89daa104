//! Every command with its key and what it does.

use eframe::egui::{Frame, Grid, Id, Margin, Modal, RichText, ScrollArea, Ui, vec2};

use crate::explorer::command::{Command, Inbox, MENUS};
use crate::explorer::state::State;
use crate::explorer::theme::{space, tokens};

/// Of the list, in points.
const WIDTH: f32 = 680.0;
const HEIGHT: f32 = 640.0;

/// What the pointer and held keys do, which no menu can say.
const GESTURES: [(&str, &str); 7] = [
    ("Wheel or pinch", "Zoom at the pointer"),
    ("Drag", "Move the picture"),
    ("Double-click picture", "Fit it to the window"),
    ("Double-click slider", "Threshold back to the trained value"),
    ("Hold Space", "Hide the map as long as the key is held"),
    ("Hold B", "Compare, flip view: show B as long as the key is held"),
    ("Drop files", "Open pictures or a model"),
];

pub fn help_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    if !state.runtime.help_open {
        return;
    }
    let frame = Frame::popup(ui.style()).inner_margin(Margin::same(space::XL as i8));
    let modal = Modal::new(Id::unique("help")).frame(frame).show(ui.ctx(), |ui| {
        ui.set_width(WIDTH);
        ui.heading("Keys and commands");
        ui.add_space(space::M);
        let height = (ui.ctx().content_rect().height() - 160.0).min(HEIGHT);
        ScrollArea::vertical().max_height(height).auto_shrink([false, false]).show(ui, |ui| {
            let grid =
                Grid::new("commands").num_columns(3).min_row_height(0.0).spacing([space::XL, space::S]);
            grid.show(ui, |ui| {
                for (title, commands) in &MENUS {
                    title_ui(ui, title);
                    commands.iter().flatten().for_each(|command| command_ui(ui, command));
                }
                title_ui(ui, "Pointer");
                for (gesture, does) in GESTURES {
                    ui.label(gesture);
                    ui.label("");
                    ui.label(RichText::new(does).color(tokens(ui).text_muted));
                    ui.end_row();
                }
            });
        });
        ui.add_space(space::M);
        ui.vertical_centered(|ui| ui.button("Close").clicked()).inner
    });
    // It is centred by its size in the frame before.
    if modal.response.rect.center().distance(ui.ctx().content_rect().center()) > 1.0 {
        ui.ctx().request_repaint();
    }
    if modal.inner || modal.should_close() {
        inbox.push(Command::ToggleHelp);
    }
}

fn title_ui(ui: &mut Ui, title: &str) {
    ui.allocate_space(vec2(0.0, space::S));
    ui.end_row();
    ui.label(RichText::new(title).strong());
    ui.end_row();
}

fn command_ui(ui: &mut Ui, command: &Command) {
    let Some(info) = command.info() else { return };
    let keys = info.shortcut.map(|shortcut| ui.ctx().format_shortcut(&shortcut)).unwrap_or_default();
    ui.label(info.label);
    ui.label(RichText::new(keys).monospace());
    ui.label(RichText::new(info.tooltip).color(tokens(ui).text_muted));
    ui.end_row();
}

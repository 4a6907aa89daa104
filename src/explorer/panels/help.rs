//! Every command with its key and what it does.

use eframe::egui::{Grid, Id, Modal, RichText, ScrollArea, Ui};

use crate::explorer::command::{Command, Inbox, MENUS};
use crate::explorer::state::State;
use crate::explorer::theme::{space, tokens};

/// What the pointer and held keys do, which no menu can say.
const GESTURES: [(&str, &str); 6] = [
    ("Wheel or pinch", "Zoom at the pointer"),
    ("Drag", "Move the picture"),
    ("Double-click the picture", "Fit it to the window"),
    ("Double-click the threshold", "Back to the trained value"),
    ("Hold Space", "Hide the map as long as the key is held"),
    ("Drop files", "Open pictures or a model"),
];

pub fn help_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    if !state.runtime.help_open {
        return;
    }
    let modal = Modal::new(Id::unique("help")).show(ui.ctx(), |ui| {
        ui.set_width(560.0);
        ui.heading("Keys and commands");
        ui.add_space(space::M);
        let most = ui.ctx().content_rect().height() - 180.0;
        ScrollArea::vertical().max_height(most).show(ui, |ui| {
            for (title, commands) in &MENUS {
                ui.label(RichText::new(*title).strong());
                Grid::new(*title).num_columns(3).spacing([space::XL, space::S]).show(ui, |ui| {
                    commands.iter().flatten().for_each(|command| command_ui(ui, command));
                });
                ui.add_space(space::L);
            }
            ui.label(RichText::new("Pointer").strong());
            Grid::new("gestures").num_columns(2).spacing([space::XL, space::S]).show(ui, |ui| {
                for (gesture, does) in GESTURES {
                    ui.label(gesture);
                    ui.label(RichText::new(does).color(tokens(ui).text_muted));
                    ui.end_row();
                }
            });
        });
        ui.add_space(space::M);
        ui.vertical_centered(|ui| ui.button("Close").clicked()).inner
    });
    if modal.inner || modal.should_close() {
        inbox.push(Command::ToggleHelp);
    }
}

fn command_ui(ui: &mut Ui, command: &Command) {
    let Some(info) = command.info() else { return };
    let keys = info.shortcut.map(|shortcut| ui.ctx().format_shortcut(&shortcut)).unwrap_or_default();
    ui.label(info.label);
    ui.label(RichText::new(keys).monospace());
    ui.label(RichText::new(info.tooltip).color(tokens(ui).text_muted));
    ui.end_row();
}

//! Menu bar, screen tabs, and the buttons that open and close the panels.

use eframe::egui::{Align, Button, Frame, Layout, Margin, MenuBar, Panel, RichText, Ui};

use crate::explorer::command::{Command, Inbox, MENUS};
use crate::explorer::pictures::file_name;
use crate::explorer::state::State;
use crate::explorer::theme::{space, tokens};

pub fn menu_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    let frame = Frame::NONE
        .fill(ui.visuals().panel_fill)
        .inner_margin(Margin::symmetric(space::M as i8, space::S as i8));
    Panel::top("menu").frame(frame).show(ui, |ui| {
        MenuBar::new().ui(ui, |ui| {
            for (title, commands) in &MENUS {
                ui.menu_button(*title, |ui| {
                    ui.set_min_width(220.0);
                    for command in commands.iter() {
                        match command {
                            Some(command) => entry_ui(ui, state, inbox, command),
                            None => drop(ui.separator()),
                        }
                        if *command == Some(Command::ChooseModel) {
                            recent_ui(ui, state, inbox);
                        }
                    }
                });
            }
            ui.add_space(space::L);
            ui.separator();
            ui.add_space(space::S);
            tab_ui(ui);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                panel_button(ui, inbox, Command::ToggleInspector, state.settings.inspector_open);
                panel_button(ui, inbox, Command::ToggleLibrary, state.settings.library_open);
            });
        });
    });
}

/// The screen that is open: the only one so far.
fn tab_ui(ui: &mut Ui) {
    let text = RichText::new("Explore").strong();
    let tab = ui.add(Button::selectable(true, text));
    tab.on_hover_text("Explore: one picture, one model, and the map of where it thought");
}

fn panel_button(ui: &mut Ui, inbox: &Inbox, command: Command, open: bool) {
    let Some(info) = command.info() else { return };
    let keys = info.shortcut.map(|shortcut| ui.ctx().format_shortcut(&shortcut)).unwrap_or_default();
    let button = ui.add(Button::selectable(open, info.label));
    if button.on_hover_text(format!("{} ({keys})", info.tooltip)).clicked() {
        inbox.push(command);
    }
}

fn entry_ui(ui: &mut Ui, state: &State, inbox: &Inbox, command: &Command) {
    let Some(info) = command.info() else { return };
    let mut button = Button::new(info.label).selected(is_on(state, command));
    if let Some(shortcut) = info.shortcut {
        let keys = RichText::new(ui.ctx().format_shortcut(&shortcut)).color(tokens(ui).text_muted);
        button = button.shortcut_text(keys);
    }
    if ui.add_enabled(is_possible(state, command), button).on_hover_text(info.tooltip).clicked() {
        inbox.push(command.clone());
        ui.close();
    }
}

fn recent_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    let recent = &state.settings.recent;
    ui.add_enabled_ui(!recent.is_empty(), |ui| {
        ui.menu_button("Recent files", |ui| {
            for file in recent {
                let button = ui.button(file_name(file));
                if button.on_hover_text(file.display().to_string()).clicked() {
                    inbox.push(Command::Open(vec![file.clone()]));
                    ui.close();
                }
            }
        });
    });
}

/// Whether a command that switches something says "on".
fn is_on(state: &State, command: &Command) -> bool {
    match command {
        Command::ToggleLibrary => state.settings.library_open,
        Command::ToggleInspector => state.settings.inspector_open,
        Command::ToggleOverlay => state.session.overlay,
        Command::ToggleHelp => state.runtime.help_open,
        Command::SetQuantity(quantity) => state.session.quantity == *quantity,
        Command::SetTheme(theme) => state.settings.theme == *theme,
        Command::Fit => state.session.view.fit,
        _ => false,
    }
}

fn is_possible(state: &State, command: &Command) -> bool {
    match command {
        Command::Undo => state.history.can_undo(),
        Command::Redo => state.history.can_redo(),
        Command::ChoosePictures | Command::ChooseModel => state.runtime.dialog.is_none(),
        Command::ForgetRecent => !state.settings.recent.is_empty(),
        Command::RestoreHints => !state.settings.dismissed.is_empty(),
        Command::ResetHalting => state.setting() != Default::default(),
        Command::HigherTau => state.family().is_some_and(|family| family.neighbour(1).is_some()),
        Command::LowerTau => state.family().is_some_and(|family| family.neighbour(-1).is_some()),
        Command::SetQuantity(_) => state.is_adaptive(),
        _ => true,
    }
}

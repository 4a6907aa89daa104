//! Menu bar, screen tabs, and the buttons that open and close the panels.

use std::path::PathBuf;

use eframe::egui::{
    Align, Button, Frame, Layout, Margin, MenuBar, Panel, RichText, Role, ScrollArea, Ui, WidgetInfo,
};

use crate::explorer::attention;
use crate::explorer::command::{Command, Inbox, MENUS};
use crate::explorer::document;
use crate::explorer::guide::Action;
use crate::explorer::library;
use crate::explorer::pictures::file_name;
use crate::explorer::places::{Place, offer};
use crate::explorer::session::Screen;
use crate::explorer::state::State;
use crate::explorer::theme::{space, tokens};
use crate::explorer::tour::{Part, mark};

/// Least width of a menu, in points.
const MENU: f32 = 220.0;
/// Width of the window from which tabs have all their room.
const WIDE: f32 = 880.0;
/// Of the line under the open tab.
const LINE: f32 = 2.0;

pub fn menu_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    let frame = Frame::NONE
        .fill(ui.visuals().panel_fill)
        .inner_margin(Margin::symmetric(space::M as i8, space::S as i8));
    Panel::top("menu").frame(frame).show(ui, |ui| {
        MenuBar::new().ui(ui, |ui| {
            for (title, commands) in &MENUS {
                ui.menu_button(*title, |ui| {
                    ui.set_min_width(MENU);
                    // A long menu scrolls where the window is low or the text large.
                    let room = ui.ctx().content_rect().bottom() - ui.cursor().top() - space::L;
                    // Left to itself, it would be no taller than any popup at first.
                    let scroll = ScrollArea::vertical().max_height(room).min_scrolled_height(room);
                    scroll.show(ui, |ui| {
                        commands.iter().for_each(|command| line_ui(ui, state, inbox, command.as_ref()));
                    });
                });
            }
            ui.add_space(space::L);
            ui.separator();
            ui.add_space(space::S);
            let tabs = ui.scope(|ui| {
                roomy(ui);
                Screen::ALL.into_iter().for_each(|screen| tab_ui(ui, state, inbox, screen));
            });
            mark(ui, state, Part::Screens, tabs.response.rect);
            if !state.session.screen.shows_picture() {
                return;
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                roomy(ui);
                panel_button(ui, inbox, Command::ToggleInspector, state.settings.inspector_open);
                panel_button(ui, inbox, Command::ToggleLibrary, state.settings.library_open);
            });
        });
    });
}

/// Room within tabs and the panels' buttons, which as entries of a menu bar would have none; it is taken from between them,
/// and where the window is narrow there is less.
fn roomy(ui: &mut Ui) {
    let wide = ui.ctx().content_rect().width() >= WIDE;
    ui.spacing_mut().button_padding.x = if wide { space::M } else { space::S };
    ui.spacing_mut().item_spacing.x = space::S;
}

/// A command of a menu, or the line between two groups of them.
fn line_ui(ui: &mut Ui, state: &State, inbox: &Inbox, command: Option<&Command>) {
    match command {
        Some(command) => entry_ui(ui, state, inbox, command),
        None => drop(ui.separator()),
    }
    if command == Some(&Command::ChooseModel) {
        recent_ui(ui, inbox, "Recent files", &state.settings.recent);
    }
    if command == Some(&Command::Document(document::Action::Choose)) {
        recent_ui(ui, inbox, "Recent sessions", &state.settings.recent_sessions);
    }
}

fn tab_ui(ui: &mut Ui, state: &State, inbox: &Inbox, screen: Screen) {
    let command = Command::ShowScreen(screen);
    let Some(info) = command.info() else { return };
    let open = state.session.screen == screen;
    let text = RichText::new(info.label);
    let tab = ui.add(Button::selectable(open, if open { text.strong() } else { text }));
    // As a tab it is told from the menu of the same name.
    tab.widget_info(|| WidgetInfo::selected(Role::Tab, ui.is_enabled(), open, info.label));
    ui.ctx().accesskit_node_builder(tab.id, |node| node.set_selected(open));
    if open {
        offer(ui.ctx(), Place::Menu, tab.id);
        let line = tab.rect.x_range().shrink(ui.spacing().button_padding.x);
        ui.painter().hline(line, tab.rect.bottom() - 0.5 * LINE, (LINE, tokens(ui).accent));
    }
    let keys = info.shortcut.map(|shortcut| ui.ctx().format_shortcut(&shortcut)).unwrap_or_default();
    if tab.on_hover_text(format!("{}: {} ({keys})", info.label, info.tooltip)).clicked() {
        inbox.push(command);
    }
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
    if ui.add_enabled(state.can(command), button).on_hover_text(info.tooltip).clicked() {
        inbox.push(command.clone());
        ui.close();
    }
}

fn recent_ui(ui: &mut Ui, inbox: &Inbox, title: &str, recent: &[PathBuf]) {
    ui.add_enabled_ui(!recent.is_empty(), |ui| {
        ui.menu_button(title, |ui| {
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
        Command::ShowScreen(screen) => state.session.screen == *screen,
        Command::Library(library::Action::ToggleFavourite) => {
            state.session.picture.as_ref().is_some_and(|source| state.settings.is_favourite(source))
        }
        Command::ToggleLibrary => state.settings.library_open,
        Command::ToggleInspector => state.settings.inspector_open,
        Command::ToggleOverlay => state.session.overlay,
        Command::Attention(attention::Action::Toggle) => state.session.attention.over_picture,
        Command::ToggleHelp => state.runtime.help_open,
        Command::SetQuantity(quantity) => state.session.quantity == *quantity,
        Command::SetTheme(theme) => state.settings.theme == *theme,
        Command::Fit => state.session.view.fit,
        Command::Guide(Action::ToggleMotion) => state.settings.reduced_motion,
        Command::Guide(Action::ToggleNotices) => state.runtime.notices.is_open(),
        Command::Compare(action) => action.is_on(&state.session.comparison),
        _ => false,
    }
}

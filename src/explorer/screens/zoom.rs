//! How large a picture is shown, and the buttons that change it.

use eframe::egui::{Button, RichText, Ui};

use crate::explorer::command::{Command, Inbox};
use crate::explorer::state::State;
use crate::explorer::theme::tokens;

/// All buttons and the zoom in percent, from the right.
pub(super) fn zoom_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    button_ui(ui, inbox, Command::ActualPixels, "1:1", false);
    fit_ui(ui, state, inbox);
    button_ui(ui, inbox, Command::ZoomIn, "+", false);
    button_ui(ui, inbox, Command::ZoomOut, "−", false);
    let zoom = format!("{:.0} %", 100.0 * state.session.view.zoom);
    ui.label(RichText::new(zoom).color(tokens(ui).text_muted));
}

/// The one button that nobody can do without.
pub(super) fn fit_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    button_ui(ui, inbox, Command::Fit, "Fit", state.session.view.fit);
}

fn button_ui(ui: &mut Ui, inbox: &Inbox, command: Command, label: &str, on: bool) {
    let Some(info) = command.info() else { return };
    let keys = info.shortcut.map(|keys| ui.ctx().format_shortcut(&keys)).unwrap_or_default();
    let button = ui.add(Button::new(label).selected(on)).accessible_name(info.label);
    if button.on_hover_text(format!("{}: {} ({keys})", info.label, info.tooltip)).clicked() {
        inbox.push(command);
    }
}

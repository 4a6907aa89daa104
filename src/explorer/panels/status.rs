//! The status bar, and above it the errors that nobody has put away.

use eframe::egui::{Align, Button, Frame, Label, Layout, Margin, Panel, RichText, Spinner, Stroke, Ui, vec2};

use crate::explorer::command::{Command, Inbox};
use crate::explorer::guide::Action;
use crate::explorer::notices::Notice;
use crate::explorer::session::Screen;
use crate::explorer::state::State;
use crate::explorer::theme::{font, space, tokens};
use crate::explorer::training::Phase;
use crate::explorer::widgets::format;

use super::notices::{TARGET, bell_ui, command_ui, log_popup, newest_ui};

/// Of the bar, in points.
const HEIGHT: f32 = TARGET + space::XS;

pub fn status_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    let fill = ui.visuals().panel_fill;
    let frame = Frame::NONE.fill(fill).inner_margin(Margin::symmetric(space::L as i8, 1));
    let bar = Panel::bottom("status").frame(frame).exact_size(HEIGHT).show(ui, |ui| {
        // Whatever can be pressed is as high as the bar.
        ui.spacing_mut().interact_size.y = TARGET;
        ui.spacing_mut().button_padding.y = space::XS;
        let row = ui.horizontal_centered(|ui| {
            ui.spacing_mut().item_spacing.x = space::S + space::XS;
            doing_ui(ui, state, inbox);
            let right = ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let bell = bell_ui(ui, state, inbox);
                ui.separator();
                let device = ui.label(small(ui, state.runtime.backend.device()));
                device.on_hover_text("Where the network runs; choose with --device");
                document_ui(ui, state);
                training_ui(ui, state, inbox);
                let free = ui.available_rect_before_wrap().shrink2(vec2(space::M, 0.0));
                newest_ui(ui, state, inbox, free);
                bell
            });
            right.inner
        });
        row.inner
    });
    let mut errors = state.runtime.notices.errors();
    if let Some(newest) = errors.next() {
        error_ui(ui, state, inbox, newest, errors.count());
    }
    log_popup(state, inbox, &bar.inner, ui.available_rect_before_wrap().bottom());
}

/// What the workers are at, or how long the shown run took.
fn doing_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    let runtime = &state.runtime;
    let doing = if runtime.models.is_busy() {
        Some("Loading the model…")
    } else if runtime.pictures.is_busy() {
        Some("Opening the picture…")
    } else if !runtime.sorting.is_empty() {
        Some("Opening files…")
    } else if runtime.closing.is_some() {
        Some("Saving, then the window closes…")
    } else if runtime.is_computing() {
        Some("Computing…")
    } else if runtime.comparing.is_running() {
        Some("Computing what is compared…")
    } else if runtime.dialog.is_some() {
        Some("Waiting for the file dialog…")
    } else {
        None
    };
    match (doing, &runtime.stage.painting) {
        (Some(doing), _) => {
            ui.add(Spinner::new().size(font::SMALL));
            ui.label(small(ui, doing));
        }
        (None, _) if runtime.has_failed() => {
            ui.label(small(ui, "The run failed."));
            if let Some(info) = Command::Retry.info()
                && ui.add(Button::new(info.label)).on_hover_text(info.tooltip).clicked()
            {
                inbox.push(Command::Retry);
            }
        }
        (None, Some(painting)) if state.session.screen.shows_picture() => {
            let time = format::milliseconds(painting.outcome.trace.milliseconds);
            let ready = match state.stored() {
                Some(stored) => format!("Ready. From {}, no model is run.", stored.file),
                None => format!("Ready. The run took {time}."),
            };
            ui.label(small(ui, &ready));
        }
        (None, _) => drop(ui.label(small(ui, "Ready."))),
    }
}

/// The run that goes in the background; a click shows it.
fn training_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    let training = &state.runtime.training;
    let Some(run) = training.run.as_ref().filter(|_| training.is_training()) else { return };
    let text = match run.phase {
        _ if training.is_closing() => "Saving the training run, then the window closes…".to_owned(),
        Phase::Saving => "Saving the training run…".to_owned(),
        Phase::Opening => "Starting to train…".to_owned(),
        _ => {
            let left = run.last.map(|last| format!(", {} left", format::duration(last.seconds_left)));
            format!("Training {:.0} %{}", 100.0 * run.share(), left.unwrap_or_default())
        }
    };
    ui.separator();
    let button = ui.add(Button::new(small(ui, &text)).frame(false));
    if button.on_hover_text("Show the run").clicked() {
        inbox.push(Command::ShowScreen(Screen::Train));
    }
}

/// Which session file is open, and whether it is as the session stands.
fn document_ui(ui: &mut Ui, state: &State) {
    let document = &state.session.document;
    let (Some(title), Some(path)) = (document.title(), &document.path) else { return };
    ui.separator();
    let changed = document.is_changed(&state.session);
    let text = if changed { format!("{title}, unsaved changes") } else { title };
    ui.label(small(ui, &text)).on_hover_text(path.display().to_string());
}

/// The newest error, and how many more there are.
fn error_ui(ui: &mut Ui, state: &State, inbox: &Inbox, error: &Notice, more: usize) {
    let t = tokens(ui);
    let frame = Frame::NONE
        .fill(t.raised)
        .stroke(Stroke::new(1.0, t.danger))
        .inner_margin(Margin::symmetric(space::L as i8, space::M as i8));
    Panel::bottom("error").frame(frame).show(ui, |ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let Some(dismiss) = Command::Dismiss.info() else { return };
            if ui.add(Button::new(dismiss.label)).on_hover_text(dismiss.tooltip).clicked() {
                inbox.push(Command::Dismiss);
            }
            if ui.add(Button::new("Copy")).on_hover_text("Copy this message").clicked() {
                ui.ctx().copy_text(error.text.clone());
            }
            command_ui(ui, state, inbox, error);
            if more > 0 {
                let button = ui.add(Button::new(format!("{more} more")).frame(false));
                if button.on_hover_text("Show the errors before this one").clicked() {
                    inbox.push(Command::Guide(Action::ToggleNotices));
                }
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.add(Label::new(RichText::new(&error.text).color(t.danger)).wrap().selectable(true));
            });
        });
    });
}

fn small(ui: &Ui, text: &str) -> RichText {
    RichText::new(text).size(font::SMALL).color(tokens(ui).text_muted)
}

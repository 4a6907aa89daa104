//! The status bar, and above it the last error.

use eframe::egui::{Align, Button, Frame, Label, Layout, Margin, Panel, RichText, Spinner, Stroke, Ui};

use crate::explorer::command::{Command, Inbox};
use crate::explorer::session::Screen;
use crate::explorer::state::State;
use crate::explorer::theme::{font, space, tokens};
use crate::explorer::training::Phase;
use crate::explorer::widgets::format;

pub fn status_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    let fill = ui.visuals().panel_fill;
    let frame = Frame::NONE.fill(fill).inner_margin(Margin::symmetric(space::L as i8, space::S as i8));
    Panel::bottom("status").frame(frame).exact_size(26.0).show(ui, |ui| {
        ui.horizontal_centered(|ui| {
            ui.spacing_mut().item_spacing.x = space::S + space::XS;
            doing_ui(ui, state, inbox);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let device = ui.label(small(ui, state.runtime.backend.device()));
                device.on_hover_text("Where the network runs; choose with --device");
                training_ui(ui, state, inbox);
            });
        });
    });
    if let Some(error) = &state.runtime.error {
        error_ui(ui, inbox, error);
    }
}

/// What the workers are at, or how long the shown run took.
fn doing_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    let runtime = &state.runtime;
    let doing = if runtime.models.is_busy() {
        Some("Loading the model…")
    } else if runtime.pictures.is_busy() {
        Some("Opening the picture…")
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
                && ui.add(Button::new(info.label).small()).on_hover_text(info.tooltip).clicked()
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
    let button = ui.add(Button::new(small(ui, &text)).small().frame(false));
    if button.on_hover_text("Show the run").clicked() {
        inbox.push(Command::ShowScreen(Screen::Train));
    }
}

fn error_ui(ui: &mut Ui, inbox: &Inbox, error: &str) {
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
                ui.ctx().copy_text(error.to_owned());
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.add(Label::new(RichText::new(error).color(t.danger)).wrap().selectable(true));
            });
        });
    });
}

fn small(ui: &Ui, text: &str) -> RichText {
    RichText::new(text).size(font::SMALL).color(tokens(ui).text_muted)
}

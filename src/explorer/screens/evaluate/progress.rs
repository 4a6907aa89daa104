//! How far an evaluation is, what can be done with it, and saving it.

use eframe::egui::{
    Align, Button, Frame, Label, Layout, Margin, ProgressBar, RichText, Role, TextEdit, Ui, WidgetInfo,
};

use crate::explorer::command::{Command, Inbox};
use crate::explorer::evaluation::{Look, Phase, Shown};
use crate::explorer::state::State;
use crate::explorer::theme::{font, space, tokens};
use crate::explorer::widgets::fields::{facts, remark, section};
use crate::explorer::widgets::{format, outlined};

/// Height of the bar in points.
const BAR: f32 = 8.0;

/// The left side: name, buttons, saving, facts.
pub(super) fn side_ui(ui: &mut Ui, state: &State, inbox: &Inbox, shown: &Shown) {
    let margin = Margin { left: space::S as i8, top: space::XS as i8, right: 0, bottom: space::M as i8 };
    Frame::NONE.inner_margin(margin).show(ui, |ui| {
        let name = shown.evaluation.as_ref().map_or("Evaluation", |evaluation| evaluation.data.name.as_str());
        ui.add(Label::new(RichText::new(name).heading()).truncate());
        ui.add_space(space::S);
        buttons_ui(ui, state, inbox, shown);
    });
    section(ui, "Save", |ui| save_ui(ui, state, inbox));
    if let Some(evaluation) = &shown.evaluation {
        section(ui, "Evaluation", |ui| {
            let images = match (evaluation.order.examples, evaluation.order.seed) {
                (Some(_), Some(seed)) => {
                    format!("{} of {}, seed {seed}", evaluation.total, evaluation.data.examples)
                }
                _ => format!("{} of {}", evaluation.total, evaluation.data.examples),
            };
            let models = evaluation.cases.len().to_string();
            let known = [("Data", evaluation.data.name.clone()), ("Images", images), ("Cases", models)];
            facts(ui, "evaluation", &known.map(|(name, value)| (name.to_owned(), value)));
        });
    }
}

fn buttons_ui(ui: &mut Ui, state: &State, inbox: &Inbox, shown: &Shown) {
    ui.horizontal_wrapped(|ui| {
        let mut button = |command: Command, label: &str, strong: bool| {
            let Some(info) = command.info() else { return };
            let t = tokens(ui);
            let button = match strong {
                true => Button::new(RichText::new(label).color(t.on_accent)).fill(t.accent),
                false => Button::new(label),
            };
            if ui.add_enabled(state.can(&command), button).on_hover_text(info.tooltip).clicked() {
                inbox.push(command);
            }
        };
        match shown.phase {
            Phase::Opening | Phase::Running | Phase::Stopping => {
                button(Command::PauseEvaluation, "Pause", false);
                button(Command::CancelEvaluation, "Cancel", false);
            }
            Phase::Paused => {
                button(Command::ResumeEvaluation, "Resume", true);
                button(Command::CancelEvaluation, "Cancel", false);
            }
            Phase::Cancelled | Phase::Finished | Phase::Failed(_) => {}
        }
        button(Command::LeaveEvaluation, "New evaluation", false);
    });
}

fn save_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    let t = tokens(ui);
    let evaluations = &state.runtime.evaluations;
    let mut form = state.session.evaluation.clone();
    ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
        let save = Command::SaveEvaluation;
        if let Some(info) = save.info()
            && ui.add_enabled(state.can(&save), Button::new("Save")).on_hover_text(info.tooltip).clicked()
        {
            inbox.push(save);
        }
        let field = TextEdit::singleline(&mut form.save).desired_width(f32::INFINITY);
        let field = outlined(ui, |ui| ui.add(field));
        let value = form.save.clone();
        field.widget_info(|| WidgetInfo {
            label: Some("File to save to".to_owned()),
            ..WidgetInfo::text_edit(true, &value, &value, "evaluation.csv")
        });
    });
    match (&evaluations.saved, evaluations.exported) {
        (_, Some(images)) => remark(ui, &format!("{images} images are written…")),
        (Some(Ok(sentence)), _) => remark(ui, sentence),
        (Some(Err(sentence)), _) => {
            let text = RichText::new(sentence).size(font::SMALL).color(t.danger);
            ui.add(Label::new(text).wrap().selectable(true));
        }
        (None, None) => remark(ui, ".csv: every image, .json: figures and counts, .h5: all maps"),
    }
    if form != state.session.evaluation {
        inbox.push(Command::SetEvaluationForm(Box::new(form)));
    }
}

/// The line above the results: how far it is, and which of its results are shown.
pub(super) fn progress_ui(ui: &mut Ui, state: &State, inbox: &Inbox, shown: &Shown) {
    let t = tokens(ui);
    let small = |text: String| RichText::new(text).color(t.text_muted);
    ui.horizontal(|ui| {
        ui.label(RichText::new(phase(shown)).strong());
        if shown.evaluation.is_some() {
            ui.add_space(space::M);
            switch_ui(ui, state, inbox);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = space::XL;
            let Some(evaluation) = &shown.evaluation else { return };
            if shown.phase == Phase::Running {
                if let Some(left) = shown.seconds_left() {
                    ui.label(small(format!("{} left", format::duration(left))));
                }
                if let Some(pace) = shown.pace {
                    ui.label(small(format!("{} images/s", format::within(pace as f32, 1e3))));
                }
            }
            ui.label(small(format!("{} of {} images", evaluation.done, evaluation.total)));
        });
    });
    if shown.phase != Phase::Finished {
        let bar = ProgressBar::new(shown.share_done()).desired_height(BAR).fill(t.accent);
        ui.add(bar.corner_radius(BAR / 2.0));
    }
    if let Some(evaluation) = shown.evaluation.as_ref().filter(|evaluation| evaluation.skipped > 0)
        && let Some(first) = evaluation.problems.first()
    {
        let images = match evaluation.skipped {
            1 => "1 image".to_owned(),
            count => format!("{count} images"),
        };
        let text = RichText::new(format!("{images} left out: {first}")).color(t.text_muted);
        ui.add(Label::new(text).truncate()).on_hover_text(evaluation.problems.join("\n"));
    }
    if let Phase::Failed(sentence) = &shown.phase {
        ui.add(Label::new(RichText::new(sentence).color(t.danger)).wrap().selectable(true));
    }
}

/// Charts or images: images stand below no chart, where nobody would find them.
fn switch_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    let look = state.runtime.evaluations.gallery.look();
    ui.spacing_mut().item_spacing.x = space::XS;
    for (images, name, tooltip) in [
        (false, "Charts", "Accuracy, FLOPs and ponder cost of all images"),
        (true, "Images", "Every image with its ponder map"),
    ] {
        let chosen = look.images == images;
        let text = RichText::new(name);
        let button = ui.add(Button::selectable(chosen, if chosen { text.strong() } else { text }));
        button.widget_info(|| WidgetInfo::selected(Role::RadioButton, ui.is_enabled(), chosen, name));
        if button.on_hover_text(tooltip).clicked() {
            inbox.push(Command::SetGallery(Look { images, ..look }));
        }
    }
}

fn phase(shown: &Shown) -> &'static str {
    match &shown.phase {
        Phase::Opening => "Making data and models ready…",
        Phase::Running => "Evaluating",
        Phase::Stopping => "Stopping…",
        Phase::Paused => "Paused",
        Phase::Cancelled => "Cancelled: the figures are partial",
        Phase::Finished => "Finished",
        Phase::Failed(_) => "Stopped by an error",
    }
}

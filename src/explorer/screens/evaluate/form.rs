//! The form for an evaluation.

use eframe::egui::{Align, Button, Label, Layout, RichText, Role, TextEdit, Ui, WidgetInfo};

use crate::explorer::command::{Command, Inbox};
use crate::explorer::dialogs::Folder;
use crate::explorer::evaluation::Form;
use crate::explorer::places::{Place, offer};
use crate::explorer::state::State;
use crate::explorer::theme::{space, tokens};
use crate::explorer::widgets::fields::{named, remark, section};
use crate::explorer::widgets::outlined;
use crate::zoo::{self, ModelSource};

/// What is evaluated on as long as nothing is named.
const SAMPLE: &str = "200 CIFAR-10 test images";

pub(super) fn form_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    let mut form = state.session.evaluation.clone();
    section(ui, "Data", |ui| data_ui(ui, state, inbox, &mut form));
    section(ui, "Models", |ui| models_ui(ui, state, &mut form));
    section(ui, "Halting", |ui| {
        let tooltip =
            "Each model runs at each threshold, with commas between: 0.99, 0.9. Models are trained with 0.99";
        field_ui(ui, "Thresholds", "", tooltip, &mut form.thresholds);
    });
    section(ui, "Images", |ui| {
        let tooltip = "How many images; all of them if the field is empty";
        field_ui(ui, "Number", "all", tooltip, &mut form.examples);
        let tooltip =
            "Chooses the images at random, the same ones with the same seed; empty takes the first ones";
        field_ui(ui, "Random seed", "none: first images", tooltip, &mut form.seed);
    });
    if form != state.session.evaluation {
        inbox.push(Command::SetEvaluationForm(Box::new(form)));
    }
}

fn data_ui(ui: &mut Ui, state: &State, inbox: &Inbox, form: &mut Form) {
    let choose = Command::ChooseFolder(Folder::Evaluation);
    ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
        if let Some(info) = choose.info() {
            let button = ui.add_enabled(state.can(&choose), Button::new("…"));
            let name = info.label;
            button.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
            if button.on_hover_text(info.tooltip).clicked() {
                inbox.push(choose);
            }
        }
        let text = TextEdit::singleline(&mut form.data).hint_text(SAMPLE).desired_width(f32::INFINITY);
        let field = outlined(ui, |ui| ui.add(text));
        let value = form.data.clone();
        field.widget_info(|| WidgetInfo {
            label: Some("Data to evaluate on".to_owned()),
            ..WidgetInfo::text_edit(true, &value, &value, SAMPLE)
        });
        field.on_hover_text(
            "A file or folder: CIFAR-10, class folders, TFRecord shards, images, an HDF5 export. Empty takes the 200 \
             CIFAR-10 test images that come with the program.",
        );
    });
    match problem(state) {
        Some((Wrong::Data, sentence)) => problem_ui(ui, sentence),
        _ => remark(ui, "A folder or file, typed, chosen or dropped here"),
    }
}

fn models_ui(ui: &mut Ui, state: &State, form: &mut Form) {
    // Those of an earlier session whose files are gone can still be taken out.
    let is_listed = |source: &ModelSource| state.runtime.entries.iter().any(|entry| entry.source == *source);
    for source in form.models.clone().iter().filter(|source| !is_listed(source)) {
        let mut chosen = true;
        let name = format!("{source} (not listed)");
        let ticked = outlined(ui, |ui| ui.checkbox(&mut chosen, name));
        if ticked.on_hover_text("Chosen earlier; untick it if it is gone").changed() {
            form.models.retain(|other| other != source);
        }
    }
    for entry in zoo::listed(&state.runtime.entries) {
        let mut chosen = form.models.contains(&entry.source);
        let ticked = outlined(ui, |ui| ui.checkbox(&mut chosen, &entry.card.name));
        if ticked.on_hover_text(entry.source.to_string()).changed() {
            match chosen {
                true => form.models.push(entry.source.clone()),
                false => form.models.retain(|source| *source != entry.source),
            }
        }
    }
}

fn field_ui(ui: &mut Ui, name: &str, hint: &str, tooltip: &str, text: &mut String) {
    let field = TextEdit::singleline(text).hint_text(hint).desired_width(f32::INFINITY);
    named(ui, name, |ui| outlined(ui, |ui| ui.add(field))).on_hover_text(tooltip);
}

/// What is wrong.
enum Wrong {
    /// Data or models could not be opened, or do not go together.
    Data,
    /// The form itself asks for what makes no sense.
    Form,
}

/// Why the evaluation does not start. A change of the form clears it, so what could be asked for is what could not be opened.
fn problem(state: &State) -> Option<(Wrong, &str)> {
    let sentence = state.runtime.evaluations.problem.as_deref()?;
    let wrong = if state.session.evaluation.wish().is_ok() { Wrong::Data } else { Wrong::Form };
    Some((wrong, sentence))
}

fn problem_ui(ui: &mut Ui, sentence: &str) {
    let text = RichText::new(sentence).color(tokens(ui).danger);
    ui.add(Label::new(text).wrap().selectable(true));
}

/// The button, and above it what keeps the evaluation from starting.
pub(super) fn start_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    let t = tokens(ui);
    if let Some((Wrong::Form, sentence)) = problem(state) {
        problem_ui(ui, sentence);
        ui.add_space(space::XS);
    }
    let Some(info) = Command::StartEvaluation.info() else { return };
    let button = Button::new(RichText::new(info.label).color(t.on_accent)).fill(t.accent);
    let button = ui.add(button);
    offer(ui.ctx(), Place::Screen, button.id);
    if button.on_hover_text(info.tooltip).clicked() {
        inbox.push(Command::StartEvaluation);
    }
}

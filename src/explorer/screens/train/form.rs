//! The form for a new run, and the way to one that is there.

use eframe::egui::{
    Align, Button, ComboBox, Label, Layout, Response, RichText, Role, TextEdit, Ui, WidgetInfo,
};

use crate::explorer::command::{Command, Inbox};
use crate::explorer::dialogs::Folder;
use crate::explorer::places::{Place, offer};
use crate::explorer::state::State;
use crate::explorer::theme::{font, space, tokens};
use crate::explorer::training::{Field, Form, Measure};
use crate::explorer::widgets::fields::{NAME, name_ui, named, named_combo, section};
use crate::explorer::widgets::outlined;
use crate::network::Variant;
use crate::train::Schedule;
use crate::zoo::{self, ModelSource};

/// Of a field for a number, in points.
const NUMBER: f32 = 88.0;
/// Of the one that has its unit beside it.
const LENGTH: f32 = 72.0;

pub(super) fn form_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    let mut form = state.session.form.clone();
    section(ui, "Data and folder", |ui| {
        folder_ui(ui, state, inbox, ("Data", Folder::Data), &mut form.data);
        folder_ui(ui, state, inbox, ("Run folder", Folder::Out), &mut form.out);
    });
    section(ui, "Network", |ui| network_ui(ui, state, &mut form));
    section(ui, "Training", |ui| training_ui(ui, &mut form));
    if form != state.session.form {
        inbox.push(Command::SetForm(Box::new(form)));
    }
}

fn network_ui(ui: &mut Ui, state: &State, form: &mut Form) {
    ui.horizontal(|ui| {
        name_ui(ui, "Variant");
        // Each nearer to its own name than to the one before.
        ui.spacing_mut().icon_spacing = space::S;
        for (variant, tooltip) in [
            (Variant::Vanilla, "A plain ResNet, which runs every unit everywhere"),
            (Variant::Act, "Decides for a whole picture how many units run"),
            (Variant::Sact, "Decides position by position how many units run"),
        ] {
            let name = match variant {
                Variant::Vanilla => "Vanilla".to_owned(),
                variant => variant.to_string(),
            };
            let button = outlined(ui, |ui| ui.radio_value(&mut form.variant, variant, name));
            button.on_hover_text(tooltip);
        }
    });
    ui.add_enabled_ui(form.variant != Variant::Vanilla, |ui| {
        let tooltip = "Weight of the ponder cost: a higher tau halts earlier. 0.005 to 0.01 suit CIFAR-10";
        field_ui(ui, form, ("tau", tooltip), Some(Field::Tau), |form| &mut form.tau);
    });
    let tooltip = "Residual units of each of the three blocks: 5 is a ResNet-32. Three numbers, such as 3, 5, 7, for \
                   blocks that differ";
    field_ui(ui, form, ("Units per block", tooltip), Some(Field::Units), |form| &mut form.units);
    let name = form.init.as_deref().unwrap_or("A new network").to_owned();
    let combo = named_combo(ui, "Begin with", &name, |ui| {
        ui.selectable_value(&mut form.init, None, "A new network");
        for entry in zoo::listed(&state.runtime.entries) {
            let name = match &entry.source {
                ModelSource::Embedded(name) => name.clone(),
                ModelSource::File(path) => path.display().to_string(),
            };
            let shown = ui.selectable_label(form.init.as_ref() == Some(&name), &entry.card.name);
            if shown.on_hover_text(entry.source.to_string()).clicked() {
                form.init = Some(name);
            }
        }
    });
    combo.on_hover_text("First weights: random ones, or a model's");
    if form.may_keep_halting() {
        ui.horizontal(|ui| {
            ui.add_space(NAME + ui.spacing().item_spacing.x);
            let tooltip = "Goes on halting as that model does, which has to be of the same variant; otherwise its halting \
                           branches are made new, as the reference fine-tunes";
            let kept = outlined(ui, |ui| ui.checkbox(&mut form.keep_halting, "Keep its halting branches"));
            kept.on_hover_text(tooltip);
        });
    }
}

fn training_ui(ui: &mut Ui, form: &mut Form) {
    ui.horizontal(|ui| {
        let label = name_ui(ui, "Length");
        let text = TextEdit::singleline(&mut form.length).desired_width(LENGTH);
        outlined(ui, |ui| ui.add(text))
            .labelled_by(label.id)
            .on_hover_text("An epoch sees every picture once, a step one batch");
        measure_ui(ui, &mut form.measure);
    });
    problem_ui(ui, form.problem(Field::Length));
    let tooltip = "Pictures of a step; the reference takes 128";
    field_ui(ui, form, ("Batch size", tooltip), Some(Field::BatchSize), |form| &mut form.batch_size);
    let combo = named_combo(ui, "Schedule", schedule_name(form.schedule), |ui| {
        for (schedule, tooltip) in [
            (Schedule::OneCycle, "Up and down along a cosine: good results in few epochs"),
            (Schedule::Reference, "The reference's steps down after 60, 75 and 90 % of the run"),
        ] {
            let name = schedule_name(schedule);
            ui.selectable_value(&mut form.schedule, schedule, name).on_hover_text(tooltip);
        }
    });
    combo.on_hover_text("How the learning rate goes over the run");
    let tooltip = "The highest that the schedule has; the reference takes 0.1";
    field_ui(ui, form, ("Learning rate", tooltip), Some(Field::LearningRate), |form| &mut form.learning_rate);
    let tooltip = "Of first weights, order and augmentation: the same seed gives the same run";
    field_ui(ui, form, ("Seed", tooltip), Some(Field::Seed), |form| &mut form.seed);
}

/// What a schedule is called here; on the command line it has another name.
pub(super) fn schedule_name(schedule: Schedule) -> &'static str {
    match schedule {
        Schedule::OneCycle => "One cycle",
        Schedule::Reference => "Reference",
    }
}

fn measure_ui(ui: &mut Ui, measure: &mut Measure) {
    let name = |measure| match measure {
        Measure::Epochs => "epochs",
        Measure::Steps => "steps",
    };
    let shown = name(*measure);
    let combo = ComboBox::from_id_salt("measure").selected_text(shown).width(ui.available_width());
    let response = combo.show_ui(ui, |ui| {
        for choice in [Measure::Epochs, Measure::Steps] {
            ui.selectable_value(measure, choice, name(choice));
        }
    });
    response.response.widget_info(|| {
        let info = WidgetInfo::labeled(Role::ComboBox, true, "Unit of length");
        WidgetInfo { current_text_value: Some(shown.to_owned()), ..info }
    });
}

/// The button, and above it what keeps the run from starting.
pub(super) fn start_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    refusal_ui(ui, state.runtime.training.problem.as_deref());
    let Some(info) = Command::StartTraining.info() else { return };
    let t = tokens(ui);
    let button = Button::new(RichText::new(info.label).color(t.on_accent)).fill(t.accent);
    let button = ui.add(button);
    offer(ui.ctx(), Place::Screen, button.id);
    if button.on_hover_text(info.tooltip).clicked() {
        inbox.push(Command::StartTraining);
    }
}

/// The folder of a run that is there.
pub(super) fn earlier_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    let mut form = state.session.form.clone();
    let label = ui.label(RichText::new("Folder of a run").color(tokens(ui).text_muted));
    let entered = path_ui(ui, state, inbox, (&label, Folder::Run), &mut form.earlier);
    let named = !form.earlier.trim().is_empty();
    let open = ui.add_enabled(named, Button::new("Open")).on_hover_text("Show this run's curves and maps");
    if named && (open.clicked() || entered) {
        inbox.push(Command::OpenRun(form.earlier.trim().into()));
    }
    if form != state.session.form {
        inbox.push(Command::SetForm(Box::new(form)));
    }
    refusal_ui(ui, state.runtime.training.refused.as_deref());
}

fn refusal_ui(ui: &mut Ui, sentence: Option<&str>) {
    let Some(sentence) = sentence else { return };
    let text = RichText::new(sentence).color(tokens(ui).danger);
    ui.add(Label::new(text).wrap().selectable(true));
}

/// A name, and under it a folder's path with a button that opens the dialog.
fn folder_ui(ui: &mut Ui, state: &State, inbox: &Inbox, (name, folder): (&str, Folder), text: &mut String) {
    let label = ui.label(RichText::new(name).color(tokens(ui).text_muted));
    path_ui(ui, state, inbox, (&label, folder), text);
    ui.add_space(space::XS);
}

/// A path over the width with a button that opens the dialog; whether it was entered.
fn path_ui(
    ui: &mut Ui,
    state: &State,
    inbox: &Inbox,
    (label, folder): (&Response, Folder),
    text: &mut String,
) -> bool {
    let choose = Command::ChooseFolder(folder);
    let row = ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
        if let Some(info) = choose.info() {
            let button = ui.add_enabled(state.can(&choose), Button::new("…"));
            let name = info.label;
            button.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
            if button.on_hover_text(info.tooltip).clicked() {
                inbox.push(choose);
            }
        }
        let hint = match folder {
            Folder::Data => "CIFAR-10, or class folders",
            Folder::Out => "A folder of its own",
            Folder::Run => "Run folder",
            Folder::Evaluation | Folder::Library => "",
        };
        let field = TextEdit::singleline(text).hint_text(hint).desired_width(f32::INFINITY);
        let field = outlined(ui, |ui| ui.add(field));
        field.labelled_by(label.id)
    });
    let mut tooltip = if text.is_empty() { "A folder's path".to_owned() } else { text.clone() };
    if matches!(folder, Folder::Data) {
        tooltip += "\n\nThe network sees 32 × 32 pixels, into which other pictures are squeezed.";
    }
    let field = row.inner.on_hover_text(tooltip);
    field.lost_focus() && ui.input(|input| input.key_pressed(eframe::egui::Key::Enter))
}

/// A short text with its name before it, and under it what is wrong with it.
fn field_ui(
    ui: &mut Ui,
    form: &mut Form,
    (name, tooltip): (&str, &str),
    field: Option<Field>,
    text: fn(&mut Form) -> &mut String,
) {
    let text = TextEdit::singleline(text(form)).desired_width(NUMBER);
    let response = named(ui, name, |ui| outlined(ui, |ui| ui.add(text)));
    response.on_hover_text(tooltip);
    problem_ui(ui, field.and_then(|field| form.problem(field)));
}

fn problem_ui(ui: &mut Ui, problem: Option<&str>) {
    let Some(problem) = problem else { return };
    ui.horizontal(|ui| {
        ui.add_space(NAME + ui.spacing().item_spacing.x);
        let text = RichText::new(problem).size(font::SMALL).color(tokens(ui).danger);
        ui.add(Label::new(text).wrap());
    });
}

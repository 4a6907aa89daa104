//! The run: what it is, how far it is, and what can be done with it.

use eframe::egui::{Align, Button, Frame, Label, Layout, Margin, ProgressBar, RichText, Ui};

use crate::explorer::command::{Command, Inbox};
use crate::explorer::state::State;
use crate::explorer::theme::{space, tokens};
use crate::explorer::training::{Phase, Run};
use crate::explorer::widgets::fields::{facts, section};
use crate::explorer::widgets::format;
use crate::train::Recipe;

use super::form::schedule_name;
use super::map::map_ui;

/// Height of the bar in points.
const BAR: f32 = 8.0;

pub(super) fn run_ui(ui: &mut Ui, state: &State, inbox: &Inbox, run: &Run) {
    // In line with the sections' contents.
    let margin = Margin { left: space::S as i8, top: space::XS as i8, right: 0, bottom: space::M as i8 };
    Frame::NONE.inner_margin(margin).show(ui, |ui| {
        let name = Label::new(RichText::new(run.name()).heading()).truncate();
        ui.add(name).on_hover_text(run.folder.path().display().to_string());
        if let Some(recipe) = run.recipe() {
            let text = RichText::new(recipe.model_name()).color(tokens(ui).text_muted);
            ui.add(Label::new(text).truncate());
        }
        ui.add_space(space::S);
        buttons_ui(ui, state, inbox, run);
    });
    section(ui, "Ponder map of a test picture", |ui| map_ui(ui, state, inbox, run));
    if let Some(recipe) = run.recipe() {
        section(ui, "Recipe", |ui| facts(ui, "recipe", &known(recipe)));
    }
}

fn buttons_ui(ui: &mut Ui, state: &State, inbox: &Inbox, run: &Run) {
    ui.horizontal_wrapped(|ui| {
        let mut button = |command: Command, strong: bool| {
            let Some(info) = command.info() else { return };
            let t = tokens(ui);
            let button = match strong {
                true => Button::new(RichText::new(info.label).color(t.on_accent)).fill(t.accent),
                false => Button::new(info.label),
            };
            if ui.add_enabled(state.can(&command), button).on_hover_text(info.tooltip).clicked() {
                inbox.push(command);
            }
        };
        match &run.phase {
            Phase::Opening | Phase::Running | Phase::Saving => button(Command::PauseTraining, false),
            phase if phase.may_resume() => button(Command::ResumeTraining, true),
            _ => {}
        }
        let has_model = !run.evaluations.is_empty();
        let finished = run.phase == Phase::Finished;
        if has_model {
            let t = tokens(ui);
            let label = "Open in Explore";
            let button = match finished {
                true => Button::new(RichText::new(label).color(t.on_accent)).fill(t.accent),
                false => Button::new(label),
            };
            let tooltip = "See pictures through the model as it was last evaluated";
            if ui.add(button).on_hover_text(tooltip).clicked() {
                inbox.push(Command::Open(vec![run.folder.model()]));
            }
        }
        let leave = Command::LeaveRun;
        let Some(info) = leave.info() else { return };
        let goes = matches!(run.phase, Phase::Opening | Phase::Running | Phase::Saving);
        let label = if goes { "Stop" } else { "New run" };
        if ui.add_enabled(state.can(&leave), Button::new(label)).on_hover_text(info.tooltip).clicked() {
            inbox.push(leave);
        }
    });
}

/// How far the run is, and how it goes.
pub(super) fn progress_ui(ui: &mut Ui, run: &Run) {
    let t = tokens(ui);
    let small = |text: String| RichText::new(text).color(t.text_muted);
    ui.horizontal(|ui| {
        ui.label(RichText::new(phase(run)).strong());
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = space::XL;
            if matches!(run.phase, Phase::Running | Phase::Elsewhere)
                && let Some(last) = run.last
            {
                ui.label(small(format!("{} left", format::duration(last.seconds_left))));
                ui.label(small(format!("{} images/s", format::within(last.images_per_second as f32, 1e3))));
            }
            if let Some(recipe) = run.recipe() {
                ui.label(small(format!("Step {} of {}", run.step, recipe.steps)));
            }
        });
    });
    if run.phase != Phase::Finished {
        let bar = ProgressBar::new(run.share()).desired_height(BAR).fill(t.accent);
        ui.add(bar.corner_radius(BAR / 2.0));
    }
    if let Some(why) = run.left_out.first() {
        let pictures = match run.left_out.len() {
            1 => "1 picture",
            count => &format!("{count} pictures"),
        };
        let text = RichText::new(format!("{pictures} left out, others took their place: {why}"));
        ui.add(Label::new(text.color(t.text_muted)).truncate()).on_hover_text(why);
    }
    if let Phase::Failed(failure) = &run.phase {
        let text = RichText::new(&failure.sentence).color(t.danger);
        ui.add(Label::new(text).wrap().selectable(true));
    }
}

fn phase(run: &Run) -> &'static str {
    match &run.phase {
        Phase::Opening if run.subject.is_none() => "Making data and network ready…",
        Phase::Opening => "Going on…",
        Phase::Running => "Training",
        Phase::Saving => "Saving…",
        Phase::Paused => "Paused",
        Phase::Finished => "Finished",
        Phase::Elsewhere => "Training in another program",
        Phase::Failed(_) => "Stopped by an error",
    }
}

fn known(recipe: &Recipe) -> Vec<(String, String)> {
    let fact = |name: &str, value: String| Some((name.to_owned(), value));
    let units: Vec<String> = recipe.spec.units.iter().map(usize::to_string).collect();
    let epochs = recipe.steps as f64 / recipe.epoch.max(1) as f64;
    let facts = [
        fact("Data", recipe.data_name.clone()),
        fact("Classes", recipe.spec.classes.to_string()),
        fact("Network", format!("ResNet-{} {}", recipe.spec.layers(), recipe.spec.variant)),
        fact("Units per block", units.join(", ")),
        recipe.has_tau().then(|| ("tau".to_owned(), recipe.tau.to_string())),
        recipe.init.clone().map(|init| ("Begun with".to_owned(), init)),
        fact("Length", format!("{} steps, {} epochs", recipe.steps, format::within(epochs as f32, 10.0))),
        fact("Batch size", recipe.batch_size.to_string()),
        fact("Learning rate", recipe.learning_rate.to_string()),
        fact("Schedule", schedule_name(recipe.schedule).to_owned()),
        fact("Seed", recipe.seed.to_string()),
    ];
    facts.into_iter().flatten().collect()
}

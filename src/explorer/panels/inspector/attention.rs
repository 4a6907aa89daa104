//! How well the map tells where people look.

use eframe::egui::{Button, Grid, Label, RichText, Slider, Ui};

use crate::explorer::attention::{Action, Found, SIGMAS, Standing, WEIGHTS};
use crate::explorer::command::{Command, Inbox};
use crate::explorer::pictures::file_name;
use crate::explorer::state::State;
use crate::explorer::terms::{Term, label_ui, term_ui};
use crate::explorer::theme::{font, space, tokens};
use crate::explorer::widgets::outlined;
use crate::saliency::{FixationKind, Scores};

use super::{named_slider, remark};

const EMPTY: &str = "Does the network think longest where people look? Open the fixations of this picture, or a folder with \
                     those of many.";

/// One of the measures, where it is defined.
type Measure = fn(&Scores) -> Option<f64>;

pub(super) fn attention_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    match state.attention() {
        Standing::None => remark(ui, EMPTY),
        Standing::Reading => remark(ui, "Reading the fixations…"),
        Standing::Missing { folder, name } => {
            let text = format!("{} has no fixations called {name}, as this picture is.", file_name(folder));
            remark(ui, &text);
        }
        Standing::Nameless => {
            remark(
                ui,
                "This picture has no file name to look for in the folder: open its fixations as a file.",
            );
        }
        Standing::Failed(sentence) => {
            let text = RichText::new(sentence).size(font::SMALL).color(tokens(ui).danger);
            ui.add(Label::new(text).wrap());
        }
        Standing::Found(found) => found_ui(ui, state, found, inbox),
    }
    ui.add_space(space::XS);
    sources_ui(ui, state, inbox);
}

/// Where fixations come from. In a menu the same commands have longer names.
fn sources_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    ui.horizontal_wrapped(|ui| {
        for (action, text, name) in [
            (Action::Choose, "File…", "Choose fixation file"),
            (Action::ChooseFolder, "Folder…", "Choose fixation folder"),
            (Action::Close, "Close", "Leave fixations"),
        ] {
            button_ui(ui, state, inbox, action, text, name);
        }
    });
}

fn button_ui(ui: &mut Ui, state: &State, inbox: &Inbox, action: Action, text: &str, name: &str) {
    let Some(info) = action.info() else { return };
    let command = Command::Attention(action);
    let button = ui.add_enabled(state.can(&command), Button::new(text)).accessible_name(name);
    if button.on_hover_text(info.tooltip).on_disabled_hover_text(info.tooltip).clicked() {
        inbox.push(command);
    }
}

fn found_ui(ui: &mut Ui, state: &State, found: &Found, inbox: &Inbox) {
    let name = Label::new(RichText::new(file_name(&found.file)).strong()).truncate();
    ui.add(name).on_hover_text(found.file.display().to_string());
    let agreement = &found.agreement;
    let count = format!("{} of {} positions fixated", agreement.fixations, agreement.positions);
    let count = match found.kind {
        FixationKind::Points => format!("{count}."),
        FixationKind::Density => format!("A density: {count}, where it is greatest."),
    };
    term_ui(ui, Term::Fixation, RichText::new(count).size(font::SMALL).color(tokens(ui).text_muted));
    ui.add_space(space::XS);
    scores_ui(ui, found);
    if !found.of_map && !state.is_adaptive() {
        remark(ui, "A vanilla network decides nothing, so there is only the centre prior to compare.");
    }
    ui.add_space(space::XS);
    centre_ui(ui, state, inbox);
    if let Some(info) = Action::Toggle.info() {
        let mut on = state.session.attention.over_picture;
        let ticked = outlined(ui, |ui| ui.checkbox(&mut on, info.label));
        if ticked.on_hover_text(info.tooltip).clicked() {
            inbox.push(Command::Attention(Action::Toggle));
        }
    }
}

/// The measures, a line each: of the map, of the map with the centre prior, and of the prior alone.
fn scores_ui(ui: &mut Ui, found: &Found) {
    let agreement = &found.agreement;
    let muted = tokens(ui).text_muted;
    let written = |value: Option<f64>, of_map: bool| match value.filter(|_| found.of_map || !of_map) {
        Some(value) if found.guessed && of_map => format!("≈ {value:.3}"),
        Some(value) => format!("{value:.3}"),
        None => "–".to_owned(),
    };
    let measures: [(Term, Measure); 3] = [
        (Term::AucJudd, |scores| Some(scores.auc_judd)),
        (Term::Correlation, |scores| scores.correlation),
        (Term::Nss, |scores| scores.nss),
    ];
    Grid::new("attention").num_columns(4).min_row_height(0.0).spacing([space::L, space::S]).show(ui, |ui| {
        ui.label("");
        for name in ["Map", "With prior", "Prior"] {
            label_ui(ui, RichText::new(name).size(font::SMALL).color(muted));
        }
        ui.end_row();
        for (term, measure) in measures {
            term_ui(ui, term, RichText::new(term.name()).color(muted));
            ui.label(RichText::new(written(measure(&agreement.map), true)).strong());
            ui.label(written(measure(&agreement.with_centre), true));
            ui.label(written(measure(&agreement.centre), false));
            ui.end_row();
        }
    });
}

fn centre_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    let mut centre = state.session.attention.centre();
    let slider = Slider::new(&mut centre.sigma, SIGMAS).logarithmic(true).fixed_decimals(2);
    let tooltip = "Standard deviation of the centre prior, as a share of the picture's width and height";
    named_slider(ui, "Prior sigma", slider).on_hover_text(tooltip);
    let slider = Slider::new(&mut centre.weight, WEIGHTS).step_by(0.05).fixed_decimals(2);
    let tooltip = "How much the centre prior counts, from 0, the map alone, to 1, the prior alone";
    named_slider(ui, "Prior weight", slider).on_hover_text(tooltip);
    if centre != state.session.attention.centre() {
        inbox.push(Command::Attention(Action::SetCentre(centre)));
    }
    button_ui(ui, state, inbox, Action::ResetCentre, "Reset", "Reset centre prior");
}

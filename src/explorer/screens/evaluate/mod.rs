//! Evaluate: a form, and models over a whole data set as it goes: figures, charts, and every image.

mod charts;
mod confusion;
mod form;
mod gallery;
mod progress;
mod table;

use eframe::egui::{CentralPanel, Frame, Label, Margin, RichText, Ui, vec2};

use crate::evaluate::Evaluation;
use crate::explorer::command::{Command, Inbox};
use crate::explorer::evaluation::Shown;
use crate::explorer::screens::side::{block_ui, form_ui, side_ui};
use crate::explorer::screens::{hint_ui, scroll_ui};
use crate::explorer::settings::Hint;
use crate::explorer::state::State;
use crate::explorer::theme::{space, tokens};

const SENTENCE: &str = "Run models over a whole data set: how often each is right, what it costs, and which images make it think.";
const EMPTY: &str = "Start at the left: the 200 CIFAR-10 test images that come with the program take a few seconds. Figures, charts and \
                     every image with its ponder map come up here while it goes, and Explore stays usable.";
/// Of a chart.
const CHART: f32 = 220.0;
/// Width from which charts stand side by side.
const WIDE: f32 = 620.0;

pub fn evaluate_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    hint_ui(ui, state, inbox, Hint::Evaluate, SENTENCE);
    let fill = ui.visuals().panel_fill;
    let shown = state.runtime.evaluations.shown.as_ref();
    side_ui(ui, "evaluation", |ui| match shown {
        Some(shown) => scroll_ui(ui, "evaluation", |ui| progress::side_ui(ui, state, inbox, shown)),
        None => {
            let start = |ui: &mut Ui| form::start_ui(ui, state, inbox);
            form_ui(ui, |ui| form::form_ui(ui, state, inbox), start);
        }
    });
    let margin = Margin { right: space::S as i8, ..Margin::same(space::L as i8) };
    // In line with what scrolls under it.
    let right = Margin { right: space::M as i8, ..Margin::ZERO };
    CentralPanel::default().frame(Frame::NONE.fill(fill).inner_margin(margin)).show(ui, |ui| match shown {
        Some(shown) => {
            Frame::NONE.inner_margin(right).show(ui, |ui| progress::progress_ui(ui, state, inbox, shown));
            ui.add_space(space::M);
            let images = state.runtime.evaluations.gallery.look().images;
            // Each scrolls for itself.
            let id = if images { "images" } else { "results" };
            scroll_ui(ui, id, |ui| results_ui(ui, state, inbox, shown));
        }
        None => block_ui(ui, |ui| {
            ui.heading("No evaluation yet");
            ui.add_space(space::S);
            ui.add(Label::new(RichText::new(EMPTY).color(tokens(ui).text_muted)).wrap());
        }),
    });
}

/// The table, by which a case is chosen, and under it that one's charts or images.
fn results_ui(ui: &mut Ui, state: &State, inbox: &Inbox, shown: &Shown) {
    let Some(evaluation) = &shown.evaluation else { return };
    let choose = |chosen: Option<usize>| {
        if let Some(case) = chosen.filter(|case| *case != shown.case) {
            inbox.push(Command::SelectCase(case));
        }
    };
    choose(table::cases_ui(ui, evaluation, shown.case));
    ui.add_space(space::L);
    if state.runtime.evaluations.gallery.look().images {
        gallery::gallery_ui(ui, state, inbox, shown);
    } else {
        choose(charts_ui(ui, evaluation, shown));
    }
}

/// Charts and figures of the case that is chosen; another one that is clicked.
fn charts_ui(ui: &mut Ui, evaluation: &Evaluation, shown: &Shown) -> Option<usize> {
    let case = evaluation.cases.get(shown.case)?;
    let classes = shown.ready_case().map_or(&[][..], |ready| ready.classes.as_slice());
    let across = if ui.available_width() >= WIDE { 2 } else { 1 };
    let gaps = space::XL * (across - 1) as f32;
    let size = vec2((ui.available_width() - gaps) / across as f32, CHART);
    let mut chosen = None;
    let pair = |ui: &mut Ui, id: &str, first: &mut dyn FnMut(&mut Ui), second: &mut dyn FnMut(&mut Ui)| {
        ui.push_id(id, |ui| {
            if across == 2 {
                ui.horizontal_top(|ui| {
                    ui.spacing_mut().item_spacing.x = space::XL;
                    ui.vertical(|ui| first(ui));
                    ui.vertical(|ui| second(ui));
                });
            } else {
                first(ui);
                ui.add_space(space::L);
                second(ui);
            }
        });
        ui.add_space(space::L);
    };
    pair(ui, "cost", &mut |ui| chosen = charts::tradeoff_ui(ui, evaluation, shown.case, size), &mut |ui| {
        charts::flops_ui(ui, case, size)
    });
    let tall = vec2(size.x, size.y.max(size.x.min(1.5 * CHART)));
    pair(ui, "classes", &mut |ui| confusion::confusion_ui(ui, case, classes, tall), &mut |ui| {
        charts::classes_ui(ui, case, classes, tall)
    });
    table::blocks_ui(ui, case);
    chosen
}

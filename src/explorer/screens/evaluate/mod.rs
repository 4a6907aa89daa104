//! Evaluate: a form, and models over a whole data set as it goes: figures, charts, and every image.

mod charts;
mod confusion;
mod form;
mod gallery;
mod progress;
mod table;

use eframe::egui::{CentralPanel, Frame, Label, Margin, Panel, RichText, Ui, vec2};

use crate::explorer::command::{Command, Inbox};
use crate::explorer::evaluation::Shown;
use crate::explorer::screens::{hint_ui, scroll_ui};
use crate::explorer::settings::Hint;
use crate::explorer::state::State;
use crate::explorer::theme::{space, tokens};

const SENTENCE: &str = "Run models over a whole data set: how often each is right, what it costs, and which images make it think.";
const EMPTY: &str = "Start at the left: the 200 CIFAR-10 test pictures that come with the program take a few seconds. Figures, charts and \
                     every image with its ponder map come up here while it goes, and Explore stays usable.";
/// Of the left side, in points.
const SIDE: f32 = 312.0;
/// Of a block of text in the middle, likewise.
const BLOCK: f32 = 460.0;
/// Of a chart.
const CHART: f32 = 220.0;
/// Width from which charts stand side by side.
const WIDE: f32 = 620.0;

pub fn evaluate_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    hint_ui(ui, state, inbox, Hint::Evaluate, SENTENCE);
    let fill = ui.visuals().panel_fill;
    let shown = state.runtime.evaluations.shown.as_ref();
    // The scroll bar stands in the right margin.
    let margin = Margin { right: space::XS as i8, ..Margin::same(space::M as i8) };
    let side = Panel::left("evaluation").frame(Frame::NONE.fill(fill).inner_margin(margin));
    side.exact_size(SIDE).resizable(false).show(ui, |ui| match shown {
        Some(shown) => scroll_ui(ui, "evaluation", |ui| progress::side_ui(ui, state, inbox, shown)),
        None => {
            // Where it is seen however much of the form is.
            let margin =
                Margin { left: space::S as i8, top: space::M as i8, right: space::M as i8, bottom: 0 };
            let start = Panel::bottom("start evaluation").frame(Frame::NONE.fill(fill).inner_margin(margin));
            start.show(ui, |ui| form::start_ui(ui, state, inbox));
            let fields = CentralPanel::default().frame(Frame::NONE);
            fields.show(ui, |ui| scroll_ui(ui, "evaluation form", |ui| form::form_ui(ui, state, inbox)));
        }
    });
    let margin = Margin { right: space::S as i8, ..Margin::same(space::L as i8) };
    // In line with what scrolls under it.
    let right = Margin { right: space::M as i8, ..Margin::ZERO };
    CentralPanel::default().frame(Frame::NONE.fill(fill).inner_margin(margin)).show(ui, |ui| match shown {
        Some(shown) => {
            Frame::NONE.inner_margin(right).show(ui, |ui| progress::progress_ui(ui, shown));
            ui.add_space(space::M);
            scroll_ui(ui, "results", |ui| results_ui(ui, state, inbox, shown));
        }
        None => empty_ui(ui),
    });
}

fn results_ui(ui: &mut Ui, state: &State, inbox: &Inbox, shown: &Shown) {
    let Some(evaluation) = &shown.evaluation else { return };
    let choose = |chosen: Option<usize>| {
        if let Some(case) = chosen.filter(|case| *case != shown.case) {
            inbox.push(Command::SelectCase(case));
        }
    };
    choose(table::cases_ui(ui, evaluation, shown.case));
    let Some(case) = evaluation.cases.get(shown.case) else { return };
    let classes = shown.ready_case().map_or(&[][..], |ready| ready.classes.as_slice());
    ui.add_space(space::L);
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
    choose(chosen);
    let tall = vec2(size.x, size.y.max(size.x.min(1.5 * CHART)));
    pair(ui, "classes", &mut |ui| confusion::confusion_ui(ui, case, classes, tall), &mut |ui| {
        charts::classes_ui(ui, case, classes, tall)
    });
    table::blocks_ui(ui, case);
    ui.add_space(space::L);
    gallery::gallery_ui(ui, state, inbox, shown);
}

/// What stands here as long as there is no evaluation.
fn empty_ui(ui: &mut Ui) {
    let width = BLOCK.min(ui.available_width());
    let left = 0.5 * (ui.available_width() - width);
    ui.add_space(0.24 * ui.available_height());
    ui.horizontal_top(|ui| {
        ui.add_space(left);
        ui.vertical(|ui| {
            ui.set_width(width);
            ui.heading("No evaluation yet");
            ui.add_space(space::S);
            ui.add(Label::new(RichText::new(EMPTY).color(tokens(ui).text_muted)).wrap());
        });
    });
}

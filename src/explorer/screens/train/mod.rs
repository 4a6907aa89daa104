//! Train: a form for a run, and the run as it goes.

mod charts;
mod form;
mod map;
mod run;

use eframe::egui::{CentralPanel, Frame, Label, Margin, RichText, Ui};

use crate::explorer::command::Inbox;
use crate::explorer::screens::side::{block_ui, form_ui, side_ui};
use crate::explorer::screens::{hint_ui, scroll_ui};
use crate::explorer::settings::Hint;
use crate::explorer::state::State;
use crate::explorer::theme::{space, tokens};

const SENTENCE: &str = "Train a network on pictures of your own, and watch where it learns to think long and where \
                        it learns to stop.";
const EMPTY: &str = "Name the data at the left and start a run: its loss, accuracy, ponder cost and FLOPs are drawn \
                     here while it goes, with the ponder map of a test picture as it changes.";
const EARLIER: &str = "Or open an earlier run, or one that ponderscope train is working on.";

pub fn train_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    hint_ui(ui, state, inbox, Hint::Train, SENTENCE);
    let fill = ui.visuals().panel_fill;
    let run = state.runtime.training.run.as_ref();
    side_ui(ui, "training", |ui| match run {
        Some(run) => scroll_ui(ui, "run", |ui| run::run_ui(ui, state, inbox, run)),
        None => {
            let start = |ui: &mut Ui| form::start_ui(ui, state, inbox);
            form_ui(ui, |ui| form::form_ui(ui, state, inbox), start);
        }
    });
    let frame = Frame::NONE.fill(fill).inner_margin(Margin::same(space::L as i8));
    CentralPanel::default().frame(frame).show(ui, |ui| match run {
        Some(run) => {
            run::progress_ui(ui, run);
            ui.add_space(space::M);
            charts::charts_ui(ui, run);
        }
        None => block_ui(ui, |ui| empty_ui(ui, state, inbox)),
    });
}

/// What stands here as long as there is no run, and the way to one that was made before.
fn empty_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    let t = tokens(ui);
    let muted = |text: &str| Label::new(RichText::new(text).color(t.text_muted)).wrap();
    ui.heading("No run yet");
    ui.add_space(space::S);
    ui.add(muted(EMPTY));
    ui.add_space(space::XL);
    ui.add(muted(EARLIER));
    ui.add_space(space::S);
    form::earlier_ui(ui, state, inbox);
}

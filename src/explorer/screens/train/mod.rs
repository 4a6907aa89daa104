//! Train: a form for a run, and the run as it goes.

mod charts;
mod form;
mod map;
mod run;

use eframe::egui::{CentralPanel, Frame, Label, Margin, Panel, RichText, Ui};

use crate::explorer::command::Inbox;
use crate::explorer::screens::{hint_ui, scroll_ui};
use crate::explorer::settings::Hint;
use crate::explorer::state::State;
use crate::explorer::theme::{space, tokens};

const SENTENCE: &str = "Train a network on pictures of your own, and watch where it learns to think long and where \
                        it learns to stop.";
const EMPTY: &str = "Name the data at the left and start a run: its loss, accuracy, ponder cost and FLOPs are drawn \
                     here while it goes, with the ponder map of a test picture as it changes.";
const EARLIER: &str = "Or open a run that is there, to see how it went, to go on with it, or to follow it while \
                       `ponderscope train` is at it.";
/// Of the left side, in points.
const SIDE: f32 = 312.0;
/// Of a block of text in the middle, likewise.
const BLOCK: f32 = 460.0;

pub fn train_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    hint_ui(ui, state, inbox, Hint::Train, SENTENCE);
    let fill = ui.visuals().panel_fill;
    let run = state.runtime.training.run.as_ref();
    // The scroll bar stands in the right margin.
    let margin = Margin { right: space::XS as i8, ..Margin::same(space::M as i8) };
    let side = Panel::left("training").frame(Frame::NONE.fill(fill).inner_margin(margin));
    side.exact_size(SIDE).resizable(false).show(ui, |ui| match run {
        // Each scrolls for itself.
        Some(run) => scroll_ui(ui, "run", |ui| run::run_ui(ui, state, inbox, run)),
        None => {
            // Where it is seen however much of the form is.
            let margin =
                Margin { left: space::S as i8, top: space::M as i8, right: space::M as i8, bottom: 0 };
            let start = Panel::bottom("start").frame(Frame::NONE.fill(fill).inner_margin(margin));
            start.show(ui, |ui| form::start_ui(ui, state, inbox));
            let fields = CentralPanel::default().frame(Frame::NONE);
            fields.show(ui, |ui| scroll_ui(ui, "form", |ui| form::form_ui(ui, state, inbox)));
        }
    });
    let frame = Frame::NONE.fill(fill).inner_margin(Margin::same(space::L as i8));
    CentralPanel::default().frame(frame).show(ui, |ui| match run {
        Some(run) => {
            run::progress_ui(ui, run);
            ui.add_space(space::M);
            charts::charts_ui(ui, run);
        }
        None => empty_ui(ui, state, inbox),
    });
}

/// What stands here as long as there is no run, and the way to one that was made before.
fn empty_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    let t = tokens(ui);
    let width = BLOCK.min(ui.available_width());
    let left = 0.5 * (ui.available_width() - width);
    ui.add_space(0.24 * ui.available_height());
    ui.horizontal_top(|ui| {
        ui.add_space(left);
        ui.vertical(|ui| {
            ui.set_width(width);
            ui.heading("No run yet");
            ui.add_space(space::S);
            ui.add(Label::new(RichText::new(EMPTY).color(t.text_muted)).wrap());
            ui.add_space(space::XL);
            ui.add(Label::new(RichText::new(EARLIER).color(t.text_muted)).wrap());
            ui.add_space(space::S);
            form::earlier_ui(ui, state, inbox);
        });
    });
}

//! Train: a form for a run, and the run as it goes.

mod charts;
mod form;
mod map;
mod run;

use eframe::egui::{Align, CentralPanel, Frame, Layout, Margin, Panel, RichText, ScrollArea, Ui};

use crate::explorer::command::Inbox;
use crate::explorer::screens::hint_ui;
use crate::explorer::settings::Hint;
use crate::explorer::state::State;
use crate::explorer::theme::{space, tokens};

const SENTENCE: &str = "Train a network on pictures of your own, and watch where it learns to think long and where \
                        it learns to stop.";
const EMPTY: &str = "Name the data at the left and start a run: its loss, accuracy, ponder cost and FLOPs are drawn \
                     here while it goes, with the ponder map of a test picture as it changes.\n\nA run that was \
                     started with `ponderscope train` can be followed, too: open its folder.";
/// Of the left side, in points.
const SIDE: f32 = 312.0;

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
        None => scroll_ui(ui, "form", |ui| form::form_ui(ui, state, inbox)),
    });
    let frame = Frame::NONE.fill(fill).inner_margin(Margin::same(space::L as i8));
    CentralPanel::default().frame(frame).show(ui, |ui| match run {
        Some(run) => {
            run::progress_ui(ui, run);
            ui.add_space(space::M);
            charts::charts_ui(ui, run);
        }
        None => empty_ui(ui),
    });
}

fn scroll_ui(ui: &mut Ui, id: &str, contents: impl FnOnce(&mut Ui)) {
    ScrollArea::vertical().id_salt(id).auto_shrink(false).show(ui, |ui| {
        ui.set_max_width(ui.available_width() - space::M);
        contents(ui);
    });
}

fn empty_ui(ui: &mut Ui) {
    let t = tokens(ui);
    ui.with_layout(Layout::top_down(Align::Center), |ui| {
        ui.add_space(0.3 * ui.available_height());
        ui.label(RichText::new("No run yet").heading().color(t.text));
        ui.add_space(space::M);
        ui.set_max_width(460.0);
        ui.label(RichText::new(EMPTY).color(t.text_muted));
    });
}

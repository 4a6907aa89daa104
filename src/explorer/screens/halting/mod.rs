//! Halting: every block by itself, unit by unit, and what pinned positions decided.

use eframe::egui::Ui;

use crate::explorer::command::Inbox;
use crate::explorer::screens::hint_ui;
use crate::explorer::settings::Hint;
use crate::explorer::state::State;

const SENTENCE: &str = "Every position halts once its halting scores add up to the threshold: step through the units \
                        and click a position to see its sum grow.";

pub fn halting_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    hint_ui(ui, state, inbox, Hint::Halting, SENTENCE);
}

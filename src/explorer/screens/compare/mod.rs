//! Compare: two models or settings on one picture.

use eframe::egui::Ui;

use crate::explorer::command::Inbox;
use crate::explorer::screens::hint_ui;
use crate::explorer::settings::Hint;
use crate::explorer::state::State;

const SENTENCE: &str =
    "The same picture under two models or settings: where does one think longer than the other?";

pub fn compare_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    hint_ui(ui, state, inbox, Hint::Compare, SENTENCE);
}

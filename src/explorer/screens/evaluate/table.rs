use crate::evaluate::{CaseRecord, Evaluation};
use eframe::egui::Ui;
pub fn cases_ui(_: &mut Ui, _: &Evaluation, _: usize) -> Option<usize> {
    None
}
pub fn blocks_ui(_: &mut Ui, _: &CaseRecord) {}

use crate::evaluate::{CaseRecord, Evaluation};
use eframe::egui::{Ui, Vec2};
pub fn flops_ui(_: &mut Ui, _: &CaseRecord, _: Vec2) {}
pub fn tradeoff_ui(_: &mut Ui, _: &Evaluation, _: usize, _: Vec2) -> Option<usize> {
    None
}
pub fn classes_ui(_: &mut Ui, _: &CaseRecord, _: &[String], _: Vec2) {}

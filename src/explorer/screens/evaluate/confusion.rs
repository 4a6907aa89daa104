use crate::evaluate::CaseRecord;
use eframe::egui::{Ui, Vec2};
pub fn confusion_ui(_: &mut Ui, _: &CaseRecord, _: &[String], _: Vec2) {}

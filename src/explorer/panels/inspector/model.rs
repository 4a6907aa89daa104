//! Which model, and what is known of it.

use eframe::egui::{CollapsingHeader, Ui};

use crate::explorer::command::{Command, Inbox};
use crate::explorer::state::State;
use crate::explorer::widgets::format;
use crate::zoo::ModelCard;

use super::{combo, facts, remark};

pub(super) fn model_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    let current = state.runtime.model.as_ref();
    let name = current.map_or("Loading…", |model| model.inference.card().name.as_str());
    let shown = combo(ui, "Model", name, |ui| {
        for entry in &state.runtime.entries {
            let selected = current.is_some_and(|model| model.source == entry.source);
            if ui
                .selectable_label(selected, &entry.card.name)
                .on_hover_text(entry.source.to_string())
                .clicked()
            {
                inbox.push(Command::UseModel(entry.source.clone()));
            }
        }
        ui.separator();
        if let Some(info) = Command::ChooseModel.info()
            && ui.selectable_label(false, info.label).on_hover_text(info.tooltip).clicked()
        {
            inbox.push(Command::ChooseModel);
        }
    });
    shown.on_hover_text("The model that looks at the picture");
    if let Some(card) = state.card() {
        card_ui(ui, card);
    }
}

fn card_ui(ui: &mut Ui, card: &ModelCard) {
    let spec = &card.spec;
    let tau = card.tau.map(|tau| format!(", tau {tau}")).unwrap_or_default();
    let data = card.data.as_ref().map(|data| format!(", {data}")).unwrap_or_default();
    remark(ui, &format!("ResNet-{} {}{data}{tau}", spec.layers(), spec.variant));
    let units: Vec<String> = spec.units.iter().map(usize::to_string).collect();
    let fact = |name: &str, value: String| Some((name.to_owned(), value));
    let known = [
        fact("Units per block", units.join(", ")),
        fact("Width", spec.width.to_string()),
        fact("Classes", spec.classes.to_string()),
        card.accuracy.and_then(|accuracy| fact("Test accuracy", format::percent(accuracy as f32))),
        card.flops.and_then(|flops| fact("Mean FLOPs", format::flops(flops as u64))),
    ];
    CollapsingHeader::new("Model card").show_unindented(ui, |ui| {
        facts(ui, "card", &known.into_iter().flatten().collect::<Vec<_>>());
        if let Some(source) = &card.source {
            remark(ui, source);
        }
    });
}

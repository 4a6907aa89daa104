//! Which model, and what is known of it.

use eframe::egui::{CollapsingHeader, Ui};

use crate::explorer::command::{Command, Inbox};
use crate::explorer::places::{Place, offer};
use crate::explorer::state::{Family, State};
use crate::explorer::theme::space;
use crate::explorer::widgets::{NotchSlider, format};
use crate::zoo::{self, ModelCard};

use super::{combo, facts, remark};

const TAU: &str = "Weight of the ponder cost: a higher tau halts earlier. It is a constant of the training, so each \
                   notch is another trained network";
const ONLY_TAU: &str = "Weight of the ponder cost in this model's training. Models of the same network and data with \
                        another tau become notches here: open them, or start with them in the models folder";

pub(super) fn model_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    let current = state.runtime.model.as_ref();
    let name = current.map_or("Loading…", |model| model.inference.card().name.as_str());
    let shown = combo(ui, "Model", name, |ui| {
        for entry in zoo::listed(&state.runtime.entries) {
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
    offer(ui.ctx(), Place::Inspector, shown.id);
    shown.on_hover_text("The model that looks at the picture");
    let Some(card) = state.card() else { return };
    let data = card.data.as_ref().map(|data| format!(", {data}")).unwrap_or_default();
    remark(ui, &format!("ResNet-{} {}{data}", card.spec.layers(), card.spec.variant));
    tau_ui(ui, state, inbox);
    card_ui(ui, card);
}

/// Tau exists only in training, so its slider goes through the models of a family.
fn tau_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    let Some(Family { members, chosen }) = state.family() else { return };
    ui.add_space(space::S);
    let taus: Vec<f64> = members.iter().map(|member| member.tau).collect();
    let known = members.get(chosen).map(|member| known(member.card)).unwrap_or_default();
    let slider = NotchSlider {
        label: "tau",
        values: &taus,
        chosen,
        known: &known,
        known_hint: "Test accuracy and mean FLOPs of a test image, by the model's card",
        hint: if taus.len() > 1 { TAU } else { ONLY_TAU },
    };
    if let Some(member) = slider.show(ui).and_then(|chosen| members.get(chosen)) {
        inbox.push(Command::UseModel(member.source.clone()));
    }
    ui.add_space(space::S);
}

/// What a model is worth and what it costs, as far as its card says.
fn known(card: &ModelCard) -> String {
    let accuracy = card.accuracy.map(|accuracy| format::percent(accuracy as f32));
    let flops = card.flops.map(|flops| format::flops(flops as u64));
    [accuracy, flops].into_iter().flatten().collect::<Vec<_>>().join("  ·  ")
}

fn card_ui(ui: &mut Ui, card: &ModelCard) {
    let spec = &card.spec;
    let units: Vec<String> = spec.units.iter().map(usize::to_string).collect();
    let costs: Vec<String> = card.ponder_cost.iter().map(|cost| format!("{cost:.2}")).collect();
    let fact = |name: &str, value: String| Some((name.to_owned(), value));
    let known = [
        fact("Units per block", units.join(", ")),
        fact("Width", spec.width.to_string()),
        fact("Classes", spec.classes.to_string()),
        card.tau.and_then(|tau| fact("tau", tau.to_string())),
        card.accuracy.and_then(|accuracy| fact("Test accuracy", format::percent(accuracy as f32))),
        card.flops.and_then(|flops| fact("Mean FLOPs", format::flops(flops as u64))),
        card.flops_std.and_then(|std| fact("FLOPs std", format::flops(std as u64))),
        (!costs.is_empty()).then(|| ("Ponder cost".to_owned(), costs.join(", "))),
        card.training.as_ref().and_then(|training| fact("Training steps", training.steps.to_string())),
    ];
    CollapsingHeader::new("Model card").show_unindented(ui, |ui| {
        facts(ui, "card", &known.into_iter().flatten().collect::<Vec<_>>());
        if let Some(source) = &card.source {
            remark(ui, source);
        }
    });
}

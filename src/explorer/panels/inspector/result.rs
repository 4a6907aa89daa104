//! What came out: classes, FLOPs, time, and how the ponder cost is spread.

use eframe::egui::{Grid, Ui};

use crate::explorer::state::State;
use crate::explorer::theme::space;
use crate::explorer::widgets::{flops_gauge, format, top_classes};
use crate::maps::Scope;

use super::{fact, remark};

pub(super) fn result_ui(ui: &mut Ui, state: &State) {
    let Some(painting) = &state.runtime.stage.painting else {
        remark(ui, "The first result is on its way.");
        return;
    };
    let outcome = &painting.outcome;
    top_classes(ui, &outcome.top);
    ui.add_space(space::S);
    flops_gauge(ui, outcome.trace.flops, outcome.vanilla_flops).on_hover_text(
        "Floating-point operations of this run, against the vanilla network's on the same input",
    );
    ui.add_space(space::S);
    Grid::new("result").num_columns(2).spacing([space::L, space::S]).show(ui, |ui| {
        if let Some(map) = &painting.map {
            let quantity = painting.style.quantity.label();
            let scope = match painting.style.scope {
                Scope::Network => String::new(),
                Scope::Block(block) => outcome
                    .trace
                    .blocks
                    .get(block)
                    .map(|block| format!(" of {}", block.name))
                    .unwrap_or_default(),
            };
            fact(ui, &format!("{quantity}{scope}, mean"), &format!("{:.2}", map.mean));
            fact(ui, "Least to greatest", &format!("{:.2} to {:.2}", map.extent.low, map.extent.high));
        }
        fact(ui, "Time", &format::milliseconds(outcome.trace.milliseconds));
        fact(ui, "Device", state.runtime.backend.device());
    });
}

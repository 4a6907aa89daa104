//! What came out: classes, FLOPs, time, and how the ponder cost is spread.

use eframe::egui::Ui;

use crate::explorer::state::State;
use crate::explorer::terms::{Term, explain_ui};
use crate::explorer::theme::space;
use crate::explorer::tour::{Part, mark};
use crate::explorer::widgets::{flops_gauge, format, top_classes};
use crate::maps::Scope;

use super::{facts, remark};

pub(super) fn result_ui(ui: &mut Ui, state: &State) {
    let Some(painting) = &state.runtime.stage.painting else {
        let failed = state.runtime.has_failed();
        remark(ui, if failed { "The run failed." } else { "The first result is on its way." });
        return;
    };
    let outcome = &painting.outcome;
    let top = ui.cursor().top();
    top_classes(ui, &outcome.top);
    ui.add_space(space::S);
    let mut lines = Vec::new();
    // An export may not say which network it is of.
    if outcome.vanilla_flops > 0 {
        let gauge = flops_gauge(ui, outcome.trace.flops, outcome.vanilla_flops);
        mark(ui, state, Part::Flops, gauge.rect.with_min_y(top));
        gauge.on_hover_ui(|ui| {
            ui.label("This run against the vanilla network on the same input.");
            explain_ui(ui, Term::Flops);
        });
        ui.add_space(space::S);
    } else {
        lines.push(("FLOPs".to_owned(), format::flops(outcome.trace.flops)));
    }
    if let Some(map) = &painting.map {
        let scope = match painting.motif.style.scope {
            Scope::Network => String::new(),
            Scope::Block(block) => {
                outcome.trace.blocks.get(block).map(|block| format!(" of {}", block.name)).unwrap_or_default()
            }
        };
        let quantity = painting.motif.style.quantity.label();
        lines.push((format!("{quantity}{scope}, mean"), format!("{:.2}", map.found.mean)));
        lines.push((
            "Least to greatest".to_owned(),
            format!("{:.2} to {:.2}", map.found.extent.low, map.found.extent.high),
        ));
    }
    if state.stored().is_none() {
        lines.push(("Time".to_owned(), format::milliseconds(outcome.trace.milliseconds)));
        lines.push(("Device".to_owned(), state.runtime.backend.device().to_owned()));
    }
    facts(ui, "result", &lines);
}

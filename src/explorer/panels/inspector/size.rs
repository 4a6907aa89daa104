//! How large pictures enter the network.

use eframe::egui::{DragValue, Ui};

use crate::explorer::command::{Command, Inbox};
use crate::explorer::session::{EDGES, SizeChoice};
use crate::explorer::state::State;
use crate::explorer::theme::space;
use crate::image::InputSize;

use super::{named, remark};

pub(super) fn size_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    if let Some(stored) = state.stored() {
        let trace = &stored.outcome.trace;
        remark(ui, &format!("Entered the network as {} × {} pixels.", trace.width, trace.height));
        return;
    }
    let size = state.session.size;
    let enters = state.runtime.stage.painting.as_ref().map(|painting| &painting.outcome.trace);
    let shown_edge = enters.map_or(256, |trace| trace.width.max(trace.height) as u32);
    let edge = match size {
        SizeChoice::Fixed(InputSize::LongerEdge(edge)) => edge,
        _ => shown_edge.clamp(*EDGES.start(), *EDGES.end()),
    };
    let native = format!("Every pixel of the picture, up to a longer edge of {}", EDGES.end());
    let choices = [
        ("Suitable", "What suits the model and the picture", SizeChoice::Suitable),
        ("Native", native.as_str(), SizeChoice::Fixed(InputSize::Native)),
        (
            "Fixed",
            "Resized so that the longer edge has as many pixels as you say",
            SizeChoice::Fixed(InputSize::LongerEdge(edge)),
        ),
    ];
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        for (label, tooltip, choice) in choices {
            let selected = std::mem::discriminant(&choice) == std::mem::discriminant(&size)
                && is_native(choice) == is_native(size);
            if ui.selectable_label(selected, label).on_hover_text(tooltip).clicked() && !selected {
                inbox.push(Command::SetSize(choice));
            }
        }
    });
    if let SizeChoice::Fixed(InputSize::LongerEdge(edge)) = size {
        let mut value = edge;
        let field = DragValue::new(&mut value).range(EDGES).speed(2.0).suffix(" px");
        named(ui, "Longer edge", |ui| ui.add(field));
        if value != edge {
            inbox.push(Command::SetSize(SizeChoice::Fixed(InputSize::LongerEdge(value))));
        }
    }
    if let Some(trace) = enters {
        remark(ui, &format!("Enters the network as {} × {} pixels.", trace.width, trace.height));
    }
}

fn is_native(size: SizeChoice) -> bool {
    size == SizeChoice::Fixed(InputSize::Native)
}

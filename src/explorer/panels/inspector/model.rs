//! Which model, what is known of it, and how large pictures enter it.

use eframe::egui::{ComboBox, DragValue, Grid, Ui};

use crate::explorer::command::{Command, Inbox};
use crate::explorer::session::{EDGES, SizeChoice};
use crate::explorer::state::State;
use crate::explorer::theme::space;
use crate::explorer::widgets::format;
use crate::image::InputSize;
use crate::zoo::ModelCard;

use super::{fact, remark};

pub(super) fn model_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    let current = state.runtime.model.as_ref();
    let name = current.map_or("Loading…", |model| model.inference.card().name.as_str());
    let label = "Model";
    let combo = ComboBox::from_id_salt(label).selected_text(name).width(ui.available_width()).truncate();
    let shown = combo.show_ui(ui, |ui| {
        for entry in &state.runtime.entries {
            let selected = current.is_some_and(|model| model.source == entry.source);
            if ui.selectable_label(selected, &entry.card.name).clicked() {
                inbox.push(Command::UseModel(entry.source.clone()));
            }
        }
        ui.separator();
        if ui.selectable_label(false, "Open model…").clicked() {
            inbox.push(Command::ChooseModel);
        }
    });
    shown.response.on_hover_text("The model that looks at the picture").widget_info(|| {
        let role = eframe::egui::Role::ComboBox;
        eframe::egui::WidgetInfo::labeled(role, true, format!("{label}: {name}"))
    });
    if let Some(card) = state.card() {
        card_ui(ui, card);
    }
}

fn card_ui(ui: &mut Ui, card: &ModelCard) {
    let spec = &card.spec;
    let units: Vec<String> = spec.units.iter().map(usize::to_string).collect();
    ui.add_space(space::S);
    Grid::new("card").num_columns(2).spacing([space::L, space::S]).show(ui, |ui| {
        fact(ui, "Network", &format!("ResNet-{} {}", spec.layers(), spec.variant));
        fact(ui, "Units per block", &units.join(", "));
        fact(ui, "Width", &spec.width.to_string());
        fact(ui, "Classes", &spec.classes.to_string());
        if let Some(data) = &card.data {
            fact(ui, "Trained on", data);
        }
        if let Some(tau) = card.tau {
            fact(ui, "Tau", &tau.to_string());
        }
        if let Some(accuracy) = card.accuracy {
            fact(ui, "Test accuracy", &format::percent(accuracy as f32));
        }
        if let Some(flops) = card.flops {
            fact(ui, "Mean FLOPs", &format::flops(flops as u64));
        }
    });
    if let Some(source) = &card.source {
        remark(ui, source);
    }
}

pub(super) fn size_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    let size = state.session.size;
    let enters = state.runtime.stage.painting.as_ref().map(|painting| &painting.outcome.trace);
    let shown_edge = enters.map_or(256, |trace| trace.width.max(trace.height) as u32);
    let edge = match size {
        SizeChoice::Fixed(InputSize::LongerEdge(edge)) => edge,
        _ => shown_edge.clamp(*EDGES.start(), *EDGES.end()),
    };
    let choices = [
        ("Suitable", "What suits the model and the picture", SizeChoice::Suitable),
        (
            "Native",
            "Every pixel of the picture, up to a longer edge of 2048",
            SizeChoice::Fixed(InputSize::Native),
        ),
        ("Longer edge", "Resized to this many pixels", SizeChoice::Fixed(InputSize::LongerEdge(edge))),
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
        ui.horizontal(|ui| {
            let label = ui.label("Longer edge");
            let field = DragValue::new(&mut value).range(EDGES).speed(2.0).suffix(" px");
            ui.add(field).labelled_by(label.id);
        });
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

//! What the map shows and how it is coloured.

use eframe::egui::{DragValue, Slider, Ui};

use crate::explorer::command::{Command, Inbox};
use crate::explorer::painting::PaintedMap;
use crate::explorer::state::State;
use crate::explorer::theme::space;
use crate::explorer::widgets::{colormap_menu, outlined};
use crate::maps::{Quantity, Range, RangeChoice, Scope};

use super::{NAME, name_ui, named_combo, named_slider, remark};

/// Percentiles to begin with.
const PERCENTILES: RangeChoice = RangeChoice::Percentile { low: 2.0, high: 98.0 };

pub(super) fn map_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    let known = state.card().is_some() || state.stored().is_some();
    if known && !state.is_adaptive() && !state.maps_b() {
        remark(
            ui,
            "A vanilla network decides nothing, so there is nothing to map. Choose an ACT or SACT model.",
        );
        return;
    }
    let session = &state.session;
    ui.horizontal(|ui| {
        // Each nearer to its own name than to the one before.
        ui.spacing_mut().icon_spacing = space::S;
        for quantity in [Quantity::PonderCost, Quantity::NumUnits] {
            let command = Command::SetQuantity(quantity);
            let Some(info) = command.info() else { continue };
            let button = outlined(ui, |ui| ui.radio(session.quantity == quantity, info.label));
            if button.on_hover_text(info.tooltip).clicked() {
                inbox.push(command);
            }
        }
    });
    ui.add_space(space::XS);
    scope_ui(ui, state, inbox);
    colormap_ui(ui, state, inbox);
    let map = state.runtime.stage.painting.as_ref().and_then(|painting| painting.map.as_ref());
    range_ui(ui, session.range, map, inbox);

    ui.add_space(space::XS);
    let mut percent = session.opacity * 100.0;
    let slider = Slider::new(&mut percent, 0.0..=100.0).suffix(" %").fixed_decimals(0);
    if named_slider(ui, "Opacity", slider).on_hover_text("Of the map over the picture").changed() {
        inbox.push(Command::SetOpacity(percent / 100.0));
    }
    if let Some(info) = Command::ToggleOverlay.info() {
        let mut on = session.overlay;
        let ticked = outlined(ui, |ui| ui.checkbox(&mut on, info.label));
        if ticked.on_hover_text(info.tooltip).clicked() {
            inbox.push(Command::ToggleOverlay);
        }
    }
}

fn scope_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    let blocks: Vec<String> = match state.stored() {
        Some(stored) => stored.outcome.trace.blocks.iter().map(|block| block.name.clone()).collect(),
        None => state.card().map(|card| card.spec.block_names()).unwrap_or_default(),
    };
    let name = |scope| match scope {
        Scope::Network => "Whole network".to_owned(),
        Scope::Block(block) => blocks.get(block).cloned().unwrap_or_default(),
    };
    let scopes = std::iter::once(Scope::Network).chain((0..blocks.len()).map(Scope::Block));
    let current = state.session.scope;
    let shown = named_combo(ui, "Scope", &name(current), |ui| {
        for scope in scopes {
            if ui.selectable_label(scope == current, name(scope)).clicked() {
                inbox.push(Command::SetScope(scope));
            }
        }
    });
    shown.on_hover_text("The sum over blocks, or one block alone");
}

fn colormap_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    ui.horizontal(|ui| {
        name_ui(ui, "Colour map");
        inbox.extend(colormap_menu(ui, state.session.colormap).map(Command::SetColormap));
    });
}

fn range_ui(ui: &mut Ui, current: RangeChoice, map: Option<&PaintedMap>, inbox: &Inbox) {
    let shown = map.map_or(Range { low: 0.0, high: 1.0 }, |map| map.range);
    let percentiles = if matches!(current, RangeChoice::Percentile { .. }) { current } else { PERCENTILES };
    let manual = if matches!(current, RangeChoice::Manual(_)) { current } else { RangeChoice::Manual(shown) };
    let choices = [
        (
            "Theory",
            "What is possible at all: pictures compare across images and thresholds",
            RangeChoice::Theory,
        ),
        ("This image", "From the least to the greatest value of this map", RangeChoice::Data),
        (
            "Percentile",
            "Between two percentiles of this map, so that a few extremes do not count",
            percentiles,
        ),
        ("Manual", "From and to the values you give", manual),
    ];
    let same = |a: RangeChoice, b: RangeChoice| std::mem::discriminant(&a) == std::mem::discriminant(&b);
    let name = choices.iter().find(|(.., choice)| same(*choice, current)).map_or("", |(name, ..)| *name);
    let shown = named_combo(ui, "Range", name, |ui| {
        for (name, tooltip, choice) in choices {
            let selected = same(choice, current);
            if ui.selectable_label(selected, name).on_hover_text(tooltip).clicked() && !selected {
                inbox.push(Command::SetRange(choice));
            }
        }
    });
    shown.on_hover_text("What the ends of the colour bar stand for");
    match current {
        RangeChoice::Percentile { low, high } => {
            let [low, high] = ends_ui(ui, [low, high], 0.0..=100.0, 0.2, " %");
            if current != (RangeChoice::Percentile { low, high }) {
                inbox.push(Command::SetRange(RangeChoice::Percentile { low, high }));
            }
        }
        RangeChoice::Manual(Range { low, high }) => {
            let speed = 0.005 * (high - low).abs().max(0.1);
            let [low, high] = ends_ui(ui, [low, high], -1000.0..=1000.0, speed, "");
            let range = Range { low, high };
            if current != RangeChoice::Manual(range) {
                inbox.push(Command::SetRange(RangeChoice::Manual(range)));
            }
        }
        RangeChoice::Theory | RangeChoice::Data => {}
    }
}

/// Two fields for the ends of a range; the low end never passes the high one.
fn ends_ui(
    ui: &mut Ui,
    [mut low, mut high]: [f32; 2],
    bounds: std::ops::RangeInclusive<f32>,
    speed: f32,
    suffix: &str,
) -> [f32; 2] {
    ui.horizontal(|ui| {
        ui.add_space(NAME + ui.spacing().item_spacing.x);
        let field = |ui: &mut Ui, name: &str, value: &mut f32, bounds| {
            let label = ui.label(name);
            let field = DragValue::new(value).range(bounds).speed(speed).max_decimals(2).suffix(suffix);
            ui.add(field).labelled_by(label.id);
        };
        field(ui, "From", &mut low, *bounds.start()..=high);
        field(ui, "to", &mut high, low..=*bounds.end());
    });
    [low, high]
}

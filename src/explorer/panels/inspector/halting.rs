//! How halting is decided: threshold, unit cap, halting offset.

use eframe::egui::{
    Align, Button, Label, Layout, Rect, Response, RichText, Slider, TextStyle, Ui, pos2, vec2,
};

use crate::explorer::command::{Command, Inbox};
use crate::explorer::session::{OFFSETS, THRESHOLDS};
use crate::explorer::state::State;
use crate::explorer::terms::label_ui;
use crate::explorer::theme::{space, tokens};
use crate::explorer::tour::{Part, mark};
use crate::explorer::widgets::fields::wide_slider;
use crate::explorer::widgets::threshold_slider;
use crate::halting::HaltingSetting;

use super::{NAME, named_slider, remark};

pub(super) fn halting_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    if let Some(stored) = state.stored() {
        remark(
            ui,
            &format!(
                "From {}, no model is run: halting stays as it was in the export. Open the picture itself to change it.",
                stored.file
            ),
        );
        return;
    }
    let setting = state.setting();
    let trained = HaltingSetting::TRAINED_THRESHOLD;
    if state.card().is_some() && !state.is_adaptive() {
        remark(ui, "A vanilla network runs every unit everywhere: there is nothing to halt.");
        return;
    }
    let (left, top) = (ui.max_rect().left(), ui.cursor().top());
    let slider = threshold_slider(ui, "Halting threshold", setting.threshold, THRESHOLDS, trained);
    let below = pos2(ui.max_rect().right(), ui.cursor().top());
    mark(ui, state, Part::Threshold, Rect::from_min_max(pos2(left, top), below));
    if let Some(threshold) = slider {
        inbox.push(Command::SetThreshold(threshold));
    }
    ui.add_space(space::S);

    let most = state.card().and_then(|card| card.spec.units.iter().copied().max()).unwrap_or(1);
    let mut cap = setting.unit_cap.unwrap_or(most).min(most);
    let all = move |value: f64, _| if value as usize >= most { "all".to_owned() } else { value.to_string() };
    let slider = Slider::new(&mut cap, 1..=most).custom_formatter(all);
    let tooltip =
        "No position runs more units than this in any block; the block's last unit then comes earlier";
    if named_slider(ui, "Unit cap", slider).on_hover_text(tooltip).changed() {
        inbox.push(Command::SetUnitCap((cap < most).then_some(cap)));
    }

    let mut offset = setting.logit_offset;
    let slider = Slider::new(&mut offset, OFFSETS).step_by(0.05).fixed_decimals(2);
    let tooltip = "Experimental: added to every halting logit, so that more than 0 halts earlier. \
                   No network was trained with one";
    if experimental_slider(ui, "Halting offset", slider).on_hover_text(tooltip).changed() {
        inbox.push(Command::SetLogitOffset(offset));
    }

    trained_ui(ui, &setting, inbox);
}

/// A slider that says under its name what it is.
fn experimental_slider(ui: &mut Ui, name: &str, slider: Slider<'_>) -> Response {
    let lines = [TextStyle::Body, TextStyle::Small].map(|style| ui.text_style_height(&style));
    let size = vec2(NAME, lines[0] + space::XS + lines[1]);
    let row = ui.horizontal(|ui| {
        let names = ui.allocate_ui_with_layout(size, Layout::top_down(Align::Min), |ui| {
            ui.set_min_width(NAME);
            ui.spacing_mut().item_spacing.y = space::XS;
            let label = label_ui(ui, name);
            remark(ui, "experimental");
            label
        });
        wide_slider(ui, slider).labelled_by(names.inner.id)
    });
    row.inner
}

/// Whether this is how the model was trained, and the way back; always as high, so that nothing moves in a drag.
fn trained_ui(ui: &mut Ui, setting: &HaltingSetting, inbox: &Inbox) {
    let Some(info) = Command::ResetHalting.info() else { return };
    ui.horizontal(|ui| {
        let as_trained = *setting == HaltingSetting::default();
        let color = if as_trained { tokens(ui).text_muted } else { tokens(ui).warning };
        let text = if as_trained { "As trained.".to_owned() } else { off_trained(setting) };
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let button = ui.add_enabled(!as_trained, Button::new("Reset"));
            let button = button.on_hover_text(info.tooltip).on_disabled_hover_text(info.tooltip);
            if button.clicked() {
                inbox.push(Command::ResetHalting);
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.add(Label::new(RichText::new(text).color(color)).truncate());
            });
        });
    });
}

/// What differs from training, in a sentence.
fn off_trained(setting: &HaltingSetting) -> String {
    let trained = HaltingSetting::default();
    let threshold = (setting.threshold != trained.threshold).then_some("threshold");
    let cap = setting.unit_cap.map(|_| "unit cap");
    let offset = (setting.logit_offset != trained.logit_offset).then_some("halting offset");
    let differs: Vec<&str> = [threshold, cap, offset].into_iter().flatten().collect();
    format!("Not as trained: {}.", differs.join(", "))
}

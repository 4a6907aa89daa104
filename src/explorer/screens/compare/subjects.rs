//! What A and B are: A in words, since the inspector edits it, and B with its controls.

use eframe::egui::{Button, CollapsingHeader, Label, RichText, Slider, Ui, vec2};

use crate::explorer::command::{Command, Inbox};
use crate::explorer::compare::{Action, Mode};
use crate::explorer::session::{OFFSETS, THRESHOLDS};
use crate::explorer::state::State;
use crate::explorer::theme::{font, space, tokens};
use crate::explorer::widgets::fields::{combo, remark};
use crate::explorer::widgets::{NotchSlider, fitted, format, plain_slider, threshold_slider};
use crate::halting::HaltingSetting;
use crate::network::Variant;
use crate::zoo::{self, ModelCard};

use super::readout::signed;
use super::{NARROW, halves, letter_ui, side_by_side};

/// Of the number after a slider, with the gap before it.
const VALUE: f32 = 62.0;
const TAU: &str = "Weight of the ponder cost in training: each notch is another trained network";

pub(super) fn subjects_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    let narrow = ui.available_width() < NARROW;
    halves(ui, |ui| name_ui(ui, state), |ui| b_name_ui(ui, state, inbox));
    if narrow {
        sliders_ui(ui, state, inbox);
        actions_ui(ui, state, inbox, true);
        return;
    }
    halves(
        ui,
        |ui| {
            remark(ui, &a_in_words(state));
            actions_ui(ui, state, inbox, false);
        },
        |ui| sliders_ui(ui, state, inbox),
    );
}

fn name_ui(ui: &mut Ui, state: &State) {
    let name = match (state.stored(), state.card()) {
        (Some(stored), _) => &stored.file,
        (None, Some(card)) => &card.name,
        (None, None) => "Loading…",
    };
    ui.horizontal(|ui| {
        letter_ui(ui, "A");
        let shown = fitted(ui, name, font::body(), ui.available_width());
        let label = ui.add(Label::new(RichText::new(shown).strong()).truncate());
        label.on_hover_text(format!("{name}: {}", a_in_words(state)));
    });
}

fn a_in_words(state: &State) -> String {
    match (state.stored(), state.card()) {
        (Some(_), _) => "As it was exported; no model is run.".to_owned(),
        (None, Some(card)) => in_words(card, &state.setting()),
        (None, None) => String::new(),
    }
}

fn actions_ui(ui: &mut Ui, state: &State, inbox: &Inbox, narrow: bool) {
    let flip = (state.session.comparison.look.mode == Mode::Flip).then_some((Action::Flip, "Flip"));
    let actions = [
        (Action::BesideTwin, "ACT beside SACT"),
        (Action::Swap, "Swap"),
        (Action::CopySetting, "Copy setting"),
    ];
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(space::S, space::S);
        for (action, short) in flip.into_iter().chain(actions) {
            action_ui(ui, state, inbox, action, narrow.then_some(short));
        }
    });
}

/// A button for an action, by its own name or a shorter one; grey where it would do nothing.
pub(super) fn action_ui(ui: &mut Ui, state: &State, inbox: &Inbox, action: Action, short: Option<&str>) {
    let Some(info) = action.info() else { return };
    let keys = info.shortcut.map(|keys| format!(" ({})", ui.ctx().format_shortcut(&keys)));
    let tooltip = format!("{}{}", info.tooltip, keys.unwrap_or_default());
    let button = Button::new(short.unwrap_or(info.label));
    let button = ui.add_enabled(state.can_compare(&action), button).accessible_name(info.label);
    if button.on_hover_text(&tooltip).on_disabled_hover_text(&tooltip).clicked() {
        inbox.push(Command::Compare(action));
    }
}

fn b_name_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    ui.horizontal(|ui| {
        letter_ui(ui, "B");
        model_ui(ui, state, inbox);
    });
}

fn sliders_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    let Some(card) = state.b_card() else { return };
    if card.spec.variant == Variant::Vanilla {
        remark(ui, "B is vanilla and runs every unit everywhere: there is nothing to halt.");
        return;
    }
    if let Some(sentence) = state.twin_remark() {
        remark(ui, &sentence);
    } else if state.is_same() {
        remark(ui, "B is the same as A: choose another model, tau or threshold for it.");
    }
    // A threshold stands beside its name.
    side_by_side(ui, 0.42, |ui| tau_ui(ui, state, inbox), |ui| threshold_ui(ui, state, inbox));
    more_ui(ui, state, inbox, card);
}

fn model_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    let source = state.b_source();
    let name = match (state.b_card(), source) {
        (Some(card), _) => card.name.clone(),
        (None, Some(source)) => source.to_string(),
        (None, None) => "Loading…".to_owned(),
    };
    let set = |source| Command::Compare(Action::SetModel(source));
    let shown = combo(ui, "Model of B", &name, |ui| {
        for entry in zoo::listed(&state.runtime.entries) {
            let label = ui.selectable_label(source == Some(&entry.source), &entry.card.name);
            if label.on_hover_text(entry.source.to_string()).clicked() {
                inbox.push(set(entry.source.clone()));
            }
        }
        ui.separator();
        let open = Command::Compare(Action::ChooseModel);
        if let Some(info) = open.info()
            && ui.selectable_label(false, info.label).on_hover_text(info.tooltip).clicked()
        {
            inbox.push(open);
        }
    });
    shown.on_hover_text(format!("The model that is compared with A: {name}"));
}

fn tau_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    let members = state.b_family();
    let chosen = members.iter().position(|member| Some(member.source) == state.b_source());
    let Some(chosen) = chosen else { return };
    let taus: Vec<f64> = members.iter().map(|member| member.tau).collect();
    let slider =
        NotchSlider { label: "tau of B", values: &taus, chosen, known: "", known_hint: "", hint: TAU };
    if let Some(member) = slider.show(ui).and_then(|chosen| members.get(chosen)) {
        inbox.push(Command::Compare(Action::SetModel(member.source.clone())));
    }
}

fn threshold_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    let setting = state.b_setting();
    let trained = HaltingSetting::TRAINED_THRESHOLD;
    let slider = threshold_slider(ui, "Threshold of B", setting.threshold, THRESHOLDS, trained);
    if let Some(threshold) = slider {
        inbox.push(Command::Compare(Action::SetSetting(HaltingSetting { threshold, ..setting })));
    }
}

/// What is seldom changed.
fn more_ui(ui: &mut Ui, state: &State, inbox: &Inbox, card: &ModelCard) {
    let setting = state.b_setting();
    let set = |setting| inbox.push(Command::Compare(Action::SetSetting(setting)));
    CollapsingHeader::new(RichText::new("Unit cap and halting offset of B").small()).show_unindented(
        ui,
        |ui| {
            let most = card.spec.units.iter().copied().max().unwrap_or(1);
            let mut cap = setting.unit_cap.unwrap_or(most).min(most);
            let all = move |value: f64, _| {
                if value as usize >= most { "all".to_owned() } else { value.to_string() }
            };
            let cap_slider = Slider::new(&mut cap, 1..=most).custom_formatter(all);
            let mut logit_offset = setting.logit_offset;
            let offset_slider = Slider::new(&mut logit_offset, OFFSETS).step_by(0.05).fixed_decimals(2);
            let (mut capped, mut shifted) = (false, false);
            halves(
                ui,
                |ui| {
                    let tooltip = "No position runs more units than this in any block";
                    capped = below(ui, "Unit cap of B", tooltip, cap_slider);
                },
                |ui| {
                    let tooltip =
                        "Experimental: added to every halting logit, so that more than 0 halts earlier";
                    shifted = below(ui, "Halting offset of B", tooltip, offset_slider);
                },
            );
            if capped {
                set(HaltingSetting { unit_cap: (cap < most).then_some(cap), ..setting });
            }
            if shifted {
                set(HaltingSetting { logit_offset, ..setting });
            }
            action_ui(ui, state, inbox, Action::ResetSetting, None);
        },
    );
}

/// A slider below its name, for narrow columns; whether it was moved.
fn below(ui: &mut Ui, name: &str, tooltip: &str, slider: Slider<'_>) -> bool {
    let label = ui.label(name);
    ui.spacing_mut().slider_width = (ui.available_width() - VALUE).max(48.0);
    plain_slider(ui, slider).labelled_by(label.id).on_hover_text(tooltip).changed()
}

/// A network and a setting: `SACT · tau 0.01 · threshold 0.9`.
fn in_words(card: &ModelCard, setting: &HaltingSetting) -> String {
    let mut words = vec![card.spec.variant.to_string()];
    if card.spec.variant != Variant::Vanilla {
        words.extend(card.tau.map(|tau| format!("tau {tau}")));
        words.push(format!("threshold {}", format::threshold(setting.threshold)));
        words.extend(setting.unit_cap.map(|cap| format!("unit cap {cap}")));
        let offset = (setting.logit_offset != 0.0)
            .then(|| format!("offset {}", signed(f64::from(setting.logit_offset), 2)));
        words.extend(offset);
    }
    words.join("  ·  ")
}

/// The colour of what is said of a stale result.
pub(super) fn muted(ui: &Ui, text: &str) -> RichText {
    RichText::new(text).color(tokens(ui).text_muted)
}

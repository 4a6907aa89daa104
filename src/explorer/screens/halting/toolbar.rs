//! What the blocks' maps show, and the unit that is looked at.

use eframe::egui::{Align, Frame, Layout, Margin, Panel, RichText, Slider, Ui, WidgetInfo, vec2};

use crate::explorer::command::{Command, Inbox};
use crate::explorer::halting::{Action, BlockRange};
use crate::explorer::state::State;
use crate::explorer::terms::{OnHoverTerm as _, Term};
use crate::explorer::theme::{font, space, tokens};
use crate::explorer::widgets::fields::sized_combo;
use crate::explorer::widgets::{Sign, plain_slider, sign_button};
use crate::maps::BlockQuantity;

/// Width below which the toolbar takes two lines, in points.
const NARROW: f32 = 800.0;
/// Units a second on offer.
const SPEEDS: [f32; 5] = [0.5, 1.0, 2.0, 4.0, 8.0];

pub(super) fn toolbar_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    let margin = Margin::symmetric(space::L as i8, space::S as i8);
    let frame = Frame::NONE.fill(ui.visuals().panel_fill).inner_margin(margin);
    Panel::top("halting").frame(frame).show(ui, |ui| {
        let maps = |ui: &mut Ui| {
            quantity_ui(ui, state, inbox);
            ui.add_space(space::S);
            ui.label(RichText::new("Colours").size(font::SMALL).color(tokens(ui).text_muted));
            range_ui(ui, state, inbox);
        };
        let narrow = ui.available_width() < NARROW;
        // A vanilla network has nothing to choose among.
        if state.runtime.halting.shown.as_ref().is_some_and(|shown| shown.blocks.is_empty()) {
            ui.disable();
        }
        ui.spacing_mut().item_spacing.x = space::S;
        ui.horizontal(|ui| {
            maps(ui);
            if !narrow {
                ui.add_space(space::L);
                transport_ui(ui, state, inbox);
            }
        });
        if narrow {
            ui.horizontal(|ui| transport_ui(ui, state, inbox));
        }
    });
}

fn quantity_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    let shown = state.session.halting.quantity;
    let response = sized_combo(ui, "Block quantity", shown.label(), 136.0, |ui| {
        for quantity in BlockQuantity::ALL {
            let entry = ui.selectable_label(quantity == shown, quantity.label());
            let entry = match Term::named(quantity.label()) {
                Some(term) => entry.on_hover_term(term),
                None => entry,
            };
            if entry.clicked() {
                inbox.push(Command::Halting(Action::SetQuantity(quantity)));
            }
        }
    });
    response.on_hover_text("What the maps of the blocks show");
}

fn range_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    for range in BlockRange::ALL {
        let tooltip = match range {
            BlockRange::Theory => {
                "Colours from the least to the greatest value possible, alike in all blocks"
            }
            BlockRange::AllBlocks => "Colours from the least to the greatest value in all blocks",
            BlockRange::Own => "Each block's colours from its own least to its own greatest value",
        };
        let selected = state.session.halting.range == range;
        if ui.selectable_label(selected, range.label()).on_hover_text(tooltip).clicked() {
            inbox.push(Command::Halting(Action::SetRange(range)));
        }
    }
}

/// The unit by buttons and slider.
fn transport_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    let most = state.runtime.halting.shown.as_ref().map_or(1, |shown| shown.most_units());
    let playing = state.runtime.halting.is_playing();
    let play = if playing { Sign::Pause } else { Sign::Play };
    let buttons = [
        (Action::PreviousUnit, Sign::Back),
        (Action::TogglePlaying, play),
        (Action::NextUnit, Sign::Forward),
    ];
    for (action, sign) in buttons {
        button_ui(ui, state, inbox, action, sign);
    }
    let mut unit = state.session.halting.unit.min(most);
    ui.scope(|ui| {
        ui.spacing_mut().slider_width = 120.0;
        let slider = Slider::new(&mut unit, 1..=most.max(2)).show_value(false);
        let response = ui.add_enabled_ui(most > 1, |ui| plain_slider(ui, slider)).inner;
        response.widget_info(|| WidgetInfo::slider(ui.is_enabled(), unit as f64, "Unit"));
        response.on_hover_text("The unit that is looked at: what has halted before it is dimmed");
    });
    if unit != state.session.halting.unit.min(most) {
        inbox.push(Command::Halting(Action::SetUnit(unit)));
    }
    let text = format!("unit {unit} of {most}");
    ui.allocate_ui_with_layout(vec2(78.0, 20.0), Layout::left_to_right(Align::Center), |ui| {
        ui.label(RichText::new(text).size(font::SMALL).color(tokens(ui).text_muted))
    });
    speed_ui(ui, state, inbox);
}

fn button_ui(ui: &mut Ui, state: &State, inbox: &Inbox, action: Action, sign: Sign) {
    let command = Command::Halting(action);
    let Some(info) = command.info() else { return };
    let keys = info.shortcut.map(|keys| ui.ctx().format_shortcut(&keys)).unwrap_or_default();
    let button = sign_button(ui, sign, info.label, state.can(&command));
    if button.on_hover_text(format!("{}: {} ({keys})", info.label, info.tooltip)).clicked() {
        inbox.push(command);
    }
}

fn speed_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    let shown = state.settings.play_speed;
    let text = |speed: f32| format!("{speed} a second");
    let response = sized_combo(ui, "Speed", &text(shown), 104.0, |ui| {
        for speed in SPEEDS {
            if ui.selectable_label(speed == shown, text(speed)).clicked() {
                inbox.push(Command::Halting(Action::SetSpeed(speed)));
            }
        }
    });
    response.on_hover_text("Units that go by in a second");
}

//! Halting: every block by itself, unit by unit, and what pinned positions decided.

mod course;
mod inspector;
mod pins;
mod tile;
mod toolbar;
mod units;

use eframe::egui::{Align, CentralPanel, Frame, Key, Layout, Margin, Rect, ScrollArea, Spinner, Ui, vec2};

use crate::explorer::command::{Command, Inbox};
use crate::explorer::halting::{Action, BlocksPainting, Step};
use crate::explorer::screens::explore::{badge_ui, failure};
use crate::explorer::screens::hint_ui;
use crate::explorer::settings::Hint;
use crate::explorer::state::State;
use crate::explorer::theme::space;
use crate::explorer::widgets::notice;

const SENTENCE: &str = "A position halts once its halting scores add up to the threshold: click one, and step through \
                        the units.";

/// Of a column, in points: beside a column for the picture, at all, and at most.
const LEAST: f32 = 168.0;
const SMALLEST: f32 = 120.0;
const MOST: f32 = 460.0;
/// Between columns.
const GAP: f32 = space::L;
/// Height of a chart, at least and at most.
const CHART: [f32; 2] = [112.0, 220.0];
/// Of all that stands around the charts in a column: title, colours, legends.
const WORDS: f32 = 108.0;
/// Of what a chart of pins has around it, and of a line for each pin.
const CAPTION: f32 = 64.0;
const LINE: f32 = 20.0;

pub fn halting_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    hint_ui(ui, state, inbox, Hint::Halting, SENTENCE);
    toolbar::toolbar_ui(ui, state, inbox);
    CentralPanel::default().frame(Frame::NONE).show(ui, |ui| match &state.runtime.halting.shown {
        Some(shown) if shown.blocks.is_empty() => {
            let text = "A vanilla network decides nothing: it runs every unit at every position. Choose an ACT or SACT \
                        model to see who halts where.";
            notice(ui, ui.max_rect(), text);
        }
        Some(shown) => {
            let rect = ui.max_rect();
            blocks_ui(ui, state, inbox, shown);
            badges_ui(ui, state, shown, rect);
        }
        None if state.runtime.has_failed() => {
            notice(ui, ui.max_rect(), "The run failed, so there is nothing to show.");
        }
        None => {
            let rect = ui.max_rect();
            ui.put(rect, Spinner::new().size(28.0));
        }
    });
    keys_ui(ui, state, inbox);
}

/// What is to be known of the maps: guessed, soon replaced, or of another setting than the one asked for.
fn badges_ui(ui: &mut Ui, state: &State, shown: &BlocksPainting, rect: Rect) {
    if shown.is_preview() {
        badge_ui(ui, rect, "Preview");
    } else if state.runtime.is_computing() || state.runtime.models.is_busy() {
        badge_ui(ui, rect, "Computing…");
    } else if let Some(sentence) = failure(state) {
        badge_ui(ui, rect, sentence);
    }
}

/// A column for the picture and one for each block; where there is no room, the picture stands below.
fn blocks_ui(ui: &mut Ui, state: &State, inbox: &Inbox, shown: &BlocksPainting) {
    let margin = Margin::symmetric(space::L as i8, space::M as i8);
    Frame::NONE.inner_margin(margin).show(ui, |ui| {
        // The scroll bar stands in the margin.
        let room = ui.available_size() - vec2(space::M, 0.0);
        let blocks = shown.blocks.len();
        let width = |columns: usize| (room.x + GAP) / columns as f32 - GAP;
        let beside = width(blocks + 1) >= LEAST;
        let width = width(if beside { blocks + 1 } else { blocks }).clamp(SMALLEST, MOST);
        let trace = &shown.outcome.trace;
        let aspect = trace.height as f32 / trace.width.max(1) as f32;
        // What is below should be seen as well.
        let height = (width * aspect).min((0.5 * room.y).max(120.0));
        let chart =
            if beside { chart_height(room.y - height, state.session.halting.pins.len()) } else { CHART[0] };
        ScrollArea::both().id_salt("blocks").auto_shrink(false).show(ui, |ui| {
            ui.spacing_mut().item_spacing = vec2(GAP, space::M);
            ui.horizontal_top(|ui| {
                if beside {
                    column_ui(ui, width, |ui| {
                        pins::picture_ui(ui, state, inbox, shown, height);
                        pins::pins_ui(ui, state, inbox, shown);
                        inspector::inspector_ui(ui, state, inbox, shown);
                    });
                }
                for index in 0..blocks {
                    column_ui(ui, width, |ui| {
                        tile::block_ui(ui, state, inbox, shown, (index, height));
                        units::units_ui(ui, state, inbox, shown, (index, chart));
                        course::course_ui(ui, state, shown, (index, chart));
                    });
                }
            });
            if !beside {
                let width = (room.x + GAP) / 2.0 - GAP;
                ui.horizontal_top(|ui| {
                    let height = (width * aspect).min(0.5 * room.y);
                    column_ui(ui, width, |ui| pins::picture_ui(ui, state, inbox, shown, height));
                    column_ui(ui, width, |ui| {
                        pins::pins_ui(ui, state, inbox, shown);
                        inspector::inspector_ui(ui, state, inbox, shown);
                    });
                });
            }
        });
    });
}

/// Of each chart, so that together they fill the height that the maps leave.
fn chart_height(room: f32, pins: usize) -> f32 {
    let of_pins = if pins > 0 { CAPTION + LINE * pins as f32 } else { 0.0 };
    let charts = if pins > 0 { 2.0 } else { 1.0 };
    ((room - WORDS - of_pins) / charts).clamp(CHART[0], CHART[1])
}

fn column_ui(ui: &mut Ui, width: f32, contents: impl FnOnce(&mut Ui)) {
    ui.allocate_ui_with_layout(vec2(width, 0.0), Layout::top_down(Align::Min), |ui| {
        ui.set_width(width);
        ui.spacing_mut().item_spacing = vec2(space::S, space::S);
        contents(ui);
    });
}

/// Arrow keys move the selected pin, unless they belong to another control.
fn keys_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    let focused = ui.memory(|memory| memory.focused());
    let ours = ui.data(|data| data.get_temp(tile::focus_id())) == focused;
    if state.session.halting.pins.is_empty() || (focused.is_some() && !ours) {
        return;
    }
    let steps = [
        (Key::ArrowLeft, Step::Left),
        (Key::ArrowRight, Step::Right),
        (Key::ArrowUp, Step::Up),
        (Key::ArrowDown, Step::Down),
    ];
    for (key, step) in steps {
        let pressed = ui.input(|input| if input.modifiers.is_none() { input.num_presses(key) } else { 0 });
        inbox.extend((0..pressed).map(|_| Command::Halting(Action::Move(step))));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charts_fill_what_is_left_within_their_bounds() {
        let [least, most] = CHART;
        assert_eq!([100.0, 10_000.0].map(|room| chart_height(room, 2)), [least, most]);
        let (alone, two) = (chart_height(300.0, 0), chart_height(500.0, 1));
        assert!(least < two && two < alone && alone < most, "{two} {alone}");
        assert_eq!(alone + WORDS, 300.0);
        assert_eq!(2.0 * two + WORDS + CAPTION + LINE, 500.0);
    }
}

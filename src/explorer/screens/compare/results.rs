//! What came out of A and B: classes, FLOPs, time; the values under the pointer; what their difference comes to.

use eframe::egui::{Align, Layout, Ui};

use crate::explorer::command::{Command, Inbox};
use crate::explorer::compare::{Action, DifferenceScale, Mode, Progress, Sheet};
use crate::explorer::inference::Outcome;
use crate::explorer::painting::Painting;
use crate::explorer::state::State;
use crate::explorer::theme::space;
use crate::explorer::widgets::{flops_gauge, format, top_classes};

use super::subjects::muted;
use super::{Hover, halves, letter_ui, readout};

/// Room for the choice of the scale of differences, in points.
const SCALES: f32 = 232.0;

/// Classes of each.
const CLASSES: usize = 2;
/// Wide enough for bars beside the classes of both.
const ROOMY: f32 = 440.0;

pub(super) fn results_ui(ui: &mut Ui, state: &State, inbox: &Inbox, hovered: Option<Hover>) {
    if state.session.comparison.look.mode == Mode::Difference {
        difference_ui(ui, state, inbox);
        ui.add_space(space::S);
    }
    both_ui(ui, state);
    ui.add_space(space::M);
    readout::readout_ui(ui, state, hovered);
}

fn both_ui(ui: &mut Ui, state: &State) {
    let a = state.runtime.stage.painting.as_ref();
    let b = state.sheet().and_then(|sheet| sheet.b.as_deref());
    let of_other_model = |b: &Painting| Some(&b.outcome.key.model) != state.b_source();
    let coming = state.b_progress() == Progress::Computing;
    let [a_failed, b_failed] =
        [state.runtime.has_failed(), matches!(state.b_progress(), Progress::Failed(_))];
    let narrow = ui.available_width() < ROOMY;
    let of_a = Side {
        letter: "A",
        stale: a.is_some_and(|a| a.is_preview() || a_failed),
        measured: state.stored().is_none(),
        failed: a_failed,
        narrow,
    };
    let of_b = Side {
        letter: "B",
        stale: b.is_some_and(|b| b.is_preview() || b_failed || (coming && of_other_model(b))),
        measured: true,
        failed: b_failed,
        narrow,
    };
    halves(
        ui,
        |ui| result_ui(ui, &of_a, a.map(|a| a.outcome.as_ref())),
        |ui| result_ui(ui, &of_b, b.map(|b| b.outcome.as_ref())),
    );
}

/// How a result is told.
struct Side {
    letter: &'static str,
    /// It is of another run than the one that was asked for, which is on its way or has failed.
    stale: bool,
    /// Whether the run was timed here.
    measured: bool,
    failed: bool,
    narrow: bool,
}

fn result_ui(ui: &mut Ui, side: &Side, outcome: Option<&Outcome>) {
    ui.spacing_mut().item_spacing.y = space::XS;
    let best = |outcome: &Outcome| {
        outcome.top.first().map(|(name, share)| format!("{name} {}", format::percent(*share)))
    };
    ui.horizontal(|ui| {
        letter_ui(ui, side.letter);
        if let Some(best) = outcome.filter(|_| side.narrow).and_then(best) {
            ui.strong(best);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let Some(outcome) = outcome else { return };
            if side.measured && !(side.narrow && side.stale) {
                let time = ui.label(muted(ui, &format::milliseconds(outcome.trace.milliseconds)));
                time.on_hover_text(
                    "Of this one run. B's gives way to A's, so the two times do not compare the networks",
                );
            }
            if side.stale {
                ui.label(muted(ui, "Earlier run"));
            }
        });
    });
    let Some(outcome) = outcome else {
        ui.label(muted(ui, if side.failed { "No result" } else { "On its way…" }));
        return;
    };
    if !side.narrow {
        top_classes(ui, outcome.top.get(..CLASSES.min(outcome.top.len())).unwrap_or_default());
    }
    match outcome.vanilla_flops {
        // An export may not say which network it is of.
        0 => drop(ui.label(format::flops(outcome.trace.flops))),
        vanilla => {
            let tooltip =
                "Floating-point operations of this run, against the vanilla network's on the same input";
            flops_gauge(ui, outcome.trace.flops, vanilla).on_hover_text(tooltip);
        }
    }
}

/// What the difference comes to, and what its colours stand for.
fn difference_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    let Some(painted) = state.sheet().and_then(|sheet: &Sheet| sheet.difference.as_ref()) else { return };
    let found = painted.difference.statistics;
    let mut has_room = false;
    ui.horizontal_wrapped(|ui| {
        let correlation = found.rank_correlation.map_or("–".to_owned(), |found| format!("{found:.3}"));
        let facts = [
            ("Mean", readout::signed(f64::from(found.mean), 2), "Of B − A over all positions"),
            ("Mean absolute", format!("{:.2}", found.mean_absolute), "How far B is from A, either way"),
            ("Greatest", format!("{:.2}", found.greatest), "The greatest difference, either way"),
            (
                "Rank correlation",
                correlation,
                "Spearman's: 1 if both put all positions in the same order, 0 if the orders have nothing in common; \
                 a flat map has no order",
            ),
        ];
        for (name, value, tooltip) in facts {
            ui.label(muted(ui, name)).on_hover_text(tooltip);
            ui.label(value).on_hover_text(tooltip);
            ui.add_space(space::M);
        }
        has_room = ui.available_size_before_wrap().x >= SCALES;
        if has_room {
            scale_ui(ui, state, inbox);
        }
    });
    // The choices stand on one line.
    if !has_room {
        ui.horizontal(|ui| scale_ui(ui, state, inbox));
    }
}

fn scale_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    ui.label(muted(ui, "Scale"));
    for scale in [DifferenceScale::Here, DifferenceScale::Possible] {
        let on = state.session.comparison.look.scale == scale;
        super::command_ui(ui, inbox, Command::Compare(Action::SetScale(scale)), on);
    }
}

//! The ponder map of the fixed test picture, evaluation by evaluation.

use eframe::egui::{Align, Label, Layout, RichText, Slider, Ui, vec2};

use crate::explorer::command::{Command, Inbox};
use crate::explorer::readout::position;
use crate::explorer::state::State;
use crate::explorer::theme::{space, tokens};
use crate::explorer::training::Run;
use crate::explorer::widgets::fields::{named, remark};
use crate::explorer::widgets::{Canvas, CanvasView, ColorBar, format, plain_slider};
use crate::network::Variant;
use crate::train::EvaluationRecord;

/// Of the colour bar beside the picture, in points.
const BAR: f32 = 104.0;

pub(super) fn map_ui(ui: &mut Ui, state: &State, inbox: &Inbox, run: &Run) {
    let Some(map) = &state.runtime.training.map else {
        let vanilla = run.recipe().is_some_and(|recipe| recipe.spec.variant == Variant::Vanilla);
        remark(
            ui,
            match vanilla {
                true => "A vanilla network decides nothing, so there is nothing to map.",
                false => "The first evaluation brings the first map.",
            },
        );
        return;
    };
    let edge = ui.available_width() - BAR - space::M;
    let grid = [map.map.height, map.map.width];
    let hovered_id = ui.scope_id().with("hovered");
    let hovered: Option<[f32; 2]> = ui.data(|data| data.get_temp(hovered_id)).flatten();
    ui.horizontal_top(|ui| {
        let size = vec2(edge, edge);
        let canvas = ui.allocate_ui_with_layout(size, Layout::top_down(Align::Min), |ui| {
            let mut view = CanvasView::default();
            let label = "Ponder map of the first test picture";
            let canvas =
                Canvas::new(&mut view, map.picture.as_ref(), Some(&map.overlay), state.session.opacity);
            canvas.label(label).cell_grid(Some(grid)).show(ui)
        });
        let canvas = canvas.inner;
        if canvas.hovered != hovered {
            ui.data_mut(|data| data.insert_temp(hovered_id, canvas.hovered));
            ui.ctx().request_repaint();
        }
        let marker = canvas.hovered.and_then(|uv| {
            let [row, column] = position(uv, grid);
            map.map.values.get(row * map.map.width + column).copied()
        });
        let bar = ColorBar {
            range: map.range,
            colormap: map.look.colormap,
            histogram: &map.histogram,
            marker,
            guessed: false,
            label: "",
            theory: Some(map.map.theory),
        };
        ui.allocate_ui(vec2(BAR, edge), |ui| bar.show(ui));
    });
    if let Some(shown) = run.shown() {
        evaluations_ui(ui, inbox, run, shown);
    }
}

/// A slider back through the evaluations.
fn evaluations_ui(ui: &mut Ui, inbox: &Inbox, run: &Run, shown: &EvaluationRecord) {
    let steps: Vec<u64> = run.mapped().map(|evaluation| evaluation.step).collect();
    let newest = steps.len().saturating_sub(1);
    let mut place = steps.iter().position(|step| *step == shown.step).unwrap_or(newest);
    if newest > 0 {
        let before = place;
        let slider = Slider::new(&mut place, 0..=newest).show_value(false);
        let response = named(ui, "Evaluation", |ui| {
            ui.spacing_mut().slider_width = ui.available_width();
            plain_slider(ui, slider)
        });
        response.on_hover_text("Go back through the evaluations; at its end it shows the newest");
        if place != before {
            inbox.push(Command::ShowEvaluation(steps.get(place).copied().filter(|_| place < newest)));
        }
    }
    let accuracy = format::percent(shown.accuracy as f32);
    let flops = format::flops(shown.flops as u64);
    let text = format!("Step {}  ·  {accuracy} right  ·  {flops}", shown.step);
    ui.add(Label::new(RichText::new(text).color(tokens(ui).text_muted)).wrap());
}

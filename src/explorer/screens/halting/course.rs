//! The halting scores at the pinned positions: their sum against the threshold, N and R.

use eframe::egui::{Color32, RichText, Role, Sense, Stroke, Ui, WidgetInfo, vec2};
use egui_plot::{
    Bar, BarChart, GridInput, GridMark, HLine, HoverPosition, Line, LineStyle, PlotPoints, Points,
};

use crate::explorer::halting::BlocksPainting;
use crate::explorer::readout::position;
use crate::explorer::state::State;
use crate::explorer::terms::{Term, explain_ui, term_ui};
use crate::explorer::theme::{Tokens, font, radius, space, tokens};
use crate::explorer::widgets::format;
use crate::maps::Course;

use super::units;

/// Narrower than this, the caption takes fewer words, in points.
const NARROW: f32 = 200.0;

/// The courses of the pins in block `index`, on `height` points.
pub(super) fn course_ui(ui: &mut Ui, state: &State, shown: &BlocksPainting, (index, height): (usize, f32)) {
    let view = &state.session.halting;
    let decisions = shown.decisions();
    let Some(block) = decisions.blocks.get(index) else { return };
    let course = |pin: &crate::explorer::halting::Pin| {
        let [row, column] = position(pin.at, [block.height, block.width]);
        Course::new(block, row, column)
    };
    let courses: Vec<Course> = view.pins.iter().filter_map(course).collect();
    if courses.is_empty() {
        return;
    }
    ui.add_space(space::S);
    // Exports do not say at which threshold they were made.
    let at_threshold = state.stored().is_none();
    caption_ui(ui, at_threshold);
    let threshold = f64::from(shown.setting().threshold);
    let t = tokens(ui);
    let highest = courses.iter().flat_map(Course::cumulative).fold(1.0f32, f32::max);
    let plot = units::plot(ui, ("course", index), (block.units, height), format::short)
        .include_y(0.0)
        .include_y(f64::from(highest))
        .y_grid_spacer(quarters)
        .label_formatter(|_: &HoverPosition<'_>| None);
    let plotted = plot.show(ui, |plot| {
        if at_threshold {
            let line = HLine::new("threshold", threshold)
                .color(t.text_muted)
                .width(1.0)
                .style(LineStyle::dashed_loose());
            plot.hline(line.allow_hover(false));
        }
        for (number, course) in courses.iter().enumerate() {
            let colour = t.pins[number % t.pins.len()];
            draw(plot, course, colour, (number, courses.len()));
        }
    });
    let about = if shown.is_preview() { "≈ " } else { "" };
    let words: Vec<String> = courses.iter().map(|course| spoken(course, about)).collect();
    let name = format!("Halting scores in {}: {}", block.name, words.join("; "));
    plotted.response.widget_info(|| WidgetInfo::labeled(Role::Image, ui.is_enabled(), &name));
    plotted.response.on_hover_ui_at_pointer(|ui| {
        for (number, course) in courses.iter().enumerate() {
            scores_ui(ui, t, course, number);
        }
    });
    for (number, text) in words.iter().enumerate() {
        let legend = units::legend_ui(ui, t.pins[number % t.pins.len()], text);
        legend.on_hover_ui(|ui| {
            for term in [Term::NumUnits, Term::Remainder, Term::PonderCost] {
                explain_ui(ui, term);
                ui.add_space(space::S);
            }
        });
    }
}

/// What is drawn; the terms explain themselves.
fn caption_ui(ui: &mut Ui, at_threshold: bool) {
    let narrow = ui.available_width() < NARROW;
    let text = |text: &str| RichText::new(text).size(font::SMALL).color(tokens(ui).text_muted);
    let [of, sum] = if narrow { ["; line: ", "sum"] } else { [" of the pins; line: ", "their sum"] };
    let [scores, of, sum, dashed, threshold, bracket, rest] =
        ["Halting scores", of, sum, "; dashed: ", "threshold", "; bracket: ", "R"].map(text);
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing = vec2(0.0, 0.0);
        // Lines as of text, not as of controls.
        ui.spacing_mut().interact_size.y = font::SMALL;
        ui.horizontal_wrapped(|ui| {
            term_ui(ui, Term::HaltingScore, scores);
            ui.label(of);
            term_ui(ui, Term::CumulativeScore, sum);
            if at_threshold {
                ui.label(dashed);
                term_ui(ui, Term::Threshold, threshold);
            }
            ui.label(bracket);
            term_ui(ui, Term::Remainder, rest);
        });
    });
}

/// `N 3, R 0.41, ρ 3.41`
fn spoken(course: &Course, about: &str) -> String {
    format!("N {about}{}, R {:.2}, ρ {:.2}", course.num_units, course.remainder(), course.ponder_cost)
}

/// Scores as bars, their sum as a line, N as a dot on it, and R as what is missing to one before it.
fn draw(plot: &mut egui_plot::PlotUi<'_>, course: &Course, colour: Color32, (number, count): (usize, usize)) {
    let width = 0.8 / count as f64;
    let offset = (number as f64 + 0.5) * width - 0.4;
    let bars = course
        .scores
        .iter()
        .enumerate()
        .map(|(unit, &score)| Bar::new(unit as f64 + 1.0 + offset, f64::from(score)).width(0.9 * width));
    let bars = bars.map(|bar| bar.fill(colour.gamma_multiply(0.4)).stroke(Stroke::new(1.0, colour)));
    let bars = bars.collect();
    plot.bar_chart(BarChart::new("scores", bars).allow_hover(false));
    let sums: Vec<[f64; 2]> = std::iter::once([0.5, 0.0])
        .chain(course.cumulative().iter().enumerate().map(|(unit, &sum)| [unit as f64 + 1.0, f64::from(sum)]))
        .collect();
    let line = Line::new("cumulative score", PlotPoints::from(sums.clone())).color(colour).width(1.75);
    plot.line(line.allow_hover(false));
    // The last unit has no score: its position halts there, wherever the sum stands.
    let halted = f64::from(course.num_units);
    let height = sums.iter().find(|point| point[0] == halted).map_or(1.0, |point| point[1]);
    // Beside the dot, with a foot and a head, each pin's a little further.
    let (left, foot) = (halted + 0.12 + 0.09 * number as f64, f64::from(1.0 - course.remainder()));
    let rest = [
        [left - 0.05, foot],
        [left + 0.05, foot],
        [left, foot],
        [left, 1.0],
        [left - 0.05, 1.0],
        [left + 0.05, 1.0],
    ];
    plot.line(
        Line::new("remainder", PlotPoints::from(rest.to_vec())).color(colour).width(1.5).allow_hover(false),
    );
    let dot = Points::new("N", PlotPoints::from(vec![[halted, height]])).radius(4.5).color(colour);
    plot.points(dot.allow_hover(false));
}

/// Every score of a course.
fn scores_ui(ui: &mut Ui, t: &Tokens, course: &Course, number: usize) {
    ui.horizontal(|ui| {
        swatch_ui(ui, t.pins[number % t.pins.len()]);
        ui.label(RichText::new(format!("Position {}, {}", course.column, course.row)).strong());
    });
    for (unit, (score, sum)) in course.scores.iter().zip(course.cumulative()).enumerate() {
        ui.label(format!(
            "h{} = {}, sum {}",
            unit + 1,
            format::within(*score, 0.1),
            format::within(sum, 0.1)
        ));
    }
    ui.label(format!("halts in unit {}, R = {:.3}", course.num_units, course.remainder()));
}

pub(super) fn swatch_ui(ui: &mut Ui, colour: Color32) {
    let (rect, _) = ui.allocate_exact_size(vec2(10.0, 10.0), Sense::hover());
    ui.painter().rect_filled(rect, radius::S, colour);
}

fn quarters(input: GridInput) -> Vec<GridMark> {
    let last = input.bounds.1.max(1.0);
    [0.0, 0.5, 1.0, 1.5, 2.0]
        .iter()
        .filter(|value| **value <= last)
        .map(|&value| GridMark { value, step_size: 0.5 })
        .collect()
}

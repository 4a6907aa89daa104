//! Figures of an evaluation: a row for each case, and one for each block of a case.

use eframe::egui::{Align2, Rect, RichText, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use crate::evaluate::{CaseRecord, Evaluation};
use crate::explorer::terms::{OnHoverTerm as _, Term};
use crate::explorer::theme::{font, radius, space, tokens};
use crate::explorer::widgets::fitted;

/// Of a row, in points.
const ROW: f32 = 26.0;
/// Of a column of numbers; two numbers with ± between take twice as much.
const COLUMN: f32 = 76.0;

/// Greatest width of a table: in a wider one, figures would stand far from the names that they are of.
const WIDTH: f32 = 900.0;
/// Below this width not all columns are shown.
const NARROW: f32 = 760.0;
const RECALL: &str = "Recall@5";

/// A column's title, and whether it is twice as wide.
type Title = (&'static str, bool);

const CASES: [Title; 7] = [
    ("Threshold", false),
    ("Accuracy", false),
    (RECALL, false),
    ("Loss", false),
    ("MFLOPs", true),
    ("Of vanilla", false),
    ("Images", false),
];
const BLOCKS: [Title; 3] = [("MFLOPs", true), ("Ponder cost", true), ("Units", true)];

/// A row for each case; the one that is clicked.
pub(super) fn cases_ui(ui: &mut Ui, evaluation: &Evaluation, selected: usize) -> Option<usize> {
    // Where there is little room, recall gives way to the models' names.
    let narrow = ui.available_width() < NARROW;
    let titles: Vec<Title> = CASES.into_iter().filter(|(title, _)| !narrow || *title != RECALL).collect();
    header_ui(ui, "Model", &titles);
    let mut chosen = None;
    for (place, case) in evaluation.cases.iter().enumerate() {
        let name = case.subject.title();
        let (row, response) = ui.allocate_exact_size(vec2(width(ui), ROW), Sense::click());
        let is_selected = place == selected;
        let numbers = numbers_of(case);
        let spoken: Vec<String> =
            CASES.iter().zip(&numbers).map(|((title, _), number)| format!("{title} {number}")).collect();
        let spoken = format!("{name}: {}", spoken.join(", "));
        response.widget_info(|| WidgetInfo::selected(Role::Button, ui.is_enabled(), is_selected, &spoken));
        let t = tokens(ui);
        if is_selected {
            ui.painter().rect_filled(row, radius::M, t.accent_soft);
        } else if response.hovered() {
            ui.painter().rect_filled(row, radius::M, t.control_hovered);
        }
        if response.has_focus() {
            ui.painter().rect_stroke(row, radius::M, Stroke::new(1.0, t.accent), StrokeKind::Inside);
        }
        let seen: Vec<String> = CASES
            .iter()
            .zip(numbers)
            .filter(|(title, _)| titles.contains(title))
            .map(|(_, number)| number)
            .collect();
        row_ui(ui, row, &case.subject.model, &titles, &seen);
        if response.on_hover_text(&name).clicked() {
            chosen = Some(place);
        }
    }
    chosen
}

fn numbers_of(case: &CaseRecord) -> Vec<String> {
    let (metrics, subject) = (&case.metrics, &case.subject);
    let vanilla = subject.vanilla_flops() as f64;
    let threshold =
        if subject.is_adaptive() { subject.setting.threshold.to_string() } else { "–".to_owned() };
    vec![
        threshold,
        percent(metrics.accuracy()),
        percent(metrics.recall_at_5()),
        number(if metrics.labelled > 0 { metrics.loss(subject.terms) } else { f64::NAN }, 3),
        spread(metrics.flops.mean() / 1e6, metrics.flops.std() / 1e6),
        percent(metrics.flops.mean() / vanilla),
        metrics.images.to_string(),
    ]
}

/// A row for each block.
pub(super) fn blocks_ui(ui: &mut Ui, case: &CaseRecord) {
    ui.label(RichText::new("Blocks").strong());
    ui.add_space(space::XS);
    header_ui(ui, "Block", &BLOCKS);
    for block in &case.metrics.blocks {
        let (row, response) = ui.allocate_exact_size(vec2(width(ui), ROW), Sense::hover());
        let numbers = vec![
            spread(block.flops.mean() / 1e6, block.flops.std() / 1e6),
            spread(block.ponder_cost.mean(), block.ponder_cost.std()),
            spread(block.num_units.mean(), block.num_units.std()),
        ];
        let spoken: Vec<String> =
            BLOCKS.iter().zip(&numbers).map(|((title, _), number)| format!("{title} {number}")).collect();
        let spoken = format!("{}: {}", block.name, spoken.join(", "));
        response.widget_info(|| WidgetInfo::labeled(Role::Label, ui.is_enabled(), &spoken));
        row_ui(ui, row, &block.name, &BLOCKS, &numbers);
    }
}

fn header_ui(ui: &mut Ui, name: &str, titles: &[Title]) {
    let (row, _) = ui.allocate_exact_size(vec2(width(ui), ROW), Sense::hover());
    let colour = tokens(ui).text_muted;
    cells(row, titles, |cell, place| {
        let title = titles[place].0;
        ui.painter().text(cell.right_center(), Align2::RIGHT_CENTER, title, font::small(), colour);
        if let Some(term) = Term::named(title) {
            let id = ui.scope_id().with((name, title));
            ui.interact(cell, id, Sense::hover()).on_hover_term(term);
        }
    });
    let at = pos2(row.left() + space::S, row.center().y);
    ui.painter().text(at, Align2::LEFT_CENTER, name, font::small(), colour);
}

fn row_ui(ui: &Ui, row: Rect, name: &str, titles: &[Title], numbers: &[String]) {
    let t = tokens(ui);
    let left = cells(row, titles, |cell, place| {
        ui.painter().text(cell.right_center(), Align2::RIGHT_CENTER, &numbers[place], font::small(), t.text);
    });
    let space_for_name = row.with_max_x(left - space::S);
    let painter = ui.painter().with_clip_rect(space_for_name.intersect(ui.clip_rect()));
    let name = fitted(ui, name, font::body(), space_for_name.width() - space::M);
    let at = pos2(row.left() + space::S, row.center().y);
    painter.text(at, Align2::LEFT_CENTER, name, font::body(), t.text_strong);
}

fn width(ui: &Ui) -> f32 {
    ui.available_width().min(WIDTH)
}

/// Calls `draw` for each column, which stand at the right of the row; where they begin.
fn cells(row: Rect, titles: &[Title], mut draw: impl FnMut(Rect, usize)) -> f32 {
    let width = |(_, wide): &Title| if *wide { 1.75 * COLUMN } else { COLUMN };
    let mut right = row.right() - space::S;
    for (place, title) in titles.iter().enumerate().rev() {
        let cell = Rect::from_min_max(pos2(right - width(title), row.top()), pos2(right, row.bottom()));
        draw(cell, place);
        right = cell.left();
    }
    right
}

fn percent(share: f64) -> String {
    if share.is_finite() { format!("{:.1} %", 100.0 * share) } else { "–".to_owned() }
}

fn number(value: f64, places: usize) -> String {
    if value.is_finite() { format!("{value:.places$}") } else { "–".to_owned() }
}

fn spread(mean: f64, std: f64) -> String {
    match (mean.is_finite(), std.is_finite()) {
        (true, true) => format!("{mean:.2} ± {std:.2}"),
        (true, false) => format!("{mean:.2}"),
        _ => "–".to_owned(),
    }
}

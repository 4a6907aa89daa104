//! The picture through every tau of A's family: one small map each, with what its model is worth and costs.

use eframe::egui::{
    Align, Align2, Button, Color32, Label, Layout, Rect, RichText, Role, Sense, Spinner, Stroke, StrokeKind,
    Ui, Vec2, WidgetInfo, pos2, vec2,
};

use crate::explorer::command::{Command, Inbox};
use crate::explorer::compare::{Action, Layer, Progress, Subject};
use crate::explorer::screens::scroll_ui;
use crate::explorer::state::{Family, State};
use crate::explorer::theme::{font, radius, space, tokens};
use crate::explorer::widgets::fields::remark;
use crate::explorer::widgets::{format, notice};
use crate::network::Variant;
use crate::zoo::Member;

use super::subjects::muted;
use super::{copy_ui, letter_ui};

/// Height of what is written beside a map, in points.
const WORDS: f32 = 112.0;
/// Least width of a cell.
const LEAST: f32 = 150.0;
const ONCE: &str = "ACT decides once for the whole picture, so each map is flat.";
const NO_FAMILY: &str = "A has no tau, so there is no family to go through: choose a model with one for A.";

pub(super) fn strip_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    let Some(open) = &state.runtime.stage.picture else {
        ui.put(ui.max_rect(), Spinner::new().size(28.0));
        return;
    };
    let Some(Family { members, .. }) = state.family() else {
        notice(ui, ui.max_rect().shrink(space::XL), NO_FAMILY);
        return;
    };
    let flat = state.card().is_some_and(|card| card.spec.variant == Variant::Act);
    let subjects = state.strip();
    let (height, width) = (open.picture.height() as f32, open.picture.width() as f32);
    let inner = ui.max_rect().shrink2(vec2(space::L, space::M));
    ui.scope_builder(eframe::egui::UiBuilder::new().max_rect(inner), |ui| {
        scroll_ui(ui, "strip", |ui| {
            let top = ui.cursor().top();
            if flat {
                remark(ui, ONCE);
            }
            let room = vec2(ui.available_width(), inner.height() - (ui.cursor().top() - top));
            let (columns, cell) = layout(members.len(), room, height / width.max(1.0));
            let map = vec2(cell, cell * height / width.max(1.0));
            for (members, subjects) in members.chunks(columns).zip(subjects.chunks(columns)) {
                ui.horizontal_top(|ui| {
                    ui.spacing_mut().item_spacing.x = space::L;
                    for (member, subject) in members.iter().zip(subjects) {
                        let size = vec2(cell, map.y + WORDS);
                        ui.allocate_ui_with_layout(size, Layout::top_down(Align::Min), |ui| {
                            ui.set_min_size(size);
                            ui.set_max_width(cell);
                            cell_ui(ui, state, inbox, member, subject, map);
                        });
                    }
                });
            }
        });
    });
}

/// How many cells stand in a row, and how wide they are: as large as all can be without a scroll bar, or as wide as it takes.
fn layout(cells: usize, room: Vec2, aspect: f32) -> (usize, f32) {
    let width = |columns: usize| (room.x - space::L * (columns - 1) as f32) / columns as f32;
    let fitting = |columns: usize| {
        let rows = cells.div_ceil(columns) as f32;
        (columns, width(columns).min((room.y / rows - WORDS - space::M) / aspect))
    };
    let largest = (1..=cells).map(fitting).max_by(|a, b| a.1.total_cmp(&b.1));
    largest.filter(|(_, width)| *width >= LEAST).unwrap_or_else(|| {
        let columns = ((room.x + space::L) / (LEAST + space::L)) as usize;
        let columns = columns.clamp(1, cells.max(1));
        (columns, width(columns))
    })
}

fn cell_ui(ui: &mut Ui, state: &State, inbox: &Inbox, member: &Member<'_>, subject: &Subject, map: Vec2) {
    ui.spacing_mut().item_spacing.y = space::XS;
    let comparing = &state.runtime.comparing;
    let run = comparing.run(subject);
    ui.horizontal(|ui| {
        ui.strong(format!("tau {}", member.tau)).on_hover_text(&member.card.name);
        let in_use = state.runtime.model.as_ref().map(|model| &model.source);
        if in_use == Some(member.source) {
            letter_ui(ui, "A");
        }
        if state.b_source() == Some(member.source) {
            letter_ui(ui, "B");
        }
    });
    let key = run.map(|run| &run.key);
    let cells = state.sheet().map(|sheet| sheet.cells.as_slice()).unwrap_or_default();
    let layer = cells.iter().find(|(of, _)| Some(of) == key).and_then(|(_, layer)| layer.as_ref());
    let progress = comparing.progress(subject);
    if map_ui(ui, state, member, layer, progress, map) {
        set_b(state, inbox, member);
    }
    let accuracy = member.card.accuracy.map(|accuracy| format!("{} right", format::percent(accuracy as f32)));
    let accuracy = accuracy.unwrap_or_else(|| "Accuracy unknown".to_owned());
    ui.label(muted(ui, &accuracy)).on_hover_text("On test images, by the model's card");
    match (run, progress) {
        (Some(run), _) => {
            let flops = format::flops_of(run.trace.flops, run.vanilla_flops);
            ui.add(Label::new(flops).truncate()).on_hover_text("FLOPs of this run, of the vanilla network's");
            let best = run.top.first();
            let best = best.map(|(name, share)| format!("{name} {}", format::percent(*share)));
            ui.add(Label::new(RichText::new(best.unwrap_or_default()).strong()).truncate());
        }
        (None, Progress::Failed(sentence)) => {
            ui.add(Label::new(RichText::new(sentence).color(tokens(ui).danger)).truncate());
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = space::S;
                let button = ui.add(Button::new("Try again").small());
                if button.accessible_name(format!("Try tau {} again", member.tau)).clicked() {
                    inbox.push(Command::Compare(Action::Retry));
                }
                let name = format!("Copy what failed at tau {}", member.tau);
                copy_ui(ui, Button::new("Copy").small(), &name, sentence);
            });
        }
        (None, _) => drop(ui.label(muted(ui, "Computing…"))),
    }
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        let tau = member.tau;
        let button = ui.add(Button::new("As A").small()).on_hover_text("Make it A, which Explore shows");
        if button.accessible_name(format!("tau {tau} as A")).clicked() {
            inbox.push(Command::UseModel(member.source.clone()));
        }
        let button = ui.add(Button::new("As B").small()).on_hover_text("Make it B, under A's setting");
        if button.accessible_name(format!("tau {tau} as B")).clicked() {
            set_b(state, inbox, member);
        }
    });
}

/// What is shown here is shown under A's setting.
fn set_b(state: &State, inbox: &Inbox, member: &Member<'_>) {
    inbox.push(Command::Compare(Action::SetSetting(state.setting())));
    inbox.push(Command::Compare(Action::SetModel(member.source.clone())));
}

/// A small map; whether it was clicked.
fn map_ui(
    ui: &mut Ui,
    state: &State,
    member: &Member<'_>,
    layer: Option<&Layer<eframe::egui::TextureHandle>>,
    progress: Progress<'_>,
    size: Vec2,
) -> bool {
    let t = tokens(ui);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let name = format!("Map at tau {}", member.tau);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), &name));
    let painter = ui.painter();
    painter.rect_filled(rect, radius::S, t.canvas);
    if let Some(open) = &state.runtime.stage.picture {
        let texture = open.texture.size_vec2();
        let scale = (size / texture).min_elem();
        let image = Rect::from_center_size(rect.center(), texture * scale);
        let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        painter.image(open.texture.id(), image, whole, Color32::WHITE);
        if let Some(layer) = layer.filter(|_| state.session.overlay) {
            let tint = Color32::WHITE.gamma_multiply(state.session.opacity);
            painter.image(layer.picture.id(), image, whole, tint);
        }
    }
    if response.hovered() || response.has_focus() {
        painter.rect_stroke(rect, radius::S, Stroke::new(2.0, t.accent), StrokeKind::Inside);
    }
    match progress {
        Progress::Computing => drop(ui.put(rect, Spinner::new().size(24.0))),
        Progress::Failed(_) => {
            ui.painter().rect_filled(rect, radius::S, t.canvas.gamma_multiply(0.8));
            ui.painter().text(rect.center(), Align2::CENTER_CENTER, "The run failed", font::body(), t.danger);
        }
        Progress::Ready => {}
    }
    response.on_hover_text("Make it B, under A's setting").clicked()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn cells_are_as_large_as_fits() {
        // Two rows of two, since a row of four would leave its lower half empty.
        assert_eq!(layout(4, vec2(1000.0, 900.0), 0.75).0, 2);
        assert_eq!(layout(5, vec2(2400.0, 400.0), 0.75).0, 5);
        let (columns, width) = layout(1, vec2(1600.0, 500.0), 0.75);
        assert!(columns == 1 && 0.75 * width + WORDS <= 500.0, "no higher than the room");
    }

    proptest! {
        #[test]
        fn every_cell_is_wide_enough_or_alone_in_its_row(
            cells in 1_usize..12, width in 60.0_f32..4000.0, height in 60.0_f32..3000.0, aspect in 0.3_f32..3.0,
        ) {
            let (columns, cell) = layout(cells, vec2(width, height), aspect);
            prop_assert!((1..=cells).contains(&columns));
            prop_assert!(columns == 1 || cell >= LEAST - 0.01);
            let row = cell * columns as f32 + space::L * (columns - 1) as f32;
            prop_assert!(row <= width + 0.1, "{row} in {width}");
        }
    }
}

//! The raw values around the selected pin.

use eframe::egui::{
    Align, Align2, Button, Color32, Grid, Layout, RichText, Role, Sense, Ui, WidgetInfo, vec2,
};

use crate::explorer::command::{Command, Inbox};
use crate::explorer::halting::{Action, BlocksPainting, EDGES, Values};
use crate::explorer::state::State;
use crate::explorer::theme::{font, space, tokens};

pub(super) fn inspector_ui(ui: &mut Ui, state: &State, inbox: &Inbox, shown: &BlocksPainting) {
    let Some(values) = state.values() else { return };
    let view = &state.session.halting;
    let block = shown.outcome.trace.blocks.get(shown.selected(view)).map_or("", |block| block.name.as_str());
    let t = tokens(ui);
    ui.add_space(space::S);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        ui.label(RichText::new("Values").strong());
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let copy = Command::Halting(Action::CopyValues);
            if let Some(info) = copy.info() {
                let button = ui.add(Button::new(RichText::new("Copy").size(font::SMALL)).small());
                if button.accessible_name(info.label).on_hover_text(info.tooltip).clicked() {
                    inbox.push(copy);
                }
            }
            ui.spacing_mut().button_padding.x = space::S;
            for edge in EDGES.into_iter().rev() {
                let text = RichText::new(format!("{edge}×{edge}")).size(font::SMALL);
                let button = Button::selectable(view.edge == edge, text).small();
                if ui.add(button).on_hover_text("Rows and columns of values around the pin").clicked() {
                    inbox.push(Command::Halting(Action::SetEdge(edge)));
                }
            }
        });
    });
    let of_unit =
        if shown.quantity().is_of_a_unit() { format!(" of unit {}", shown.unit()) } else { String::new() };
    let what = format!("{}{of_unit}, {block}", shown.quantity().label());
    ui.label(RichText::new(what).size(font::SMALL).color(t.text_muted));
    values_ui(ui, &values);
}

fn values_ui(ui: &mut Ui, values: &Values) {
    let t = tokens(ui);
    let columns = values.columns.len();
    let whole = values.values.iter().flatten().all(|value| value.fract() == 0.0);
    let width = (ui.available_width() / (columns as f32 + 0.8)).floor().min(44.0);
    let size = if width < 30.0 { font::SMALL - 2.0 } else { font::SMALL };
    let line = size + space::S;
    let put = |ui: &mut Ui, text: String, colour: Color32, strong: bool, wide: f32| {
        let (rect, response) = ui.allocate_exact_size(vec2(wide, line), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &text));
        if strong {
            ui.painter().rect_filled(rect, 2, t.accent_soft);
        }
        let font = eframe::egui::FontId::new(size, eframe::egui::FontFamily::Proportional);
        ui.painter().text(rect.right_center() - vec2(2.0, 0.0), Align2::RIGHT_CENTER, text, font, colour);
    };
    Grid::new("values")
        .num_columns(columns + 1)
        .min_col_width(0.0)
        .min_row_height(0.0)
        .spacing([0.0, 0.0])
        .show(ui, |ui| {
            put(ui, String::new(), t.text_muted, false, 0.8 * width);
            for column in &values.columns {
                put(
                    ui,
                    if *column < 0 { String::new() } else { column.to_string() },
                    t.text_muted,
                    false,
                    width,
                );
            }
            ui.end_row();
            for (place, (row, of_row)) in
                values.rows.iter().zip(values.values.chunks(columns.max(1))).enumerate()
            {
                let number = if *row < 0 { String::new() } else { row.to_string() };
                put(ui, number, t.text_muted, false, 0.8 * width);
                for (column, value) in of_row.iter().enumerate() {
                    let text = match value {
                        Some(value) if whole => format!("{value:.0}"),
                        Some(value) => format!("{value:.2}"),
                        None => "–".to_owned(),
                    };
                    let middle = place == columns / 2 && column == columns / 2;
                    put(ui, text, if middle { t.text_strong } else { t.text }, middle, width);
                }
                ui.end_row();
            }
        });
}

//! The small buttons at the end of a row, and the signs on them, which the window's font does not have.

use std::f32::consts::TAU;
use std::path::Path;

use eframe::egui::{
    Color32, Id, Mesh, Painter, Pos2, Rect, Response, Role, Sense, Shape, Stroke, Ui, Vec2, WidgetInfo, vec2,
};

use crate::explorer::pictures::file_name;
use crate::explorer::theme::{radius, tokens};

/// Edge of a button, and the way from one to the next, in points.
pub(super) const BUTTON: f32 = 20.0;
/// From the middle of a sign to its tips, in points.
const SIGN: f32 = 5.5;

/// What is drawn on a button.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Sign {
    /// Filled or not.
    Star(bool),
    Cross,
    Round,
}

/// A small button around `middle`, drawn while it is `shown`, pointed at or focused.
pub(super) fn button_ui(
    ui: &Ui,
    (sign, middle, shown): (Sign, Pos2, bool),
    id: Id,
    info: impl Fn(&Ui) -> WidgetInfo,
) -> Response {
    let t = tokens(ui);
    let rect = Rect::from_center_size(middle, Vec2::splat(BUTTON));
    let response = ui.interact(rect, id, Sense::click());
    response.widget_info(|| info(ui));
    let lit = response.hovered() || response.has_focus();
    if lit {
        ui.painter().rect_filled(rect, radius::M, t.control_pressed);
    }
    if shown || lit {
        sign.paint(ui.painter(), middle, t.text);
    }
    response
}

/// The button that takes a file or folder out of the library; whether it was clicked.
pub(super) fn remove_ui(ui: &Ui, middle: Pos2, path: &Path, shown: bool) -> bool {
    let name = format!("Remove {} from library", file_name(path));
    let info = |ui: &Ui| WidgetInfo::labeled(Role::Button, ui.is_enabled(), &name);
    let button = button_ui(ui, (Sign::Cross, middle, shown), Id::unique(("library remove", path)), info);
    button.on_hover_text("Remove from library; on the disk it stays").clicked()
}

/// A triangle that points down, or to the right.
pub(super) fn arrow(painter: &Painter, middle: Pos2, down: bool, color: Color32) {
    let tips = [vec2(-2.5, -4.0), vec2(3.5, 0.0), vec2(-2.5, 4.0)];
    let turned = |tip: Vec2| middle + if down { vec2(-tip.y, tip.x) } else { tip };
    painter.add(Shape::convex_polygon(tips.map(turned).to_vec(), color, Stroke::NONE));
}

impl Sign {
    fn paint(self, painter: &Painter, middle: Pos2, color: Color32) {
        let stroke = Stroke::new(1.2, color);
        let at = |turn: f32, radius: f32| middle + radius * Vec2::angled(TAU * turn);
        match self {
            Self::Star(filled) => {
                let tip = |tip: usize| {
                    at(tip as f32 / 10.0 - 0.25, if tip.is_multiple_of(2) { SIGN } else { 0.42 * SIGN })
                };
                let tips: Vec<_> = (0..10).map(tip).collect();
                if filled {
                    let mut star = Mesh::default();
                    star.colored_vertex(middle, color);
                    tips.iter().for_each(|tip| star.colored_vertex(*tip, color));
                    (0..10).for_each(|tip| star.add_triangle(0, 1 + tip, 1 + (tip + 1) % 10));
                    painter.add(star);
                }
                painter.add(Shape::closed_line(tips, stroke));
            }
            Self::Cross => {
                let reach = 0.7 * SIGN;
                for way in [vec2(reach, reach), vec2(reach, -reach)] {
                    painter.line_segment([middle - way, middle + way], stroke);
                }
            }
            Self::Round => {
                let radius = 0.85 * SIGN;
                let turn = |step: u8| 0.1 + 0.8 * f32::from(step) / 20.0;
                painter.add(Shape::line((0..=20).map(|step| at(turn(step), radius)).collect(), stroke));
                let head = at(turn(20), radius);
                let tips = [vec2(-3.5, -0.5), vec2(1.5, 1.5), vec2(1.5, -3.5)].map(|tip| head + tip);
                painter.add(Shape::convex_polygon(tips.to_vec(), color, Stroke::NONE));
            }
        }
    }
}

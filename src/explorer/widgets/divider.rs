//! The line that parts a canvas in two, to be moved.

use eframe::egui;
use eframe::egui::{Color32, CursorIcon, Rect, Sense, Shape, Stroke, Ui, pos2, vec2};

use super::track::{self, Asked};
use crate::explorer::theme::tokens;

/// Half the width in which the line can be taken hold of, in points.
const REACH: f32 = 9.0;
/// Radius of the handle.
const HANDLE: f32 = 11.0;
/// Shares of the width that an arrow key moves the line by, and a page key.
const STEP: f64 = 0.01;
const PAGE: f64 = 0.1;

/// A line down `canvas` at a share of its width, 0..1; where a person moves it to in this frame, if that is elsewhere. It
/// can be dragged; arrow, page, home and end keys move it once it has focus.
pub(crate) fn divider(ui: &mut Ui, canvas: Rect, label: &str, share: f32) -> Option<f32> {
    let x_of = |share: f32| egui::lerp(canvas.x_range(), share);
    let reach = Rect::from_x_y_ranges(x_of(share) - REACH..=x_of(share) + REACH, canvas.y_range());
    let mut response = ui.interact(reach, ui.scope_id().with("divider"), Sense::click_and_drag());
    if response.dragged() || response.clicked() {
        response.request_focus();
    }
    let dragged = response.interact_pointer_pos().filter(|_| response.dragged());
    let pointed = dragged.map(|at| f64::from((at.x - canvas.left()) / canvas.width().max(1.0)));
    let asked = Asked::of(ui, &response);
    let by = STEP * asked.steps + PAGE * asked.pages;
    let stepped = (by != 0.0).then(|| f64::from(share) + by);
    // Screen readers and the home and end keys speak of percent.
    let wanted = pointed.or(asked.value.map(|percent| percent / 100.0)).or(stepped);
    let moved = wanted.map(|wanted| wanted.clamp(0.0, 1.0) as f32).filter(|moved| *moved != share);
    if moved.is_some() {
        response.mark_changed();
    }
    let share = moved.unwrap_or(share);
    track::describe(ui, &response, label, f64::from(100.0 * share).round(), 0.0..=100.0);

    let (t, painter) = (tokens(ui), ui.painter_at(canvas));
    let x = painter.round_to_pixel_center(x_of(share));
    painter.vline(x, canvas.y_range(), Stroke::new(3.0, Color32::from_black_alpha(150)));
    painter.vline(x, canvas.y_range(), Stroke::new(1.0, Color32::WHITE));
    let middle = pos2(x, canvas.center().y);
    if response.has_focus() {
        painter.circle_filled(middle, HANDLE + 4.0, t.accent.gamma_multiply(0.5));
    }
    let active = response.hovered() || response.dragged();
    let fill = if active { t.control_hovered } else { t.raised };
    painter.circle(middle, HANDLE, fill, Stroke::new(1.5, t.accent));
    for side in [-1.0, 1.0] {
        let corner = |along: f32, across: f32| middle + vec2(side * along, across);
        let arrow = vec![corner(7.0, 0.0), corner(3.0, -4.0), corner(3.0, 4.0)];
        painter.add(Shape::convex_polygon(arrow, t.text, Stroke::NONE));
    }
    response.on_hover_and_drag_cursor(CursorIcon::ResizeHorizontal);
    moved
}

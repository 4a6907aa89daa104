//! FLOPs against the vanilla network's.

use eframe::egui::{Rect, Response, Role, Sense, Ui, WidgetInfo, vec2};

use super::format;
use crate::explorer::theme::{font, radius, space, tokens};

const BAR: f32 = 8.0;

/// A bar whose full scale is the vanilla network, with the figures above it. Deciding where to stop costs FLOPs too,
/// so more than vanilla is possible: then the excess is marked.
pub(crate) fn flops_gauge(ui: &mut Ui, flops: u64, vanilla: u64) -> Response {
    let t = tokens(ui);
    let text = format::flops_of(flops, vanilla);
    let galley = ui.painter().layout_no_wrap(text.clone(), font::body(), t.text);
    let size = vec2(ui.available_width(), galley.size().y + space::S + BAR);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Meter, ui.is_enabled(), &text));

    let painter = ui.painter();
    painter.galley(rect.min, galley, t.text);
    let bar = Rect::from_min_max(rect.left_bottom() - vec2(0.0, BAR), rect.max);
    painter.rect_filled(bar, radius::S, t.control_pressed);
    let full = flops.max(vanilla).max(1) as f32;
    let x = |count: u64| bar.left() + bar.width() * count as f32 / full;
    painter.rect_filled(bar.with_max_x(x(flops)), radius::S, t.accent);
    if vanilla > 0 && flops > vanilla {
        painter.rect_filled(bar.with_min_x(x(vanilla)), radius::S, t.warning);
    }
    response
}

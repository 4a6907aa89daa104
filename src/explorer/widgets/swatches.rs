//! Choosing a colour map by its looks.

use eframe::egui::{Align2, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, vec2};

use super::gradient;
use crate::explorer::theme::{font, radius, space, tokens};
use crate::figure::Colormap;

const ROW: f32 = 26.0;

/// One row a colour map; the one a person picked, if it is another than `current`. Takes the whole width.
pub(crate) fn colormap_picker(ui: &mut Ui, current: Colormap) -> Option<Colormap> {
    let mut picked = None;
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for colormap in Colormap::ALL {
            if row(ui, colormap, colormap == current) && colormap != current {
                picked = Some(colormap);
            }
        }
    });
    picked
}

/// Draws one row and says whether it was chosen.
fn row(ui: &mut Ui, colormap: Colormap, selected: bool) -> bool {
    let name = title(colormap);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, ui.is_enabled(), selected, &name));
    if !ui.is_rect_visible(rect) {
        return response.clicked();
    }
    let t = tokens(ui);
    let painter = ui.painter();
    let back = match (selected, response.hovered()) {
        (true, _) => Some(t.accent_soft),
        (false, true) => Some(t.control_hovered),
        (false, false) => None,
    };
    if let Some(back) = back {
        painter.rect_filled(rect, radius::M, back);
    }
    if response.has_focus() {
        painter.rect_stroke(rect, radius::M, Stroke::new(1.0, t.accent), StrokeKind::Inside);
    }
    let inner = rect.shrink2(vec2(space::M, space::S + space::XS));
    let strip = Rect::from_min_size(inner.min, vec2(0.55 * inner.width(), inner.height()));
    painter.add(gradient::horizontal(strip, colormap));
    painter.rect_stroke(strip, 0, Stroke::new(1.0, t.outline_strong), StrokeKind::Outside);
    let color = if selected { t.text_strong } else { t.text };
    let at = strip.right_center() + vec2(space::L, 0.0);
    painter.text(at, Align2::LEFT_CENTER, name, font::body(), color);
    response.clicked()
}

/// `Viridis`
fn title(colormap: Colormap) -> String {
    let name = colormap.name();
    let (first, rest) = name.split_at(name.len().min(1));
    first.to_uppercase() + rest
}

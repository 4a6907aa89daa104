//! Choosing a colour map by its looks.

use eframe::egui::emath::GuiRounding as _;
use eframe::egui::{
    Align2, Color32, Popup, Rect, Role, Sense, Shape, Stroke, StrokeKind, Ui, WidgetInfo, vec2,
};

use super::{format::capitalised, gradient};
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

/// The picker behind a button that shows the current colour map, for where seven rows are too many.
pub(crate) fn colormap_menu(ui: &mut Ui, current: Colormap) -> Option<Colormap> {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    let name = format!("Colour map: {}", capitalised(current.name()));
    response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, ui.is_enabled(), &name));
    let t = tokens(ui);
    let visuals = ui.style().interact(&response);
    ui.painter().rect(rect, radius::M, visuals.weak_bg_fill, visuals.bg_stroke, StrokeKind::Inside);
    paint_swatch(ui, rect, current, visuals.text_color());
    let arrow = Rect::from_center_size(rect.right_center() - vec2(space::L, 0.0), vec2(8.0, 5.0));
    let corners = vec![arrow.left_top(), arrow.right_top(), arrow.center_bottom()];
    ui.painter().add(Shape::convex_polygon(corners, t.text_muted, Stroke::NONE));
    let shown = Popup::menu(&response).width(rect.width()).show(|ui| colormap_picker(ui, current));
    shown.and_then(|shown| shown.inner)
}

/// Draws one row and says whether it was chosen.
fn row(ui: &mut Ui, colormap: Colormap, selected: bool) -> bool {
    let name = capitalised(colormap.name());
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
    paint_swatch(ui, rect, colormap, if selected { t.text_strong } else { t.text });
    response.clicked()
}

fn paint_swatch(ui: &Ui, rect: Rect, colormap: Colormap, color: Color32) {
    let inner = rect.shrink2(vec2(space::M, space::S + space::XS)).round_to_pixels(ui.pixels_per_point());
    let strip = inner.with_max_x(inner.left() + (0.55 * inner.width()).round());
    let painter = ui.painter();
    painter.add(gradient::horizontal(strip, colormap));
    painter.rect_stroke(strip, 0, Stroke::new(1.0, tokens(ui).outline_strong), StrokeKind::Outside);
    let at = strip.right_center() + vec2(space::L, 0.0);
    painter.text(at, Align2::LEFT_CENTER, capitalised(colormap.name()), font::body(), color);
}

//! The inset beside the pointer that shows what is under it, larger.

use eframe::egui;
use eframe::egui::{Align2, Color32, Pos2, Rect, Shadow, Stroke, StrokeKind, Ui, Vec2, vec2};

use super::canvas::Layers;
use super::cells;
use crate::explorer::theme::{font, space, tokens};

/// Side of the inset where there is room, in points.
const SIDE: f32 = 168.0;

/// Distance from the pointer, in points.
const GAP: f32 = 24.0;

/// Screen pixels a picture pixel, unless the canvas itself shows it nearly as large.
const MAGNIFICATION: f32 = 8.0;

/// Draws the inset over `canvas`. `image` is where the picture stands there, at `points_per_texel`;
/// `cell` is outlined in the inset as it is below.
pub(super) fn paint(
    ui: &Ui,
    canvas: Rect,
    pointer: Pos2,
    image: Rect,
    points_per_texel: f32,
    layers: &Layers<'_>,
    cell: Option<Rect>,
) {
    let Some(inset) = place(canvas.shrink(space::S), pointer) else { return };
    let t = tokens(ui);
    let pixels_per_point = ui.pixels_per_point();
    let zoom = points_per_texel * pixels_per_point;
    let magnification = MAGNIFICATION.max(2.0 * zoom);
    let grow = magnification / zoom;
    let magnified = |p: Pos2| inset.center() + (p - pointer) * grow;
    let magnified_rect = |r: Rect| Rect::from_min_max(magnified(r.min), magnified(r.max));

    let frame = ui.painter_at(canvas);
    let shadow = Shadow { offset: [0, 4], blur: 14, spread: 0, color: t.shadow };
    frame.add(shadow.as_shape(inset, 0));
    frame.rect_filled(inset, 0, t.canvas);
    let inside = frame.with_clip_rect(inset.intersect(canvas));
    layers.paint(&inside, magnified_rect(image));
    if let Some(cell) = cell {
        cells::frame(&inside, magnified_rect(cell), None);
    }
    cross(&inside, inset.center());
    let label = format!("{magnification:.0}×");
    let galley = inside.layout_no_wrap(label, font::small(), t.text);
    let tag =
        Align2::LEFT_BOTTOM.anchor_size(inset.left_bottom(), galley.size() + 2.0 * vec2(space::S, space::XS));
    inside.rect_filled(tag, 0, t.raised);
    inside.galley(tag.min + vec2(space::S, space::XS), galley, t.text);
    frame.rect_stroke(inset, 0, Stroke::new(1.0, t.outline_strong), StrokeKind::Outside);
}

/// A cross with an open middle, so that it does not hide what it points at.
pub(super) fn cross(painter: &egui::Painter, at: Pos2) {
    let (inner, outer) = (5.0, 13.0);
    for (width, color) in [(3.0, Color32::from_black_alpha(150)), (1.0, Color32::WHITE)] {
        for direction in [Vec2::RIGHT, Vec2::LEFT, Vec2::UP, Vec2::DOWN] {
            painter.line_segment([at + inner * direction, at + outer * direction], Stroke::new(width, color));
        }
    }
}

/// Where the inset goes: right below the pointer if there is room, else on the sides that have it; inside the
/// canvas and never under the pointer. `None` where the canvas is too small for it to be of use.
fn place(canvas: Rect, pointer: Pos2) -> Option<Rect> {
    let side = SIDE.min(0.5 * canvas.size().min_elem() - GAP).floor();
    if side < 48.0 {
        return None;
    }
    let pointer = canvas.clamp(pointer);
    // Half the canvas lies on one side of the pointer, and the inset with its gap is no larger than that.
    let start = |pointer: f32, max: f32| {
        if pointer + GAP + side <= max { pointer + GAP } else { pointer - GAP - side }
    };
    let corner = Pos2::new(start(pointer.x, canvas.right()), start(pointer.y, canvas.bottom()));
    Some(Rect::from_min_size(corner, Vec2::splat(side)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_inset_stays_inside_and_beside_the_pointer(
            width in 50.0_f32..2000.0, height in 50.0_f32..2000.0, u in 0.0_f32..=1.0, v in 0.0_f32..=1.0,
        ) {
            let canvas = Rect::from_min_size(Pos2::new(13.0, 7.0), Vec2::new(width, height));
            let pointer = canvas.lerp_inside(Vec2::new(u, v));
            if let Some(inset) = place(canvas, pointer) {
                prop_assert!(canvas.expand(0.01).contains_rect(inset));
                prop_assert!(inset.distance_to_pos(pointer) > GAP - 0.01);
            } else {
                prop_assert!(width.min(height) < 200.0);
            }
        }
    }
}

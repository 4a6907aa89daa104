//! The picture with its map over it: zoom, pan, and the place under the pointer.

use eframe::egui;
use eframe::egui::{
    Color32, CursorIcon, PointerButton, Pos2, Rect, Response, Role, Sense, Shadow, Stroke, StrokeKind,
    TextureHandle, Ui, Vec2, WidgetInfo, pos2,
};
use serde::{Deserialize, Serialize};

use super::magnifier;
use crate::explorer::theme::{space, tokens};

/// One step of [`CanvasView::zoom_in`] and [`CanvasView::zoom_out`].
const ZOOM_STEP: f32 = 1.25;

/// Points of scrolling that multiply the zoom by *e*; a notch of a wheel is about 40.
const SCROLL_PER_E: f32 = 200.0;

/// Which part of the picture the canvas shows, and how large.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CanvasView {
    /// Screen pixels a picture pixel; kept up to date by the canvas while `fit` is on.
    pub(crate) zoom: f32,
    /// The place in the middle of the canvas, in shares of the picture's width and height.
    pub(crate) center: [f32; 2],
    /// Show the whole picture, as large as it goes.
    pub(crate) fit: bool,
}

impl Default for CanvasView {
    fn default() -> Self {
        Self { zoom: 1.0, center: [0.5, 0.5], fit: true }
    }
}

impl CanvasView {
    pub(crate) fn zoom_in(&mut self) {
        self.zoom *= ZOOM_STEP;
        self.fit = false;
    }

    pub(crate) fn zoom_out(&mut self) {
        self.zoom /= ZOOM_STEP;
        self.fit = false;
    }

    pub(crate) fn fit(&mut self) {
        *self = Self { zoom: self.zoom, ..Self::default() };
    }

    /// One screen pixel a picture pixel.
    pub(crate) fn one_to_one(&mut self) {
        self.zoom = 1.0;
        self.fit = false;
    }
}

/// What a view is measured against: sizes in screen pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Frame {
    canvas: Vec2,
    picture: Vec2,
}

impl Frame {
    /// The zoom at which the whole picture just shows.
    fn fit_zoom(self) -> f32 {
        let zoom = (self.canvas / self.picture).min_elem();
        if zoom.is_finite() && zoom > 0.0 { zoom } else { 1.0 }
    }

    /// The view brought within its limits. From fit upwards no edge comes further in than it stands at fit,
    /// and below fit the picture stays in the middle, so it can never be lost.
    fn settle(self, view: CanvasView) -> CanvasView {
        let fit = self.fit_zoom();
        if view.fit || !view.zoom.is_finite() {
            return CanvasView { zoom: fit, center: [0.5, 0.5], fit: true };
        }
        let zoom = view.zoom.clamp((0.5 * fit).min(1.0), (8.0 * fit).max(64.0));
        let room = (0.5 * (1.0 - fit / zoom)).max(0.0);
        let center = view.center.map(|c| if c.is_finite() { c.clamp(0.5 - room, 0.5 + room) } else { 0.5 });
        CanvasView { zoom, center, fit: false }
    }

    /// The place in the picture under `offset`, which is counted from the middle of the canvas in screen pixels.
    fn uv_at(self, view: CanvasView, offset: Vec2) -> [f32; 2] {
        let shift = offset / (self.picture * view.zoom);
        [view.center[0] + shift.x, view.center[1] + shift.y]
    }

    /// Zooms by `factor`, holding what is under `offset` where it is, as far as the limits allow.
    fn zoom_at(self, view: CanvasView, offset: Vec2, factor: f32) -> CanvasView {
        let view = self.settle(view);
        let held = self.uv_at(view, offset);
        let zoom = self.settle(CanvasView { zoom: view.zoom * factor, fit: false, ..view }).zoom;
        let shift = offset / (self.picture * zoom);
        self.settle(CanvasView { zoom, center: [held[0] - shift.x, held[1] - shift.y], fit: false })
    }

    /// Moves the picture by `delta` screen pixels, as far as the limits allow.
    fn pan(self, view: CanvasView, delta: Vec2) -> CanvasView {
        let view = self.settle(view);
        let [x, y] = self.uv_at(view, -delta);
        self.settle(CanvasView { center: [x, y], ..view })
    }
}

/// A picture that can be zoomed and panned, with a map over it.
pub(crate) struct Canvas<'a> {
    view: &'a mut CanvasView,
    picture: Option<&'a TextureHandle>,
    overlay: Option<&'a TextureHandle>,
    opacity: f32,
    label: &'a str,
    cell_grid: Option<[usize; 2]>,
    magnifier: bool,
}

/// What a person did on the canvas, and where things are.
pub(crate) struct CanvasResponse {
    /// The place under the pointer, in shares of the picture's width and height from its top left corner.
    pub(crate) hovered: Option<[f32; 2]>,
    pub(crate) response: Response,
    /// Where the picture stands, which may reach beyond the canvas.
    pub(crate) image_rect: Rect,
    /// A person zoomed or panned. The view itself also follows the window while `fit` is on: write it back
    /// whenever it differs.
    pub(crate) changed: bool,
}

impl<'a> Canvas<'a> {
    /// `opacity` in 0..1 is the overlay's. Magnified pixels are as sharp as the textures' own options say.
    pub(crate) fn new(
        view: &'a mut CanvasView,
        picture: Option<&'a TextureHandle>,
        overlay: Option<&'a TextureHandle>,
        opacity: f32,
    ) -> Self {
        Self { view, picture, overlay, opacity, label: "Canvas", cell_grid: None, magnifier: false }
    }

    /// The name a screen reader says, `Canvas` if none is given.
    pub(crate) fn label(mut self, label: &'a str) -> Self {
        self.label = label;
        self
    }

    /// Outlines the cell under the pointer, of a map with so many rows and columns.
    pub(crate) fn cell_grid(mut self, rows_columns: Option<[usize; 2]>) -> Self {
        self.cell_grid = rows_columns;
        self
    }

    /// Shows a magnified inset beside the pointer.
    pub(crate) fn magnifier(mut self, on: bool) -> Self {
        self.magnifier = on;
        self
    }

    /// Fills the space that is left.
    pub(crate) fn show(self, ui: &mut Ui) -> CanvasResponse {
        let (rect, mut response) = ui.allocate_exact_size(ui.available_size(), Sense::click_and_drag());
        let t = tokens(ui);
        let painter = ui.painter_at(rect);
        painter.rect_filled(rect, 0, t.canvas);

        let Some(size) = self.picture.or(self.overlay).map(TextureHandle::size_vec2) else {
            response.widget_info(|| WidgetInfo::labeled(Role::Canvas, ui.is_enabled(), self.label));
            return CanvasResponse { hovered: None, response, image_rect: Rect::NOTHING, changed: false };
        };

        let pixels_per_point = ui.pixels_per_point();
        let inner = rect.shrink(space::L.min(0.1 * rect.size().min_elem()));
        let frame = Frame { canvas: inner.size() * pixels_per_point, picture: size };
        let settled = frame.settle(*self.view);
        let view = moved(ui, &response, frame, settled, rect.center());
        let changed = view != settled;
        *self.view = view;
        if changed {
            response.mark_changed();
        }

        let points_per_texel = view.zoom / pixels_per_point;
        let [u, v] = view.center;
        let image_rect = Rect::from_min_size(
            rect.center() - Vec2::new(u, v) * size * points_per_texel,
            size * points_per_texel,
        );
        let layers = Layers { picture: self.picture, overlay: self.overlay, opacity: self.opacity };
        let shadow = Shadow { offset: [0, 2], blur: 16, spread: 0, color: t.shadow };
        painter.add(shadow.as_shape(image_rect, 0));
        layers.paint(&painter, image_rect);
        painter.rect_stroke(image_rect, 0, Stroke::new(1.0, t.outline), StrokeKind::Outside);

        let pointer = response.hover_pos().filter(|p| image_rect.contains(*p));
        let hovered = pointer.map(|p| ((p - image_rect.min) / image_rect.size()).into());
        let cell = self.cell_grid.zip(hovered).map(|(grid, uv)| cell_rect(image_rect, grid, uv));
        if let Some(cell) = cell {
            outline_cell(&painter, cell);
        }
        if let Some(pointer) = pointer {
            if self.magnifier {
                magnifier::paint(ui, rect, pointer, image_rect, points_per_texel, &layers, cell);
            }
            ui.set_cursor_icon(if response.dragged() { CursorIcon::Grabbing } else { CursorIcon::Crosshair });
        }
        response.widget_info(|| WidgetInfo::labeled(Role::Canvas, ui.is_enabled(), self.label));
        CanvasResponse { hovered, response, image_rect, changed }
    }
}

/// The view after what the pointer did in this frame.
fn moved(ui: &Ui, response: &Response, frame: Frame, view: CanvasView, middle: Pos2) -> CanvasView {
    let mut view = view;
    if response.double_clicked() {
        return frame.settle(CanvasView { fit: true, ..view });
    }
    let pixels_per_point = ui.pixels_per_point();
    if response.dragged_by(PointerButton::Primary) || response.dragged_by(PointerButton::Middle) {
        view = keep_fit(view, frame.pan(view, response.drag_delta() * pixels_per_point));
    }
    if let Some(pointer) = response.hover_pos() {
        let factor = ui.input(|i| i.zoom_delta() * (i.smooth_scroll_delta().y / SCROLL_PER_E).exp());
        if factor != 1.0 {
            view = keep_fit(view, frame.zoom_at(view, (pointer - middle) * pixels_per_point, factor));
        }
    }
    view
}

/// A view that stands where fit stands is still fit: a drag that could move nothing does not switch it off.
fn keep_fit(before: CanvasView, after: CanvasView) -> CanvasView {
    let still = before.zoom == after.zoom && before.center == after.center;
    CanvasView { fit: before.fit && still, ..after }
}

/// The cell of a `[rows, columns]` grid over `image` that holds `uv`.
fn cell_rect(image: Rect, [rows, columns]: [usize; 2], uv: [f32; 2]) -> Rect {
    let count = Vec2::new(columns.max(1) as f32, rows.max(1) as f32);
    let index = (Vec2::from(uv) * count).floor().clamp(Vec2::ZERO, count - Vec2::splat(1.0));
    let size = image.size() / count;
    Rect::from_min_size(image.min + index * size, size)
}

/// Two tones, so that one of them stands out whatever is below; never so small that it cannot be seen.
fn outline_cell(painter: &egui::Painter, cell: Rect) {
    let least = Vec2::splat(6.0);
    let rect = Rect::from_center_size(cell.center(), cell.size().max(least));
    painter.rect_stroke(rect, 0, Stroke::new(3.0, Color32::from_black_alpha(160)), StrokeKind::Outside);
    painter.rect_stroke(rect, 0, Stroke::new(1.5, Color32::WHITE), StrokeKind::Outside);
}

/// The picture and the map over it, painted alike on the canvas and in the magnifier.
pub(super) struct Layers<'a> {
    picture: Option<&'a TextureHandle>,
    overlay: Option<&'a TextureHandle>,
    opacity: f32,
}

impl Layers<'_> {
    pub(super) fn paint(&self, painter: &egui::Painter, rect: Rect) {
        let whole = Rect::from_min_max(Pos2::ZERO, pos2(1.0, 1.0));
        if let Some(picture) = self.picture {
            painter.image(picture.id(), rect, whole, Color32::WHITE);
        }
        if let Some(overlay) = self.overlay {
            let tint = Color32::WHITE.gamma_multiply(self.opacity.clamp(0.0, 1.0));
            painter.image(overlay.id(), rect, whole, tint);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn frames() -> impl Strategy<Value = Frame> {
        (100.0_f32..3000.0, 100.0_f32..3000.0, 8_u32..4000, 8_u32..4000).prop_map(|(cw, ch, w, h)| Frame {
            canvas: Vec2::new(cw, ch),
            picture: Vec2::new(w as f32, h as f32),
        })
    }

    fn views() -> impl Strategy<Value = CanvasView> {
        (0.001_f32..300.0, -1.0_f32..2.0, -1.0_f32..2.0, any::<bool>())
            .prop_map(|(zoom, u, v, fit)| CanvasView { zoom, center: [u, v], fit })
    }

    /// A pointer over the picture, counted from the middle of the canvas.
    fn offset_of(frame: Frame, view: CanvasView, uv: [f32; 2]) -> Vec2 {
        (Vec2::from(uv) - Vec2::from(view.center)) * frame.picture * view.zoom
    }

    proptest! {
        #[test]
        fn zooming_in_holds_what_is_under_the_pointer(
            frame in frames(), view in views(), u in 0.0_f32..=1.0, v in 0.0_f32..=1.0, factor in 1.0_f32..4.0,
        ) {
            let view = frame.settle(view);
            prop_assume!(view.zoom >= frame.fit_zoom());
            let offset = offset_of(frame, view, [u, v]);
            let zoomed = frame.zoom_at(view, offset, factor);
            let moved = offset_of(frame, zoomed, [u, v]) - offset;
            // In screen pixels; a picture can be a hundred thousand of them wide here.
            let size = (frame.picture * zoomed.zoom).max_elem();
            prop_assert!(moved.length() < 1e-5 * size + 0.01, "moved by {moved:?} of {size}");
        }

        #[test]
        fn zooming_out_holds_it_too_unless_a_limit_is_reached(
            frame in frames(), view in views(), u in 0.0_f32..=1.0, v in 0.0_f32..=1.0, factor in 0.25_f32..1.0,
        ) {
            let view = frame.settle(view);
            let offset = offset_of(frame, view, [u, v]);
            let zoomed = frame.zoom_at(view, offset, factor);
            let room = (0.5 * (1.0 - frame.fit_zoom() / zoomed.zoom)).max(0.0);
            for axis in 0..2 {
                let at_limit = (zoomed.center[axis] - 0.5).abs() > room - 1e-5;
                let moved = (offset_of(frame, zoomed, [u, v]) - offset)[axis].abs();
                let size = (frame.picture * view.zoom).max_elem();
                prop_assert!(at_limit || moved < 1e-5 * size + 0.01, "axis {axis} moved by {moved} of {size}");
            }
        }

        #[test]
        fn the_picture_is_never_lost(
            frame in frames(), view in views(), dx in -1e5_f32..1e5, dy in -1e5_f32..1e5, factor in 0.001_f32..1000.0,
        ) {
            let panned = frame.pan(view, Vec2::new(dx, dy));
            let zoomed = frame.zoom_at(panned, Vec2::new(dy, dx), factor);
            for view in [panned, zoomed] {
                for axis in 0..2 {
                    let picture = frame.picture[axis] * view.zoom;
                    let left = 0.5 * frame.canvas[axis] - view.center[axis] * picture;
                    let shown = (left + picture).min(frame.canvas[axis]) - left.max(0.0);
                    // At least what fits shows, up to rounding: half the picture at fit size, or all the canvas.
                    let least = (0.45 * frame.picture[axis] * frame.fit_zoom()).min(0.9 * picture);
                    prop_assert!(shown >= least, "axis {axis}: {shown} of {picture} shown");
                }
            }
        }

        #[test]
        fn a_pan_moves_with_the_pointer_between_the_limits(
            frame in frames(), dx in -0.2_f32..0.2, dy in -0.2_f32..0.2,
        ) {
            let view = frame.settle(CanvasView { zoom: 4.0 * frame.fit_zoom(), center: [0.5, 0.5], fit: false });
            prop_assume!(view.zoom > 3.9 * frame.fit_zoom());
            let delta = Vec2::new(dx, dy) * frame.picture * view.zoom;
            let moved = offset_of(frame, frame.pan(view, delta), [0.5, 0.5]);
            let size = (frame.picture * view.zoom).max_elem();
            prop_assert!((moved - delta).length() < 1e-5 * size + 0.01);
        }

        #[test]
        fn settling_twice_changes_nothing(frame in frames(), view in views()) {
            let once = frame.settle(view);
            prop_assert_eq!(frame.settle(once), once);
        }
    }

    #[test]
    fn fit_shows_the_whole_picture_in_the_middle() {
        let frame = Frame { canvas: Vec2::new(800.0, 600.0), picture: Vec2::new(32.0, 32.0) };
        let view = frame.settle(CanvasView { zoom: 3.0, center: [0.1, 0.9], fit: true });
        assert_eq!(view, CanvasView { zoom: 18.75, center: [0.5, 0.5], fit: true });
    }

    #[test]
    fn a_drag_at_fit_leaves_fit_on() {
        let frame = Frame { canvas: Vec2::new(800.0, 600.0), picture: Vec2::new(32.0, 32.0) };
        let view = frame.settle(CanvasView::default());
        assert_eq!(keep_fit(view, frame.pan(view, Vec2::new(30.0, 4.0))), view);
    }

    #[test]
    fn a_view_from_a_damaged_file_is_mended() {
        let frame = Frame { canvas: Vec2::new(800.0, 600.0), picture: Vec2::new(320.0, 200.0) };
        let view = CanvasView { zoom: f32::NAN, center: [f32::INFINITY, f32::NAN], fit: false };
        assert!(frame.settle(view).fit);
        let view = frame.settle(CanvasView { zoom: 5.0, ..view });
        assert_eq!(view.center, [0.5, 0.5]);
    }

    #[test]
    fn cells_tile_the_picture() {
        let image = Rect::from_min_max(pos2(10.0, 20.0), pos2(110.0, 70.0));
        let cell = cell_rect(image, [5, 4], [0.99, 0.0]);
        assert_eq!(cell, Rect::from_min_max(pos2(85.0, 20.0), pos2(110.0, 30.0)));
        assert_eq!(cell_rect(image, [5, 4], [1.0, 1.0]).max, image.max);
    }
}

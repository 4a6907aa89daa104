//! Which part of the picture the canvas shows: the mathematics of zooming and panning.

use eframe::egui::Vec2;
use serde::{Deserialize, Serialize};

/// One step of [`CanvasView::zoom_in`] and [`CanvasView::zoom_out`].
const ZOOM_STEP: f32 = 1.25;

/// Which part of the picture the canvas shows, and how large.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CanvasView {
    /// Screen pixels a picture pixel; kept up to date by the canvas while `fit` is on.
    pub zoom: f32,
    /// The place in the middle of the canvas, in shares of the picture's width and height.
    pub center: [f32; 2],
    /// Show the whole picture, as large as it goes.
    pub fit: bool,
}

impl Default for CanvasView {
    fn default() -> Self {
        Self { zoom: 1.0, center: [0.5, 0.5], fit: true }
    }
}

impl CanvasView {
    pub fn zoom_in(&mut self) {
        self.zoom *= ZOOM_STEP;
        self.fit = false;
    }

    pub fn zoom_out(&mut self) {
        self.zoom /= ZOOM_STEP;
        self.fit = false;
    }

    pub fn fit(&mut self) {
        *self = Self { zoom: self.zoom, ..Self::default() };
    }

    /// One screen pixel a picture pixel.
    pub fn one_to_one(&mut self) {
        self.zoom = 1.0;
        self.fit = false;
    }
}

/// What a view is measured against: sizes in screen pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Frame {
    pub(super) canvas: Vec2,
    pub(super) picture: Vec2,
}

impl Frame {
    /// The zoom at which the whole picture just shows.
    fn fit_zoom(self) -> f32 {
        let zoom = (self.canvas / self.picture).min_elem();
        if zoom.is_finite() && zoom > 0.0 { zoom } else { 1.0 }
    }

    /// The view brought within its limits. From fit upwards no edge comes further in than it stands at fit,
    /// and below fit the picture stays in the middle, so it can never be lost.
    pub(super) fn settle(self, view: CanvasView) -> CanvasView {
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
    pub(super) fn uv_at(self, view: CanvasView, offset: Vec2) -> [f32; 2] {
        let shift = offset / (self.picture * view.zoom);
        [view.center[0] + shift.x, view.center[1] + shift.y]
    }

    /// Zooms by `factor`, holding what is under `offset` where it is, as far as the limits allow.
    pub(super) fn zoom_at(self, view: CanvasView, offset: Vec2, factor: f32) -> CanvasView {
        let view = self.settle(view);
        let held = self.uv_at(view, offset);
        let zoom = self.settle(CanvasView { zoom: view.zoom * factor, fit: false, ..view }).zoom;
        let shift = offset / (self.picture * zoom);
        self.settle(CanvasView { zoom, center: [held[0] - shift.x, held[1] - shift.y], fit: false })
    }

    /// Moves the picture by `delta` screen pixels, as far as the limits allow.
    pub(super) fn pan(self, view: CanvasView, delta: Vec2) -> CanvasView {
        let view = self.settle(view);
        let [x, y] = self.uv_at(view, -delta);
        self.settle(CanvasView { center: [x, y], ..view })
    }
}

/// A view that stands where fit stands is still fit: a drag that could move nothing does not switch it off.
pub(super) fn keep_fit(before: CanvasView, after: CanvasView) -> CanvasView {
    let still = before.zoom == after.zoom && before.center == after.center;
    CanvasView { fit: before.fit && still, ..after }
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
}

//! The picture with its map over it: zoom, pan, and the place that is pointed at.

use eframe::egui;
use eframe::egui::{
    Color32, CursorIcon, PointerButton, Pos2, Rect, Response, Role, Sense, Shadow, Stroke, StrokeKind,
    TextureHandle, Ui, Vec2, WidgetInfo, pos2,
};

use super::marks::Marks;
use super::view::{CanvasView, Frame, keep_fit};
use super::{cells, cursor, magnifier};
use crate::explorer::readout::position;
use crate::explorer::theme::{space, tokens};

/// Points of scrolling that multiply the zoom by *e*; a notch of a wheel is about 40.
const SCROLL_PER_E: f32 = 200.0;

/// A picture that can be zoomed and panned, with a map over it.
pub(crate) struct Canvas<'a> {
    view: &'a mut CanvasView,
    picture: Option<&'a TextureHandle>,
    overlay: Option<&'a TextureHandle>,
    opacity: f32,
    label: &'a str,
    cell_grid: Option<[usize; 2]>,
    magnifier: bool,
    keys: bool,
    mark: Option<[f32; 2]>,
    marks: Option<&'a Marks>,
    split: Option<(Option<&'a TextureHandle>, f32)>,
}

/// What a person did on the canvas, and where things are.
pub(crate) struct CanvasResponse {
    /// The place under the pointer, or under the cursor that keys move, in shares of the picture's width and height from its
    /// top left corner.
    pub(crate) hovered: Option<[f32; 2]>,
    /// Whether keys went there.
    pub(crate) by_keys: bool,
    /// Where the whole picture stands on the screen, cut off or not; nothing without a picture.
    pub(crate) picture: Rect,
    pub(crate) response: Response,
}

impl<'a> Canvas<'a> {
    /// `opacity` in 0..1 is the overlay's. Magnified pixels are as sharp as the textures' own options say.
    pub(crate) fn new(
        view: &'a mut CanvasView,
        picture: Option<&'a TextureHandle>,
        overlay: Option<&'a TextureHandle>,
        opacity: f32,
    ) -> Self {
        let (label, cell_grid, magnifier, keys) = ("Canvas", None, false, true);
        let (mark, marks, split) = (None, None, None);
        Self { view, picture, overlay, opacity, label, cell_grid, magnifier, keys, mark, marks, split }
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

    /// Leaves the arrow keys to others.
    pub(crate) fn without_keys(mut self) -> Self {
        self.keys = false;
        self
    }

    /// A place in the picture that is pointed at elsewhere, and marked here as if it were here.
    pub(crate) fn mark(mut self, place: Option<[f32; 2]>) -> Self {
        self.mark = place;
        self
    }

    /// Shows dots and lines over picture and map.
    pub(crate) fn marks(mut self, marks: Option<&'a Marks>) -> Self {
        self.marks = marks;
        self
    }

    /// Shows another map in place of the overlay right of `divider`, a share of the canvas's width.
    pub(crate) fn split(mut self, right: Option<&'a TextureHandle>, divider: f32) -> Self {
        self.split = Some((right, divider));
        self
    }

    /// Fills the space that is left.
    pub(crate) fn show(self, ui: &mut Ui) -> CanvasResponse {
        let (rect, mut response) = ui.allocate_exact_size(ui.available_size(), Sense::click_and_drag());
        let t = tokens(ui);
        let painter = ui.painter_at(rect);
        painter.rect_filled(rect, 0, t.canvas);

        let right = self.split.and_then(|(right, _)| right);
        let Some(size) = self.picture.or(self.overlay).or(right).map(TextureHandle::size_vec2) else {
            response.widget_info(|| WidgetInfo::labeled(Role::Canvas, ui.is_enabled(), self.label));
            return CanvasResponse { hovered: None, by_keys: false, picture: Rect::NOTHING, response };
        };

        let pixels_per_point = ui.pixels_per_point();
        let inner = rect.shrink(space::L.min(0.1 * rect.size().min_elem()));
        let frame = Frame { canvas: inner.size() * pixels_per_point, picture: size };
        let settled = frame.settle(*self.view);
        let mut view = moved(ui, &response, frame, settled, rect.center());
        let mut read = None;
        if self.keys {
            let grid = self.cell_grid.unwrap_or_else(|| [size.y, size.x].map(|edge| edge as usize));
            let offset = response.hover_pos().map(|at| (at - rect.center()) * pixels_per_point);
            let under = offset.map(|offset| frame.uv_at(view, offset));
            let under = under.filter(|uv| uv.iter().all(|share| (0.0..=1.0).contains(share)));
            (view, read) = cursor::follow(ui, &response, (frame, view), grid, under);
        }
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
        let split = self.split.map(|(right, divider)| {
            let x = egui::lerp(rect.x_range(), divider);
            (right, (x - image_rect.left()) / image_rect.width())
        });
        let (overlay, opacity, marks) = (self.overlay, self.opacity, self.marks);
        let layers = Layers { picture: self.picture, overlay, split, opacity, marks };
        let shadow = Shadow { offset: [0, 2], blur: 16, spread: 0, color: t.shadow };
        painter.add(shadow.as_shape(image_rect, 0));
        layers.paint(&painter, image_rect);
        painter.rect_stroke(image_rect, 0, Stroke::new(1.0, t.outline), StrokeKind::Outside);

        if response.has_focus() {
            painter.rect_stroke(rect, 0, Stroke::new(2.0, t.accent), StrokeKind::Inside);
        }

        let pointer = response.hover_pos().filter(|p| read.is_none() && image_rect.contains(*p));
        let pointed: Option<[f32; 2]> = pointer.map(|p| ((p - image_rect.min) / image_rect.size()).into());
        let hovered = read.or(pointed);
        let mark = read.or(self.mark.filter(|_| pointer.is_none()));
        let marked = mark.map(|uv| image_rect.min + Vec2::from(uv) * image_rect.size());
        let cell = self.cell_grid.zip(hovered.or(mark));
        let cell = cell.map(|(grid, uv)| cells::cell_rect(image_rect, grid, position(uv, grid)));
        if let Some(cell) = cell {
            cells::frame(&painter, cell, None);
        }
        if let Some(marked) = marked.filter(|marked| rect.contains(*marked)) {
            magnifier::cross(&painter, marked);
        }
        let place = pointer.or(marked.filter(|marked| rect.contains(*marked)));
        if let Some(place) = place.filter(|_| self.magnifier) {
            magnifier::paint(ui, rect, place, image_rect, points_per_texel, &layers, cell);
        }
        if pointer.is_some() {
            ui.set_cursor_icon(if response.dragged() { CursorIcon::Grabbing } else { CursorIcon::Crosshair });
        }
        response.widget_info(|| WidgetInfo::labeled(Role::Canvas, ui.is_enabled(), self.label));
        if self.keys {
            ui.ctx().accesskit_node_builder(response.id, |node| node.set_description(cursor::HELP));
        }
        CanvasResponse { hovered, by_keys: read.is_some(), picture: image_rect, response }
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

/// The picture and the map over it, painted alike on the canvas and in the magnifier.
pub(super) struct Layers<'a> {
    picture: Option<&'a TextureHandle>,
    overlay: Option<&'a TextureHandle>,
    /// What takes the overlay's place right of a share of the picture's width, which may lie beside the picture.
    split: Option<(Option<&'a TextureHandle>, f32)>,
    opacity: f32,
    /// On top.
    marks: Option<&'a Marks>,
}

impl Layers<'_> {
    pub(super) fn paint(&self, painter: &egui::Painter, rect: Rect) {
        let whole = Rect::from_min_max(Pos2::ZERO, pos2(1.0, 1.0));
        if let Some(picture) = self.picture {
            painter.image(picture.id(), rect, whole, Color32::WHITE);
        }
        let tint = Color32::WHITE.gamma_multiply(self.opacity.clamp(0.0, 1.0));
        let map = |painter: &egui::Painter, overlay: Option<&TextureHandle>| {
            if let Some(overlay) = overlay {
                painter.image(overlay.id(), rect, whole, tint);
            }
        };
        match self.split {
            None => map(painter, self.overlay),
            Some((right, share)) => {
                let (clip, x) = (painter.clip_rect(), rect.left() + share * rect.width());
                map(&painter.with_clip_rect(clip.with_max_x(x.min(clip.right()))), self.overlay);
                map(&painter.with_clip_rect(clip.with_min_x(x.max(clip.left()))), right);
            }
        }
        if let Some(marks) = self.marks {
            marks.paint(painter, rect);
        }
    }
}

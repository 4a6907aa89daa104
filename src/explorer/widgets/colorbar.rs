//! The colour bar: what the colours of the map mean, and how often each occurs in it.

use eframe::egui;
use eframe::egui::emath::GuiRounding as _;
use eframe::egui::{
    Align2, Color32, NumExt as _, Painter, Rangef, Rect, Response, Role, Sense, Shape, Stroke, StrokeKind,
    Ui, WidgetInfo, pos2, vec2,
};

use super::gradient::Colors;
use super::{format, gradient};
use crate::explorer::terms::{OnHoverTerm as _, Term};
use crate::explorer::theme::{Tokens, font, radius, space, tokens};
use crate::figure::{self, Colormap};
use crate::maps::Range;

const BAR: f32 = 18.0;
const HISTOGRAM: f32 = 40.0;
const TICK: f32 = 4.0;

/// A vertical colour bar that takes the whole height: the histogram on the left of the bar and numbers on its
/// right, all along one axis, with the label on top.
pub(crate) struct ColorBar<'a, C = Colormap> {
    /// What the ends of the bar stand for.
    pub(crate) range: Range,
    pub(crate) colormap: C,
    /// How many positions lie in each of equal parts of `range`, from the lowest; empty for none.
    pub(crate) histogram: &'a [usize],
    /// A value to point at: the one under the pointer.
    pub(crate) marker: Option<f32>,
    /// Whether the values are only guessed, which the marker then says.
    pub(crate) guessed: bool,
    pub(crate) label: &'a str,
    /// What values are possible at all; the colours beyond are dimmed.
    pub(crate) theory: Option<Range>,
}

impl<C: Colors> ColorBar<'_, C> {
    pub(crate) fn show(self, ui: &mut Ui) -> Response {
        let t = tokens(ui);
        let span = self.range.high - self.range.low;
        let ends = [self.range.low, self.range.high].map(|v| format::within(v, span));
        let painter = ui.painter().clone();
        let text_size = |text: &str| painter.layout_no_wrap(text.to_owned(), font::small(), t.text).size();
        let line = text_size("0").y;
        // A marker's number has one more digit than the ends'.
        let numbers = ends.iter().map(|end| text_size(end).x).fold(0.0, f32::max) + text_size(".0").x;
        let bubble = numbers + 2.0 * space::S;
        let histogram = if self.histogram.is_empty() { 0.0 } else { HISTOGRAM + space::S };
        let width = histogram + BAR + TICK + space::S + bubble;
        let title = painter.layout(self.label.to_owned(), font::small(), t.text_muted, width);
        let title_height = if self.label.is_empty() { 0.0 } else { title.size().y + space::M };

        let least = title_height + 4.0 * line;
        let size = vec2(width, ui.available_height().at_least(least));
        let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
        let name = self.spoken(&ends);
        response.widget_info(|| WidgetInfo::labeled(Role::Image, ui.is_enabled(), &name));
        if !ui.is_rect_visible(rect) {
            return response;
        }
        let title_rect = Rect::from_min_size(rect.min, title.size());
        painter.galley(rect.min, title, t.text_muted);
        if let Some(term) = Term::named(self.label) {
            let id = response.id.with("title");
            ui.interact(title_rect, id, Sense::hover()).on_hover_term(term);
        }

        // Half a line of room above and below, for the numbers at the ends.
        let left = rect.left() + histogram;
        let bar = Rect::from_x_y_ranges(
            left..=left + BAR,
            rect.top() + title_height + 0.5 * line..=rect.bottom() - 0.5 * line,
        )
        .round_to_pixels(ui.pixels_per_point());
        let axis = Axis { range: self.range, bar };
        self.paint_histogram(ui, t, &axis, rect.left());
        painter.add(gradient::vertical(bar, self.colormap));
        self.dim_impossible(&painter, t, &axis);
        painter.rect_stroke(bar, 0, Stroke::new(1.0, t.outline_strong), StrokeKind::Outside);
        let marker = self.marker.filter(|v| v.is_finite());
        let bubble = marker.map(|v| bubble_center(&axis, v, line));
        self.paint_ticks(&painter, t, &axis, &ends, line, bubble);
        if let Some((marker, bubble)) = marker.zip(bubble) {
            let text = match self.guessed {
                true => format!("≈{}", format::within(marker, span)),
                false => format::within(marker, 0.1 * span),
            };
            paint_marker(&painter, t, &axis, rect.left(), axis.y(marker), bubble, text);
        }
        self.explain(response, &axis)
    }

    fn spoken(&self, [low, high]: &[String; 2]) -> String {
        let what = if self.label.is_empty() { "Colour bar" } else { self.label };
        format!("{what}: {} from {low} to {high}", self.colormap.name())
    }

    fn paint_histogram(&self, ui: &Ui, t: &Tokens, axis: &Axis, left: f32) {
        let Some(most) = self.histogram.iter().max().filter(|most| **most > 0) else { return };
        let right = axis.bar.left() - space::S;
        let bins = self.histogram.len() as f32;
        let edge = |bin: usize| {
            let y = egui::lerp(axis.bar.y_range().flipped(), bin as f32 / bins);
            y.round_to_pixels(ui.pixels_per_point())
        };
        for (bin, count) in self.histogram.iter().enumerate().filter(|(_, count)| **count > 0) {
            // A hair for even a single position: rare values are what one looks for.
            let length = ((right - left) * *count as f32 / *most as f32).at_least(1.0);
            let rect = Rect::from_x_y_ranges(right - length..=right, edge(bin + 1)..=edge(bin));
            ui.painter().rect_filled(rect, 0, t.outline_strong);
        }
    }

    /// Lays the surface's colour over the values that no image can have.
    fn dim_impossible(&self, painter: &Painter, t: &Tokens, axis: &Axis) {
        let Some(theory) = self.theory else { return };
        let veil = t.surface.gamma_multiply(0.78);
        let (low, high) = (axis.y(theory.low), axis.y(theory.high));
        let line = Stroke::new(1.0, t.text_strong);
        if theory.low > axis.range.low {
            painter.rect_filled(axis.bar.with_min_y(low), 0, veil);
            painter.hline(axis.bar.x_range(), painter.round_to_pixel_center(low), line);
        }
        if theory.high < axis.range.high {
            painter.rect_filled(axis.bar.with_max_y(high), 0, veil);
            painter.hline(axis.bar.x_range(), painter.round_to_pixel_center(high), line);
        }
    }

    /// The ends always have their numbers; round values between them have theirs where there is room.
    fn paint_ticks(
        &self,
        painter: &Painter,
        t: &Tokens,
        axis: &Axis,
        ends: &[String; 2],
        line: f32,
        bubble: Option<f32>,
    ) {
        let right = axis.bar.right() + 1.0;
        let label_at = |y: f32, text: String, color: Color32| {
            let text = text.replace('-', "−");
            let at = pos2(right + TICK + space::S, y);
            painter.text(at, Align2::LEFT_CENTER, text, font::small(), color);
        };
        let tick = |y: f32, length: f32| {
            let y = painter.round_to_pixel_center(y);
            painter.hline(right..=right + length, y, Stroke::new(1.0, t.outline_strong));
        };
        let [low, high] = ends.clone();
        for (y, text) in [(axis.bar.bottom(), low), (axis.bar.top(), high)] {
            tick(y.clamp(axis.bar.top(), axis.bar.bottom() - 1.0), TICK + space::XS);
            label_at(y, text, t.text);
        }
        let most = (axis.bar.height() / (2.5 * line)).clamp(2.0, 9.0) as usize;
        let ticks = figure::ticks(self.range, most);
        for value in &ticks {
            tick(axis.y(*value as f32), TICK);
        }
        for value in axis.with_room(&ticks, line, bubble) {
            label_at(axis.y(value as f32), figure::tick_label(value, &ticks), t.text_muted);
        }
    }

    /// Says how many positions have the value under the pointer.
    fn explain(&self, response: Response, axis: &Axis) -> Response {
        let bins = self.histogram.len();
        let pointer = response.hover_pos().filter(|p| axis.bar.y_range().contains(p.y));
        let Some(pointer) = pointer.filter(|_| bins > 0 && axis.is_sound()) else { return response };
        let share = egui::remap_clamp(pointer.y, axis.bar.y_range().flipped(), 0.0..=1.0);
        let bin = ((share * bins as f32) as usize).min(bins - 1);
        let span = self.range.high - self.range.low;
        let edge = |bin: usize| format::within(self.range.low + span * bin as f32 / bins as f32, 0.1 * span);
        let count = self.histogram[bin];
        let noun = if count == 1 { "position" } else { "positions" };
        response.on_hover_text_at_pointer(format!("{} to {}: {count} {noun}", edge(bin), edge(bin + 1)))
    }
}

/// Values up the bar.
struct Axis {
    range: Range,
    bar: Rect,
}

impl Axis {
    fn is_sound(&self) -> bool {
        self.range.low.is_finite() && self.range.high.is_finite() && self.range.low < self.range.high
    }

    /// Where `value` stands; at an end if it lies beyond.
    fn y(&self, value: f32) -> f32 {
        if !self.is_sound() {
            return self.bar.center().y;
        }
        let y: Rangef = self.bar.y_range().flipped();
        egui::remap_clamp(value, self.range.low..=self.range.high, y)
    }

    /// The ticks whose numbers, each a `line` high, touch neither those at the ends nor each other nor the bubble.
    fn with_room(&self, ticks: &[f64], line: f32, bubble: Option<f32>) -> Vec<f64> {
        let mut taken = vec![self.bar.top(), self.bar.bottom()];
        let mut kept = Vec::new();
        for value in ticks {
            let y = self.y(*value as f32);
            let beside = |other: &f32| (other - y).abs() > 1.15 * line;
            if taken.iter().all(beside) && bubble.is_none_or(|bubble| (bubble - y).abs() > 1.3 * line) {
                taken.push(y);
                kept.push(*value);
            }
        }
        kept
    }
}

/// Where the bubble stands: beside its value, but clear of the numbers at the ends.
fn bubble_center(axis: &Axis, value: f32, line: f32) -> f32 {
    let free = axis.bar.y_range().shrink(1.35 * line);
    if free.span() > 0.0 { axis.y(value).clamp(free.min, free.max) } else { axis.bar.center().y }
}

/// A line across histogram and bar at `y`, and the number in a bubble over the ticks.
fn paint_marker(painter: &Painter, t: &Tokens, axis: &Axis, left: f32, y: f32, bubble: f32, text: String) {
    let y = painter.round_to_pixel_center(y);
    let bar = axis.bar;
    let halo = Rect::from_x_y_ranges(bar.x_range(), y - 1.5..=y + 1.5);
    painter.rect_filled(halo, 0, Color32::from_black_alpha(170));
    painter.hline(bar.x_range(), y, Stroke::new(1.0, Color32::WHITE));
    painter.hline(left..=bar.left() - 1.0, y, Stroke::new(1.0, t.accent));

    let galley = painter.layout_no_wrap(text, font::small(), t.on_accent);
    let tip = pos2(bar.right() + 2.0, y);
    let size = galley.size() + 2.0 * vec2(space::S, space::XS);
    let bubble = Rect::from_min_size(pos2(tip.x + TICK, bubble - 0.5 * size.y), size);
    let shoulder = |dy: f32| pos2(bubble.left() + 2.0, bubble.center().y + dy);
    let arrow = vec![tip, shoulder(-4.0), shoulder(4.0)];
    painter.add(Shape::convex_polygon(arrow, t.accent, Stroke::NONE));
    painter.rect_filled(bubble, radius::M, t.accent);
    painter.galley(bubble.min + vec2(space::S, space::XS), galley, t.on_accent);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn axis(low: f32, high: f32, height: f32) -> Axis {
        Axis { range: Range { low, high }, bar: Rect::from_min_size(pos2(40.0, 20.0), vec2(BAR, height)) }
    }

    proptest! {
        #[test]
        fn numbers_never_touch_whatever_the_height_and_the_marker(
            low in -50.0_f32..50.0, width in 0.01_f32..100.0, height in 60.0_f32..900.0,
            ticks in prop::collection::vec(0.0_f64..=1.0, 0..30), marker in -0.5_f32..1.5,
        ) {
            let line = 14.0;
            let axis = axis(low, low + width, height);
            let ticks: Vec<f64> = ticks.iter().map(|t| f64::from(low) + t * f64::from(width)).collect();
            let bubble = bubble_center(&axis, low + marker * width, line);
            let mut at: Vec<f32> =
                axis.with_room(&ticks, line, Some(bubble)).iter().map(|v| axis.y(*v as f32)).collect();
            at.extend([axis.bar.top(), axis.bar.bottom(), bubble]);
            at.sort_by(f32::total_cmp);
            prop_assert!(at.windows(2).all(|pair| pair[1] - pair[0] > line), "{at:?}");
        }
    }

    #[test]
    fn values_beyond_the_range_stand_at_its_ends_and_an_empty_range_harms_nothing() {
        let sound = axis(6.0, 18.0, 100.0);
        assert_eq!([6.0, 18.0, 99.0].map(|v| sound.y(v)), [120.0, 20.0, 20.0]);
        assert_eq!(axis(6.0, 6.0, 100.0).y(6.0), 70.0);
        assert_eq!(axis(f32::NAN, 6.0, 100.0).y(6.0), 70.0);
    }
}

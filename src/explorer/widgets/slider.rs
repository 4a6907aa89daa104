//! The halting threshold's slider.
//!
//! Its track is even in *nines*, `-log10(1 - threshold)`: what matters is how far the threshold is from 1, so 0.9,
//! 0.99 and 0.999 stand equally far apart, and there is as much room to tell 0.999 from 0.9985 as 0.9 from 0.85.

use std::ops::RangeInclusive;

use eframe::egui;
use eframe::egui::style::Selection;
use eframe::egui::{Align, DragValue, Layout, NumExt as _, Rect, Response, Sense, Slider, Stroke, Ui, vec2};

use super::format;
use super::track::{self, Asked, Mark};
use crate::explorer::terms::label_ui;
use crate::explorer::theme::{Tokens, space, tokens};

/// Nines an arrow key moves the threshold by, and a page key.
const STEP: f64 = 0.05;
const PAGE: f64 = 0.5;

/// Width of the number beside a slider: all of them the same, so that they stand in a column.
pub(super) const VALUE: f32 = 54.0;

/// How near to the trained value the handle snaps to it, in points.
const SNAP: f32 = 5.0;

/// A slider over `range`, within 0..1, that marks the `trained` value, snaps to it and goes back to it on a double
/// click. Arrow, page, home and end keys move it once it has focus; a number beside it can be typed. Takes the
/// whole width, and returns the value a person chose in this frame, if it is another.
pub(crate) fn threshold_slider(
    ui: &mut Ui,
    label: &str,
    value: f32,
    range: RangeInclusive<f32>,
    trained: f32,
) -> Option<f32> {
    let scale = Scale::new(&range, trained);
    let (name, typed) = header(ui, label, value, &scale);
    let size = track::size(ui);
    let (rect, mut response) = ui.allocate_exact_size(size, Sense::click_and_drag());
    let track = Track { rect, scale: &scale };

    let held = response.is_pointer_button_down_on() && ui.input(|i| i.pointer.primary_down());
    let pointed = response.interact_pointer_pos().filter(|_| held).map(|pointer| track.value_at(pointer.x));
    if held {
        response.request_focus();
    }
    let reset = response.double_clicked().then_some(scale.trained);
    let stepped = stepped(&Asked::of(ui, &response), &scale, f64::from(value));
    let new = reset.or(pointed).or(stepped).or(typed);
    let changed = new.map(|v| v as f32).filter(|v| *v != value);
    if changed.is_some() {
        response.mark_changed();
    }
    let shown = changed.unwrap_or(value);
    track::describe(ui, &response, label, f64::from(shown), scale.low..=scale.high);
    if ui.is_rect_visible(rect) {
        track.paint(ui, &response, f64::from(shown));
    }

    let hint = format!("Double-click to go back to the trained value, {}", format::threshold(trained));
    response.labelled_by(name.id).on_hover_text(hint);
    changed
}

/// egui's slider, dressed like the threshold's.
pub(crate) fn plain_slider(ui: &mut Ui, slider: Slider<'_>) -> Response {
    ui.scope(|ui| {
        let t = tokens(ui);
        // The handle's radius is two fifths of the row, and the number must not be higher or it stands askew.
        ui.spacing_mut().interact_size = vec2(VALUE, 2.5 * track::RADIUS);
        ui.spacing_mut().button_padding = vec2(space::S, 1.0);
        let visuals = ui.visuals_mut();
        // The handle's ring takes the colour that the number beside it would have.
        visuals.override_text_color = Some(t.text);
        visuals.selection = Selection { bg_fill: t.accent, stroke: Stroke::new(1.0, t.on_accent) };
        let widgets = &mut visuals.widgets;
        for state in [&mut widgets.inactive, &mut widgets.hovered, &mut widgets.active] {
            state.fg_stroke = track::ring(t);
        }
        widgets.hovered.bg_fill = t.raised;
        widgets.active.bg_fill = t.raised;
        ui.add(slider)
    })
    .inner
}

/// The name on the left and the number on the right, and the value that was typed or dragged there.
fn header(ui: &mut Ui, label: &str, value: f32, scale: &Scale) -> (Response, Option<f64>) {
    let row = ui.horizontal(|ui| {
        let name = label_ui(ui, label);
        let mut number = f64::from(value);
        let drag_value = DragValue::new(&mut number)
            .range(scale.low..=scale.high)
            .speed(0.02 * (1.0 - f64::from(value)).at_least(1e-4))
            .custom_formatter(|v, _| format::threshold(v as f32))
            .update_while_editing(false);
        let response = ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().interact_size.x = VALUE;
            ui.add(drag_value)
        });
        let response = response.inner;
        let response = response.accessible_name(format!("{label} value"));
        (name, response.changed().then(|| scale.rounded(number)))
    });
    row.inner
}

/// The value keys and screen readers ask for.
fn stepped(asked: &Asked, scale: &Scale, value: f64) -> Option<f64> {
    let nines = STEP * asked.steps + PAGE * asked.pages;
    let moved = (nines != 0.0).then(|| scale.moved(value, nines));
    asked.value.map(|value| scale.rounded(value)).or(moved)
}

/// How thresholds are spread over 0..1, and which of them can be chosen.
struct Scale {
    low: f64,
    high: f64,
    trained: f64,
}

/// `-log10(1 - threshold)`: 0.9 has one nine, 0.99 two.
fn nines(threshold: f64) -> f64 {
    -(1.0 - threshold).at_least(1e-7).log10()
}

impl Scale {
    fn new(range: &RangeInclusive<f32>, trained: f32) -> Self {
        Self { low: f64::from(*range.start()), high: f64::from(*range.end()), trained: f64::from(trained) }
    }

    /// Where `value` stands between the ends.
    fn position(&self, value: f64) -> f64 {
        let (low, high) = (nines(self.low), nines(self.high));
        if high > low { ((nines(value) - low) / (high - low)).clamp(0.0, 1.0) } else { 0.5 }
    }

    /// The value at a position from 0 to 1, rounded.
    fn value(&self, position: f64) -> f64 {
        let (low, high) = (nines(self.low), nines(self.high));
        self.rounded(1.0 - 10.0_f64.powf(-(low + position * (high - low))))
    }

    /// Rounded to two digits of its distance from 1, and brought into the range. What stands on the screen is
    /// then exactly what runs.
    fn rounded(&self, value: f64) -> f64 {
        let unit = 10.0_f64.powf(-2.0 - (nines(value) + 1e-6).floor().at_least(0.0));
        ((value / unit).round() * unit).clamp(self.low, self.high.at_least(self.low))
    }

    /// `value` moved by so many nines; the trained value is never stepped over.
    fn moved(&self, value: f64, by: f64) -> f64 {
        let target = self.rounded(1.0 - 10.0_f64.powf(-(nines(value) + by)));
        let passed = (value < self.trained && target > self.trained)
            || (value > self.trained && target < self.trained);
        if passed { self.trained } else { target }
    }
}

/// The slider on the screen: rail and handle above, numbers below.
struct Track<'a> {
    rect: Rect,
    scale: &'a Scale,
}

impl Track<'_> {
    fn x(&self, value: f64) -> f32 {
        egui::lerp(track::span(self.rect), self.scale.position(value) as f32)
    }

    fn value_at(&self, x: f32) -> f64 {
        if (x - self.x(self.scale.trained)).abs() <= SNAP {
            return self.scale.trained;
        }
        self.scale.value(f64::from(egui::remap_clamp(x, track::span(self.rect), 0.0..=1.0)))
    }

    fn paint(&self, ui: &Ui, response: &Response, value: f64) {
        let x = self.x(value);
        track::paint_rail(ui, self.rect, Some(x), std::iter::empty());
        track::paint_marks(ui, self.rect, self.marks(tokens(ui), value));
        track::paint_handle(ui, self.rect, response, x);
    }

    /// The trained value first, then the ends, then the round values.
    fn marks(&self, t: &Tokens, value: f64) -> Vec<Mark> {
        let scale = self.scale;
        let mark = |value: f64| Mark {
            x: self.x(value),
            text: format::threshold(value as f32),
            color: t.text_muted,
            strong: false,
        };
        let at_trained = (value - scale.trained).abs() < 1e-9;
        let trained = Mark {
            text: format!("trained {}", format::threshold(scale.trained as f32)),
            color: if at_trained { t.accent } else { t.text },
            strong: true,
            ..mark(scale.trained)
        };
        let inside = |round: &f64| scale.low < *round && *round < scale.high && *round != scale.trained;
        let round = [0.9, 0.99, 0.999, 0.5].into_iter().filter(inside);
        let others = [scale.low, scale.high].into_iter().chain(round).map(mark);
        std::iter::once(trained).chain(others).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SCALE: Scale = Scale { low: 0.05, high: 0.9999, trained: 0.99 };

    #[test]
    fn each_nine_takes_the_same_room() {
        let [a, b, c] = [0.9, 0.99, 0.999].map(|v| SCALE.position(v));
        assert!((b - a - (c - b)).abs() < 1e-9 && b - a > 0.2);
        assert_eq!(SCALE.position(0.05), 0.0);
        assert_eq!(SCALE.position(0.9999), 1.0);
    }

    #[test]
    fn no_step_goes_past_the_trained_value() {
        assert_eq!(SCALE.moved(0.9899, STEP), 0.99);
        assert_eq!(SCALE.moved(0.9905, -STEP), 0.99);
        assert!(SCALE.moved(0.99, STEP) > 0.99);
    }

    proptest! {
        #[test]
        fn the_handle_stands_where_it_was_put(position in 0.0_f64..=1.0) {
            let back = SCALE.position(SCALE.value(position));
            prop_assert!((back - position).abs() < 0.006, "{position} came back as {back}");
        }

        #[test]
        fn every_step_moves_and_stays_inside(value in 0.05_f64..=0.9999) {
            let value = SCALE.rounded(value);
            let (up, down) = (SCALE.moved(value, STEP), SCALE.moved(value, -STEP));
            prop_assert!(up > value || value == SCALE.high);
            prop_assert!(down < value || value == SCALE.low);
            prop_assert!((SCALE.low..=SCALE.high).contains(&up) && (SCALE.low..=SCALE.high).contains(&down));
        }

        #[test]
        fn rounded_values_read_short(value in 0.05_f64..=0.9999) {
            let text = format::threshold(SCALE.rounded(value) as f32);
            prop_assert!(text.len() <= 8, "{text}");
        }
    }
}

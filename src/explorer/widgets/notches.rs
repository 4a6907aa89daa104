//! A slider over a few values: it stands on one of them and nowhere between.

use eframe::egui::{self, Align, Layout, RichText, Sense, Ui};

use super::track::{self, Asked, Mark};
use crate::explorer::terms::label_ui;
use crate::explorer::theme::tokens;

/// A slider with a notch at each value, on a logarithmic track: what matters is how many times larger a value is.
pub(crate) struct NotchSlider<'a> {
    pub(crate) label: &'a str,
    /// At least one, ascending, none negative.
    pub(crate) values: &'a [f64],
    /// Which of the values is chosen.
    pub(crate) chosen: usize,
    /// What is known of it, on the right above the track, and where that comes from.
    pub(crate) known: &'a str,
    pub(crate) known_hint: &'a str,
    pub(crate) hint: &'a str,
}

impl NotchSlider<'_> {
    /// Takes the whole width, and returns which value a person chose in this frame, if it is another. Arrow, page, home
    /// and end keys move it once it has focus. With a single value it stays where it is, and says so.
    pub(crate) fn show(self, ui: &mut Ui) -> Option<usize> {
        let name = ui.horizontal(|ui| {
            let name = label_ui(ui, self.label);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if !self.known.is_empty() {
                    let known = RichText::new(self.known).color(tokens(ui).text_muted);
                    ui.label(known).on_hover_text(self.known_hint);
                }
            });
            name
        });
        let scale = Scale::new(self.values)?;
        let movable = self.values.len() > 1;
        let sense = if movable { Sense::click_and_drag() } else { Sense::hover() };
        let size = track::size(ui);
        let (rect, mut response) = ui.allocate_exact_size(size, sense);
        let span = track::span(rect);
        let x = |value: f64| egui::lerp(span, scale.position(value) as f32);

        let held = response.is_pointer_button_down_on() && ui.input(|i| i.pointer.primary_down());
        let pointer = response.interact_pointer_pos().filter(|_| held && movable);
        if pointer.is_some() {
            response.request_focus();
        }
        let pointed = pointer.and_then(|at| nearest(self.values, |value| f64::from((x(value) - at.x).abs())));
        let chosen = pointed.or_else(|| self.stepped(&Asked::of(ui, &response), &scale));
        let chosen = chosen.filter(|chosen| *chosen != self.chosen);
        if chosen.is_some() {
            response.mark_changed();
        }
        let value = self.values.get(chosen.unwrap_or(self.chosen)).copied().unwrap_or(scale.low);
        track::describe(ui, &response, self.label, value, scale.low..=scale.high);
        if ui.is_rect_visible(rect) {
            let dots = self.values.iter().filter(|_| movable).map(|value| x(*value));
            track::paint_rail(ui, rect, movable.then(|| x(value)), dots);
            track::paint_marks(ui, rect, self.marks(ui, value, x));
            match movable {
                true => track::paint_handle(ui, rect, &response, x(value)),
                false => track::paint_fixed_handle(ui, rect, x(value)),
            }
        }
        response.labelled_by(name.inner.id).on_hover_text(self.hint);
        chosen
    }

    /// Which value keys and screen readers ask for.
    fn stepped(&self, asked: &Asked, scale: &Scale) -> Option<usize> {
        if let Some(value) = asked.value {
            let wanted = scale.position(value);
            return nearest(self.values, |value| (scale.position(value) - wanted).abs());
        }
        let steps = (asked.steps + asked.pages) as isize;
        let last = self.values.len().saturating_sub(1);
        (steps != 0).then(|| self.chosen.saturating_add_signed(steps).min(last))
    }

    /// The chosen value first, then the ends, then the others, smallest first.
    fn marks(&self, ui: &Ui, chosen: f64, x: impl Fn(f64) -> f32) -> Vec<Mark> {
        let t = tokens(ui);
        let [first, .., last] = self.values else {
            let text = format!("{chosen}, the only one at hand");
            return vec![Mark { x: x(chosen), text, color: t.text_muted, strong: false }];
        };
        let mark = |value: f64| {
            let color = if value == chosen { t.accent } else { t.text_muted };
            Mark { x: x(value), text: value.to_string(), color, strong: false }
        };
        // A mark that comes again finds its own room taken.
        [chosen, *first, *last].iter().chain(self.values).copied().map(mark).collect()
    }
}

/// Index of the value that is least far.
fn nearest(values: &[f64], far: impl Fn(f64) -> f64) -> Option<usize> {
    let far = values.iter().map(|value| far(*value)).enumerate();
    far.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(index, _)| index)
}

/// How values are spread over the track.
struct Scale {
    low: f64,
    high: f64,
    /// Has no logarithm, and zero stands here.
    floor: f64,
}

impl Scale {
    /// `None` without a value.
    fn new(values: &[f64]) -> Option<Self> {
        let (low, high) = (*values.first()?, *values.last()?);
        let least = values.iter().copied().find(|value| *value > 0.0).unwrap_or(1.0);
        Some(Self { low, high, floor: 0.5 * least })
    }

    /// Where `value` stands between the ends, from 0 to 1; a single one stands in the middle.
    fn position(&self, value: f64) -> f64 {
        let [low, high, value] = [self.low, self.high, value].map(|value| value.max(self.floor).ln());
        if high > low { ((value - low) / (high - low)).clamp(0.0, 1.0) } else { 0.5 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TAUS: [f64; 5] = [0.001, 0.002, 0.005, 0.01, 0.02];

    fn slider(values: &[f64], chosen: usize) -> NotchSlider<'_> {
        NotchSlider { label: "tau", values, chosen, known: "", known_hint: "", hint: "" }
    }

    fn go_to(value: f64) -> Option<usize> {
        let asked = Asked { value: Some(value), ..Asked::default() };
        slider(&TAUS, 2).stepped(&asked, &Scale::new(&TAUS).unwrap())
    }

    #[test]
    fn twice_the_value_is_always_as_far() {
        let scale = Scale::new(&TAUS).unwrap();
        let [a, b, c, d] = [0.001, 0.002, 0.01, 0.02].map(|tau| scale.position(tau));
        assert!((b - a - (d - c)).abs() < 1e-9 && b - a > 0.2);
        assert_eq!((a, d), (0.0, 1.0));
    }

    #[test]
    fn zero_has_a_place_of_its_own() {
        let scale = Scale::new(&[0.0, 0.001, 0.01]).unwrap();
        assert_eq!((scale.position(0.0), scale.position(0.01)), (0.0, 1.0));
        assert!(scale.position(0.001) > 0.1);
        assert_eq!(Scale::new(&[0.0]).unwrap().position(0.0), 0.5);
    }

    #[test]
    fn what_is_asked_for_goes_to_the_nearest_notch() {
        assert_eq!(go_to(0.004), Some(2));
        assert_eq!(go_to(0.0072), Some(3), "nearest on the track");
        for (value, notch) in [(f64::NEG_INFINITY, 0), (-3.0, 0), (0.0, 0), (7.0, 4), (f64::INFINITY, 4)] {
            assert_eq!(go_to(value), Some(notch), "{value}");
        }
    }

    proptest! {
        #[test]
        fn steps_stay_on_the_notches(chosen in 0_usize..5, steps in -9_i32..9) {
            let asked = Asked { steps: steps.into(), ..Asked::default() };
            let stepped = slider(&TAUS, chosen).stepped(&asked, &Scale::new(&TAUS).unwrap());
            let expected = (chosen as i32 + steps).clamp(0, 4) as usize;
            prop_assert_eq!(stepped.unwrap_or(chosen), expected);
        }
    }
}

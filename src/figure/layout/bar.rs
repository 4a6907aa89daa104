//! A colour bar's place on a page: its colours in a frame, numbers and label.

use super::sheet::Inks;
use super::*;
use crate::figure::scene::{Anchor, Area, Item, Text};
use crate::figure::text::{self, CAPITAL, LEADING};
use crate::figure::{Labels, tick_label, ticks};

// Shares of the font size.
const THICKNESS: f32 = 1.0;
const TICK: f32 = 0.35;
const PAD: f32 = 0.3;
/// Size of the numbers.
const NUMBERS: f32 = 0.9;
/// How far a number may go beyond its bar's end.
const BEYOND: f32 = 0.1;
/// Colours of a gradient, between which formats interpolate.
const COLORS: u8 = 64;
/// Longer bars tell no more, in points (80 mm).
pub(super) const LONGEST: f32 = 227.0;

/// A bar with the look of its figure.
pub(super) struct Drawn<'a> {
    pub bar: &'a Bar,
    pub look: &'a Look,
}

impl Drawn<'_> {
    /// Width of a vertical bar of this length with all that belongs to it.
    pub fn width(&self, length: f32) -> f32 {
        let size = self.look.font_size;
        let numbers = self.numbers_width(&self.numbers(length, false));
        let label = self.label(length).len() as f32 * LEADING * size;
        size * (THICKNESS + TICK + PAD) + numbers + if label > 0.0 { label + PAD * size } else { 0.0 }
    }

    /// Height of a horizontal bar of this length with all that belongs to it.
    pub fn height(&self, length: f32) -> f32 {
        let size = self.look.font_size;
        let numbers = if self.look.ticks > 0 { TICK + PAD + CAPITAL * NUMBERS } else { 0.0 };
        let lines = self.label(length).len() as f32;
        size * (THICKNESS + numbers + if lines > 0.0 { PAD + lines * LEADING } else { 0.0 })
    }

    /// Draws it upright, its upper left corner at `(x, y)`.
    pub fn draw_vertical(&self, items: &mut Vec<Item>, (x, y): (f32, f32), length: f32, inks: &Inks) {
        let size = self.look.font_size;
        let area = Area { x, y, width: THICKNESS * size, height: length };
        self.draw_colors(items, area, true, inks);
        let numbers = self.numbers(length, false);
        for (place, number) in &numbers {
            let y = area.bottom() - place * length;
            let end = area.right() + TICK * size;
            items.push(Item::Line { from: (area.right(), y), to: (end, y), width: HAIR, color: inks.ink });
            let at = (end + PAD * size, y + CAPITAL * NUMBERS * size / 2.0);
            items.push(self.number(number, at, Anchor::Start, inks));
        }
        let mut baseline = area.right()
            + size * (TICK + 2.0 * PAD)
            + self.numbers_width(&numbers)
            + (CAPITAL + LEADING) / 2.0 * size;
        for line in self.label(length) {
            let at = (baseline, y + length / 2.0);
            let color = inks.ink;
            let text = Text { text: line, at, anchor: Anchor::Middle, size, color, upwards: true };
            items.push(Item::Text(text));
            baseline += LEADING * size;
        }
    }

    /// Draws it lying, its upper left corner at `(x, y)`.
    pub fn draw_horizontal(&self, items: &mut Vec<Item>, (x, y): (f32, f32), length: f32, inks: &Inks) {
        let size = self.look.font_size;
        let area = Area { x, y, width: length, height: THICKNESS * size };
        self.draw_colors(items, area, false, inks);
        let baseline = area.bottom() + size * (TICK + PAD + CAPITAL * NUMBERS);
        for (place, number) in self.numbers(length, true) {
            let x = area.x + place * length;
            let end = area.bottom() + TICK * size;
            items.push(Item::Line { from: (x, area.bottom()), to: (x, end), width: HAIR, color: inks.ink });
            let half = text::width(&number, NUMBERS * size) / 2.0;
            // A number at an end may go a little beyond it, but not to a neighbour's number.
            let room = BEYOND * size;
            let x = x.min(area.right() + room - half).max(area.x - room + half);
            items.push(self.number(&number, (x, baseline), Anchor::Middle, inks));
        }
        let mut baseline = if self.look.ticks > 0 { baseline } else { area.bottom() }
            + size * (PAD + (CAPITAL + LEADING) / 2.0);
        for line in self.label(length) {
            let at = (area.x + length / 2.0, baseline);
            let color = inks.ink;
            let text = Text { text: line, at, anchor: Anchor::Middle, size, color, upwards: false };
            items.push(Item::Text(text));
            baseline += LEADING * size;
        }
    }

    fn draw_colors(&self, items: &mut Vec<Item>, area: Area, upwards: bool, inks: &Inks) {
        let colors = (0..=COLORS).map(|step| self.bar.colors.color(f32::from(step) / f32::from(COLORS)));
        items.push(Item::Gradient { area, colors: colors.collect(), upwards });
        items.push(Item::Frame { area, width: HAIR, color: inks.ink });
    }

    fn number(&self, number: &str, at: (f32, f32), anchor: Anchor, inks: &Inks) -> Item {
        let (size, color) = (NUMBERS * self.look.font_size, inks.ink);
        Item::Text(Text { text: number.to_owned(), at, anchor, size, color, upwards: false })
    }

    /// As many round numbers as are wanted and have room: how far along each stands (0..1), and its text.
    fn numbers(&self, length: f32, lying: bool) -> Vec<(f32, String)> {
        let range = self.bar.range;
        let size = NUMBERS * self.look.font_size;
        let labelled = |most: usize| -> Vec<(f32, String)> {
            let values = ticks(range, most);
            let place = |value: f64| range.position(value as f32);
            let text = |value: f64| tick_label(value, &values).replace('-', "−");
            values.iter().map(|&value| (place(value), text(value))).collect()
        };
        let fits = |numbers: &[(f32, String)]| {
            numbers.windows(2).all(|pair| {
                let room = (pair[1].0 - pair[0].0) * length;
                let halves = pair.iter().map(|(_, text)| text::width(text, size) / 2.0).sum::<f32>();
                room >= if lying { halves + 0.7 * size } else { 1.2 * size }
            })
        };
        (1..=self.look.ticks).rev().map(labelled).find(|numbers| fits(numbers)).unwrap_or_default()
    }

    fn numbers_width(&self, numbers: &[(f32, String)]) -> f32 {
        let size = NUMBERS * self.look.font_size;
        numbers.iter().map(|(_, text)| text::width(text, size)).fold(0.0, f32::max)
    }

    /// The label's lines along a bar of this length; none where a figure has no labels.
    fn label(&self, length: f32) -> Vec<String> {
        match self.look.labels {
            Labels::None => Vec::new(),
            _ => text::wrap(&self.bar.label, self.look.font_size, length.max(4.0 * self.look.font_size)),
        }
    }
}

/// Width of every line, in points.
pub(super) const HAIR: f32 = 0.5;

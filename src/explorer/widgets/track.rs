//! What the sliders that draw their own track share: keys, the rail with its handle, and the numbers under it.

use std::ops::RangeInclusive;

use eframe::egui::accesskit::{Action, ActionData};
use eframe::egui::{
    Color32, CornerRadius, EventFilter, Key, NumExt as _, Rangef, Rect, Response, Stroke, Ui, Vec2,
    WidgetInfo, pos2, vec2,
};

use crate::explorer::theme::{Tokens, font, radius, space, tokens};

/// Radius of the handle, to the middle of its ring, and of all that is seen of it.
pub(super) const RADIUS: f32 = 8.0;
const HANDLE: f32 = RADIUS + 0.5 * RING;
/// Width of the ring.
const RING: f32 = 2.0;

/// Room for the rail, the handle and the numbers, over the whole width.
pub(super) fn size(ui: &mut Ui) -> Vec2 {
    let text_height = ui.fonts_mut(|f| f.row_height(&font::small()));
    vec2(ui.available_width(), 2.0 * (HANDLE + space::XS) + space::XS + text_height)
}

/// Where the handle's centre can be.
pub(super) fn span(rect: Rect) -> Rangef {
    rect.x_range().shrink(HANDLE)
}

/// What keys and screen readers ask of a slider in this frame.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Asked {
    /// Steps upwards, less those downwards, and pages likewise.
    pub(super) steps: f64,
    pub(super) pages: f64,
    /// A value to go to; the ends lie infinitely far.
    pub(super) value: Option<f64>,
}

impl Asked {
    /// Reads them; the slider keeps the arrow keys to itself as long as it has focus.
    pub(super) fn of(ui: &Ui, response: &Response) -> Self {
        let focused = response.has_focus();
        if focused {
            let filter =
                EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
            ui.memory_mut(|m| m.set_focus_lock_filter(response.id, filter));
        }
        ui.input(|i| {
            let actions = |action| i.num_accesskit_action_requests(response.id, action) as f64;
            let values = i.accesskit_action_requests(response.id, Action::SetValue);
            let value = |data: &Option<ActionData>| match data {
                Some(ActionData::NumericValue(value)) if value.is_finite() => Some(*value),
                _ => None,
            };
            let mut asked = Self {
                steps: actions(Action::Increment) - actions(Action::Decrement),
                pages: 0.0,
                value: values.filter_map(|request| value(&request.data)).last(),
            };
            if focused {
                let pressed = |key| i.num_presses(key) as f64;
                asked.steps += pressed(Key::ArrowRight) + pressed(Key::ArrowUp);
                asked.steps -= pressed(Key::ArrowLeft) + pressed(Key::ArrowDown);
                asked.pages = pressed(Key::PageUp) - pressed(Key::PageDown);
                for (key, end) in [(Key::Home, f64::NEG_INFINITY), (Key::End, f64::INFINITY)] {
                    if i.key_pressed(key) {
                        asked.value = Some(end);
                    }
                }
            }
            asked
        })
    }
}

/// Tells screen readers what the slider is; one whose range is a single value cannot be moved.
pub(super) fn describe(ui: &Ui, response: &Response, label: &str, value: f64, range: RangeInclusive<f64>) {
    let (low, high) = (*range.start(), *range.end());
    let movable = low < high;
    response.widget_info(|| WidgetInfo::slider(ui.is_enabled() && movable, value, label));
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_min_numeric_value(low);
        node.set_max_numeric_value(high);
        if movable {
            node.add_action(Action::SetValue);
        }
        if value < high {
            node.add_action(Action::Increment);
        }
        if value > low {
            node.add_action(Action::Decrement);
        }
    });
}

/// Height of the rail's middle.
fn middle(rect: Rect) -> f32 {
    rect.top() + HANDLE + space::XS
}

/// The rail, filled up to `x` if the handle can be moved there, with a dot at each of `dots`.
pub(super) fn paint_rail(ui: &Ui, rect: Rect, filled_to: Option<f32>, dots: impl Iterator<Item = f32>) {
    let t = tokens(ui);
    let painter = ui.painter();
    let y = middle(rect);
    let rail = Rect::from_x_y_ranges(rect.x_range(), y - space::XS..=y + space::XS);
    let round = CornerRadius::same(radius::S);
    painter.rect_filled(rail, round, t.control_pressed);
    if let Some(x) = filled_to {
        painter.rect_filled(rail.with_max_x(x), round, t.accent);
    }
    for x in dots {
        let color = if filled_to.is_some_and(|end| x <= end) { t.accent } else { t.outline_strong };
        painter.circle_filled(pos2(x, y), space::S, color);
    }
}

/// The ring of a handle that can be moved.
pub(super) fn ring(t: &Tokens) -> Stroke {
    Stroke::new(RING, t.accent)
}

/// The handle, lighter while it is pointed at and ringed while it has focus; otherwise as egui's sliders have theirs, which stand
/// beside these.
pub(super) fn paint_handle(ui: &Ui, rect: Rect, response: &Response, x: f32) {
    let t = tokens(ui);
    let painter = ui.painter();
    let at = pos2(x, middle(rect));
    let active = response.hovered() || response.is_pointer_button_down_on();
    if response.has_focus() {
        painter.circle_filled(at, HANDLE + 4.0, t.accent.gamma_multiply(0.35));
    }
    painter.circle(at, RADIUS, if active { t.raised } else { t.control_pressed }, ring(t));
}

/// The handle of a slider that cannot be moved.
pub(super) fn paint_fixed_handle(ui: &Ui, rect: Rect, x: f32) {
    let t = tokens(ui);
    let at = pos2(x, middle(rect));
    ui.painter().circle(at, RADIUS, t.surface, Stroke::new(RING, t.outline_strong));
}

/// A number under the rail.
pub(super) struct Mark {
    pub(super) x: f32,
    pub(super) text: String,
    pub(super) color: Color32,
    /// Whether its tick, in its own colour, reaches up to the rail.
    pub(super) strong: bool,
}

/// The first mark first, then those that find room beside the ones before.
pub(super) fn paint_marks(ui: &Ui, rect: Rect, marks: Vec<Mark>) {
    let t: &Tokens = tokens(ui);
    let painter = ui.painter();
    let top = middle(rect) + HANDLE + space::XS;
    let mut taken: Vec<Rangef> = Vec::new();
    for Mark { x, text, color, strong } in marks {
        let x = painter.round_to_pixel_center(x);
        let galley = painter.layout_no_wrap(text, font::small(), color);
        let size = galley.size();
        let most = (rect.right() - size.x).at_least(rect.left());
        let left = (x - 0.5 * size.x).clamp(rect.left(), most);
        let span = Rangef::new(left - space::S, left + size.x + space::S);
        if taken.iter().any(|other| other.intersects(span)) {
            continue;
        }
        taken.push(span);
        let tick = Stroke::new(1.0, if strong { color } else { t.outline_strong });
        let above = if strong { HANDLE + 3.0 * space::XS } else { space::XS };
        painter.vline(x, top - above..=top + space::XS, tick);
        painter.galley(pos2(left, top + space::XS), galley, color);
    }
}

//! Buttons with the signs of a player; the font has none of them.

use eframe::egui::{Button, Rect, Response, Shape, Stroke, Ui, Vec2, pos2, vec2};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    Back,
    Play,
    Pause,
    Forward,
}

/// A button that shows a sign and is called `name`.
pub(crate) fn sign_button(ui: &mut Ui, sign: Sign, name: &str, enabled: bool) -> Response {
    let edge = ui.spacing().interact_size.y;
    let button = ui.add_enabled(enabled, Button::new("").min_size(Vec2::splat(edge)));
    let colour = ui.style().interact(&button).text_color();
    let colour = if enabled { colour } else { ui.visuals().disable(colour) };
    let area = Rect::from_center_size(button.rect.center(), vec2(9.0, 10.0));
    let bar = |left: f32| Rect::from_min_size(pos2(left, area.top()), vec2(2.5, area.height()));
    let arrow = |from: f32, to: f32| {
        let corners = vec![pos2(from, area.top()), pos2(to, area.center().y), pos2(from, area.bottom())];
        Shape::convex_polygon(corners, colour, Stroke::NONE)
    };
    let painter = ui.painter();
    match sign {
        Sign::Back => {
            painter.rect_filled(bar(area.left() - 1.0), 0, colour);
            painter.add(arrow(area.right(), area.left() + 2.0));
        }
        Sign::Play => drop(painter.add(arrow(area.left(), area.right() + 1.0))),
        Sign::Pause => {
            painter.rect_filled(bar(area.left() + 0.5), 0, colour);
            painter.rect_filled(bar(area.right() - 3.0), 0, colour);
        }
        Sign::Forward => {
            painter.add(arrow(area.left(), area.right() - 2.0));
            painter.rect_filled(bar(area.right() - 1.5), 0, colour);
        }
    }
    button.accessible_name(name)
}

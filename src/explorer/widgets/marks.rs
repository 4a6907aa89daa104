//! Dots and lines at places of a picture.

use eframe::egui::{Color32, Painter, Pos2, Rect, Stroke, Vec2};

/// Radius of a dot, and width of a line, in points; the dark rim comes on top.
const DOT: f32 = 2.0;
const LINE: f32 = 1.5;
const RIM: f32 = 1.25;

/// Places in shares of a picture's width and height from its top left corner.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Marks {
    pub(crate) dots: Vec<[f32; 2]>,
    pub(crate) lines: Vec<[[f32; 2]; 2]>,
}

impl Marks {
    /// Two tones, so that one of them stands out whatever is below; as large at every zoom.
    pub(super) fn paint(&self, painter: &Painter, picture: Rect) {
        let seen = painter.clip_rect().expand(DOT + RIM);
        let place = |uv: [f32; 2]| -> Pos2 { picture.min + Vec2::from(uv) * picture.size() };
        let dots: Vec<Pos2> =
            self.dots.iter().map(|uv| place(*uv)).filter(|dot| seen.contains(*dot)).collect();
        let is_seen = |line: &[Pos2; 2]| seen.intersects(Rect::from_two_pos(line[0], line[1]));
        let lines: Vec<[Pos2; 2]> = self.lines.iter().map(|line| line.map(place)).filter(is_seen).collect();
        for (rim, color) in [(RIM, Color32::from_black_alpha(190)), (0.0, Color32::WHITE)] {
            for line in &lines {
                painter.line_segment(*line, Stroke::new(LINE + 2.0 * rim, color));
            }
            for dot in &dots {
                painter.circle_filled(*dot, DOT + rim, color);
            }
        }
    }
}

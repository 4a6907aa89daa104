//! A colour map as a smooth strip.

use eframe::egui;
use eframe::egui::{Color32, Mesh, Rect, pos2};

use crate::figure::{Colormap, DivergingMap};

/// Colours along a scale.
pub(crate) trait Colors: Copy {
    /// The colour at a share 0..1 of the scale, red green blue.
    fn at(self, share: f32) -> [u8; 3];
    /// What a screen reader calls them.
    fn name(self) -> &'static str;
}

impl Colors for Colormap {
    fn at(self, share: f32) -> [u8; 3] {
        self.color(share)
    }

    fn name(self) -> &'static str {
        Colormap::name(self)
    }
}

/// Zero stands in the middle.
impl Colors for DivergingMap {
    fn at(self, share: f32) -> [u8; 3] {
        self.color(2.0 * share - 1.0)
    }

    fn name(self) -> &'static str {
        "blue to red"
    }
}

/// Enough that no step between two of a map's 256 colours is seen.
const STEPS: u32 = 128;

pub(super) fn color(colors: impl Colors, t: f32) -> Color32 {
    let [r, g, b] = colors.at(t);
    Color32::from_rgb(r, g, b)
}

/// From left to right.
pub(crate) fn horizontal(rect: Rect, colors: impl Colors) -> Mesh {
    strip(colors, |t| {
        let x = egui::lerp(rect.x_range(), t);
        [pos2(x, rect.top()), pos2(x, rect.bottom())]
    })
}

/// From the bottom to the top.
pub(super) fn vertical(rect: Rect, colors: impl Colors) -> Mesh {
    strip(colors, |t| {
        let y = egui::lerp(rect.y_range().flipped(), t);
        [pos2(rect.left(), y), pos2(rect.right(), y)]
    })
}

fn strip(colors: impl Colors, edge: impl Fn(f32) -> [egui::Pos2; 2]) -> Mesh {
    let mut mesh = Mesh::default();
    for step in 0..=STEPS {
        let t = step as f32 / STEPS as f32;
        for at in edge(t) {
            mesh.colored_vertex(at, color(colors, t));
        }
        if step > 0 {
            let first = 2 * (step - 1);
            mesh.add_triangle(first, first + 1, first + 2);
            mesh.add_triangle(first + 1, first + 2, first + 3);
        }
    }
    mesh
}

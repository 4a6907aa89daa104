//! A colour map as a smooth strip.

use eframe::egui;
use eframe::egui::{Color32, Mesh, Rect, pos2};

use crate::figure::Colormap;

/// Enough that no step between two of a map's 256 colours is seen.
const STEPS: u32 = 128;

pub(super) fn color(colormap: Colormap, t: f32) -> Color32 {
    let [r, g, b] = colormap.color(t);
    Color32::from_rgb(r, g, b)
}

/// From left to right.
pub(crate) fn horizontal(rect: Rect, colormap: Colormap) -> Mesh {
    strip(colormap, |t| {
        let x = egui::lerp(rect.x_range(), t);
        [pos2(x, rect.top()), pos2(x, rect.bottom())]
    })
}

/// From the bottom to the top.
pub(super) fn vertical(rect: Rect, colormap: Colormap) -> Mesh {
    strip(colormap, |t| {
        let y = egui::lerp(rect.y_range().flipped(), t);
        [pos2(rect.left(), y), pos2(rect.right(), y)]
    })
}

fn strip(colormap: Colormap, edge: impl Fn(f32) -> [egui::Pos2; 2]) -> Mesh {
    let mut mesh = Mesh::default();
    for step in 0..=STEPS {
        let t = step as f32 / STEPS as f32;
        for at in edge(t) {
            mesh.colored_vertex(at, color(colormap, t));
        }
        if step > 0 {
            let first = 2 * (step - 1);
            mesh.add_triangle(first, first + 1, first + 2);
            mesh.add_triangle(first + 1, first + 2, first + 3);
        }
    }
    mesh
}

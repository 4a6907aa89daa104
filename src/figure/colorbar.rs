//! The colour bar: a boxed gradient with outward ticks, round numbers and a label.

use std::fmt::Write;
use std::sync::{Arc, LazyLock};

use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::{self, fontdb};

use crate::image::RgbImage;
use crate::maps::Range;

use super::{Colormap, FigureError, tick_label, ticks};

/// Which way values grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Orientation {
    /// To the right; numbers below, label above.
    #[default]
    Horizontal,
    /// Upwards; numbers to the right, label along the right side.
    Vertical,
}

/// What a colour bar shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Colorbar {
    pub colormap: Colormap,
    pub range: Range,
    /// What is measured: `Ponder cost`.
    pub label: String,
    pub orientation: Orientation,
}

// Measures in CSS pixels.
const LENGTH: f32 = 320.0;
const THICKNESS: f32 = 16.0;
const MARGIN: f32 = 12.0;
const TICK: f32 = 5.0;
const FONT_SIZE: f32 = 13.0;
/// Width of a digit in the embedded font, and its height, as shares of the font size.
const DIGIT_WIDTH: f32 = 0.56;
const DIGIT_HEIGHT: f32 = 0.7;
const INK: &str = "#222222";

/// A tick: how far along the bar (0..1), and its number.
type Tick = (f32, String);

/// The colour bar as SVG with text as text, dark ink for light backgrounds, nothing behind it.
pub fn colorbar_svg(bar: &Colorbar) -> String {
    let ticks = labelled_ticks(bar);
    match bar.orientation {
        Orientation::Horizontal => horizontal(bar, &ticks),
        Orientation::Vertical => vertical(bar, &ticks),
    }
}

/// The colour bar as a picture on white, `scale` picture pixels to a CSS pixel (2 is crisp on most screens).
///
/// # Errors
/// [`FigureError::Draw`] if `scale` makes a picture that is empty or too large.
pub fn colorbar_picture(bar: &Colorbar, scale: f32) -> Result<RgbImage, FigureError> {
    static FONTS: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
        let mut fonts = fontdb::Database::new();
        fonts.load_font_data(epaint_default_fonts::UBUNTU_LIGHT.to_vec());
        Arc::new(fonts)
    });
    let options = usvg::Options { fontdb: FONTS.clone(), ..usvg::Options::default() };
    let tree = usvg::Tree::from_str(&colorbar_svg(bar), &options)
        .map_err(|error| FigureError::Draw(error.to_string()))?;
    let size = tree.size();
    let mut pixmap = Pixmap::new((size.width() * scale).ceil() as u32, (size.height() * scale).ceil() as u32)
        .ok_or_else(|| FigureError::Draw(format!("a scale of {scale}")))?;
    pixmap.fill(Color::WHITE);
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixmap.as_mut());
    Ok(RgbImage::from_fn(pixmap.width(), pixmap.height(), |x, y| {
        let start = 4 * (y as usize * pixmap.width() as usize + x as usize);
        let pixels = pixmap.data();
        ::image::Rgb([pixels[start], pixels[start + 1], pixels[start + 2]])
    }))
}

/// As many round numbers as have room without touching.
fn labelled_ticks(bar: &Colorbar) -> Vec<Tick> {
    let label = |most: usize| -> Vec<Tick> {
        let values = ticks(bar.range, most);
        let place = |value: f64| bar.range.position(value as f32);
        values.iter().map(|&value| (place(value), tick_label(value, &values))).collect()
    };
    let fits = |ticks: &[Tick]| match bar.orientation {
        Orientation::Vertical => true,
        Orientation::Horizontal => ticks.len() as f32 * (longest(ticks) + FONT_SIZE) <= LENGTH,
    };
    let most = 8;
    (1..=most).rev().map(label).find(|ticks| fits(ticks)).unwrap_or_default()
}

/// Width of the longest number, estimated.
fn longest(ticks: &[Tick]) -> f32 {
    let digits = ticks.iter().map(|(_, label)| label.len()).max().unwrap_or(0);
    digits as f32 * DIGIT_WIDTH * FONT_SIZE
}

fn horizontal(bar: &Colorbar, ticks: &[Tick]) -> String {
    let left = MARGIN.max(longest(ticks) / 2.0 + 2.0).ceil();
    let top = MARGIN + FONT_SIZE + 6.0;
    let bottom = top + THICKNESS;
    let baseline = bottom + TICK + 4.0 + DIGIT_HEIGHT * FONT_SIZE;
    let mut svg = start(LENGTH + 2.0 * left, baseline + MARGIN);
    gradient(&mut svg, bar.colormap, (0, 0, 1, 0));
    text(&mut svg, (left, MARGIN + DIGIT_HEIGHT * FONT_SIZE + 2.0), "start", "", &bar.label);
    boxed(&mut svg, left, top, LENGTH, THICKNESS);
    for (place, label) in ticks {
        let x = left + place * LENGTH;
        line(&mut svg, (x, bottom), (x, bottom + TICK));
        text(&mut svg, (x, baseline), "middle", "", label);
    }
    svg + "</svg>\n"
}

fn vertical(bar: &Colorbar, ticks: &[Tick]) -> String {
    let top = MARGIN;
    let right = MARGIN + THICKNESS;
    let numbers = right + TICK + 4.0;
    let label_baseline = numbers + longest(ticks) + 8.0 + DIGIT_HEIGHT * FONT_SIZE;
    let mut svg = start(label_baseline + MARGIN, LENGTH + 2.0 * top);
    gradient(&mut svg, bar.colormap, (0, 1, 0, 0));
    boxed(&mut svg, MARGIN, top, THICKNESS, LENGTH);
    for (place, label) in ticks {
        let y = top + (1.0 - place) * LENGTH;
        line(&mut svg, (right, y), (right + TICK, y));
        text(&mut svg, (numbers, y + DIGIT_HEIGHT * FONT_SIZE / 2.0), "start", "", label);
    }
    let middle = top + LENGTH / 2.0;
    let turn = format!(r#" transform="rotate(-90 {label_baseline:.2} {middle:.2})""#);
    text(&mut svg, (label_baseline, middle), "middle", &turn, &bar.label);
    svg + "</svg>\n"
}

fn start(width: f32, height: f32) -> String {
    let (width, height) = (width.ceil(), height.ceil());
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"Ubuntu, Helvetica, Arial, sans-serif\" \
         font-size=\"{FONT_SIZE}\" fill=\"{INK}\">\n"
    )
}

/// Defines the gradient `colors` from `(x1, y1)` to `(x2, y2)`, one stop a colour of the table.
fn gradient(svg: &mut String, colormap: Colormap, (x1, y1, x2, y2): (u8, u8, u8, u8)) {
    let _ = writeln!(svg, r#"<linearGradient id="colors" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}">"#);
    for entry in 0..=255u8 {
        let place = (f32::from(entry) + 0.5) / 256.0;
        let [red, green, blue] = colormap.color(place);
        let _ =
            writeln!(svg, r##"<stop offset="{place:.4}" stop-color="#{red:02x}{green:02x}{blue:02x}"/>"##);
    }
    svg.push_str("</linearGradient>\n");
}

fn boxed(svg: &mut String, x: f32, y: f32, width: f32, height: f32) {
    let _ = writeln!(
        svg,
        r#"<rect x="{x:.2}" y="{y:.2}" width="{width}" height="{height}" fill="url(#colors)" stroke="{INK}"/>"#
    );
}

fn line(svg: &mut String, (x1, y1): (f32, f32), (x2, y2): (f32, f32)) {
    let _ = writeln!(svg, r#"<line x1="{x1:.2}" y1="{y1:.2}" x2="{x2:.2}" y2="{y2:.2}" stroke="{INK}"/>"#);
}

fn text(svg: &mut String, (x, y): (f32, f32), anchor: &str, attributes: &str, text: &str) {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let _ =
        writeln!(svg, r#"<text x="{x:.2}" y="{y:.2}" text-anchor="{anchor}"{attributes}>{escaped}</text>"#);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(orientation: Orientation, label: &str) -> Colorbar {
        let range = Range { low: 6.0, high: 18.0 };
        Colorbar { colormap: Colormap::Viridis, range, label: label.to_owned(), orientation }
    }

    #[test]
    fn a_colour_bar_is_drawn_with_its_text() {
        for orientation in [Orientation::Horizontal, Orientation::Vertical] {
            let with = colorbar_picture(&bar(orientation, "Ponder cost"), 2.0).unwrap();
            let without = colorbar_picture(&bar(orientation, ""), 2.0).unwrap();
            assert_eq!(with.dimensions(), without.dimensions());
            // The font has to be found without one installed on the machine, or the label would be missing.
            assert_ne!(with, without);
            assert_eq!(with.get_pixel(0, 0).0, [255; 3]);
            let svg = colorbar_svg(&bar(orientation, "Ponder cost"));
            for text in [">6<", ">12<", ">18<", ">Ponder cost<"] {
                assert!(svg.contains(text), "{text} is missing");
            }
        }
    }

    #[test]
    fn the_gradient_runs_from_low_to_high() {
        let horizontal = colorbar_picture(&bar(Orientation::Horizontal, ""), 1.0).unwrap();
        let middle = (MARGIN + FONT_SIZE + 6.0 + THICKNESS / 2.0) as u32;
        let vertical = colorbar_picture(&bar(Orientation::Vertical, ""), 1.0).unwrap();
        let across = (MARGIN + THICKNESS / 2.0) as u32;
        for t in [0.1, 0.5, 0.9] {
            let along = (t * LENGTH) as u32;
            let from_left = horizontal.get_pixel(MARGIN as u32 + along, middle);
            let from_bottom = vertical.get_pixel(across, (MARGIN + LENGTH) as u32 - along);
            for pixel in [from_left, from_bottom] {
                let near = pixel.0.iter().zip(Colormap::Viridis.color(t)).all(|(&a, b)| a.abs_diff(b) <= 4);
                assert!(near, "{pixel:?} at {t}");
            }
        }
    }

    #[test]
    fn a_label_cannot_break_the_drawing() {
        let odd = bar(Orientation::Vertical, "N < \"rho\" & <b>");
        assert!(colorbar_picture(&odd, 1.0).is_ok());
        assert!(colorbar_picture(&odd, 0.0).is_err());
        assert!(colorbar_picture(&odd, 1e9).is_err());
    }
}

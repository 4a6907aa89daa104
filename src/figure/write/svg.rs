//! SVG: text as text, maps as embedded PNG with sharp cells. A user unit is a point.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::super::command_line::Provenance;
use super::super::scene::{Anchor, Area, Item, POINTS_PER_MM, Raster, Rgb, Scene, Text};
use super::super::{FigureError, text};
use super::png;

/// The font first, then what most machines have that is no wider.
const FAMILY: &str = "Ubuntu Light, Ubuntu, Helvetica, Arial, sans-serif";

pub(super) fn encode(scene: &Scene, title: &str, provenance: &Provenance) -> Result<Vec<u8>, FigureError> {
    let mut about = format!("<title>{}</title>\n<metadata>\n", escaped(title));
    for (key, value) in provenance {
        let key = key.to_lowercase();
        let _ = writeln!(about, "<ponderscope:{key}>{}</ponderscope:{key}>", escaped(value));
    }
    about.push_str("</metadata>\n");
    drawn(scene, &about).map(String::into_bytes)
}

/// The scene as SVG; `about` stands before all that is drawn.
pub(super) fn drawn(scene: &Scene, about: &str) -> Result<String, FigureError> {
    let Scene { width, height, paper, items } = scene;
    let [across, down] = [width, height].map(|points| number(points / POINTS_PER_MM));
    let (width, height) = (number(*width), number(*height));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:ponderscope=\"urn:ponderscope\" width=\"{across}mm\" \
         height=\"{down}mm\" viewBox=\"0 0 {width} {height}\" font-family=\"{FAMILY}\" font-weight=\"300\">\n{about}"
    );
    if let Some(paper) = paper {
        let _ = writeln!(svg, r#"<rect width="{width}" height="{height}" fill="{}"/>"#, hex(*paper));
    }
    let mut gradients = 0;
    for item in items {
        match item {
            Item::Text(text) => draw_text(&mut svg, text),
            Item::Line { from, to, width, color } => {
                let [x1, y1, x2, y2] = [from.0, from.1, to.0, to.1].map(number);
                let (width, color) = (number(*width), hex(*color));
                let _ = writeln!(
                    svg,
                    r#"<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{color}" stroke-width="{width}"/>"#
                );
            }
            Item::Frame { area, width, color } => {
                let (width, color) = (number(*width), hex(*color));
                let _ = writeln!(
                    svg,
                    r#"<rect {} fill="none" stroke="{color}" stroke-width="{width}"/>"#,
                    place(*area)
                );
            }
            Item::Raster(raster) => draw_raster(&mut svg, raster)?,
            Item::Gradient { area, colors, upwards } => {
                gradients += 1;
                let id = format!("colours{gradients}");
                draw_gradient(&mut svg, &id, *area, colors, *upwards);
            }
        }
    }
    svg.push_str("</svg>\n");
    Ok(svg)
}

fn draw_text(svg: &mut String, text: &Text) {
    let (x, y) = (number(text.at.0), number(text.at.1));
    let anchor = match text.anchor {
        Anchor::Start => "",
        Anchor::Middle => r#" text-anchor="middle""#,
        Anchor::End => r#" text-anchor="end""#,
    };
    let turn = if text.upwards { format!(r#" transform="rotate(-90 {x} {y})""#) } else { String::new() };
    let (size, color, words) = (number(text.size), hex(text.color), escaped(&text.text));
    let _ = writeln!(
        svg,
        r#"<text x="{x}" y="{y}" font-size="{size}" fill="{color}"{anchor}{turn}>{words}</text>"#
    );
}

fn draw_raster(svg: &mut String, raster: &Raster) -> Result<(), FigureError> {
    let (pixels, crisp) = raster.pixels();
    let data = STANDARD.encode(png::plain(&pixels)?);
    let edges = if crisp { r#" style="image-rendering:pixelated""# } else { "" };
    let _ = writeln!(
        svg,
        r#"<image {} preserveAspectRatio="none"{edges} href="data:image/png;base64,{data}"/>"#,
        place(raster.area)
    );
    Ok(())
}

fn draw_gradient(svg: &mut String, id: &str, area: Area, colors: &[Rgb], upwards: bool) {
    let (x2, y1) = if upwards { (0, 1) } else { (1, 0) };
    let _ = writeln!(svg, r#"<linearGradient id="{id}" x1="0" y1="{y1}" x2="{x2}" y2="0">"#);
    let last = colors.len().saturating_sub(1).max(1) as f32;
    for (index, color) in colors.iter().enumerate() {
        let _ =
            writeln!(svg, r#"<stop offset="{}" stop-color="{}"/>"#, number(index as f32 / last), hex(*color));
    }
    let _ = writeln!(svg, "</linearGradient>\n<rect {} fill=\"url(#{id})\"/>", place(area));
}

fn place(area: Area) -> String {
    let [x, y, width, height] = [area.x, area.y, area.width, area.height].map(number);
    format!(r#"x="{x}" y="{y}" width="{width}" height="{height}""#)
}

/// To a 10,000th of a point, without zeros at the end.
fn number(value: f32) -> String {
    let text = format!("{value:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

fn hex([red, green, blue]: Rgb) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

fn escaped(text: &str) -> String {
    let plain = text::plain(text);
    plain.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

//! PDF: text as text in an embedded subset of the font, maps with sharp cells.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use krilla::color::rgb;
use krilla::geom::{Path, PathBuilder, Point, Rect, Size, Transform};
use krilla::image::{BitsPerComponent, CustomImage, Image, ImageColorspace};
use krilla::metadata::Metadata;
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::{Fill, LinearGradient, SpreadMethod, Stop, Stroke};
use krilla::surface::Surface;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use krilla::{Data, Document};

use super::super::FigureError;
use super::super::command_line::Provenance;
use super::super::scene::{Area, Item, Raster, Rgb, Scene, Text};
use super::super::text::{self, FONT};
use crate::image::RgbImage;

pub(super) fn encode(scene: &Scene, title: &str, provenance: &Provenance) -> Result<Vec<u8>, FigureError> {
    let unable =
        |what: &str| FigureError::Draw(format!("{what} of {} x {} points", scene.width, scene.height));
    let font = Font::new(Data::from(FONT.to_vec()), 0).ok_or_else(|| unable("no font on a page"))?;
    let settings = PageSettings::from_wh(scene.width, scene.height).ok_or_else(|| unable("a page"))?;
    let mut document = Document::new();
    document.set_metadata(metadata(title, provenance));
    let mut page = document.start_page_with(settings);
    let mut surface = page.surface();
    if let Some(paper) = scene.paper {
        let area = Area { x: 0.0, y: 0.0, width: scene.width, height: scene.height };
        filled(&mut surface, area, fill(paper));
    }
    for item in &scene.items {
        draw(&mut surface, item, &font).ok_or_else(|| unable("something"))?;
    }
    surface.finish();
    page.finish();
    document.finish().map_err(|error| FigureError::Draw(format!("{error:?}")))
}

/// In the document's information and in XMP alike.
fn metadata(title: &str, provenance: &Provenance) -> Metadata {
    let mut metadata = Metadata::new().title(text::plain(title)).language("en".to_owned());
    let mut keywords = Vec::new();
    for (key, value) in provenance {
        let value = text::plain(value);
        metadata = match *key {
            "Software" => metadata.creator(value.clone()).producer(value),
            "Command" => metadata.description(value),
            _ => {
                keywords.push(format!("{key}: {value}"));
                metadata
            }
        };
    }
    metadata.keywords(keywords)
}

fn draw(surface: &mut Surface<'_>, item: &Item, font: &Font) -> Option<()> {
    match item {
        Item::Text(text) => draw_text(surface, text, font),
        Item::Line { from, to, width, color } => {
            let mut path = PathBuilder::new();
            path.move_to(from.0, from.1);
            path.line_to(to.0, to.1);
            surface.set_fill(None);
            surface.set_stroke(Some(stroke(*color, *width)));
            surface.draw_path(&path.finish()?);
        }
        Item::Frame { area, width, color } => {
            surface.set_fill(None);
            surface.set_stroke(Some(stroke(*color, *width)));
            surface.draw_path(&outline(*area)?);
        }
        Item::Raster(raster) => draw_raster(surface, raster)?,
        Item::Gradient { area, colors, upwards } => filled(surface, *area, gradient(*area, colors, *upwards)),
    }
    Some(())
}

fn draw_text(surface: &mut Surface<'_>, text: &Text, font: &Font) {
    let mut at = 0;
    let glyphs = text::glyphs(&text.text).into_iter().map(|glyph| {
        let range = at..at + glyph.bytes;
        at = range.end;
        KrillaGlyph::new(GlyphId::new(glyph.id), glyph.advance, 0.0, 0.0, 0.0, range, None)
    });
    let glyphs: Vec<KrillaGlyph> = glyphs.collect();
    // The anchor becomes the origin, and the text runs to the right of it.
    let (x, y) = text.at;
    let place = if text.upwards {
        Transform::from_row(0.0, -1.0, 1.0, 0.0, x, y)
    } else {
        Transform::from_row(1.0, 0.0, 0.0, 1.0, x, y)
    };
    surface.push_transform(&place);
    surface.set_fill(Some(fill(text.color)));
    surface.set_stroke(None);
    let start = Point::from_xy(-text.lead(), 0.0);
    surface.draw_glyphs(start, &glyphs, font.clone(), &text.text, text.size, false);
    surface.pop();
}

fn draw_raster(surface: &mut Surface<'_>, raster: &Raster) -> Option<()> {
    let Area { x, y, width, height } = raster.area;
    let (pixels, crisp) = raster.pixels();
    let image = Image::from_custom(Cells(Arc::new(pixels)), !crisp).ok()?;
    surface.push_transform(&Transform::from_translate(x, y));
    surface.draw_image(image, Size::from_wh(width, height)?);
    surface.pop();
    Some(())
}

fn filled(surface: &mut Surface<'_>, area: Area, fill: Fill) {
    surface.set_stroke(None);
    surface.set_fill(Some(fill));
    if let Some(path) = outline(area) {
        surface.draw_path(&path);
    }
}

fn outline(area: Area) -> Option<Path> {
    let mut path = PathBuilder::new();
    path.push_rect(Rect::from_xywh(area.x, area.y, area.width, area.height)?);
    path.finish()
}

fn gradient(area: Area, colors: &[Rgb], upwards: bool) -> Fill {
    let last = colors.len().saturating_sub(1).max(1) as f32;
    let stops = colors.iter().enumerate().map(|(index, &color)| Stop {
        offset: NormalizedF32::new((index as f32 / last).min(1.0)).unwrap_or(NormalizedF32::ONE),
        color: rgb_of(color).into(),
        opacity: NormalizedF32::ONE,
    });
    let (x2, y1) = if upwards { (area.x, area.bottom()) } else { (area.right(), area.y) };
    let paint = LinearGradient {
        x1: area.x,
        y1,
        x2,
        y2: area.y,
        transform: Transform::identity(),
        spread_method: SpreadMethod::Pad,
        stops: stops.collect(),
        anti_alias: false,
    };
    Fill { paint: paint.into(), opacity: NormalizedF32::ONE, rule: Default::default() }
}

fn fill(color: Rgb) -> Fill {
    Fill { paint: rgb_of(color).into(), opacity: NormalizedF32::ONE, rule: Default::default() }
}

fn stroke(color: Rgb, width: f32) -> Stroke {
    Stroke { paint: rgb_of(color).into(), width, ..Stroke::default() }
}

fn rgb_of([red, green, blue]: Rgb) -> rgb::Color {
    rgb::Color::new(red, green, blue)
}

/// Pixels without opacity.
#[derive(Clone)]
struct Cells(Arc<RgbImage>);

impl Hash for Cells {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.0.dimensions(), self.0.as_raw()).hash(state);
    }
}

impl CustomImage for Cells {
    fn color_channel(&self) -> &[u8] {
        self.0.as_raw()
    }

    fn alpha_channel(&self) -> Option<&[u8]> {
        None
    }

    fn bits_per_component(&self) -> BitsPerComponent {
        BitsPerComponent::Eight
    }

    fn size(&self) -> (u32, u32) {
        self.0.dimensions()
    }

    fn icc_profile(&self) -> Option<&[u8]> {
        None
    }

    fn color_space(&self) -> ImageColorspace {
        ImageColorspace::Rgb
    }
}

//! From a trace to what is drawn: the map, its range, its histogram and its coloured pixels.

use std::sync::Arc;

use eframe::egui::ColorImage;

use crate::figure::{self, Colormap};
use crate::image::RgbImage;
use crate::maps::{PonderMap, Quantity, Range, RangeChoice, Scope};

use super::inference::Outcome;

/// Parts of the colour bar's histogram.
const BINS: usize = 64;

/// How a map is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Style {
    pub quantity: Quantity,
    pub scope: Scope,
    pub range: RangeChoice,
    pub colormap: Colormap,
}

/// A map to be painted.
pub struct PaintRequest {
    pub outcome: Arc<Outcome>,
    pub style: Style,
    /// Largest edge of a texture.
    pub most_pixels: usize,
}

/// A painted map with all that is written beside it.
pub struct Painting {
    pub outcome: Arc<Outcome>,
    pub style: Style,
    /// `None` for a vanilla network.
    pub map: Option<PaintedMap>,
}

pub struct PaintedMap {
    pub map: PonderMap,
    pub range: Range,
    pub histogram: Vec<usize>,
    pub extent: Range,
    pub mean: f32,
}

impl PaintRequest {
    /// The painting, and the map's pixels to be handed to the graphics card.
    pub fn paint(self) -> (Painting, Option<ColorImage>) {
        let Self { outcome, style, most_pixels } = self;
        let Some(map) = PonderMap::from_trace(&outcome.trace, style.quantity, style.scope) else {
            return (Painting { outcome, style, map: None }, None);
        };
        let range = style.range.resolve(&map);
        let pixels = to_screen(&figure::colorize(&map, range, style.colormap), most_pixels);
        let histogram = map.histogram(range, BINS);
        let map = PaintedMap { range, histogram, extent: map.extent(), mean: map.mean(), map };
        (Painting { outcome, style, map: Some(map) }, Some(pixels))
    }
}

/// Pixels for the screen; a picture larger than a texture may be is thinned out.
pub fn to_screen(picture: &RgbImage, most_pixels: usize) -> ColorImage {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let edge = width.max(height);
    if edge <= most_pixels {
        return ColorImage::from_rgb([width, height], picture.as_raw());
    }
    let shrunk = |length: usize| (length * most_pixels / edge).max(1) as u32;
    let small = ::image::imageops::thumbnail(picture, shrunk(width), shrunk(height));
    ColorImage::from_rgb([small.width() as usize, small.height() as usize], small.as_raw())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_larger_than_a_texture_is_thinned_out() {
        let picture = RgbImage::from_pixel(300, 60, ::image::Rgb([10, 20, 30]));
        assert_eq!(to_screen(&picture, 300).size, [300, 60]);
        let small = to_screen(&picture, 100);
        assert_eq!(small.size, [100, 20]);
        assert!(small.pixels.iter().all(|pixel| pixel.to_array() == [10, 20, 30, 255]));
        assert_eq!(to_screen(&RgbImage::new(5000, 1), 100).size, [100, 1]);
    }
}

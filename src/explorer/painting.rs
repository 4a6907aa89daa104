//! From a trace to what is drawn: the map, its range, its histogram and its coloured pixels.

use std::sync::Arc;

use eframe::egui::ColorImage;

use crate::figure::{self, Colormap};
use crate::image::RgbImage;
use crate::maps::{PonderMap, Quantity, Range, RangeChoice, Scope};
use crate::network::{Decisions, Preview};

use super::inference::{Means, Outcome, RunKey};

/// Parts of the colour bar's histogram.
pub const BINS: usize = 64;

/// How a map is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Style {
    pub quantity: Quantity,
    pub scope: Scope,
    pub range: RangeChoice,
    pub colormap: Colormap,
}

/// What is to be painted.
#[derive(Clone, Debug, PartialEq)]
pub struct Motif {
    /// The run whose map it is.
    pub run: RunKey,
    /// The run that is wanted but still to come, if its map is to be guessed from that one.
    pub preview_of: Option<RunKey>,
    pub style: Style,
}

/// A map to be painted.
pub struct PaintRequest {
    pub outcome: Arc<Outcome>,
    pub motif: Motif,
    /// Largest edge of a texture.
    pub most_pixels: usize,
}

/// A painted map with all that is written beside it.
pub struct Painting {
    /// The last run that was made; what it found is all that is known.
    pub outcome: Arc<Outcome>,
    pub motif: Motif,
    /// What the run that is wanted is guessed to decide. Then the map is of these decisions.
    pub preview: Option<Preview>,
    /// `None` for a vanilla network.
    pub map: Option<PaintedMap>,
    /// Of the network's maps, as painted.
    pub means: Option<Means>,
}

pub struct PaintedMap {
    pub map: PonderMap,
    pub range: Range,
    pub histogram: Vec<usize>,
    /// Of the run that was made, although the map may be a preview.
    pub found: Found,
}

/// What the map of a run comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    pub extent: Range,
    pub mean: f32,
}

impl Found {
    fn of(map: &PonderMap) -> Self {
        Self { extent: map.extent(), mean: map.mean() }
    }
}

impl PaintRequest {
    /// The painting, and the map's pixels to be handed to the graphics card.
    pub fn paint(self) -> (Painting, Option<ColorImage>) {
        let Self { outcome, motif, most_pixels } = self;
        let painting = Painting::of(outcome, motif);
        let pixels = painting.map.as_ref().map(|painted| painted.pixels(painting.motif.style, most_pixels));
        (painting, pixels)
    }
}

impl PaintedMap {
    /// The map in colours.
    pub fn pixels(&self, style: Style, most_pixels: usize) -> ColorImage {
        to_screen(&figure::colorize(&self.map, self.range, style.colormap), most_pixels)
    }
}

impl Painting {
    /// What there is to paint of a run. Where a preview is asked for but nothing is known to guess it from, the run itself is
    /// painted.
    pub fn of(outcome: Arc<Outcome>, motif: Motif) -> Self {
        let Style { quantity, scope, range, .. } = motif.style;
        let map_of = |decisions| PonderMap::from_decisions(&decisions, quantity, scope);
        let preview = motif.preview_of.as_ref().and_then(|wanted| outcome.preview(wanted));
        let real = map_of(outcome.trace.decisions());
        let found = real.as_ref().map(Found::of);
        let (map, means) = match &preview {
            Some(preview) => (map_of(preview.decisions()), Means::of(&preview.decisions())),
            None => (real, outcome.means),
        };
        let map = map.zip(found).map(|(map, found)| {
            let range = range.resolve(&map);
            PaintedMap { range, histogram: map.histogram(range, BINS), map, found }
        });
        Self { outcome, motif, preview, map, means }
    }

    /// What the map is of: decisions taken, or only guessed.
    pub fn decisions(&self) -> Decisions<'_> {
        match &self.preview {
            Some(preview) => preview.decisions(),
            None => self.outcome.trace.decisions(),
        }
    }

    pub fn is_preview(&self) -> bool {
        self.preview.is_some()
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

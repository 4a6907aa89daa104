//! What a panel shows, as pixels that suit the size at which it is printed.

use std::sync::Arc;

use ::image::imageops::{FilterType, resize};

use crate::image::RgbImage;

use super::overlay;
use super::scene::Rgb;

/// What a panel shows, before it is known how large.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Drawing {
    Picture(Arc<RgbImage>),
    /// One pixel a value.
    Map(RgbImage),
    /// A map over the picture.
    Overlay {
        picture: Arc<RgbImage>,
        map: RgbImage,
        opacity: f32,
    },
    /// The picture where it is active, and pale where it has halted.
    Active {
        picture: Arc<RgbImage>,
        active: Active,
        paper: Rgb,
    },
}

/// Where a block runs one of its units.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Active {
    pub height: usize,
    pub width: usize,
    /// How many units each position runs, row by row; the frames of an animation share them.
    pub units: Arc<[u32]>,
    /// From 1.
    pub unit: usize,
}

impl Active {
    /// The share of positions that run the unit.
    pub fn share(&self) -> f32 {
        let active = self.units.iter().filter(|&&units| units as usize >= self.unit).count();
        active as f32 / self.units.len().max(1) as f32
    }

    fn holds(&self, row: usize, column: usize) -> bool {
        self.units.get(row * self.width + column).is_some_and(|&units| units as usize >= self.unit)
    }

    fn cells(&self) -> (u32, u32) {
        (self.width as u32, self.height as u32)
    }
}

/// A picture so much coarser than print is one of cells, and drawn so.
const COARSE: u32 = 3;
/// How much of a halted position's colour is left.
const FADED: f32 = 0.28;

impl Drawing {
    /// Columns and rows of pixels for an area of `width` x `height` dots.
    pub fn size(&self, area: (f32, f32)) -> (u32, u32) {
        let dots = whole(area);
        match self {
            Self::Picture(picture) => sized(picture.dimensions(), dots),
            Self::Map(map) => multiplied(map.dimensions(), factor(map.dimensions(), dots)),
            Self::Overlay { picture, map, .. } => canvas(picture.dimensions(), map.dimensions(), dots),
            Self::Active { picture, active, .. } => canvas(picture.dimensions(), active.cells(), dots),
        }
    }

    /// Pixels for an area of `width` x `height` dots, or somewhat more; and whether they are cells with sharp edges.
    /// Cells all have the same whole number of pixels, so they stay what they are in viewers that smooth.
    pub fn pixels(&self, area: (f32, f32)) -> (RgbImage, bool) {
        let (dots, size) = (whole(area), self.size(area));
        match self {
            Self::Picture(picture) => {
                let crisp = is_coarse(picture.dimensions(), dots);
                let shown = match crisp {
                    true => repeated(picture, factor(picture.dimensions(), dots)),
                    false if size == picture.dimensions() => RgbImage::clone(picture),
                    false => resize(picture.as_ref(), size.0, size.1, FilterType::Lanczos3),
                };
                (shown, crisp)
            }
            Self::Map(map) => {
                (repeated(map, factor(map.dimensions(), dots)), is_finer(dots, map.dimensions()))
            }
            Self::Overlay { picture, map, opacity } => {
                (overlay(&stretched(picture, size), map, *opacity), is_finer(dots, map.dimensions()))
            }
            Self::Active { picture, active, paper } => {
                (faded(stretched(picture, size), active, *paper), is_finer(dots, active.cells()))
            }
        }
    }
}

fn whole((width, height): (f32, f32)) -> (u32, u32) {
    (width.ceil().max(1.0) as u32, height.ceil().max(1.0) as u32)
}

fn multiplied((width, height): (u32, u32), factor: u32) -> (u32, u32) {
    (width.saturating_mul(factor), height.saturating_mul(factor))
}

/// How often a cell is repeated in both directions so that there are no fewer pixels than dots.
fn factor((width, height): (u32, u32), dots: (u32, u32)) -> u32 {
    dots.0.div_ceil(width.max(1)).max(dots.1.div_ceil(height.max(1))).max(1)
}

fn is_finer(dots: (u32, u32), (width, height): (u32, u32)) -> bool {
    dots.0 > width && dots.1 > height
}

fn is_coarse((width, height): (u32, u32), dots: (u32, u32)) -> bool {
    width.saturating_mul(COARSE) <= dots.0 && height.saturating_mul(COARSE) <= dots.1
}

fn repeated(cells: &RgbImage, factor: u32) -> RgbImage {
    RgbImage::from_fn(cells.width() * factor, cells.height() * factor, |x, y| {
        *cells.get_pixel(x / factor, y / factor)
    })
}

/// Pixels of a picture by itself: no more than print can show, and cells as cells.
fn sized(picture: (u32, u32), dots: (u32, u32)) -> (u32, u32) {
    match picture {
        _ if is_coarse(picture, dots) => multiplied(picture, factor(picture, dots)),
        (width, height) if dots.0 < width && dots.1 < height => dots,
        _ => picture,
    }
}

/// Pixels of a picture that cells are drawn over: a whole number for each cell, and for each pixel of a coarse picture
/// if its pixels part the cells evenly.
fn canvas(picture: (u32, u32), cells: (u32, u32), dots: (u32, u32)) -> (u32, u32) {
    let parts_evenly = picture.0.is_multiple_of(cells.0.max(1)) && picture.1.is_multiple_of(cells.1.max(1));
    let unit = if is_coarse(picture, dots) && parts_evenly { picture } else { cells };
    multiplied((unit.0.max(1), unit.1.max(1)), factor(unit, dots))
}

/// The picture at exactly this size.
fn stretched(picture: &RgbImage, (width, height): (u32, u32)) -> RgbImage {
    if picture.dimensions() == (width, height) {
        return picture.clone();
    }
    let coarse = is_coarse(picture.dimensions(), (width, height));
    let filter = if coarse { FilterType::Nearest } else { FilterType::CatmullRom };
    resize(picture, width, height, filter)
}

/// Where it is not active, grey and close to the paper.
fn faded(mut picture: RgbImage, active: &Active, paper: Rgb) -> RgbImage {
    let (width, height) = picture.dimensions();
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        let row = y as usize * active.height / height as usize;
        let column = x as usize * active.width / width as usize;
        if !active.holds(row, column) {
            let [red, green, blue] = pixel.0.map(f32::from);
            let grey = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
            let towards = |paper: u8| (f32::from(paper) * (1.0 - FADED) + grey * FADED).round() as u8;
            pixel.0 = paper.map(towards);
        }
    }
    picture
}

#[cfg(test)]
mod tests {
    use ::image::Rgb;

    use super::*;

    fn picture(width: u32, height: u32) -> Arc<RgbImage> {
        Arc::new(RgbImage::from_fn(width, height, |x, y| Rgb([(x * 7) as u8, (y * 5) as u8, 90])))
    }

    /// Whether every cell of `cells` covers the same whole number of pixels, all of one colour.
    fn is_of_cells(pixels: &RgbImage, (width, height): (u32, u32)) -> bool {
        let (across, down) = (pixels.width() / width, pixels.height() / height);
        pixels.dimensions() == (across * width, down * height)
            && pixels
                .enumerate_pixels()
                .all(|(x, y, pixel)| pixel == pixels.get_pixel(x / across * across, y / down * down))
    }

    #[test]
    fn cells_are_repeated_a_whole_number_of_times() {
        let map = RgbImage::clone(&picture(5, 4));
        let (pixels, crisp) = Drawing::Map(map.clone()).pixels((101.3, 80.0));
        assert!(crisp && is_of_cells(&pixels, (5, 4)) && pixels.width() >= 102);
        let (pixels, crisp) = Drawing::Picture(picture(32, 32)).pixels((300.0, 300.0));
        assert!(crisp && is_of_cells(&pixels, (32, 32)) && pixels.width() == 320);
        let over =
            Drawing::Overlay { picture: picture(32, 32), map: RgbImage::clone(&picture(8, 8)), opacity: 0.5 };
        let (pixels, _) = over.pixels((300.0, 300.0));
        assert!(is_of_cells(&pixels, (32, 32)));
        let (pixels, crisp) = Drawing::Map(map).pixels((3.0, 2.0));
        assert!(!crisp && pixels.dimensions() == (5, 4));
    }

    #[test]
    fn a_photograph_has_no_more_pixels_than_its_print() {
        let (pixels, crisp) = Drawing::Picture(picture(90, 60)).pixels((30.0, 20.0));
        assert_eq!((pixels.dimensions(), crisp), ((30, 20), false));
        let (pixels, crisp) = Drawing::Picture(picture(90, 60)).pixels((120.0, 80.0));
        assert_eq!((pixels, crisp), (RgbImage::clone(&picture(90, 60)), false));
    }

    #[test]
    fn the_number_of_pixels_is_known_before_they_are_made() {
        let map = RgbImage::clone(&picture(5, 4));
        let active = Active { height: 4, width: 5, units: vec![1; 20].into(), unit: 1 };
        for picture in [picture(90, 60), picture(10, 8)] {
            let drawings = [
                Drawing::Picture(Arc::clone(&picture)),
                Drawing::Map(map.clone()),
                Drawing::Overlay { picture: Arc::clone(&picture), map: map.clone(), opacity: 0.5 },
                Drawing::Active { picture, active: active.clone(), paper: [255; 3] },
            ];
            for (drawing, area) in
                drawings.iter().flat_map(|drawing| [3.0, 30.5, 299.0].map(|x| (drawing, (x, 0.7 * x))))
            {
                let made = drawing.pixels(area).0.dimensions();
                assert_eq!(made, drawing.size(area), "{area:?}");
            }
        }
    }

    #[test]
    fn what_has_halted_is_close_to_the_paper_and_what_is_active_is_as_it_was() {
        let active = Active { height: 2, width: 2, units: vec![3, 2, 4, 1].into(), unit: 3 };
        assert_eq!(active.share(), 0.5);
        let drawing = Drawing::Active { picture: picture(4, 4), active, paper: [255; 3] };
        let (pixels, _) = drawing.pixels((4.0, 4.0));
        for (x, y, pixel) in picture(4, 4).enumerate_pixels() {
            let shown = pixels.get_pixel(x, y);
            if x < 2 { assert_eq!(shown, pixel) } else { assert!(shown.0.iter().all(|&value| value > 175)) }
        }
    }
}

//! A figure as it is laid out, before it is written in any format. Lengths are in points, from the upper left corner.

use crate::image::RgbImage;

use super::raster::Drawing;

/// Points to a millimetre.
pub const POINTS_PER_MM: f32 = 72.0 / 25.4;

/// Red, green, blue.
pub type Rgb = [u8; 3];

/// A page with all that stands on it, the lowest first.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    pub width: f32,
    pub height: f32,
    /// What is behind everything; `None` for nothing.
    pub paper: Option<Rgb>,
    pub items: Vec<Item>,
}

/// One thing on a page.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    Text(Text),
    Line {
        from: (f32, f32),
        to: (f32, f32),
        width: f32,
        color: Rgb,
    },
    /// The outline of an area.
    Frame {
        area: Area,
        width: f32,
        color: Rgb,
    },
    Raster(Raster),
    /// An area that runs through colours, which stand at equal distances.
    Gradient {
        area: Area,
        colors: Vec<Rgb>,
        upwards: bool,
    },
}

/// A rectangle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Area {
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub height: f32,
}

/// A line of text.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    pub text: String,
    /// Where the anchor lies on the baseline.
    pub at: (f32, f32),
    pub anchor: Anchor,
    pub size: f32,
    pub color: Rgb,
    /// Read from below to above.
    pub upwards: bool,
}

/// Which part of a text lies where it is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

/// A picture. It has no pixels before a writer asks for them, so that a scene weighs little however large it is printed.
#[derive(Clone, Debug, PartialEq)]
pub struct Raster {
    pub area: Area,
    /// To a point.
    pub dots: f32,
    pub(super) drawing: Drawing,
}

impl Area {
    pub fn right(self) -> f32 {
        self.x + self.width
    }

    pub fn bottom(self) -> f32 {
        self.y + self.height
    }
}

impl Raster {
    /// Its pixels, made anew; and whether they are cells with sharp edges, not samples of something smooth.
    pub fn pixels(&self) -> (RgbImage, bool) {
        self.drawing.pixels(self.printed())
    }

    /// How many pixels it would have.
    pub(super) fn count(&self) -> f64 {
        let (width, height) = self.drawing.size(self.printed());
        f64::from(width) * f64::from(height)
    }

    fn printed(&self) -> (f32, f32) {
        (self.area.width * self.dots, self.area.height * self.dots)
    }
}

impl Scene {
    /// How many pixels its pictures would have together.
    pub(super) fn pixels(&self) -> f64 {
        let count = |item: &Item| if let Item::Raster(raster) = item { raster.count() } else { 0.0 };
        self.items.iter().map(count).sum()
    }
}

impl Text {
    /// How far before the anchor the text begins, in the direction in which it is read.
    pub(super) fn lead(&self) -> f32 {
        let share = match self.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => 0.5,
            Anchor::End => 1.0,
        };
        share * super::text::width(&self.text, self.size)
    }
}

//! A figure as it is laid out, before it is written in any format. Lengths are in points, from the upper left corner.

use std::sync::Arc;

use crate::image::RgbImage;

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

/// A picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Raster {
    pub area: Area,
    pub pixels: Arc<RgbImage>,
    /// Pixels are cells with sharp edges, not samples of something smooth.
    pub crisp: bool,
}

impl Area {
    pub fn right(self) -> f32 {
        self.x + self.width
    }

    pub fn bottom(self) -> f32 {
        self.y + self.height
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

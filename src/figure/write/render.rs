//! A scene as pixels, by way of its SVG.

use std::sync::{Arc, LazyLock};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{self, fontdb};

use super::super::FigureError;
use super::super::scene::Scene;
use super::super::text::FONT;
use super::svg;

/// What a picture of a figure has at most.
pub(super) const MOST_PIXELS: f32 = 120e6;

/// Pixels of a figure: red, green, blue and opacity, row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pixels {
    pub width: u32,
    pub height: u32,
    /// `height * width * 4` bytes, colours not multiplied by the opacity.
    pub data: Vec<u8>,
}

/// Draws a scene with `scale` pixels to a point.
///
/// # Errors
/// [`FigureError::Draw`] if that were too many, or none.
pub(super) fn render(scene: &Scene, scale: f32) -> Result<Pixels, FigureError> {
    static OPTIONS: LazyLock<usvg::Options<'static>> = LazyLock::new(|| {
        let mut fonts = fontdb::Database::new();
        fonts.load_font_data(FONT.to_vec());
        fonts.set_sans_serif_family("Ubuntu");
        usvg::Options {
            fontdb: Arc::new(fonts),
            font_family: "Ubuntu".to_owned(),
            ..usvg::Options::default()
        }
    });
    let (width, height) = size(scene, scale)?;
    let tree = usvg::Tree::from_str(&svg::drawn(scene, "")?, &OPTIONS)
        .map_err(|error| FigureError::Draw(error.to_string()))?;
    let mut pixmap = Pixmap::new(width, height).ok_or_else(|| too_many(width as f32, height as f32))?;
    // The page fills the pixels to their edges, whatever its size was rounded to.
    let size = tree.size();
    let fill = Transform::from_scale(width as f32 / size.width(), height as f32 / size.height());
    resvg::render(&tree, fill, &mut pixmap.as_mut());
    let data = pixmap.pixels().iter().flat_map(|pixel| {
        let color = pixel.demultiply();
        [color.red(), color.green(), color.blue(), color.alpha()]
    });
    Ok(Pixels { width, height, data: data.collect() })
}

/// Columns and rows of a scene with `scale` pixels to a point.
///
/// # Errors
/// Those of [`render`].
pub(super) fn size(scene: &Scene, scale: f32) -> Result<(u32, u32), FigureError> {
    let (width, height) = ((scene.width * scale).round(), (scene.height * scale).round());
    match width >= 1.0 && height >= 1.0 && width * height <= MOST_PIXELS {
        true => Ok((width as u32, height as u32)),
        false => Err(too_many(width, height)),
    }
}

fn too_many(width: f32, height: f32) -> FigureError {
    FigureError::Draw(format!("{width} x {height} pixels"))
}

impl Pixels {
    /// Red, green and blue alone, if nothing shines through.
    pub(super) fn opaque(&self) -> Option<Vec<u8>> {
        self.data.chunks_exact(4).all(|pixel| pixel[3] == u8::MAX).then(|| self.colors())
    }

    /// Red, green and blue alone.
    pub(super) fn colors(&self) -> Vec<u8> {
        self.data.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect()
    }
}

//! A figure in the formats of files.

mod animation;
mod pdf;
mod png;
mod render;
mod svg;

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::command_line::Provenance;
use super::scene::Scene;
use super::{FigureError, FigureRequest, Material, command_line, layout, save};

pub use render::Pixels;

/// Formats of figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    Svg,
    Pdf,
    Png,
    Gif,
    Apng,
}

impl Format {
    pub const ALL: [Self; 5] = [Self::Svg, Self::Pdf, Self::Png, Self::Gif, Self::Apng];

    /// The format that a file's ending means.
    ///
    /// # Errors
    /// [`FigureError::Unfit`] if it means none.
    pub fn of(path: &Path) -> Result<Self, FigureError> {
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        let meant = |format: &Self| ending.as_deref() == Some(format.ending());
        Self::ALL.into_iter().find(meant).ok_or_else(|| {
            let path = path.display();
            FigureError::Unfit(format!(
                "{path} has no ending of a figure: choose .svg, .pdf, .png, .gif or .apng"
            ))
        })
    }

    /// `svg`
    pub fn ending(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Pdf => "pdf",
            Self::Png => "png",
            Self::Gif => "gif",
            Self::Apng => "apng",
        }
    }

    /// For people: `SVG`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Svg => "SVG",
            Self::Pdf => "PDF",
            Self::Png => "PNG",
            Self::Gif => "GIF",
            Self::Apng => "APNG",
        }
    }

    /// Whether it is an animation of units.
    pub fn is_animated(self) -> bool {
        matches!(self, Self::Gif | Self::Apng)
    }
}

/// A figure, laid out.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// One, or of an animation one a frame, all of one size.
    frames: Vec<Scene>,
    provenance: Provenance,
    title: String,
    format: Format,
    dpi: u32,
    delay: u32,
}

impl Figure {
    /// Lays a figure out; nothing is run, read or written.
    ///
    /// # Errors
    /// [`FigureError::Unfit`] if there can be no such figure: [`FigureRequest::check`] tells before anything is run what can be
    /// told then, and the rest is a network without maps, a block that is not there, too little room, or too many pixels.
    pub fn new(request: &FigureRequest, material: &Material) -> Result<Self, FigureError> {
        request.check()?;
        let look = &request.spec.look;
        let title = if look.title.is_empty() { "Ponder maps" } else { &look.title };
        let frames = layout::scenes(request, material)?;
        frames.iter().try_for_each(|scene| ensure_drawable(scene, look.dpi))?;
        Ok(Self {
            frames,
            provenance: command_line::provenance(request, material),
            title: title.to_owned(),
            format: request.format()?,
            dpi: look.dpi,
            delay: look.delay,
        })
    }

    /// What is drawn, frame by frame; all but animations have one.
    pub fn frames(&self) -> &[Scene] {
        &self.frames
    }

    /// Width and height in mm.
    pub fn size(&self) -> (f32, f32) {
        let points = self.frames.first().map_or((0.0, 0.0), |scene| (scene.width, scene.height));
        (points.0 / super::POINTS_PER_MM, points.1 / super::POINTS_PER_MM)
    }

    /// A frame as pixels, `scale` of them to a point, to be looked at.
    ///
    /// # Errors
    /// [`FigureError::Draw`] if there is no such frame, or it would be too large or empty.
    pub fn preview(&self, frame: usize, scale: f32) -> Result<Pixels, FigureError> {
        let scene = self.frames.get(frame);
        let scene = scene.ok_or_else(|| FigureError::Draw(format!("there is no frame {frame}")))?;
        render::render(scene, scale)
    }

    /// The file's bytes; the same for the same request and material.
    ///
    /// # Errors
    /// [`FigureError::Draw`] if the picture would be too large.
    pub fn encode(&self) -> Result<Vec<u8>, FigureError> {
        let first =
            self.frames.first().ok_or_else(|| FigureError::Draw("there is nothing to draw".to_owned()))?;
        match self.format {
            Format::Svg => svg::encode(first, &self.title, &self.provenance),
            Format::Pdf => pdf::encode(first, &self.title, &self.provenance),
            Format::Png => png::encode(first, self.dpi, &self.title, &self.provenance),
            Format::Gif => animation::gif(&self.frames, self.dpi, self.delay, &self.provenance),
            Format::Apng => {
                animation::apng(&self.frames, self.dpi, self.delay, &self.title, &self.provenance)
            }
        }
    }

    /// Saves the figure. It is written aside and renamed when whole; what stood there is replaced.
    ///
    /// # Errors
    /// Those of [`Figure::encode`], and [`FigureError::Save`] with the path.
    pub fn save(&self, path: &Path) -> Result<(), FigureError> {
        save::save_bytes(&self.encode()?, path)
    }
}

/// Refuses a page that has too many pixels, by itself or in the pictures on it, before any is made.
fn ensure_drawable(scene: &Scene, dpi: u32) -> Result<(), FigureError> {
    let dots = f64::from(dpi) / 72.0;
    let page = f64::from(scene.width) * dots * f64::from(scene.height) * dots;
    let (pixels, most) = (page.max(scene.pixels()), f64::from(render::MOST_PIXELS));
    if pixels <= most {
        return Ok(());
    }
    Err(FigureError::Unfit(format!(
        "the figure would have {:.0} megapixels and may have {:.0}: choose a smaller width, fewer dots per inch or fewer \
         pictures",
        (pixels / 1e6).ceil(),
        most / 1e6
    )))
}

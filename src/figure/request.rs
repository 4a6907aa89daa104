//! What a figure is to show and how: plain data that can be kept, compared, and written as a command line.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::halting::HaltingSetting;
use crate::image::InputSize;
use crate::maps::{Quantity, RangeChoice, Scope};

use super::{Colormap, FigureError, Format, PictureName};

/// Everything that decides what is in the file. The same request gives the same bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FigureRequest {
    pub pictures: Vec<PictureName>,
    pub run: Run,
    /// The second one of a comparison.
    pub other: Option<Run>,
    /// How large pictures enter the network; `None` for what suits model and picture.
    pub size: Option<InputSize>,
    /// Where is computed, as `--device` and `--engine` take it; `None` for the program's choice.
    pub device: Option<String>,
    pub engine: Option<String>,
    pub spec: FigureSpec,
    /// The file's name, without its folder; the ending is its format: `figure.svg`.
    pub output: String,
}

/// Which network runs, and how it halts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// A name of the zoo, or a path.
    pub model: String,
    pub setting: HaltingSetting,
}

/// What is arranged how.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FigureSpec {
    pub layout: Layout,
    pub look: Look,
}

/// What stands beside what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layout {
    /// Every picture in a row of its own.
    Panels { show: Vec<Panel> },
    /// The map of every block at its own resolution; every picture in a row of its own.
    Blocks,
    /// Where each unit of each block runs, on one picture.
    Units,
    /// Two models or settings, and what the second does otherwise; every picture in a row of its own.
    Compare {
        /// What the two are called; `None` for what tells them apart.
        label: Option<String>,
        other_label: Option<String>,
    },
    /// Many pictures, their titles beneath.
    Gallery {
        show: Panel,
        /// Pictures side by side; `None` for as many as suit their number.
        columns: Option<usize>,
    },
}

/// What one panel shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Panel {
    Image,
    Map,
    Overlay,
}

/// Sizes, colours and texts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Look {
    /// Of the whole figure, in mm. Columns of journals are about 85 mm wide, pages 180 mm.
    pub width: f32,
    /// Dots per inch of PNG, GIF and APNG, and at least that of pixels in SVG and PDF.
    pub dpi: u32,
    /// In points.
    pub font_size: f32,
    /// Above all else; empty for none.
    pub title: String,
    pub labels: Labels,
    pub colorbar: BarPlace,
    /// Numbers along a colour bar at most.
    pub ticks: usize,
    pub theme: Theme,
    pub colormap: Colormap,
    pub range: RangeChoice,
    pub quantity: Quantity,
    pub scope: Scope,
    /// Of the map in an overlay, 0..1.
    pub opacity: f32,
    /// Time of a frame of an animation, in ms.
    pub delay: u32,
}

/// What is written beside panels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Labels {
    None,
    /// `Overlay`
    #[default]
    Titles,
    /// `(b)`
    Letters,
    /// `(b) Overlay`
    Both,
}

/// Where the colour bar stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BarPlace {
    #[default]
    Right,
    Below,
    None,
}

/// What a figure is to stand on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Theme {
    /// Dark ink on white.
    #[default]
    Light,
    /// Light ink on near black.
    Dark,
    /// Dark ink on nothing.
    Transparent,
}

/// Widths on offer, in mm.
pub const WIDTHS: RangeInclusive<f32> = 20.0..=1000.0;
/// Resolutions on offer, in dots per inch.
pub const RESOLUTIONS: RangeInclusive<u32> = 36..=1200;
/// Sizes of text on offer, in points.
pub const FONT_SIZES: RangeInclusive<f32> = 4.0..=36.0;
/// Times of a frame on offer, in ms.
pub const DELAYS: RangeInclusive<u32> = 20..=10_000;
/// Numbers along a colour bar on offer.
pub const TICKS: RangeInclusive<usize> = 0..=20;
/// Pictures in a figure at most.
pub const MOST_PICTURES: usize = 400;

impl Default for Look {
    fn default() -> Self {
        Self::of(Format::Svg)
    }
}

impl Look {
    /// What suits a format: two columns of a journal at a printer's resolution; animations are for screens, and a column wide.
    pub fn of(format: Format) -> Self {
        let (width, dpi) = if format.is_animated() { (85.0, 150) } else { (180.0, 300) };
        Self {
            width,
            dpi,
            font_size: 8.0,
            title: String::new(),
            labels: Labels::default(),
            colorbar: BarPlace::default(),
            ticks: 7,
            theme: Theme::default(),
            colormap: Colormap::default(),
            range: RangeChoice::default(),
            quantity: Quantity::default(),
            scope: Scope::default(),
            opacity: 0.6,
            delay: 500,
        }
    }
}

impl Default for Layout {
    fn default() -> Self {
        Self::Panels { show: Panel::ALL.to_vec() }
    }
}

impl Layout {
    /// `panels`
    pub fn name(&self) -> &'static str {
        match self {
            Self::Panels { .. } => "panels",
            Self::Blocks => "blocks",
            Self::Units => "units",
            Self::Compare { .. } => "compare",
            Self::Gallery { .. } => "gallery",
        }
    }
}

impl Panel {
    pub const ALL: [Self; 3] = [Self::Image, Self::Map, Self::Overlay];

    /// `image`
    pub fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Map => "map",
            Self::Overlay => "overlay",
        }
    }
}

impl Labels {
    pub const ALL: [Self; 4] = [Self::Titles, Self::Letters, Self::Both, Self::None];

    /// `titles`
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Titles => "titles",
            Self::Letters => "letters",
            Self::Both => "both",
        }
    }

    pub(super) fn titles(self) -> bool {
        matches!(self, Self::Titles | Self::Both)
    }

    pub(super) fn letters(self) -> bool {
        matches!(self, Self::Letters | Self::Both)
    }
}

impl BarPlace {
    pub const ALL: [Self; 3] = [Self::Right, Self::Below, Self::None];

    /// `right`
    pub fn name(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Below => "below",
            Self::None => "none",
        }
    }
}

impl Theme {
    pub const ALL: [Self; 3] = [Self::Light, Self::Dark, Self::Transparent];

    /// `light`
    pub fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
            Self::Transparent => "transparent",
        }
    }
}

impl FigureRequest {
    /// The format that the file's ending means.
    ///
    /// # Errors
    /// [`FigureError::Unfit`] if it means none.
    pub fn format(&self) -> Result<Format, FigureError> {
        Format::of(self.output.as_ref())
    }

    /// Whether there can be such a figure, before anything is run for it.
    ///
    /// # Errors
    /// [`FigureError::Unfit`] with what is wrong and what to do.
    pub fn check(&self) -> Result<(), FigureError> {
        let FigureSpec { layout, look } = &self.spec;
        let format = self.format()?;
        let pictures = self.pictures.len();
        let problem = match layout {
            _ if pictures == 0 => "a figure needs a picture: name one".to_owned(),
            _ if pictures > MOST_PICTURES => {
                format!(
                    "{pictures} pictures are more than the {MOST_PICTURES} that a figure holds: name fewer"
                )
            }
            layout if format.is_animated() && *layout != Layout::Units => format!(
                "a file of the format {} shows units one after the other: choose the layout units, or the ending .svg, \
                 .pdf or .png",
                format.name()
            ),
            Layout::Units if pictures > 1 => {
                "the layout units shows one picture: name one, or choose the layout blocks".to_owned()
            }
            Layout::Panels { show } if show.is_empty() => {
                "there is nothing to show: choose a panel".to_owned()
            }
            Layout::Compare { .. } if self.other.is_none() => {
                "a comparison needs a second model or setting: name its model or threshold".to_owned()
            }
            Layout::Gallery { columns: Some(0), .. } => {
                "a gallery needs a column: choose at least 1".to_owned()
            }
            _ => return look.check(),
        };
        Err(FigureError::Unfit(problem))
    }
}

impl Look {
    fn check(&self) -> Result<(), FigureError> {
        within("width", "mm", self.width, WIDTHS)?;
        within("resolution", "dots per inch", self.dpi, RESOLUTIONS)?;
        within("font size", "points", self.font_size, FONT_SIZES)?;
        within("number of ticks", "a bar", self.ticks, TICKS)?;
        within("opacity", "", self.opacity, 0.0..=1.0)?;
        within("time of a frame", "ms", self.delay, DELAYS)
    }
}

fn within<T: PartialOrd + std::fmt::Display>(
    what: &str,
    unit: &str,
    value: T,
    range: RangeInclusive<T>,
) -> Result<(), FigureError> {
    if range.contains(&value) {
        return Ok(());
    }
    let (low, high) = range.into_inner();
    let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
    Err(FigureError::Unfit(format!("a {what} of {value}{unit} does not do: choose {low} to {high}")))
}

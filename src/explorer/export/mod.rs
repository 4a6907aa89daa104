//! The dialog that saves a figure: what is filled in, what can be had of what is open, and the request that comes of both.
//! The same request makes the preview, the file and the command line.

mod action;
mod desk;
mod request;
mod work;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::figure::{BarPlace, Format, Labels, Look, Panel, Theme};

pub use action::Action;
pub use work::{AROUND, Exporting, Sketch, room};

/// Widths that journals ask for, in mm: a column and two.
pub const COLUMN: f32 = 85.0;
pub const PAGE: f32 = 180.0;

/// What is filled in; kept as a preference but for the title.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Form {
    pub layout: Kind,
    pub format: Format,
    /// Panels of the layout panels.
    pub image: bool,
    pub map: bool,
    pub overlay: bool,
    /// What a gallery shows of each picture.
    pub each: Panel,
    /// Pictures side by side in a gallery; 0 for as many as suit.
    pub columns: usize,
    /// In mm.
    pub width: f32,
    pub dpi: u32,
    /// In points.
    pub font_size: f32,
    #[serde(skip)]
    pub title: String,
    pub labels: Labels,
    pub colorbar: BarPlace,
    pub ticks: usize,
    pub theme: Theme,
    /// Of a frame, in ms.
    pub delay: u32,
    /// Where a figure was saved last.
    #[serde(serialize_with = "writable")]
    pub folder: Option<PathBuf>,
}

/// Layouts to choose from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    #[default]
    Panels,
    Blocks,
    Units,
    Compare,
    Gallery,
}

impl Kind {
    pub const ALL: [Self; 5] = [Self::Panels, Self::Blocks, Self::Units, Self::Compare, Self::Gallery];

    /// Its name, and what it shows.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Panels => ("Panels", "Picture, map and overlay side by side"),
            Self::Blocks => ("Blocks", "The map of every block"),
            Self::Units => ("Units", "Where each unit of each block runs; the layout of animations"),
            Self::Compare => ("Compare", "A and B of the Compare screen, and what B does otherwise"),
            Self::Gallery => {
                ("Gallery", "The pictures of the section of the library that the open one is in")
            }
        }
    }
}

/// A path that is not Unicode cannot be written, and must not keep the rest from being kept.
fn writable<S: serde::Serializer>(path: &Option<PathBuf>, serializer: S) -> Result<S::Ok, S::Error> {
    path.as_ref().filter(|path| path.to_str().is_some()).serialize(serializer)
}

impl Default for Form {
    fn default() -> Self {
        let Look { width, dpi, font_size, title, labels, colorbar, ticks, theme, delay, .. } =
            Look::default();
        Self {
            layout: Kind::default(),
            format: Format::Svg,
            image: true,
            map: true,
            overlay: true,
            each: Panel::Overlay,
            columns: 0,
            width,
            dpi,
            font_size,
            title,
            labels,
            colorbar,
            ticks,
            theme,
            delay,
            folder: None,
        }
    }
}

impl Form {
    /// Takes another format; one that moves shows units, and sizes that were usual become those that now are.
    pub fn set_format(&mut self, format: Format) {
        let (before, after) = (Look::of(self.format), Look::of(format));
        if self.width == before.width {
            self.width = after.width;
        }
        if self.dpi == before.dpi {
            self.dpi = after.dpi;
        }
        self.format = format;
        if format.is_animated() {
            self.layout = Kind::Units;
        }
    }

    /// Takes another layout; only units can move.
    pub fn set_layout(&mut self, layout: Kind) {
        if layout != Kind::Units && self.format.is_animated() {
            self.set_format(Format::Svg);
        }
        self.layout = layout;
    }

    /// The panels that are on.
    pub fn shown(&self) -> Vec<Panel> {
        let on = [(Panel::Image, self.image), (Panel::Map, self.map), (Panel::Overlay, self.overlay)];
        on.into_iter().filter(|(_, on)| *on).map(|(panel, _)| panel).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_that_moves_shows_units_and_a_layout_that_does_not_takes_another_format() {
        let mut form = Form { dpi: 600, ..Form::default() };
        form.set_format(Format::Gif);
        assert_eq!((form.layout, form.width, form.dpi), (Kind::Units, 85.0, 600));
        form.set_layout(Kind::Blocks);
        assert_eq!((form.format, form.layout, form.width, form.dpi), (Format::Svg, Kind::Blocks, 180.0, 600));
    }

    #[test]
    fn what_is_kept_comes_back_but_for_the_title() {
        let form = Form { title: "Cats".to_owned(), ticks: 3, layout: Kind::Units, ..Form::default() };
        let kept: Form = serde_json::from_str(&serde_json::to_string(&form).unwrap()).unwrap();
        assert_eq!(kept, Form { title: String::new(), ..form });
        assert_eq!(serde_json::from_str::<Form>("{}").unwrap(), Form::default());
    }
}

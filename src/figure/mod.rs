//! Pictures out: colour maps, the colour bar, overlays; whole figures as SVG, PDF, PNG and animations.
//!
//! A [`FigureRequest`] says what a figure is to show, [`Material`] is what networks made of its pictures, and a [`Figure`] is both
//! laid out: a scene of a few kinds of things, of which the writers know nothing but where they stand.

mod colorbar;
mod colormap;
mod command_line;
mod compose;
mod diverging;
mod layout;
mod material;
mod opened;
mod picture_name;
mod raster;
mod request;
mod save;
mod scene;
mod text;
mod ticks;
mod write;

pub use colorbar::{Colorbar, Orientation, colorbar_picture, colorbar_svg};
pub use colormap::{Colormap, UnknownColormap};
pub use command_line::command_line;
pub use compose::{colorize, colorize_difference, heatmap, input_picture, overlay, picture_before};
pub use diverging::DivergingMap;
pub use material::{Material, Subject};
pub(crate) use opened::stem;
pub use opened::{Opened, refuse_to_overwrite};
pub use picture_name::PictureName;
pub use request::{
    BarPlace, DELAYS, FONT_SIZES, FigureRequest, FigureSpec, Labels, Layout, Look, MOST_PICTURES, Panel,
    RESOLUTIONS, Run, TICKS, Theme, WIDTHS,
};
pub use save::{save_jpeg, save_png};
pub use scene::{Anchor, Area, Item, POINTS_PER_MM, Raster, Rgb, Scene, Text};
pub use ticks::{tick_label, ticks};
pub use write::{Figure, Format, Pixels};

use std::path::PathBuf;

/// Why a figure could not be made or saved.
#[derive(Debug, thiserror::Error)]
pub enum FigureError {
    #[error("cannot save {} ({reason}): choose another folder or free some space", path.display())]
    Save { path: PathBuf, reason: std::io::Error },
    #[error("{} is there already: choose it by that name to replace it", path.display())]
    Exists { path: PathBuf },
    #[error("cannot draw the figure ({0}): choose a smaller size")]
    Draw(String),
    /// A figure that cannot be, in a sentence that says what to choose instead.
    #[error("{0}")]
    Unfit(String),
}

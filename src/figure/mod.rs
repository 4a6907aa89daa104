//! Pictures out: colour maps, the colour bar, overlays; PNG and JPEG now, vector figures later.

mod colorbar;
mod colormap;
mod compose;
mod diverging;
mod save;
mod ticks;

pub use colorbar::{Colorbar, Orientation, colorbar_picture, colorbar_svg};
pub use colormap::{Colormap, UnknownColormap};
pub use compose::{colorize, colorize_difference, heatmap, input_picture, overlay, picture_before};
pub use diverging::DivergingMap;
pub use save::{save_jpeg, save_png};
pub use ticks::{tick_label, ticks};

use std::path::PathBuf;

/// Why a figure could not be made or saved.
#[derive(Debug, thiserror::Error)]
pub enum FigureError {
    #[error("cannot save {} ({reason}): choose another folder or free some space", path.display())]
    Save { path: PathBuf, reason: std::io::Error },
    #[error("cannot draw the figure ({0}): choose a smaller size")]
    Draw(String),
}

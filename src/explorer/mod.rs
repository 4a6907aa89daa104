//! The window (egui).

mod theme; // branch widgets
mod widgets; // branch widgets

use std::path::PathBuf;

use crate::engine::DeviceChoice;

/// What the command line hands to the window.
#[derive(Clone, Debug, Default)]
pub struct Launch {
    /// Pictures to open.
    pub files: Vec<PathBuf>,
    /// Zoo name or path of the model to start with.
    pub model: Option<String>,
    pub device: DeviceChoice,
    /// Save a picture of the window here once the first map stands, and quit.
    pub screenshot: Option<PathBuf>,
}

/// Opens the window and returns when it is closed.
pub fn run(_launch: Launch) -> anyhow::Result<()> {
    unimplemented!("placeholder until the explorer lands")
}

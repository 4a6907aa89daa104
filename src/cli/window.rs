//! `ponderscope [FILE...]`: opens the window.

use std::path::PathBuf;

use clap::Args;

use crate::explorer::{self, Launch};

use super::options::ModelArgs;

/// Open the explorer
#[derive(Args)]
pub struct WindowArgs {
    /// Pictures to open
    files: Vec<PathBuf>,
    #[command(flatten)]
    model: ModelArgs,
    /// Save a picture of the window once the first map stands, and quit
    #[arg(long, value_name = "PNG")]
    screenshot: Option<PathBuf>,
}

pub fn run(args: WindowArgs) -> anyhow::Result<()> {
    args.model.open_device()?;
    explorer::run(Launch {
        files: args.files,
        model: args.model.model,
        device: args.model.device,
        screenshot: args.screenshot,
    })
}

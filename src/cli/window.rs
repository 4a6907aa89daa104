//! `ponderscope [FILE...]`: opens the window.

use std::path::PathBuf;

use clap::Args;

use crate::explorer::{self, Launch, ThemeChoice};

use super::options::{self, ModelArgs};

/// Open the explorer
#[derive(Args)]
pub struct WindowArgs {
    /// Pictures, folders, exports, models or a session (.ponderscope) to open
    files: Vec<PathBuf>,
    #[command(flatten)]
    model: ModelArgs,
    /// Theme of the window: system, light or dark; as last time by default
    #[arg(long, value_name = "THEME")]
    theme: Option<ThemeChoice>,
    /// Size of the window in points
    #[arg(long, value_name = "WIDTHxHEIGHT", value_parser = parse_window_size)]
    window_size: Option<[f32; 2]>,
    /// Save a picture of the window once the first map stands, and quit
    #[arg(long, value_name = "PNG")]
    screenshot: Option<PathBuf>,
    /// Say when the first map has been drawn, and quit
    #[arg(long, hide = true)]
    until_map: bool,
}

pub fn run(args: WindowArgs) -> anyhow::Result<()> {
    options::set_threads(args.model.compute.threads)?;
    explorer::run(Launch {
        files: args.files,
        model: args.model.model,
        device: args.model.compute.device,
        engine: args.model.compute.engine,
        theme: args.theme,
        window_size: args.window_size,
        screenshot: args.screenshot,
        until_map: args.until_map,
    })
}

fn parse_window_size(text: &str) -> Result<[f32; 2], String> {
    let edge =
        |text: &str| text.parse::<u16>().ok().filter(|edge| (320..=16384).contains(edge)).map(f32::from);
    let size = text.split_once(['x', 'X']).and_then(|(width, height)| Some([edge(width)?, edge(height)?]));
    size.ok_or_else(|| "a window size is WIDTHxHEIGHT, as in 1360x860".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn window_sizes_are_read_and_nonsense_is_refused() {
        assert_eq!(parse_window_size("1360x860"), Ok([1360.0, 860.0]));
        for wrong in ["", "1360", "x", "1360x", "10x10", "1360x99999999", "axb", "-1x-1"] {
            assert!(parse_window_size(wrong).is_err(), "{wrong}");
        }
    }
}

//! Opening the window, and saying in one sentence why it cannot be opened.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::{Arc, PoisonError};

use anyhow::{anyhow, bail};
use eframe::egui::{IconData, ThemePreference, ViewportBuilder};
use eframe::{NativeOptions, Renderer};

use crate::engine::{DeviceChoice, Strategy};
use crate::memory;
use crate::zoo;

use super::app::App;
use super::backend::Zoo;
use super::command::Command;
use super::screenshot::Screenshot;

/// Names the folder that settings are kept in, and the window to the window manager.
const APP_ID: &str = "ponderscope";
/// Of the window in points, when nothing is remembered.
const SIZE: [f32; 2] = [1360.0, 860.0];
/// Smallest size in points at which everything still has its place.
const LEAST: [f32; 2] = [1024.0, 640.0];
/// What to do where no window can be opened.
const WITHOUT: &str = "`ponderscope map IMAGE` makes the same maps without a window";

/// What the command line hands to the window.
#[derive(Clone, Debug, Default)]
pub struct Launch {
    /// Pictures, folders, exports, models and sessions to open.
    pub files: Vec<PathBuf>,
    /// Zoo name or path of the model to start with.
    pub model: Option<String>,
    pub device: DeviceChoice,
    /// How halted positions are treated.
    pub engine: Strategy,
    /// As last time if none is named.
    pub theme: Option<ThemeChoice>,
    /// Width and height of the window in points; as last time if not given.
    pub window_size: Option<[f32; 2]>,
    /// Save a picture of the window here once the first map stands, and quit. Nothing kept from other runs is read
    /// or changed then, so that the same command makes the same picture.
    pub screenshot: Option<PathBuf>,
    /// Say on stdout when the first map has been drawn, and quit; nothing kept is read or changed then, either.
    pub until_map: bool,
}

/// Light, dark, or as the system is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThemeChoice {
    System,
    Light,
    Dark,
}

impl FromStr for ThemeChoice {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.to_ascii_lowercase().as_str() {
            "system" => Ok(Self::System),
            "light" => Ok(Self::Light),
            "dark" => Ok(Self::Dark),
            _ => Err("a theme is system, light or dark"),
        }
    }
}

impl From<ThemeChoice> for ThemePreference {
    fn from(choice: ThemeChoice) -> Self {
        match choice {
            ThemeChoice::System => Self::System,
            ThemeChoice::Light => Self::Light,
            ThemeChoice::Dark => Self::Dark,
        }
    }
}

/// Opens the window and returns when it is closed.
pub fn run(launch: Launch) -> anyhow::Result<()> {
    memory::give_back_large_blocks();
    require_display(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))?;
    let backend = Arc::new(Zoo::new(launch.device.open()?.with_strategy(launch.engine)));
    let model = launch.model.as_deref().map(zoo::find).transpose()?;
    let (screenshot, verdict) = launch.screenshot.map(Screenshot::new).unzip();
    // Lives as long as the window: what a screenshot run keeps is thrown away.
    let alone = screenshot.is_some() || launch.until_map;
    let scratch = alone.then(tempfile::tempdir).transpose()?;

    let mut commands = Vec::new();
    commands.extend(launch.theme.map(|theme| Command::SetTheme(theme.into())));
    if !launch.files.is_empty() {
        let absolute = |file: PathBuf| std::path::absolute(&file).unwrap_or(file);
        commands.push(Command::Open(launch.files.into_iter().map(absolute).collect()));
    }
    // After the files, since one of them may be a session with a model of its own.
    commands.extend(model.map(|entry| Command::UseModel(entry.source)));

    let viewport = ViewportBuilder::default()
        .with_title("Ponderscope")
        .with_app_id(APP_ID)
        .with_icon(icon())
        .with_inner_size(launch.window_size.unwrap_or(SIZE))
        .with_min_inner_size(LEAST);
    let options = NativeOptions {
        viewport,
        renderer: Renderer::Wgpu,
        persist_window: !alone && launch.window_size.is_none(),
        persistence_path: scratch.as_ref().map(|folder| folder.path().join("state")),
        ..NativeOptions::default()
    };
    let kept_in = if scratch.is_some() { None } else { eframe::storage_dir(APP_ID) };
    let create = move |cc: &eframe::CreationContext<'_>| {
        let app = match kept_in {
            Some(folder) => App::autosaved(&cc.egui_ctx, cc.storage, &folder, backend)?,
            None => App::new(&cc.egui_ctx, cc.storage, backend)?,
        };
        let app = app.with_screenshot(screenshot).with_first_map(launch.until_map);
        Ok(Box::new(commands.into_iter().fold(app, App::with)) as Box<dyn eframe::App>)
    };
    eframe::run_native(APP_ID, options, Box::new(create)).map_err(in_words)?;
    match verdict {
        Some(verdict) => verdict.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_else(|| {
            Err(anyhow!("no screenshot: the window was closed before the first map stood"))
        }),
        None => Ok(()),
    }
}

/// `is_set` tells whether an environment variable has a value. Elsewhere than on Unix there is always a display, or
/// the system says what is wrong.
fn require_display(is_set: impl Fn(&str) -> bool) -> anyhow::Result<()> {
    let named = ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"].into_iter().any(is_set);
    if cfg!(all(unix, not(target_os = "macos"))) && !named {
        bail!("there is no display to open a window on; {WITHOUT}");
    }
    Ok(())
}

fn in_words(error: eframe::Error) -> anyhow::Error {
    match error {
        eframe::Error::WinitEventLoop(_) | eframe::Error::Winit(_) => {
            anyhow!("the display cannot be opened; {WITHOUT}")
        }
        eframe::Error::Wgpu(_) => {
            let remedy = "install a Vulkan or OpenGL driver (Debian: mesa-vulkan-drivers)";
            anyhow!("no graphics driver can draw the window: {remedy}; {WITHOUT}")
        }
        error => anyhow!("the window cannot be opened ({error}); {WITHOUT}"),
    }
}

/// The drawing in `assets/icon`; empty, which leaves the system's own, if it could not be read.
fn icon() -> IconData {
    let png = include_bytes!("../../assets/icon/128.png");
    let Ok(picture) = image::load_from_memory_with_format(png, image::ImageFormat::Png) else {
        return IconData::default();
    };
    let (width, height) = (picture.width(), picture.height());
    IconData { rgba: picture.into_rgba8().into_raw(), width, height }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(all(unix, not(target_os = "macos")))]
    fn without_a_display_the_other_command_is_named() {
        let error = require_display(|_| false).unwrap_err().to_string();
        assert!(error.contains("ponderscope map IMAGE") && !error.contains('\n'), "{error}");
        assert!(require_display(|name| name == "WAYLAND_DISPLAY").is_ok());
        assert!(require_display(|name| name == "DISPLAY").is_ok());
    }

    #[test]
    fn the_icon_is_round_at_its_corners_and_full_in_its_middle() {
        let icon = icon();
        let alpha = |x: u32, y: u32| icon.rgba[4 * (y * icon.width + x) as usize + 3];
        assert_eq!((icon.width, icon.height, icon.rgba.len()), (128, 128, 4 * 128 * 128));
        assert_eq!((alpha(0, 0), alpha(127, 127), alpha(64, 64)), (0, 0, 255));
    }

    #[test]
    fn themes_are_named_as_on_the_command_line() {
        assert_eq!("Dark".parse(), Ok(ThemeChoice::Dark));
        assert!("black".parse::<ThemeChoice>().is_err());
    }
}

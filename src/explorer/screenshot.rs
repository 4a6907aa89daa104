//! `--screenshot`: a picture of the window once the first map stands.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow};
use eframe::egui::{ColorImage, Context, ViewportCommand};

use crate::figure;

/// How long a map may take.
const MOST: Duration = Duration::from_secs(60);
/// Frames drawn after the map stands, so that panels have found their sizes and animations are over.
const FRAMES: usize = 12;

/// How it went, told to whoever opened the window; `None` until then.
pub type Verdict = Arc<Mutex<Option<anyhow::Result<()>>>>;

/// A picture to be taken.
pub struct Screenshot {
    file: PathBuf,
    began: Instant,
    frames: usize,
    verdict: Verdict,
}

impl Screenshot {
    pub fn new(file: PathBuf) -> (Self, Verdict) {
        let verdict = Verdict::default();
        (Self { file, began: Instant::now(), frames: 0, verdict: Arc::clone(&verdict) }, verdict)
    }

    /// Looks once a frame whether it is time; `stands` says that the map does.
    pub fn advance(&mut self, ctx: &Context, stands: bool, error: Option<&str>) {
        if self.frames > FRAMES {
            return;
        }
        self.frames = if stands { self.frames + 1 } else { 0 };
        if let Some(error) = error {
            settle(ctx, &self.verdict, Err(anyhow!("{error}")));
        } else if self.began.elapsed() > MOST {
            let seconds = MOST.as_secs();
            settle(ctx, &self.verdict, Err(anyhow!("no screenshot: no map stood after {seconds} seconds")));
        } else if self.frames > FRAMES {
            let (file, verdict, own) = (self.file.clone(), Arc::clone(&self.verdict), ctx.clone());
            ctx.request_screenshot(move |pixels| {
                settle(&own, &verdict, save(&pixels, &file));
            });
        }
        ctx.request_repaint_after(Duration::from_millis(20));
    }
}

/// Notes the verdict and closes the window.
fn settle(ctx: &Context, verdict: &Verdict, result: anyhow::Result<()>) {
    verdict.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(result);
    ctx.send_viewport_cmd(ViewportCommand::Close);
}

/// Saves the window's pixels as PNG.
fn save(pixels: &ColorImage, file: &Path) -> anyhow::Result<()> {
    let [width, height] = pixels.size.map(|edge| edge as u32);
    let rgb: Vec<u8> = pixels.pixels.iter().flat_map(|pixel| [pixel.r(), pixel.g(), pixel.b()]).collect();
    let picture =
        ::image::RgbImage::from_raw(width, height, rgb).context("the screenshot came out damaged")?;
    Ok(figure::save_png(&picture, file)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use eframe::egui::Color32;

    #[test]
    fn a_screenshot_is_a_png_of_what_was_drawn() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("window.png");
        std::fs::write(&file, "what stood there before").unwrap();
        let pixels = ColorImage::new([2, 1], vec![Color32::RED, Color32::from_rgb(1, 2, 3)]);
        save(&pixels, &file).unwrap();
        let read = ::image::open(&file).unwrap().to_rgb8();
        assert_eq!((read.dimensions(), read.as_raw().as_slice()), ((2, 1), [255, 0, 0, 1, 2, 3].as_slice()));
    }
}

//! What draws previews and writes files, on a thread of its own. It makes the runs that are missing, and takes those that the
//! window has made already; both are the same, so that a file has the bytes that the command line gives.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use eframe::egui::{Color32, ColorImage};

use super::work::{Asked, Sketch};
use crate::explorer::cache::Cache;
use crate::explorer::inference::{Outcome, RunKey};
use crate::explorer::models::{OpenModel, SharedLoader};
use crate::explorer::pictures::Picture;
use crate::explorer::session::PictureSource;
use crate::figure::{
    Figure, FigureError, Material, Opened, POINTS_PER_MM, PictureName, Pixels, Run, Subject, Theme,
    refuse_to_overwrite,
};
use crate::image::{InputSize, Preprocessing, RgbImage};
use crate::jobs::Cancel;
use crate::network::{NetworkError, Trace};
use crate::zoo::{self, ModelSource};

/// Edge of the squares that shine through a transparent figure, in pixels, and their two greys.
const SQUARE: u32 = 8;
const GREYS: [u8; 2] = [255, 228];
/// Decoded pictures that are kept; those of a large gallery are decoded again where a figure needs other runs of them.
const KEPT_BYTES: usize = 256 << 20;

pub(super) struct Order {
    pub asked: Asked,
    pub goal: Goal,
    pub model: OpenModel,
    /// The second model's place.
    pub other: Option<ModelSource>,
    /// Runs that the window has made.
    pub made: Vec<Arc<Outcome>>,
    /// Counts how often the dialog was opened: files may have changed since.
    pub opening: u64,
    pub done: Arc<AtomicUsize>,
}

/// What a figure is drawn for.
pub(super) enum Goal {
    Look,
    /// The frame that is looked at, as fine as it would be saved.
    Copy,
    Save(Target),
}

/// A file to be written.
pub(super) struct Target {
    pub path: PathBuf,
    /// Nobody was asked whether a file of this name may be replaced.
    pub unasked: bool,
}

pub(super) enum Answer {
    Drawn(Sketch<ColorImage>),
    Copied(ColorImage),
    Saved(PathBuf),
    Failed(String),
    Cancelled,
}

/// What decides a run.
#[derive(Clone, PartialEq)]
struct Wanted {
    picture: PictureName,
    run: Run,
    load: u64,
    size: Option<InputSize>,
}

struct Sheet {
    opened: Opened,
    /// With the hash that the window knows it by; `None` for what is a network's input already.
    picture: Option<Picture>,
}

/// What decides how a picture is shown: its name, how many columns of pixels are kept of it, and how it was prepared if it is
/// a network's input.
type Look = (PictureName, u32, Preprocessing);

/// What the worker keeps: the pictures of the figure that was asked for last, and their runs.
pub(super) struct Desk {
    loader: SharedLoader,
    opening: u64,
    opened: Cache<PictureName, Sheet>,
    /// Titles and pictures as they are printed, so that nothing need be decoded where only the look changes.
    shown: HashMap<Look, (String, Arc<RgbImage>)>,
    traces: Vec<(Wanted, Arc<Trace>)>,
}

/// Why there is no figure.
enum Stop {
    Cancelled,
    Failed(String),
}

impl From<FigureError> for Stop {
    fn from(error: FigureError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl Target {
    /// Refuses to replace what nobody has agreed to lose.
    fn check(&self, shown: &[PictureName]) -> Result<(), FigureError> {
        if self.unasked && self.path.exists() {
            return Err(FigureError::Exists { path: self.path.clone() });
        }
        refuse_to_overwrite(shown, &self.path)
    }
}

impl Desk {
    pub fn new(loader: SharedLoader) -> Self {
        let opened = Cache::new(KEPT_BYTES);
        Self { loader, opening: 0, opened, shown: HashMap::new(), traces: Vec::new() }
    }

    /// Does what is ordered; no order is to give up all that is kept.
    pub fn answer(&mut self, order: Option<Order>, cancel: &Cancel) -> Answer {
        let Some(order) = order else {
            *self = Self::new(self.loader.clone());
            return Answer::Cancelled;
        };
        match self.made(order, cancel) {
            Ok(answer) => answer,
            Err(Stop::Cancelled) => Answer::Cancelled,
            Err(Stop::Failed(sentence)) => Answer::Failed(sentence),
        }
    }

    fn made(&mut self, order: Order, cancel: &Cancel) -> Result<Answer, Stop> {
        if order.opening != self.opening {
            *self = Self { opening: order.opening, ..Self::new(self.loader.clone()) };
        }
        let Asked { request, frame, room } = &order.asked;
        if let Goal::Save(target) = &order.goal {
            target.check(&request.pictures)?;
        }
        let material = self.material(&order, cancel)?;
        let figure = Figure::new(request, &material)?;
        let frames = figure.frames().len();
        let frame = (*frame).min(frames.saturating_sub(1));
        match order.goal {
            Goal::Save(Target { path, .. }) => {
                figure.save(&path)?;
                return Ok(Answer::Saved(path));
            }
            Goal::Copy => {
                let pixels = figure.preview(frame, request.spec.look.dpi as f32 / 72.0)?;
                let size = [pixels.width as usize, pixels.height as usize];
                return Ok(Answer::Copied(ColorImage::from_rgba_unmultiplied(size, &pixels.data)));
            }
            Goal::Look if cancel.is_cancelled() => return Err(Stop::Cancelled),
            Goal::Look => {}
        }
        let size = figure.size();
        let (width, height) = (size.0 * POINTS_PER_MM, size.1 * POINTS_PER_MM);
        let scale = (room[0] as f32 / width).min(room[1] as f32 / height);
        let pixels = figure.preview(frame, scale)?;
        let picture = on_paper(&pixels, request.spec.look.theme);
        Ok(Answer::Drawn(Sketch { picture, size, frames }))
    }

    /// Runs what is missing.
    fn material(&mut self, order: &Order, cancel: &Cancel) -> Result<Material, Stop> {
        let request = &order.asked.request;
        let load = |source: &ModelSource| match *source == order.model.source {
            true => Ok(order.model.clone()),
            false => self.loader.load(Some(source.clone())).map_err(Stop::Failed),
        };
        let second = order.other.as_ref().map(load).transpose()?;
        order.done.store(0, Ordering::Relaxed);
        let card = order.model.inference.card();
        let preprocessing = card.spec.family.preprocessing();
        let other_model = second.as_ref().map(|model| model.inference.card().name.clone());
        let mut material = Material::new(request, card.name.clone(), other_model);
        let shown = |name: &PictureName| request.pictures.contains(name);
        self.traces.retain(|(wanted, _)| shown(&wanted.picture));
        self.shown.retain(|(name, finest, _), _| *finest == material.finest() && shown(name));
        for name in &request.pictures {
            if cancel.is_cancelled() {
                return Err(Stop::Cancelled);
            }
            let mut run = |model: &OpenModel, run: &Run| {
                let (picture, run) = (name.clone(), run.clone());
                let wanted = Wanted { picture, run, load: model.load, size: request.size };
                self.trace(wanted, model, &order.made, cancel)
            };
            let trace = run(&order.model, &request.run)?;
            let other = request.other.as_ref().zip(second.as_ref());
            let other = other.map(|(setting, model)| run(model, setting)).transpose()?;
            let look = (name.clone(), material.finest(), preprocessing);
            let (title, picture) = self.shown(&look)?;
            let picture = material.add(Subject { title: title.clone(), picture, trace, other })?;
            self.shown.insert(look, (title, picture));
            order.done.fetch_add(1, Ordering::Relaxed);
        }
        Ok(material)
    }

    /// A picture's title, and its pixels as they were printed last or else as they are.
    fn shown(&mut self, look: &Look) -> Result<(String, Arc<RgbImage>), Stop> {
        if let Some(shown) = self.shown.get(look) {
            return Ok(shown.clone());
        }
        let (name, _, preprocessing) = look;
        let sheet = self.sheet(name)?;
        Ok((sheet.opened.title.clone(), sheet.opened.picture(*preprocessing)))
    }

    fn sheet(&mut self, name: &PictureName) -> Result<Arc<Sheet>, Stop> {
        if let Some(sheet) = self.opened.get(name) {
            return Ok(sheet);
        }
        let opened = Opened::open(name)?;
        // Of the source, only the pixels count.
        let pixels = opened.pixels().cloned();
        let picture = pixels.map(|pixels| Picture::of_pixels(PictureSource::Cifar(0), pixels));
        let bytes = opened.bytes();
        let sheet = Arc::new(Sheet { opened, picture });
        self.opened.insert(name.clone(), Arc::clone(&sheet), bytes);
        Ok(sheet)
    }

    fn trace(
        &mut self,
        wanted: Wanted,
        model: &OpenModel,
        made: &[Arc<Outcome>],
        cancel: &Cancel,
    ) -> Result<Arc<Trace>, Stop> {
        if let Some((_, trace)) = self.traces.iter().find(|(known, _)| *known == wanted) {
            return Ok(Arc::clone(trace));
        }
        let sheet = self.sheet(&wanted.picture)?;
        let trace = match found(&wanted, &sheet, model, made) {
            Some(outcome) => outcome.trace.clone(),
            None => {
                let input = sheet.opened.input(model.inference.card(), wanted.size)?;
                let run = model.inference.run(&input, &wanted.run.setting, cancel);
                run.map_err(|error| match error {
                    NetworkError::Cancelled => Stop::Cancelled,
                    error => Stop::Failed(format!("{}: {error}", sheet.opened.title)),
                })?
            }
        };
        let trace = Arc::new(trace);
        self.traces.push((wanted, Arc::clone(&trace)));
        Ok(trace)
    }
}

/// The run, if the window has made it.
fn found<'a>(
    wanted: &Wanted,
    sheet: &Sheet,
    model: &OpenModel,
    made: &'a [Arc<Outcome>],
) -> Option<&'a Arc<Outcome>> {
    let picture = sheet.picture.as_ref()?;
    let suitable = || zoo::default_size(model.inference.card(), picture.height(), picture.width());
    let size = wanted.size.unwrap_or_else(suitable);
    let key = RunKey::new(picture, (&model.source, model.load), &wanted.run.setting, size);
    made.iter().find(|outcome| outcome.key == key)
}

/// The figure's pixels for the screen; squares shine through a transparent one.
fn on_paper(pixels: &Pixels, theme: Theme) -> ColorImage {
    let size = [pixels.width as usize, pixels.height as usize];
    let mut image = ColorImage::from_rgba_unmultiplied(size, &pixels.data);
    if theme == Theme::Transparent {
        for (place, pixel) in image.pixels.iter_mut().enumerate() {
            let (x, y) = (place as u32 % pixels.width, place as u32 / pixels.width);
            let grey = GREYS[((x / SQUARE + y / SQUARE) % 2) as usize];
            let through = f32::from(255 - pixel.a()) / 255.0;
            let over = |value: u8| (f32::from(value) + through * f32::from(grey)).min(255.0) as u8;
            *pixel = Color32::from_rgb(over(pixel.r()), over(pixel.g()), over(pixel.b()));
        }
    }
    image
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_was_asked_about_and_what_is_shown_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cat.png");
        std::fs::write(&path, "precious").unwrap();
        let check = |unasked, shown: &[PictureName]| Target { path: path.clone(), unasked }.check(shown);
        assert!(check(false, &[PictureName::Cifar(62)]).is_ok());
        let unasked = check(true, &[]).unwrap_err().to_string();
        assert_eq!(
            unasked,
            format!("{} is there already: choose it by that name to replace it", path.display())
        );
        let shown = check(false, &[PictureName::File(path.clone())]).unwrap_err().to_string();
        assert!(shown.contains("would be overwritten"), "{shown}");
        let free = Target { path: folder.path().join("dog.png"), unasked: true };
        assert!(free.check(&[PictureName::File(path.clone())]).is_ok());
    }
}

//! The worker that draws previews and writes files. It makes the runs that are missing, and takes those that the window has
//! made already; both are the same, so that a file has the bytes that the command line gives.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use eframe::egui::{ColorImage, Context, TextureHandle, TextureOptions, Vec2, vec2};

use crate::explorer::inference::{Outcome, RunKey};
use crate::explorer::models::{OpenModel, SharedLoader};
use crate::explorer::notices::Tone;
use crate::explorer::pictures::Picture;
use crate::explorer::session::PictureSource;
use crate::explorer::state::State;
use crate::figure::{
    Figure, FigureError, FigureRequest, Material, Opened, POINTS_PER_MM, PictureName, Pixels, Run, Subject,
    Theme,
};
use crate::image::InputSize;
use crate::jobs::{Cancel, Worker};
use crate::network::{NetworkError, Trace};
use crate::zoo::{self, ModelSource};

/// Edge of the squares that shine through a transparent figure, in pixels, and their two greys.
const SQUARE: u32 = 8;
const GREYS: [u8; 2] = [255, 228];

/// What decides a preview.
#[derive(Clone, Debug, PartialEq)]
struct Asked {
    request: FigureRequest,
    frame: usize,
    /// Pixels that it may take.
    room: [usize; 2],
}

struct Order {
    asked: Asked,
    /// Where the figure is to be saved; otherwise it is only to be looked at.
    path: Option<PathBuf>,
    model: OpenModel,
    /// The second model's place.
    other: Option<ModelSource>,
    /// Runs that the window has made.
    made: Vec<Arc<Outcome>>,
    /// Counts how often the dialog was opened: files may have changed since.
    opening: u64,
    done: Arc<AtomicUsize>,
}

enum Answer {
    Drawn(Sketch<ColorImage>),
    Saved(PathBuf),
    Failed(String),
    Cancelled,
}

/// A figure to be looked at.
#[derive(Clone)]
pub struct Sketch<P = TextureHandle> {
    pub picture: P,
    /// In mm.
    pub size: (f32, f32),
    pub frames: usize,
}

/// The dialog while the window is open.
pub struct Exporting {
    pub open: bool,
    pub frame: usize,
    /// The file's name without its ending, once somebody has chosen it.
    pub stem: Option<String>,
    worker: Worker<Order, Answer>,
    asked: Option<Asked>,
    /// The newest preview, or in one sentence why there is none.
    pub sketch: Option<Result<Sketch, String>>,
    saving: bool,
    /// What was done last, or in one sentence why not.
    pub said: Option<Result<String, String>>,
    opening: u64,
    /// Pictures that were run for what is being made.
    pub done: Arc<AtomicUsize>,
}

impl Exporting {
    /// Starts the worker.
    pub fn new(ctx: &Context, loader: SharedLoader) -> io::Result<Self> {
        let wake = {
            let ctx = ctx.clone();
            move || ctx.request_repaint()
        };
        let mut desk = Desk { loader, opening: 0, opened: Vec::new(), traces: Vec::new() };
        Ok(Self {
            open: false,
            frame: 0,
            stem: None,
            worker: Worker::spawn("figure", wake, move |order: Order, cancel| desk.answer(order, cancel))?,
            asked: None,
            sketch: None,
            saving: false,
            said: None,
            opening: 0,
            done: Arc::default(),
        })
    }

    pub(super) fn begin(&mut self) {
        (self.open, self.frame, self.stem) = (true, 0, None);
        (self.asked, self.sketch, self.said) = (None, None, None);
        self.opening += 1;
    }

    pub(super) fn close(&mut self) {
        self.open = false;
        if !self.saving {
            self.worker.cancel();
        }
    }

    pub fn is_saving(&self) -> bool {
        self.saving
    }

    /// Whether the preview is about to change.
    pub fn is_busy(&self) -> bool {
        self.worker.is_busy()
    }

    pub fn is_idle(&self) -> bool {
        !self.worker.is_busy()
    }
}

/// Room for the preview in a window of this size, in points.
pub fn room(content: Vec2) -> Vec2 {
    vec2((content.x - 504.0).clamp(240.0, 900.0), (content.y - 250.0).clamp(200.0, 720.0))
}

impl State {
    /// Takes in what was drawn or saved, and asks for a preview of what is filled in now.
    pub(in crate::explorer) fn follow_export(&mut self) {
        while let Some(answer) = self.runtime.exporting.worker.poll() {
            let answer = answer.unwrap_or_else(|panicked| Answer::Failed(panicked.to_string()));
            match answer {
                Answer::Drawn(sketch) => {
                    let picture = self.runtime.texture("figure", sketch.picture, TextureOptions::LINEAR);
                    let sketch = Sketch { picture, size: sketch.size, frames: sketch.frames };
                    self.runtime.exporting.sketch = Some(Ok(sketch));
                }
                Answer::Saved(path) => {
                    self.runtime.exporting.saving = false;
                    self.remember_figure(&path);
                    let told = format!("Saved {}.", path.display());
                    self.runtime.exporting.said = Some(Ok(told.clone()));
                    self.runtime.notices.tell(Tone::Done, told, None);
                }
                Answer::Failed(sentence) if std::mem::take(&mut self.runtime.exporting.saving) => {
                    self.refuse_figure(sentence);
                }
                Answer::Failed(sentence) => self.runtime.exporting.sketch = Some(Err(sentence)),
                Answer::Cancelled => self.runtime.exporting.saving = false,
            }
        }
        // A preview would take the place of a file that waits to be written.
        if self.runtime.exporting.open && !self.runtime.exporting.saving {
            self.ask_for_preview();
        }
    }

    fn ask_for_preview(&mut self) {
        let request = match self.figure_request(&self.figure_name()) {
            Ok(request) => request,
            Err(sentence) => {
                self.runtime.exporting.worker.cancel();
                self.runtime.exporting.asked = None;
                self.runtime.exporting.sketch = Some(Err(sentence));
                return;
            }
        };
        let ctx = &self.runtime.ctx;
        let room = room(ctx.content_rect().size()) * ctx.pixels_per_point();
        let room = [room.x as usize, room.y as usize];
        let asked = Asked { request, frame: self.runtime.exporting.frame, room };
        let before = self.runtime.exporting.asked.as_ref();
        if before == Some(&asked) {
            return;
        }
        let same_runs = before.is_some_and(|before| before.same_runs(&asked));
        let Some(order) = self.figure_order(asked.clone(), None) else { return };
        let exporting = &mut self.runtime.exporting;
        exporting.asked = Some(asked);
        match same_runs {
            true => exporting.worker.submit_next(order),
            false => exporting.worker.submit(order),
        };
    }

    pub(super) fn ask_for_file(&mut self, request: FigureRequest, path: PathBuf) {
        let asked = Asked { request, frame: 0, room: [1, 1] };
        let Some(order) = self.figure_order(asked, Some(path)) else { return };
        self.runtime.exporting.saving = true;
        // What it takes the place of is asked for again.
        self.runtime.exporting.asked = None;
        self.runtime.exporting.worker.submit(order);
    }

    fn figure_order(&self, asked: Asked, path: Option<PathBuf>) -> Option<Order> {
        let model = self.runtime.model.clone()?;
        let other = asked.request.other.as_ref().and_then(|_| self.b_source().cloned());
        let traces = self.runtime.traces.values().chain(&self.runtime.outcome);
        let wanted = |key: &RunKey| key.model == model.source || Some(&key.model) == other.as_ref();
        let made = traces.filter(|outcome| wanted(&outcome.key)).cloned().collect();
        let done = Arc::clone(&self.runtime.exporting.done);
        let opening = self.runtime.exporting.opening;
        Some(Order { asked, path, model, other, made, opening, done })
    }
}

impl Asked {
    fn same_runs(&self, other: &Self) -> bool {
        let runs = |asked: &Self| {
            let FigureRequest { pictures, run, other, size, .. } = asked.request.clone();
            (pictures, run, other, size)
        };
        runs(self) == runs(other)
    }
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

/// What the worker keeps: the pictures and runs of the figure that was asked for last.
struct Desk {
    loader: SharedLoader,
    opening: u64,
    opened: Vec<(PictureName, Arc<Sheet>)>,
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

impl Desk {
    fn answer(&mut self, order: Order, cancel: &Cancel) -> Answer {
        match self.made(order, cancel) {
            Ok(answer) => answer,
            Err(Stop::Cancelled) => Answer::Cancelled,
            Err(Stop::Failed(sentence)) => Answer::Failed(sentence),
        }
    }

    fn made(&mut self, order: Order, cancel: &Cancel) -> Result<Answer, Stop> {
        if order.opening != self.opening {
            self.opening = order.opening;
            self.opened.clear();
            self.traces.clear();
        }
        let material = self.material(&order, cancel)?;
        let Asked { request, frame, room } = &order.asked;
        let figure = Figure::new(request, &material)?;
        if let Some(path) = order.path {
            figure.save(&path)?;
            return Ok(Answer::Saved(path));
        }
        if cancel.is_cancelled() {
            return Err(Stop::Cancelled);
        }
        let size = figure.size();
        let (width, height) = (size.0 * POINTS_PER_MM, size.1 * POINTS_PER_MM);
        let scale = (room[0] as f32 / width).min(room[1] as f32 / height);
        let frames = figure.frames().len();
        let pixels = figure.preview((*frame).min(frames.saturating_sub(1)), scale)?;
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
        let preprocessing = order.model.inference.card().spec.family.preprocessing();
        let mut subjects = Vec::new();
        for name in &request.pictures {
            let sheet = self.sheet(name)?;
            let mut run = |model: &OpenModel, run: &Run| {
                let (picture, run) = (name.clone(), run.clone());
                let wanted = Wanted { picture, run, load: model.load, size: request.size };
                self.trace(wanted, &sheet, model, &order.made, cancel)
            };
            let trace = run(&order.model, &request.run)?;
            let other = request.other.as_ref().zip(second.as_ref());
            let other = other.map(|(setting, model)| run(model, setting)).transpose()?;
            let picture = Arc::new(sheet.opened.picture(preprocessing));
            subjects.push(Subject { title: sheet.opened.title.clone(), picture, trace, other });
            order.done.fetch_add(1, Ordering::Relaxed);
        }
        let shown = |name: &PictureName| request.pictures.contains(name);
        self.traces.retain(|(wanted, _)| shown(&wanted.picture));
        self.opened.retain(|(name, _)| shown(name));
        let other_model = second.map(|model| model.inference.card().name.clone());
        Ok(Material { model: order.model.inference.card().name.clone(), other_model, subjects })
    }

    fn sheet(&mut self, name: &PictureName) -> Result<Arc<Sheet>, Stop> {
        if let Some((_, sheet)) = self.opened.iter().find(|(known, _)| known == name) {
            return Ok(Arc::clone(sheet));
        }
        let opened = Opened::open(name)?;
        // Of the source, only the pixels count.
        let picture =
            opened.pixels().map(|pixels| Picture::of_pixels(PictureSource::Cifar(0), pixels.clone()));
        let sheet = Arc::new(Sheet { opened, picture });
        self.opened.push((name.clone(), Arc::clone(&sheet)));
        Ok(sheet)
    }

    fn trace(
        &mut self,
        wanted: Wanted,
        sheet: &Sheet,
        model: &OpenModel,
        made: &[Arc<Outcome>],
        cancel: &Cancel,
    ) -> Result<Arc<Trace>, Stop> {
        if let Some((_, trace)) = self.traces.iter().find(|(known, _)| *known == wanted) {
            return Ok(Arc::clone(trace));
        }
        if cancel.is_cancelled() {
            return Err(Stop::Cancelled);
        }
        let trace = match found(&wanted, sheet, model, made) {
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
            *pixel = eframe::egui::Color32::from_rgb(over(pixel.r()), over(pixel.g()), over(pixel.b()));
        }
    }
    image
}

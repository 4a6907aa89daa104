//! What lives only while the window is open: workers, textures, caches, the last error. Never saved.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::{ColorImage, Context, ImageData, TextureFilter, TextureHandle, TextureOptions};

use crate::dataset::samples;
use crate::halting::HaltingSetting;
use crate::image;
use crate::jobs::Worker;
use crate::zoo::{ModelEntry, ModelSource};

use super::attention::Gaze;
use super::backend::Backend;
use super::cache::Cache;
use super::clipboard::Clipboard;
use super::command::Command;
use super::compare::{Comparing, Comparison};
use super::dialogs::{Dialog, Purpose};
use super::document::Task;
use super::evaluation::Evaluations;
use super::export::Exporting;
use super::halting::Board;
use super::inference::{Outcome, Prepared, RunError, RunKey, RunRequest};
use super::library::{Decoder, Library, Shown, Thumbnails};
use super::looker::Looker;
use super::models::{Loaded, OpenModel, SharedLoader};
use super::notices::{Notices, Tone};
use super::opening::Sorting;
use super::painting::{Motif, PaintRequest, Painting, to_screen};
use super::pictures::Picture;
use super::session::PictureSource;
use super::tour::Tour;
use super::training::Training;

/// Bytes of traces remembered: about 1 MB for a ResNet-32 at 160 x 120 pixels or a ResNet-101 at 640 x 480, so that
/// more than a drag's runs have room.
const CACHE_BYTES: usize = 256 << 20;
/// Sharp when enlarged, since a map is read pixel by pixel; smooth when made smaller.
pub const PIXELS: TextureOptions =
    TextureOptions { magnification: TextureFilter::Nearest, ..TextureOptions::LINEAR };
/// How long the canvas waits for a new picture's map before it shows the picture without one; shorter waits do
/// not read as waiting, and so most pictures change together with their maps.
pub const PATIENCE: Duration = Duration::from_millis(150);

/// A picture ready to be drawn.
pub struct OpenPicture {
    pub picture: Arc<Picture>,
    pub texture: TextureHandle,
    pub since: Instant,
}

/// What the canvas shows: a picture and a map that belong together.
#[derive(Default)]
pub struct Stage {
    pub picture: Option<Arc<OpenPicture>>,
    pub painting: Option<Painting>,
    pub overlay: Option<TextureHandle>,
}

/// What is found out once, at the start.
pub struct Shelf {
    pub models: Vec<ModelEntry>,
    sheet: Option<ColorImage>,
}

/// The picture asked for and, decoded, its pixels for the screen.
pub type Decoded = (PictureSource, Result<Shown, String>);

/// Workers, textures and caches.
pub struct Runtime {
    pub ctx: Context,
    pub backend: Arc<dyn Backend>,
    pub pictures: Worker<PictureSource, Decoded>,
    pub models: Worker<Option<ModelSource>, Loaded>,
    pub inference: Worker<RunRequest, Result<Outcome, RunError>>,
    pub painter: Worker<PaintRequest, (Painting, Option<ColorImage>)>,
    /// Decodes the pictures that are likely to be asked for next.
    pub ahead: Worker<Vec<PictureSource>, ()>,
    pub decoder: Arc<Decoder>,
    pub thumbnails: Thumbnails,
    pub library: Library,
    librarian: Worker<(), Shelf>,
    pub comparing: Comparing,
    pub training: Training,
    pub evaluations: Evaluations,
    pub halting: Board,
    pub clipboard: Clipboard,
    pub attention: Gaze,
    pub exporting: Exporting,

    /// The picture opened last; the stage follows it.
    pub picture: Option<Arc<OpenPicture>>,
    pub model: Option<OpenModel>,
    /// The model that is to take its place once it is loaded.
    pub coming_model: Option<ModelSource>,
    /// A's setting and B as they were before they changed places with that model, which may turn out not to open.
    pub unswapped: Option<(HaltingSetting, Comparison)>,
    pub traces: Cache<RunKey, Outcome>,
    /// The run that the session calls for.
    pub wanted: Option<RunKey>,
    pub wanted_since: Instant,
    /// The run that is made now, and what was asked for since, by their requests' numbers.
    pub asked: Vec<(u64, RunKey)>,
    /// The run that failed last.
    pub failed: Option<RunKey>,
    /// The newest run that was made.
    pub outcome: Option<Arc<Outcome>>,
    /// What was given to the painter last.
    pub painted: Option<Motif>,
    pub stage: Stage,

    /// Models to choose from, those opened from files last.
    pub entries: Vec<ModelEntry>,
    pub sheet: Option<TextureHandle>,
    pub dialog: Option<(Purpose, Dialog)>,
    /// What a path is asked for in the window itself, because this system has no dialogs.
    pub path_asked: Option<Purpose>,
    /// Looks whether there is a file of the path that is typed.
    pub looker: Looker,
    pub without_dialogs: bool,
    /// The session file that is read or written.
    pub session_task: Option<Task>,
    /// Files that are about to be opened, the first ones asked for first.
    pub sorting: VecDeque<Sorting>,
    /// Commands that wait for all these.
    pub after_opening: Vec<Command>,
    /// Since when the window is to be closed, if it waits for what is being written.
    pub closing: Option<Instant>,
    /// Of the window.
    pub title: String,
    /// What went wrong, and other news.
    pub notices: Notices,
    pub help_open: bool,
    pub palette_open: bool,
    pub tour: Option<Tour>,
}

impl Runtime {
    /// Starts the workers.
    pub fn new(ctx: &Context, backend: Arc<dyn Backend>) -> io::Result<Self> {
        let wake = || {
            let ctx = ctx.clone();
            move || ctx.request_repaint()
        };
        let most_pixels = most_pixels(ctx);
        let loader = SharedLoader::new(Arc::clone(&backend));
        let comparing = Comparing::new(ctx, loader.clone())?;
        let exporting = Exporting::new(ctx, loader.clone())?;
        let lister = Arc::clone(&backend);
        let decoder = Arc::new(Decoder::new(most_pixels));
        let [of_pictures, of_ahead] = [(); 2].map(|()| Arc::clone(&decoder));
        let runtime = Self {
            pictures: Worker::spawn("pictures", wake(), move |source: PictureSource, _| {
                (source.clone(), of_pictures.open(source))
            })?,
            ahead: Worker::spawn("ahead", wake(), move |sources, cancel| {
                of_ahead.open_ahead(sources, cancel);
            })?,
            decoder,
            thumbnails: Thumbnails::new(ctx, wake())?,
            library: Library::new(wake())?,
            models: Worker::spawn("models", wake(), move |source, _| loader.load(source))?,
            inference: {
                let mut prepared = Prepared::default();
                Worker::spawn("inference", wake(), move |request: RunRequest, cancel| {
                    request.run(&mut prepared, cancel)
                })?
            },
            painter: Worker::spawn("painter", wake(), |request: PaintRequest, _| request.paint())?,
            librarian: Worker::spawn("library", wake(), move |(), _| Shelf {
                models: lister.models(),
                sheet: image::decode(samples::cifar_sheet(), "the CIFAR-10 contact sheet")
                    .ok()
                    .map(|sheet| to_screen(&sheet, most_pixels)),
            })?,
            comparing,
            training: Training::new(ctx)?,
            evaluations: Evaluations::new(ctx)?,
            halting: Board::new(ctx)?,
            clipboard: Clipboard::new(wake)?,
            attention: Gaze::new(ctx)?,
            exporting,
            ctx: ctx.clone(),
            backend,
            picture: None,
            model: None,
            coming_model: None,
            unswapped: None,
            traces: Cache::new(CACHE_BYTES),
            wanted: None,
            wanted_since: Instant::now(),
            asked: Vec::new(),
            failed: None,
            outcome: None,
            painted: None,
            stage: Stage::default(),
            entries: Vec::new(),
            sheet: None,
            dialog: None,
            path_asked: None,
            looker: Looker::new(wake())?,
            without_dialogs: false,
            session_task: None,
            sorting: VecDeque::new(),
            after_opening: Vec::new(),
            closing: None,
            title: String::new(),
            notices: Notices::default(),
            help_open: false,
            palette_open: false,
            tour: None,
        };
        runtime.librarian.submit(());
        Ok(runtime)
    }

    /// Asks for a picture; it is shown once it is decoded, and until then what is there stays.
    pub fn open_picture(&self, source: PictureSource) {
        self.pictures.submit(source);
    }

    /// Asks for a model, the default one if none is named; the model asked for last wins.
    pub fn open_model(&mut self, source: Option<ModelSource>) {
        (self.coming_model, self.unswapped) = (source.clone(), None);
        self.models.submit(source);
    }

    /// Stays with the model that is there.
    pub fn keep_model(&mut self) {
        (self.coming_model, self.unswapped) = (None, None);
        self.models.cancel();
    }

    /// Takes in what the library asked for.
    pub fn absorb_library(&mut self) {
        self.thumbnails.advance();
        while self.ahead.poll().is_some() {}
        while let Some(Ok(shelf)) = self.librarian.poll() {
            self.sheet = shelf.sheet.map(|pixels| self.texture("sheet", pixels, PIXELS));
            let opened = std::mem::replace(&mut self.entries, shelf.models);
            for entry in opened {
                self.list_model(entry);
            }
        }
    }

    /// Adds a model to those one can choose from.
    pub fn list_model(&mut self, entry: ModelEntry) {
        match self.entries.iter_mut().find(|listed| listed.source == entry.source) {
            Some(listed) => *listed = entry,
            None => self.entries.push(entry),
        }
    }

    pub fn texture(
        &self,
        name: &str,
        pixels: impl Into<ImageData>,
        options: TextureOptions,
    ) -> TextureHandle {
        self.ctx.load_texture(name, pixels, options)
    }

    /// Tells what went wrong, and what to do, in a sentence.
    pub fn fail(&mut self, sentence: impl Into<String>) {
        self.notices.tell(Tone::Error, sentence, None);
    }

    /// Whether something lies over the screen that takes the keyboard.
    pub fn is_covered(&self) -> bool {
        self.help_open || self.palette_open || self.exporting.open || self.path_asked.is_some()
    }

    /// Whether the run that the session calls for is there.
    pub fn is_answered(&self) -> bool {
        self.outcome.as_ref().is_some_and(|outcome| self.wanted.as_ref() == Some(&outcome.key))
    }

    /// Whether the map on the canvas will soon be replaced.
    pub fn is_computing(&self) -> bool {
        self.painter.is_busy() || (self.inference.is_busy() && !self.is_answered())
    }

    /// Whether there is no run as it is asked for, because it failed.
    pub fn has_failed(&self) -> bool {
        self.failed.is_some() && self.failed == self.wanted
    }

    /// Lets a run that failed be asked for again.
    pub fn retry(&mut self) {
        if self.has_failed() {
            self.failed = None;
            self.wanted = None;
        }
    }

    /// Whether nothing more will change by itself.
    pub fn is_idle(&self) -> bool {
        let stage_stands = match (&self.stage.picture, &self.picture) {
            (Some(shown), Some(open)) => Arc::ptr_eq(shown, open),
            (shown, open) => shown.is_none() == open.is_none(),
        };
        stage_stands
            && !self.inference.is_busy()
            && !self.painter.is_busy()
            && !self.pictures.is_busy()
            && !self.models.is_busy()
            && !self.ahead.is_busy()
            && self.thumbnails.is_idle()
            && self.library.is_idle()
            && !self.librarian.is_busy()
            && self.session_task.is_none()
            && self.sorting.is_empty()
            && self.comparing.is_idle()
            && self.clipboard.is_idle()
            && self.training.is_idle()
            && self.evaluations.is_idle()
            && self.halting.is_idle()
            && self.attention.is_idle()
            && self.exporting.is_idle()
            && !self.looker.is_busy()
    }
}

/// Largest edge of a texture; pictures are thinned out to it.
pub fn most_pixels(ctx: &Context) -> usize {
    ctx.input(|input| input.max_texture_side).clamp(256, 8192)
}

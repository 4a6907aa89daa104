//! What lives only while the window is open: workers, textures, caches, the last error. Never saved.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::{ColorImage, Context, TextureFilter, TextureHandle, TextureOptions};

use crate::dataset::samples;
use crate::image;
use crate::jobs::Worker;
use crate::zoo::{ModelEntry, ModelSource};

use super::backend::Backend;
use super::cache::Cache;
use super::command::Command;
use super::compare::Comparing;
use super::dialogs::{Dialog, Purpose};
use super::document::Task;
use super::evaluation::Evaluations;
use super::halting::Board;
use super::inference::{Outcome, Prepared, RunError, RunKey, RunRequest};
use super::models::{Loaded, OpenModel, SharedLoader};
use super::notices::{Notices, Tone};
use super::painting::{Motif, PaintRequest, Painting, to_screen};
use super::pictures::Picture;
use super::session::PictureSource;
use super::stored::of_file;
use super::tour::Tour;
use super::training::Training;

/// Bytes of traces remembered: about 1 MB for a ResNet-32 at 160 x 120 pixels or a ResNet-101 at 640 x 480, so that
/// more than a drag's runs have room.
const CACHE_BYTES: usize = 256 << 20;
/// Sharp when enlarged, since a map is read pixel by pixel; smooth when made smaller.
pub const PIXELS: TextureOptions =
    TextureOptions { magnification: TextureFilter::Nearest, ..TextureOptions::LINEAR };
/// Longer edge of a thumbnail in pixels.
const THUMBNAIL: usize = 320;
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
pub type Decoded = (PictureSource, Result<(Picture, ColorImage), String>);

/// Workers, textures and caches.
pub struct Runtime {
    pub ctx: Context,
    pub backend: Arc<dyn Backend>,
    pub pictures: Worker<PictureSource, Decoded>,
    pub models: Worker<Option<ModelSource>, Loaded>,
    pub inference: Worker<RunRequest, Result<Outcome, RunError>>,
    pub painter: Worker<PaintRequest, (Painting, Option<ColorImage>)>,
    thumbnailer: Worker<PictureSource, (PictureSource, Option<ColorImage>)>,
    librarian: Worker<(), Shelf>,
    pub comparing: Comparing,
    pub training: Training,
    pub evaluations: Evaluations,
    pub halting: Board,

    /// The picture opened last; the stage follows it.
    pub picture: Option<Arc<OpenPicture>>,
    pub model: Option<OpenModel>,
    /// The model that is to take its place once it is loaded.
    pub coming_model: Option<ModelSource>,
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
    /// Those asked for; `None` as long as one is not made, and for good if it cannot be.
    thumbnails: HashMap<PictureSource, Option<TextureHandle>>,
    /// Thumbnails asked for that are not begun.
    thumbnails_to_make: VecDeque<PictureSource>,
    pub sheet: Option<TextureHandle>,
    pub dialog: Option<(Purpose, Dialog)>,
    /// What a path is asked for in the window itself, because this system has no dialogs.
    pub path_asked: Option<Purpose>,
    pub without_dialogs: bool,
    /// The session file that is read or written.
    pub session_task: Option<Task>,
    /// Commands that wait for it.
    pub after_opening: Vec<Command>,
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
        let lister = Arc::clone(&backend);
        let runtime = Self {
            pictures: Worker::spawn("pictures", wake(), move |source: PictureSource, _| {
                let picture = Picture::open(source.clone());
                let shown = |picture: Picture| (to_screen(&picture.pixels, most_pixels), picture);
                (source, picture.map(shown).map(|(pixels, picture)| (picture, pixels)))
            })?,
            models: Worker::spawn("models", wake(), move |source, _| loader.load(source))?,
            inference: {
                let mut prepared = Prepared::default();
                Worker::spawn("inference", wake(), move |request: RunRequest, cancel| {
                    request.run(&mut prepared, cancel)
                })?
            },
            painter: Worker::spawn("painter", wake(), |request: PaintRequest, _| request.paint())?,
            thumbnailer: Worker::spawn("thumbnails", wake(), |source: PictureSource, _| {
                let pixels = thumbnail(&source);
                (source, pixels)
            })?,
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
            ctx: ctx.clone(),
            backend,
            picture: None,
            model: None,
            coming_model: None,
            traces: Cache::new(CACHE_BYTES),
            wanted: None,
            wanted_since: Instant::now(),
            asked: Vec::new(),
            failed: None,
            outcome: None,
            painted: None,
            stage: Stage::default(),
            entries: Vec::new(),
            thumbnails: HashMap::new(),
            thumbnails_to_make: VecDeque::new(),
            sheet: None,
            dialog: None,
            path_asked: None,
            without_dialogs: false,
            session_task: None,
            after_opening: Vec::new(),
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
        self.coming_model = source.clone();
        self.models.submit(source);
    }

    /// Stays with the model that is there.
    pub fn keep_model(&mut self) {
        self.coming_model = None;
        self.models.cancel();
    }

    /// Asks for the thumbnails of the photographs and of these files, once each.
    pub fn make_thumbnails(&mut self, files: &[PathBuf]) {
        let photographs =
            samples::photographs().iter().map(|sample| PictureSource::Sample(sample.name.to_owned()));
        for source in photographs.chain(files.iter().cloned().map(of_file)) {
            if !self.thumbnails.contains_key(&source) {
                self.thumbnails.insert(source.clone(), None);
                self.thumbnails_to_make.push_back(source);
            }
        }
    }

    pub fn thumbnail(&self, source: &PictureSource) -> Option<&TextureHandle> {
        self.thumbnails.get(source)?.as_ref()
    }

    /// Forgets a thumbnail, or that it could not be made.
    pub fn forget_thumbnail(&mut self, source: &PictureSource) {
        self.thumbnails.remove(source);
        self.thumbnails_to_make.retain(|waiting| waiting != source);
    }

    /// Takes in what the library asked for, one thumbnail at a time.
    pub fn absorb_library(&mut self) {
        while let Some(answer) = self.thumbnailer.poll() {
            if let Ok((source, Some(pixels))) = answer {
                let texture = self.texture("thumbnail", pixels, TextureOptions::LINEAR);
                self.thumbnails.insert(source, Some(texture));
            }
        }
        if !self.thumbnailer.is_busy()
            && let Some(source) = self.thumbnails_to_make.pop_front()
        {
            self.thumbnailer.submit_next(source);
        }
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

    pub fn texture(&self, name: &str, pixels: ColorImage, options: TextureOptions) -> TextureHandle {
        self.ctx.load_texture(name, pixels, options)
    }

    /// Tells what went wrong, and what to do, in a sentence.
    pub fn fail(&mut self, sentence: impl Into<String>) {
        self.notices.tell(Tone::Error, sentence, None);
    }

    /// Whether something lies over the screen that takes the keyboard.
    pub fn is_covered(&self) -> bool {
        self.help_open || self.palette_open
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
            && !self.thumbnailer.is_busy()
            && self.thumbnails_to_make.is_empty()
            && !self.librarian.is_busy()
            && self.session_task.is_none()
            && self.comparing.is_idle()
            && self.training.is_idle()
            && self.evaluations.is_idle()
            && self.halting.is_idle()
    }
}

/// Largest edge of a texture; pictures are thinned out to it.
pub fn most_pixels(ctx: &Context) -> usize {
    ctx.input(|input| input.max_texture_side).clamp(256, 8192)
}

fn thumbnail(source: &PictureSource) -> Option<ColorImage> {
    let picture = Picture::open(source.clone()).ok()?;
    Some(to_screen(&picture.pixels, THUMBNAIL))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::DeviceChoice;
    use crate::explorer::backend::Zoo;

    #[test]
    fn thumbnails_come_although_more_are_asked_for_and_some_cannot_be_made() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        std::fs::write(file("bad.png"), "just words").unwrap();
        let backend = Arc::new(Zoo::new(DeviceChoice::Cpu.open().unwrap()));
        let mut runtime = Runtime::new(&Context::default(), backend).unwrap();
        let mut files = vec![file("bad.png")];
        for name in ["a.png", "b.png", "c.png"] {
            ::image::RgbImage::new(8, 4).save(file(name)).unwrap();
            files.push(file(name));
            runtime.make_thumbnails(&files);
            runtime.absorb_library();
        }
        let began = Instant::now();
        while !runtime.is_idle() && began.elapsed() < Duration::from_secs(60) {
            runtime.absorb_library();
            std::thread::yield_now();
        }
        runtime.absorb_library();
        let made = |name| runtime.thumbnail(&PictureSource::File(file(name))).is_some();
        assert_eq!(["bad.png", "a.png", "b.png", "c.png"].map(made), [false, true, true, true]);
        runtime.make_thumbnails(&files);
        assert!(runtime.thumbnails_to_make.is_empty(), "what cannot be made is not tried again");
    }
}

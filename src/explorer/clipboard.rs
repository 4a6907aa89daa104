//! The clipboard: what the canvas shows goes out, pictures come in. A picture that comes in is kept as a file, so that
//! the session can open it again.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use eframe::egui::text_selection::LabelSelectionState;
use eframe::egui::{ColorImage, Context, Event, Key, KeyboardShortcut, Modifiers, ViewportCommand};
use tempfile::TempDir;

use crate::figure::{self, Colormap};
use crate::image::{MAX_PIXELS, RgbImage};
use crate::jobs::Worker;
use crate::maps::{PonderMap, Range};

use super::command::{Command, Inbox, Info};
use super::notices::Tone;
use super::opening::Origin;
use super::session::PictureSource;
use super::state::State;

/// Pasted pictures kept.
const KEPT: usize = 100;
/// What their names begin with.
const NAMED: &str = "pasted-";

/// What can be asked of the clipboard.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// What the canvas shows, at the picture's resolution.
    CopyPicture,
    /// The map alone, at the picture's resolution.
    CopyMap,
    /// Ask the system for what is on the clipboard; it comes as an event.
    AskForPicture,
    /// Open a picture that was on the clipboard.
    Paste(Arc<ColorImage>),
}

impl Action {
    /// As [`Command::info`].
    pub fn info(&self) -> Option<Info> {
        let keys = |modifiers, key| Some(KeyboardShortcut::new(modifiers, key));
        let (label, tooltip, shortcut) = match self {
            Self::CopyPicture => {
                let tooltip = "Copy what the canvas shows, with as many pixels as the picture has";
                ("Copy picture", tooltip, keys(Modifiers::COMMAND, Key::C))
            }
            Self::CopyMap => {
                let keys = keys(Modifiers::COMMAND | Modifiers::SHIFT, Key::C);
                ("Copy map", "Copy the map alone, as large as the picture", keys)
            }
            Self::AskForPicture => {
                let keys = keys(Modifiers::COMMAND, Key::V);
                ("Paste picture", "Open the picture that is on the clipboard", keys)
            }
            Self::Paste(_) => return None,
        };
        Some(Info { label, tooltip, shortcut })
    }
}

/// A picture to be put on the clipboard.
struct Copy {
    picture: Arc<RgbImage>,
    /// What lies over it, and how opaque it is.
    map: Option<(PonderMap, Range, Colormap, f32)>,
}

impl Copy {
    fn draw(self) -> ColorImage {
        let drawn = self.map.map(|(map, range, colormap, opacity)| {
            figure::overlay(&self.picture, &figure::colorize(&map, range, colormap), opacity)
        });
        let drawn = drawn.as_ref().unwrap_or(&self.picture);
        ColorImage::from_rgb([drawn.width() as usize, drawn.height() as usize], drawn.as_raw())
    }
}

/// A picture that came in.
struct Pasted {
    pixels: Arc<ColorImage>,
    /// Where it is to be kept.
    folder: PathBuf,
    /// Files that the window names, and session files that may name others.
    named: Vec<PathBuf>,
    sessions: Vec<PathBuf>,
}

/// The workers that draw what goes out and keep what comes in.
pub struct Clipboard {
    drawer: Worker<Copy, ColorImage>,
    keeper: Worker<Pasted, Result<PathBuf, String>>,
    /// Where pasted pictures are kept.
    folder: Option<PathBuf>,
    /// The same, where nothing is kept longer than the window is open.
    scratch: Option<TempDir>,
}

impl Clipboard {
    /// Starts the workers; `wake` gives what they call when they are done.
    pub fn new<W: Fn() + Send + 'static>(wake: impl Fn() -> W) -> io::Result<Self> {
        Ok(Self {
            drawer: Worker::spawn("copying", wake(), |copy: Copy, _| copy.draw())?,
            keeper: Worker::spawn("pasting", wake(), |pasted: Pasted, _| pasted.keep())?,
            folder: None,
            scratch: None,
        })
    }

    /// Keeps pasted pictures in `folder` from now on.
    pub fn keep_in(&mut self, folder: PathBuf) {
        self.folder = Some(folder);
    }

    /// Whether a file is a pasted picture that is kept here.
    pub fn keeps(&self, path: &Path) -> bool {
        self.folder.as_deref().is_some_and(|folder| path.starts_with(folder))
    }

    fn folder(&mut self) -> io::Result<PathBuf> {
        if let Some(folder) = &self.folder {
            return Ok(folder.clone());
        }
        let scratch = tempfile::Builder::new().prefix("ponderscope-").tempdir()?;
        let folder = self.scratch.insert(scratch).path().to_owned();
        Ok(self.folder.insert(folder).clone())
    }

    pub fn is_idle(&self) -> bool {
        !self.drawer.is_busy() && !self.keeper.is_busy()
    }
}

/// What the system's keys for the clipboard ask for. Text that is being edited or is selected goes first.
pub fn listen(ctx: &Context, state: &State, inbox: &Inbox) {
    let selected =
        ctx.with_plugin(|labels: &mut LabelSelectionState| labels.has_selection()).unwrap_or(false);
    let asks = |event: &Event| match event {
        Event::Copy if !selected => Some(Command::Clipboard(Action::CopyPicture)),
        Event::PasteImage(pixels) => Some(Command::Clipboard(Action::Paste(Arc::clone(pixels)))),
        Event::Paste(text) => paths_in(text).map(|paths| Command::Drop(paths, Origin::Pasted)),
        _ => None,
    };
    let events = ctx.input(|input| input.events.clone());
    inbox.extend(events.iter().filter_map(asks).filter(|command| state.can(command)));
}

/// The paths that a text may be of, a line each, as file managers copy them; `None` if it is another text.
fn paths_in(text: &str) -> Option<Vec<PathBuf>> {
    const MOST: usize = 200;
    let path = |line: &str| Some(PathBuf::from(line.trim())).filter(|path| path.is_absolute());
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let paths: Option<Vec<_>> = lines.take(MOST).map(path).collect();
    paths.filter(|paths| !paths.is_empty())
}

impl Pasted {
    /// Saves it, and removes the oldest ones if there are too many that nothing names.
    fn keep(&self) -> Result<PathBuf, String> {
        let path = keep(&self.pixels, &self.folder)?;
        // At worst there are more than there should be.
        drop(self.thin_out(&path));
        Ok(path)
    }

    fn thin_out(&self, newest: &Path) -> io::Result<()> {
        let mut kept = Vec::new();
        for entry in self.folder.read_dir()? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(NAMED) && entry.path() != newest {
                kept.push((entry.metadata()?.modified()?, entry.path()));
            }
        }
        let many = (kept.len() + 1).saturating_sub(KEPT);
        if many == 0 {
            return Ok(());
        }
        let sessions: Vec<Vec<u8>> =
            self.sessions.iter().filter_map(|session| fs::read(session).ok()).collect();
        let is_named = |path: &Path| {
            let name = path.file_name().unwrap_or_default().as_encoded_bytes();
            let tells = |session: &Vec<u8>| session.windows(name.len().max(1)).any(|bytes| bytes == name);
            self.named.iter().any(|named| named == path) || sessions.iter().any(tells)
        };
        kept.sort();
        let unnamed = kept.iter().filter(|(_, path)| !is_named(path));
        unnamed.take(many).try_for_each(|(_, path)| fs::remove_file(path))
    }
}

/// Saves a picture in `folder` under a name of its pixels.
fn keep(pixels: &ColorImage, folder: &Path) -> Result<PathBuf, String> {
    let [width, height] = pixels.size;
    if width == 0 || height == 0 || (width as u64).saturating_mul(height as u64) > MAX_PIXELS {
        return Err(format!(
            "the picture on the clipboard has {width} × {height} pixels: copy one with no more than {} megapixels",
            MAX_PIXELS / 1_000_000
        ));
    }
    // Pixels come multiplied by their opacity; what shines through is white.
    let over_white = |pixel: &eframe::egui::Color32| {
        let [red, green, blue, alpha] = pixel.to_array();
        [red, green, blue].map(|value| value.saturating_add(255 - alpha))
    };
    let rgb: Vec<u8> = pixels.pixels.iter().flat_map(over_white).collect();
    let picture = RgbImage::from_raw(width as u32, height as u32, rgb)
        .ok_or("the picture on the clipboard is damaged: copy it again")?;
    let mut hasher = DefaultHasher::new();
    (picture.dimensions(), picture.as_raw()).hash(&mut hasher);
    let path = folder.join(format!("{NAMED}{:016x}.png", hasher.finish()));
    let failed = |error: &dyn std::fmt::Display| format!("cannot keep the pasted picture: {error}");
    fs::create_dir_all(folder).map_err(|error| failed(&error))?;
    figure::save_png(&picture, &path).map_err(|error| failed(&error))?;
    Ok(path)
}

impl State {
    pub(super) fn apply_clipboard(&mut self, action: Action) {
        match action {
            Action::CopyPicture => {
                let opacity = self.session.opacity;
                self.copy(if self.session.overlay { opacity } else { 0.0 });
            }
            Action::CopyMap => self.copy(1.0),
            Action::AskForPicture => self.runtime.ctx.send_viewport_cmd(ViewportCommand::RequestPaste),
            Action::Paste(pixels) => match self.runtime.clipboard.folder() {
                Ok(folder) => {
                    let sources = self.settings.favourites.iter().chain(&self.session.picture);
                    let files = self.session.opened.iter().chain(&self.settings.recent);
                    let named = sources.filter_map(PictureSource::path).chain(files.map(PathBuf::as_path));
                    let named = named.map(Path::to_owned).collect();
                    let sessions = self.settings.recent_sessions.clone();
                    self.runtime.clipboard.keeper.submit_next(Pasted { pixels, folder, named, sessions });
                }
                Err(error) => self.runtime.fail(format!("cannot keep the pasted picture: {error}")),
            },
        }
    }

    /// Copies the picture on the canvas with its map over it.
    fn copy(&self, opacity: f32) {
        let stage = &self.runtime.stage;
        let Some(open) = &stage.picture else { return };
        let painting = stage.painting.as_ref().filter(|_| opacity > 0.0);
        let map = painting.and_then(|painting| {
            let painted = painting.map.as_ref()?;
            Some((painted.map.clone(), painted.range, painting.motif.style.colormap, opacity))
        });
        let picture = Arc::clone(&open.picture.pixels);
        self.runtime.clipboard.drawer.submit(Copy { picture, map });
    }

    /// Takes in what is ready to go out, and opens what came in.
    pub(super) fn follow_clipboard(&mut self) {
        while let Some(drawn) = self.runtime.clipboard.drawer.poll() {
            match drawn {
                Ok(pixels) => {
                    let [width, height] = pixels.size;
                    let told = format!("Copied a picture of {width} × {height} pixels.");
                    self.runtime.notices.tell(Tone::Done, told, None);
                    self.runtime.ctx.copy_image(pixels);
                }
                Err(panicked) => self.runtime.fail(panicked.to_string()),
            }
        }
        while let Some(kept) = self.runtime.clipboard.keeper.poll() {
            match kept.unwrap_or_else(|panicked| Err(panicked.to_string())) {
                Ok(path) => self.open_pictures(vec![path]),
                Err(sentence) => self.runtime.fail(sentence),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use eframe::egui::Color32;

    use super::*;

    fn flat(shade: u8) -> ColorImage {
        ColorImage::filled([4, 2], Color32::from_gray(shade))
    }

    #[test]
    fn a_pasted_picture_is_kept_once_and_what_shines_through_is_white() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("pasted");
        let path = keep(&flat(7), &place).unwrap();
        assert_eq!(keep(&flat(7), &place).unwrap(), path);
        assert!(crate::image::open(&path).unwrap().pixels().all(|pixel| pixel.0 == [7; 3]));
        let half = keep(&ColorImage::filled([1, 1], Color32::from_black_alpha(155)), &place).unwrap();
        assert_eq!(crate::image::open(&half).unwrap().as_raw(), &[100; 3]);
        assert_eq!(fs::read_dir(&place).unwrap().count(), 2);
    }

    #[test]
    fn the_oldest_pasted_pictures_give_way_unless_something_names_them() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("mine.png"), "").unwrap();
        let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1);
        let name = |number: usize| folder.path().join(format!("{NAMED}{number}.png"));
        for number in 0..KEPT + 2 {
            let file = fs::File::create(name(number)).unwrap();
            file.set_modified(long_ago + Duration::from_secs(number as u64)).unwrap();
        }
        let session = folder.path().join("talk.ponderscope");
        fs::write(&session, format!("{{\"picture\": \"{NAMED}2.png\"}}")).unwrap();
        let pasted = Pasted {
            pixels: Arc::new(flat(7)),
            folder: folder.path().to_owned(),
            named: vec![name(0)],
            sessions: vec![session],
        };
        let path = pasted.keep().unwrap();
        let gone = (0..KEPT + 2).filter(|number| !name(*number).exists()).collect::<Vec<_>>();
        assert_eq!(gone, [1, 3, 4]);
        assert!(path.exists() && folder.path().join("mine.png").exists());
    }

    #[test]
    fn a_picture_that_is_none_or_too_large_is_refused_in_a_sentence() {
        let folder = tempfile::tempdir().unwrap();
        let error = keep(&ColorImage::filled([0, 3], Color32::BLACK), folder.path()).unwrap_err();
        assert!(error.contains("0 × 3 pixels"), "{error}");
        fs::write(folder.path().join("file"), "").unwrap();
        let error = keep(&flat(1), &folder.path().join("file/pasted")).unwrap_err();
        assert!(error.starts_with("cannot keep the pasted picture"), "{error}");
    }

    #[test]
    fn only_a_text_of_paths_may_be_of_files() {
        let [a, b] = ["a.png", "b.png"].map(|name| std::env::temp_dir().join(name));
        let text = format!("{}\n\n{}\n", a.display(), b.display());
        assert_eq!(paths_in(&text), Some(vec![a.clone(), b]));
        assert_eq!(paths_in(&format!("{}\nand more", a.display())), None);
        assert_eq!(paths_in(""), None);
    }
}

//! What is open and how it is shown: what is saved, and what undo goes back through.

mod text;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::figure::Colormap;
use crate::halting::HaltingSetting;
use crate::image::InputSize;
use crate::maps::{Quantity, RangeChoice, Scope};
use crate::zoo::{self, ModelCard, ModelSource};

use super::attention::Attention;
use super::compare::Comparison;
use super::document::Document;
use super::evaluation;
use super::halting::HaltingView;
use super::training::Form;
use super::widgets::CanvasView;

pub use text::{Unread, within};

/// Where a picture comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum PictureSource {
    /// An embedded photograph, by name.
    Sample(String),
    /// A tile of the embedded CIFAR-10 contact sheet, counted row by row from 0.
    Cifar(usize),
    File(PathBuf),
    /// One of many examples in a file or folder, by its place.
    Example(PathBuf, usize),
    /// An image of an HDF5 export, counted from 0, with what the export says of it.
    Export {
        path: PathBuf,
        index: usize,
    },
}

/// A folder in the library.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LibraryFolder {
    pub path: PathBuf,
    /// Whether what lies in it is listed.
    pub open: bool,
}

/// How large pictures enter the network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum SizeChoice {
    /// What suits the model and the picture.
    #[default]
    Suitable,
    Fixed(InputSize),
}

/// The tabs of the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Screen {
    #[default]
    Explore,
    Halting,
    Compare,
    Evaluate,
    Train,
}

impl Screen {
    /// In the order of the tabs.
    pub const ALL: [Self; 5] = [Self::Explore, Self::Halting, Self::Compare, Self::Evaluate, Self::Train];

    /// Whether it looks at the picture that is open, with the library and the inspector beside it.
    pub fn shows_picture(self) -> bool {
        matches!(self, Self::Explore | Self::Halting | Self::Compare)
    }
}

/// What a person would call "my work": comes back after a restart, and undo and redo move through it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Session {
    /// Layout of this record, so that later versions can read it.
    pub version: u32,
    pub picture: Option<PictureSource>,
    /// Picture files in the library, in the order they were opened.
    pub opened: Vec<PathBuf>,
    /// Folders in the library, in the order they were added.
    pub folders: Vec<LibraryFolder>,
    pub model: Option<ModelSource>,
    pub setting: HaltingSetting,
    pub size: SizeChoice,
    pub quantity: Quantity,
    pub scope: Scope,
    pub colormap: Colormap,
    pub range: RangeChoice,
    /// Whether the map lies over the picture.
    pub overlay: bool,
    /// Of the overlay, 0..1.
    pub opacity: f32,
    /// Zoom and pan of the canvas.
    pub view: CanvasView,
    /// The tab in front.
    pub screen: Screen,
    /// How the Halting screen shows the run.
    pub halting: HaltingView,
    /// What the Compare screen sets beside it.
    pub comparison: Comparison,
    /// Where the fixations are that the map is compared with, and how.
    pub attention: Attention,
    /// What is filled in for a new training run.
    pub form: Form,
    /// What is filled in for an evaluation.
    pub evaluation: evaluation::Form,
    /// The session file that it belongs to.
    #[serde(skip)]
    pub document: Document,
}

/// The halting thresholds on offer.
pub const THRESHOLDS: std::ops::RangeInclusive<f32> = 0.05..=0.9999;
/// The halting offsets on offer.
pub const OFFSETS: std::ops::RangeInclusive<f32> = -4.0..=4.0;
/// Files that the library lists.
pub const LISTED: usize = 200;
/// Folders that the library lists.
const FOLDERS: usize = 50;
/// The longer edges on offer, in pixels.
pub const EDGES: std::ops::RangeInclusive<u32> = 8..=2048;

impl Session {
    /// Layout of the record that this program writes. The second knows folders and pasted pictures; what a record of
    /// the first lacks has its default.
    pub const VERSION: u32 = 2;

    /// Puts files at the end of the library unless they are in it; the first ones give way where it is full.
    pub fn list(&mut self, files: Vec<PathBuf>) {
        for file in files {
            if !self.opened.contains(&file) {
                self.opened.push(file);
            }
        }
        self.opened.drain(..self.opened.len().saturating_sub(LISTED));
    }

    /// Puts a folder at the end of the library, or opens its section if it is there; the first ones give way where it is
    /// full.
    pub fn add_folder(&mut self, path: PathBuf) {
        match self.folders.iter_mut().find(|folder| folder.path == path) {
            Some(folder) => folder.open = true,
            None => self.folders.push(LibraryFolder { path, open: true }),
        }
        self.folders.drain(..self.folders.len().saturating_sub(FOLDERS));
    }

    /// Whether a folder is in the library.
    pub fn lists_folder(&self, path: &Path) -> bool {
        self.folders.iter().any(|folder| folder.path == path)
    }

    /// What undo goes back to: zoom, pan, opened files and folders, the screen, its forms and the like do not count.
    pub fn step(&self) -> Self {
        let (picture, model) = (self.picture.clone(), self.model.clone());
        let (view, screen, form) = (CanvasView::default(), Screen::default(), Form::default());
        let evaluation = evaluation::Form::default();
        let (halting, comparison) = (self.halting.clone(), self.comparison.step());
        let attention = self.attention.clone();
        Self {
            document: Document::default(),
            view,
            opened: Vec::new(),
            folders: Vec::new(),
            screen,
            form,
            evaluation,
            halting,
            comparison,
            attention,
            picture,
            model,
            ..*self
        }
    }

    /// Whether undo has nothing to tell the two apart.
    pub fn same_step(&self, other: &Self) -> bool {
        self.step() == other.step()
    }

    /// Goes to another step of the history; what is no part of a step stays.
    pub fn go_to(&mut self, step: Self) {
        let Self { view, opened, folders, screen, form, evaluation, document, comparison, .. } =
            std::mem::take(self);
        let comparison = step.comparison.with_passing(&comparison.look);
        *self = Self { view, opened, folders, screen, form, evaluation, document, comparison, ..step };
    }
}

impl Default for Session {
    fn default() -> Self {
        Self {
            version: Self::VERSION,
            picture: None,
            opened: Vec::new(),
            folders: Vec::new(),
            model: None,
            setting: HaltingSetting::default(),
            size: SizeChoice::default(),
            quantity: Quantity::default(),
            scope: Scope::default(),
            colormap: Colormap::default(),
            range: RangeChoice::default(),
            overlay: true,
            opacity: 0.6,
            view: CanvasView::default(),
            screen: Screen::default(),
            halting: HaltingView::default(),
            comparison: Comparison::default(),
            attention: Attention::default(),
            form: Form::default(),
            evaluation: evaluation::Form::default(),
            document: Document::default(),
        }
    }
}

impl PictureSource {
    /// The file or folder that it comes from.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::File(path) | Self::Example(path, _) | Self::Export { path, .. } => Some(path),
            Self::Sample(_) | Self::Cifar(_) => None,
        }
    }
}

impl SizeChoice {
    /// The input size for this model and a picture of `height` x `width` pixels.
    pub fn resolve(self, card: &ModelCard, height: u32, width: u32) -> InputSize {
        match self {
            Self::Suitable => zoo::default_size(card, height, width),
            Self::Fixed(size) => size,
        }
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::explorer::attention::FileOf;
    use crate::explorer::compare::{Look, Mode};
    use crate::maps::Range;

    /// One in which much is not as it begins.
    pub fn worked_on() -> Session {
        Session {
            picture: Some(PictureSource::File("a picture.png".into())),
            opened: vec!["a picture.png".into(), "b.jpg".into()],
            model: Some(ModelSource::Embedded("some model".to_owned())),
            setting: HaltingSetting { threshold: 0.7, unit_cap: Some(3), logit_offset: -0.5 },
            size: SizeChoice::Fixed(InputSize::LongerEdge(200)),
            quantity: Quantity::NumUnits,
            scope: Scope::Block(2),
            colormap: Colormap::Cividis,
            range: RangeChoice::Manual(Range { low: 2.5, high: 9.25 }),
            overlay: false,
            opacity: 0.25,
            screen: Screen::Train,
            comparison: Comparison {
                model: Some(ModelSource::File("b.safetensors".into())),
                setting: HaltingSetting { threshold: 0.4, ..HaltingSetting::default() },
                look: Look { mode: Mode::Swipe, divider: 0.25, ..Look::default() },
            },
            attention: Attention {
                file: Some(FileOf { picture: PictureSource::Cifar(3), path: "looks.csv".into() }),
                folder: Some("eyes".into()),
                sigma: 0.5,
                weight: 0.25,
                over_picture: false,
            },
            form: Form { data: "pictures".to_owned(), tau: "0.005".to_owned(), ..Form::default() },
            ..Session::default()
        }
    }

    #[test]
    fn the_library_lists_files_in_order_once_and_not_without_end() {
        let mut session = Session::default();
        session.list(vec!["a.png".into(), "b.png".into()]);
        session.list(vec!["b.png".into(), "c.png".into()]);
        assert_eq!(session.opened, ["a.png", "b.png", "c.png"].map(PathBuf::from));
        session.list((0..LISTED).map(|number| format!("{number}.png").into()).collect());
        assert_eq!((session.opened.len(), session.opened[0].as_path()), (LISTED, "0.png".as_ref()));
    }

    #[test]
    fn folders_are_added_once_and_open_when_they_are_added_again() {
        let mut session = Session::default();
        session.add_folder("a".into());
        session.folders[0].open = false;
        session.add_folder("b".into());
        session.add_folder("a".into());
        let folders: Vec<_> =
            session.folders.iter().map(|folder| (folder.path.as_path(), folder.open)).collect();
        assert_eq!(folders, [(Path::new("a"), true), (Path::new("b"), true)]);
        (0..2 * FOLDERS).for_each(|number| session.add_folder(number.to_string().into()));
        assert!(session.folders.len() == FOLDERS && !session.lists_folder(Path::new("a")));
    }

    #[test]
    fn going_to_a_step_keeps_the_library() {
        let mut session = worked_on();
        session.go_to(Session::default());
        assert!(session.same_step(&Session::default()));
        let passing =
            |session: &Session| (session.comparison.look.divider, session.comparison.look.b_in_front);
        assert_eq!(passing(&session), passing(&worked_on()), "what is in front stays");
        assert_eq!(session.opened, worked_on().opened);
        assert_eq!((session.screen, session.form), (Screen::Train, worked_on().form));
    }
}

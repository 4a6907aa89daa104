//! The system's file dialogs, each on a thread of its own, since they last as long as a person thinks.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::opening::MODELS;
use super::session_file;
use super::stored::EXPORTS;
use crate::dataset::picture_endings;
use crate::figure::Format;

/// A dialog that came back empty sooner than a person could close it never opened.
const SOONEST_REFUSAL: Duration = Duration::from_secs(1);

/// Endings of files that hold fixations, besides pictures.
const FIXATIONS: &[&str] = &["mat", "csv", "txt", "tsv"];

/// What a dialog is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Pictures,
    Model,
    /// The model that is compared with the one in use.
    OtherModel,
    /// The fixations of the open picture.
    Fixations,
    /// A folder with the fixations of many pictures.
    FixationFolder,
    Folder(Folder),
    OpenSession,
    SaveSession,
    SaveFigure,
}

impl Purpose {
    /// Names the dialog.
    pub fn title(self) -> &'static str {
        match self {
            Self::Pictures => "Open pictures",
            Self::Model => "Open a model",
            Self::OtherModel => "Open a model for B",
            Self::Fixations => "Open fixations",
            Self::FixationFolder => "Folder of fixations",
            Self::Folder(Folder::Data) => "Data to train on",
            Self::Folder(Folder::Out) => "Folder for the run",
            Self::Folder(Folder::Run) => "Open a run",
            Self::Folder(Folder::Evaluation) => "Data to evaluate on",
            Self::Folder(Folder::Library) => "Add a folder to the library",
            Self::OpenSession => "Open a session",
            Self::SaveSession => "Save the session",
            Self::SaveFigure => "Save the figure",
        }
    }

    /// Whether a file is to be written.
    pub fn saves(self) -> bool {
        matches!(self, Self::SaveSession | Self::SaveFigure)
    }
}

/// What a folder is chosen for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Folder {
    /// Data to train on.
    Data,
    /// Where a new run is kept.
    Out,
    /// A run that is there already.
    Run,
    /// Data to evaluate on.
    Evaluation,
    /// To be listed in the library.
    Library,
}

/// A dialog that is open.
pub struct Dialog(Receiver<Chosen>);

/// How a dialog ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chosen {
    Files(Vec<PathBuf>),
    Nothing,
    /// This system has no dialogs.
    Unavailable,
}

impl Dialog {
    /// Opens a dialog; `wake` is called when it closes. One that saves begins at `suggested`.
    pub fn open(
        purpose: Purpose,
        suggested: Option<PathBuf>,
        wake: impl Fn() + Send + 'static,
    ) -> std::io::Result<Self> {
        let (send, receive) = channel();
        thread::Builder::new().name("dialog".to_owned()).spawn(move || {
            // The window may be gone by now, and then nobody listens.
            send.send(ask(purpose, suggested)).ok();
            wake();
        })?;
        Ok(Self(receive))
    }

    /// How it ended, once it has.
    pub fn poll(&self) -> Option<Chosen> {
        match self.0.try_recv() {
            Ok(chosen) => Some(chosen),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(Chosen::Unavailable),
        }
    }
}

fn ask(purpose: Purpose, suggested: Option<PathBuf>) -> Chosen {
    // Neither the portal, which is reached over the bus, nor what stands in for it.
    let may_lack = cfg!(target_os = "linux") && !on_path("zenity");
    if may_lack && !has_session_bus() {
        return Chosen::Unavailable;
    }
    let opened = Instant::now();
    let dialog = rfd::FileDialog::new().set_title(purpose.title());
    let one = |file: PathBuf| vec![file];
    let files = match purpose {
        Purpose::Pictures => {
            let dialog = dialog.add_filter("Pictures", &in_both_cases(&picture_endings()));
            let dialog = dialog.add_filter("HDF5 exports", &in_both_cases(&EXPORTS));
            dialog.add_filter("All files", &["*"]).pick_files()
        }
        Purpose::Model | Purpose::OtherModel => {
            let dialog = dialog.add_filter("Models", &in_both_cases(MODELS));
            dialog.add_filter("All files", &["*"]).pick_file().map(one)
        }
        Purpose::Fixations => {
            let endings = [&picture_endings()[..], FIXATIONS].concat();
            let dialog = dialog.add_filter("Fixations", &in_both_cases(&endings));
            dialog.add_filter("All files", &["*"]).pick_file().map(one)
        }
        Purpose::Folder(_) | Purpose::FixationFolder => dialog.pick_folder().map(one),
        Purpose::OpenSession => {
            let dialog = dialog.add_filter("Sessions", &in_both_cases(&[session_file::ENDING]));
            dialog.add_filter("All files", &["*"]).pick_file().map(one)
        }
        Purpose::SaveSession | Purpose::SaveFigure => {
            let suggested = suggested.unwrap_or_default();
            let folder = suggested.parent().filter(|folder| folder.is_dir());
            let dialog = folder.into_iter().fold(dialog, rfd::FileDialog::set_directory);
            let name = suggested.file_name().unwrap_or_default().to_string_lossy();
            let dialog = dialog.set_file_name(name);
            let dialog = match purpose {
                Purpose::SaveFigure => dialog.add_filter("Figures", &Format::ALL.map(Format::ending)),
                _ => dialog.add_filter("Sessions", &[session_file::ENDING]),
            };
            dialog.save_file().map(one)
        }
    };
    match files {
        Some(files) if !files.is_empty() => Chosen::Files(files),
        // rfd logs that there is neither portal nor zenity, but does not tell its caller.
        _ if may_lack && opened.elapsed() < SOONEST_REFUSAL => Chosen::Unavailable,
        _ => Chosen::Nothing,
    }
}

/// Dialogs on Unix tell `png` and `PNG` apart; cameras write the latter.
fn in_both_cases(endings: &[&str]) -> Vec<String> {
    endings.iter().flat_map(|ending| [ending.to_string(), ending.to_ascii_uppercase()]).collect()
}

fn on_path(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join(program).is_file()))
}

fn has_session_bus() -> bool {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR");
    std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some()
        || runtime.is_some_and(|runtime| Path::new(&runtime).join("bus").exists())
}

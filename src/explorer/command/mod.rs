//! Everything that can be asked of the explorer, in one enum behind menus, shortcuts, buttons and drops.

mod info;
mod menus;

use std::cell::RefCell;
use std::path::PathBuf;

use eframe::egui::ThemePreference;

use crate::figure::Colormap;
use crate::maps::{Quantity, RangeChoice, Scope};
use crate::zoo::ModelSource;

pub use info::Info;
pub use menus::{ALIASES, ELSEWHERE, MENUS, with_keys};

use super::attention;
use super::clipboard;
use super::compare;
use super::dialogs::Folder;
use super::document;
use super::evaluation;
use super::export;
use super::guide;
use super::halting;
use super::library;
use super::opening::Origin;
use super::session::{PictureSource, Screen, SizeChoice};
use super::settings::Hint;
use super::training::Form;
use super::widgets::CanvasView;

/// One thing to do; only `State::apply` does it.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Choose picture files in a dialog.
    ChoosePictures,
    /// Choose a model file in a dialog.
    ChooseModel,
    /// Open files, whichever they are: pictures, folders, models, runs, sessions.
    Open(Vec<PathBuf>),
    /// The same with files that were dropped onto the window or pasted, which on Evaluate are its data.
    Drop(Vec<PathBuf>, Origin),
    Show(PictureSource),
    /// Take a file or folder out of the library; what is shown stays on the canvas.
    Unlist(PathBuf),
    NextPicture,
    PreviousPicture,
    ForgetRecent,
    Quit,

    Undo,
    Redo,
    /// Threshold, unit cap and halting offset as in training.
    ResetHalting,
    /// The model of the family with the next tau above.
    HigherTau,
    /// The model of the family with the next tau below.
    LowerTau,

    ShowScreen(Screen),
    ToggleLibrary,
    ToggleInspector,
    ToggleOverlay,
    ZoomIn,
    ZoomOut,
    /// The whole picture in the canvas.
    Fit,
    /// One pixel of the picture on one of the screen.
    ActualPixels,
    SetTheme(ThemePreference),

    ToggleHelp,
    /// Show dismissed hints again.
    RestoreHints,
    DismissHint(Hint),
    /// Closes what lies on top: palette, help, field for a path, tour, notices, the newest error, or else the search.
    Dismiss,
    /// Makes a run that failed once more.
    Retry,

    /// Choose a folder of the Train screen in a dialog.
    ChooseFolder(Folder),
    SetForm(Box<Form>),
    /// Begin a run as the form says.
    StartTraining,
    /// Save the run and let it rest.
    PauseTraining,
    /// Go on with the run that rests.
    ResumeTraining,
    /// Save the run if it goes, and leave it: back to the form.
    LeaveRun,
    /// Show the run in a folder, whoever trains it.
    OpenRun(PathBuf),
    /// The evaluation whose map is shown, by its step; the newest if none.
    ShowEvaluation(Option<u64>),

    SetEvaluationForm(Box<evaluation::Form>),
    /// Evaluate as the form says.
    StartEvaluation,
    /// Let the evaluation rest after the batch that runs.
    PauseEvaluation,
    /// Go on with the evaluation that rests.
    ResumeEvaluation,
    /// End the evaluation and keep what it found.
    CancelEvaluation,
    /// Leave the evaluation: back to the form.
    LeaveEvaluation,
    /// The case that charts and gallery are of.
    SelectCase(usize),
    /// Order and choice of the gallery.
    SetGallery(evaluation::Look),
    /// Show an image of the evaluation in Explore, as the selected case saw it.
    ExploreImage(usize),
    /// Save what the evaluation found where the form says.
    SaveEvaluation,

    /// Something to or from the clipboard.
    Clipboard(clipboard::Action),
    /// Something of the library.
    Library(library::Action),
    /// Something about session files.
    Document(document::Action),
    /// The path that was asked for in the window, where the system has no dialog; none if it is not to be given.
    NamePath(Option<PathBuf>),

    /// Something of what helps on every screen: palette, tour, notices, size of the text.
    Guide(guide::Action),
    /// Something of the Halting screen.
    Halting(halting::Action),
    /// Something of the Compare screen.
    Compare(compare::Action),
    /// Something about human attention.
    Attention(attention::Action),
    /// Something of the dialog that saves a figure.
    Export(export::Action),

    UseModel(ModelSource),
    SetThreshold(f32),
    SetUnitCap(Option<usize>),
    SetLogitOffset(f32),
    SetSize(SizeChoice),
    SetQuantity(Quantity),
    SetScope(Scope),
    SetColormap(Colormap),
    SetRange(RangeChoice),
    SetOpacity(f32),
    SetView(CanvasView),
}

/// Where views leave commands while they draw; they are applied when drawing is done.
#[derive(Debug, Default)]
pub struct Inbox(RefCell<Vec<Command>>);

impl Inbox {
    pub fn push(&self, command: Command) {
        self.0.borrow_mut().push(command);
    }

    pub fn extend(&self, commands: impl IntoIterator<Item = Command>) {
        self.0.borrow_mut().extend(commands);
    }

    /// Takes every command out, first in first.
    pub fn drain(&self) -> Vec<Command> {
        std::mem::take(&mut *self.0.borrow_mut())
    }
}

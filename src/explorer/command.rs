//! Everything that can be asked of the explorer, in one enum behind menus, shortcuts, buttons and drops.

use std::cell::RefCell;
use std::path::PathBuf;

use eframe::egui::{Key, KeyboardShortcut, Modifiers, ThemePreference};

use crate::figure::Colormap;
use crate::maps::{Quantity, RangeChoice, Scope};
use crate::zoo::ModelSource;

use super::dialogs::Folder;
use super::evaluation;
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
    /// Open files, whichever they are: pictures, and models known by their names.
    Open(Vec<PathBuf>),
    Show(PictureSource),
    /// Take a file out of the library; if it is shown, it stays on the canvas.
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
    /// Closes what lies on top: the help, or else the last error.
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

/// What a person sees of a command.
#[derive(Clone, Copy, Debug)]
pub struct Info {
    /// Ends in an ellipsis when more input is needed.
    pub label: &'static str,
    pub tooltip: &'static str,
    pub shortcut: Option<KeyboardShortcut>,
}

/// A menu's title and its commands; `None` draws a line.
pub type Menu = (&'static str, &'static [Option<Command>]);

/// The menu bar; between them the menus hold every command that needs no further word.
pub const MENUS: [Menu; 5] = [
    (
        "File",
        &[
            Some(Command::ChoosePictures),
            Some(Command::ChooseModel),
            None,
            Some(Command::NextPicture),
            Some(Command::PreviousPicture),
            None,
            Some(Command::ForgetRecent),
            None,
            Some(Command::Quit),
        ],
    ),
    (
        "Edit",
        &[
            Some(Command::Undo),
            Some(Command::Redo),
            None,
            Some(Command::ResetHalting),
            None,
            Some(Command::HigherTau),
            Some(Command::LowerTau),
        ],
    ),
    (
        "View",
        &[
            Some(Command::ShowScreen(Screen::Explore)),
            Some(Command::ShowScreen(Screen::Evaluate)),
            Some(Command::ShowScreen(Screen::Train)),
            None,
            Some(Command::ToggleLibrary),
            Some(Command::ToggleInspector),
            Some(Command::ToggleOverlay),
            None,
            Some(Command::SetQuantity(Quantity::PonderCost)),
            Some(Command::SetQuantity(Quantity::NumUnits)),
            None,
            Some(Command::ZoomIn),
            Some(Command::ZoomOut),
            Some(Command::Fit),
            Some(Command::ActualPixels),
            None,
            Some(Command::SetTheme(ThemePreference::System)),
            Some(Command::SetTheme(ThemePreference::Light)),
            Some(Command::SetTheme(ThemePreference::Dark)),
        ],
    ),
    (
        "Run",
        &[
            Some(Command::StartEvaluation),
            Some(Command::PauseEvaluation),
            Some(Command::ResumeEvaluation),
            Some(Command::CancelEvaluation),
            Some(Command::LeaveEvaluation),
            Some(Command::SaveEvaluation),
            None,
            Some(Command::StartTraining),
            Some(Command::PauseTraining),
            Some(Command::ResumeTraining),
            Some(Command::LeaveRun),
            None,
            Some(Command::ChooseFolder(Folder::Run)),
        ],
    ),
    ("Help", &[Some(Command::ToggleHelp), Some(Command::RestoreHints)]),
];

/// Every command of the menus.
pub fn listed() -> impl Iterator<Item = &'static Command> {
    MENUS.iter().flat_map(|(_, commands)| commands.iter().flatten())
}

/// Every command that a key can give.
pub fn with_keys() -> impl Iterator<Item = &'static Command> {
    listed().chain([&Command::Dismiss])
}

impl Command {
    /// The screen without which it would change something unseen.
    pub fn screen(&self) -> Option<Screen> {
        let of_explore = matches!(
            self,
            Self::NextPicture
                | Self::PreviousPicture
                | Self::Undo
                | Self::Redo
                | Self::ResetHalting
                | Self::HigherTau
                | Self::LowerTau
                | Self::ToggleLibrary
                | Self::ToggleInspector
                | Self::ToggleOverlay
                | Self::SetQuantity(_)
                | Self::ZoomIn
                | Self::ZoomOut
                | Self::Fit
                | Self::ActualPixels
        );
        of_explore.then_some(Screen::Explore)
    }

    /// Label, tooltip and shortcut; `None` for commands that carry a value only a control can give.
    pub fn info(&self) -> Option<Info> {
        let command = |key| Some(KeyboardShortcut::new(Modifiers::COMMAND, key));
        let command_shift = |key| Some(KeyboardShortcut::new(Modifiers::COMMAND | Modifiers::SHIFT, key));
        let plain = |key| Some(KeyboardShortcut::new(Modifiers::NONE, key));
        let (label, tooltip, shortcut) = match self {
            Self::ChoosePictures => ("Open pictures…", "Open picture files from disk", command(Key::O)),
            Self::ChooseModel => {
                let tooltip =
                    "Open weights from disk: safetensors, a TensorFlow checkpoint, or a .tar.gz of one";
                ("Open model…", tooltip, command_shift(Key::O))
            }
            Self::NextPicture => {
                ("Next picture", "Show the next picture of the library", command(Key::ArrowRight))
            }
            Self::PreviousPicture => {
                ("Previous picture", "Show the previous picture of the library", command(Key::ArrowLeft))
            }
            Self::ForgetRecent => ("Forget recent files", "Empty the list of recent files", None),
            Self::Quit => ("Quit", "Close the window; the session comes back next time", command(Key::Q)),
            Self::Undo => ("Undo", "Take the last change back", command(Key::Z)),
            Self::Redo => ("Redo", "Do again what was taken back", command_shift(Key::Z)),
            Self::ResetHalting => {
                let tooltip =
                    "Threshold, unit cap and halting offset back to what the model was trained with";
                ("Halting as trained", tooltip, command(Key::R))
            }
            Self::HigherTau => {
                let tooltip = "Use the model of this family that was trained with the next higher tau";
                ("Higher tau", tooltip, command(Key::ArrowUp))
            }
            Self::LowerTau => {
                let tooltip = "Use the model of this family that was trained with the next lower tau";
                ("Lower tau", tooltip, command(Key::ArrowDown))
            }
            Self::ShowScreen(Screen::Explore) => {
                let tooltip = "One picture, one model, and the map of where it thought";
                ("Explore", tooltip, command(Key::Num1))
            }
            Self::ShowScreen(Screen::Evaluate) => {
                let tooltip = "Models over whole data sets: accuracy, cost, and every image";
                ("Evaluate", tooltip, command(Key::Num2))
            }
            Self::ShowScreen(Screen::Train) => {
                let tooltip = "Train a network of your own, and watch it learn where to think";
                ("Train", tooltip, command(Key::Num3))
            }
            Self::ToggleLibrary => ("Library", "Show or hide the library", command(Key::L)),
            Self::ToggleInspector => ("Inspector", "Show or hide the inspector", command(Key::I)),
            Self::ToggleOverlay => (
                "Map over picture",
                "Show or hide the map; hold Space to hide it for a moment",
                plain(Key::M),
            ),
            Self::SetQuantity(Quantity::PonderCost) => {
                ("Ponder cost", "Map N + R: units run and the remainder", plain(Key::P))
            }
            Self::SetQuantity(Quantity::NumUnits) => {
                ("Number of units", "Map N: how many residual units each position ran", plain(Key::N))
            }
            Self::ZoomIn => ("Zoom in", "Show less of the picture, larger", plain(Key::Plus)),
            Self::ZoomOut => ("Zoom out", "Show more of the picture, smaller", plain(Key::Minus)),
            Self::Fit => {
                ("Fit to window", "Show the whole picture; double-click does the same", plain(Key::F))
            }
            Self::ActualPixels => {
                ("Actual pixels", "One pixel of the picture on one pixel of the screen", plain(Key::Num1))
            }
            Self::SetTheme(ThemePreference::System) => {
                ("Follow system theme", "Light or dark as the system is", None)
            }
            Self::SetTheme(ThemePreference::Light) => ("Light theme", "Dark text on a light ground", None),
            Self::SetTheme(ThemePreference::Dark) => ("Dark theme", "Light text on a dark ground", None),
            Self::ToggleHelp => ("Keys and commands", "List every command with its key", plain(Key::F1)),
            Self::RestoreHints => ("Show hints again", "Bring dismissed explanations back", None),
            Self::DismissHint(_) => {
                ("Dismiss hint", "Hide this explanation; the Help menu brings it back", None)
            }
            Self::Dismiss => ("Dismiss", "Hide this message", plain(Key::Escape)),
            Self::StartEvaluation => ("Start evaluation", "Evaluate as the form says", None),
            Self::PauseEvaluation => ("Pause evaluation", "Let it rest after the batch that runs", None),
            Self::ResumeEvaluation => ("Resume evaluation", "Go on with the evaluation where it rests", None),
            Self::CancelEvaluation => ("Cancel evaluation", "End it; what was found stays", None),
            Self::LeaveEvaluation => {
                ("New evaluation", "Leave this evaluation, and fill in the form for another", None)
            }
            Self::SaveEvaluation => {
                let tooltip = "Save every image's result (.csv), figures and counts (.json), or all maps of the selected \
                               case (.h5)";
                ("Save evaluation", tooltip, None)
            }
            Self::StartTraining => ("Start training", "Begin a run as the form says", None),
            Self::PauseTraining => ("Pause", "Save the run and let it rest", None),
            Self::ResumeTraining => ("Resume", "Go on with the run where it was saved", None),
            Self::LeaveRun => {
                ("Leave run", "Save the run if it goes, and fill in the form for another", None)
            }
            Self::ChooseFolder(Folder::Run) => {
                ("Open run…", "Show a run of this or another program, and go on with it", None)
            }
            Self::ChooseFolder(Folder::Data) => {
                let tooltip = "Choose CIFAR-10's folder, or one with the folders train and val";
                ("Choose data…", tooltip, None)
            }
            Self::ChooseFolder(Folder::Evaluation) => {
                let tooltip =
                    "Choose a folder of pictures, class folders or shards; files can be dropped or named";
                ("Choose data to evaluate on…", tooltip, None)
            }
            Self::ChooseFolder(Folder::Out) => ("Choose run folder…", "Choose where the run is kept", None),
            Self::Retry => ("Try again", "Make the run that failed once more", None),
            Self::Open(_)
            | Self::Show(_)
            | Self::Unlist(_)
            | Self::SetForm(_)
            | Self::OpenRun(_)
            | Self::ShowEvaluation(_)
            | Self::SetEvaluationForm(_)
            | Self::SelectCase(_)
            | Self::SetGallery(_)
            | Self::ExploreImage(_)
            | Self::UseModel(_)
            | Self::SetThreshold(_)
            | Self::SetUnitCap(_)
            | Self::SetLogitOffset(_)
            | Self::SetSize(_)
            | Self::SetScope(_)
            | Self::SetColormap(_)
            | Self::SetRange(_)
            | Self::SetOpacity(_)
            | Self::SetView(_) => return None,
        };
        Some(Info { label, tooltip, shortcut })
    }
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

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use eframe::egui::os::OperatingSystem;

    use super::*;

    fn with_shortcuts() -> Vec<(&'static str, KeyboardShortcut)> {
        let infos = with_keys().map(|command| command.info().unwrap());
        infos.filter_map(|info| Some((info.label, info.shortcut?))).collect()
    }

    #[test]
    fn no_two_shortcuts_clash_on_any_system() {
        for system in [OperatingSystem::Mac, OperatingSystem::Windows, OperatingSystem::Nix] {
            let is_mac = system == OperatingSystem::Mac;
            let mut taken = HashMap::new();
            for (label, KeyboardShortcut { modifiers, logical_key }) in with_shortcuts() {
                // What the keyboard really sends: `command` is Cmd on a Mac and Ctrl elsewhere.
                let cmd = is_mac && modifiers.command;
                let ctrl = modifiers.ctrl || (!is_mac && modifiers.command);
                let keys = (cmd, ctrl, modifiers.shift, modifiers.alt, logical_key);
                if let Some(other) = taken.insert(keys, label) {
                    panic!("{label} and {other} share a shortcut on {system:?}");
                }
            }
        }
    }

    #[test]
    fn no_shortcut_takes_a_key_that_egui_needs() {
        let zoom = [Key::Plus, Key::Equals, Key::Minus, Key::Num0].map(|key| (Modifiers::COMMAND, key));
        let edit = [Key::A, Key::C, Key::V, Key::X].map(|key| (Modifiers::COMMAND, key));
        for (label, shortcut) in with_shortcuts() {
            let keys = (shortcut.modifiers, shortcut.logical_key);
            assert!(!zoom.contains(&keys) && !edit.contains(&keys), "{label}");
            let slider = [Key::ArrowLeft, Key::ArrowRight, Key::PageUp, Key::PageDown, Key::Home, Key::End];
            let focus = [Key::Tab, Key::Space, Key::Enter];
            let plain = shortcut.modifiers == Modifiers::NONE;
            assert!(!plain || ![&slider[..], &focus].concat().contains(&shortcut.logical_key), "{label}");
        }
    }

    #[test]
    fn every_listed_command_explains_itself_and_its_label_is_its_own() {
        let mut labels = HashMap::new();
        for command in listed() {
            let info =
                command.info().unwrap_or_else(|| panic!("{command:?} stands in a menu without a label"));
            assert!(!info.tooltip.is_empty() && info.tooltip != info.label, "{command:?}");
            assert_eq!(labels.insert(info.label, command), None, "{}", info.label);
        }
    }
}

//! What a person sees of each command: label, tooltip, shortcut, and the screen it belongs to.

use eframe::egui::{Key, KeyboardShortcut, Modifiers, ThemePreference};

use crate::explorer::clipboard;
use crate::explorer::dialogs::Folder;
use crate::explorer::session::Screen;
use crate::maps::Quantity;

use super::Command;

/// What a person sees of a command.
#[derive(Clone, Copy, Debug)]
pub struct Info {
    /// Ends in an ellipsis when more input is needed.
    pub label: &'static str,
    pub tooltip: &'static str,
    pub shortcut: Option<KeyboardShortcut>,
}

impl Command {
    /// Whether what it changes is seen on a screen.
    pub fn is_seen_on(&self, screen: Screen) -> bool {
        match self {
            Self::NextPicture
            | Self::PreviousPicture
            | Self::Undo
            | Self::Redo
            | Self::ResetHalting
            | Self::HigherTau
            | Self::LowerTau
            | Self::ToggleLibrary
            | Self::Library(_)
            | Self::ToggleInspector => screen.shows_picture(),
            Self::ToggleOverlay
            | Self::SetQuantity(_)
            | Self::ZoomIn
            | Self::ZoomOut
            | Self::Fit
            | Self::ActualPixels => matches!(screen, Screen::Explore | Screen::Compare),
            Self::SetThreshold(_) | Self::SetScope(_) | Self::SetRange(_) => screen.shows_picture(),
            Self::SetColormap(_) => screen.shows_picture() || screen == Screen::Train,
            // What is copied is what Explore shows.
            Self::Clipboard(clipboard::Action::CopyPicture | clipboard::Action::CopyMap) => {
                screen == Screen::Explore
            }
            Self::Clipboard(_) => screen.shows_picture(),
            Self::Halting(_) => screen == Screen::Halting,
            Self::Attention(_) => screen == Screen::Explore,
            Self::Export(_) => screen.shows_picture(),
            Self::Compare(action) => screen == Screen::Compare || action.opens(),
            _ => true,
        }
    }

    /// Whether its keys are heard while something is typed, or lies over the screen.
    pub fn is_heard_everywhere(&self) -> bool {
        match self {
            Self::ToggleHelp => true,
            Self::Guide(action) => action.is_heard_everywhere(),
            _ => false,
        }
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
            Self::ShowScreen(Screen::Halting) => {
                let tooltip = "Block by block and unit by unit: who halted where";
                ("Halting", tooltip, command(Key::Num2))
            }
            Self::ShowScreen(Screen::Compare) => {
                let tooltip = "Two models or settings on one picture, side by side";
                ("Compare", tooltip, command(Key::Num3))
            }
            Self::ShowScreen(Screen::Evaluate) => {
                let tooltip = "Models over whole data sets: accuracy, cost, and every image";
                ("Evaluate", tooltip, command(Key::Num4))
            }
            Self::ShowScreen(Screen::Train) => {
                let tooltip = "Train a network of your own, and watch it learn where to think";
                ("Train", tooltip, command(Key::Num5))
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
            Self::ToggleHelp => (
                "Keys and terms",
                "Every command with its key, gestures, and what the terms mean",
                plain(Key::F1),
            ),
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
            Self::ChooseFolder(Folder::Library) => {
                let tooltip = "List a folder's pictures and exports in the library";
                ("Add folder…", tooltip, command_shift(Key::L))
            }
            Self::Clipboard(action) => return action.info(),
            Self::Library(action) => return action.info(),
            Self::Document(action) => return action.info(),
            Self::Guide(action) => return action.info(),
            Self::Halting(action) => return action.info(),
            Self::Compare(action) => return action.info(),
            Self::Attention(action) => return action.info(),
            Self::Export(action) => return action.info(),
            Self::Retry => ("Try again", "Make the run that failed once more", None),
            Self::Open(_)
            | Self::Drop(..)
            | Self::Show(_)
            | Self::Unlist(_)
            | Self::NamePath(_)
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

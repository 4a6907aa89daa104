//! The menu bar.

use eframe::egui::{Key, KeyboardShortcut, Modifiers, ThemePreference};

use crate::explorer::attention;
use crate::explorer::clipboard;
use crate::explorer::compare;
use crate::explorer::dialogs::Folder;
use crate::explorer::document;
use crate::explorer::export;
use crate::explorer::guide;
use crate::explorer::halting;
use crate::explorer::library;
use crate::explorer::session::Screen;
use crate::maps::Quantity;

use super::Command;

/// A menu's title and its commands; `None` draws a line.
pub type Menu = (&'static str, &'static [Option<Command>]);

/// The menu bar; between them the menus hold every command that needs no further word.
pub const MENUS: [Menu; 7] = [
    (
        "File",
        &[
            Some(Command::ChoosePictures),
            Some(Command::ChooseFolder(Folder::Library)),
            Some(Command::ChooseModel),
            None,
            Some(Command::Document(document::Action::Choose)),
            Some(Command::Document(document::Action::Save)),
            Some(Command::Document(document::Action::SaveAs)),
            None,
            Some(Command::Export(export::Action::Open)),
            None,
            Some(Command::Attention(attention::Action::Choose)),
            Some(Command::Attention(attention::Action::ChooseFolder)),
            Some(Command::Attention(attention::Action::Close)),
            None,
            Some(Command::NextPicture),
            Some(Command::PreviousPicture),
            Some(Command::Library(library::Action::Refresh)),
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
            Some(Command::Clipboard(clipboard::Action::CopyPicture)),
            Some(Command::Clipboard(clipboard::Action::CopyMap)),
            Some(Command::Clipboard(clipboard::Action::AskForPicture)),
            None,
            Some(Command::Library(library::Action::Find)),
            Some(Command::Library(library::Action::ToggleFavourite)),
            None,
            Some(Command::ResetHalting),
            Some(Command::Attention(attention::Action::ResetCentre)),
            None,
            Some(Command::HigherTau),
            Some(Command::LowerTau),
        ],
    ),
    (
        "View",
        &[
            Some(Command::ShowScreen(Screen::Explore)),
            Some(Command::ShowScreen(Screen::Halting)),
            Some(Command::ShowScreen(Screen::Compare)),
            Some(Command::ShowScreen(Screen::Evaluate)),
            Some(Command::ShowScreen(Screen::Train)),
            None,
            Some(Command::ToggleLibrary),
            Some(Command::ToggleInspector),
            Some(Command::ToggleOverlay),
            Some(Command::Attention(attention::Action::Toggle)),
            None,
            Some(Command::SetQuantity(Quantity::PonderCost)),
            Some(Command::SetQuantity(Quantity::NumUnits)),
            None,
            Some(Command::Halting(halting::Action::PreviousUnit)),
            Some(Command::Halting(halting::Action::NextUnit)),
            Some(Command::Halting(halting::Action::TogglePlaying)),
            Some(Command::Halting(halting::Action::RemoveSelected)),
            Some(Command::Halting(halting::Action::RemoveAll)),
            Some(Command::Halting(halting::Action::CopyValues)),
            None,
            Some(Command::ZoomIn),
            Some(Command::ZoomOut),
            Some(Command::Fit),
            Some(Command::ActualPixels),
        ],
    ),
    ("Compare", &compare::MENU),
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
    (
        "Window",
        &[
            Some(Command::SetTheme(ThemePreference::System)),
            Some(Command::SetTheme(ThemePreference::Light)),
            Some(Command::SetTheme(ThemePreference::Dark)),
            None,
            Some(Command::Guide(guide::Action::LargerText)),
            Some(Command::Guide(guide::Action::SmallerText)),
            Some(Command::Guide(guide::Action::ResetText)),
            Some(Command::Guide(guide::Action::ToggleMotion)),
            None,
            Some(Command::Guide(guide::Action::ToggleNotices)),
            Some(Command::Guide(guide::Action::NextPanel)),
        ],
    ),
    (
        "Help",
        &[
            Some(Command::Guide(guide::Action::TogglePalette)),
            Some(Command::ToggleHelp),
            None,
            Some(Command::Guide(guide::Action::StartTour)),
            Some(Command::RestoreHints),
        ],
    ),
];

/// Commands that stand beside what they are about and in no menu, with what the palette says that they belong to.
pub static ELSEWHERE: [(&str, Command); 6] = [
    ("Run", Command::ChooseFolder(Folder::Evaluation)),
    ("Run", Command::ChooseFolder(Folder::Data)),
    ("Run", Command::ChooseFolder(Folder::Out)),
    ("Edit", Command::Retry),
    ("Compare", Command::Compare(compare::Action::Retry)),
    ("Window", Command::Guide(guide::Action::ForgetNotices)),
];

/// Keys that do the same as a command's own: where `+` is, differs between keyboards.
pub static ALIASES: [(KeyboardShortcut, Command); 3] = [
    (KeyboardShortcut::new(Modifiers::NONE, Key::Equals), Command::ZoomIn),
    (KeyboardShortcut::new(Modifiers::COMMAND, Key::Equals), Command::Guide(guide::Action::LargerText)),
    (KeyboardShortcut::new(Modifiers::COMMAND, Key::K), Command::Guide(guide::Action::TogglePalette)),
];

/// Every command of the menus.
pub fn listed() -> impl Iterator<Item = &'static Command> {
    MENUS.iter().flat_map(|(_, commands)| commands.iter().flatten())
}

/// Every command that a key can give.
pub fn with_keys() -> impl Iterator<Item = &'static Command> {
    listed().chain(std::iter::once(&Command::Dismiss))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use eframe::egui::os::OperatingSystem;

    use super::*;

    /// Every key with the command that it gives, those that share a command too.
    fn with_shortcuts() -> Vec<(Command, KeyboardShortcut)> {
        let own =
            with_keys().filter_map(|command| Some((command.clone(), command.info().unwrap().shortcut?)));
        own.chain(ALIASES.iter().cloned().map(|(shortcut, command)| (command, shortcut))).collect()
    }

    #[test]
    fn no_two_shortcuts_clash_on_any_system() {
        for system in [OperatingSystem::Mac, OperatingSystem::Windows, OperatingSystem::Nix] {
            let is_mac = system == OperatingSystem::Mac;
            let mut taken: HashMap<_, Command> = HashMap::new();
            for (command, KeyboardShortcut { modifiers, logical_key }) in with_shortcuts() {
                // What the keyboard really sends: `command` is Cmd on a Mac and Ctrl elsewhere.
                let cmd = is_mac && modifiers.command;
                let ctrl = modifiers.ctrl || (!is_mac && modifiers.command);
                let keys = (cmd, ctrl, modifiers.shift, modifiers.alt, logical_key);
                if let Some(other) = taken.insert(keys, command.clone()) {
                    panic!("{command:?} and {other:?} share {keys:?} on {system:?}");
                }
            }
        }
    }

    #[test]
    fn no_shortcut_takes_a_key_that_egui_needs() {
        // The keys that make the text larger and smaller are egui's too, but there they are switched off.
        let edit = [Key::A, Key::C, Key::V, Key::X].map(|key| (Modifiers::COMMAND, key));
        for (command, shortcut) in with_shortcuts() {
            let keys = (shortcut.modifiers, shortcut.logical_key);
            // Where no text is edited, these two mean what they mean there.
            let clipboard = [clipboard::Action::CopyPicture, clipboard::Action::AskForPicture];
            let own = clipboard.map(Command::Clipboard).contains(&command);
            assert!(!edit.contains(&keys) || own, "{command:?}");
            let slider = [Key::ArrowLeft, Key::ArrowRight, Key::PageUp, Key::PageDown, Key::Home, Key::End];
            let focus = [Key::Tab, Key::Space, Key::Enter];
            let plain = shortcut.modifiers == Modifiers::NONE;
            assert!(!plain || ![&slider[..], &focus].concat().contains(&shortcut.logical_key), "{command:?}");
        }
    }

    #[test]
    fn every_listed_command_explains_itself_and_its_label_is_its_own() {
        let mut labels = HashMap::new();
        for command in listed().chain(ELSEWHERE.iter().map(|(_, command)| command)) {
            let info = command.info().unwrap_or_else(|| panic!("{command:?} is offered without a label"));
            assert!(!info.tooltip.is_empty() && info.tooltip != info.label, "{command:?}");
            if let Some(other) = labels.insert(info.label, command) {
                panic!("{command:?} and {other:?} are both called {}", info.label);
            }
        }
    }
}

//! The menu bar.

use eframe::egui::ThemePreference;

use crate::explorer::compare;
use crate::explorer::dialogs::Folder;
use crate::explorer::session::Screen;
use crate::maps::Quantity;

use super::Command;

/// A menu's title and its commands; `None` draws a line.
pub type Menu = (&'static str, &'static [Option<Command>]);

/// The menu bar; between them the menus hold every command that needs no further word.
pub const MENUS: [Menu; 6] = [
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
            Some(Command::ShowScreen(Screen::Halting)),
            Some(Command::ShowScreen(Screen::Compare)),
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

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use eframe::egui::os::OperatingSystem;
    use eframe::egui::{Key, KeyboardShortcut, Modifiers};

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

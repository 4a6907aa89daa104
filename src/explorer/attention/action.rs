//! What can be asked about human attention.

use std::path::PathBuf;

use eframe::egui::{Key, KeyboardShortcut, Modifiers};

use crate::explorer::command::Info;
use crate::explorer::dialogs::Purpose;
use crate::explorer::state::State;
use crate::saliency::CentrePrior;

use super::{Attention, Place};

#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Choose the fixations of the open picture in a dialog.
    Choose,
    /// Choose a folder with those of many pictures in a dialog.
    ChooseFolder,
    /// Take a file for the fixations of the open picture, if it is one.
    Open(PathBuf),
    /// Look for the fixations of every picture in a folder.
    OpenFolder(PathBuf),
    /// Leave file and folder.
    Close,
    SetCentre(CentrePrior),
    /// The centre prior as `ponderscope saliency` has it.
    ResetCentre,
    /// Show the fixations over the picture, or hide them.
    Toggle,
}

impl Action {
    /// As [`crate::explorer::Command::info`].
    pub fn info(&self) -> Option<Info> {
        let (label, tooltip, shortcut) = match self {
            Self::Choose => {
                let tooltip = "Open where people looked at this picture: a fixation map or mask as a picture or .mat, or \
                               points as x,y text";
                ("Open fixations…", tooltip, None)
            }
            Self::ChooseFolder => {
                let tooltip = "Choose a folder of fixations, in files called as the pictures are: each picture finds its own";
                ("Fixation folder…", tooltip, None)
            }
            Self::Close => ("Close fixations", "Leave the file and the folder of fixations", None),
            Self::ResetCentre => {
                let tooltip = "Sigma and weight of the centre prior back to those of `ponderscope saliency`";
                ("Centre prior by default", tooltip, None)
            }
            Self::Toggle => (
                "Fixations over picture",
                "Show or hide where people looked",
                Some(KeyboardShortcut::new(Modifiers::NONE, Key::H)),
            ),
            Self::Open(_) | Self::OpenFolder(_) | Self::SetCentre(_) => return None,
        };
        Some(Info { label, tooltip, shortcut })
    }

    /// Why it cannot be done, in a few words.
    pub fn why_not(&self) -> &'static str {
        match self {
            Self::Choose | Self::ChooseFolder => "A file dialog is open",
            Self::ResetCentre => "It is the default",
            _ => "No fixations are open",
        }
    }
}

impl State {
    pub(in crate::explorer) fn apply_attention(&mut self, action: Action) {
        let attention = &mut self.session.attention;
        match action {
            Action::Choose => self.open_dialog(Purpose::Fixations),
            Action::ChooseFolder => self.open_dialog(Purpose::FixationFolder),
            Action::Open(path) => self.open_fixations(Place::File(path)),
            Action::OpenFolder(path) => self.open_fixations(Place::Folder(path)),
            Action::Close => (attention.file, attention.folder) = (None, None),
            Action::SetCentre(centre) => attention.set_centre(centre),
            Action::ResetCentre => attention.set_centre(Attention::default().centre()),
            Action::Toggle => attention.over_picture ^= true,
        }
    }

    /// Whether an action would do something that a person sees.
    pub(in crate::explorer) fn can_attention(&self, action: &Action) -> bool {
        let attention = &self.session.attention;
        match action {
            Action::Choose | Action::ChooseFolder => self.runtime.dialog.is_none(),
            Action::Close => attention.file.is_some() || attention.folder.is_some(),
            Action::ResetCentre => attention.centre() != Attention::default().centre(),
            Action::Toggle => self.fixations().is_some(),
            _ => true,
        }
    }
}

//! What the Compare screen sets side by side: A is what Explore shows, B another model or setting on the same picture.

use serde::{Deserialize, Serialize};

use crate::halting::HaltingSetting;
use crate::zoo::ModelSource;

use super::command::Info;
use super::state::State;

/// B, and how the two are looked at; part of the session.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Comparison {
    /// B's model; A's if none is named.
    pub model: Option<ModelSource>,
    pub setting: HaltingSetting,
}

/// What can be asked of the screen.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    SetModel(ModelSource),
}

impl Action {
    /// Whether it brings the screen to the front.
    pub fn opens(&self) -> bool {
        false
    }

    /// As [`super::command::Command::info`].
    pub fn info(&self) -> Option<Info> {
        match self {
            Self::SetModel(_) => None,
        }
    }
}

impl State {
    pub(super) fn apply_compare(&mut self, action: Action) {
        match action {
            Action::SetModel(source) => self.session.comparison.model = Some(source),
        }
    }
}

//! What the Halting screen shows of a run: block by block, unit by unit, and at pinned positions.

use serde::{Deserialize, Serialize};

use super::command::Info;
use super::state::State;

/// How the screen shows the run; part of the session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct HaltingView {
    /// The unit that is looked at, from 1.
    pub unit: usize,
}

impl Default for HaltingView {
    fn default() -> Self {
        Self { unit: 1 }
    }
}

/// What can be asked of the screen.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    SetUnit(usize),
}

impl Action {
    /// As [`super::command::Command::info`].
    pub fn info(&self) -> Option<Info> {
        match self {
            Self::SetUnit(_) => None,
        }
    }
}

impl State {
    pub(super) fn apply_halting(&mut self, action: Action) {
        match action {
            Action::SetUnit(unit) => self.session.halting.unit = unit.max(1),
        }
    }
}

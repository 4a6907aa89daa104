//! What the Compare screen sets side by side: A is what Explore shows, B another model or setting on the same picture.

mod action;
mod runs;
mod sheet;
mod sides;

use serde::{Deserialize, Serialize};

use crate::halting::HaltingSetting;
use crate::zoo::ModelSource;

pub use action::{Action, MENU};
pub use runs::{Comparing, Progress};
pub use sheet::{Layer, Sheet};
pub use sides::Subject;

/// B, and how the two are looked at; part of the session.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Comparison {
    /// B's model; A's if none is named.
    pub model: Option<ModelSource>,
    pub setting: HaltingSetting,
    pub look: Look,
}

impl Comparison {
    /// What undo goes back to: where A ends and B begins, and which is in front, do not count.
    pub fn step(&self) -> Self {
        self.clone().with_passing(&Look::default())
    }

    /// With those two as in another look.
    pub fn with_passing(mut self, look: &Look) -> Self {
        (self.look.divider, self.look.b_in_front) = (look.divider, look.b_in_front);
        self
    }
}

/// How A and B are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Look {
    pub mode: Mode,
    /// Where A ends and B begins in a swipe, as a share of the canvas's width.
    pub divider: f32,
    /// Whether B is in front where one of the two is.
    pub b_in_front: bool,
    pub scale: DifferenceScale,
}

impl Default for Look {
    fn default() -> Self {
        Self { mode: Mode::default(), divider: 0.5, b_in_front: false, scale: DifferenceScale::default() }
    }
}

/// Ways of looking at A and B.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mode {
    #[default]
    SideBySide,
    /// One canvas, A left of a line and B right of it.
    Swipe,
    /// One canvas, A or B in front.
    Flip,
    /// B less A.
    Difference,
    /// A's picture and setting through every tau of its family.
    Strip,
}

impl Mode {
    pub const ALL: [Self; 5] = [Self::SideBySide, Self::Swipe, Self::Flip, Self::Difference, Self::Strip];
}

/// What the ends of the scale of differences stand for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum DifferenceScale {
    /// The greatest difference in this picture.
    #[default]
    Here,
    /// The greatest that is possible, so that pictures compare.
    Possible,
}

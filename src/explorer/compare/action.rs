//! What can be asked of the Compare screen.

use eframe::egui::{Key, KeyboardShortcut, Modifiers};

use crate::explorer::command::{Command, Info};
use crate::explorer::dialogs::Purpose;
use crate::explorer::session::Screen;
use crate::explorer::state::State;
use crate::halting::HaltingSetting;
use crate::zoo::ModelSource;

use super::{Comparison, DifferenceScale, Mode};

#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// B is the other kind of adaptive network, at A's tau or the nearest, with A's setting.
    BesideTwin,
    Swap,
    /// A's threshold, unit cap and halting offset for B.
    CopySetting,
    /// B's threshold, unit cap and halting offset as in training.
    ResetSetting,
    SetModel(ModelSource),
    /// Choose B's model file in a dialog.
    ChooseModel,
    SetSetting(HaltingSetting),
    SetMode(Mode),
    SetDivider(f32),
    /// The one of A and B that is behind comes to the front.
    Flip,
    SetScale(DifferenceScale),
    /// What failed for B or along the strip is tried once more.
    Retry,
}

/// What the menu holds.
pub const MENU: [Option<Command>; 13] = [
    Some(Command::Compare(Action::BesideTwin)),
    Some(Command::Compare(Action::ChooseModel)),
    None,
    Some(Command::Compare(Action::Swap)),
    Some(Command::Compare(Action::CopySetting)),
    Some(Command::Compare(Action::ResetSetting)),
    None,
    Some(Command::Compare(Action::SetMode(Mode::SideBySide))),
    Some(Command::Compare(Action::SetMode(Mode::Swipe))),
    Some(Command::Compare(Action::SetMode(Mode::Flip))),
    Some(Command::Compare(Action::SetMode(Mode::Difference))),
    Some(Command::Compare(Action::SetMode(Mode::Strip))),
    Some(Command::Compare(Action::Flip)),
];

impl Action {
    /// Whether it brings the screen to the front.
    pub fn opens(&self) -> bool {
        matches!(self, Self::BesideTwin)
    }

    /// Whether it is one of several choices, and chosen.
    pub fn is_on(&self, comparison: &Comparison) -> bool {
        match self {
            Self::SetMode(mode) => comparison.look.mode == *mode,
            Self::SetScale(scale) => comparison.look.scale == *scale,
            _ => false,
        }
    }

    /// As [`Command::info`].
    pub fn info(&self) -> Option<Info> {
        let plain = |key| Some(KeyboardShortcut::new(Modifiers::NONE, key));
        let (label, tooltip, shortcut) = match self {
            Self::BesideTwin => {
                let tooltip = "Compare with the other kind of adaptive network: ACT for SACT, SACT for ACT, at the same \
                               tau or the nearest there is, under the same setting";
                ("ACT beside SACT", tooltip, Some(KeyboardShortcut::new(Modifiers::COMMAND, Key::B)))
            }
            Self::ChooseModel => ("Open model for B…", "Open weights from disk to compare with", None),
            Self::Swap => ("Swap A and B", "Model and setting of A for those of B", plain(Key::X)),
            Self::CopySetting => {
                let tooltip = "B's threshold, unit cap and halting offset become A's";
                ("Copy A's setting to B", tooltip, plain(Key::C))
            }
            Self::ResetSetting => {
                let tooltip =
                    "B's threshold, unit cap and halting offset back to what its model was trained with";
                ("Halting of B as trained", tooltip, None)
            }
            Self::SetMode(Mode::SideBySide) => {
                let tooltip = "A on the left, B on the right; they move and zoom together";
                ("Side by side", tooltip, plain(Key::S))
            }
            Self::SetMode(Mode::Swipe) => {
                ("Swipe", "A and B in one picture, parted by a line that can be moved", plain(Key::W))
            }
            Self::SetMode(Mode::Flip) => {
                ("Flip", "A and B in one place, one at a time: hold B to see the other", plain(Key::V))
            }
            Self::SetMode(Mode::Difference) => {
                ("Difference", "B less A at every position, and what it comes to", plain(Key::D))
            }
            Self::SetMode(Mode::Strip) => {
                let tooltip =
                    "The picture under every model of A's family, from the lowest tau to the highest";
                ("Through tau", tooltip, plain(Key::T))
            }
            Self::Flip => {
                ("Bring the other to the front", "A for B, B for A in the flip view", plain(Key::O))
            }
            Self::SetScale(DifferenceScale::Here) => (
                "This picture",
                "The strongest colours stand for the greatest difference in this picture",
                None,
            ),
            Self::SetScale(DifferenceScale::Possible) => {
                let tooltip = "The strongest colours stand for the greatest difference that is possible: pictures compare";
                ("Possible", tooltip, None)
            }
            Self::Retry => ("Try B again", "Load and run what failed once more", None),
            Self::SetModel(_) | Self::SetSetting(_) | Self::SetDivider(_) => return None,
        };
        Some(Info { label, tooltip, shortcut })
    }
}

impl Action {
    /// Why it would do nothing, in a few words; `stored` if the picture comes with a run of its own.
    pub(in crate::explorer) fn why_not(&self, stored: bool) -> &'static str {
        match self {
            Self::BesideTwin | Self::Swap | Self::CopySetting if stored => "No model is run for an export",
            Self::BesideTwin => "There is no such model",
            Self::Swap => "The model is not loaded yet",
            Self::CopySetting => "They have the same",
            Self::ResetSetting => "It is as trained",
            Self::ChooseModel => "A file dialog is open",
            Self::Flip => "In the flip view",
            Self::Retry => "Nothing has failed",
            _ => "Not now",
        }
    }
}

impl State {
    /// Whether an action of the Compare screen would do something that a person sees.
    pub(in crate::explorer) fn can_compare(&self, action: &Action) -> bool {
        let live = self.stored().is_none();
        match action {
            Action::BesideTwin => live && self.twin().is_some(),
            Action::Swap => live && self.runtime.model.is_some() && self.runtime.coming_model.is_none(),
            Action::CopySetting => live && self.b_setting() != self.setting(),
            Action::ResetSetting => self.b_setting() != HaltingSetting::default(),
            Action::ChooseModel => self.runtime.dialog.is_none(),
            Action::Flip => self.session.comparison.look.mode == Mode::Flip,
            Action::Retry => self.runtime.comparing.has_failed(),
            _ => true,
        }
    }

    pub(in crate::explorer) fn apply_compare(&mut self, action: Action) {
        let comparison = &mut self.session.comparison;
        match action {
            Action::BesideTwin => self.set_beside_twin(),
            Action::Swap => self.swap(),
            Action::CopySetting => self.session.comparison.setting = self.setting(),
            Action::ResetSetting => comparison.setting = HaltingSetting::default(),
            Action::SetModel(source) => self.compare_with(source),
            Action::ChooseModel => self.open_dialog(Purpose::OtherModel),
            Action::SetSetting(setting) => comparison.setting = setting,
            Action::SetMode(mode) => comparison.look.mode = mode,
            Action::SetDivider(share) => comparison.look.divider = share.clamp(0.0, 1.0),
            Action::Flip => comparison.look.b_in_front ^= true,
            Action::SetScale(scale) => comparison.look.scale = scale,
            Action::Retry => self.runtime.comparing.retry(),
        }
    }

    /// Takes a model for B; one from a file is looked for even if it is in use, since the file may have changed.
    fn compare_with(&mut self, source: ModelSource) {
        self.runtime.comparing.forget(&source);
        self.session.comparison.model = Some(source);
    }

    fn set_beside_twin(&mut self) {
        let Some(twin) = self.twin().map(|twin| twin.source.clone()) else { return };
        self.session.screen = Screen::Compare;
        self.session.comparison.setting = self.setting();
        self.compare_with(twin);
        let look = &mut self.session.comparison.look;
        if look.mode == Mode::Strip {
            look.mode = Mode::SideBySide;
        }
    }

    /// What is B's becomes A's at once if its model is at hand, or else when it is loaded.
    fn swap(&mut self) {
        let (Some(a), Some(b)) = (self.runtime.model.clone(), self.b_source().cloned()) else { return };
        let (of_a, of_b) = (self.setting(), self.b_setting());
        let before = (self.session.setting, self.session.comparison.clone());
        self.session.comparison.model = Some(a.source.clone());
        self.session.comparison.setting = of_a;
        self.session.setting = of_b;
        match self.runtime.comparing.exchange(a, &b) {
            Some(model) => {
                self.runtime.keep_model();
                self.take_model(model);
            }
            None => {
                self.use_model(b);
                self.runtime.unswapped = Some(before);
            }
        }
    }
}

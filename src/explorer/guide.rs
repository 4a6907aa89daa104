//! What helps a person find the way: palette, help, tour, notices, size of the text, steps between the panels.

use eframe::egui::{Key, KeyboardShortcut, Modifiers};

use super::command::Info;
use super::places;
use super::state::State;
use super::theme;
use super::tour::Tour;

/// What can be asked for on every screen.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    TogglePalette,
    /// What was chosen in the palette, so that it comes first the next time.
    Used(String),
    StartTour,
    NextStep,
    PreviousStep,
    /// Leaves the tour; the session is as it was.
    EndTour,
    ToggleNotices,
    /// Takes one notice out of sight, by its number.
    DismissNotice(u64),
    ForgetNotices,
    LargerText,
    SmallerText,
    ResetText,
    ToggleMotion,
    /// Moves the keyboard's focus to the next panel.
    NextPanel,
}

/// How large everything is drawn, times the system's own scale.
pub const SCALES: std::ops::RangeInclusive<f32> = 0.7..=2.0;
const SCALE_STEP: f32 = 0.1;

impl Action {
    /// As [`super::command::Command::info`].
    pub fn info(&self) -> Option<Info> {
        let command = |key| Some(KeyboardShortcut::new(Modifiers::COMMAND, key));
        let plain = |key| Some(KeyboardShortcut::new(Modifiers::NONE, key));
        let (label, tooltip, shortcut) = match self {
            Self::TogglePalette => {
                let keys = KeyboardShortcut::new(Modifiers::COMMAND | Modifiers::SHIFT, Key::P);
                ("Find command…", "Find a command, a model or a picture by a few letters", Some(keys))
            }
            Self::StartTour => {
                ("Take the tour", "Five steps through the window; your session comes back after it", None)
            }
            Self::NextStep => ("Next", "Go to the next step of the tour", None),
            Self::PreviousStep => ("Back", "Go to the step before", None),
            Self::EndTour => ("End tour", "Leave the tour; everything is as it was before", None),
            Self::ToggleNotices => ("Show notifications", "Show or hide what was told lately", None),
            Self::DismissNotice(_) => {
                ("Dismiss", "Hide this message; it stays among the notifications", None)
            }
            Self::ForgetNotices => ("Forget notifications", "Empty the list of notifications", None),
            Self::LargerText => ("Larger text", "Draw everything larger", command(Key::Plus)),
            Self::SmallerText => ("Smaller text", "Draw everything smaller", command(Key::Minus)),
            Self::ResetText => {
                ("Reset text size", "Draw everything as large as the system says", command(Key::Num0))
            }
            Self::ToggleMotion => ("Reduce motion", "Nothing fades, slides or scrolls by itself", None),
            Self::NextPanel => {
                ("Next panel", "Move the keyboard to the next part of the window", plain(Key::F6))
            }
            Self::Used(_) => return None,
        };
        Some(Info { label, tooltip, shortcut })
    }
}

impl Action {
    /// Why it would do nothing, in a few words.
    pub(super) fn why_not(&self) -> &'static str {
        match self {
            Self::StartTour => "The tour is under way",
            Self::NextStep | Self::PreviousStep | Self::EndTour => "In the tour",
            Self::LargerText | Self::SmallerText => "It is at its end",
            Self::ResetText => "It is as the system says",
            _ => "There are none",
        }
    }

    /// As [`super::command::Command::is_heard_everywhere`].
    pub fn is_heard_everywhere(&self) -> bool {
        matches!(self, Self::TogglePalette | Self::LargerText | Self::SmallerText | Self::ResetText)
    }
}

impl State {
    pub(super) fn apply_guide(&mut self, action: Action) {
        match action {
            Action::TogglePalette => self.runtime.palette_open = !self.runtime.palette_open,
            Action::Used(label) => self.settings.use_again(label),
            Action::StartTour => self.start_tour(),
            Action::NextStep => self.go_on_tour(1),
            Action::PreviousStep => self.go_on_tour(-1),
            Action::EndTour => self.end_tour(),
            Action::ToggleNotices => self.runtime.notices.toggle(),
            Action::DismissNotice(number) => self.runtime.notices.dismiss(number),
            Action::ForgetNotices => self.runtime.notices.forget(),
            Action::LargerText => self.scale(self.settings.scale + SCALE_STEP),
            Action::SmallerText => self.scale(self.settings.scale - SCALE_STEP),
            Action::ResetText => self.scale(1.0),
            Action::ToggleMotion => {
                self.settings.reduced_motion = !self.settings.reduced_motion;
                theme::set_motion(&self.runtime.ctx, !self.settings.reduced_motion);
            }
            Action::NextPanel => places::go_on(&self.runtime.ctx),
        }
    }

    /// Draws everything at this scale, rounded to a tenth.
    pub(super) fn scale(&mut self, scale: f32) {
        let scale = if scale.is_finite() { (scale * 10.0).round() / 10.0 } else { 1.0 };
        self.settings.scale = scale.clamp(*SCALES.start(), *SCALES.end());
        self.runtime.ctx.set_zoom_factor(self.settings.scale);
    }

    /// Whether one of these would do something.
    pub(super) fn can_guide(&self, action: &Action) -> bool {
        let step = self.runtime.tour.as_ref().map(Tour::step);
        match action {
            Action::StartTour => step.is_none(),
            Action::NextStep | Action::EndTour => step.is_some(),
            Action::PreviousStep => step.is_some_and(|step| step > 0),
            Action::LargerText => self.settings.scale < *SCALES.end(),
            Action::SmallerText => self.settings.scale > *SCALES.start(),
            Action::ResetText => self.settings.scale != 1.0,
            Action::ForgetNotices => !self.runtime.notices.log().is_empty(),
            _ => true,
        }
    }
}

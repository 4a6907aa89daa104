//! Which commands can be given at the moment: menus grey the others out, and their keys do nothing.

use super::clipboard;
use super::command::Command;
use super::dialogs::Folder;
use super::evaluation;
use super::library;
use super::session::Screen;
use super::state::State;
use super::training::Phase;

impl State {
    /// Whether a command would do something that a person sees.
    pub fn can(&self, command: &Command) -> bool {
        if !command.is_seen_on(self.session.screen) {
            return false;
        }
        let training = &self.runtime.training;
        let phase = training.run.as_ref().map(|run| &run.phase);
        let shown = self.runtime.evaluations.shown.as_ref();
        let (at, running) = (shown.map(|shown| &shown.phase), self.runtime.evaluations.is_running());
        match command {
            Command::Undo => self.history.can_undo() && self.runtime.tour.is_none(),
            Command::Redo => self.history.can_redo() && self.runtime.tour.is_none(),
            Command::ChoosePictures | Command::ChooseModel => self.runtime.dialog.is_none(),
            Command::ChooseFolder(Folder::Evaluation | Folder::Library) => self.runtime.dialog.is_none(),
            Command::ChooseFolder(_) => self.runtime.dialog.is_none() && !training.is_training(),
            Command::ForgetRecent => {
                !self.settings.recent.is_empty() || !self.settings.recent_sessions.is_empty()
            }
            Command::Clipboard(clipboard::Action::CopyPicture) => self.runtime.stage.picture.is_some(),
            Command::Clipboard(clipboard::Action::CopyMap) => {
                self.runtime.stage.painting.as_ref().is_some_and(|painting| painting.map.is_some())
            }
            Command::Library(library::Action::Refresh) => !self.session.folders.is_empty(),
            Command::Library(library::Action::ToggleFavourite) => self.session.picture.is_some(),
            Command::Document(_) => self.runtime.dialog.is_none() && self.runtime.session_task.is_none(),
            Command::Retry => self.runtime.has_failed(),
            Command::RestoreHints => !self.settings.dismissed.is_empty(),
            Command::ResetHalting => self.setting() != Default::default(),
            Command::HigherTau => self.family().is_some_and(|family| family.neighbour(1).is_some()),
            Command::LowerTau => self.family().is_some_and(|family| family.neighbour(-1).is_some()),
            Command::SetQuantity(_) => self.is_adaptive() || self.maps_b(),
            Command::SetScope(_) => self.is_adaptive(),
            Command::SetThreshold(_) => self.stored().is_none() && self.is_adaptive(),
            Command::Guide(action) => self.can_guide(action),
            Command::Compare(action) => self.can_compare(action),
            Command::StartTraining => phase.is_none(),
            Command::PauseTraining => {
                training.is_training() && phase.is_some_and(|phase| *phase != Phase::Saving)
            }
            Command::ResumeTraining => phase.is_some_and(Phase::may_resume) && !training.is_training(),
            Command::LeaveRun => phase.is_some_and(|phase| *phase != Phase::Saving),
            Command::StartEvaluation => shown.is_none(),
            Command::PauseEvaluation => running && at != Some(&evaluation::Phase::Stopping),
            Command::ResumeEvaluation => at == Some(&evaluation::Phase::Paused),
            Command::CancelEvaluation => {
                (running && at != Some(&evaluation::Phase::Stopping))
                    || at == Some(&evaluation::Phase::Paused)
            }
            Command::LeaveEvaluation => shown.is_some() && !self.runtime.evaluations.is_saving(),
            Command::SaveEvaluation => {
                shown.is_some_and(|shown| !shown.rows.is_empty()) && !self.runtime.evaluations.is_saving()
            }
            Command::Halting(action) => self.can_halting(action),
            Command::Attention(action) => self.can_attention(action),
            Command::Export(action) => self.can_export(action),
            _ => true,
        }
    }

    /// Why a command cannot be given, for people: a few words.
    pub fn why_not(&self, command: &Command) -> String {
        let seen: Vec<&str> = Screen::ALL
            .into_iter()
            .filter(|screen| command.is_seen_on(*screen))
            .filter_map(|screen| Some(Command::ShowScreen(screen).info()?.label))
            .collect();
        let why = match command {
            _ if !command.is_seen_on(self.session.screen) => return format!("On {}", seen.join(", ")),
            Command::Undo | Command::Redo if self.runtime.tour.is_some() => "After the tour",
            Command::Undo => "Nothing to undo",
            Command::Redo => "Nothing to redo",
            Command::ResetHalting => "It is as trained",
            Command::Halting(action) => action.why_not(),
            Command::Compare(action) => action.why_not(self.stored().is_some()),
            Command::Guide(action) => action.why_not(),
            Command::Document(_) if self.runtime.dialog.is_some() => "A file dialog is open",
            Command::Document(_) => "A session file is being read or written",
            Command::HigherTau => "No model with a higher tau",
            Command::LowerTau => "No model with a lower tau",
            Command::SetQuantity(_) | Command::SetScope(_) => "A vanilla network has no map",
            Command::SetThreshold(_) => "Nothing halts here by a threshold",
            Command::ForgetRecent => "There are none",
            Command::Library(library::Action::Refresh) => "No folder is open",
            Command::Library(_) | Command::Clipboard(clipboard::Action::CopyPicture) => "No picture is open",
            Command::Clipboard(_) => "There is no map",
            Command::Retry => "Nothing has failed",
            Command::RestoreHints => "None is dismissed",
            Command::ChoosePictures | Command::ChooseModel => "A file dialog is open",
            Command::ChooseFolder(_) if self.runtime.dialog.is_some() => "A file dialog is open",
            Command::ChooseFolder(_) => "A run is being trained",
            Command::StartTraining => "A run is open",
            Command::PauseTraining => "Nothing is being trained",
            Command::ResumeTraining => "No run rests",
            Command::LeaveRun => "No run is open",
            Command::StartEvaluation => "An evaluation is open",
            Command::PauseEvaluation | Command::CancelEvaluation => "No evaluation runs",
            Command::ResumeEvaluation => "No evaluation rests",
            Command::LeaveEvaluation | Command::SaveEvaluation => "Nothing was evaluated",
            Command::Attention(action) => action.why_not(),
            Command::Export(action) => self.why_not_export(action),
            _ => "Not now",
        };
        why.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use eframe::egui::Context;

    use super::*;
    use crate::engine::DeviceChoice;
    use crate::explorer::backend::Zoo;
    use crate::explorer::palette;
    use crate::explorer::session::Session;
    use crate::explorer::settings::Settings;

    #[test]
    fn every_command_that_cannot_be_given_says_why_in_a_few_words() {
        let backend = Arc::new(Zoo::new(DeviceChoice::Cpu.open().unwrap()));
        let (session, settings) = (Session::default(), Settings::default());
        let mut state = State::new(&Context::default(), session, settings, backend).unwrap();
        let mut greyed = 0;
        for screen in Screen::ALL {
            state.session.screen = screen;
            for entry in palette::commands().filter(|entry| !state.can(&entry.command)) {
                let why = state.why_not(&entry.command);
                assert!(why != "Not now" && why.len() < 45, "{} on {screen:?}: {why}", entry.label);
                greyed += 1;
            }
        }
        assert!(greyed > 30);
    }
}

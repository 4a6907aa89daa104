//! Which commands can be given at the moment: menus grey the others out, and their keys do nothing.

use super::command::Command;
use super::dialogs::Folder;
use super::evaluation;
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
            Command::Undo => self.history.can_undo(),
            Command::Redo => self.history.can_redo(),
            Command::ChoosePictures | Command::ChooseModel => self.runtime.dialog.is_none(),
            Command::ChooseFolder(Folder::Evaluation) => self.runtime.dialog.is_none(),
            Command::ChooseFolder(_) => self.runtime.dialog.is_none() && !training.is_training(),
            Command::ForgetRecent => !self.settings.recent.is_empty(),
            Command::RestoreHints => !self.settings.dismissed.is_empty(),
            Command::ResetHalting => self.setting() != Default::default(),
            Command::HigherTau => self.family().is_some_and(|family| family.neighbour(1).is_some()),
            Command::LowerTau => self.family().is_some_and(|family| family.neighbour(-1).is_some()),
            Command::SetQuantity(_) => self.is_adaptive() || self.maps_b(),
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
            _ => true,
        }
    }
}

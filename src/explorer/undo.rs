//! Undo and redo: a history of whole sessions.
//!
//! A session is small, so a step is a copy of it. Steps are taken by comparison once nothing is being dragged, not
//! a command at a time; so a drag is one step however many values it went through.

use super::session::{Screen, Session};

/// Steps remembered.
const STEPS: usize = 200;

/// The steps before and after the present one.
#[derive(Debug, Default)]
pub struct History {
    past: Vec<Step>,
    present: Session,
    future: Vec<Step>,
}

/// A session to go to.
#[derive(Clone, Debug)]
struct Step {
    session: Session,
    /// It takes the place of all that is there, with library and forms, since another was opened in its place.
    whole: bool,
}

impl History {
    /// Begins at `session`, and forgets every step but whole sessions.
    pub fn begin(&mut self, session: &Session) {
        self.past.retain(|step| step.whole);
        self.present = session.step();
        self.future.clear();
    }

    /// Takes a step if `session` has changed, unless something is being dragged.
    pub fn follow(&mut self, session: &Session, dragging: bool) {
        if !dragging {
            self.settle(session);
        }
    }

    fn settle(&mut self, session: &Session) {
        if !session.same_step(&self.present) {
            let session = std::mem::replace(&mut self.present, session.step());
            self.take(Step { session, whole: false });
        }
    }

    fn take(&mut self, step: Step) {
        if self.past.len() == STEPS {
            self.past.remove(0);
        }
        self.past.push(step);
        self.future.clear();
    }

    /// Puts `next` in the place of `session`, as one step that brings all of it back.
    pub fn replace(&mut self, session: &mut Session, next: Session) {
        self.settle(session);
        self.present = next.step();
        self.take(Step { session: std::mem::replace(session, next), whole: true });
    }

    /// What the present step named could not be opened, and `session` is back at what is open. That is no step of
    /// its own, and a neighbouring step that it now equals leads nowhere.
    pub fn correct(&mut self, session: &Session) {
        self.present.picture = session.picture.clone();
        self.present.model = session.model.clone();
        for steps in [&mut self.past, &mut self.future] {
            steps.pop_if(|step| !step.whole && step.session.same_step(&self.present));
        }
    }

    /// One step back from `session`, which is settled first; false at the beginning.
    pub fn undo(&mut self, session: &mut Session) -> bool {
        self.settle(session);
        let Some(step) = self.past.pop() else { return false };
        let left = self.go(step, session);
        self.future.push(left);
        true
    }

    /// One step forward again; false at the end, and after a change.
    pub fn redo(&mut self, session: &mut Session) -> bool {
        self.settle(session);
        let Some(step) = self.future.pop() else { return false };
        let left = self.go(step, session);
        self.past.push(left);
        true
    }

    /// Goes to a step; gives the one that leads back.
    fn go(&mut self, step: Step, session: &mut Session) -> Step {
        let Step { session: next, whole } = step;
        let present = std::mem::replace(&mut self.present, next.step());
        if whole {
            return Step { session: std::mem::replace(session, next), whole };
        }
        session.go_to(next);
        Step { session: present, whole }
    }

    pub fn can_undo(&self) -> bool {
        !self.past.is_empty()
    }

    pub fn can_redo(&self) -> bool {
        !self.future.is_empty()
    }
}

/// The screen on which alone a change is seen; `None` if any screen that looks at the picture shows it.
pub fn screen_of(before: &Session, after: &Session) -> Option<Screen> {
    let of_halting = Session { halting: after.halting.clone(), ..before.clone() };
    let of_compare = Session { comparison: after.comparison.clone(), ..before.clone() };
    let of_explore = Session { attention: after.attention.clone(), ..before.clone() };
    let screens =
        [(of_halting, Screen::Halting), (of_compare, Screen::Compare), (of_explore, Screen::Explore)];
    let changed = !before.same_step(after);
    let only = screens.into_iter().find(|(like, _)| changed && like.same_step(after));
    only.map(|(_, screen)| screen)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explorer::session::PictureSource;

    fn begun() -> (History, Session) {
        let session = Session::default();
        let mut history = History::default();
        history.begin(&session);
        (history, session)
    }

    #[test]
    fn undo_and_redo_walk_through_the_steps() {
        let (mut history, mut session) = begun();
        for threshold in [0.9, 0.8, 0.7] {
            session.setting.threshold = threshold;
            history.settle(&session);
        }
        assert!(history.undo(&mut session) && history.undo(&mut session));
        assert_eq!(session.setting.threshold, 0.9);
        assert!(history.redo(&mut session));
        assert_eq!(session.setting.threshold, 0.8);
    }

    #[test]
    fn a_drag_is_one_step() {
        let (mut history, mut session) = begun();
        for percent in 0..50 {
            session.opacity = percent as f32 / 100.0;
            history.follow(&session, true);
        }
        history.follow(&session, false);
        assert!(history.undo(&mut session));
        assert!(session.same_step(&Session::default()));
        assert!(!history.can_undo());
    }

    #[test]
    fn a_change_after_undo_forgets_the_future() {
        let (mut history, mut session) = begun();
        session.opacity = 0.1;
        history.settle(&session);
        history.undo(&mut session);
        session.opacity = 0.2;
        history.settle(&session);
        assert!(!history.redo(&mut session));
        assert_eq!(session.opacity, 0.2);
    }

    #[test]
    fn a_step_that_cannot_be_opened_is_left_out_and_the_others_stay() {
        let (mut history, mut session) = begun();
        let picture = |tile| Some(PictureSource::Cifar(tile));
        for tile in [1, 2, 3] {
            session.picture = picture(tile);
            history.settle(&session);
        }
        session.opacity = 0.1;
        history.settle(&session);
        assert!(history.undo(&mut session) && history.undo(&mut session));
        // Picture 2 is gone, and 3 stays.
        session.picture = picture(3);
        history.correct(&session);
        history.settle(&session);
        assert!(history.redo(&mut session));
        assert_eq!((session.picture.clone(), session.opacity), (picture(3), 0.1));
        assert!(history.undo(&mut session) && history.undo(&mut session));
        assert_eq!(session.picture, picture(1));
    }

    #[test]
    fn a_session_opened_in_the_place_of_another_is_one_step_with_all_that_belongs_to_it() {
        let (mut history, mut session) = begun();
        session.opened.push("a.png".into());
        session.opacity = 0.1;
        let first = session.clone();
        let second = Session { opened: vec!["b.png".into()], opacity: 0.2, ..Session::default() };
        history.replace(&mut session, second.clone());
        assert_eq!(session, second);
        // Its picture is opened only now, which begins no history without the other session.
        history.begin(&session);
        session.opened.push("c.png".into());
        let worked_on = session.clone();
        assert!(history.undo(&mut session));
        assert_eq!(session, first);
        assert!(history.redo(&mut session));
        assert_eq!(session, worked_on);
        assert!(history.undo(&mut session) && !history.redo(&mut Session::default()));
    }

    #[test]
    fn a_change_that_only_one_screen_shows_is_gone_to() {
        let session = Session::default();
        let mut other = session.clone();
        assert_eq!(screen_of(&session, &other), None);
        other.halting.unit = 3;
        assert_eq!(screen_of(&session, &other), Some(Screen::Halting));
        other.opacity = 0.1;
        assert_eq!(screen_of(&session, &other), None, "every screen shows the opacity");
        let mut other = session.clone();
        other.comparison.setting.threshold = 0.5;
        assert_eq!(screen_of(&session, &other), Some(Screen::Compare));
    }

    #[test]
    fn opening_the_library_is_no_step() {
        let (mut history, mut session) = begun();
        session.opened.push("a.png".into());
        history.settle(&session);
        assert!(!history.can_undo());
    }

    #[test]
    fn the_history_is_bounded() {
        let (mut history, mut session) = begun();
        for step in 0..2 * STEPS {
            session.opacity = step as f32 / 1e3;
            history.settle(&session);
        }
        let mut steps = 0;
        while history.undo(&mut session) {
            steps += 1;
        }
        assert_eq!(steps, STEPS);
    }
}

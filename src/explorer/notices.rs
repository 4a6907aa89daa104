//! What happened: errors until they are put away, other news for some seconds, and a short log of both.

use std::collections::VecDeque;
use std::time::Duration;

use eframe::egui::Id;

use super::command::Command;
use super::evaluation;
use super::guide::Action;
use super::runtime::Runtime;
use super::session::Screen;
use super::state::State;
use super::training;

/// Notices kept in the log.
const KEPT: usize = 50;
/// Seconds for which news stand before one's eyes, while the pointer is elsewhere.
const SECONDS: f64 = 7.0;
/// News that stand there at once.
const AT_ONCE: usize = 3;
/// Errors that wait to be put away.
const ERRORS: usize = 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Something was done.
    Done,
    /// Something wants to be known.
    Attention,
    /// Something went wrong, and stays until it is put away.
    Error,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    pub number: u64,
    pub tone: Tone,
    /// One sentence or two: what happened, and what to do.
    pub text: String,
    /// What can be done about it at once: a command that has a label.
    pub command: Option<Command>,
    /// Seconds since the start of the program; 0 until it is first shown.
    pub since: f64,
    /// Whether it stands before one's eyes.
    pub standing: bool,
}

/// All of them, the newest first.
#[derive(Debug, Default)]
pub struct Notices {
    log: VecDeque<Notice>,
    count: u64,
    /// Those that came since the log was last open.
    unread: usize,
    open: bool,
    seen: Seen,
}

/// What jobs were at when they were last looked at.
#[derive(Debug, Default)]
struct Seen {
    evaluation: Option<evaluation::Phase>,
    training: Option<training::Phase>,
    saved: Option<String>,
}

impl Notices {
    /// Tells something; the same again takes the place of the one before.
    pub fn tell(&mut self, tone: Tone, text: impl Into<String>, command: Option<Command>) {
        let text = text.into();
        self.log.retain(|notice| notice.text != text);
        self.count += 1;
        let notice = Notice { number: self.count, tone, text, command, since: 0.0, standing: true };
        self.log.push_front(notice);
        self.log.truncate(KEPT);
        self.unread = if self.open { 0 } else { (self.unread + 1).min(self.log.len()) };
        self.make_room(|tone| tone == Tone::Error, ERRORS);
        self.make_room(|tone| tone != Tone::Error, AT_ONCE);
    }

    /// Lets the oldest go where more stand than there is room for.
    fn make_room(&mut self, of: impl Fn(Tone) -> bool, room: usize) {
        let standing = self.log.iter_mut().filter(|notice| notice.standing && of(notice.tone));
        standing.skip(room).for_each(|notice| notice.standing = false);
    }

    /// Errors that nobody has put away, the newest first.
    pub fn errors(&self) -> impl Iterator<Item = &Notice> {
        self.log.iter().filter(|notice| notice.standing && notice.tone == Tone::Error)
    }

    /// Other news that stand before one's eyes, the newest first.
    pub fn news(&self) -> impl Iterator<Item = &Notice> {
        self.log.iter().filter(|notice| notice.standing && notice.tone != Tone::Error)
    }

    /// Everything, the newest first.
    pub fn log(&self) -> &VecDeque<Notice> {
        &self.log
    }

    pub fn unread(&self) -> usize {
        self.unread
    }

    pub fn is_open(&self) -> bool {
        self.open
    }

    pub fn toggle(&mut self) {
        self.open = !self.open;
        self.unread = 0;
    }

    /// Takes one out of sight; it stays in the log.
    pub fn dismiss(&mut self, number: u64) {
        self.log
            .iter_mut()
            .filter(|notice| notice.number == number)
            .for_each(|notice| notice.standing = false);
    }

    /// Takes the errors out of sight, as they are of something that is over.
    pub fn dismiss_errors(&mut self) {
        let errors = self.log.iter_mut().filter(|notice| notice.tone == Tone::Error);
        errors.for_each(|notice| notice.standing = false);
    }

    pub fn forget(&mut self) {
        self.log.clear();
        (self.unread, self.open) = (0, false);
    }

    /// Lets news go whose time is over; gives the seconds until the next goes. `held` keeps all of them where they are.
    pub fn age(&mut self, now: f64, held: bool) -> Option<f64> {
        let mut next = None;
        for notice in self.log.iter_mut().filter(|notice| notice.standing && notice.tone != Tone::Error) {
            if notice.since == 0.0 || held {
                notice.since = now;
            }
            let left = notice.since + SECONDS - now;
            notice.standing = left > 0.0;
            if notice.standing {
                next = Some(next.map_or(left, |next: f64| next.min(left)));
            }
        }
        next
    }
}

/// Where the news stand; as long as the pointer rests there, they stay.
pub fn news_id() -> Id {
    Id::unique("news")
}

impl State {
    /// Tells what background work has come to, and lets older news go.
    pub(super) fn follow_notices(&mut self) {
        self.tell_of_jobs();
        let ctx = &self.runtime.ctx;
        let area = ctx.memory(|memory| memory.area_rect(news_id()));
        let pointer = ctx.input(|input| input.pointer.hover_pos());
        let held = area.zip(pointer).is_some_and(|(area, pointer)| area.contains(pointer));
        if let Some(rest) = self.runtime.notices.age(ctx.input(|input| input.time), held) {
            ctx.request_repaint_after(Duration::from_secs_f64(rest.max(0.05)));
        }
    }

    /// Tells what background work has come to, unless its own screen shows it anyway.
    fn tell_of_jobs(&mut self) {
        let screen = self.session.screen;
        let Runtime { notices, evaluations, training, .. } = &mut self.runtime;
        let show = |screen| Some(Command::ShowScreen(screen));

        let phase = evaluations.shown.as_ref().map(|shown| shown.phase.clone());
        let before = std::mem::replace(&mut notices.seen.evaluation, phase.clone());
        if before.is_some() && before != phase && screen != Screen::Evaluate {
            use evaluation::Phase::{Failed, Finished};
            let told = match phase {
                Some(Finished) => Some((Tone::Done, "The evaluation is finished.".to_owned())),
                Some(Failed(sentence)) => Some((Tone::Error, format!("The evaluation stopped: {sentence}"))),
                _ => None,
            };
            told.into_iter().for_each(|(tone, text)| notices.tell(tone, text, show(Screen::Evaluate)));
        }
        let saved = evaluations.saved.as_ref().and_then(|saved| saved.as_ref().ok()).cloned();
        let before = std::mem::replace(&mut notices.seen.saved, saved.clone());
        if let Some(sentence) = saved.filter(|saved| before.as_ref() != Some(saved))
            && screen != Screen::Evaluate
        {
            notices.tell(Tone::Done, sentence, show(Screen::Evaluate));
        }

        let phase = training.run.as_ref().map(|run| run.phase.clone());
        let before = std::mem::replace(&mut notices.seen.training, phase.clone());
        if before.is_some() && before != phase && screen != Screen::Train {
            use training::Phase::{Failed, Finished};
            let told = match phase {
                Some(Finished) => Some((Tone::Done, "The training is finished.".to_owned())),
                Some(Failed(failure)) => {
                    Some((Tone::Error, format!("The training stopped: {}", failure.sentence)))
                }
                _ => None,
            };
            told.into_iter().for_each(|(tone, text)| notices.tell(tone, text, show(Screen::Train)));
        }
    }

    /// A model was loaded while the setting is not the one that it was trained with, which is easily overlooked.
    pub(super) fn tell_of_setting(&mut self) {
        let Some(name) = self.card().map(|card| card.name.clone()) else { return };
        if self.setting() != Default::default() && self.is_adaptive() {
            let text = format!("{name} runs with a halting setting that it was not trained with.");
            self.runtime.notices.tell(Tone::Attention, text, Some(Command::ResetHalting));
        }
    }

    /// The tour is offered once, quietly.
    pub(super) fn offer_tour(&mut self) {
        let text = "New here? Five steps show what the map says and what the threshold does.";
        self.runtime.notices.tell(Tone::Attention, text, Some(Command::Guide(Action::StartTour)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(tones: &[Tone]) -> Notices {
        let mut notices = Notices::default();
        for (number, tone) in tones.iter().enumerate() {
            notices.tell(*tone, format!("number {number}"), None);
        }
        notices
    }

    #[test]
    fn news_go_after_a_while_unless_the_pointer_rests_on_them_and_errors_stay() {
        let mut notices = told(&[Tone::Done, Tone::Error]);
        assert_eq!(notices.age(100.0, false), Some(SECONDS));
        assert_eq!(notices.age(106.0, true), Some(SECONDS), "held, its time begins anew");
        assert!(notices.age(112.0, false).is_some_and(|left| left < SECONDS));
        assert_eq!(notices.age(114.0, false), None);
        assert_eq!((notices.news().count(), notices.errors().count(), notices.log().len()), (0, 1, 2));
    }

    #[test]
    fn the_newest_comes_first_and_the_same_is_not_told_twice() {
        let mut notices = told(&[Tone::Error, Tone::Error]);
        notices.tell(Tone::Error, "number 0", None);
        let texts: Vec<_> = notices.errors().map(|notice| notice.text.as_str()).collect();
        assert_eq!(texts, ["number 0", "number 1"]);
    }

    #[test]
    fn neither_the_log_nor_what_stands_grows_without_end() {
        let notices = told(&[Tone::Done; 80]);
        assert_eq!((notices.log().len(), notices.news().count(), notices.unread()), (KEPT, AT_ONCE, KEPT));
        let notices = told(&[Tone::Error; 80]);
        assert_eq!(notices.errors().count(), ERRORS);
    }
}

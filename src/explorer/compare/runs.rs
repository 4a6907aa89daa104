//! Runs for the Compare screen: made one at a time by a worker of their own, kept as long as they are wanted.
//!
//! The list of what is wanted is taken from the session anew in every frame, so the newest wins: the first on it that is neither
//! made nor failed is asked for next, and what runs for nobody is cancelled. B is never begun while A's run is under way, and
//! runs on threads that give way to A's.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use eframe::egui::Context;
use rayon::ThreadPool;

use crate::explorer::inference::{Outcome, Prepared, RunError, RunKey, RunRequest};
use crate::explorer::models::{Loaded, OpenModel, SharedLoader};
use crate::explorer::pictures::Picture;
use crate::explorer::runtime::OpenPicture;
use crate::explorer::state::{State, input_size, understood};
use crate::jobs::{Panicked, Worker, background_pool};
use crate::zoo::{ModelCard, ModelEntry, ModelSource};

use super::Subject;
use super::sheet::{Motif, Sheet, SheetRequest};

/// A run up to this long may finish although its slider has moved on, so that a drag shows something.
const QUICK_MS: f64 = 150.0;

/// What the worker is to do.
enum Order {
    Load(ModelSource),
    Run(Box<RunRequest>),
}

enum Answer {
    Loaded(Loaded),
    Ran(Result<Outcome, RunError>),
}

/// What was asked of the worker and is not answered.
#[derive(PartialEq)]
enum Asked {
    Load(ModelSource),
    Run(Subject),
}

/// Why there is no run.
struct Failure {
    source: ModelSource,
    /// `None` if the model could not be loaded at all.
    subject: Option<Subject>,
    sentence: String,
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Progress<'a> {
    Ready,
    Computing,
    /// In a sentence that names the model.
    Failed(&'a str),
}

/// Workers and results of the Compare screen.
pub struct Comparing {
    runner: Worker<Order, Answer>,
    pub(super) painter: Worker<SheetRequest, Sheet<eframe::egui::ColorImage>>,
    asked: Option<Asked>,
    /// Load number and card of models that were loaded.
    known: HashMap<ModelSource, (u64, ModelCard)>,
    /// The model that was loaded last.
    loaded: Option<OpenModel>,
    /// Runs that are wanted and made.
    runs: Vec<(Subject, Arc<Outcome>)>,
    failures: Vec<Failure>,
    /// B's newest run, whether it is still wanted or not.
    pub(super) newest: Option<Arc<Outcome>>,
    /// What was given to the painter last.
    pub(super) drawn: Option<Motif>,
    pub(super) sheet: Option<Sheet>,
}

impl Comparing {
    /// Starts the workers.
    pub fn new(ctx: &Context, loader: SharedLoader) -> io::Result<Self> {
        let wake = || {
            let ctx = ctx.clone();
            move || ctx.request_repaint()
        };
        let mut prepared = Prepared::default();
        let mut pool = None;
        Ok(Self {
            runner: Worker::spawn("compare", wake(), move |order: Order, cancel| match order {
                Order::Load(source) => Answer::Loaded(loader.load(Some(source))),
                Order::Run(request) => {
                    let run = || request.run(&mut prepared, cancel);
                    let pool = pool.get_or_insert_with(|| background_pool("compare").ok());
                    Answer::Ran(match pool.as_ref() {
                        Some(pool) => ThreadPool::install(pool, run),
                        None => run(),
                    })
                }
            })?,
            painter: Worker::spawn("compare painter", wake(), |request: SheetRequest, _| request.draw())?,
            asked: None,
            known: HashMap::new(),
            loaded: None,
            runs: Vec::new(),
            failures: Vec::new(),
            newest: None,
            drawn: None,
            sheet: None,
        })
    }

    /// Whether nothing more will change by itself.
    pub fn is_idle(&self) -> bool {
        !self.runner.is_busy() && !self.painter.is_busy()
    }

    /// Whether something is loaded or run.
    pub fn is_running(&self) -> bool {
        self.runner.is_busy()
    }

    pub(super) fn known(&self, source: &ModelSource) -> Option<(u64, &ModelCard)> {
        self.known.get(source).map(|(load, card)| (*load, card))
    }

    /// The run of a subject, if it is made.
    pub fn run(&self, subject: &Subject) -> Option<&Arc<Outcome>> {
        self.runs.iter().find(|(made, _)| made == subject).map(|(_, outcome)| outcome)
    }

    /// How far the run of a subject is.
    pub fn progress(&self, subject: &Subject) -> Progress<'_> {
        match (self.run(subject), self.failure(subject)) {
            (Some(_), _) => Progress::Ready,
            (None, Some(failure)) => Progress::Failed(&failure.sentence),
            (None, None) => Progress::Computing,
        }
    }

    /// Whether there is something to be tried again.
    pub fn has_failed(&self) -> bool {
        !self.failures.is_empty()
    }

    /// Lets a model be loaded anew.
    pub(super) fn forget(&mut self, source: &ModelSource) {
        self.known.remove(source);
        self.failures.retain(|failure| failure.source != *source);
        self.loaded.take_if(|loaded| loaded.source == *source);
    }

    /// Lets all that failed be tried again.
    pub(super) fn retry(&mut self) {
        for failure in std::mem::take(&mut self.failures) {
            self.known.remove(&failure.source);
        }
    }

    /// Takes one model in and hands another out, if it is at hand.
    pub(super) fn exchange(&mut self, model: OpenModel, wanted: &ModelSource) -> Option<OpenModel> {
        if model.source == *wanted {
            return Some(model);
        }
        let handed = self.loaded.take_if(|loaded| loaded.source == *wanted);
        self.take(model);
        handed
    }

    fn take(&mut self, model: OpenModel) {
        self.known.insert(model.source.clone(), (model.load, model.inference.card().clone()));
        self.loaded = Some(model);
    }

    fn failure(&self, subject: &Subject) -> Option<&Failure> {
        self.failures.iter().find(|failure| {
            failure.source == subject.source
                && failure.subject.as_ref().is_none_or(|failed| failed == subject)
        })
    }

    fn fail(&mut self, asked: Asked, sentence: String) {
        let (source, subject) = match asked {
            Asked::Load(source) => (source, None),
            Asked::Run(subject) => (subject.source.clone(), Some(subject)),
        };
        self.failures.push(Failure { source, subject, sentence });
    }

    /// Cancels what runs unless it is on the list, or is short and differs from it by its setting alone.
    fn give_up_superseded(&mut self, wanted: &[Subject]) {
        let quick = self.newest.as_ref().is_some_and(|newest| newest.trace.milliseconds < QUICK_MS);
        let serves = |asked: &Asked| match asked {
            Asked::Load(source) => wanted.iter().any(|subject| subject.source == *source),
            Asked::Run(run) => wanted.iter().any(|subject| {
                let moved = Subject { setting: subject.setting, ..run.clone() };
                subject == run || (quick && *subject == moved)
            }),
        };
        if self.asked.take_if(|asked| !serves(asked)).is_some() {
            self.runner.cancel();
        }
    }
}

impl State {
    /// How far B is.
    pub fn b_progress(&self) -> Progress<'_> {
        match self.b() {
            Some(b) => self.runtime.comparing.progress(&b),
            None => Progress::Computing,
        }
    }

    /// What is on the screen, if it is of the picture that is shown.
    pub fn sheet(&self) -> Option<&Sheet> {
        let shown = &self.runtime.stage.picture.as_ref()?.picture;
        self.runtime.comparing.sheet.as_ref().filter(|sheet| sheet.motif.picture == shown.hash)
    }

    /// Takes in runs, asks for the next, and has what is there painted.
    pub(in crate::explorer) fn follow_comparison(&mut self) {
        while let Some(answer) = self.runtime.comparing.runner.poll() {
            self.absorb_answer(answer);
        }
        let subjects = self.subjects();
        self.forget_other_pictures();
        self.keep_runs(&subjects);
        let comparing = &mut self.runtime.comparing;
        comparing.give_up_superseded(&subjects);
        let kept = |failure: &Failure| subjects.iter().any(|subject| subject.source == failure.source);
        comparing.failures.retain(kept);
        if self.runtime.comparing.asked.is_none()
            && !self.runtime.inference.is_busy()
            && let Some((asked, order)) = subjects.iter().find_map(|subject| self.order(subject))
        {
            self.runtime.comparing.asked = Some(asked);
            self.runtime.comparing.runner.submit(order);
        }
        self.draw_sheet();
    }

    /// Lets go of what neither belongs to the picture that is shown nor to the one that is open.
    fn forget_other_pictures(&mut self) {
        let of = |open: &Option<Arc<OpenPicture>>| open.as_ref().map(|open| open.picture.hash);
        let pictures = [of(&self.runtime.stage.picture), of(&self.runtime.picture)];
        let is_other = |picture: u64| !pictures.contains(&Some(picture));
        let comparing = &mut self.runtime.comparing;
        comparing.newest.take_if(|newest| is_other(newest.key.picture));
        if comparing.sheet.take_if(|sheet| is_other(sheet.motif.picture)).is_some() {
            comparing.drawn = None;
        }
    }

    /// Keeps the runs that are wanted, and takes those that were made before.
    fn keep_runs(&mut self, subjects: &[Subject]) {
        let mut kept = Vec::new();
        for subject in subjects {
            let Some(key) = self.run_key(subject) else { continue };
            let of_a = self.runtime.outcome.as_ref().filter(|outcome| outcome.key == key).cloned();
            let made = self.runtime.comparing.run(subject).filter(|outcome| outcome.key == key).cloned();
            if let Some(outcome) = made.or(of_a).or_else(|| self.runtime.traces.get(&key)) {
                kept.push((subject.clone(), outcome));
            }
        }
        let b = self.b();
        if let Some((_, outcome)) = kept.iter().find(|(subject, _)| Some(subject) == b.as_ref()) {
            self.runtime.comparing.newest = Some(Arc::clone(outcome));
        }
        self.runtime.comparing.runs = kept;
    }

    /// What its run is remembered by, once its model is loaded.
    pub(super) fn run_key(&self, subject: &Subject) -> Option<RunKey> {
        let picture = self.picture_of(subject)?;
        let (load, card) = self.known(&subject.source)?;
        let (setting, size) =
            (understood(subject.setting, Some(card)), input_size(subject.size, card, picture));
        Some(RunKey::new(picture, (&subject.source, load), &setting, size))
    }

    fn picture_of(&self, subject: &Subject) -> Option<&Arc<Picture>> {
        let picture = &self.runtime.picture.as_ref()?.picture;
        (picture.hash == subject.picture).then_some(picture)
    }

    /// The next thing to do for a subject, unless it is made or has failed.
    fn order(&self, subject: &Subject) -> Option<(Asked, Order)> {
        let comparing = &self.runtime.comparing;
        if comparing.progress(subject) != Progress::Computing {
            return None;
        }
        let picture = Arc::clone(self.picture_of(subject)?);
        let at_hand = self.runtime.model.iter().chain(&comparing.loaded);
        let model = at_hand.into_iter().find(|model| model.source == subject.source);
        let (Some(model), Some(key)) = (model, self.run_key(subject)) else {
            return Some((Asked::Load(subject.source.clone()), Order::Load(subject.source.clone())));
        };
        let card = model.inference.card();
        let (setting, size) =
            (understood(subject.setting, Some(card)), input_size(subject.size, card, &picture));
        let request = RunRequest { key, picture, model: Arc::clone(&model.inference), setting, size };
        Some((Asked::Run(subject.clone()), Order::Run(Box::new(request))))
    }

    fn absorb_answer(&mut self, answer: Result<Answer, Panicked>) {
        let Some(asked) = self.runtime.comparing.asked.take() else { return };
        match answer {
            Ok(Answer::Loaded(Ok(model))) => {
                if let ModelSource::File(path) = &model.source {
                    let (source, card) = (model.source.clone(), model.inference.card().clone());
                    if self.runtime.entries.iter().all(|entry| entry.source != source) {
                        self.settings.remember(path);
                    }
                    self.runtime.list_model(ModelEntry { source, card });
                }
                self.runtime.comparing.take(model);
            }
            Ok(Answer::Loaded(Err(sentence))) => self.runtime.comparing.fail(asked, sentence),
            Ok(Answer::Ran(Ok(outcome))) => {
                let outcome = Arc::new(outcome);
                self.runtime.traces.insert(outcome.key.clone(), Arc::clone(&outcome), outcome.bytes());
                if let Asked::Run(subject) = asked {
                    let of_b = self.b_source() == Some(&subject.source);
                    let comparing = &mut self.runtime.comparing;
                    if of_b {
                        comparing.newest = Some(Arc::clone(&outcome));
                    }
                    comparing.runs.push((subject, outcome));
                }
            }
            Ok(Answer::Ran(Err(RunError::Cancelled))) => {}
            Ok(Answer::Ran(Err(RunError::Failed { key, sentence }))) => {
                let name = self.card_of(&key.model).map_or("the model", |card| &card.name);
                let sentence = format!("{name} on {sentence}");
                self.runtime.comparing.fail(asked, sentence);
            }
            Err(panicked) => self.runtime.comparing.fail(asked, panicked.to_string()),
        }
    }
}

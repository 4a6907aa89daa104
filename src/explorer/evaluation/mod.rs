//! Evaluations in the window: the one that is shown, the job that makes it, its gallery, and what is saved of it.

mod form;
mod gallery;
mod work;

use std::sync::Arc;
use std::time::Instant;

use eframe::egui::Context;

use crate::engine::Device;
use crate::evaluate::{Evaluation, Seen};
use crate::jobs::{Job, News};

pub use form::Form;
pub use gallery::{Gallery, Look, Sort};
use work::{Order, Report, Saving};
pub use work::{Prepared, ReadyCase};

/// What an evaluation is at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Data and models are being made ready.
    Opening,
    Running,
    /// It was asked to stop and finishes a batch.
    Stopping,
    Paused,
    /// It was ended before all was done.
    Cancelled,
    Finished,
    Failed(String),
}

/// The evaluation that is shown.
pub struct Shown {
    pub phase: Phase,
    /// `None` until data and models are ready.
    pub prepared: Option<Arc<Prepared>>,
    pub evaluation: Option<Evaluation>,
    /// What was seen, image by image and case by case.
    pub rows: Arc<Vec<Seen>>,
    /// Pictures a second of the last stretch.
    pub pace: Option<f64>,
    stretch: Option<(Instant, usize)>,
    /// Which case charts and gallery are of.
    pub case: usize,
}

/// What lives of evaluations while the window is open.
pub struct Evaluations {
    ctx: Context,
    job: Option<Job<Report, Result<bool, String>>>,
    saving: Option<Job<usize, Result<String, String>>>,
    pub shown: Option<Shown>,
    pub gallery: Gallery,
    /// Why none could be started, in a sentence.
    pub problem: Option<String>,
    /// What was saved, or why it could not be; a sentence each.
    pub saved: Option<Result<String, String>>,
    /// Images of an export that are done.
    pub exported: Option<usize>,
    /// What is to become of the evaluation once it has stopped.
    then: Then,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    Pause,
    Cancel,
    Forget,
}

impl Evaluations {
    /// # Errors
    /// A system that gives no thread.
    pub fn new(ctx: &Context) -> std::io::Result<Self> {
        Ok(Self {
            ctx: ctx.clone(),
            job: None,
            saving: None,
            shown: None,
            gallery: Gallery::new(ctx)?,
            problem: None,
            saved: None,
            exported: None,
            then: Then::Pause,
        })
    }

    /// Begins as the form says; what is wrong is told beside it.
    pub fn start(&mut self, form: &Form, device: Device) {
        match form.wish() {
            Ok(wish) => {
                self.forget();
                self.shown = Some(Shown::new());
                self.spawn(Order::Start(wish), device);
            }
            Err(sentence) => self.problem = Some(sentence.to_owned()),
        }
    }

    /// Goes on with what was paused.
    pub fn resume(&mut self, device: Device) {
        let Some(shown) = self.shown.as_mut().filter(|shown| shown.phase == Phase::Paused) else { return };
        if let (Some(prepared), Some(evaluation)) = (&shown.prepared, &shown.evaluation) {
            let order = Order::GoOn(Arc::clone(prepared), Box::new(evaluation.clone()));
            shown.phase = Phase::Running;
            shown.stretch = None;
            self.spawn(order, device);
        }
    }

    fn spawn(&mut self, order: Order, device: Device) {
        (self.problem, self.then) = (None, Then::Pause);
        let ctx = self.ctx.clone();
        let wake = move || ctx.request_repaint();
        match Job::spawn("evaluation", wake, move |cancel, tell| order.carry_out(&device, cancel, tell)) {
            Ok(job) => self.job = Some(job),
            Err(error) => self.end(Err(format!("the system gives no thread for evaluating ({error})"))),
        }
    }

    /// Lets it rest after the batch that runs.
    pub fn pause(&mut self) {
        self.stop(Then::Pause);
    }

    /// Ends it; what was found stays.
    pub fn cancel(&mut self) {
        self.stop(Then::Cancel);
        if let (None, Some(shown)) = (&self.job, &mut self.shown) {
            shown.phase = Phase::Cancelled;
        }
    }

    /// Leaves it: back to a new one.
    pub fn leave(&mut self) {
        self.stop(Then::Forget);
        if self.job.is_none() {
            self.forget();
        }
    }

    fn stop(&mut self, then: Then) {
        if let (Some(job), Some(shown)) = (&self.job, &mut self.shown) {
            job.cancel();
            (self.then, shown.phase) = (then, Phase::Stopping);
        }
    }

    fn forget(&mut self) {
        self.gallery.forget();
        (self.shown, self.problem, self.saved, self.exported) = (None, None, None, None);
        self.saving = None;
    }

    /// Saves what was found, by the ending of the file's name.
    pub fn save(&mut self, path: &str) {
        let Some(shown) = self.shown.as_ref().filter(|_| self.saving.is_none()) else { return };
        let (Some(prepared), Some(evaluation)) = (&shown.prepared, &shown.evaluation) else { return };
        let saving = Saving {
            prepared: Arc::clone(prepared),
            evaluation: evaluation.clone(),
            rows: Arc::clone(&shown.rows),
            case: shown.case,
            // So that a person is told where it is.
            path: std::path::absolute(path.trim()).unwrap_or_else(|_| path.trim().into()),
        };
        (self.saved, self.exported) = (None, None);
        let ctx = self.ctx.clone();
        let wake = move || ctx.request_repaint();
        match Job::spawn("save evaluation", wake, move |cancel, tell| saving.carry_out(cancel, tell)) {
            Ok(job) => self.saving = Some(job),
            Err(error) => self.saved = Some(Err(format!("the system gives no thread for saving ({error})"))),
        }
    }

    /// Takes in what job and gallery have found.
    pub fn advance(&mut self) {
        while let Some(news) = self.job.as_ref().and_then(Job::poll) {
            match news {
                News::Told(report) => {
                    if let Some(shown) = &mut self.shown {
                        shown.take_in(report);
                    }
                }
                News::Ended(outcome) => {
                    self.job = None;
                    self.end(outcome.unwrap_or_else(|panicked| Err(panicked.to_string())));
                }
            }
        }
        while let Some(news) = self.saving.as_ref().and_then(Job::poll) {
            match news {
                News::Told(images) => self.exported = Some(images),
                News::Ended(outcome) => {
                    (self.saving, self.exported) = (None, None);
                    self.saved = Some(outcome.unwrap_or_else(|panicked| Err(panicked.to_string())));
                }
            }
        }
        if let Some(shown) = &self.shown {
            self.gallery.advance(shown, self.job.is_some());
        }
    }

    /// One that never began leaves the form where it was, and says there what is wrong.
    fn end(&mut self, outcome: Result<bool, String>) {
        let Some(shown) = &mut self.shown else { return };
        match outcome {
            _ if self.then == Then::Forget => self.forget(),
            Err(sentence) if shown.prepared.is_none() => {
                self.forget();
                self.problem = Some(sentence);
            }
            Err(sentence) => shown.phase = Phase::Failed(sentence),
            Ok(true) => shown.phase = Phase::Finished,
            Ok(false) if self.then == Then::Cancel => shown.phase = Phase::Cancelled,
            Ok(false) => shown.phase = Phase::Paused,
        }
    }

    pub fn is_running(&self) -> bool {
        self.job.is_some()
    }

    pub fn is_saving(&self) -> bool {
        self.saving.is_some()
    }

    /// Whether nothing more will change by itself.
    pub fn is_idle(&self) -> bool {
        self.job.is_none() && self.saving.is_none() && self.gallery.is_idle()
    }
}

impl Shown {
    fn new() -> Self {
        Self {
            phase: Phase::Opening,
            prepared: None,
            evaluation: None,
            rows: Arc::default(),
            pace: None,
            stretch: None,
            case: 0,
        }
    }

    fn take_in(&mut self, report: Report) {
        match report {
            Report::Prepared(prepared) => self.prepared = Some(prepared),
            Report::Stands { evaluation, seen } => {
                if self.phase == Phase::Opening {
                    self.phase = Phase::Running;
                }
                // Nobody else holds the rows but while they are saved.
                Arc::make_mut(&mut self.rows).extend(seen);
                self.keep_pace(evaluation.done);
                self.evaluation = Some(*evaluation);
            }
        }
    }

    /// Pictures a second over stretches of a second or more.
    fn keep_pace(&mut self, done: usize) {
        let (began, before) = *self.stretch.get_or_insert((Instant::now(), done));
        let seconds = began.elapsed().as_secs_f64();
        if seconds >= 1.0 {
            self.pace = Some((done - before) as f64 / seconds);
            self.stretch = Some((Instant::now(), done));
        }
    }

    /// The case that charts and gallery are of.
    pub fn ready_case(&self) -> Option<&ReadyCase> {
        self.prepared.as_ref()?.cases.get(self.case)
    }

    /// Seconds that it will still take at its pace.
    pub fn seconds_left(&self) -> Option<f64> {
        let evaluation = self.evaluation.as_ref()?;
        let pace = self.pace.filter(|&pace| pace > 0.0)?;
        Some((evaluation.total - evaluation.done) as f64 / pace)
    }

    pub fn share_done(&self) -> f32 {
        self.evaluation
            .as_ref()
            .map_or(0.0, |evaluation| evaluation.done as f32 / evaluation.total.max(1) as f32)
    }
}

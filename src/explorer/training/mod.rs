//! Training in the window: the run that is shown, the job that trains it, and looks at runs of other programs.

mod form;
mod map;
mod run;
mod work;

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use eframe::egui::{Context, ViewportCommand};

use crate::engine::Device;
use crate::jobs::{Job, News, Worker};
use crate::train::{Outcome, RunFolder};

pub use form::{Field, Form, Measure};
pub use map::{EvaluationMap, Look as MapLook};
use run::Failure;
pub use run::{Phase, Run};
use work::{Look, Order, Report, Seen, Stamp};

/// How often a run that is not this window's is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long a window that is to be closed waits for a run to be saved. The last checkpoint is whole in any case.
const PATIENCE: Duration = Duration::from_secs(60);
/// The same once the window is gone.
const LAST_PATIENCE: Duration = Duration::from_secs(10);

type TrainingJob = Job<Report, Result<Outcome, Failure>>;

/// What lives of training while the window is open.
pub struct Training {
    ctx: Context,
    job: Option<TrainingJob>,
    follower: Worker<Look, Result<Seen, String>>,
    /// What the last look found, and when it was taken.
    looked: Option<(Option<Stamp>, Instant)>,
    pub run: Option<Run>,
    pub map: Option<EvaluationMap>,
    /// Why a run could not be started, in one sentence.
    pub problem: Option<String>,
    /// Why a run could not be opened, likewise.
    pub refused: Option<String>,
    /// Whether the run is to be left once it is saved.
    leaving: bool,
    /// When somebody wanted to close the window while a run went.
    closing: Option<Instant>,
}

impl Training {
    pub fn new(ctx: &Context) -> io::Result<Self> {
        let own = ctx.clone();
        let wake = move || own.request_repaint();
        Ok(Self {
            ctx: ctx.clone(),
            job: None,
            follower: Worker::spawn("run log", wake, |look: Look, _| look.take())?,
            looked: None,
            run: None,
            map: None,
            problem: None,
            refused: None,
            leaving: false,
            closing: None,
        })
    }

    /// Begins a run as the form says; what is wrong is told beside the form.
    pub fn start(&mut self, form: &Form, device: Device) {
        match form.choices() {
            Ok((choices, out)) => {
                let folder = RunFolder::new(&out);
                self.spawn(Order::Start { choices: Box::new(choices), folder }, device);
            }
            Err(sentence) => self.problem = Some(sentence.to_owned()),
        }
    }

    /// Goes on with the run that is shown.
    pub fn resume(&mut self, device: Device) {
        if let Some(run) = &self.run
            && self.job.is_none()
        {
            let folder = run.folder.clone();
            self.spawn(Order::Resume(folder), device);
        }
    }

    fn spawn(&mut self, order: Order, device: Device) {
        if self.job.is_some() {
            return;
        }
        self.follower.cancel();
        (self.problem, self.refused) = (None, None);
        (self.looked, self.leaving) = (None, false);
        let folder = order.folder().clone();
        let wake = {
            let ctx = self.ctx.clone();
            move || ctx.request_repaint()
        };
        match Job::spawn("training", wake, move |cancel, tell| order.carry_out(&device, cancel, tell)) {
            Ok(job) => {
                self.job = Some(job);
                match &mut self.run {
                    Some(run) if run.folder == folder => run.phase = Phase::Opening,
                    run => *run = Some(Run::new(folder)),
                }
            }
            Err(error) => self.problem = Some(format!("the system gives no thread for training ({error})")),
        }
    }

    /// Saves the run and lets it rest.
    pub fn pause(&mut self) {
        if let (Some(job), Some(run)) = (&self.job, &mut self.run) {
            job.cancel();
            run.phase = Phase::Saving;
        }
    }

    /// Leaves the run, once it is saved if it goes here.
    pub fn leave(&mut self) {
        self.pause();
        self.leaving = self.job.is_some();
        if !self.leaving {
            self.forget();
        }
    }

    fn forget(&mut self) {
        self.follower.cancel();
        (self.run, self.map, self.looked, self.leaving) = (None, None, None, false);
    }

    /// Shows the run in a folder.
    pub fn open(&mut self, folder: PathBuf) {
        if self.job.is_some() {
            self.refused = Some("Stop the run that goes before you open another.".to_owned());
            return;
        }
        self.forget();
        (self.problem, self.refused) = (None, None);
        self.run = Some(Run::new(RunFolder::new(&folder)));
        self.look();
    }

    fn look(&mut self) {
        let Some(run) = &self.run else { return };
        let known = self.looked.and_then(|(stamp, _)| stamp);
        let folder = run.folder.path().to_owned();
        self.follower.submit(Look { folder, known, subject: run.subject.clone() });
    }

    /// Takes in what the job and the looks have found; gives the folder of a run that has just begun.
    pub fn advance(&mut self, shown: bool) -> Option<PathBuf> {
        let begun = self.absorb_news();
        while let Some(seen) = self.follower.poll() {
            self.absorb_look(seen.unwrap_or_else(|panicked| Err(panicked.to_string())));
        }
        self.follow(shown);
        self.close_in_time();
        begun
    }

    fn absorb_news(&mut self) -> Option<PathBuf> {
        let mut begun = None;
        while let Some(news) = self.job.as_ref().and_then(Job::poll) {
            let Some(run) = &mut self.run else { continue };
            match news {
                News::Told(Report::Begins { subject, records, step }) => {
                    run.replace(subject, records);
                    run.step = step;
                    if run.phase == Phase::Opening {
                        run.phase = Phase::Running;
                    }
                    begun = Some(run.folder.path().to_owned());
                }
                News::Told(Report::Record(record)) => run.add(record),
                News::Told(Report::LeftOut(problem)) => {
                    run.left_out.insert(problem);
                }
                News::Ended(outcome) => {
                    self.job = None;
                    self.end(outcome.unwrap_or_else(|panicked| Err(panicked.to_string().into())));
                }
            }
        }
        begun
    }

    /// A run that never began leaves the form where it was, and says there what is wrong.
    fn end(&mut self, outcome: Result<Outcome, Failure>) {
        let Some(run) = &mut self.run else { return };
        match outcome {
            Err(failure) if run.subject.is_none() => {
                self.forget();
                self.problem = Some(failure.sentence);
            }
            Ok(_) if self.leaving => self.forget(),
            outcome => run.end(outcome),
        }
        self.leaving = false;
    }

    fn absorb_look(&mut self, seen: Result<Seen, String>) {
        let seen = match seen {
            Ok(seen) => seen,
            Err(sentence) => {
                self.forget();
                self.refused = Some(sentence);
                return;
            }
        };
        let Some(run) = self.run.as_mut().filter(|run| run.folder == seen.folder) else { return };
        self.looked = Some((seen.stamp, Instant::now()));
        if let Some((subject, records)) = seen.fresh {
            run.replace(subject, records);
        }
        // A run that is stopped is saved between two records, too.
        run.step = run.step.max(seen.saved);
        run.phase = match run.is_complete() {
            _ if seen.running => Phase::Elsewhere,
            true => Phase::Finished,
            false => Phase::Paused,
        };
    }

    /// Looks again at a run that may go on elsewhere, as long as somebody sees it.
    fn follow(&mut self, shown: bool) {
        let rests = |run: &Run| matches!(run.phase, Phase::Paused | Phase::Elsewhere);
        if self.job.is_some() || !shown || !self.run.as_ref().is_some_and(rests) || self.follower.is_busy() {
            return;
        }
        match self.looked.and_then(|(_, at)| LOOK_EVERY.checked_sub(at.elapsed())) {
            Some(rest) => self.ctx.request_repaint_after(rest),
            None => self.look(),
        }
    }

    /// Keeps the window open until the run is saved; whoever closes it once more does not want to wait.
    pub fn hold_close(&mut self) {
        if self.job.is_some() && self.closing.is_none() {
            self.ctx.send_viewport_cmd(ViewportCommand::CancelClose);
            self.pause();
            self.closing = Some(Instant::now());
        }
    }

    fn close_in_time(&mut self) {
        let Some(since) = self.closing else { return };
        match PATIENCE.checked_sub(since.elapsed()) {
            Some(rest) if self.job.is_some() => self.ctx.request_repaint_after(rest),
            _ => self.ctx.send_viewport_cmd(ViewportCommand::Close),
        }
    }

    /// Whether the window closes as soon as the run is saved.
    pub fn is_closing(&self) -> bool {
        self.closing.is_some()
    }

    /// Whether this window trains.
    pub fn is_training(&self) -> bool {
        self.job.is_some()
    }

    /// Whether nothing more will change until somebody does something, here or in another program.
    pub fn is_idle(&self) -> bool {
        self.job.is_none() && self.run.as_ref().is_none_or(|run| run.phase != Phase::Opening)
    }
}

/// The window is gone; a run that still goes is saved if that does not take long.
impl Drop for Training {
    fn drop(&mut self) {
        if let Some(job) = &self.job {
            job.cancel();
            job.wait(LAST_PATIENCE);
        }
    }
}

/// Whether a folder holds a run.
pub fn looks_like_run(folder: &Path) -> bool {
    folder.is_dir() && RunFolder::new(folder).has_run()
}

//! A run from its first step to its last: batches in, records and checkpoints out, until it is done or stopped.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::evaluation::{evaluate, was_cancelled};
use super::folder::card;
use super::loader::Loader;
use super::log::{EvaluationRecord, Log, Record, StepRecord};
use super::window::Window;
use super::{Held, Recipe, RunFolder, TrainError, Trainer};
use crate::dataset::{Dataset, DatasetError, Labelled, Split};
use crate::engine::Device;
use crate::evaluate::first_label;
use crate::jobs::Cancel;
use crate::weights::{self, Overwrite, Precision};
use crate::zoo::Training;

/// What changes nothing about a run's numbers.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Time between checkpoints.
    pub checkpoint_every: Duration,
    /// Steps between records.
    pub record_every: u64,
    /// Steps between evaluations.
    pub evaluate_every: u64,
    /// Test pictures that an evaluation takes.
    pub evaluate_images: usize,
    /// Threads that decode and augment; by default as many as the data need.
    pub data_threads: Option<usize>,
}

impl Options {
    /// What suits a run: records every 20 steps, or more often where it is short; all test pictures every two passes.
    pub fn of(recipe: &Recipe) -> Self {
        Self {
            checkpoint_every: Duration::from_secs(120),
            record_every: (recipe.steps / 200).clamp(1, 20),
            evaluate_every: 2 * recipe.epoch,
            evaluate_images: usize::MAX,
            data_threads: None,
        }
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Finished,
    /// Stopped when asked to; `--resume` goes on.
    Stopped {
        step: u64,
    },
}

/// What a run tells while it goes.
#[derive(Clone, Debug)]
pub enum Told<'a> {
    /// It begins or goes on at this step.
    Begins {
        step: u64,
    },
    Record(&'a Record),
    /// A checkpoint has been written.
    Saved {
        step: u64,
    },
    /// A training picture could not be read and another took its place.
    LeftOut(&'a DatasetError),
}

/// A run under way.
struct Run<'a> {
    folder: &'a RunFolder,
    trainer: Trainer,
    device: &'a Device,
    test: Dataset,
    options: &'a Options,
    log: Log,
    /// How long the last evaluation took.
    evaluation: Duration,
    tell: &'a mut dyn FnMut(Told<'_>),
}

/// How fast steps go; what is done between them does not count.
#[derive(Default)]
struct Pace {
    steps: u64,
    time: Duration,
}

/// Takes a run from where it stands to its end, or until it is cancelled; then its state is saved.
///
/// # Errors
/// Data that cannot be read, files that cannot be written, a loss that is no number: the last checkpoint stays whole.
pub fn run(
    folder: &RunFolder,
    (_held, trainer): (Held, Trainer),
    device: &Device,
    options: &Options,
    cancel: &Cancel,
    tell: &mut dyn FnMut(Told<'_>),
) -> Result<Outcome, TrainError> {
    let recipe = trainer.recipe().clone();
    let data = Arc::new(labelled(&recipe, Split::Train)?);
    let test = labelled(&recipe, Split::Test)?.into();
    let step = trainer.step_number();
    let log = Log::open(folder, &recipe.spec, step)?;
    let threads = options.data_threads.unwrap_or_else(|| data_threads(&data));
    let loader = Loader::new(data, &recipe, step, threads)?;
    tell(Told::Begins { step });
    let evaluation = Duration::ZERO;
    Run { folder, trainer, device, test, options, log, evaluation, tell }.go(loader, &recipe, cancel)
}

/// CIFAR's pictures lie in memory; those that have to be decoded keep more threads busy.
fn data_threads(data: &Labelled) -> usize {
    if data.is_in_memory() { 1 } else { rayon::current_num_threads().clamp(1, 8) }
}

/// A split of a run's data, whose classes are the network's.
pub(super) fn labelled(recipe: &Recipe, split: Split) -> Result<Labelled, TrainError> {
    let data = Labelled::open(&recipe.data, split)?;
    first_label(&recipe.spec, data.name(), data.classes().len())?;
    Ok(data)
}

impl Run<'_> {
    fn go(mut self, mut loader: Loader, recipe: &Recipe, cancel: &Cancel) -> Result<Outcome, TrainError> {
        let (mut pace, mut saved) = (Pace::default(), Instant::now());
        match self.trainer.step_number() {
            0 => self.save()?,
            // It was stopped in an evaluation, if that is not in its log.
            step if self.log.evaluated() < Some(step) => {
                if let Some(stopped) = self.evaluate_if_due(recipe, cancel)? {
                    return Ok(stopped);
                }
            }
            _ => {}
        }
        while self.trainer.step_number() < recipe.steps {
            if cancel.is_cancelled() {
                self.save()?;
                return Ok(Outcome::Stopped { step: self.trainer.step_number() });
            }
            let start = Instant::now();
            let batch = loader.next()?;
            batch.left_out.iter().for_each(|problem| (self.tell)(Told::LeftOut(problem)));
            self.trainer.step(&batch.examples)?;
            pace.steps += 1;
            pace.time += start.elapsed();
            let step = self.trainer.step_number();
            if step.is_multiple_of(self.options.record_every) || step == recipe.steps {
                let pace = std::mem::take(&mut pace);
                let mut record = pace.record(step, recipe, &self.trainer.window);
                record.seconds_left += self.evaluations_after(step, recipe) * self.evaluation.as_secs_f64();
                self.trainer.window = Window::default();
                self.add(&Record::Step(record), None)?;
            }
            if let Some(stopped) = self.evaluate_if_due(recipe, cancel)? {
                return Ok(stopped);
            }
            if saved.elapsed() >= self.options.checkpoint_every || step == recipe.steps {
                self.save()?;
                saved = Instant::now();
            }
        }
        Ok(Outcome::Finished)
    }

    fn add(&mut self, record: &Record, picture: Option<&::image::RgbImage>) -> Result<(), TrainError> {
        self.log.add(record, picture)?;
        (self.tell)(Told::Record(record));
        Ok(())
    }

    fn save(&mut self) -> Result<(), TrainError> {
        self.log.sync()?;
        self.folder.save(&self.trainer)?;
        (self.tell)(Told::Saved { step: self.trainer.step_number() });
        Ok(())
    }

    /// Evaluates at the steps that ask for it; when it is cancelled there, saves and says so.
    fn evaluate_if_due(&mut self, recipe: &Recipe, cancel: &Cancel) -> Result<Option<Outcome>, TrainError> {
        let step = self.trainer.step_number();
        if !step.is_multiple_of(self.options.evaluate_every) && step != recipe.steps {
            return Ok(None);
        }
        match self.evaluate(cancel) {
            Err(error) if was_cancelled(&error) => {
                self.save()?;
                Ok(Some(Outcome::Stopped { step }))
            }
            // Such as a test picture that cannot be read: the steps until here are not lost.
            Err(error) => self.save().and(Err(error)),
            Ok(()) => Ok(None),
        }
    }

    /// How many evaluations come after a step, one that is due at it included.
    fn evaluations_after(&self, step: u64, recipe: &Recipe) -> f64 {
        let every = self.options.evaluate_every;
        let last = !recipe.steps.is_multiple_of(every);
        (recipe.steps / every - step.saturating_sub(1) / every + u64::from(last)) as f64
    }

    /// Measures the network and writes it down as a model.
    fn evaluate(&mut self, cancel: &Cancel) -> Result<(), TrainError> {
        let start = Instant::now();
        let (record, picture) =
            evaluate(&self.trainer, &self.test, self.options.evaluate_images, self.device, cancel)?;
        self.write_model(&record)?;
        self.evaluation = start.elapsed();
        self.add(&Record::Evaluation(record), picture.as_ref())
    }

    fn write_model(&self, found: &EvaluationRecord) -> Result<(), TrainError> {
        let recipe = self.trainer.recipe();
        let mut card = card(recipe, &recipe.said_of(self.trainer.step_number()));
        (card.accuracy, card.flops) = (Some(found.accuracy), Some(found.flops));
        card.ponder_cost.clone_from(&found.ponder_cost);
        card.training = Some(Training {
            command: recipe.command(),
            commit: None,
            seed: recipe.seed,
            steps: self.trainer.step_number(),
        });
        let path = self.folder.model();
        let mut variables = self.trainer.variables()?;
        variables.metadata = card
            .to_metadata()
            .map_err(|error| TrainError::Write { file: path.display().to_string(), reason: error.into() })?;
        self.trainer.check(&variables)?;
        Ok(weights::write(&path, &variables, Precision::Single, Overwrite::Replace)?)
    }
}

impl Pace {
    fn record(&self, step: u64, recipe: &Recipe, window: &Window) -> StepRecord {
        let (steps, seconds) = (self.steps as f64, self.time.as_secs_f64());
        StepRecord {
            step,
            learning_rate: recipe.learning_rate_at(step - 1),
            images_per_second: steps * recipe.batch_size as f64 / seconds,
            seconds_left: (recipe.steps - step) as f64 * seconds / steps,
            ..window.means()
        }
    }
}

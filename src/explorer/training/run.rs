//! A run as the Train screen shows it: what it is, how far it is, and what it has told.

use std::collections::BTreeSet;
use std::sync::Arc;

use egui_plot::PlotPoint;

use crate::image::RgbImage;
use crate::train::{EvaluationRecord, Outcome, Recipe, Record, RunFolder, StepRecord, TrainError};

/// A run that is shown.
pub struct Run {
    pub folder: RunFolder,
    /// `None` until it is known.
    pub subject: Option<Arc<Subject>>,
    pub phase: Phase,
    /// Steps done.
    pub step: u64,
    /// The newest record of its steps.
    pub last: Option<StepRecord>,
    pub evaluations: Vec<EvaluationRecord>,
    pub curves: Curves,
    /// Why training pictures could not be read while it went here, a sentence for each however often it comes up.
    pub left_out: BTreeSet<String>,
    /// Step of the evaluation that somebody went back to.
    pub chosen: Option<u64>,
}

/// What a run is about.
pub struct Subject {
    pub recipe: Recipe,
    /// The test picture whose map is recorded, as it enters the network; `None` if it cannot be read here.
    pub picture: Option<RgbImage>,
}

/// What a run is at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Data and network are being made ready, or the log is being read.
    Opening,
    Running,
    /// It was asked to stop and is being saved.
    Saving,
    Paused,
    Finished,
    /// Another program trains it.
    Elsewhere,
    Failed(Failure),
}

impl Phase {
    /// Whether the run rests and can be gone on with.
    pub fn may_resume(&self) -> bool {
        match self {
            Self::Paused => true,
            Self::Failed(failure) => failure.may_resume,
            _ => false,
        }
    }
}

/// Why a run ended early.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub sentence: String,
    /// Whether going on may help: what has grown out of bounds does so again.
    pub may_resume: bool,
}

impl From<TrainError> for Failure {
    fn from(error: TrainError) -> Self {
        Self { sentence: error.to_string(), may_resume: !matches!(error, TrainError::Diverged { .. }) }
    }
}

impl From<String> for Failure {
    fn from(sentence: String) -> Self {
        Self { sentence, may_resume: true }
    }
}

/// Points of the charts: steps and values.
#[derive(Default)]
pub struct Curves {
    pub loss: Vec<PlotPoint>,
    pub cross_entropy: Vec<PlotPoint>,
    /// Shares of one.
    pub training_accuracy: Vec<PlotPoint>,
    pub test_accuracy: Vec<PlotPoint>,
    pub training_cost: Vec<PlotPoint>,
    pub test_cost: Vec<PlotPoint>,
    pub flops: Vec<PlotPoint>,
}

impl Run {
    pub fn new(folder: RunFolder) -> Self {
        Self {
            folder,
            subject: None,
            phase: Phase::Opening,
            step: 0,
            last: None,
            evaluations: Vec::new(),
            curves: Curves::default(),
            left_out: BTreeSet::new(),
            chosen: None,
        }
    }

    pub fn recipe(&self) -> Option<&Recipe> {
        self.subject.as_ref().map(|subject| &subject.recipe)
    }

    /// What it is called.
    pub fn name(&self) -> String {
        let path = self.folder.path();
        path.file_name()
            .map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
    }

    /// Takes what was told in the place of what is known.
    pub fn replace(&mut self, subject: Arc<Subject>, records: Vec<Record>) {
        self.subject = Some(subject);
        self.step = 0;
        self.last = None;
        self.evaluations.clear();
        self.curves = Curves::default();
        records.into_iter().for_each(|record| self.add(record));
    }

    pub fn add(&mut self, record: Record) {
        self.step = record.step();
        match record {
            Record::Step(record) => {
                self.curves.add_step(&record);
                self.last = Some(record);
            }
            Record::Evaluation(record) => {
                self.curves.add_evaluation(&record);
                self.evaluations.push(record);
            }
        }
    }

    /// Comes to rest.
    pub fn end(&mut self, outcome: Result<Outcome, Failure>) {
        self.phase = match outcome {
            Ok(Outcome::Finished) => Phase::Finished,
            Ok(Outcome::Stopped { step }) => {
                self.step = step;
                Phase::Paused
            }
            Err(failure) => Phase::Failed(failure),
        };
    }

    /// Share of its steps that are done.
    pub fn share(&self) -> f32 {
        let steps = self.recipe().map_or(0, |recipe| recipe.steps).max(1);
        (self.step as f64 / steps as f64) as f32
    }

    /// Whether all is done, the evaluation after the last step too, so that nothing is left to resume.
    pub fn is_complete(&self) -> bool {
        let evaluated = self.evaluations.last().map_or(0, |evaluation| evaluation.step);
        self.recipe().is_some_and(|recipe| evaluated >= recipe.steps)
    }

    /// Evaluations with a map, the oldest first.
    pub fn mapped(&self) -> impl DoubleEndedIterator<Item = &EvaluationRecord> {
        self.evaluations.iter().filter(|evaluation| evaluation.map.is_some())
    }

    /// The evaluation whose map is shown.
    pub fn shown(&self) -> Option<&EvaluationRecord> {
        let chosen = self.mapped().find(|evaluation| Some(evaluation.step) == self.chosen);
        chosen.or_else(|| self.mapped().next_back())
    }
}

impl Curves {
    fn add_step(&mut self, record: &StepRecord) {
        let point = |value| PlotPoint::new(record.step as f64, value);
        self.loss.push(point(record.loss));
        self.cross_entropy.push(point(record.cross_entropy));
        self.training_accuracy.push(point(record.accuracy));
        if record.ponder_cost > 0.0 {
            self.training_cost.push(point(record.ponder_cost));
        }
    }

    fn add_evaluation(&mut self, record: &EvaluationRecord) {
        let point = |value| PlotPoint::new(record.step as f64, value);
        self.test_accuracy.push(point(record.accuracy));
        self.flops.push(point(record.flops));
        if !record.ponder_cost.is_empty() {
            self.test_cost.push(point(record.ponder_cost.iter().sum()));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::train::RecordedMap;

    fn evaluation(step: u64, map: bool) -> Record {
        let map = map.then(RecordedMap::default);
        Record::Evaluation(EvaluationRecord { step, map, ponder_cost: vec![1.0, 2.0], ..Default::default() })
    }

    #[test]
    fn records_become_points() {
        let mut run = Run::new(RunFolder::new(Path::new("runs/run-1")));
        run.add(Record::Step(StepRecord { step: 20, loss: 2.5, ..Default::default() }));
        run.add(evaluation(20, true));
        assert_eq!((run.step, run.name().as_str()), (20, "run-1"));
        let Curves { loss, test_cost, training_cost, .. } = &run.curves;
        assert_eq!(loss, &[PlotPoint::new(20.0, 2.5)]);
        assert_eq!(test_cost, &[PlotPoint::new(20.0, 3.0)]);
        assert!(training_cost.is_empty(), "vanilla ponders nothing");
    }

    #[test]
    fn the_newest_map_is_shown_unless_somebody_went_back() {
        let mut run = Run::new(RunFolder::new(Path::new("run")));
        let shown = |run: &Run| run.shown().map(|evaluation| evaluation.step);
        assert_eq!(shown(&run), None);
        [evaluation(1, true), evaluation(2, true), evaluation(3, false)].into_iter().for_each(|r| run.add(r));
        assert_eq!(shown(&run), Some(2));
        run.chosen = Some(1);
        assert_eq!(shown(&run), Some(1));
        run.chosen = Some(3);
        assert_eq!(shown(&run), Some(2));
    }
}

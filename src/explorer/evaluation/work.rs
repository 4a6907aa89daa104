//! What happens off the screen's thread: evaluating, and saving what was found.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::dataset::{Dataset, batches};
use crate::engine::Device;
use crate::evaluate::{
    self, Case, EvaluateError, EvaluateOptions, Evaluation, RowsFile, Seen, Subject, class_names, example,
};
use crate::jobs::{Cancel, background_pool};
use crate::network::Network;
use crate::train;
use crate::zoo::{self, Model, ModelSource};

use super::form::Wish;

/// From one report to the next.
const BETWEEN: Duration = Duration::from_millis(100);

/// Data and models of an evaluation, ready.
pub struct Prepared {
    /// None for the embedded sample.
    pub path: Option<PathBuf>,
    pub data: Dataset,
    pub cases: Vec<ReadyCase>,
}

/// A model under a setting.
pub struct ReadyCase {
    pub source: ModelSource,
    pub model: Arc<Model>,
    pub subject: Subject,
    /// Names of the network's classes; empty where the data have none.
    pub classes: Vec<String>,
}

/// How an evaluation goes.
pub enum Report {
    Prepared(Arc<Prepared>),
    /// Where it stands, and what was seen since it was told last.
    Stands {
        evaluation: Box<Evaluation>,
        seen: Vec<Seen>,
    },
}

/// What is to be done.
pub enum Order {
    Start(Wish),
    GoOn(Arc<Prepared>, Box<Evaluation>),
}

impl Prepared {
    fn new(wish: Wish, device: &Device) -> Result<(Self, Evaluation), String> {
        let data = match &wish.data {
            Some(path) => Dataset::open(std::slice::from_ref(path)).map_err(|error| error.to_string())?,
            None => Dataset::samples(),
        };
        let mut cases = Vec::new();
        for source in wish.models {
            let (card, contents) = zoo::open(&source).map_err(|error| error.to_string())?;
            let subject = train::subject(&card, &contents.variables, None);
            let network = Network::new(card.spec.clone(), &contents.variables, device);
            let network = network.map_err(|error| error.to_string())?;
            let model = Arc::new(Model { card, network });
            let classes = class_names(&subject.spec, &data);
            let most = if subject.is_adaptive() { wish.thresholds.len() } else { 1 };
            for &threshold in &wish.thresholds[..most] {
                let mut subject = subject.clone();
                subject.setting.threshold = threshold;
                let (source, model, classes) = (source.clone(), Arc::clone(&model), classes.clone());
                cases.push(ReadyCase { source, model, subject, classes });
            }
        }
        let prepared = Self { path: wish.data, data, cases };
        evaluate::check(&prepared.cases(), &prepared.data).map_err(|error| error.to_string())?;
        let evaluation = Evaluation::new(&prepared.cases(), &prepared.data, wish.order);
        if evaluation.total == 0 {
            return Err(EvaluateError::Nothing { data: prepared.data.name() }.to_string());
        }
        Ok((prepared, evaluation))
    }

    fn cases(&self) -> Vec<Case<'_>> {
        let case = |ready: &ReadyCase| ready.subject.clone();
        self.cases.iter().map(|ready| Case { subject: case(ready), network: &ready.model.network }).collect()
    }
}

impl Order {
    /// Evaluates, in a thread pool of its own, so that Explore's runs do not queue behind it; true if all was done, false if it was
    /// stopped before.
    pub fn carry_out(
        self,
        device: &Device,
        cancel: &Cancel,
        tell: &(dyn Fn(Report) + Send + Sync),
    ) -> Result<bool, String> {
        background_pool("evaluating")?.install(|| self.run(device, cancel, tell))
    }

    fn run(
        self,
        device: &Device,
        cancel: &Cancel,
        tell: &(dyn Fn(Report) + Send + Sync),
    ) -> Result<bool, String> {
        let (prepared, mut evaluation) = match self {
            Self::Start(wish) => {
                let (prepared, evaluation) = Prepared::new(wish, device)?;
                let prepared = Arc::new(prepared);
                tell(Report::Prepared(Arc::clone(&prepared)));
                tell(Report::Stands { evaluation: Box::new(evaluation.clone()), seen: Vec::new() });
                (prepared, evaluation)
            }
            Self::GoOn(prepared, evaluation) => (prepared, *evaluation),
        };
        let (cases, mut news, mut last) = (prepared.cases(), Vec::new(), Instant::now());
        let options = EvaluateOptions { cancel: Some(cancel), ..EvaluateOptions::default() };
        let outcome =
            evaluate::evaluate(&cases, &prepared.data, &mut evaluation, options, |evaluation, seen| {
                news.extend_from_slice(seen);
                if last.elapsed() >= BETWEEN {
                    let seen = std::mem::take(&mut news);
                    tell(Report::Stands { evaluation: Box::new(evaluation.clone()), seen });
                    last = Instant::now();
                }
                Ok::<_, EvaluateError>(())
            });
        tell(Report::Stands { evaluation: Box::new(evaluation), seen: news });
        match outcome {
            Ok(()) => Ok(true),
            Err(EvaluateError::Cancelled { .. }) => Ok(false),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// What is to be saved where: told by the ending of its name.
pub struct Saving {
    pub prepared: Arc<Prepared>,
    pub evaluation: Evaluation,
    pub rows: Arc<Vec<Seen>>,
    /// Which case, for a file that holds one.
    pub case: usize,
    pub path: PathBuf,
}

impl Saving {
    /// Saves it; what was saved, in a sentence.
    pub fn carry_out(&self, cancel: &Cancel, tell: &(dyn Fn(usize) + Send + Sync)) -> Result<String, String> {
        let ending = self.path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        let what = match ending.as_deref() {
            Some("json") => self.evaluation.save(&self.path).map(|()| "figures and counts".to_owned()),
            Some("csv") => self.save_rows().map(|()| format!("{} rows", self.rows.len())),
            Some("h5" | "hdf5") => {
                return background_pool("evaluating")?.install(|| self.export(cancel, tell));
            }
            _ => {
                let sentence = "is saved as CSV, JSON or HDF5: end its name in .csv, .json or .h5";
                return Err(format!("{} {sentence}", self.path.display()));
            }
        };
        what.map(|what| self.saved(&what)).map_err(|error| error.to_string())
    }

    fn saved(&self, what: &str) -> String {
        format!("Saved {what} to {}", self.path.display())
    }

    fn save_rows(&self) -> Result<(), evaluate::RecordError> {
        let classes = self.prepared.cases.iter().map(|case| case.classes.clone()).collect();
        let mut file = RowsFile::open(&self.path, None, classes)?;
        let subjects: Vec<&Subject> = self.prepared.cases.iter().map(|case| &case.subject).collect();
        file.append(&subjects, &self.rows, &self.prepared.data)?;
        file.finish()
    }

    /// Runs one case over the pictures that were evaluated once more, and writes all that it does.
    fn export(&self, cancel: &Cancel, tell: &(dyn Fn(usize) + Send + Sync)) -> Result<String, String> {
        let case = self.prepared.cases.get(self.case).ok_or("choose a model to export")?;
        let (data, family) = (&self.prepared.data, case.subject.spec.family);
        let indices = self.evaluation.order.indices(data.len()).part(0, self.evaluation.done);
        let examples = indices.into_iter().map(|index| example(data, family, index));
        let mut done = 0;
        let report = |step| {
            if let evaluate::Step::Done(images) = step {
                done += images;
                tell(done);
            }
        };
        let (setting, classes) = (&case.subject.setting, data.classes());
        let batches = batches(examples, None);
        let summary = evaluate::export(&case.model, setting, batches, classes, &self.path, cancel, report)
            .map_err(|error| error.to_string())?;
        Ok(self.saved(&format!("maps of {} images", summary.images)))
    }
}

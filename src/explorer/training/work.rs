//! What happens off the screen's thread: training, and reading what a run has told.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use crate::engine::Device;
use crate::jobs::{Cancel, background_pool};
use crate::train::{self, Choices, Options, Outcome, Record, RunFolder, Told, TrainError};

use super::run::{Failure, Subject};

/// Parts of a run after which a network is evaluated at the latest, so that its map is seen to change.
const EVALUATIONS: u64 = 30;
/// Evaluations in an epoch at most, since each of them takes all test pictures.
const PER_EPOCH: u64 = 5;

/// A run to be made.
pub enum Order {
    Start { choices: Box<Choices>, folder: RunFolder },
    Resume(RunFolder),
}

/// How a run goes.
pub enum Report {
    /// It begins or goes on at this step, and this was told before.
    Begins {
        subject: Arc<Subject>,
        records: Vec<Record>,
        step: u64,
    },
    Record(Record),
    /// Why a training picture was left out, in one sentence.
    LeftOut(String),
}

impl Order {
    pub fn folder(&self) -> &RunFolder {
        match self {
            Self::Start { folder, .. } | Self::Resume(folder) => folder,
        }
    }

    /// Makes the run. Its threads are its own, so that Explore's runs do not queue behind it in rayon's global pool:
    /// the system shares the processor between both, and the window stays usable.
    pub fn carry_out(
        self,
        device: &Device,
        cancel: &Cancel,
        tell: &(dyn Fn(Report) + Send + Sync),
    ) -> Result<Outcome, Failure> {
        let pool = background_pool("training")?;
        Ok(pool.install(|| self.run(device, cancel, tell))?)
    }

    fn run(
        self,
        device: &Device,
        cancel: &Cancel,
        tell: &(dyn Fn(Report) + Send + Sync),
    ) -> Result<Outcome, TrainError> {
        let (begun, folder) = match self {
            Self::Start { choices, folder } => (folder.start(&choices.recipe()?, device)?, folder),
            Self::Resume(folder) => (folder.go_on(device)?, folder),
        };
        let recipe = begun.1.recipe().clone();
        let suitable = Options::of(&recipe);
        let seldom = (recipe.epoch / PER_EPOCH).max(recipe.steps / EVALUATIONS).max(1);
        let evaluate_every = suitable.evaluate_every.min(seldom);
        let options = Options { evaluate_every, ..suitable };
        let subject = Arc::new(Subject { picture: train::test_picture(&recipe).ok(), recipe });
        train::run(&folder, begun, device, &options, cancel, &mut |told| match told {
            Told::Begins { step } => {
                let mut records = Record::read(&folder).unwrap_or_default();
                records.retain(|record| record.step() <= step);
                tell(Report::Begins { subject: Arc::clone(&subject), records, step });
            }
            Told::Record(record) => tell(Report::Record(record.clone())),
            Told::LeftOut(problem) => tell(Report::LeftOut(problem.to_string())),
            Told::Saved { .. } => {}
        })
    }
}

/// A look at a run's folder.
pub struct Look {
    pub folder: PathBuf,
    /// What the last look found.
    pub known: Option<Stamp>,
    /// What is known of the run, which never changes.
    pub subject: Option<Arc<Subject>>,
}

/// What a look found.
pub struct Seen {
    pub folder: RunFolder,
    /// Whether some program trains it.
    pub running: bool,
    pub stamp: Option<Stamp>,
    /// Step at which it was last saved, or 0.
    pub saved: u64,
    /// All that it has told, unless the log is as it was.
    pub fresh: Option<(Arc<Subject>, Vec<Record>)>,
}

/// Tells whether a log is still as it was.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stamp {
    bytes: u64,
    modified: Option<SystemTime>,
}

impl Look {
    /// Reads the run's recipe and log, the latter only if it has changed.
    pub fn take(self) -> Result<Seen, String> {
        let folder = RunFolder::new(&self.folder);
        let log = folder.log();
        // Taken before the log is read: what is added meanwhile is read next time.
        let metadata = log.metadata().ok();
        let stamp =
            metadata.map(|metadata| Stamp { bytes: metadata.len(), modified: metadata.modified().ok() });
        let running = folder.is_running();
        let saved = folder.saved_step().unwrap_or(0);
        let subject = match self.subject {
            Some(_) if stamp == self.known => return Ok(Seen { folder, running, stamp, saved, fresh: None }),
            Some(subject) => subject,
            None => {
                let recipe = folder.recipe().map_err(|error| error.to_string())?;
                Arc::new(Subject { picture: train::test_picture(&recipe).ok(), recipe })
            }
        };
        let records = Record::read(&folder);
        let records = records.map_err(|error| format!("cannot read {} ({error})", log.display()))?;
        Ok(Seen { folder, running, stamp, saved, fresh: Some((subject, records)) })
    }
}

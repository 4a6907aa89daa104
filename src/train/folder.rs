//! A run on disk: everything that the next step depends on, in one safetensors file.

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::NamedTempFile;

use super::run::labelled;
use super::window::Window;
use super::{Recipe, TrainError, Trainer};
use crate::aside;
use crate::dataset::Split;
use crate::engine::Device;
use crate::weights::{self, Overwrite, Precision, Variables, WeightsError};
use crate::zoo::ModelCard;

/// Names of a run's files in its folder.
const CHECKPOINT: &str = "checkpoint.safetensors";
const MODEL: &str = "model.safetensors";
const RECIPE: &str = "recipe.json";
const LOCK: &str = "lock";
/// Keys of a checkpoint's header.
const STEP: &str = "step";
const RECIPE_KEY: &str = "recipe";
const WINDOW: &str = "since_record";

/// A run's folder held against others, as long as this lives.
pub struct Held(#[expect(dead_code, reason = "the system lets go of the lock when the file is closed")] File);

/// A training run's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunFolder(PathBuf);

impl RunFolder {
    pub fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The last state saved; a model, too, whatever training keeps beside the weights.
    pub fn checkpoint(&self) -> PathBuf {
        self.0.join(CHECKPOINT)
    }

    /// The model as last evaluated: the averaged weights, if an average is kept.
    pub fn model(&self) -> PathBuf {
        self.0.join(MODEL)
    }

    /// The run's records, a line of JSON each.
    pub fn log(&self) -> PathBuf {
        self.0.join("log.jsonl")
    }

    /// Where TensorBoard looks.
    pub fn events(&self) -> PathBuf {
        self.0.join("events")
    }

    /// Whether there are records or a model of a run, which only one that was saved can have left.
    fn has_told(&self) -> bool {
        self.model().exists() || self.log().metadata().is_ok_and(|log| log.len() > 0)
    }

    /// Whether a run has been started here.
    pub fn has_run(&self) -> bool {
        self.0.join(RECIPE).exists() || self.checkpoint().exists()
    }

    /// # Errors
    /// [`TrainError::FolderInUse`] if a run stands here.
    pub(super) fn require_free(&self) -> Result<(), TrainError> {
        match self.has_run() {
            true => Err(TrainError::FolderInUse { folder: self.0.display().to_string() }),
            false => Ok(()),
        }
    }

    /// Holds the folder as long as what it gives lives; the system lets go of it even if the program is killed. What a run that was
    /// killed was writing is cleared away.
    ///
    /// # Errors
    /// [`TrainError::Running`] if another program, or another part of this one, trains here.
    pub fn hold(&self) -> Result<Held, TrainError> {
        let path = self.0.join(LOCK);
        let failed = |reason| TrainError::Write { file: path.display().to_string(), reason };
        let file = File::create(&path).map_err(failed)?;
        // Who looks whether the run goes on holds the lock for a moment.
        for attempt in 0.. {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if attempt < 5 => {
                    std::thread::sleep(Duration::from_millis(20));
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(TrainError::Running { folder: self.0.display().to_string() });
                }
                // Some network folders have no locks.
                Err(TryLockError::Error(_)) => break,
            }
        }
        aside::clear(&self.0).map_err(failed)?;
        Ok(Held(file))
    }

    /// Whether somebody trains here at the moment.
    pub fn is_running(&self) -> bool {
        let file = File::open(self.0.join(LOCK));
        file.is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
    }

    /// Makes the folder and writes the recipe down.
    ///
    /// # Errors
    /// [`TrainError::FolderInUse`] if a run stands there already; a folder or file that cannot be written.
    pub fn begin(&self, recipe: &Recipe) -> Result<(), TrainError> {
        self.require_free()?;
        std::fs::create_dir_all(&self.0).map_err(|reason| self.unwritten(reason))?;
        // Of two that begin at once, one does.
        self.write_recipe(recipe, aside::persist_new).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => TrainError::FolderInUse { folder: self.0.display().to_string() },
            _ => self.unwritten(error),
        })
    }

    /// Writes down that the run's data lie elsewhere now.
    ///
    /// # Errors
    /// No run, or one that goes on elsewhere; data that are not there or of other classes.
    pub fn move_data(&self, data: &Path) -> Result<(), TrainError> {
        let recipe =
            Recipe { data: std::path::absolute(data).unwrap_or_else(|_| data.to_owned()), ..self.recipe()? };
        labelled(&recipe, Split::Test)?;
        let _held = self.hold()?;
        self.write_recipe(&recipe, aside::persist).map_err(|reason| self.unwritten(reason))
    }

    fn write_recipe(
        &self,
        recipe: &Recipe,
        persist: impl FnOnce(NamedTempFile, &Path) -> io::Result<()>,
    ) -> io::Result<()> {
        let path = self.0.join(RECIPE);
        let mut aside = aside::create(&path)?;
        aside.write_all(&serde_json::to_vec_pretty(recipe)?)?;
        persist(aside, &path)
    }

    fn unwritten(&self, reason: io::Error) -> TrainError {
        TrainError::Write { file: self.0.join(RECIPE).display().to_string(), reason }
    }

    /// The step at which the run was last saved, if it was.
    pub fn saved_step(&self) -> Option<u64> {
        weights::outline(&self.checkpoint()).ok()?.metadata.get(STEP)?.parse().ok()
    }

    /// What the run was started with.
    ///
    /// # Errors
    /// A recipe that is not there or cannot be read.
    pub fn recipe(&self) -> Result<Recipe, TrainError> {
        let file = self.0.join(RECIPE);
        let shown = file.display().to_string();
        let text = std::fs::read_to_string(&file)
            .map_err(|reason| TrainError::NoRun { folder: self.0.display().to_string(), reason })?;
        serde_json::from_str(&text)
            .map_err(|error| TrainError::Recipe { file: shown, problem: error.to_string() })
    }

    /// Writes the run's state; the last one stands until the new one is whole.
    ///
    /// # Errors
    /// A file that cannot be written, a weight that is no number: what was saved before is untouched.
    pub fn save(&self, trainer: &Trainer) -> Result<(), TrainError> {
        let recipe = trainer.recipe();
        let mut metadata = card(recipe, "Saved in training").to_metadata().map_err(|error| {
            TrainError::Write { file: self.checkpoint().display().to_string(), reason: error.into() }
        })?;
        metadata.insert(STEP.to_owned(), trainer.step_number().to_string());
        metadata.insert(RECIPE_KEY.to_owned(), serde_json::to_string(recipe).unwrap_or_default());
        if !trainer.window.is_empty() {
            metadata.insert(WINDOW.to_owned(), serde_json::to_string(&trainer.window).unwrap_or_default());
        }
        let variables = Variables {
            source: format!("the network at step {}", trainer.step_number()),
            by_name: trainer.state()?,
            metadata,
        };
        trainer.check(&variables)?;
        weights::write(&self.checkpoint(), &variables, Precision::Single, Overwrite::Replace)?;
        Ok(())
    }

    /// Takes up the run where it was last saved; one that was never saved begins anew. The folder is to be held.
    ///
    /// # Errors
    /// No run, a checkpoint that is damaged, gone or of another recipe.
    pub fn resume(
        &self,
        device: &Device,
        first: impl FnOnce(&Recipe) -> Result<Variables, TrainError>,
    ) -> Result<Trainer, TrainError> {
        let recipe = self.recipe()?;
        let path = self.checkpoint();
        let read = |reason| WeightsError::Read { file: path.display().to_string(), reason };
        if !path.try_exists().map_err(read)? {
            if self.has_told() {
                return Err(TrainError::Gone { file: path.display().to_string() });
            }
            return Trainer::new(&recipe, &first(&recipe)?, device);
        }
        let damaged = |problem: &str| TrainError::Recipe {
            file: path.display().to_string(),
            problem: problem.to_owned(),
        };
        let state = weights::read_training(&path).map_err(|error| match error {
            WeightsError::Damaged { problem, .. } => damaged(&problem),
            error => error.into(),
        })?;
        let step = state.metadata.get(STEP).and_then(|step| step.parse().ok());
        let step = step.ok_or_else(|| damaged("it does not say at which step it was saved"))?;
        // The data may have been moved.
        let stored =
            saved_recipe(&state.metadata).map(|stored| Recipe { data: recipe.data.clone(), ..stored });
        if stored.as_ref() != Some(&recipe) {
            return Err(damaged("it was saved by a run with another recipe"));
        }
        let window =
            state.metadata.get(WINDOW).map_or(Ok(Window::default()), |window| serde_json::from_str(window));
        let window = window.map_err(|_| damaged("it does not say what its last steps gave"))?;
        let mut trainer = Trainer::restore(&recipe, (step, state), device)?;
        trainer.window = window;
        Ok(trainer)
    }
}

/// The recipe in a checkpoint's header.
pub fn saved_recipe(metadata: &BTreeMap<String, String>) -> Option<Recipe> {
    serde_json::from_str(metadata.get(RECIPE_KEY)?).ok()
}

/// What is known of a run's network.
pub(super) fn card(recipe: &Recipe, source: &str) -> ModelCard {
    ModelCard {
        tau: recipe.has_tau().then_some(recipe.tau),
        data: Some(recipe.data_name.clone()),
        source: Some(source.to_owned()),
        ..ModelCard::new(&recipe.model_name(), recipe.spec.clone())
    }
}

//! A run on disk: everything that the next step depends on, in one safetensors file.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::window::Window;
use super::{Recipe, TrainError, Trainer};
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
    pub(super) fn hold(&self) -> Result<File, TrainError> {
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
        crate::aside::clear(&self.0).map_err(failed)?;
        Ok(file)
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
        let failed = |reason| TrainError::Write { file: self.0.join(RECIPE).display().to_string(), reason };
        std::fs::create_dir_all(&self.0).map_err(failed)?;
        let json = serde_json::to_vec_pretty(recipe).map_err(|error| failed(error.into()))?;
        let mut aside = crate::aside::create(&self.0.join(RECIPE)).map_err(failed)?;
        std::io::Write::write_all(&mut aside, &json).map_err(failed)?;
        crate::aside::persist(aside, &self.0.join(RECIPE)).map_err(failed)
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
            metadata.insert(WINDOW.to_owned(), trainer.window.to_string());
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

    /// Takes up the run where it was last saved; one that was never saved begins anew.
    ///
    /// # Errors
    /// No run, a damaged checkpoint, one of another recipe.
    pub fn resume(
        &self,
        device: &Device,
        first: impl FnOnce(&Recipe) -> Result<Variables, TrainError>,
    ) -> Result<Trainer, TrainError> {
        let recipe = self.recipe()?;
        let path = self.checkpoint();
        if !path.exists() {
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
        let window = state.metadata.get(WINDOW).map_or(Ok(Window::default()), |window| window.parse());
        let window = window.map_err(|_| damaged("it does not say what its last steps gave"))?;
        let mut trainer = Trainer::restore(&recipe, (step, state), device)?;
        trainer.window = window;
        Ok(trainer)
    }
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

//! A trainer for a run: a new one, or one that was saved.

use super::run::labelled;
use super::{Recipe, RunFolder, TrainError, Trainer};
use crate::dataset::Split;
use crate::engine::Device;
use crate::weights::{self, Variables};
use crate::zoo;

impl RunFolder {
    /// Starts a run. The folder is made once all that the run needs is there, so that a refused start leaves nothing.
    ///
    /// # Errors
    /// A folder with a run in it or that cannot be written; a model to begin with that does not fit; no test data.
    pub fn start(&self, recipe: &Recipe, device: &Device) -> Result<Trainer, TrainError> {
        self.require_free()?;
        labelled(recipe, Split::Test)?;
        let first = first_values(recipe)?;
        weights::check(&first, &recipe.spec)?;
        self.begin(recipe)?;
        // As it will be read when the run goes on: JSON's numbers may differ in their last bit.
        Trainer::new(&self.recipe()?, &first, device)
    }

    /// Goes on with a run where it was last saved.
    ///
    /// # Errors
    /// No run, a damaged checkpoint, one of another recipe.
    pub fn go_on(&self, device: &Device) -> Result<Trainer, TrainError> {
        self.resume(device, first_values)
    }
}

/// What a new run begins with.
fn first_values(recipe: &Recipe) -> Result<Variables, TrainError> {
    let init = match &recipe.init {
        None => None,
        Some(init) => Some(zoo::open(&zoo::find(init)?.source)?.1.variables),
    };
    Ok(recipe.first_values(init.as_ref())?)
}

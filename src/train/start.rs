//! A trainer for a run: a new one, or one that was saved.

use super::run::labelled;
use super::{Held, Recipe, RunFolder, TrainError, Trainer};
use crate::dataset::Split;
use crate::engine::Device;
use crate::network::NetworkSpec;
use crate::weights::{self, Variables};
use crate::zoo;

impl RunFolder {
    /// Starts a run and holds its folder, which is made once all that the run needs is there: a refused start leaves nothing.
    ///
    /// # Errors
    /// A folder with a run in it or that cannot be written; a model to begin with that does not fit; no test data.
    pub fn start(&self, recipe: &Recipe, device: &Device) -> Result<(Held, Trainer), TrainError> {
        self.require_free()?;
        labelled(recipe, Split::Test)?;
        let first = first_values(recipe)?;
        weights::check(&first, &recipe.spec)?;
        self.begin(recipe)?;
        let held = self.hold()?;
        Ok((held, Trainer::new(recipe, &first, device)?))
    }

    /// Goes on with a run where it was last saved, and holds its folder.
    ///
    /// # Errors
    /// No run, or one that goes on elsewhere; a checkpoint that is damaged, gone or of another recipe.
    pub fn go_on(&self, device: &Device) -> Result<(Held, Trainer), TrainError> {
        self.recipe()?; // a folder without a run is left as it is
        let held = self.hold()?;
        Ok((held, self.resume(device, first_values)?))
    }
}

/// What a new run begins with.
fn first_values(recipe: &Recipe) -> Result<Variables, TrainError> {
    let Some(init) = &recipe.init else { return Ok(recipe.first_values(None)?) };
    let (card, contents) = zoo::open(&zoo::find(init)?.source)?;
    if !can_begin(&card.spec, recipe) {
        let (found, wanted) = (Box::new(card.spec), Box::new(recipe.spec.clone()));
        return Err(TrainError::Init { init: init.clone(), found, wanted });
    }
    Ok(recipe.first_values(Some(&contents.variables))?)
}

/// Whether a network has all that a run's is to begin with.
fn can_begin(found: &NetworkSpec, recipe: &Recipe) -> bool {
    let wanted = &recipe.spec;
    let variant = if recipe.keep_halting { wanted.variant } else { found.variant };
    *found == NetworkSpec { variant, ..wanted.clone() }
}

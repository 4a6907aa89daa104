//! Loading models, and keeping those loaded last, so that going back to one shows its map at once.

use std::mem::size_of;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use crate::network::NetworkSpec;
use crate::weights;
use crate::zoo::ModelSource;

use super::backend::{Backend, Inference};
use super::cache::Cache;

/// Bytes of weights kept: some hundred of CIFAR's models, or one ResNet-101.
const KEPT_BYTES: usize = 256 << 20;

/// A model ready to run.
#[derive(Clone)]
pub struct OpenModel {
    pub source: ModelSource,
    /// Counts loads, and tells runs apart of a file that has changed since.
    pub load: u64,
    pub inference: Arc<dyn Inference>,
}

/// A loaded model, or in one sentence why there is none.
pub type Loaded = Result<OpenModel, String>;

/// Loads models for the window.
pub struct Loader {
    backend: Arc<dyn Backend>,
    kept: Cache<ModelSource, (Stamp, OpenModel)>,
    loads: u64,
}

impl Loader {
    pub fn new(backend: Arc<dyn Backend>) -> Self {
        Self { backend, kept: Cache::new(KEPT_BYTES), loads: 0 }
    }

    /// Loads a model, the default one if none is named, unless it is kept and its file is as it was.
    pub fn load(&mut self, source: Option<ModelSource>) -> Loaded {
        let default = || self.backend.models().into_iter().next().map(|entry| entry.source);
        let source = source
            .or_else(default)
            .ok_or("this build has no embedded model; open one with File, Open model")?;
        // Taken before the file is read: if it changes meanwhile, it is read again next time.
        let stamp = Stamp::of(&source);
        if let Some(kept) = self.kept.get(&source)
            && Some(kept.0) == stamp
        {
            return Ok(kept.1.clone());
        }
        let inference = self.backend.load(&source).map_err(|error| error.to_string())?;
        self.loads += 1;
        let bytes = bytes(&inference.card().spec);
        let model = OpenModel { source: source.clone(), load: self.loads, inference };
        if let Some(stamp) = stamp {
            self.kept.insert(source, Arc::new((stamp, model.clone())), bytes);
        }
        Ok(model)
    }
}

/// The one loader of a window, shared by the workers that load: so a model has the same number wherever it is used.
#[derive(Clone)]
pub struct SharedLoader(Arc<Mutex<Loader>>);

impl SharedLoader {
    pub fn new(backend: Arc<dyn Backend>) -> Self {
        Self(Arc::new(Mutex::new(Loader::new(backend))))
    }

    /// As [`Loader::load`]; waits while another worker loads.
    pub fn load(&self, source: Option<ModelSource>) -> Loaded {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).load(source)
    }
}

/// What tells whether a model is still as it was.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Stamp {
    Embedded,
    File { bytes: u64, modified: SystemTime },
}

impl Stamp {
    /// `None` where nothing can tell: a checkpoint may be several files.
    fn of(source: &ModelSource) -> Option<Self> {
        let ModelSource::File(path) = source else { return Some(Self::Embedded) };
        let metadata = path.metadata().ok().filter(|metadata| metadata.is_file())?;
        Some(Self::File { bytes: metadata.len(), modified: metadata.modified().ok()? })
    }
}

/// Of a network's weights.
fn bytes(spec: &NetworkSpec) -> usize {
    let count = |(_, shape): &(String, Vec<usize>)| shape.iter().product::<usize>();
    weights::expected(spec).iter().map(count).sum::<usize>() * size_of::<f32>()
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Duration;

    use super::super::backend::Zoo;
    use super::*;
    use crate::engine::Device;
    use crate::weights::{Overwrite, Precision};
    use crate::zoo;

    fn loader() -> Loader {
        Loader::new(Arc::new(Zoo::new(Device::cpu())))
    }

    /// Writes the embedded model, with a name of its own.
    fn write(path: &Path, name: &str) {
        let (mut card, contents) = zoo::open(&zoo::default_model().source).unwrap();
        card.name = name.to_owned();
        zoo::save(path, &card, contents.variables, Precision::Single, Overwrite::Replace).unwrap();
    }

    #[test]
    fn a_model_is_loaded_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.safetensors");
        write(&path, "a");
        let mut loader = loader();
        let file = loader.load(Some(ModelSource::File(path.clone()))).unwrap();
        let default = loader.load(None).unwrap();
        assert_eq!(default.source, zoo::default_model().source);
        for model in [&file, &default, &file] {
            let again = loader.load(Some(model.source.clone())).unwrap();
            assert!(Arc::ptr_eq(&again.inference, &model.inference) && again.load == model.load);
        }
    }

    #[test]
    fn a_file_that_has_changed_is_loaded_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.safetensors");
        let source = ModelSource::File(path.clone());
        let mut loader = loader();
        write(&path, "before");
        let before = loader.load(Some(source.clone())).unwrap();
        write(&path, "behind");
        let later = SystemTime::now() + Duration::from_secs(1);
        std::fs::File::options().append(true).open(&path).unwrap().set_modified(later).unwrap();
        let after = loader.load(Some(source.clone())).unwrap();
        assert_eq!(after.inference.card().name, "behind");
        assert_ne!(after.load, before.load);
        std::fs::remove_file(path).unwrap();
        assert!(loader.load(Some(source)).is_err(), "what is gone is not shown as if it were there");
    }

    #[test]
    fn weights_weigh_four_bytes_a_number() {
        let card = zoo::default_model().card;
        let (_, contents) = zoo::open(&zoo::default_model().source).unwrap();
        let numbers: usize = contents.variables.by_name.values().map(|variable| variable.values.len()).sum();
        assert_eq!(bytes(&card.spec), 4 * numbers);
    }
}

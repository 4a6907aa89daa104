//! Which models there are: embedded, in the user's models folder, given by path; and what is known of each.

mod card;
mod embedded;
mod family;
mod order;

use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use card::{ModelCard, Training, class_names, default_size};
pub use family::{Member, family, twin};
pub use order::listed;

pub(crate) use card::letters;

pub use crate::dataset::CIFAR10_CLASSES;
use crate::engine::Device;
use crate::network::{Network, NetworkSpec};
use crate::weights::{self, Contents, Overwrite, Precision, Variables, WeightsError};

/// Where a model's weights are.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ModelSource {
    /// Compiled into the program, by name.
    Embedded(String),
    File(PathBuf),
}

impl fmt::Display for ModelSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ModelSource::Embedded(_) => f.write_str("embedded"),
            ModelSource::File(path) => path.display().fmt(f),
        }
    }
}

/// A model that can be loaded.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelEntry {
    pub source: ModelSource,
    pub card: ModelCard,
}

/// A model that is there; what it is, its file tells when it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub source: ModelSource,
}

/// A loaded model.
pub struct Model {
    pub card: ModelCard,
    pub network: Network,
}

/// The models at hand, and what stood in the way of others.
#[derive(Debug, Default)]
pub struct Catalog {
    /// The default first.
    pub entries: Vec<ModelEntry>,
    /// One for each file of the models folder that is no model.
    pub problems: Vec<ZooError>,
}

/// Why there is no such model.
#[derive(Debug, thiserror::Error)]
pub enum ZooError {
    #[error(
        "no model is called {asked} and there is no such file: choose {known}, or give the path of a safetensors file, a \
         TensorFlow checkpoint or a .tar.gz of one"
    )]
    Unknown { asked: String, known: String },
    #[error(
        "{file}: its card says {key} = {value:?}, which cannot be read: write the file again with `models import`"
    )]
    CardText { file: String, key: &'static str, value: String },
    #[error("{file}: its card says {said}, but its variables are of {found}")]
    OtherNetwork { file: String, said: NetworkSpec, found: NetworkSpec },
    #[error("cannot write the card of {file}: {reason}")]
    Card { file: String, reason: serde_json::Error },
    #[error("cannot use the models folder {folder}: {reason}")]
    Folder { folder: String, reason: std::io::Error },
    #[error(transparent)]
    Weights(#[from] WeightsError),
    #[error(transparent)]
    Network(#[from] crate::network::NetworkError),
}

/// Every model at hand, the default first.
pub fn models() -> Vec<ModelEntry> {
    catalog().entries
}

/// Every model at hand, and what is wrong with the others.
pub fn catalog() -> Catalog {
    let mut catalog = Catalog::default();
    let files = folder().map_or(Ok(vec![]), |folder| files_in(&folder)).unwrap_or_else(|problem| {
        catalog.problems.push(problem);
        vec![]
    });
    for entry in embedded::entries().chain(files.iter().map(|path| entry_of(path))) {
        match entry {
            Ok(entry) => catalog.entries.push(entry),
            Err(problem) => catalog.problems.push(problem),
        }
    }
    catalog
}

/// The model that is used when none is named.
#[expect(clippy::expect_used, reason = "what is compiled in cannot change, and a test reads all of it")]
pub fn default_model() -> ModelEntry {
    embedded::entries().next().and_then(Result::ok).expect("an embedded model")
}

/// Finds a model by name or path, and leaves reading it to [`open`] and [`load`], so that an archive is unpacked but once.
///
/// A built-in model's name comes first, then a file of the models folder that is called so, then a path; last a name that
/// stands only in the card of a file called otherwise, for which every card must be read.
pub fn find(name_or_path: &str) -> Result<Found, ZooError> {
    if is_embedded(name_or_path) {
        return Ok(Found { source: ModelSource::Embedded(name_or_path.to_owned()) });
    }
    let called_so = file_called(name_or_path).map(|file| entry_of(&file));
    if let Some(Ok(ModelEntry { source, card })) = &called_so
        && card.name == name_or_path
    {
        return Ok(Found { source: source.clone() });
    }
    match weights::probe(Path::new(name_or_path)) {
        Ok(()) => return Ok(Found { source: ModelSource::File(name_or_path.into()) }),
        Err(WeightsError::NotFound { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    let Catalog { entries, mut problems } = catalog();
    if let Some(entry) = entries.iter().find(|entry| entry.card.name == name_or_path) {
        return Ok(Found { source: entry.source.clone() });
    }
    // What keeps a name out of the catalog: its file is no model, or the folder cannot be read.
    let unread = problems.extract_if(.., |problem| matches!(problem, ZooError::Folder { .. })).next();
    Err(called_so.and_then(Result::err).or(unread).unwrap_or_else(|| {
        let known: Vec<&str> = entries.iter().map(|entry| entry.card.name.as_str()).collect();
        ZooError::Unknown { asked: name_or_path.to_owned(), known: known.join(" or ") }
    }))
}

/// The file in the models folder that a model of this name has where `models import` puts it, if it is there.
fn file_called(name: &str) -> Option<PathBuf> {
    let is_file_name = Path::new(name).file_name().is_some_and(|file| file == name);
    let file = folder().filter(|_| is_file_name)?.join(format!("{name}.safetensors"));
    file.is_file().then_some(file)
}

/// Loads a model's weights onto a device.
pub fn load(source: &ModelSource, device: &Device) -> Result<Model, ZooError> {
    let (card, contents) = open(source)?;
    let network = Network::new(card.spec.clone(), &contents.variables, device)?;
    Ok(Model { card, network })
}

/// Reads all of a model's file and makes sure that it holds the network that it should, whole and finite.
pub fn open(source: &ModelSource) -> Result<(ModelCard, Contents), ZooError> {
    let (contents, path) = match source {
        ModelSource::Embedded(name) => (embedded::read(name)?, Path::new(name)),
        ModelSource::File(path) => (weights::read_contents(path)?, path.as_path()),
    };
    let card = ModelCard::of(&contents.variables.outline(), path)?;
    weights::check(&contents.variables, &card.spec)?;
    Ok((card, contents))
}

/// A model's card; its values are not read.
pub fn card(source: &ModelSource) -> Result<ModelCard, ZooError> {
    match source {
        ModelSource::Embedded(name) => embedded::card(name),
        ModelSource::File(path) => entry_of(path).map(|entry| entry.card),
    }
}

/// Writes a model as safetensors: the network's variables, nothing else, and its card.
pub fn save(
    path: &Path,
    card: &ModelCard,
    variables: Variables,
    precision: Precision,
    overwrite: Overwrite,
) -> Result<(), ZooError> {
    weights::check(&variables, &card.spec)?;
    let mut variables = precision.rounded(weights::squeeze(variables, &card.spec))?;
    variables.metadata =
        card.to_metadata().map_err(|reason| ZooError::Card { file: path.display().to_string(), reason })?;
    Ok(weights::write(path, &variables, precision, overwrite)?)
}

/// Where the user's own models are: `$PONDERSCOPE_MODELS`, else `models` in the folder that the system has for
/// a program's data. It need not exist.
pub fn folder() -> Option<PathBuf> {
    match std::env::var_os("PONDERSCOPE_MODELS") {
        Some(folder) if !folder.is_empty() => Some(folder.into()),
        _ => directories::ProjectDirs::from("", "", "ponderscope").map(|dirs| dirs.data_dir().join("models")),
    }
}

/// Whether a model of this name is compiled in; it would hide a file that is called the same.
pub fn is_embedded(name: &str) -> bool {
    embedded::find(name).is_some()
}

fn entry_of(path: &Path) -> Result<ModelEntry, ZooError> {
    let card = ModelCard::of(&weights::outline(path)?, path)?;
    Ok(ModelEntry { source: ModelSource::File(path.to_owned()), card })
}

/// The safetensors files in a folder, by name; none if there is no such folder.
fn files_in(folder: &Path) -> Result<Vec<PathBuf>, ZooError> {
    let failed = |reason| ZooError::Folder { folder: folder.display().to_string(), reason };
    let entries = match folder.read_dir() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(vec![]),
        entries => entries.map_err(failed)?,
    };
    let paths = entries.map(|entry| entry.map(|entry| entry.path()).map_err(failed));
    let mut files = paths.collect::<Result<Vec<PathBuf>, _>>()?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "safetensors"));
    files.sort();
    Ok(files)
}

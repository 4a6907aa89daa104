//! The whole-network maps that an export has stored.

use std::ops::Range;
use std::path::Path;

use hdf5_metno as hdf5;
use hdf5_metno::types::VarLenUnicode;

use crate::dataset::{Export, Hdf5Error};
use crate::image::{Input, Preprocessing};
use crate::maps::{PonderMap, Quantity};
use crate::zoo::ModelCard;

/// Values that are in memory at once: 4 MiB of them.
const SLICE_VALUES: usize = 1 << 20;

/// Why an export has no maps to draw; every message names the file.
#[derive(Debug, thiserror::Error)]
pub enum StoredMapsError {
    #[error("{file} holds no images: export some first")]
    Empty { file: String },
    #[error(
        "{file} comes from an ACT network, which halts once for the whole image: it has one number an image and no map, \
         so export a SACT network"
    )]
    OneNumber { file: String },
    #[error(
        "{file} comes from a network that runs every unit everywhere, and so it has no map: export a SACT network"
    )]
    NothingDecided { file: String },
    #[error(
        "{file}: `{name}` has shape {found:?}, which does not go with the rest of an export: export again"
    )]
    Shape { file: String, name: String, found: Vec<usize> },
    #[error(transparent)]
    Hdf5(#[from] Hdf5Error),
}

/// The maps of one quantity in an export, ours or the reference's. Values are read when asked for.
#[derive(Debug)]
pub struct StoredMaps {
    export: Export,
    quantity: Quantity,
    /// The dataset's name.
    name: &'static str,
    height: usize,
    width: usize,
}

impl StoredMaps {
    /// Opens an export and checks that it has maps of this quantity.
    ///
    /// # Errors
    /// Every [`StoredMapsError`].
    pub fn open(path: &Path, quantity: Quantity) -> Result<Self, StoredMapsError> {
        let export = Export::open(path)?;
        let file = || path.display().to_string();
        if export.is_empty() {
            return Err(StoredMapsError::Empty { file: file() });
        }
        let name = match quantity {
            Quantity::PonderCost => "ponder_cost_map",
            Quantity::NumUnits => "num_units_map",
        };
        // A file that never was an export is told what it lacks, an export why it lacks it.
        if let (false, Ok(blocks)) = (export.has(name), export.blocks()) {
            let decides = blocks.iter().any(|block| export.has(&format!("{block}/ponder_cost")));
            return Err(if decides {
                StoredMapsError::OneNumber { file: file() }
            } else {
                StoredMapsError::NothingDecided { file: file() }
            });
        }
        let found = export.read(name, 0..1)?.shape;
        let [_, height, width, 1] = found[..] else {
            return Err(StoredMapsError::Shape { file: file(), name: name.to_owned(), found });
        };
        Ok(Self { export, quantity, name, height, width })
    }

    /// How many images there are.
    pub fn len(&self) -> usize {
        self.export.len()
    }

    /// Never: an export without images is not opened.
    pub fn is_empty(&self) -> bool {
        self.export.is_empty()
    }

    /// How many maps are read at once without taking much memory.
    pub fn at_once(&self) -> usize {
        (SLICE_VALUES / (self.height * self.width).max(1)).max(1)
    }

    /// The values of neighbouring maps, one map after the other.
    ///
    /// # Errors
    /// Those of [`Export::read`].
    pub fn values(&self, images: Range<usize>) -> Result<Vec<f32>, Hdf5Error> {
        Ok(self.export.read(self.name, images)?.values)
    }

    /// Units of each block, as the halting distributions have them.
    ///
    /// # Errors
    /// Those of [`Export::blocks`] and [`Export::read`].
    pub fn units(&self) -> Result<Vec<usize>, Hdf5Error> {
        let of = |block: String| {
            let distribution = self.export.read(&format!("{block}/halting_distribution"), 0..1)?;
            Ok(distribution.shape.last().copied().unwrap_or_default())
        };
        self.export.blocks()?.into_iter().map(of).collect()
    }

    /// A map of known `values`; `units` are those of each block.
    pub fn map(&self, values: Vec<f32>, units: &[usize]) -> PonderMap {
        PonderMap::of_values(self.quantity, [self.height, self.width], values, units)
    }

    /// Image `index` as it entered the network.
    ///
    /// # Errors
    /// Those of [`Export::input`].
    pub fn input(&self, index: usize) -> Result<Input, Hdf5Error> {
        self.export.input(index)
    }

    /// See [`preprocessing_of`].
    pub fn preprocessing(&self) -> Preprocessing {
        preprocessing_of(&self.export)
    }
}

/// How pictures became the inputs in an export, as the blocks' names tell the network's family: `block_1` is CIFAR's,
/// `block1` ImageNet's. Where nobody tells, nothing is undone that may not have been done.
pub fn preprocessing_of(export: &Export) -> Preprocessing {
    let blocks = export.blocks().unwrap_or_default();
    let is_imagenet = blocks.first().is_some_and(|name| name == "block1");
    if is_imagenet { Preprocessing::MinusOneToOne } else { Preprocessing::Standardise }
}

/// The card of the model that an export was made with; `None` where the file does not say, as the reference's do not.
pub fn stored_card(path: &Path) -> Option<ModelCard> {
    let file = hdf5::File::with_options().with_fapl(|access| access.file_locking(false)).open(path).ok()?;
    let json: VarLenUnicode = file.attr("card").ok()?.read_scalar().ok()?;
    serde_json::from_str(&json).ok()
}

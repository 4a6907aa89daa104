//! Images of an HDF5 export, with what a model did on them when the export was made: shown without a model.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::dataset::Export;
use crate::evaluate::{preprocessing_of, stored_card, stored_trace};
use crate::figure;
use crate::halting::HaltingSetting;
use crate::image::{InputSize, RgbImage};
use crate::network;
use crate::zoo::ModelSource;

use super::inference::{Means, Outcome, RunKey, TOP};
use super::pictures::{Picture, file_name};
use super::session::PictureSource;
use super::widgets::format::capitalised;

/// Endings of exports.
pub const EXPORTS: [&str; 3] = ["h5", "hdf5", "hdf"];

/// What an export knows of one of its images.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The export's name, for people.
    pub file: String,
    /// How many images are in it.
    pub images: usize,
    pub outcome: Arc<Outcome>,
}

/// What an opened file shows at first: an export its first image.
pub fn of_file(path: PathBuf) -> PictureSource {
    if is_export(&path) { PictureSource::Export { path, index: 0 } } else { PictureSource::File(path) }
}

/// Whether a file is an export, by its name.
pub fn is_export(path: &Path) -> bool {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    ending.is_some_and(|ending| EXPORTS.contains(&ending.as_str()))
}

/// Image `index` of an export; the error is one sentence.
pub fn open(path: &Path, index: usize) -> Result<Picture, String> {
    let sentence = |error: &dyn std::fmt::Display| error.to_string();
    let export = Export::open(path).map_err(|error| sentence(&error))?;
    let images = export.len();
    if images == 0 {
        return Err(format!("{} holds no images: export some first", path.display()));
    }
    // The file may be a shorter one than when its last image was looked at.
    let index = index.min(images - 1);
    let input = export.input(index).map_err(|error| sentence(&error))?;
    let pixels: RgbImage = figure::picture_before(&input, preprocessing_of(&export));
    let source = PictureSource::Export { path: path.to_owned(), index };
    let mut picture = Picture::of_pixels(source, pixels);

    let trace = stored_trace(&export, path, index).map_err(|error| sentence(&error))?;
    // The same pixels may come again with another map.
    let mut hasher = DefaultHasher::new();
    (picture.hash, path, index).hash(&mut hasher);
    for record in trace.blocks.iter().filter_map(|block| block.halting.record()) {
        record.ponder_cost.iter().for_each(|cost| cost.to_bits().hash(&mut hasher));
    }
    picture.hash = hasher.finish();
    let key = RunKey::new(
        &picture,
        (&ModelSource::File(path.to_owned()), 0),
        &HaltingSetting::default(),
        InputSize::Native,
    );
    let classes = export.classes();
    let name = |class: usize| match classes.get(class).filter(|_| classes.len() == trace.logits.len()) {
        Some(name) => capitalised(name),
        None => format!("Class {class}"),
    };
    let top = trace.top(TOP).into_iter().map(|(class, probability)| (name(class), probability)).collect();
    let means = Means::of(&trace.decisions());
    let vanilla_flops =
        stored_card(path).map_or(0, |card| network::vanilla_flops(&card.spec, trace.height, trace.width));
    let outcome = Arc::new(Outcome { key, trace, vanilla_flops, means, top });
    picture.stored = Some(Stored { file: file_name(path), images, outcome });
    Ok(picture)
}

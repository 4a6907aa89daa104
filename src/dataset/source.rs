//! The kinds of places that examples come from, and how a path tells which it is.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::class_folders::{self, Unlisted};
use super::dataset::Content;
use super::folder::{Listing, Names, holds_pictures, name_of};
use super::records::Records;
use super::samples::{self, COLUMNS, ROWS};
use super::{CIFAR10_CLASSES, DatasetError, Export, Labelled, Split, cifar10, tfrecord};
use crate::image::{self, RgbImage};

/// Examples that lie in one place, counted from 0.
#[derive(Debug)]
pub(super) enum Source {
    Picture(PathBuf),
    Pictures {
        folder: PathBuf,
        names: Names,
    },
    Labelled(Labelled),
    Records {
        title: String,
        records: Records,
    },
    Export {
        title: String,
        export: Export,
    },
    /// The embedded contact sheet, decoded when it is first looked at.
    Samples(OnceLock<RgbImage>),
}

/// Finds out what `path` is, and lists what it holds; see [`super::Dataset::open`].
pub(super) fn open(path: &Path) -> Result<Source, DatasetError> {
    if path.is_dir() {
        return open_folder(path);
    }
    let unreadable = |reason| DatasetError::Unreadable { path: path.display().to_string(), reason };
    let title = || name_of(path);
    if is_hdf5(path).map_err(unreadable)? {
        return Ok(Source::Export { title: title(), export: Export::open(path)? });
    }
    // The content of a damaged file may not tell what its name does.
    if tfrecord::is_named_so(path) || tfrecord::begins_so(path).map_err(unreadable)? {
        return Ok(Source::Records { title: title(), records: Records::open(&[path.to_owned()])? });
    }
    Ok(Source::Picture(path.to_owned()))
}

fn open_folder(folder: &Path) -> Result<Source, DatasetError> {
    if let Some(batches) = cifar10::locate(folder) {
        return Ok(Source::Labelled(cifar10::open(&batches, Split::Test)?));
    }
    if class_folders::has_test(folder) {
        return Ok(Source::Labelled(class_folders::open(folder, Split::Test, Unlisted::Published)?));
    }
    let Listing { pictures, mut shards } = Listing::of(folder)?;
    if !pictures.is_empty() {
        return Ok(Source::Pictures { folder: folder.to_owned(), names: pictures });
    }
    if !shards.is_empty() {
        leave_out_training(&mut shards);
        let paths: Vec<_> = (0..shards.len()).map(|index| folder.join(shards.get(index))).collect();
        return Ok(Source::Records { title: name_of(folder), records: Records::open(&paths)? });
    }
    if class_folders::has_train(folder) {
        // It says which folder is missing.
        return Ok(Source::Labelled(class_folders::open(folder, Split::Test, Unlisted::Published)?));
    }
    if class_folders::classes_in(folder)?.iter().any(|class| holds_pictures(&folder.join(class))) {
        return Ok(Source::Labelled(class_folders::open_one(folder)?));
    }
    Err(DatasetError::NoPictures { path: folder.display().to_string() })
}

/// Leaves the files to test with where their names tell that there are others to train on.
fn leave_out_training(shards: &mut Names) {
    let has = |name: &str, word: &str| name.to_lowercase().contains(word);
    if shards.any(|name| has(name, "train")) {
        // ImageNet's `test` has no labels, so validation comes first.
        let split = ["val", "test"].into_iter().find(|split| shards.any(|name| has(name, split)));
        if let Some(split) = split {
            shards.retain(|name| has(name, split));
        }
    }
}

/// Whether a file is, or says it is, HDF5: so that a damaged export is not mistaken for a picture.
fn is_hdf5(path: &Path) -> std::io::Result<bool> {
    const SIGNATURE: &[u8] = b"\x89HDF\r\n\x1a\n";
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    let named_so = ending.is_some_and(|ending| ["h5", "hdf5", "hdf"].contains(&ending.as_str()));
    let mut start = Vec::new();
    File::open(path)?.take(SIGNATURE.len() as u64).read_to_end(&mut start)?;
    Ok(named_so || start == SIGNATURE)
}

impl Source {
    pub fn samples() -> Self {
        Self::Samples(OnceLock::new())
    }

    /// What people call all of it.
    pub fn title(&self) -> String {
        match self {
            Self::Picture(path) => name_of(path),
            Self::Pictures { folder, .. } => name_of(folder),
            Self::Labelled(labelled) => labelled.name().to_owned(),
            Self::Records { title, .. } | Self::Export { title, .. } => title.clone(),
            Self::Samples(_) => format!("{} CIFAR-10 samples", COLUMNS * ROWS),
        }
    }

    /// The classes' names by label; none if nothing is labelled.
    pub fn classes(&self) -> Vec<String> {
        match self {
            Self::Picture(_) | Self::Pictures { .. } => Vec::new(),
            Self::Labelled(labelled) => labelled.classes().to_owned(),
            Self::Records { records, .. } => records.classes().to_owned(),
            Self::Export { export, .. } => export.classes().to_owned(),
            Self::Samples(_) => CIFAR10_CLASSES.map(str::to_owned).into(),
        }
    }

    pub fn len(&self) -> usize {
        match self {
            Self::Picture(_) => 1,
            Self::Pictures { names, .. } => names.len(),
            Self::Labelled(labelled) => labelled.len(),
            Self::Records { records, .. } => records.len(),
            Self::Export { export, .. } => export.len(),
            Self::Samples(_) => COLUMNS * ROWS,
        }
    }

    /// The file that example `at` is all of, if there is one; there must be such an example.
    pub fn path(&self, at: usize) -> Option<PathBuf> {
        match self {
            Self::Picture(path) => Some(path.clone()),
            Self::Pictures { folder, names } => Some(folder.join(names.get(at))),
            Self::Labelled(labelled) => labelled.picture_path(at),
            Self::Records { .. } | Self::Export { .. } | Self::Samples(_) => None,
        }
    }

    /// What example `at` is called; there must be one.
    pub fn name(&self, at: usize) -> String {
        match self {
            Self::Picture(path) => path.display().to_string(),
            Self::Pictures { folder, names } => folder.join(names.get(at)).display().to_string(),
            Self::Labelled(labelled) => labelled.picture_name(at),
            Self::Records { records, .. } => records.name(at),
            Self::Export { export, .. } => export.image_name(at),
            Self::Samples(_) => format!("{} {}", CIFAR10_CLASSES[at / COLUMNS], at % COLUMNS + 1),
        }
    }

    /// Example `at` and its label; there must be one.
    pub fn read(&self, at: usize) -> Result<(Option<usize>, Content), DatasetError> {
        let (label, picture) = match self {
            Self::Picture(path) => (None, image::open(path)?),
            Self::Pictures { folder, names } => (None, image::open(&folder.join(names.get(at)))?),
            Self::Labelled(labelled) => (Some(labelled.label(at)), labelled.picture(at)?),
            Self::Records { records, .. } => records.read(at)?,
            Self::Export { export, .. } => {
                return Ok((export.label(at)?, Content::Input(export.input(at)?)));
            }
            Self::Samples(sheet) => {
                let sheet = match sheet.get() {
                    Some(sheet) => sheet,
                    None => {
                        let decoded = image::decode(samples::cifar_sheet(), "the CIFAR-10 contact sheet")?;
                        sheet.get_or_init(|| decoded)
                    }
                };
                let (row, column) = (at / COLUMNS, at % COLUMNS);
                (Some(row), samples::cut_cifar_tile(sheet, row, column).unwrap_or_default())
            }
        };
        Ok((label, Content::Picture(picture)))
    }
}

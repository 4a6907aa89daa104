//! Decoding pictures, away from the screen's thread: samples, tiles of the contact sheet, and files.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

pub use crate::dataset::samples::tile_title;
use crate::dataset::{Content, Dataset, DatasetError, samples};
use crate::figure::input_picture;
use crate::image::{self, RgbImage};

use super::session::PictureSource;
use super::stored::{self, Stored};

/// Tiles on the contact sheet.
pub const TILES: usize = samples::COLUMNS * samples::ROWS;

/// A decoded picture.
#[derive(Clone, Debug)]
pub struct Picture {
    pub source: PictureSource,
    /// For people: a file name, a sample's title.
    pub title: String,
    pub pixels: Arc<RgbImage>,
    /// Of size and pixels: what results are remembered by, so that a changed file is a new picture.
    pub hash: u64,
    /// What is known already, and not to be computed.
    pub stored: Option<Stored>,
}

impl Picture {
    /// Decodes `source`; the error is one sentence.
    pub fn open(source: PictureSource) -> Result<Self, String> {
        if let PictureSource::Export { path, index } = &source {
            return stored::open(path, *index);
        }
        let pixels = decode(&source).map_err(|error| error.to_string())?;
        let pixels =
            pixels.ok_or("this sample is not part of this build any more; choose another picture")?;
        Ok(Self::of_pixels(source, pixels))
    }

    pub(super) fn of_pixels(source: PictureSource, pixels: impl Into<Arc<RgbImage>>) -> Self {
        let pixels = pixels.into();
        let mut hasher = DefaultHasher::new();
        (pixels.dimensions(), pixels.as_raw()).hash(&mut hasher);
        let title = title(&source);
        Self { title, source, pixels, hash: hasher.finish(), stored: None }
    }

    pub fn width(&self) -> u32 {
        self.pixels.width()
    }

    pub fn height(&self) -> u32 {
        self.pixels.height()
    }
}

/// What to call a picture.
pub fn title(source: &PictureSource) -> String {
    match source {
        PictureSource::Sample(name) => {
            match samples::photographs().iter().find(|sample| sample.name == *name) {
                Some(sample) => sample.title.to_owned(),
                None => name.clone(),
            }
        }
        PictureSource::Cifar(tile) => tile_title(*tile),
        PictureSource::File(path) => file_name(path),
        PictureSource::Example(path, index) => format!("{}, {index}", file_name(path)),
        PictureSource::Export { path, index } => format!("{} [{index}]", file_name(path)),
    }
}

/// The last part of a path, or all of it if it has none.
pub fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// What is shown when nothing else is asked for.
pub fn first() -> Option<PictureSource> {
    samples::photographs().first().map(|sample| PictureSource::Sample(sample.name.to_owned()))
}

/// An example as a picture; the data that were listed last stay listed, since their other examples are likely to come next.
fn example(path: &Path, index: usize) -> Result<RgbImage, DatasetError> {
    static LISTED: Mutex<Option<(PathBuf, Arc<Dataset>)>> = Mutex::new(None);
    let mut listed = LISTED.lock().unwrap_or_else(PoisonError::into_inner);
    let data = match listed.take().filter(|(known, _)| known == path) {
        Some((_, data)) => data,
        None => Arc::new(Dataset::open(&[path.to_owned()])?),
    };
    *listed = Some((path.to_owned(), Arc::clone(&data)));
    drop(listed);
    Ok(match data.read(index)?.content {
        Content::Picture(picture) => picture,
        Content::Input(input) => input_picture(&input),
    })
}

fn decode(source: &PictureSource) -> Result<Option<RgbImage>, DatasetError> {
    Ok(match source {
        PictureSource::Sample(name) => {
            let sample = samples::photographs().iter().find(|sample| sample.name == *name);
            sample.map(|sample| image::decode(sample.bytes, sample.name)).transpose()?
        }
        PictureSource::Cifar(tile) => {
            let sheet = image::decode(samples::cifar_sheet(), "the CIFAR-10 contact sheet")?;
            samples::cut_cifar_tile(&sheet, tile / samples::COLUMNS, tile % samples::COLUMNS)
        }
        PictureSource::File(path) => Some(image::open(path)?),
        PictureSource::Example(path, index) => Some(example(path, *index)?),
        PictureSource::Export { .. } => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_pixels_are_the_same_picture_and_others_are_not() {
        let hash = |tile| Picture::open(PictureSource::Cifar(tile)).unwrap().hash;
        assert_eq!(hash(5), hash(5));
        assert_ne!(hash(5), hash(6));
    }

    #[test]
    fn a_sample_of_another_build_is_an_error_in_words() {
        let error = Picture::open(PictureSource::Sample("gone".to_owned())).unwrap_err();
        assert!(error.contains("choose another picture"), "{error}");
    }
}

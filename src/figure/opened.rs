//! The pictures of a figure: what their names mean, and what is known of each.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::dataset::samples::{self, COLUMNS};
use crate::dataset::{self, Dataset};
use crate::image::{self, Input, InputSize, Preprocessing, RgbImage};
use crate::zoo::{self, ModelCard};

use super::{FigureError, PictureName, picture_before};

/// A picture as it is read.
pub struct Opened {
    /// For people: `Cat 3`, a file's name without its ending.
    pub title: String,
    content: Content,
}

/// As [`dataset::Content`], but shared.
enum Content {
    Picture(Arc<RgbImage>),
    Input(Input),
}

impl From<RgbImage> for Content {
    fn from(picture: RgbImage) -> Self {
        Self::Picture(Arc::new(picture))
    }
}

impl Opened {
    /// Reads a picture.
    ///
    /// # Errors
    /// [`FigureError::Unfit`] in a sentence with the picture's name.
    pub fn open(name: &PictureName) -> Result<Self, FigureError> {
        let (title, content) = match name {
            PictureName::Sample(sample) => sample_named(sample)?,
            PictureName::Cifar(tile) => tile_numbered(*tile)?,
            PictureName::Example(path, index) => {
                let data = Dataset::open(std::slice::from_ref(path)).map_err(unfit)?;
                let example = data.read(*index).map_err(unfit)?;
                let content = match example.content {
                    dataset::Content::Picture(picture) => picture.into(),
                    dataset::Content::Input(input) => Content::Input(input),
                };
                (stem(Path::new(&example.name)), content)
            }
            PictureName::File(path) => (stem(path), image::open(path).map_err(unfit)?.into()),
        };
        Ok(Self { title, content })
    }

    /// What enters a network: at `size` or what suits it, unless it is input already.
    ///
    /// # Errors
    /// [`FigureError::Unfit`] with the picture's title if that is too large.
    pub fn input(&self, card: &ModelCard, size: Option<InputSize>) -> Result<Input, FigureError> {
        match &self.content {
            Content::Picture(picture) => {
                let size = size.unwrap_or_else(|| zoo::default_size(card, picture.height(), picture.width()));
                image::prepare(picture, size, card.spec.family.preprocessing())
                    .map_err(|error| FigureError::Unfit(format!("{}: {error}", self.title)))
            }
            Content::Input(input) => Ok(input.clone()),
        }
    }

    /// What is shown of it.
    pub fn picture(&self, preprocessing: Preprocessing) -> Arc<RgbImage> {
        match &self.content {
            Content::Picture(picture) => Arc::clone(picture),
            Content::Input(input) => Arc::new(picture_before(input, preprocessing)),
        }
    }

    /// Its pixels, unless it is a network's input already.
    pub fn pixels(&self) -> Option<&Arc<RgbImage>> {
        match &self.content {
            Content::Picture(picture) => Some(picture),
            Content::Input(_) => None,
        }
    }

    /// Bytes it takes in memory, near enough for a cache.
    pub fn bytes(&self) -> usize {
        match &self.content {
            Content::Picture(picture) => picture.as_raw().len(),
            Content::Input(input) => size_of_val(&input.data[..]),
        }
    }
}

fn sample_named(name: &str) -> Result<(String, Content), FigureError> {
    let found = samples::photographs().iter().find(|sample| sample.name == name);
    let sample = found.ok_or_else(|| {
        let known: Vec<_> = samples::photographs().iter().map(|sample| sample.name).collect();
        FigureError::Unfit(format!("there is no sample {name:?}: choose one of {}", known.join(", ")))
    })?;
    let picture = image::decode(sample.bytes, sample.name).map_err(unfit)?;
    Ok((sample.title.to_owned(), picture.into()))
}

fn tile_numbered(tile: usize) -> Result<(String, Content), FigureError> {
    let (row, column) = (tile / COLUMNS, tile % COLUMNS);
    let sheet = image::decode(samples::cifar_sheet(), "the CIFAR-10 contact sheet").map_err(unfit)?;
    let picture = samples::cut_cifar_tile(&sheet, row, column).ok_or_else(|| {
        let last = COLUMNS * samples::ROWS - 1;
        FigureError::Unfit(format!("there is no tile cifar:{tile}: choose one of cifar:0 to cifar:{last}"))
    })?;
    Ok((samples::tile_title(tile), picture.into()))
}

/// A file's name without its ending.
pub(crate) fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

fn unfit(error: impl std::fmt::Display) -> FigureError {
    FigureError::Unfit(error.to_string())
}

/// A figure may take the place of an older figure, but not of a picture that it shows.
///
/// # Errors
/// [`FigureError::Unfit`] with the picture's path.
pub fn refuse_to_overwrite(pictures: &[PictureName], output: &Path) -> Result<(), FigureError> {
    // A file that is not there cannot be overwritten.
    let Ok(target) = output.canonicalize() else { return Ok(()) };
    let same = |path: &PathBuf| path.canonicalize().is_ok_and(|path| path == target);
    let shown = pictures.iter().filter_map(|picture| match picture {
        PictureName::File(path) => Some(path.clone()),
        PictureName::Example(path, index) if path.is_dir() => {
            Dataset::open(std::slice::from_ref(path)).ok()?.picture_path(*index)
        }
        PictureName::Example(path, _) => Some(path.clone()),
        PictureName::Sample(_) | PictureName::Cifar(_) => None,
    });
    match shown.into_iter().find(same) {
        Some(path) => Err(FigureError::Unfit(format!(
            "{} is shown in the figure and would be overwritten by it: choose another name for the file",
            path.display()
        ))),
        None => Ok(()),
    }
}

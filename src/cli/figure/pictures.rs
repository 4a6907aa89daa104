//! The pictures of a figure: what their names mean, and what is known of each.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::dataset::samples::{self, COLUMNS};
use crate::dataset::{self, CIFAR10_CLASSES, Content, Dataset};
use crate::figure::{PictureName, picture_before};
use crate::image::{self, Input, InputSize, Preprocessing, RgbImage};
use crate::zoo::ModelCard;

use super::super::pictures as shared;

/// A picture as it is read.
pub struct Opened {
    /// For people: `Cat 3`, a file's name without its ending.
    pub title: String,
    content: Content,
}

impl Opened {
    /// # Errors
    /// In a sentence with the picture's name.
    pub fn open(name: &PictureName) -> anyhow::Result<Self> {
        let (title, content) = match name {
            PictureName::Sample(sample) => sample_named(sample)?,
            PictureName::Cifar(tile) => tile_numbered(*tile)?,
            PictureName::Example(path, index) => {
                let example = Dataset::open(std::slice::from_ref(path))?.read(*index)?;
                (stem(Path::new(&example.name)), example.content)
            }
            PictureName::File(path) => (stem(path), Content::Picture(image::open(path)?)),
        };
        Ok(Self { title, content })
    }

    /// What enters a network: at `size` or what suits it, unless it is input already.
    pub fn input(&self, card: &ModelCard, size: Option<InputSize>) -> anyhow::Result<Input> {
        match &self.content {
            Content::Picture(picture) => shared::input(picture, card, size, &self.title),
            Content::Input(input) => Ok(input.clone()),
        }
    }

    /// What is shown of it.
    pub fn picture(&self, preprocessing: Preprocessing) -> RgbImage {
        match &self.content {
            Content::Picture(picture) => picture.clone(),
            Content::Input(input) => picture_before(input, preprocessing),
        }
    }
}

fn sample_named(name: &str) -> anyhow::Result<(String, Content)> {
    let found = samples::photographs().iter().find(|sample| sample.name == name);
    let sample = found.with_context(|| {
        let known: Vec<_> = samples::photographs().iter().map(|sample| sample.name).collect();
        format!("there is no sample {name:?}: choose one of {}", known.join(", "))
    })?;
    Ok((sample.title.to_owned(), Content::Picture(image::decode(sample.bytes, sample.name)?)))
}

fn tile_numbered(tile: usize) -> anyhow::Result<(String, Content)> {
    let (row, column) = (tile / COLUMNS, tile % COLUMNS);
    let sheet = image::decode(samples::cifar_sheet(), "the CIFAR-10 contact sheet")?;
    let picture = samples::cut_cifar_tile(&sheet, row, column).with_context(|| {
        format!(
            "there is no tile cifar:{tile}: choose one of cifar:0 to cifar:{}",
            COLUMNS * samples::ROWS - 1
        )
    })?;
    let class = CIFAR10_CLASSES.get(row).copied().unwrap_or("tile");
    let mut title = class[..1].to_uppercase();
    title.push_str(&class[1..]);
    Ok((format!("{title} {}", column + 1), Content::Picture(picture)))
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// The pictures that a person named, folders listed.
///
/// # Errors
/// A folder that cannot be read or holds no pictures.
pub fn listed(names: &[String]) -> anyhow::Result<Vec<PictureName>> {
    let mut pictures = Vec::new();
    for name in names {
        let Ok(picture) = name.parse::<PictureName>();
        match picture {
            PictureName::File(folder) if folder.is_dir() => {
                pictures.extend(dataset::pictures_in(&folder)?.into_iter().map(PictureName::File));
            }
            picture => pictures.push(picture),
        }
    }
    Ok(pictures)
}

/// A figure may take the place of an older figure, but not of a picture that it shows.
pub fn refuse_to_overwrite(pictures: &[PictureName], output: &Path) -> anyhow::Result<()> {
    // A file that is not there cannot be overwritten.
    let Ok(target) = output.canonicalize() else { return Ok(()) };
    let same = |path: &PathBuf| path.canonicalize().is_ok_and(|path| path == target);
    for picture in pictures {
        if let PictureName::File(path) | PictureName::Example(path, _) = picture
            && same(path)
        {
            bail!(
                "{} is shown in the figure and would be overwritten by it: choose another --output",
                path.display()
            );
        }
    }
    Ok(())
}

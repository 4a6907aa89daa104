//! Many pictures: loose images, folders, HDF5 exports, labelled data; listed first, decoded one after the other.

mod cifar10;
mod class_folders;
pub mod fetch;
mod folder;
mod hdf5;
mod labelled;
pub mod samples;

use std::fs::File;
use std::io::Read;
use std::iter::Peekable;
use std::path::{Path, PathBuf};

use crate::image::{self, ImageError, Input, InputTooLarge, MAX_INPUT_PIXELS, RgbImage};

pub use cifar10::{BatchFault, CIFAR10_CLASSES};
pub use folder::{has_picture_ending, picture_endings, pictures_in};
pub use hdf5::{Export, Hdf5Error, Table};
pub(crate) use hdf5::{reason, rows_of};
pub use labelled::{Labelled, Split};

/// Pixels that the inputs of one batch have together unless a batch size is asked for: 128 CIFAR images, or one
/// photograph of 360 x 360.
const BATCH_PIXELS: usize = 128 * 32 * 32;
/// Pixels that they never have more of, whatever is asked for: a batch takes no more memory than the largest input.
const MAX_BATCH_PIXELS: usize = MAX_INPUT_PIXELS;

/// Why a data set, or one of its examples, cannot be used; every message names the file.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    #[error("cannot read {path} ({reason}): check the path and that it may be read")]
    Unreadable { path: String, reason: std::io::Error },
    #[error("there are no pictures in the folder {path}: name a folder that holds them itself")]
    NoPictures { path: String },
    #[error(transparent)]
    Image(#[from] ImageError),
    #[error("{path}: {reason}")]
    TooLarge { path: String, reason: InputTooLarge },
    #[error(transparent)]
    Hdf5(#[from] Hdf5Error),
    #[error(
        "{path} holds no labelled pictures: name a folder with `train` and `val` folders of class folders, or let \
         `ponderscope data cifar10 {path}` fetch CIFAR-10 into it"
    )]
    NotLabelled { path: String },
    #[error("{file} {fault}: `ponderscope data cifar10 {folder}` fetches it again")]
    Cifar10 { file: String, fault: BatchFault, folder: String },
    #[error(
        "{name} has label {label}, but the network tells {classes} classes apart: use the data that it was trained on"
    )]
    ForeignLabel { name: String, label: usize, classes: usize },
    #[error("{path} has no folder {names}: make it, with a folder of pictures for each class")]
    NoSplit { path: String, names: &'static str },
    #[error("{path} has no class folders: put the pictures of each class into a folder of its own")]
    NoClasses { path: String },
    #[error("{path} has no pictures: put some right into this class folder, or remove it")]
    EmptyClass { path: String },
    #[error("{path} is not in {list}: add a line with its name, or remove the folder")]
    UnlistedClass { path: String, list: String },
}

/// What is to be looked at: a list of pictures and exports, in a fixed order.
#[derive(Debug)]
pub struct Dataset {
    sources: Vec<Source>,
}

#[derive(Debug)]
enum Source {
    Picture(PathBuf),
    Export(Export),
    Labelled(Labelled),
}

/// One example as read.
pub struct RawExample {
    pub name: String,
    pub label: Option<usize>,
    pub content: Content,
}
pub enum Content {
    Picture(RgbImage),
    Input(Input),
}
impl From<Labelled> for Dataset {
    fn from(data: Labelled) -> Self {
        Self { sources: vec![Source::Labelled(data)] }
    }
}
impl Dataset {
    pub fn samples() -> Self {
        Self { sources: vec![] }
    }
    pub fn name(&self) -> String {
        match &self.sources[..] {
            [Source::Labelled(data)] => data.name().to_owned(),
            _ => "data".to_owned(),
        }
    }
    pub fn classes(&self) -> &[String] {
        match &self.sources[..] {
            [Source::Labelled(data)] => data.classes(),
            _ => &[],
        }
    }
    pub fn is_labelled(&self) -> bool {
        !self.classes().is_empty()
    }
    pub fn picture_name(&self, index: usize) -> String {
        index.to_string()
    }
    pub fn read(&self, index: usize) -> Result<RawExample, DatasetError> {
        match &self.sources[..] {
            [Source::Labelled(data)] => Ok(RawExample {
                name: index.to_string(),
                label: Some(data.label(index)),
                content: Content::Picture(data.picture(index)?),
            }),
            _ => Err(DatasetError::NoPictures { path: "stub".into() }),
        }
    }
}

/// One picture as it enters the network.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// The file it comes from.
    pub name: String,
    pub label: Option<usize>,
    pub input: Input,
}

/// Examples of one size, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    /// One name an input.
    pub names: Vec<String>,
    pub labels: Vec<Option<usize>>,
    pub inputs: Vec<Input>,
}

impl Dataset {
    /// Lists what `paths` mean, in their order: a picture, a folder (its pictures, see [`pictures_in`]) or an HDF5
    /// export. Nothing is decoded yet.
    ///
    /// # Errors
    /// A path that cannot be read, a folder without pictures, an HDF5 file without usable `images`.
    pub fn open(paths: &[PathBuf]) -> Result<Self, DatasetError> {
        let mut sources = Vec::new();
        for path in paths {
            if path.is_dir()
                && let Ok(data) = Labelled::open(path, Split::Test)
            {
                sources.push(Source::Labelled(data));
            } else if path.is_dir() {
                sources.extend(pictures_in(path)?.into_iter().map(Source::Picture));
            } else if is_hdf5(path)? {
                sources.push(Source::Export(Export::open(path)?));
            } else {
                sources.push(Source::Picture(path.clone()));
            }
        }
        Ok(Self { sources })
    }

    /// How many examples there are.
    pub fn len(&self) -> usize {
        self.sources.iter().map(Source::len).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The examples one after the other. Pictures are decoded when their turn comes and handed to `prepare`; images
    /// of an export are taken as they are. An example that cannot be read or is too large is an error, and the next
    /// follows.
    pub fn examples<'a>(
        &'a self,
        prepare: impl Fn(&RgbImage) -> Result<Input, InputTooLarge> + 'a,
    ) -> impl Iterator<Item = Result<Example, DatasetError>> + 'a {
        let places =
            self.sources.iter().flat_map(|source| (0..source.len()).map(move |index| (source, index)));
        places.map(move |(source, index)| source.example(index, &prepare))
    }
}

impl Source {
    fn len(&self) -> usize {
        match self {
            Self::Picture(_) => 1,
            Self::Export(export) => export.len(),
            Self::Labelled(data) => data.len(),
        }
    }

    fn example(
        &self,
        index: usize,
        prepare: impl Fn(&RgbImage) -> Result<Input, InputTooLarge>,
    ) -> Result<Example, DatasetError> {
        match self {
            Self::Picture(path) => {
                let name = path.display().to_string();
                match prepare(&image::open(path)?) {
                    Ok(input) => Ok(Example { name, label: None, input }),
                    Err(reason) => Err(DatasetError::TooLarge { path: name, reason }),
                }
            }
            Self::Labelled(_) => Err(DatasetError::NoPictures { path: "stub".into() }),
            Self::Export(export) => {
                Ok(Example { name: export.image_name(index), label: None, input: export.input(index)? })
            }
        }
    }
}

/// Groups neighbouring examples of one size, at most `size` at a time; by default as many as are worked on well
/// together. Errors pass through in their place.
pub fn batches<I>(examples: I, size: Option<usize>) -> Batches<I>
where
    I: Iterator<Item = Result<Example, DatasetError>>,
{
    Batches { examples: examples.peekable(), size }
}

/// See [`batches`].
pub struct Batches<I: Iterator> {
    examples: Peekable<I>,
    size: Option<usize>,
}

impl<I: Iterator<Item = Result<Example, DatasetError>>> Iterator for Batches<I> {
    type Item = Result<Batch, DatasetError>;

    fn next(&mut self) -> Option<Self::Item> {
        let first = match self.examples.next()? {
            Ok(example) => example,
            Err(error) => return Some(Err(error)),
        };
        let (height, width) = (first.input.height, first.input.width);
        let within = |pixels: usize| pixels / (height * width).max(1);
        let most = self.size.unwrap_or(within(BATCH_PIXELS)).min(within(MAX_BATCH_PIXELS)).max(1);
        let mut batch =
            Batch { names: vec![first.name], labels: vec![first.label], inputs: vec![first.input] };
        while batch.inputs.len() < most {
            let fits = |next: &I::Item| {
                next.as_ref().is_ok_and(|e| (e.input.height, e.input.width) == (height, width))
            };
            let Some(Ok(next)) = self.examples.next_if(fits) else { break };
            batch.names.push(next.name);
            batch.labels.push(next.label);
            batch.inputs.push(next.input);
        }
        Some(Ok(batch))
    }
}

/// Whether a file is, or says it is, HDF5: so that a damaged export is not mistaken for a picture.
fn is_hdf5(path: &Path) -> Result<bool, DatasetError> {
    const SIGNATURE: &[u8] = b"\x89HDF\r\n\x1a\n";
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    let named_so = ending.is_some_and(|ending| ["h5", "hdf5", "hdf"].contains(&ending.as_str()));
    let mut start = Vec::new();
    File::open(path)
        .and_then(|file| file.take(SIGNATURE.len() as u64).read_to_end(&mut start))
        .map_err(|reason| DatasetError::Unreadable { path: path.display().to_string(), reason })?;
    Ok(named_so || start == SIGNATURE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `Some(size)` is a square example of that edge, `None` one that cannot be read; named by its place.
    fn examples(edges: &[Option<usize>]) -> impl Iterator<Item = Result<Example, DatasetError>> {
        let examples: Vec<_> = edges.iter().copied().enumerate().collect();
        examples.into_iter().map(|(place, edge)| match edge {
            Some(edge) => {
                let input = Input { height: edge, width: edge, data: vec![0.5; edge * edge * 3] };
                Ok(Example { name: place.to_string(), label: None, input })
            }
            None => Err(DatasetError::NoPictures { path: place.to_string() }),
        })
    }

    proptest! {
        /// Nothing is lost or moved, a batch has one size, and no two that could be one stay apart.
        #[test]
        fn batches_hold_every_example_in_order(
            edges in prop::collection::vec(prop::option::weighted(0.9, 1usize..4), 0..40),
            size in 1usize..6,
        ) {
            let mut place = 0;
            let mut before: Option<(usize, usize)> = None;
            for batch in batches(examples(&edges), Some(size)) {
                match batch {
                    Err(_) => {
                        prop_assert_eq!(edges[place], None);
                        place += 1;
                        before = None;
                    }
                    Ok(batch) => {
                        prop_assert!((1..=size).contains(&batch.inputs.len()));
                        let edge = batch.inputs[0].height;
                        if let Some((count, edge_before)) = before {
                            prop_assert!(count == size || edge_before != edge);
                        }
                        before = Some((batch.inputs.len(), edge));
                        for (name, input) in batch.names.iter().zip(&batch.inputs) {
                            prop_assert_eq!(name, &place.to_string());
                            prop_assert_eq!(Some(input.height), edges[place]);
                            prop_assert_eq!(input.height, edge);
                            place += 1;
                        }
                    }
                }
            }
            prop_assert_eq!(place, edges.len());
        }
    }

    #[test]
    fn large_pictures_come_in_smaller_batches() {
        let count = |edge| batches(examples(&[Some(edge); 200]), None).next().unwrap().unwrap().inputs.len();
        assert_eq!([count(32), count(224), count(640)], [128, 2, 1]);
    }

    #[test]
    fn a_batch_is_bounded_whatever_is_asked_for() {
        let count = |edge| batches(examples(&[Some(edge); 9]), Some(8)).next().unwrap().unwrap().inputs.len();
        assert_eq!([count(512), count(1024), count(1448)], [8, 4, 2]);
    }

    #[test]
    fn paths_keep_their_order_and_one_bad_picture_does_not_stop_the_rest() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::create_dir(path("album")).unwrap();
        for name in ["z.png", "album/10.png", "album/9.png"] {
            RgbImage::new(3, 2).save(path(name)).unwrap();
        }
        std::fs::write(path("album/text.png"), "Dear diary").unwrap();
        let dataset = Dataset::open(&[path("z.png"), path("album")]).unwrap();
        assert_eq!(dataset.len(), 4);
        let prepare = |picture: &RgbImage| {
            let (height, width) = (picture.height() as usize, picture.width() as usize);
            Ok(Input { height, width, data: vec![] })
        };
        let names: Vec<_> = dataset.examples(prepare).map(|example| example.map(|e| e.name).ok()).collect();
        let expected =
            ["z.png", "album/9.png", "album/10.png"].map(|name| Some(path(name).display().to_string()));
        assert_eq!(names[..3], expected);
        assert_eq!(names[3], None);
    }

    #[test]
    fn a_damaged_export_is_not_taken_for_a_picture() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("export.backup");
        std::fs::write(&path, b"\x89HDF\r\n\x1a\n and then nothing").unwrap();
        assert!(matches!(Dataset::open(&[path]), Err(DatasetError::Hdf5(_))));
    }
}

//! Reading exports (specification, section 7): ours, the reference's, and any HDF5 file with preprocessed `images`.

use std::ops::Range;
use std::path::Path;

use hdf5_metno as hdf5;
use hdf5_metno::types::{TypeDescriptor, VarLenUnicode};
use ndarray::{ArrayD, Ix1, IxDyn};

use super::labels::{Labels, texts};
use crate::image::{Input, MAX_INPUT_PIXELS, check_input_dimensions};

/// Chunks that stay decompressed while neighbouring images are read.
const CHUNK_CACHE_BYTES: usize = 64 << 20;

/// Why an HDF5 file cannot be used; every message names the file.
#[derive(Debug, thiserror::Error)]
pub enum Hdf5Error {
    #[error("cannot read {file} ({reason}): check the path and that the file may be read")]
    Open { file: String, reason: std::io::Error },
    #[error("{file} is not an HDF5 file: name an export, or pictures")]
    NotHdf5 { file: String },
    #[error("{file} is cut short: copy it again, or export it again")]
    CutShort { file: String },
    #[error("{file}: {what} cannot be read ({reason}): copy the file again, or export it again")]
    Damaged { file: String, what: String, reason: String },
    #[error("{file} has no dataset `{name}`: name a file that `ponderscope export` or the reference wrote")]
    Missing { file: String, name: String },
    #[error("{file}: `images` has shape {found:?}, expected images x height x width x 3 preprocessed values")]
    ImagesShape { file: String, found: Vec<usize> },
    #[error(
        "{file}: `images` holds {found}, expected preprocessed floating-point values, as an export has them"
    )]
    ImagesType { file: String, found: String },
    #[error(
        "{file}: images of {height}x{width} are larger than the {MAX_INPUT_PIXELS} pixels allowed: export smaller ones"
    )]
    TooManyPixels { file: String, height: usize, width: usize },
    #[error("{file}: `labels` has shape {found:?}, expected one number for each of the {images} images")]
    LabelsShape { file: String, found: Vec<usize>, images: usize },
    #[error("{file}: image {image} has label {label}, expected 0 to {last}, or -1 for none")]
    Label { file: String, image: usize, label: f64, last: usize },
}

/// An export, opened for reading. Values are read when asked for.
#[derive(Debug)]
pub struct Export {
    name: String,
    file: hdf5::File,
    images: hdf5::Dataset,
    /// Images, rows, columns.
    shape: [usize; 3],
    file_names: Option<hdf5::Dataset>,
    labels: Option<Labels>,
}

/// Some rows of a dataset; the first axis counts images.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

impl Export {
    /// Opens a file and checks that its `images` can enter a network. If there are `labels`, one number an image and -1 where
    /// there is none, the classes' names are the texts in the dataset or attribute `class_names`; without it they are
    /// CIFAR-10's for images of 32x32 and labels below 10, and else unknown.
    ///
    /// # Errors
    /// Every [`Hdf5Error`].
    pub fn open(path: &Path) -> Result<Self, Hdf5Error> {
        let name = path.display().to_string();
        // The operating system says more clearly than HDF5 why a file cannot be opened.
        if let Err(reason) = std::fs::File::open(path) {
            return Err(Hdf5Error::Open { file: name, reason });
        }
        // Some network drives cannot lock, and for reading there is no need.
        let file = hdf5::File::with_options()
            .with_fapl(|access| access.file_locking(false).chunk_cache(4099, CHUNK_CACHE_BYTES, 0.75))
            .open(path)
            .map_err(|error| open_error(&name, &error))?;
        let images = dataset(&file, &name, "images")?;
        let shape = images.shape();
        let [count, height, width, 3] = shape[..] else {
            return Err(Hdf5Error::ImagesShape { file: name, found: shape });
        };
        if height == 0 || width == 0 {
            return Err(Hdf5Error::ImagesShape { file: name, found: shape });
        }
        if check_input_dimensions((height, width)).is_err() {
            return Err(Hdf5Error::TooManyPixels { file: name, height, width });
        }
        match images.dtype().and_then(|dtype| dtype.to_descriptor()) {
            Ok(TypeDescriptor::Float(_)) => {}
            Ok(other) => return Err(Hdf5Error::ImagesType { file: name, found: other.to_string() }),
            Err(error) => return Err(damaged(&name, "images", &error)),
        }
        let file_names = dataset(&file, &name, "file_names").ok();
        let labels = Labels::read(&file, &name, [count, height, width])?;
        Ok(Self { name, file, images, shape: [count, height, width], file_names, labels })
    }

    /// How many images there are.
    pub fn len(&self) -> usize {
        self.shape[0]
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Rows and columns of every image.
    pub fn image_size(&self) -> (usize, usize) {
        (self.shape[1], self.shape[2])
    }

    /// What image `index` is called: the file it was made from if the export tells, else `maps.h5[index]`.
    pub fn image_name(&self, index: usize) -> String {
        let told = self.file_names.as_ref().and_then(|names| {
            let names: Vec<VarLenUnicode> = names.read_slice_1d(index..index + 1).ok()?.to_vec();
            // Nobody promises that another program's strings are UTF-8.
            names.first().map(|name| String::from_utf8_lossy(name.as_bytes()).into_owned())
        });
        told.filter(|name| !name.is_empty()).unwrap_or_else(|| format!("{}[{index}]", self.name))
    }

    /// Image `index` as it entered the network.
    ///
    /// # Errors
    /// [`Hdf5Error::Damaged`] if it cannot be read or does not exist.
    pub fn input(&self, index: usize) -> Result<Input, Hdf5Error> {
        let what = format!("image {index}");
        let values = read_rows(&self.images, index..index + 1).map_err(|e| damaged(&self.name, &what, &e))?;
        let (height, width) = self.image_size();
        Ok(Input { height, width, data: values.into_iter().collect() })
    }

    /// The classes' names by label; none if no image has a label.
    pub fn classes(&self) -> &[String] {
        self.labels.as_ref().map_or(&[], |labels| &labels.classes)
    }

    /// The class of image `index`, an index into [`Export::classes`]; `None` if the file does not say.
    ///
    /// # Errors
    /// [`Hdf5Error::Label`] if it is none of the classes.
    pub fn label(&self, index: usize) -> Result<Option<usize>, Hdf5Error> {
        match &self.labels {
            Some(labels) => labels.of(index).map_err(|label| Hdf5Error::Label {
                file: self.name.clone(),
                image: index,
                label,
                last: labels.classes.len().saturating_sub(1),
            }),
            None => Ok(None),
        }
    }

    /// Names of the blocks in order: the attribute `block_scopes`.
    ///
    /// # Errors
    /// [`Hdf5Error::Damaged`] if there is no such attribute, or it holds no text.
    pub fn blocks(&self) -> Result<Vec<String>, Hdf5Error> {
        let failed = |error: hdf5::Error| damaged(&self.name, "the attribute `block_scopes`", &error);
        let attribute = self.file.attr("block_scopes").map_err(failed)?;
        texts(&attribute).map_err(failed)
    }

    /// Whether there is a dataset of this name, such as `block_1/ponder_cost`.
    pub fn has(&self, name: &str) -> bool {
        dataset(&self.file, &self.name, name).is_ok()
    }

    /// The rows of some images in any dataset of numbers, such as `block_1/ponder_cost`.
    ///
    /// # Errors
    /// [`Hdf5Error::Missing`] and [`Hdf5Error::Damaged`], the latter also for images that do not exist.
    pub fn read(&self, name: &str, images: Range<usize>) -> Result<Table, Hdf5Error> {
        let dataset = dataset(&self.file, &self.name, name)?;
        let what = format!("`{name}`");
        let values = read_rows(&dataset, images).map_err(|error| damaged(&self.name, &what, &error))?;
        Ok(Table { shape: values.shape().to_vec(), values: values.into_iter().collect() })
    }

    /// FLOPs of some images: of the whole network, or of one block. The reference's SACT exports repeat the number
    /// along a second axis (specification, section 7); it is read once.
    ///
    /// # Errors
    /// Those of [`Export::read`].
    pub fn flops(&self, block: Option<&str>, images: Range<usize>) -> Result<Vec<f32>, Hdf5Error> {
        let name = block.map_or_else(|| "flops".to_owned(), |block| format!("{block}/flops"));
        let table = self.read(&name, images)?;
        let columns: usize = table.shape.iter().skip(1).product();
        Ok(table.values.into_iter().step_by(columns.max(1)).collect())
    }
}

/// Rows of a dataset, all of the other axes.
fn read_rows(dataset: &hdf5::Dataset, rows: Range<usize>) -> hdf5::Result<ArrayD<f32>> {
    let shape = dataset.shape();
    match shape.first() {
        Some(&count) if rows.start <= rows.end && rows.end <= count => {}
        _ => return Err(format!("no rows {rows:?} in shape {shape:?}").into()),
    }
    if let [_] = shape[..] {
        return Ok(dataset.read_slice::<f32, _, Ix1>(rows)?.into_dyn());
    }
    dataset.read_slice::<f32, _, IxDyn>(rows_of(rows, shape.len()))
}

/// Selects rows along the first of `axes` axes.
pub(crate) fn rows_of(rows: Range<usize>, axes: usize) -> hdf5::Hyperslab {
    let mut selection = vec![hdf5::SliceOrIndex::from(rows)];
    selection.resize(axes, (..).into());
    selection.into()
}

/// What went wrong, in the operating system's words if it was that which failed, else in HDF5's.
pub(crate) fn reason(error: &hdf5::Error) -> String {
    let Some(stack) = error.stack() else { return error.to_string() };
    let system = stack.iter().find_map(|frame| {
        let (_, message) = frame.desc().split_once("error message = '")?;
        message.split_once('\'').map(|(message, _)| message.to_lowercase())
    });
    let innermost = || stack.last().map_or_else(|| error.to_string(), |frame| frame.desc().to_owned());
    system.unwrap_or_else(innermost)
}

pub(super) fn dataset(file: &hdf5::File, file_name: &str, name: &str) -> Result<hdf5::Dataset, Hdf5Error> {
    let missing = || Hdf5Error::Missing { file: file_name.to_owned(), name: name.to_owned() };
    if !file.link_exists(name) {
        return Err(missing());
    }
    file.dataset(name).map_err(|error| damaged(file_name, &format!("`{name}`"), &error))
}

fn open_error(file: &str, error: &hdf5::Error) -> Hdf5Error {
    let file = file.to_owned();
    let frames = error.stack().map(|stack| stack.iter().map(|f| f.desc().to_owned()).collect::<Vec<_>>());
    if error.contains_minor(hdf5::MinorErrorCode::NotHdf5) {
        Hdf5Error::NotHdf5 { file }
    } else if frames.is_some_and(|frames| frames.iter().any(|frame| frame.starts_with("truncated file"))) {
        Hdf5Error::CutShort { file }
    } else {
        damaged(&file, "its structure", error)
    }
}

pub(super) fn damaged(file: &str, what: &str, error: &hdf5::Error) -> Hdf5Error {
    Hdf5Error::Damaged { file: file.to_owned(), what: what.to_owned(), reason: reason(error) }
}

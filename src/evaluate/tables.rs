//! The datasets of an export while they grow.

use std::path::Path;

use hdf5_metno as hdf5;
use hdf5_metno::types::VarLenUnicode;
use ndarray::{ArrayView1, ArrayViewD};

use crate::dataset::{Batch, rows_of};
use crate::network::Trace;

use super::schema::{self, About, Field};

/// Values in a chunk, 256 KiB of them: small enough to read one image of many, large enough to compress.
const CHUNK_VALUES: usize = 1 << 16;
/// Memory for the chunks that each dataset is working on.
const CHUNK_CACHE_BYTES: usize = 1 << 20;
/// What stands for no label.
const NO_LABEL: i64 = -1;
/// Images in a chunk where an image has only a few values.
const CHUNK_IMAGES: usize = 1024;

/// An HDF5 file with the datasets of an export, all of them as many images long.
pub(super) struct Tables {
    // Dropped in this order: the file when nothing in it is open.
    columns: Vec<Column>,
    file_names: hdf5::Dataset,
    /// There if labels are expected, and from the first label on.
    labels: Option<hdf5::Dataset>,
    images: usize,
    file: hdf5::File,
}

/// A dataset whose first axis counts images.
struct Column {
    dataset: hdf5::Dataset,
    /// Shape of one image's values.
    shape: Vec<usize>,
}

impl Tables {
    /// Begins a file at `path`; most datasets are laid out when the first image comes.
    pub fn create(path: &Path, about: &About<'_>) -> hdf5::Result<Self> {
        // Nobody else knows the file, and some network drives cannot lock.
        let file = hdf5::File::with_options()
            .with_fapl(|access| access.file_locking(false).chunk_cache(101, CHUNK_CACHE_BYTES, 1.0))
            .create(path)?;
        let file_names = create_resizable::<VarLenUnicode>(&file, "file_names", &[])?;
        let mut tables = Self { columns: Vec::new(), file_names, labels: None, images: 0, file };
        schema::write_attributes(&tables.file, about)?;
        if !about.classes.is_empty() {
            let names =
                about.classes.iter().map(|name| schema::text(name)).collect::<hdf5::Result<Vec<_>>>()?;
            tables.file.new_dataset_builder().with_data(&names).create("class_names")?;
            tables.labels()?;
        }
        Ok(tables)
    }

    /// The labels, as long as all else; an image without one has -1.
    fn labels(&mut self) -> hdf5::Result<&hdf5::Dataset> {
        let labels = match self.labels.take() {
            Some(labels) => labels,
            None => {
                let builder = self.file.new_dataset_builder().fill_value(NO_LABEL).empty::<i64>();
                resizable(builder, "labels", &[])?
            }
        };
        labels.resize(self.images)?;
        Ok(self.labels.insert(labels))
    }

    /// Adds a batch of images of the size of all before them.
    pub fn append(&mut self, batch: &Batch, traces: &[Trace]) -> hdf5::Result<()> {
        let rows: Vec<_> =
            batch.inputs.iter().zip(traces).map(|(i, trace)| schema::fields(i, trace)).collect();
        let Some(first) = rows.first() else { return Ok(()) };
        if self.columns.is_empty() {
            let columns = first.iter().map(|field| Column::create(&self.file, field));
            self.columns = columns.collect::<hdf5::Result<_>>()?;
        }
        for (index, column) in self.columns.iter().enumerate() {
            let values = rows.iter().flat_map(|fields| fields[index].values.iter().copied());
            column.append(self.images, rows.len(), &values.collect::<Vec<f32>>())?;
        }
        let names = batch.names.iter().map(|name| schema::text(name)).collect::<hdf5::Result<Vec<_>>>()?;
        let end = self.images + rows.len();
        self.file_names.resize(end)?;
        self.file_names.write_slice(ArrayView1::from(&names), self.images..end)?;
        let start = std::mem::replace(&mut self.images, end);
        let known = batch.labels.iter().any(Option::is_some);
        if known || self.labels.is_some() {
            let label = |image: usize| batch.labels.get(image).copied().flatten();
            let labels = (0..rows.len()).map(|image| label(image).map_or(NO_LABEL, |label| label as i64));
            let labels: Vec<i64> = labels.collect();
            self.labels()?.write_slice(ArrayView1::from(&labels), start..end)?;
        }
        Ok(())
    }

    /// Writes everything that HDF5 still holds back and closes the file.
    pub fn close(self) -> hdf5::Result<()> {
        self.file.flush()?;
        let file = self.file.clone();
        drop(self);
        file.close()
    }
}

impl Drop for Tables {
    fn drop(&mut self) {
        let columns = self.columns.iter().map(|column| &column.dataset);
        keep_open(&self.file, columns.chain([&self.file_names]).chain(&self.labels).cloned());
    }
}

/// HDF5 crashes when it closes a dataset that it cannot write, as on a full disk. So whatever is left over
/// is written first; if that fails, everything stays open until the program ends, in an emptied file.
pub(super) fn keep_open(file: &hdf5::File, datasets: impl Iterator<Item = hdf5::Dataset>) {
    if file.flush().is_err() {
        #[expect(clippy::mem_forget, reason = "keeps the handles open, see above")]
        std::mem::forget((datasets.collect::<Vec<_>>(), file.clone()));
        // The file is about to be removed, so nothing is lost if it cannot even be emptied.
        let _ = std::fs::File::create(file.filename());
    }
}

impl Column {
    fn create(file: &hdf5::File, field: &Field<'_>) -> hdf5::Result<Self> {
        let dataset = create_resizable::<f32>(file, &field.name, &field.shape)?;
        Ok(Self { dataset, shape: field.shape.clone() })
    }

    /// Adds `count` images after the first `images`.
    fn append(&self, images: usize, count: usize, values: &[f32]) -> hdf5::Result<()> {
        let with_images = |images: usize| [&[images], self.shape.as_slice()].concat();
        let rows = ArrayViewD::from_shape(with_images(count), values)?;
        self.dataset.resize(with_images(images + count))?;
        self.dataset.write_slice(rows, rows_of(images..images + count, self.shape.len() + 1))
    }
}

fn create_resizable<T: hdf5::types::H5Type>(
    file: &hdf5::File,
    name: &str,
    shape: &[usize],
) -> hdf5::Result<hdf5::Dataset> {
    resizable(file.new_dataset::<T>(), name, shape)
}

/// A compressed dataset without images yet; `shape` is that of one image's values.
pub(super) fn resizable(
    builder: hdf5::DatasetBuilderEmpty,
    name: &str,
    shape: &[usize],
) -> hdf5::Result<hdf5::Dataset> {
    let axes = std::iter::once(hdf5::Extent::resizable(0));
    let extents: Vec<_> = axes.chain(shape.iter().map(|&size| hdf5::Extent::fixed(size))).collect();
    builder.chunk(chunk(shape)).shape(hdf5::SimpleExtents::from_vec(extents)).lzf().create(name)
}

/// Shape of a chunk: as much of the last axes as fits, then of the axes before them.
fn chunk(shape: &[usize]) -> Vec<usize> {
    let mut left = CHUNK_VALUES;
    let mut chunk: Vec<usize> = Vec::with_capacity(shape.len() + 1);
    for &most in shape.iter().rev().chain([&CHUNK_IMAGES]) {
        let size = left.clamp(1, most.max(1));
        chunk.push(size);
        left /= size;
    }
    chunk.reverse();
    chunk
}

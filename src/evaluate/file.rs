//! The HDF5 file of an export (specification, section 7), written batch by batch.

use std::borrow::Cow;
use std::fs::File;
use std::path::{Path, PathBuf};

use hdf5_metno as hdf5;
use hdf5_metno::types::{FixedAscii, VarLenUnicode};
use ndarray::{ArrayView1, ArrayViewD};
use tempfile::TempPath;

use crate::dataset::{Batch, reason, rows_of};
use crate::halting::HaltingSetting;
use crate::image::Input;
use crate::maps::{PonderMap, Quantity, Scope};
use crate::network::{Halting, NetworkSpec, Trace};

use super::ExportError;

/// Values in a chunk, 256 KiB of them: small enough to read one image of many, large enough to compress.
const CHUNK_VALUES: usize = 1 << 16;
/// Images in a chunk where an image has only a few values.
const CHUNK_IMAGES: usize = 1024;

/// What a file says about how it came to be, as attributes of its root.
pub struct About<'a> {
    pub model: &'a str,
    pub spec: &'a NetworkSpec,
    pub setting: &'a HaltingSetting,
}

/// An export while it is written. It grows beside its place and takes it in [`ExportFile::finish`]; when dropped
/// before, nothing is left of it.
pub struct ExportFile {
    path: PathBuf,
    /// Laid out when the first image comes.
    columns: Vec<Column>,
    file_names: hdf5::Dataset,
    /// Rows and columns of the first image.
    first: Option<(usize, usize)>,
    images: usize,
    // Dropped in this order: HDF5 lets go of the file before it is removed.
    file: hdf5::File,
    aside: TempPath,
}

/// A dataset whose first axis counts images.
struct Column {
    dataset: hdf5::Dataset,
    /// Shape of one image's values.
    shape: Vec<usize>,
}

/// What one dataset says of one image.
struct Field<'a> {
    name: String,
    shape: Vec<usize>,
    values: Cow<'a, [f32]>,
}

impl ExportFile {
    /// Begins the file that will stand at `path`, in the same folder.
    ///
    /// # Errors
    /// [`ExportError::NotAFile`] for a folder or a device, [`ExportError::Write`].
    pub fn create(path: &Path, about: &About<'_>) -> Result<Self, ExportError> {
        if path.exists() && !path.is_file() {
            return Err(ExportError::NotAFile { path: path.display().to_string() });
        }
        let failed = |reason: String| ExportError::Write { path: path.display().to_string(), reason };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut builder = tempfile::Builder::new();
        builder.prefix(".ponderscope-").suffix(".partial");
        // Temporary files are private by default; an export is an ordinary file.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let aside = builder.tempfile_in(folder).map_err(|error| failed(error.to_string()))?.into_temp_path();
        let begin = || {
            let file = hdf5::File::create(&aside)?;
            write_attributes(&file, about)?;
            let file_names = create_resizable::<VarLenUnicode>(&file, "file_names", &[])?;
            Ok((file, file_names))
        };
        let (file, file_names) = begin().map_err(|error: hdf5::Error| failed(reason(&error)))?;
        let path = path.to_owned();
        Ok(Self { path, columns: Vec::new(), file_names, first: None, images: 0, file, aside })
    }

    /// Adds a batch of images and their traces.
    ///
    /// # Errors
    /// [`ExportError::MixedSizes`] if an input differs in size from the first, [`ExportError::Write`].
    pub fn append(&mut self, batch: &Batch, traces: &[Trace]) -> Result<(), ExportError> {
        for (name, input) in batch.names.iter().zip(&batch.inputs) {
            let (height, width) = (input.height, input.width);
            let (first_height, first_width) = *self.first.get_or_insert((height, width));
            if (height, width) != (first_height, first_width) {
                let name = name.clone();
                return Err(ExportError::MixedSizes { name, height, width, first_height, first_width });
            }
        }
        self.write(batch, traces).map_err(|error| self.failed(reason(&error)))
    }

    /// Puts the whole file in its place.
    ///
    /// # Errors
    /// [`ExportError::Write`]; what stood there before is as it was.
    pub fn finish(self) -> Result<(), ExportError> {
        let failed = |reason: String| ExportError::Write { path: self.path.display().to_string(), reason };
        drop((self.columns, self.file_names));
        self.file.flush().and_then(|()| self.file.close()).map_err(|error| failed(reason(&error)))?;
        File::open(&self.aside)
            .and_then(|file| file.sync_all())
            .and_then(|()| self.aside.persist(&self.path).map_err(|error| error.error))
            .map_err(|error| failed(error.to_string()))
    }

    fn write(&mut self, batch: &Batch, traces: &[Trace]) -> hdf5::Result<()> {
        let images: Vec<_> =
            batch.inputs.iter().zip(traces).map(|(input, trace)| fields(input, trace)).collect();
        let Some(first) = images.first() else { return Ok(()) };
        if self.columns.is_empty() {
            let columns = first.iter().map(|field| Column::create(&self.file, field));
            self.columns = columns.collect::<hdf5::Result<_>>()?;
        }
        for (index, column) in self.columns.iter().enumerate() {
            let values = images.iter().flat_map(|fields| fields[index].values.iter().copied());
            column.append(self.images, images.len(), &values.collect::<Vec<f32>>())?;
        }
        let names = batch.names.iter().map(|name| text(name)).collect::<hdf5::Result<Vec<_>>>()?;
        let end = self.images + images.len();
        self.file_names.resize(end)?;
        self.file_names.write_slice(ArrayView1::from(&names), self.images..end)?;
        self.images = end;
        Ok(())
    }

    fn failed(&self, reason: String) -> ExportError {
        ExportError::Write { path: self.path.display().to_string(), reason }
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

/// Everything that an export says of one image; the whole schema but for names and attributes.
fn fields<'a>(input: &'a Input, trace: &'a Trace) -> Vec<Field<'a>> {
    let mut fields = vec![
        Field::new("images", &[input.height, input.width, 3], input.data.as_slice()),
        Field::new("flops", &[], vec![trace.flops as f32]),
        Field::new("logits", &[trace.logits.len()], trace.logits.as_slice()),
    ];
    for block in &trace.blocks {
        let name = |what: &str| format!("{}/{what}", block.name);
        fields.push(Field::new(name("flops"), &[], vec![block.flops as f32]));
        let Some(record) = block.halting.record() else { continue };
        let positions = match block.halting {
            Halting::Position(_) => vec![block.height, block.width],
            _ => vec![],
        };
        let distribution = [positions.as_slice(), &[block.units]].concat();
        let num_units: Vec<f32> = record.num_units.iter().map(|&n| n as f32).collect();
        fields.push(Field::new(name("ponder_cost"), &positions, record.ponder_cost.as_slice()));
        fields.push(Field::new(name("num_units"), &positions, num_units));
        let values = record.halting_distribution.as_slice();
        fields.push(Field::new(name("halting_distribution"), &distribution, values));
    }
    if trace.blocks.iter().any(|block| matches!(block.halting, Halting::Position(_))) {
        for (name, quantity) in
            [("ponder_cost_map", Quantity::PonderCost), ("num_units_map", Quantity::NumUnits)]
        {
            if let Some(map) = PonderMap::from_trace(trace, quantity, Scope::Network) {
                fields.push(Field::new(name, &[map.height, map.width, 1], map.values));
            }
        }
    }
    fields
}

impl<'a> Field<'a> {
    fn new(name: impl Into<String>, shape: &[usize], values: impl Into<Cow<'a, [f32]>>) -> Self {
        Self { name: name.into(), shape: shape.to_vec(), values: values.into() }
    }
}

/// A compressed dataset without images yet; `shape` is that of one image's values.
fn create_resizable<T: hdf5::types::H5Type>(
    file: &hdf5::File,
    name: &str,
    shape: &[usize],
) -> hdf5::Result<hdf5::Dataset> {
    let axes = std::iter::once(hdf5::Extent::resizable(0));
    let extents: Vec<_> = axes.chain(shape.iter().map(|&size| hdf5::Extent::fixed(size))).collect();
    let builder = file.new_dataset::<T>().chunk(chunk(shape)).shape(hdf5::SimpleExtents::from_vec(extents));
    builder.lzf().create(name)
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

fn write_attributes(file: &hdf5::File, about: &About<'_>) -> hdf5::Result<()> {
    let names = about.spec.block_names();
    let names = names.iter().map(FixedAscii::<16>::from_ascii).collect::<Result<Vec<_>, _>>();
    let names = names.map_err(|error| error.to_string())?;
    file.new_attr_builder().with_data(&names).create("block_scopes")?;

    let program = concat!("ponderscope ", env!("CARGO_PKG_VERSION"));
    for (name, value) in [("model", about.model), ("network", &about.spec.to_string()), ("program", program)]
    {
        file.new_attr::<VarLenUnicode>().create(name)?.write_scalar(&text(value)?)?;
    }
    let setting = about.setting;
    file.new_attr::<f32>().create("threshold")?.write_scalar(&setting.threshold)?;
    file.new_attr::<f32>().create("halting_offset")?.write_scalar(&setting.logit_offset)?;
    if let Some(cap) = setting.unit_cap {
        file.new_attr::<u64>().create("unit_cap")?.write_scalar(&(cap as u64))?;
    }
    Ok(())
}

/// Text as HDF5 stores it, which ends at the first NUL.
fn text(text: &str) -> hdf5::Result<VarLenUnicode> {
    text.replace('\0', "").parse().map_err(|error| hdf5::Error::Internal(format!("{text}: {error}")))
}

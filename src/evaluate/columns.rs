//! What exports consist of, whoever wrote them: datasets and attributes of a few kinds of values.

use std::ops::Range;

use hdf5_metno as hdf5;
use hdf5_metno::types::{FixedAscii, FixedUnicode, FloatSize, TypeDescriptor, VarLenAscii, VarLenUnicode};
use ndarray::IxDyn;

use crate::dataset::rows_of;

/// The longest text of fixed length, in bytes, that is copied.
const LONGEST: usize = 256;

/// A dataset, and where it stands.
#[derive(Clone)]
pub(super) struct Column {
    /// `images`, `block_1/ponder_cost`.
    pub name: String,
    pub dataset: hdf5::Dataset,
    pub kind: TypeDescriptor,
    pub shape: Vec<usize>,
}

/// Which side of a copy failed.
pub(super) enum CopyError {
    Read(hdf5::Error),
    Write(hdf5::Error),
}

impl Column {
    /// All datasets of a file, those in groups too.
    pub fn all(file: &hdf5::File) -> hdf5::Result<Vec<Self>> {
        let mut columns = Vec::new();
        collect(file, &mut columns)?;
        columns.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(columns)
    }

    /// Whether its values can be copied.
    pub fn can_be_copied(&self) -> bool {
        can_be_copied(&self.kind)
    }

    /// Appends some rows of this dataset to another of the same kind, which is made longer.
    pub fn append_to(&self, to: &hdf5::Dataset, rows: Range<usize>) -> Result<(), CopyError> {
        match &self.kind {
            TypeDescriptor::Float(FloatSize::U8) => self.append::<f64>(to, rows),
            TypeDescriptor::Float(_) => self.append::<f32>(to, rows),
            TypeDescriptor::Integer(_) => self.append::<i64>(to, rows),
            TypeDescriptor::Unsigned(_) => self.append::<u64>(to, rows),
            TypeDescriptor::VarLenUnicode => self.append::<VarLenUnicode>(to, rows),
            TypeDescriptor::VarLenAscii => self.append::<VarLenAscii>(to, rows),
            TypeDescriptor::FixedUnicode(_) => self.append::<FixedUnicode<LONGEST>>(to, rows),
            _ => self.append::<FixedAscii<LONGEST>>(to, rows),
        }
    }

    fn append<T: hdf5::types::H5Type>(
        &self,
        to: &hdf5::Dataset,
        rows: Range<usize>,
    ) -> Result<(), CopyError> {
        let axes = self.shape.len();
        let mut shape = to.shape();
        let start = shape[0];
        let end = start + rows.len();
        shape[0] = end;
        let values = self.dataset.read_slice::<T, _, IxDyn>(rows_of(rows, axes)).map_err(CopyError::Read)?;
        to.resize(shape).map_err(CopyError::Write)?;
        to.write_slice(values.view(), rows_of(start..end, axes)).map_err(CopyError::Write)
    }
}

fn collect(group: &hdf5::Group, columns: &mut Vec<Column>) -> hdf5::Result<()> {
    for dataset in group.datasets()? {
        let name = dataset.name().trim_start_matches('/').to_owned();
        let (kind, shape) = (dataset.dtype()?.to_descriptor()?, dataset.shape());
        columns.push(Column { name, dataset, kind, shape });
    }
    group.groups()?.iter().try_for_each(|group| collect(group, columns))
}

fn can_be_copied(kind: &TypeDescriptor) -> bool {
    match kind {
        TypeDescriptor::Float(_) | TypeDescriptor::Integer(_) | TypeDescriptor::Unsigned(_) => true,
        TypeDescriptor::VarLenUnicode | TypeDescriptor::VarLenAscii => true,
        TypeDescriptor::FixedUnicode(length) | TypeDescriptor::FixedAscii(length) => *length <= LONGEST,
        _ => false,
    }
}

/// Values of an attribute, or of a dataset that does not count images.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Constant {
    Numbers(Vec<f64>),
    Texts(Vec<Vec<u8>>),
}

impl Constant {
    /// The values in a container; `None` if they are of a kind that exports have not.
    pub fn read(from: &hdf5::Container) -> hdf5::Result<Option<Self>> {
        let kind = from.dtype()?.to_descriptor()?;
        if !can_be_copied(&kind) {
            return Ok(None);
        }
        Ok(Some(match kind {
            TypeDescriptor::VarLenUnicode => {
                Self::texts(from.read_raw::<VarLenUnicode>()?, VarLenUnicode::as_bytes)
            }
            TypeDescriptor::VarLenAscii => {
                Self::texts(from.read_raw::<VarLenAscii>()?, VarLenAscii::as_bytes)
            }
            TypeDescriptor::FixedUnicode(_) => {
                Self::texts(from.read_raw::<FixedUnicode<LONGEST>>()?, FixedUnicode::as_bytes)
            }
            TypeDescriptor::FixedAscii(_) => {
                Self::texts(from.read_raw::<FixedAscii<LONGEST>>()?, FixedAscii::as_bytes)
            }
            _ => Self::Numbers(from.read_raw()?),
        }))
    }

    fn texts<T>(texts: Vec<T>, bytes: impl Fn(&T) -> &[u8]) -> Self {
        Self::Texts(texts.iter().map(|text| bytes(text).to_vec()).collect())
    }
}

/// Copies all values of an attribute or a dataset to one of the same kind and size.
pub(super) fn copy_all(from: &hdf5::Container, to: &hdf5::Container) -> hdf5::Result<()> {
    fn copy<T: hdf5::types::H5Type>(from: &hdf5::Container, to: &hdf5::Container) -> hdf5::Result<()> {
        to.write_raw(&from.read_raw::<T>()?)
    }
    match from.dtype()?.to_descriptor()? {
        TypeDescriptor::VarLenUnicode => copy::<VarLenUnicode>(from, to),
        TypeDescriptor::VarLenAscii => copy::<VarLenAscii>(from, to),
        TypeDescriptor::FixedUnicode(_) => copy::<FixedUnicode<LONGEST>>(from, to),
        TypeDescriptor::FixedAscii(_) => copy::<FixedAscii<LONGEST>>(from, to),
        TypeDescriptor::Integer(_) => copy::<i64>(from, to),
        TypeDescriptor::Unsigned(_) => copy::<u64>(from, to),
        _ => copy::<f64>(from, to),
    }
}

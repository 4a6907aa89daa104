//! The file of an export: it takes its place when it is whole.

use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::aside;
use crate::dataset::{Batch, reason};
use crate::network::Trace;

use super::ExportError;
use super::schema::About;
use super::tables::Tables;

/// An export while it is written. It grows beside its place and takes it in [`ExportFile::finish`]; when dropped
/// before, nothing is left of it.
pub struct ExportFile {
    path: PathBuf,
    /// Rows and columns of the first image.
    first: Option<(usize, usize)>,
    // Dropped in this order: HDF5 lets go of the file before it is removed.
    tables: Tables,
    aside: NamedTempFile,
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
        let failed = |reason: String| write_error(path, reason);
        let aside = aside::create(path).map_err(|error| failed(error.to_string()))?;
        let tables = Tables::create(aside.path(), about).map_err(|error| failed(reason(&error)))?;
        Ok(Self { path: path.to_owned(), first: None, tables, aside })
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
        self.tables.append(batch, traces).map_err(|error| write_error(&self.path, reason(&error)))
    }

    /// Puts the whole file in its place.
    ///
    /// # Errors
    /// [`ExportError::Write`]; what stood there before is as it was.
    pub fn finish(self) -> Result<(), ExportError> {
        let Self { path, tables, aside, .. } = self;
        tables.close().map_err(|error| write_error(&path, reason(&error)))?;
        aside::persist(aside, &path).map_err(|error| write_error(&path, error.to_string()))
    }
}

fn write_error(path: &Path, reason: String) -> ExportError {
    ExportError::Write { path: path.display().to_string(), reason }
}

//! Several exports as one: the images of all of them, in order.

use std::path::{Component, Path, PathBuf};

use hdf5_metno as hdf5;
use tempfile::NamedTempFile;

use super::columns::{Column, Constant, CopyError, copy_all};
use super::tables::{keep_open, resizable};
use crate::aside;
use crate::dataset::{Export, Hdf5Error, reason, rows_of};
use crate::jobs::Cancel;

/// Values of all datasets together that are copied at once: at most 16 MiB of numbers.
const SLICE_VALUES: usize = 1 << 22;
/// Datasets that do not count images, though they may happen to be as long.
const NOT_OF_IMAGES: [&str; 1] = ["class_names"];

/// How exports are joined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Join {
    /// A file that has everything in it.
    #[default]
    Copy,
    /// A small file of HDF5's virtual datasets, which refer to the parts by where they stand from here.
    Virtual,
}

/// Why exports cannot be joined; whatever it was, the output is as it was before.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    #[error("there is nothing to join: name the exports, in the order of their images")]
    Nothing,
    #[error("{path} is one of the exports to be joined: write to another file")]
    IsAPart { path: String },
    #[error("{other} does not go with {first}: {difference}; join exports of one model, setting and size")]
    Differ { first: String, other: String, difference: String },
    #[error("{file}: `{name}` is of a kind that no export has: leave it out, and join again")]
    Kind { file: String, name: String },
    #[error("{file}: {what} cannot be read ({reason}): copy the file again, or export it again")]
    Read { file: String, what: String, reason: String },
    #[error("cannot write {path} ({reason}): make room there, or choose another place")]
    Write { path: String, reason: String },
    #[error("{path} is not a file that can be replaced: choose another name")]
    NotAFile { path: String },
    #[error("cancelled: {path} is as it was before")]
    Cancelled { path: String },
    #[error(transparent)]
    Hdf5(#[from] Hdf5Error),
}

/// Joins exports of one network, setting and size; their order is that of the images. `report` is told how many more
/// images are in the file. Memory grows neither with the images nor with the number of files. Returns how many images there are.
///
/// # Errors
/// Every [`JoinError`].
pub fn join_exports(
    inputs: &[PathBuf],
    output: &Path,
    how: Join,
    cancel: &Cancel,
    mut report: impl FnMut(usize),
) -> Result<usize, JoinError> {
    let Some((first, others)) = inputs.split_first() else { return Err(JoinError::Nothing) };
    let shown = || output.display().to_string();
    if output.exists() && !output.is_file() {
        return Err(JoinError::NotAFile { path: shown() });
    }
    let place = output.canonicalize().ok();
    if place.is_some() && inputs.iter().any(|input| input.canonicalize().ok() == place) {
        return Err(JoinError::IsAPart { path: shown() });
    }
    let cancelled = || JoinError::Cancelled { path: shown() };

    let first = Part::open(first)?;
    let mut counts = vec![first.images];
    for other in others {
        if cancel.is_cancelled() {
            return Err(cancelled());
        }
        let other = Part::open(other)?;
        first.assert_goes_with(&other)?;
        counts.push(other.images);
    }

    let write = |error: &hdf5::Error| JoinError::Write { path: shown(), reason: reason(error) };
    let aside = aside::create(output)
        .map_err(|error| JoinError::Write { path: shown(), reason: error.to_string() })?;
    let mut whole = Whole::create(&aside, &first).map_err(|error| write(&error))?;
    match how {
        Join::Copy => {
            whole.lay_out(&first).map_err(|error| write(&error))?;
            for input in inputs {
                let part = Part::open(input)?;
                for start in (0..part.images).step_by(part.at_once()) {
                    if cancel.is_cancelled() {
                        return Err(cancelled());
                    }
                    let rows = start..(start + part.at_once()).min(part.images);
                    for (column, to) in part.of_images().zip(&whole.datasets) {
                        column.append_to(to, rows.clone()).map_err(|error| match error {
                            CopyError::Read(error) => part.damaged(&column.name, &error),
                            CopyError::Write(error) => write(&error),
                        })?;
                    }
                    report(rows.len());
                }
            }
        }
        Join::Virtual => {
            let parts: Vec<_> =
                inputs.iter().map(|input| from_beside(input, output)).zip(counts.iter().copied()).collect();
            whole.refer(&first, &parts).map_err(|error| write(&error))?;
            report(counts.iter().sum());
        }
    }
    whole.close().map_err(|error| write(&error))?;
    aside::persist(aside, output)
        .map_err(|error| JoinError::Write { path: shown(), reason: error.to_string() })?;
    Ok(counts.iter().sum())
}

/// An export to be joined.
struct Part {
    path: String,
    images: usize,
    columns: Vec<Column>,
    attributes: Vec<(String, Constant)>,
    file: hdf5::File,
}

impl Part {
    fn open(path: &Path) -> Result<Self, JoinError> {
        let images = Export::open(path)?.len();
        let path = path.display().to_string();
        let failed = |error: hdf5::Error| damaged(&path, "its structure", &error);
        let file = hdf5::File::with_options()
            .with_fapl(|access| access.file_locking(false))
            .open(&path)
            .map_err(failed)?;
        let columns = Column::all(&file).map_err(failed)?;
        let unknown = |name: &str| JoinError::Kind { file: path.clone(), name: name.to_owned() };
        if let Some(column) = columns.iter().find(|column| !column.can_be_copied()) {
            return Err(unknown(&column.name));
        }
        let mut attributes = Vec::new();
        for name in file.attr_names().map_err(failed)? {
            let attribute = file.attr(&name).map_err(failed)?;
            let value = Constant::read(&attribute).map_err(failed)?.ok_or_else(|| unknown(&name))?;
            attributes.push((name, value));
        }
        attributes.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(Self { path, images, columns, attributes, file })
    }

    fn damaged(&self, dataset: &str, error: &hdf5::Error) -> JoinError {
        damaged(&self.path, &format!("`{dataset}`"), error)
    }

    fn counts_images(&self, column: &Column) -> bool {
        column.shape.first() == Some(&self.images) && !NOT_OF_IMAGES.contains(&column.name.as_str())
    }

    /// Datasets with a row an image.
    fn of_images(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| self.counts_images(column))
    }

    /// Datasets that say the same of all images.
    fn constants(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| !self.counts_images(column))
    }

    /// How many images are copied at once.
    fn at_once(&self) -> usize {
        let values: usize = self.of_images().map(|column| column.shape[1..].iter().product::<usize>()).sum();
        (SLICE_VALUES / values.max(1)).max(1)
    }

    fn assert_goes_with(&self, other: &Self) -> Result<(), JoinError> {
        match self.difference(other) {
            Ok(None) => Ok(()),
            Ok(Some(difference)) => {
                let (first, other) = (self.path.clone(), other.path.clone());
                Err(JoinError::Differ { first, other, difference })
            }
            Err(error) => Err(damaged(&other.path, "its structure", &error)),
        }
    }

    /// What another part has that this one has not, or has otherwise.
    fn difference(&self, other: &Self) -> hdf5::Result<Option<String>> {
        let names = |part: &Self| part.columns.iter().map(|c| c.name.clone()).collect::<Vec<_>>();
        if let Some((name, has)) = unpaired(&names(self), &names(other)) {
            return Ok(Some(format!("it has {} dataset `{name}`", if has { "a" } else { "no" })));
        }
        for (own, others) in self.columns.iter().zip(&other.columns) {
            let name = &own.name;
            let images = self.counts_images(own);
            if own.kind != others.kind {
                return Ok(Some(format!("`{name}` holds {}, there {}", others.kind, own.kind)));
            }
            let [shape, others_shape] =
                [own, others].map(|c| c.shape.get(usize::from(images)..).unwrap_or_default());
            if images != other.counts_images(others) || shape != others_shape {
                let [own, others] = [&own.shape, &others.shape];
                return Ok(Some(format!("`{name}` has shape {others:?}, there {own:?}")));
            }
            if !images && Constant::read(&own.dataset)? != Constant::read(&others.dataset)? {
                return Ok(Some(format!("it has other values in `{name}`")));
            }
        }
        let names = |part: &Self| part.attributes.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        if let Some((name, has)) = unpaired(&names(self), &names(other)) {
            return Ok(Some(format!("it has {} attribute `{name}`", if has { "an" } else { "no" })));
        }
        let mut pairs = self.attributes.iter().zip(&other.attributes);
        Ok(pairs.find(|(own, others)| own.1 != others.1).map(|(own, others)| match (&own.1, &others.1) {
            (Constant::Numbers(own_values), Constant::Numbers(values)) => {
                format!("its attribute `{}` is {values:?}, there {own_values:?}", own.0)
            }
            _ => format!("it has another `{}`", own.0),
        }))
    }
}

/// A name that is in only one of two sorted lists, and whether it is the second.
fn unpaired<'a>(first: &'a [String], second: &'a [String]) -> Option<(&'a String, bool)> {
    let missing = first.iter().find(|name| !second.contains(name)).map(|name| (name, false));
    missing.or_else(|| second.iter().find(|name| !first.contains(name)).map(|name| (name, true)))
}

fn damaged(file: &str, what: &str, error: &hdf5::Error) -> JoinError {
    JoinError::Read { file: file.to_owned(), what: what.to_owned(), reason: reason(error) }
}

/// The file with all of them.
struct Whole {
    // Dropped in this order: the file when nothing in it is open.
    datasets: Vec<hdf5::Dataset>,
    file: hdf5::File,
}

impl Whole {
    /// Begins a file with what all parts have in common.
    fn create(aside: &NamedTempFile, first: &Part) -> hdf5::Result<Self> {
        let file =
            hdf5::File::with_options().with_fapl(|access| access.file_locking(false)).create(aside.path())?;
        for (name, _) in &first.attributes {
            let from = first.file.attr(name)?;
            let kind = from.dtype()?.to_descriptor()?;
            let to = file.new_attr_builder().empty_as(&kind).shape(from.space()?.extents()?);
            copy_all(&from, &*to.create(name.as_str())?)?;
        }
        for column in first.constants() {
            let to =
                file.new_dataset_builder().empty_as(&column.kind).shape(column.dataset.space()?.extents()?);
            copy_all(&column.dataset, &*to.create(column.name.as_str())?)?;
        }
        Ok(Self { datasets: Vec::new(), file })
    }

    /// Makes the datasets that the parts are copied to.
    fn lay_out(&mut self, first: &Part) -> hdf5::Result<()> {
        for column in first.of_images() {
            let builder = self.file.new_dataset_builder().empty_as(&column.kind);
            self.datasets.push(resizable(builder, &column.name, &column.shape[1..])?);
        }
        Ok(())
    }

    /// Makes the datasets as views of those in the parts: where these are from here, and how many images each has.
    fn refer(&mut self, first: &Part, parts: &[(String, usize)]) -> hdf5::Result<()> {
        let total: usize = parts.iter().map(|(_, images)| images).sum();
        for column in first.of_images() {
            let shape = |images: usize| [&[images], &column.shape[1..]].concat();
            let axes = column.shape.len();
            let mut builder = self.file.new_dataset_builder().empty_as(&column.kind).shape(shape(total));
            let mut start = 0;
            for (path, images) in parts.iter().filter(|(_, images)| *images > 0) {
                let end = start + images;
                let [from, to] = [0..*images, start..end].map(|rows| rows_of(rows, axes));
                builder = builder.virtual_map(
                    path,
                    format!("/{}", column.name),
                    shape(*images),
                    from,
                    shape(total),
                    to,
                );
                start = end;
            }
            self.datasets.push(builder.create(column.name.as_str())?);
        }
        Ok(())
    }

    /// Writes everything that HDF5 still holds back and closes the file.
    fn close(self) -> hdf5::Result<()> {
        self.file.flush()?;
        let file = self.file.clone();
        drop(self);
        file.close()
    }
}

impl Drop for Whole {
    fn drop(&mut self) {
        keep_open(&self.file, self.datasets.iter().cloned());
    }
}

/// Where a part is, seen from the folder of the output, as HDF5 looks for it.
fn from_beside(part: &Path, output: &Path) -> String {
    let absolute = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let (part, folder) = (absolute(part), absolute(folder));
    let shared = part.components().zip(folder.components()).take_while(|(a, b)| a == b).count();
    let relative: PathBuf = if shared == 0 {
        part
    } else {
        let up = folder.components().skip(shared).map(|_| Component::ParentDir);
        up.chain(part.components().skip(shared)).collect()
    };
    // A per cent sign begins what HDF5 replaces.
    relative.display().to_string().replace('%', "%%")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_found_from_the_folder_of_the_whole() {
        let place = tempfile::tempdir().unwrap();
        let path = |name: &str| place.path().join(name);
        for folder in ["parts", "wholes"] {
            std::fs::create_dir(path(folder)).unwrap();
        }
        std::fs::write(path("parts/90%.h5"), "").unwrap();
        let found = |output: &str| from_beside(&path("parts/90%.h5"), &path(output));
        assert_eq!(found("parts/all.h5"), "90%%.h5");
        assert_eq!(found("all.h5"), "parts/90%%.h5");
        assert_eq!(found("wholes/all.h5"), "../parts/90%%.h5");
    }
}

//! Labels in HDF5 files, and texts of whatever kind.

use hdf5_metno as hdf5;
use hdf5_metno::types::{FixedAscii, FixedUnicode, TypeDescriptor, VarLenAscii, VarLenUnicode};

use super::hdf5::{Hdf5Error, damaged, dataset};
use super::{CIFAR10_CLASSES, cifar10};

const LABELS: &str = "labels";
const CLASS_NAMES: &str = "class_names";

/// A label an image.
#[derive(Debug)]
pub(super) struct Labels {
    pub classes: Vec<String>,
    /// As the file has them: any number may be there.
    numbers: Vec<f64>,
}

impl Labels {
    /// The `labels` of a file with so many images, rows and columns; `None` if it has none at all.
    ///
    /// # Errors
    /// Labels or names that cannot be read, or labels that are not one number an image.
    pub fn read(
        file: &hdf5::File,
        name: &str,
        [images, height, width]: [usize; 3],
    ) -> Result<Option<Self>, Hdf5Error> {
        if !file.link_exists(LABELS) {
            return Ok(None);
        }
        let labels = dataset(file, name, LABELS)?;
        let found = labels.shape();
        if found != [images] {
            return Err(Hdf5Error::LabelsShape { file: name.to_owned(), found, images });
        }
        let numbers = labels.read_raw::<f64>().map_err(|error| damaged(name, "`labels`", &error))?;
        let largest = numbers.iter().copied().fold(-1.0, f64::max);
        let is_cifar = (height, width) == (cifar10::EDGE, cifar10::EDGE) && largest < 10.0;
        let classes = match class_names(file, name)? {
            Some(classes) => classes,
            None if largest < 0.0 => return Ok(None),
            None if is_cifar => CIFAR10_CLASSES.map(str::to_owned).into(),
            // Nobody says how many classes there are: the labels are taken as they are.
            None => Vec::new(),
        };
        Ok(Some(Self { classes, numbers }))
    }

    /// The label of an image, or what stands there instead of one.
    pub fn of(&self, image: usize) -> Result<Option<usize>, f64> {
        match self.numbers.get(image).copied() {
            None | Some(-1.0) => Ok(None),
            Some(label) if label.fract() == 0.0 && (0.0..self.end()).contains(&label) => {
                Ok(Some(label as usize))
            }
            Some(label) => Err(label),
        }
    }

    /// Below which labels are.
    fn end(&self) -> f64 {
        if self.classes.is_empty() { f64::from(u32::MAX) } else { self.classes.len() as f64 }
    }
}

fn class_names(file: &hdf5::File, name: &str) -> Result<Option<Vec<String>>, Hdf5Error> {
    let failed = |error: hdf5::Error| damaged(name, "`class_names`", &error);
    let names = if file.link_exists(CLASS_NAMES) {
        texts(&*dataset(file, name, CLASS_NAMES)?).map_err(failed)?
    } else if file.attr_names().map_err(failed)?.iter().any(|name| name == CLASS_NAMES) {
        texts(&*file.attr(CLASS_NAMES).map_err(failed)?).map_err(failed)?
    } else {
        return Ok(None);
    };
    Ok(Some(names).filter(|names| !names.is_empty()))
}

/// All texts of a dataset or an attribute. Nobody promises that another program's are UTF-8.
pub(super) fn texts(of: &hdf5::Container) -> hdf5::Result<Vec<String>> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(match of.dtype()?.to_descriptor()? {
        TypeDescriptor::VarLenUnicode => {
            of.read_raw::<VarLenUnicode>()?.iter().map(|name| text(name.as_bytes())).collect()
        }
        TypeDescriptor::VarLenAscii => {
            of.read_raw::<VarLenAscii>()?.iter().map(|name| text(name.as_bytes())).collect()
        }
        TypeDescriptor::FixedUnicode(_) => {
            of.read_raw::<FixedUnicode<256>>()?.iter().map(|name| text(name.as_bytes())).collect()
        }
        _ => of.read_raw::<FixedAscii<256>>()?.iter().map(|name| text(name.as_bytes())).collect(),
    })
}

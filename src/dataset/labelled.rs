//! Labelled pictures, to train on and to evaluate with.

use std::fmt;
use std::path::{Path, PathBuf};

use super::cifar10::{EDGE, PICTURE_BYTES};
use super::class_folders::Unlisted;
use super::folder::Names;
use super::{DatasetError, cifar10, class_folders};
use crate::image::{self, RgbImage};

/// Which part of a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Split {
    /// What a network learns from.
    Train,
    /// What it is measured with.
    Test,
}

/// Labelled pictures in a fixed order, decoded one at a time; threads may share it.
pub struct Labelled {
    pub(super) name: String,
    pub(super) classes: Vec<String>,
    /// One a picture, an index into the classes.
    pub(super) labels: Vec<u32>,
    pub(super) pictures: Pictures,
}

pub(super) enum Pictures {
    /// CIFAR's 32x32x3 bytes of each picture, one picture after the other.
    Cifar(Vec<u8>),
    /// Each picture's file name in the folder of its class, which is in `folder`; and the names of these, by label.
    Files { folder: PathBuf, classes: Vec<String>, names: Names },
}

impl Labelled {
    /// Lists the pictures of one split. `path` is
    ///
    /// - a folder of CIFAR-10 in its official binary format (`data_batch_1.bin` to `data_batch_5.bin`,
    ///   `test_batch.bin`), or one that holds it as `cifar-10-batches-bin`; it is read into memory, 3 kB a picture;
    /// - or a folder with the folders `train` and `val` (or `test`), which hold a folder of pictures for each class.
    ///   Labels count the names of the class folders in alphabetical order, over both splits. A file `synsets.txt`
    ///   or `classes.txt` beside `train`, one name a line, gives another order; it may name classes without a folder.
    ///   Folders named by ImageNet's ids (`n01440764`) have classes with names that people can read.
    ///
    /// # Errors
    /// A path that cannot be read or holds neither; CIFAR-10 files that are missing, cut short or have labels beyond
    /// 9; a class folder without pictures, or one that the list of classes does not have.
    pub fn open(path: &Path, split: Split) -> Result<Self, DatasetError> {
        path.read_dir()
            .map_err(|reason| DatasetError::Unreadable { path: path.display().to_string(), reason })?;
        match cifar10::locate(path) {
            Some(folder) => cifar10::open(&folder, split),
            None => class_folders::open(path, split, Unlisted::Present),
        }
    }

    /// How many pictures there are.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Whether pictures need no decoding.
    pub fn is_in_memory(&self) -> bool {
        matches!(self.pictures, Pictures::Cifar(_))
    }

    /// The classes' names in the order of their labels.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// What the data set is called: `CIFAR-10`, or as its folder.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The class of picture `index`, as an index into [`Labelled::classes`].
    ///
    /// # Panics
    /// If there is no picture `index`.
    pub fn label(&self, index: usize) -> usize {
        self.labels[index] as usize
    }

    /// Picture `index`, decoded; CIFAR's are copied from memory.
    ///
    /// # Errors
    /// A file that cannot be read as a picture.
    ///
    /// # Panics
    /// If there is no picture `index`.
    pub fn picture(&self, index: usize) -> Result<RgbImage, DatasetError> {
        match &self.pictures {
            Pictures::Cifar(bytes) => {
                let mut picture = RgbImage::new(EDGE as u32, EDGE as u32);
                picture.copy_from_slice(picture_bytes(bytes, index));
                Ok(picture)
            }
            Pictures::Files { folder, classes, names } => {
                let class = &classes[self.label(index)];
                Ok(image::open(&folder.join(class).join(names.get(index)))?)
            }
        }
    }

    /// What picture `index` is called: its file's path, or `CIFAR-10[7]`.
    ///
    /// # Panics
    /// If there is no picture `index`.
    pub fn picture_name(&self, index: usize) -> String {
        let path = self.picture_path(index).map(|path| path.display().to_string());
        path.unwrap_or_else(|| format!("{}[{index}]", self.name))
    }

    /// The file of picture `index`, if it has one of its own.
    ///
    /// # Panics
    /// If there is no picture `index`.
    pub fn picture_path(&self, index: usize) -> Option<PathBuf> {
        let Pictures::Files { folder, classes, names } = &self.pictures else { return None };
        Some(folder.join(&classes[self.label(index)]).join(names.get(index)))
    }

    /// Where the data set is CIFAR, the 3072 bytes of picture `index`: row by row, red green blue. Nothing is copied.
    ///
    /// # Panics
    /// If there is no picture `index`.
    pub fn cifar_bytes(&self, index: usize) -> Option<&[u8]> {
        match &self.pictures {
            Pictures::Cifar(bytes) => Some(picture_bytes(bytes, index)),
            Pictures::Files { .. } => None,
        }
    }
}

fn picture_bytes(bytes: &[u8], index: usize) -> &[u8] {
    &bytes[index * PICTURE_BYTES..][..PICTURE_BYTES]
}

/// Without the pictures, which are many.
impl fmt::Debug for Labelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, classes, pictures) = (&self.name, self.classes.len(), self.len());
        write!(f, "Labelled({name}: {pictures} pictures, {classes} classes)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_may_share_it() {
        fn shared<T: Send + Sync>() {}
        shared::<Labelled>();
    }

    #[test]
    fn what_is_no_data_set_is_told_with_the_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let error = |path: &Path| Labelled::open(path, Split::Train).unwrap_err().to_string();
        let told = error(folder.path());
        assert!(told.contains("holds no labelled pictures") && told.contains("data cifar10"), "{told}");
        let told = error(&folder.path().join("gone"));
        assert!(told.starts_with("cannot read") && told.contains("gone"), "{told}");
        std::fs::write(folder.path().join("file"), "").unwrap();
        let told = error(&folder.path().join("file"));
        assert!(told.starts_with("cannot read") && told.contains("file"), "{told}");
    }
}

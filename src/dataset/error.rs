//! What can be wrong with data.

use super::{BatchFault, Hdf5Error, TfRecordError};
use crate::image::{ImageError, InputTooLarge};

/// Why a data set, or one of its examples, cannot be used; every message names the file.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    #[error("cannot read {path} ({reason}): check the path and that it may be read")]
    Unreadable { path: String, reason: std::io::Error },
    #[error("there are no pictures in the folder {path}: name a folder that holds them itself")]
    NoPictures { path: String },
    #[error("there are {len} examples, and none with the number {index}")]
    Beyond { index: usize, len: usize },
    #[error(
        "{first} and {other} have different classes: name data with the same classes together, and others one by one"
    )]
    DifferentClasses { first: String, other: String },
    #[error(transparent)]
    Image(#[from] ImageError),
    #[error("{path}: {reason}")]
    TooLarge { path: String, reason: InputTooLarge },
    #[error(transparent)]
    TfRecord(#[from] TfRecordError),
    #[error(transparent)]
    Hdf5(#[from] Hdf5Error),
    #[error(
        "{path} holds no labelled pictures: name a folder with `train` and `val` folders of class folders, or let \
         `ponderscope data cifar10 {path}` fetch CIFAR-10 into it"
    )]
    NotLabelled { path: String },
    #[error("{file} {fault}: `ponderscope data cifar10 {folder}` fetches it again")]
    Cifar10 { file: String, fault: BatchFault, folder: String },
    #[error("{path} has no folder {names}: make it, with a folder of pictures for each class")]
    NoSplit { path: String, names: &'static str },
    #[error("{path} has no class folders: put the pictures of each class into a folder of its own")]
    NoClasses { path: String },
    #[error("{path} has no pictures: put some right into this class folder, or remove it")]
    EmptyClass { path: String },
    #[error("{path} is not in {list}: add a line with its name, or remove the folder")]
    UnlistedClass { path: String, list: String },
    #[error(
        "{name} has label {label}, but the network tells {classes} classes apart: use the data that it was trained on"
    )]
    ForeignLabel { name: String, label: usize, classes: usize },
}

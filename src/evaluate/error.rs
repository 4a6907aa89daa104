//! Why an export could not be made, or an evaluation.

use super::RecordError;
use crate::dataset::DatasetError;
use crate::network::NetworkError;

/// Why an export could not be made; whatever it was, `path` is as it was before.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error("cannot write {path} ({reason}): make room there, or choose another place")]
    Write { path: String, reason: String },
    #[error("{path} is not a file that can be replaced: choose another name")]
    NotAFile { path: String },
    #[error(
        "{name} enters the network as {height}x{width}, the pictures before it as {first_height}x{first_width}, and \
         one export holds one size: give --size for pictures of one shape, and export each other shape to a file of \
         its own"
    )]
    MixedSizes { name: String, height: usize, width: usize, first_height: usize, first_width: usize },
    #[error("nothing to write to {path}: {}", nothing_because(*.skipped))]
    Nothing { path: String, skipped: usize },
    #[error("cancelled: {path} is as it was before")]
    Cancelled { path: String },
    #[error(transparent)]
    Network(#[from] NetworkError),
}

fn nothing_because(skipped: usize) -> &'static str {
    match skipped {
        0 => "the data holds no pictures",
        1 => "the one picture could not be used",
        _ => "none of the pictures could be read",
    }
}

/// Why networks could not be evaluated, or not on all of the data.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    #[error("cancelled after {images} images")]
    Cancelled { images: u64 },
    #[error(
        "{data} has {found} classes, but the network tells {expected} apart: use the data that it was trained on, or name \
         all {expected} in a classes.txt beside the class folders"
    )]
    Classes { data: String, found: usize, expected: usize },
    #[error(
        "networks for CIFAR and for ImageNet see pictures in different ways: evaluate them one after the other"
    )]
    Families,
    #[error("{data} holds none of the examples asked for")]
    Nothing { data: String },
    #[error("cannot start a thread to read pictures ({0}): close other programs and try again")]
    Thread(String),
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    #[error(transparent)]
    Network(#[from] NetworkError),
    #[error(transparent)]
    Record(RecordError),
}

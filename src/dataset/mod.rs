//! Many pictures: loose images, folders, labelled data, HDF5 exports; listed first, decoded one after the other.

mod batch;
mod cifar10;
mod class_folders;
#[expect(clippy::module_inception, reason = "the one thing that this room is about")]
mod dataset;
mod error;
pub mod fetch;
mod folder;
mod hdf5;
mod imagenet;
mod labelled;
mod labels;
mod records;
pub mod samples;
mod source;
mod tfrecord;

pub use batch::{Batch, Batches, Example, batches};
pub use cifar10::{BatchFault, CIFAR10_CLASSES};
pub use dataset::{Content, Dataset, RawExample};
pub use error::DatasetError;
pub(crate) use folder::{Kind, entries, natural_order};
pub use folder::{has_picture_ending, picture_endings, pictures_in};
pub use hdf5::{Export, Hdf5Error, Table};
pub(crate) use hdf5::{reason, rows_of};
pub use imagenet::imagenet_classes;
pub use labelled::{Labelled, Split};
pub use tfrecord::TfRecordError;

//! Many pictures: loose images, folders, HDF5 exports; listed first, decoded one after the other.

pub mod samples;

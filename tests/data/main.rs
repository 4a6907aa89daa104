//! CIFAR-10 from archives made here, from a server on this machine, and as a person asks for it; every kind of data, read; and
//! what goes wrong.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]
mod archive;
mod command;
mod fetching;
mod sources;

use std::path::Path;

/// Names of everything in a folder.
fn names_in(folder: &Path) -> Vec<String> {
    let entries = folder.read_dir().unwrap();
    let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

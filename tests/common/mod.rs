//! Where the reference's files are, and how a test says that it was left out.

mod left_out;

use std::path::{Path, PathBuf};

pub use left_out::left_out;

/// Fixtures that are too large for the repository, or not ours to publish, lie beside it where they are at hand.
const BESIDE: &str = "../shared";

/// A fixture's folder, in the repository or beside it.
pub fn fixture(name: &str) -> Option<PathBuf> {
    let folder = root().join("tests/fixtures").join(name);
    if folder.is_dir() { Some(folder) } else { beside(&format!("fixtures/{name}")) }
}

/// A file or folder beside the repository.
pub fn beside(path: &str) -> Option<PathBuf> {
    let found = root().join(BESIDE).join(path);
    if found.exists() {
        return Some(found);
    }
    left_out(&format!("{path}, which is not beside this repository"));
    None
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

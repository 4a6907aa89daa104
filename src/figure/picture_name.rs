//! How pictures are named where a figure is asked for: `sample:chelsea`, `cifar:62`, `example:3:maps.h5`, or a file.

use std::convert::Infallible;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Where a picture comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PictureName {
    /// An embedded photograph: `sample:chelsea`.
    Sample(String),
    /// A tile of the embedded CIFAR-10 contact sheet, counted row by row from 0: `cifar:62`.
    Cifar(usize),
    /// One of many examples in a file or folder, counted from 0: `example:3:maps.h5`.
    Example(PathBuf, usize),
    /// A picture file. One that is called as if it were another kind is written `./sample:one`.
    File(PathBuf),
}

impl PictureName {
    fn of(name: &str) -> Self {
        let known = match name.split_once(':') {
            Some(("sample", sample)) => Some(Self::Sample(sample.to_owned())),
            Some(("cifar", tile)) => tile.parse().ok().map(Self::Cifar),
            Some(("example", rest)) => rest
                .split_once(':')
                .and_then(|(index, path)| Some(Self::Example(path.into(), index.parse().ok()?))),
            _ => None,
        };
        known.unwrap_or_else(|| Self::File(name.into()))
    }
}

impl FromStr for PictureName {
    type Err = Infallible;

    /// What is no other kind of name is that of a file.
    fn from_str(name: &str) -> Result<Self, Infallible> {
        Ok(Self::of(name))
    }
}

impl fmt::Display for PictureName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sample(name) => write!(f, "sample:{name}"),
            Self::Cifar(tile) => write!(f, "cifar:{tile}"),
            Self::Example(path, index) => write!(f, "example:{index}:{}", path.display()),
            Self::File(path) => {
                let path = path.display().to_string();
                let ambiguous = path.starts_with('-') || !matches!(Self::of(&path), Self::File(_));
                write!(f, "{}{path}", if ambiguous { "./" } else { "" })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_means_what_it_was_written_for() {
        let file = |path: &str| PictureName::File(path.into());
        for (name, text) in [
            (PictureName::Sample("chelsea".to_owned()), "sample:chelsea"),
            (PictureName::Cifar(62), "cifar:62"),
            (PictureName::Example("a:b/maps.h5".into(), 3), "example:3:a:b/maps.h5"),
            (file("cat.png"), "cat.png"),
            (file("cifar:cat"), "cifar:cat"),
            (file("/a/sample:b.png"), "/a/sample:b.png"),
        ] {
            assert_eq!(name.to_string(), text);
            assert_eq!(text.parse(), Ok(name));
        }
        assert_eq!(file("-v.png").to_string(), "./-v.png");
        assert_eq!(file("sample:b.png").to_string(), "./sample:b.png");
        assert_eq!("./sample:b.png".parse(), Ok(file("./sample:b.png")));
    }
}

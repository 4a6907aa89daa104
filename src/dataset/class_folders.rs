//! Labelled pictures as folders: one for each split, and in it one for each class.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::labelled::{Labelled, Pictures, Split};
use super::{DatasetError, pictures_in};

/// Files beside the splits that say which classes there are, in the order of their labels.
const LISTS: [&str; 2] = ["synsets.txt", "classes.txt"];

/// Lists the pictures of one split; see [`Labelled::open`].
pub(super) fn open(root: &Path, split: Split) -> Result<Labelled, DatasetError> {
    let path = || root.display().to_string();
    let (wanted, other, names) = match split {
        Split::Train => (train(root), test(root), "`train`"),
        Split::Test => (test(root), train(root), "`val` or `test`"),
    };
    let folder = match (wanted, &other) {
        (Some(folder), _) => folder,
        (None, Some(_)) => return Err(DatasetError::NoSplit { path: path(), names }),
        (None, None) => return Err(DatasetError::NotLabelled { path: path() }),
    };
    let present = classes_in(&folder)?;
    if present.is_empty() {
        return Err(DatasetError::NoClasses { path: folder.display().to_string() });
    }
    let classes: Vec<String> = match listed(root)? {
        Some((list, classes)) => {
            if let Some(stray) = present.iter().find(|class| !classes.contains(class)) {
                let path = folder.join(stray).display().to_string();
                return Err(DatasetError::UnlistedClass { path, list: list.display().to_string() });
            }
            classes
        }
        // A class that one split lacks must not shift the labels of the others.
        None => match other {
            Some(other) => present.union(&classes_in(&other)?).cloned().collect(),
            None => present.iter().cloned().collect(),
        },
    };
    let (mut labels, mut names) = (Vec::new(), Vec::new());
    for (label, class) in classes.iter().enumerate().filter(|(_, class)| present.contains(*class)) {
        let pictures = pictures_in(&folder.join(class)).map_err(|error| match error {
            DatasetError::NoPictures { path } => DatasetError::EmptyClass { path },
            error => error,
        })?;
        names.extend(pictures.iter().filter_map(|path| path.file_name()).map(ToOwned::to_owned));
        labels.resize(names.len(), label);
    }
    Ok(Labelled { name: name_of(root), classes, labels, pictures: Pictures::Files { folder, names } })
}

fn train(root: &Path) -> Option<PathBuf> {
    Some(root.join("train")).filter(|folder| folder.is_dir())
}

/// ImageNet's `test` has no labels, so `val` comes first.
fn test(root: &Path) -> Option<PathBuf> {
    ["val", "test"].map(|name| root.join(name)).into_iter().find(|folder| folder.is_dir())
}

/// Names of the folders in a split, in alphabetical order as other programs have them: `10` before `9`. Files, and
/// what is hidden, are no classes.
fn classes_in(folder: &Path) -> Result<BTreeSet<String>, DatasetError> {
    let unreadable =
        |path: &Path, reason| DatasetError::Unreadable { path: path.display().to_string(), reason };
    let mut classes = BTreeSet::new();
    for entry in folder.read_dir().map_err(|reason| unreadable(folder, reason))? {
        let path = entry.map_err(|reason| unreadable(folder, reason))?.path();
        if !path.is_dir() {
            continue;
        }
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| unreadable(&path, io::Error::other("its name is not Unicode")))?;
        if !name.starts_with('.') {
            classes.insert(name.to_owned());
        }
    }
    Ok(classes)
}

/// The list of classes, if there is one, and where it stands.
fn listed(root: &Path) -> Result<Option<(PathBuf, Vec<String>)>, DatasetError> {
    for path in LISTS.map(|name| root.join(name)) {
        match fs::read_to_string(&path) {
            Ok(text) => {
                let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
                return Ok(Some((path, lines.map(ToOwned::to_owned).collect())));
            }
            Err(reason) if reason.kind() == ErrorKind::NotFound => {}
            Err(reason) => {
                return Err(DatasetError::Unreadable { path: path.display().to_string(), reason });
            }
        }
    }
    Ok(None)
}

/// A folder's own name, also where it is given as `.`.
fn name_of(folder: &Path) -> String {
    let absolute = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    absolute
        .file_name()
        .map_or_else(|| folder.display().to_string(), |name| name.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::RgbImage;

    /// Makes the folders on the way to a file, and the file.
    fn put(root: &Path, file: &str, content: &[u8]) {
        let path = root.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// A picture one pixel high and `width` pixels wide, to be told from others.
    fn picture(root: &Path, file: &str, width: u32) {
        put(root, file, b"");
        RgbImage::new(width, 1).save(root.join(file)).unwrap();
    }

    fn seen(data: &Labelled) -> Vec<(usize, u32)> {
        (0..data.len()).map(|index| (data.label(index), data.picture(index).unwrap().width())).collect()
    }

    #[test]
    fn classes_and_pictures_come_in_order_and_both_splits_agree() {
        let place = tempfile::tempdir().unwrap();
        let root = &place.path().join("pets");
        picture(root, "train/dog/10.png", 4);
        picture(root, "train/dog/9.png", 3);
        picture(root, "train/cat/a.png", 2);
        picture(root, "val/ant/x.png", 6);
        picture(root, "val/dog/x.png", 5);
        put(root, "train/dog/notes.txt", b"stray");
        put(root, "train/README.md", b"stray");
        put(root, "train/.cache/x.png", b"hidden");
        fs::create_dir(root.join("test")).unwrap();
        let train = Labelled::open(root, Split::Train).unwrap();
        assert_eq!((train.name(), train.classes().join(" ").as_str()), ("pets", "ant cat dog"));
        assert_eq!(seen(&train), [(1, 2), (2, 3), (2, 4)]);
        assert_eq!(train.cifar_bytes(0), None);
        let test = Labelled::open(root, Split::Test).unwrap();
        assert_eq!(test.classes(), train.classes());
        assert_eq!(seen(&test), [(0, 6), (2, 5)]);
    }

    #[test]
    fn a_list_decides_the_order_and_must_be_whole() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path();
        picture(root, "train/cat/a.png", 1);
        picture(root, "train/dog/a.png", 2);
        picture(root, "test/cat/a.png", 3);
        put(root, "classes.txt", b"background\ndog\n\ncat\r\n");
        let train = Labelled::open(root, Split::Train).unwrap();
        assert_eq!(train.classes(), ["background", "dog", "cat"]);
        assert_eq!(seen(&train), [(1, 2), (2, 1)]);
        assert_eq!(seen(&Labelled::open(root, Split::Test).unwrap()), [(2, 3)]);

        put(root, "synsets.txt", b"dog\n");
        let error = Labelled::open(root, Split::Train).unwrap_err().to_string();
        assert!(error.contains("cat is not in") && error.contains("synsets.txt"), "{error}");
    }

    #[test]
    fn a_class_without_pictures_is_named() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path();
        picture(root, "train/cat/images/a.png", 1);
        let error = |split| Labelled::open(root, split).unwrap_err().to_string();
        assert!(error(Split::Train).contains("cat has no pictures"), "{}", error(Split::Train));
        assert!(error(Split::Test).contains("has no folder `val` or `test`"), "{}", error(Split::Test));
        fs::create_dir(root.join("val")).unwrap();
        assert!(error(Split::Test).contains("val has no class folders"), "{}", error(Split::Test));
    }

    #[test]
    fn a_broken_picture_is_told_when_its_turn_comes() {
        let place = tempfile::tempdir().unwrap();
        put(place.path(), "train/cat/a.png", b"Dear diary");
        let train = Labelled::open(place.path(), Split::Train).unwrap();
        let error = train.picture(0).unwrap_err().to_string();
        assert!(error.contains("a.png is not a picture"), "{error}");
    }
}

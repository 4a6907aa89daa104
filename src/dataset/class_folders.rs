//! Labelled pictures as folders: one for each split, and in it one for each class.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::folder::{Kind, Listing, entries, name_of, named};
use super::labelled::{Labelled, Pictures, Split};
use super::{DatasetError, imagenet};

/// Files beside the splits that say which classes there are, in the order of their labels.
const LISTS: [&str; 2] = ["synsets.txt", "classes.txt"];
const TRAIN: &str = "train";
/// ImageNet's `test` has no labels, so `val` comes first.
const TESTS: [&str; 2] = ["val", "test"];

/// Which classes there are where no list says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unlisted {
    /// Those that have a folder.
    Present,
    /// The 1000 of ImageNet if all folders are named by its ids, so that a part of its data keeps the labels of the whole; else
    /// those that have a folder.
    Published,
}

/// Lists the pictures of one split; see [`Labelled::open`].
pub(super) fn open(root: &Path, split: Split, unlisted: Unlisted) -> Result<Labelled, DatasetError> {
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
    gather(name_of(root), folder, other, listed(root)?, unlisted)
}

/// Lists the pictures of a folder of class folders. If it is one of the splits of a data set, their labels are those that
/// they have there.
pub(super) fn open_one(folder: &Path) -> Result<Labelled, DatasetError> {
    let (mut list, mut other) = (listed(folder)?, None);
    let named = named(folder);
    if let (Some(root), Some(name)) = (named.parent(), named.file_name()) {
        let (is_train, is_test) = (name == TRAIN, TESTS.iter().any(|test| name == *test));
        if list.is_none() && (is_train || is_test) {
            list = listed(root)?;
            other = if is_train { test(root) } else { train(root) };
        }
    }
    gather(name_of(folder), folder.to_owned(), other, list, Unlisted::Published)
}

/// Whether there is a split to test with, as class folders.
pub(super) fn has_test(root: &Path) -> bool {
    test(root).is_some_and(|folder| holds_folders(&folder))
}

/// Whether there is a split to train on, as class folders.
pub(super) fn has_train(root: &Path) -> bool {
    train(root).is_some_and(|folder| holds_folders(&folder))
}

/// Lists the pictures in `folder`, whose classes must agree with those of the `other` split.
fn gather(
    name: String,
    folder: PathBuf,
    other: Option<PathBuf>,
    list: Option<(PathBuf, Vec<String>)>,
    unlisted: Unlisted,
) -> Result<Labelled, DatasetError> {
    let present = classes_in(&folder)?;
    if present.is_empty() {
        return Err(DatasetError::NoClasses { path: folder.display().to_string() });
    }
    let ids: Vec<String> = match list {
        Some((list, classes)) => {
            if let Some(stray) = present.iter().find(|class| !classes.contains(class)) {
                let path = folder.join(stray).display().to_string();
                return Err(DatasetError::UnlistedClass { path, list: list.display().to_string() });
            }
            classes
        }
        None => {
            // A class that one split lacks must not shift the labels of the others.
            let mut classes = present.clone();
            if let Some(other) = other {
                classes.extend(classes_in(&other)?);
            }
            let ids = imagenet::synsets();
            let is_imagenet = classes.iter().all(|class| ids.binary_search(&class.as_str()).is_ok());
            if unlisted == Unlisted::Published && is_imagenet {
                ids.into_iter().map(ToOwned::to_owned).collect()
            } else {
                classes.into_iter().collect()
            }
        }
    };
    let (mut labels, mut listing) = (Vec::new(), Listing::default());
    for (label, class) in ids.iter().enumerate().filter(|(_, class)| present.contains(*class)) {
        listing.add(&folder.join(class))?;
        if listing.pictures.len() == labels.len() {
            return Err(DatasetError::EmptyClass { path: folder.join(class).display().to_string() });
        }
        labels.resize(listing.pictures.len(), label as u32);
    }
    let classes = imagenet::readable(ids.iter().map(String::as_str)).unwrap_or_else(|| ids.clone());
    Ok(Labelled {
        name,
        classes,
        labels,
        pictures: Pictures::Files { folder, classes: ids, names: listing.pictures },
    })
}

fn train(root: &Path) -> Option<PathBuf> {
    Some(root.join(TRAIN)).filter(|folder| folder.is_dir())
}

fn test(root: &Path) -> Option<PathBuf> {
    TESTS.map(|name| root.join(name)).into_iter().find(|folder| folder.is_dir())
}

fn holds_folders(folder: &Path) -> bool {
    let is_folder = |entry: Result<_, _>| matches!(entry, Ok((_, Kind::Folder)));
    entries(folder).is_ok_and(|mut entries| entries.any(is_folder))
}

/// Names of the folders in a split, in alphabetical order as other programs have them: `10` before `9`. Files, and
/// what is hidden, are no classes.
pub(super) fn classes_in(folder: &Path) -> Result<BTreeSet<String>, DatasetError> {
    let mut classes = BTreeSet::new();
    for entry in entries(folder)? {
        let (name, kind) = entry?;
        if kind == Kind::Folder {
            classes.insert(name.into_string().map_err(|name| DatasetError::Unreadable {
                path: folder.join(name).display().to_string(),
                reason: io::Error::other("its name is not Unicode"),
            })?);
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

    #[test]
    fn folders_named_by_imagenets_ids_have_its_labels_and_names() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path();
        picture(root, "val/n02123045/a.png", 1);
        picture(root, "val/n01443537/a.png", 2);
        let whole = open(root, Split::Test, Unlisted::Published).unwrap();
        assert_eq!((whole.classes().len(), seen(&whole)), (1000, vec![(1, 2), (281, 1)]));
        assert_eq!(whole.classes()[281], "tabby");
        let trained_on = Labelled::open(root, Split::Test).unwrap();
        assert_eq!(
            (trained_on.classes().join(" "), seen(&trained_on)),
            ("goldfish tabby".to_owned(), vec![(0, 2), (1, 1)])
        );

        put(root, "synsets.txt", b"n02123045\nn01443537\n");
        let listed = open(root, Split::Test, Unlisted::Published).unwrap();
        assert_eq!(
            (listed.classes().join(" "), seen(&listed)),
            ("tabby goldfish".to_owned(), vec![(0, 1), (1, 2)])
        );
        fs::remove_file(root.join("synsets.txt")).unwrap();
        picture(root, "train/mine/a.png", 2);
        let mixed = open(root, Split::Test, Unlisted::Published).unwrap();
        assert_eq!(mixed.classes(), ["mine", "n01443537", "n02123045"]);
    }

    #[test]
    fn a_split_named_by_itself_keeps_its_labels() {
        let place = tempfile::tempdir().unwrap();
        let root = &place.path().join("pets");
        picture(root, "train/ant/a.png", 1);
        picture(root, "train/cat/a.png", 2);
        picture(root, "val/cat/a.png", 3);
        let one = |name: &str| open_one(&root.join(name)).unwrap();
        assert_eq!((one("val").name(), one("val").classes().join(" ").as_str()), ("val", "ant cat"));
        assert_eq!((seen(&one("val")), seen(&one("train"))), (vec![(1, 3)], vec![(0, 1), (1, 2)]));
        put(root, "classes.txt", b"cat\nant\n");
        assert_eq!(seen(&one("val")), [(0, 3)]);
        put(root, "val/classes.txt", b"ant\nbee\ncat\n");
        assert_eq!(seen(&one("val")), [(2, 3)]);
    }
}

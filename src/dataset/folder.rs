//! What lies in a folder.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use ::image::ImageFormat;
use rayon::slice::ParallelSliceMut;

use super::{DatasetError, tfrecord};

/// The pictures in a folder itself, told by their endings; hidden files are left out. The order is that of the
/// names with numbers by value (`2.png` before `10.png`), the same on every system.
///
/// # Errors
/// [`DatasetError::Unreadable`] and [`DatasetError::NoPictures`].
pub fn pictures_in(folder: &Path) -> Result<Vec<PathBuf>, DatasetError> {
    let names = Listing::of(folder)?.pictures;
    if names.is_empty() {
        return Err(DatasetError::NoPictures { path: folder.display().to_string() });
    }
    Ok((0..names.len()).map(|index| folder.join(names.get(index))).collect())
}

/// Whether a file's name says that it is a picture of a kind that can be opened.
pub fn has_picture_ending(path: &Path) -> bool {
    ImageFormat::from_path(path).is_ok_and(|format| format.reading_enabled())
}

/// Endings of the pictures that can be opened, in lower case.
pub fn picture_endings() -> Vec<&'static str> {
    let formats = ImageFormat::all().filter(ImageFormat::reading_enabled);
    formats.flat_map(|format| format.extensions_str().iter().copied()).collect()
}

/// A path that ends with its own name, also where it is given as `.`.
pub(super) fn named(path: &Path) -> PathBuf {
    match path.file_name() {
        Some(_) => path.to_owned(),
        None => fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()),
    }
}

/// A folder's or file's own name.
pub(super) fn name_of(path: &Path) -> String {
    let path = named(path);
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// Files of a folder that can hold examples, told by their names.
#[derive(Debug, Default)]
pub(super) struct Listing {
    pub pictures: Names,
    /// TFRecord files.
    pub shards: Names,
}

impl Listing {
    pub fn of(folder: &Path) -> Result<Self, DatasetError> {
        let mut listing = Self::default();
        listing.add(folder)?;
        Ok(listing)
    }

    /// Lists another folder's files behind those of others.
    pub fn add(&mut self, folder: &Path) -> Result<(), DatasetError> {
        let before = (self.pictures.len(), self.shards.len());
        for entry in entries(folder)? {
            let (name, kind) = entry?;
            if kind != Kind::File {
                continue;
            }
            if has_picture_ending(Path::new(&name)) {
                self.pictures.push(name);
            } else if tfrecord::is_named_so(Path::new(&name)) {
                self.shards.push(name);
            }
        }
        self.pictures.sort_from(before.0);
        self.shards.sort_from(before.1);
        Ok(())
    }
}

/// Whether a folder holds a picture.
pub(super) fn holds_pictures(folder: &Path) -> bool {
    let pictures =
        |(name, kind): (OsString, Kind)| kind == Kind::File && has_picture_ending(Path::new(&name));
    entries(folder).is_ok_and(|mut entries| entries.any(|entry| entry.is_ok_and(pictures)))
}

/// What an entry of a folder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    File,
    Folder,
    Other,
}

/// Names and kinds of what is in a folder, in no order; what is hidden is left out, and links are what they lead to.
/// Where the system tells kinds along with names, nothing but links is looked at closer.
pub(crate) fn entries(
    folder: &Path,
) -> Result<impl Iterator<Item = Result<(OsString, Kind), DatasetError>>, DatasetError> {
    let unreadable =
        |folder: &Path, reason| DatasetError::Unreadable { path: folder.display().to_string(), reason };
    let listed = folder.read_dir().map_err(|reason| unreadable(folder, reason))?;
    let folder = folder.to_owned();
    Ok(listed.filter_map(move |entry| {
        let entry = match entry {
            Ok(entry) => entry,
            Err(reason) => return Some(Err(unreadable(&folder, reason))),
        };
        let name = entry.file_name();
        if name.as_encoded_bytes().starts_with(b".") {
            return None;
        }
        let kind = match entry.file_type() {
            Ok(kind) if kind.is_symlink() => fs::metadata(entry.path()).map(|of| of.file_type()),
            kind => kind,
        };
        let kind = match kind {
            Ok(kind) if kind.is_file() => Kind::File,
            Ok(kind) if kind.is_dir() => Kind::Folder,
            // A link to nowhere, too.
            _ => Kind::Other,
        };
        Some(Ok((name, kind)))
    }))
}

/// Many file names, end to end: a million of them take the room of their letters and little more.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Each name, and a `/`, which no name contains.
    text: String,
    /// Where each name begins.
    starts: Vec<usize>,
    /// Names that are not Unicode, by where their readable form begins.
    odd: HashMap<usize, OsString>,
}

impl Names {
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// Name `index`; empty if there is none.
    pub fn get(&self, index: usize) -> &OsStr {
        let start = self.starts.get(index).copied().unwrap_or(self.text.len());
        self.odd.get(&start).map_or_else(|| OsStr::new(at(&self.text, start)), OsString::as_os_str)
    }

    pub fn push(&mut self, name: OsString) {
        let start = self.text.len();
        self.starts.push(start);
        self.text.push_str(&name.to_string_lossy());
        self.text.push('/');
        if name.to_str().is_none() {
            self.odd.insert(start, name);
        }
    }

    /// Leaves only names that please.
    pub fn retain(&mut self, pleases: impl Fn(&str) -> bool) {
        self.starts.retain(|&start| pleases(at(&self.text, start)));
    }

    pub fn any(&self, pleases: impl Fn(&str) -> bool) -> bool {
        self.starts.iter().any(|&start| pleases(at(&self.text, start)))
    }

    fn sort_from(&mut self, first: usize) {
        let text = &self.text;
        let tail = self.starts.get_mut(first..).unwrap_or_default();
        tail.par_sort_unstable_by(|&a, &b| natural_order(at(text, a), at(text, b)).then(a.cmp(&b)));
    }
}

/// The name that begins at `start`.
fn at(text: &str, start: usize) -> &str {
    let rest = text.get(start..).unwrap_or_default();
    rest.split_once('/').map_or(rest, |(name, _)| name)
}

/// Compares texts with runs of digits by value; texts that differ only in leading zeros as they are.
pub(crate) fn natural_order(a: &str, b: &str) -> Ordering {
    let (mut rest_a, mut rest_b) = (a, b);
    loop {
        let (digits_a, digits_b) = (leading_digits(rest_a), leading_digits(rest_b));
        let order = if digits_a.is_empty() || digits_b.is_empty() {
            let (next_a, next_b) = (rest_a.chars().next(), rest_b.chars().next());
            rest_a = next_a.map_or("", |c| &rest_a[c.len_utf8()..]);
            rest_b = next_b.map_or("", |c| &rest_b[c.len_utf8()..]);
            if (next_a, next_b) == (None, None) {
                return a.cmp(b);
            }
            next_a.cmp(&next_b)
        } else {
            (rest_a, rest_b) = (&rest_a[digits_a.len()..], &rest_b[digits_b.len()..]);
            let [value_a, value_b] = [digits_a, digits_b].map(|digits| digits.trim_start_matches('0'));
            value_a.len().cmp(&value_b.len()).then(value_a.cmp(value_b))
        };
        if order.is_ne() {
            return order;
        }
    }
}

fn leading_digits(text: &str) -> &str {
    &text[..text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_count_by_value() {
        let mut names =
            ["img10.png", "img2.png", "img02.png", "img1b.png", "img1.png", "im.png", "ü.png", "img"];
        names.sort_by(|a, b| natural_order(a, b));
        let expected =
            ["im.png", "img", "img1.png", "img1b.png", "img02.png", "img2.png", "img10.png", "ü.png"];
        assert_eq!(names, expected);
    }

    #[test]
    fn a_folder_gives_its_pictures_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["9.PNG", "10.jpeg", ".hidden.png", "notes.txt", "maps.h5", "movie.mp4", "scan.tif"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        std::fs::create_dir(folder.path().join("inner.png")).unwrap();
        let names: Vec<_> = pictures_in(folder.path()).unwrap();
        let names: Vec<_> = names.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["9.PNG", "10.jpeg", "scan.tif"]);

        let error = pictures_in(&folder.path().join("inner.png")).unwrap_err().to_string();
        assert!(
            error.starts_with("there are no pictures in the folder") && error.contains("inner.png"),
            "{error}"
        );
        let error = pictures_in(&folder.path().join("gone")).unwrap_err().to_string();
        assert!(error.starts_with("cannot read") && error.contains("gone"), "{error}");
    }

    #[test]
    fn names_are_kept_whole_and_in_order() {
        let mut names = Names::default();
        for name in ["b2.png", "a10.png", "b1.png", "a9.png", "ü.png"] {
            names.push(name.into());
            if names.len() == 2 {
                names.sort_from(0);
            }
        }
        names.sort_from(2);
        let all = |names: &Names| -> Vec<String> {
            (0..names.len()).map(|index| names.get(index).to_str().unwrap().to_owned()).collect()
        };
        assert_eq!(all(&names), ["a10.png", "b2.png", "a9.png", "b1.png", "ü.png"]);
        assert_eq!(names.get(5), "");
        names.retain(|name| name.starts_with('a'));
        assert_eq!(all(&names), ["a10.png", "a9.png"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_count_as_what_they_lead_to_and_odd_names_still_open() {
        use std::os::unix::ffi::OsStringExt;
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("album")).unwrap();
        fs::write(path("real.bin"), "").unwrap();
        symlink(path("real.bin"), path("1.png")).unwrap();
        symlink(path("album"), path("2.png")).unwrap();
        symlink(path("gone"), path("3.png")).unwrap();
        let odd = OsString::from_vec(b"4\xff.png".to_vec());
        fs::write(folder.path().join(&odd), "").unwrap();
        assert_eq!(pictures_in(folder.path()).unwrap(), [path("1.png"), folder.path().join(odd)]);
    }
}

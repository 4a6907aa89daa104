//! The pictures in a folder.

use std::cmp::Ordering;
use std::path::{Path, PathBuf};

use ::image::ImageFormat;

use super::DatasetError;

/// The pictures in a folder itself, told by their endings; hidden files are left out. The order is that of the
/// names with numbers by value (`2.png` before `10.png`), the same on every system.
///
/// # Errors
/// [`DatasetError::Unreadable`] and [`DatasetError::NoPictures`].
pub fn pictures_in(folder: &Path) -> Result<Vec<PathBuf>, DatasetError> {
    let path = || folder.display().to_string();
    let unreadable = |reason| DatasetError::Unreadable { path: path(), reason };
    let mut pictures = Vec::new();
    for entry in folder.read_dir().map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if has_picture_ending(Path::new(&name)) && !name.starts_with('.') && entry.path().is_file() {
            pictures.push((name, entry.path()));
        }
    }
    if pictures.is_empty() {
        return Err(DatasetError::NoPictures { path: path() });
    }
    pictures.sort_by(|(a, _), (b, _)| natural_order(a, b));
    Ok(pictures.into_iter().map(|(_, path)| path).collect())
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

/// Compares texts with runs of digits by value; texts that differ only in leading zeros as they are.
fn natural_order(a: &str, b: &str) -> Ordering {
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
}

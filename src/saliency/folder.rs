//! Which fixations belong to which picture: those of the same name, in a folder of the same name.

use std::collections::HashMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::SaliencyError;
use super::fixations::Format;
use crate::dataset::{DatasetError, has_picture_ending, pictures_in};

/// What files of fixations are called behind their picture's name, in some sets of data.
const SUFFIXES: [&str; 3] = ["_fixPts", "_fixMap", "_SaliencyMap"];
/// Folders in folders that are looked into.
const MAX_DEPTH: usize = 8;

/// A folder of fixations.
#[derive(Debug)]
pub struct FixationFolder {
    root: PathBuf,
    /// The files of each folder that was asked for, by their picture's name.
    listed: HashMap<PathBuf, HashMap<String, PathBuf>>,
}

impl FixationFolder {
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), listed: HashMap::new() }
    }

    /// The fixations of the picture called `stem` (its file's name without the ending): in the folder `within`, which is where
    /// the picture lies within a folder of pictures, or else in that of the picture's own folder's name, or right here; so
    /// `Stimuli/Action/001.jpg` finds `FIXATIONMAPS/Action/001.jpg`, whether `Stimuli`, `Action` or the picture was named. Of several, points
    /// as text come first, then MATLAB files, then pictures.
    ///
    /// # Errors
    /// [`SaliencyError::Read`] if a folder is there and cannot be listed.
    pub fn find(
        &mut self,
        picture: &Path,
        within: &Path,
        stem: &str,
    ) -> Result<Option<PathBuf>, SaliencyError> {
        let parent = picture.parent().and_then(Path::file_name).map(|name| self.root.join(name));
        let folders = [Some(self.root.join(within)), parent, Some(self.root.clone())];
        for folder in folders.into_iter().flatten() {
            if let Some(found) = self.list(&folder)?.get(stem) {
                // A picture is not its own fixations, where both are named by one folder.
                let is_itself = || Some(found.canonicalize().ok()? == picture.canonicalize().ok()?);
                if !is_itself().unwrap_or(false) {
                    return Ok(Some(found.clone()));
                }
            }
        }
        Ok(None)
    }

    fn list(&mut self, folder: &Path) -> Result<&HashMap<String, PathBuf>, SaliencyError> {
        if !self.listed.contains_key(folder) {
            let files = files_in(folder)
                .map_err(|reason| SaliencyError::Read { name: folder.display().to_string(), reason })?;
            self.listed.insert(folder.to_owned(), files);
        }
        Ok(self.listed.entry(folder.to_owned()).or_default())
    }
}

/// Files of fixations by their picture's name; none where there is no such folder.
fn files_in(folder: &Path) -> std::io::Result<HashMap<String, PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(HashMap::new());
        }
        Err(error) => return Err(error),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let Some(stem) = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()) else { continue };
        let format = Format::of(&path);
        if (format != Format::Picture || has_picture_ending(&path))
            && !stem.starts_with('.')
            && path.is_file()
        {
            let suffix = SUFFIXES.iter().position(|suffix| stem.ends_with(suffix));
            let name = suffix.and_then(|suffix| stem.strip_suffix(SUFFIXES[suffix])).unwrap_or(&stem);
            files.push((format, suffix, path.clone(), name.to_owned()));
        }
    }
    // The best last: it takes the place of the others.
    files.sort_unstable();
    Ok(files.into_iter().rev().map(|(_, _, path, name)| (name, path)).collect())
}

/// The pictures of a folder, or if it has none itself, those of the folders in it, in the order of the names.
///
/// # Errors
/// [`DatasetError::Unreadable`], and [`DatasetError::NoPictures`] if there are none in any.
pub fn pictures_below(folder: &Path) -> Result<Vec<PathBuf>, DatasetError> {
    let mut pictures = Vec::new();
    collect(folder, MAX_DEPTH, &mut pictures)?;
    if pictures.is_empty() {
        return Err(DatasetError::NoPictures { path: folder.display().to_string() });
    }
    Ok(pictures)
}

fn collect(folder: &Path, depth: usize, pictures: &mut Vec<PathBuf>) -> Result<(), DatasetError> {
    match pictures_in(folder) {
        Ok(found) => {
            pictures.extend(found);
            return Ok(());
        }
        Err(DatasetError::NoPictures { .. }) => {}
        Err(error) => return Err(error),
    }
    let Some(depth) = depth.checked_sub(1) else { return Ok(()) };
    let unreadable = |reason| DatasetError::Unreadable { path: folder.display().to_string(), reason };
    let mut folders = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let is_hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if path.is_dir() && !is_hidden {
            folders.push(path);
        }
    }
    folders.sort_unstable();
    folders.iter().try_for_each(|folder| collect(folder, depth, pictures))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_of(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        folder
    }

    #[test]
    fn pictures_of_categories_are_found_and_what_lies_beside_them_is_not() {
        let folder = folder_of(&[
            "Action/2.jpg",
            "Action/10.jpg",
            "Action/Output/1_SaliencyMap.jpg",
            "Art/1.png",
            "notes.txt",
        ]);
        let found = pictures_below(folder.path()).unwrap();
        let expected = ["Action/2.jpg", "Action/10.jpg", "Art/1.png"].map(|file| folder.path().join(file));
        assert_eq!(found, expected);
        let error = pictures_below(&folder.path().join("Action/Output/none")).unwrap_err();
        assert!(matches!(error, DatasetError::Unreadable { .. }));
        let empty = folder_of(&["inner/notes.txt"]);
        assert!(matches!(pictures_below(empty.path()), Err(DatasetError::NoPictures { .. })));
    }

    #[test]
    fn fixations_are_found_by_name_and_category_and_points_come_first() {
        let maps = folder_of(&[
            "Action/001.jpg",
            "Art/001.png",
            "Art/001.csv",
            "cat_fixMap.jpg",
            "cat_fixPts.jpg",
            "cat.csv/x",
        ]);
        let mut folder = FixationFolder::new(maps.path());
        let mut find = |picture: &str, within: &str| {
            let stem = Path::new(picture).file_stem().unwrap().to_str().unwrap();
            let found = folder.find(Path::new(picture), Path::new(within), stem).unwrap()?;
            Some(found.strip_prefix(maps.path()).unwrap().to_str().unwrap().replace('\\', "/"))
        };
        assert_eq!(find("Stimuli/Action/001.jpg", "Action").as_deref(), Some("Action/001.jpg"));
        assert_eq!(find("Stimuli/Action/001.jpg", "").as_deref(), Some("Action/001.jpg"));
        assert_eq!(find("Stimuli/Art/001.jpg", "Art").as_deref(), Some("Art/001.csv"));
        assert_eq!(find("pictures/cat.png", "").as_deref(), Some("cat_fixPts.jpg"));
        assert_eq!(find("pictures/001.jpg", ""), None);

        let itself = maps.path().join("Art/001.png");
        fs::remove_file(maps.path().join("Art/001.csv")).unwrap();
        let mut folder = FixationFolder::new(maps.path());
        assert_eq!(folder.find(&itself, Path::new("Art"), "001").unwrap(), None);
    }
}

//! One list of examples, wherever they lie: what is evaluated, exported and looked at.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::samples::{self, COLUMNS, ROWS};
use super::{CIFAR10_CLASSES, DatasetError, Example, Export, Labelled, Split, cifar10, pictures_in};
use crate::image::{self, Input, InputTooLarge, RgbImage};

/// Examples in a fixed order, labelled or not. They are listed when it is opened and read one at a time; threads may
/// share it.
#[derive(Debug)]
pub struct Dataset {
    name: String,
    classes: Vec<String>,
    parts: Vec<Part>,
    len: usize,
}

/// One example as read.
#[derive(Clone, Debug, PartialEq)]
pub struct RawExample {
    /// As [`Dataset::picture_name`] gives it.
    pub name: String,
    /// Its class, an index into [`Dataset::classes`]; `None` if nobody says.
    pub label: Option<usize>,
    pub content: Content,
}

/// What an example consists of.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// A picture, to be brought to size and normalised as the network wants it.
    Picture(RgbImage),
    /// What entered a network once, out of an HDF5 file: to be used as it is.
    Input(Input),
}

/// Neighbouring examples of one kind.
#[derive(Debug)]
struct Part {
    /// The first one's place in the data set.
    start: usize,
    source: Source,
}

#[derive(Debug)]
enum Source {
    Picture(PathBuf),
    Labelled(Labelled),
    Export(Export),
    /// The embedded contact sheet, decoded when it is first looked at.
    Samples(OnceLock<RgbImage>),
}

impl Dataset {
    /// Lists what `paths` mean, in their order. Nothing is decoded yet. A path is
    ///
    /// - a picture, or a folder of pictures (see [`pictures_in`]);
    /// - an HDF5 export, or any HDF5 file with preprocessed `images`;
    /// - a folder of CIFAR-10 in its binary format, of which the 10,000 test pictures are taken.
    ///
    /// # Errors
    /// A path that cannot be read, a folder without pictures, an HDF5 file without usable `images`.
    pub fn open(paths: &[PathBuf]) -> Result<Self, DatasetError> {
        let mut sources = Vec::new();
        for path in paths {
            if path.is_dir() {
                match cifar10::locate(path) {
                    Some(folder) => sources.push(Source::Labelled(cifar10::open(&folder, Split::Test)?)),
                    None => sources.extend(pictures_in(path)?.into_iter().map(Source::Picture)),
                }
            } else if is_hdf5(path)? {
                sources.push(Source::Export(Export::open(path)?));
            } else {
                sources.push(Source::Picture(path.clone()));
            }
        }
        let name = match paths {
            [path] => name_of(path),
            paths => format!("{} paths", paths.len()),
        };
        Ok(Self::of(name, sources))
    }

    /// The 200 pictures of CIFAR-10's test set that are compiled into the program, with their labels.
    pub fn samples() -> Self {
        let mut samples =
            Self::of(format!("{} CIFAR-10 samples", COLUMNS * ROWS), vec![Source::Samples(OnceLock::new())]);
        samples.classes = CIFAR10_CLASSES.map(str::to_owned).to_vec();
        samples
    }

    fn of(name: String, sources: Vec<Source>) -> Self {
        let (mut len, mut parts) = (0, Vec::with_capacity(sources.len()));
        for source in sources {
            let start = len;
            len += source.len();
            parts.push(Part { start, source });
        }
        Self { name, classes: Vec::new(), parts, len }
    }

    /// How many examples there are.
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// What it is called: `CIFAR-10`, `200 CIFAR-10 samples`, as its folder or file, or `3 paths`.
    pub fn name(&self) -> String {
        self.name.clone()
    }

    /// The classes' names in the order of their labels; none if no example is labelled.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// Whether examples have labels; single ones may still lack theirs.
    pub fn is_labelled(&self) -> bool {
        !self.classes.is_empty()
    }

    /// Example `index`, read and decoded. Every call reads it anew.
    ///
    /// # Errors
    /// An example that cannot be read, with its file's name, or that does not exist.
    pub fn read(&self, index: usize) -> Result<RawExample, DatasetError> {
        let (source, at) = self.find(index)?;
        let (label, content) = source.read(at)?;
        Ok(RawExample { name: source.name(at), label, content })
    }

    /// What example `index` is called: its file's path, `maps.h5[3]`, `cat 3`. Nothing is decoded.
    pub fn picture_name(&self, index: usize) -> String {
        self.find(index).map_or_else(|_| String::new(), |(source, at)| source.name(at))
    }

    /// The examples one after the other. Pictures are decoded when their turn comes and handed to `prepare`; images
    /// of an export are taken as they are. An example that cannot be read or is too large is an error, and the next
    /// follows.
    pub fn examples<'a>(
        &'a self,
        prepare: impl Fn(&RgbImage) -> Result<Input, InputTooLarge> + 'a,
    ) -> impl Iterator<Item = Result<Example, DatasetError>> + 'a {
        (0..self.len).map(move |index| {
            let RawExample { name, label, content } = self.read(index)?;
            let input = match content {
                Content::Input(input) => input,
                Content::Picture(picture) => match prepare(&picture) {
                    Ok(input) => input,
                    Err(reason) => return Err(DatasetError::TooLarge { path: name, reason }),
                },
            };
            Ok(Example { name, label, input })
        })
    }

    /// The part that example `index` is in, and its place there.
    fn find(&self, index: usize) -> Result<(&Source, usize), DatasetError> {
        let part = self.parts.partition_point(|part| part.start <= index).checked_sub(1);
        match part.and_then(|part| self.parts.get(part)) {
            Some(part) if index < self.len => Ok((&part.source, index - part.start)),
            _ => Err(DatasetError::Beyond { name: self.name(), index, len: self.len }),
        }
    }
}

impl From<Labelled> for Dataset {
    fn from(labelled: Labelled) -> Self {
        let (name, classes) = (labelled.name().to_owned(), labelled.classes().to_vec());
        Self { classes, ..Self::of(name, vec![Source::Labelled(labelled)]) }
    }
}

impl Source {
    fn len(&self) -> usize {
        match self {
            Self::Picture(_) => 1,
            Self::Labelled(labelled) => labelled.len(),
            Self::Export(export) => export.len(),
            Self::Samples(_) => COLUMNS * ROWS,
        }
    }

    fn name(&self, at: usize) -> String {
        match self {
            Self::Picture(path) => path.display().to_string(),
            Self::Labelled(labelled) => format!("{}[{at}]", labelled.name()),
            Self::Export(export) => export.image_name(at),
            Self::Samples(_) => format!("{} {}", CIFAR10_CLASSES[at / COLUMNS], at % COLUMNS + 1),
        }
    }

    fn read(&self, at: usize) -> Result<(Option<usize>, Content), DatasetError> {
        Ok(match self {
            Self::Picture(path) => (None, Content::Picture(image::open(path)?)),
            Self::Labelled(labelled) => (Some(labelled.label(at)), Content::Picture(labelled.picture(at)?)),
            Self::Export(export) => (None, Content::Input(export.input(at)?)),
            Self::Samples(sheet) => {
                let (row, column) = (at / COLUMNS, at % COLUMNS);
                let sheet = match sheet.get() {
                    Some(sheet) => sheet,
                    None => {
                        let decoded = image::decode(samples::cifar_sheet(), "the contact sheet")?;
                        sheet.get_or_init(|| decoded)
                    }
                };
                let tile = samples::cut_cifar_tile(sheet, row, column);
                (Some(row), Content::Picture(tile.unwrap_or_default()))
            }
        })
    }
}

/// A folder's or file's own name, also where it is given as `.`.
fn name_of(path: &Path) -> String {
    let absolute = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    absolute
        .file_name()
        .map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// Whether a file is, or says it is, HDF5: so that a damaged export is not mistaken for a picture.
fn is_hdf5(path: &Path) -> Result<bool, DatasetError> {
    const SIGNATURE: &[u8] = b"\x89HDF\r\n\x1a\n";
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    let named_so = ending.is_some_and(|ending| ["h5", "hdf5", "hdf"].contains(&ending.as_str()));
    let mut start = Vec::new();
    File::open(path)
        .and_then(|file| file.take(SIGNATURE.len() as u64).read_to_end(&mut start))
        .map_err(|reason| DatasetError::Unreadable { path: path.display().to_string(), reason })?;
    Ok(named_so || start == SIGNATURE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_keep_their_order_and_one_bad_picture_does_not_stop_the_rest() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::create_dir(path("album")).unwrap();
        for name in ["z.png", "album/10.png", "album/9.png"] {
            RgbImage::new(3, 2).save(path(name)).unwrap();
        }
        std::fs::write(path("album/text.png"), "Dear diary").unwrap();
        let dataset = Dataset::open(&[path("z.png"), path("album")]).unwrap();
        assert_eq!(dataset.len(), 4);
        let prepare = |picture: &RgbImage| {
            let (height, width) = (picture.height() as usize, picture.width() as usize);
            Ok(Input { height, width, data: vec![] })
        };
        let names: Vec<_> = dataset.examples(prepare).map(|example| example.map(|e| e.name).ok()).collect();
        let expected =
            ["z.png", "album/9.png", "album/10.png"].map(|name| Some(path(name).display().to_string()));
        assert_eq!(names[..3], expected);
        assert_eq!(names[3], None);
    }

    #[test]
    fn a_damaged_export_is_not_taken_for_a_picture() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("export.backup");
        std::fs::write(&path, b"\x89HDF\r\n\x1a\n and then nothing").unwrap();
        assert!(matches!(Dataset::open(&[path]), Err(DatasetError::Hdf5(_))));
    }
}

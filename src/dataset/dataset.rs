//! One list of examples, wherever they lie: what is evaluated, exported and looked at.

use std::path::PathBuf;

use super::source::{self, Source};
use super::{DatasetError, Example, Labelled};
use crate::image::{Input, InputTooLarge, RgbImage};

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

impl Dataset {
    /// Lists what `paths` mean, in their order. Nothing is decoded yet. A path is
    ///
    /// - a picture, or a folder of pictures (see [`super::pictures_in`]);
    /// - an HDF5 export, or any HDF5 file with preprocessed `images`, and `labels` if it has some (see [`super::Export`]);
    /// - a folder of CIFAR-10 in its binary format, of which the 10,000 test pictures are taken;
    /// - a folder with the folder `val` or `test`, which holds a folder of pictures for each class, or a folder that holds
    ///   such class folders itself. Labels are those of [`super::Labelled::open`]; if all folders are named by ImageNet's ids
    ///   and no list says otherwise, the classes are its 1000;
    /// - a TFRecord file of pictures, or a folder of such files. Files to train on are left out where there are others to
    ///   test with. Labels are those in the records; the classes are listed in `labels.txt` beside the files (`0:airplane`), or
    ///   CIFAR-10's if the pictures are of 32x32, or else ImageNet's 1001, the first of which is `background`.
    ///
    /// A folder of which several are true is the first of: CIFAR-10, class folders to test with, pictures, TFRecord files, class
    /// folders of its own.
    ///
    /// # Errors
    /// A path that cannot be read or holds no pictures; an HDF5 file without usable `images`; a TFRecord file that is cut short
    /// or damaged in its structure; paths with different classes.
    pub fn open(paths: &[PathBuf]) -> Result<Self, DatasetError> {
        let sources = paths.iter().map(|path| source::open(path)).collect::<Result<Vec<_>, _>>()?;
        let name = match &sources[..] {
            [source] => source.title(),
            sources => format!("{} paths", sources.len()),
        };
        Self::of(name, sources)
    }

    /// The 200 pictures of CIFAR-10's test set that are compiled into the program, with their labels.
    pub fn samples() -> Self {
        Self::single(Source::samples())
    }

    fn single(source: Source) -> Self {
        let (name, classes, len) = (source.title(), source.classes(), source.len());
        Self { name, classes, parts: vec![Part { start: 0, source }], len }
    }

    fn of(name: String, sources: Vec<Source>) -> Result<Self, DatasetError> {
        let mut dataset =
            Self { name, classes: Vec::new(), parts: Vec::with_capacity(sources.len()), len: 0 };
        let mut first = None;
        for source in sources {
            let classes = source.classes();
            if !classes.is_empty() {
                let first = first.get_or_insert_with(|| source.title());
                if dataset.classes.is_empty() {
                    dataset.classes = classes;
                } else if dataset.classes != classes {
                    return Err(DatasetError::DifferentClasses {
                        first: first.clone(),
                        other: source.title(),
                    });
                }
            }
            let start = dataset.len;
            dataset.len += source.len();
            dataset.parts.push(Part { start, source });
        }
        Ok(dataset)
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

    /// The file that example `index` is all of; `None` if it is one of many in a file, or in none.
    pub fn picture_path(&self, index: usize) -> Option<PathBuf> {
        let (source, at) = self.find(index).ok()?;
        source.path(at)
    }

    /// The examples one after the other. Pictures are decoded when their turn comes and handed to `prepare`; images
    /// of an export are taken as they are. An example that cannot be read or is too large is an error, and the next
    /// follows.
    pub fn examples<'a>(
        &'a self,
        prepare: impl Fn(&RgbImage) -> Result<Input, InputTooLarge> + 'a,
    ) -> impl Iterator<Item = Result<Example, DatasetError>> + 'a {
        (0..self.len).map(move |index| self.example(index, &prepare))
    }

    /// Example `index` as it enters a network, prepared as in [`Dataset::examples`].
    ///
    /// # Errors
    /// Those of [`Dataset::read`], and pictures that are too large.
    pub fn example(
        &self,
        index: usize,
        prepare: impl Fn(&RgbImage) -> Result<Input, InputTooLarge>,
    ) -> Result<Example, DatasetError> {
        let RawExample { name, label, content } = self.read(index)?;
        let input = match content {
            Content::Input(input) => input,
            Content::Picture(picture) => match prepare(&picture) {
                Ok(input) => input,
                Err(reason) => return Err(DatasetError::TooLarge { path: name, reason }),
            },
        };
        Ok(Example { name, label, input })
    }

    /// The part that example `index` is in, and its place there.
    fn find(&self, index: usize) -> Result<(&Source, usize), DatasetError> {
        let part = self.parts.partition_point(|part| part.start <= index).checked_sub(1);
        match part.and_then(|part| self.parts.get(part)) {
            Some(part) if index < self.len => Ok((&part.source, index - part.start)),
            _ => Err(DatasetError::Beyond { index, len: self.len }),
        }
    }
}

impl From<Labelled> for Dataset {
    fn from(labelled: Labelled) -> Self {
        Self::single(Source::Labelled(labelled))
    }
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

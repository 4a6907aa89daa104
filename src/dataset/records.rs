//! Labelled pictures as `tf.train.Example` records in TFRecord files, as TensorFlow's own scripts write CIFAR-10 and ImageNet.

use std::collections::HashMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use prost::Message;
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::imagenet::imagenet_classes;
use super::tfrecord::{Shard, TfRecordError};
use super::{CIFAR10_CLASSES, DatasetError, cifar10};
use crate::image::{self, RgbImage};

const PICTURE: &str = "image/encoded";
const LABEL: &str = "image/class/label";
/// Beside the files: the classes, a line each, as `0:airplane`.
const CLASS_LIST: &str = "labels.txt";
/// Records that are looked at for a picture whose size tells what the data is.
const LOOKED_AT: usize = 16;

/// TensorFlow's message of this name, and those in it; field numbers are those of its `example.proto` and `feature.proto`.
#[derive(Clone, PartialEq, Message)]
struct Example {
    #[prost(message, optional, tag = "1")]
    features: Option<Features>,
}

#[derive(Clone, PartialEq, Message)]
struct Features {
    #[prost(map = "string, message", tag = "1")]
    feature: HashMap<String, Feature>,
}

#[derive(Clone, PartialEq, Message)]
struct Feature {
    #[prost(message, optional, tag = "1")]
    bytes_list: Option<BytesList>,
    #[prost(message, optional, tag = "3")]
    int64_list: Option<Int64List>,
}

#[derive(Clone, PartialEq, Message)]
struct BytesList {
    #[prost(bytes = "vec", repeated, tag = "1")]
    value: Vec<Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
struct Int64List {
    #[prost(int64, repeated, tag = "1")]
    value: Vec<i64>,
}

/// TFRecord files of labelled pictures.
#[derive(Debug)]
pub(super) struct Records {
    shards: Vec<Shard>,
    /// The place of each file's first record among all.
    starts: Vec<usize>,
    len: usize,
    classes: Vec<String>,
}

impl Records {
    /// Finds the records of some files, which lie in one folder, in their order.
    ///
    /// The classes are those that `labels.txt` beside the files lists; else CIFAR-10's if the pictures are of 32x32, and
    /// ImageNet's 1001, with `background` as the first, if not.
    ///
    /// # Errors
    /// A file that is damaged, cut short or none of records; files without a record; a list of classes that cannot be read.
    pub fn open(paths: &[PathBuf]) -> Result<Self, DatasetError> {
        let shards: Vec<Shard> =
            paths.into_par_iter().map(|path| Shard::open(path)).collect::<Result<_, _>>()?;
        let (mut starts, mut len) = (Vec::with_capacity(shards.len()), 0);
        for shard in &shards {
            starts.push(len);
            len += shard.len();
        }
        if len == 0 {
            let file = shards.first().map(Shard::name).unwrap_or_default();
            return Err(TfRecordError::Empty { file }.into());
        }
        let folder = paths.first().and_then(|path| path.parent()).unwrap_or(Path::new(""));
        let mut records = Self { shards, starts, len, classes: Vec::new() };
        records.classes = match listed(&folder.join(CLASS_LIST))? {
            Some(classes) => classes,
            None => records.guessed_classes(),
        };
        Ok(records)
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// What record `index` is called, as in errors; empty if there is none.
    pub fn name(&self, index: usize) -> String {
        self.find(index).map_or_else(|_| String::new(), |(shard, record)| name(shard, record))
    }

    /// The picture of record `index`, and its label if it has one; -1 is none.
    ///
    /// # Errors
    /// A record that is damaged, has no picture or one that cannot be decoded, or a label beyond the classes.
    pub fn read(&self, index: usize) -> Result<(Option<usize>, RgbImage), DatasetError> {
        let (shard, record) = self.find(index)?;
        let features = features(shard, record)?;
        let file = || shard.name();
        let label = features.get(LABEL).and_then(|feature| feature.int64_list.as_ref()?.value.first());
        let label = match label.map(|&label| (label, usize::try_from(label))) {
            None | Some((-1, _)) => None,
            Some((_, Ok(label))) if label < self.classes.len() => Some(label),
            Some((label, _)) => {
                let last = self.classes.len().saturating_sub(1);
                return Err(TfRecordError::Label { file: file(), record, label, last }.into());
            }
        };
        Ok((label, picture(shard, record, &features)?))
    }

    fn guessed_classes(&self) -> Vec<String> {
        let decoded = |index| {
            let (shard, record) = self.find(index).ok()?;
            picture(shard, record, &features(shard, record).ok()?).ok()
        };
        let edge = cifar10::EDGE as u32;
        match (0..self.len.min(LOOKED_AT)).find_map(decoded) {
            Some(picture) if picture.dimensions() == (edge, edge) => {
                CIFAR10_CLASSES.map(str::to_owned).into()
            }
            _ => imagenet_classes().into_iter().map(str::to_owned).collect(),
        }
    }

    /// The file that record `index` is in, and its number there.
    fn find(&self, index: usize) -> Result<(&Shard, usize), DatasetError> {
        let beyond = || DatasetError::Beyond { index, len: self.len };
        let file = self.starts.partition_point(|&start| start <= index).checked_sub(1).ok_or_else(beyond)?;
        match (self.shards.get(file), self.starts.get(file)) {
            (Some(shard), Some(start)) if index < self.len => Ok((shard, index - start)),
            _ => Err(beyond()),
        }
    }
}

fn features(shard: &Shard, record: usize) -> Result<HashMap<String, Feature>, TfRecordError> {
    let data = shard.read(record)?;
    let example = Example::decode(data.as_slice()).map_err(|reason| TfRecordError::NotExample {
        file: shard.name(),
        record,
        reason: reason.to_string(),
    })?;
    Ok(example.features.unwrap_or_default().feature)
}

fn picture(
    shard: &Shard,
    record: usize,
    features: &HashMap<String, Feature>,
) -> Result<RgbImage, DatasetError> {
    let encoded = features.get(PICTURE).and_then(|feature| feature.bytes_list.as_ref()?.value.first());
    let missing = || TfRecordError::MissingKey { file: shard.name(), record, key: PICTURE };
    Ok(image::decode(encoded.ok_or_else(missing)?, &name(shard, record))?)
}

/// What a record is called: its file, and its number there.
fn name(shard: &Shard, record: usize) -> String {
    format!("{}[{record}]", shard.name())
}

/// The classes in a list, if there is one.
fn listed(path: &Path) -> Result<Option<Vec<String>>, DatasetError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(reason) if reason.kind() == ErrorKind::NotFound => return Ok(None),
        Err(reason) => return Err(DatasetError::Unreadable { path: path.display().to_string(), reason }),
    };
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let classes = lines.enumerate().map(|(expected, (line, text))| {
        let name = text.split_once(':').filter(|(number, _)| number.trim().parse() == Ok(expected));
        name.map(|(_, name)| name.trim().to_owned()).ok_or_else(|| {
            TfRecordError::ClassLine { file: path.display().to_string(), line: line + 1, expected }.into()
        })
    });
    classes.collect::<Result<_, _>>().map(Some)
}

#[cfg(test)]
mod tests {
    use super::super::tfrecord::tests::framed;
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = std::io::Cursor::new(Vec::new());
        RgbImage::new(width, height).write_to(&mut bytes, ::image::ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    fn example(picture: Option<Vec<u8>>, label: Option<i64>) -> Vec<u8> {
        let bytes_list = picture.map(|picture| BytesList { value: vec![picture] });
        let int64_list = label.map(|label| Int64List { value: vec![label] });
        let feature = HashMap::from([
            (PICTURE.to_owned(), Feature { bytes_list, int64_list: None }),
            (LABEL.to_owned(), Feature { bytes_list: None, int64_list }),
        ]);
        Example { features: Some(Features { feature }) }.encode_to_vec()
    }

    fn open(folder: &Path, files: &[(&str, Vec<Vec<u8>>)]) -> Result<Records, DatasetError> {
        let paths = files.iter().map(|(name, records)| {
            fs::write(folder.join(name), framed(records)).unwrap();
            folder.join(name)
        });
        Records::open(&paths.collect::<Vec<_>>())
    }

    #[test]
    fn records_of_several_files_follow_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let of = |width, label| example(Some(png(width, 2)), Some(label));
        let files = [
            ("a", vec![]),
            ("b", vec![of(3, 1000), of(4, 0)]),
            ("c", vec![]),
            ("d", vec![of(5, 7)]),
            ("e", vec![]),
        ];
        let records = open(folder.path(), &files).unwrap();
        let seen = (0..records.len()).map(|index| {
            let (label, picture) = records.read(index).unwrap();
            (label.unwrap(), picture.width())
        });
        assert_eq!(seen.collect::<Vec<_>>(), [(1000, 3), (0, 4), (7, 5)]);
        assert_eq!(records.name(2), format!("{}[0]", folder.path().join("d").display()));
        assert_eq!(
            records.read(3).unwrap_err().to_string(),
            "there are 3 examples, and none with the number 3"
        );
        assert_eq!((records.classes().len(), records.classes()[1].as_str()), (1001, "tench"));
    }

    #[test]
    fn classes_come_from_a_list_or_the_size_of_the_pictures() {
        let folder = tempfile::tempdir().unwrap();
        let small = [("x", vec![b"damaged".to_vec(), example(Some(png(32, 32)), Some(9))])];
        assert_eq!(open(folder.path(), &small).unwrap().classes(), CIFAR10_CLASSES);
        let list = folder.path().join(CLASS_LIST);
        fs::write(&list, "0:daisy\n1:rose: red\r\n\n").unwrap();
        let records = open(folder.path(), &small).unwrap();
        assert_eq!(records.classes(), ["daisy", "rose: red"]);
        let told = records.read(1).unwrap_err().to_string();
        assert!(told.starts_with("record 1 of") && told.contains("label 9, expected 0 to 1"), "{told}");
        fs::write(&list, "0:daisy\n2:rose\n").unwrap();
        let told = open(folder.path(), &small).unwrap_err().to_string();
        assert!(
            told.starts_with("line 2 of") && told.contains("labels.txt is not `1:` and a name"),
            "{told}"
        );
    }

    #[test]
    fn what_a_record_lacks_is_told_of_it_alone() {
        let folder = tempfile::tempdir().unwrap();
        let records = [
            example(None, Some(1)),
            example(Some(png(2, 2)), None),
            example(Some(png(2, 2)), Some(-1)),
            example(Some(png(2, 2)), Some(1001)),
            example(Some(png(2, 2)), Some(i64::MIN)),
            example(Some(b"Dear diary".to_vec()), Some(1)),
            b"\xff".to_vec(),
            example(Some(png(2, 2)), Some(1)),
        ];
        let records = open(folder.path(), &[("x", records.to_vec())]).unwrap();
        let error = |index| records.read(index).unwrap_err().to_string();
        assert!(error(0).contains("x has no `image/encoded`: write"), "{}", error(0));
        assert_eq!([1, 2, 7].map(|index| records.read(index).unwrap().0), [None, None, Some(1)]);
        assert!(error(3).contains("x has label 1001, expected 0 to 1000: put"), "{}", error(3));
        assert!(error(4).contains("label -9223372036854775808"), "{}", error(4));
        assert!(error(5).contains("x[5] is not a picture"), "{}", error(5));
        assert!(error(6).contains("record 6 of") && error(6).contains("no tf.train.Example"), "{}", error(6));
    }

    #[test]
    fn files_without_a_record_are_no_data() {
        let folder = tempfile::tempdir().unwrap();
        let told = open(folder.path(), &[("x", vec![])]).unwrap_err().to_string();
        assert!(told.contains("x has no records"), "{told}");
    }
}

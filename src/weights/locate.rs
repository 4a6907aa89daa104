//! What a path is: a safetensors file, a TensorFlow checkpoint, or an archive of one.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::bundle::with_suffix;
use super::{WeightsError, table};

/// Where weights are.
#[derive(Debug, PartialEq)]
pub(super) enum Located {
    Safetensors(PathBuf),
    /// The prefix of a TensorFlow V2 checkpoint, whose `.index` file exists.
    Checkpoint(PathBuf),
    /// A gzip-compressed tar archive.
    Archive(PathBuf),
}

/// Finds out what `path` is from its name and its first bytes.
pub(super) fn locate(path: &Path) -> Result<Located, WeightsError> {
    let shown = path.display().to_string();
    let kind = match fs::metadata(path) {
        Ok(kind) => kind,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return as_prefix(path).ok_or(WeightsError::NotFound { path: shown });
        }
        Err(reason) => return Err(WeightsError::Read { file: shown, reason }),
    };
    if kind.is_dir() {
        return checkpoint_in(path, &shown).map(Located::Checkpoint);
    }
    if !kind.is_file() {
        return Err(WeightsError::NotAModel { file: shown, found: "neither a file nor a folder".to_owned() });
    }
    match path.file_name().and_then(|name| name.to_str()) {
        Some("checkpoint") => {
            let folder =
                path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            checkpoint_in(folder, &folder.display().to_string()).map(Located::Checkpoint)
        }
        Some(name) if part_of_checkpoint(name).is_some() => {
            let prefix =
                part_of_checkpoint(name).map_or(PathBuf::new(), |prefix| path.with_file_name(prefix));
            as_prefix(&prefix).ok_or_else(|| WeightsError::NotFound { path: prefix.display().to_string() })
        }
        _ => by_content(path, shown),
    }
}

fn as_prefix(path: &Path) -> Option<Located> {
    with_suffix(path, ".index").is_file().then(|| Located::Checkpoint(path.to_owned()))
}

/// The prefix's last component, for the name of one of a checkpoint's files.
pub(crate) fn part_of_checkpoint(name: &str) -> Option<&str> {
    if let Some(prefix) = name.strip_suffix(".index").or_else(|| name.strip_suffix(".meta")) {
        return Some(prefix);
    }
    let (prefix, shard) = name.rsplit_once(".data-")?;
    let (number, of) = shard.split_once("-of-")?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (is_number(number) && is_number(of)).then_some(prefix)
}

/// The prefix of the checkpoint that a folder holds; `shown` is the folder's name in errors.
pub(super) fn checkpoint_in(folder: &Path, shown: &str) -> Result<PathBuf, WeightsError> {
    let failed = |reason| WeightsError::Read { file: shown.to_owned(), reason };
    let found = match File::open(folder.join("checkpoint")) {
        Ok(file) => {
            let mut text = Vec::new();
            file.take(1 << 20).read_to_end(&mut text).map_err(failed)?;
            named_in(folder, &String::from_utf8_lossy(&text))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let names =
                fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>).map_err(failed)?;
            let names = names.iter().map(|entry| entry.file_name().to_string_lossy().into_owned());
            only_one_of(names.filter_map(|name| Some(name.strip_suffix(".index")?.to_owned())).collect())
                .map(|name| folder.join(name))
        }
        Err(reason) => return Err(failed(reason)),
    };
    found.map_err(|problem| WeightsError::Folder { folder: shown.to_owned(), problem })
}

/// The prefix that the text of a folder's `checkpoint` file names. It often names the path at which training ran; what
/// stands beside it counts first, because that is what travelled with it.
fn named_in(folder: &Path, text: &str) -> Result<PathBuf, String> {
    let named = latest_checkpoint(text).ok_or(
        "has a `checkpoint` file that names no checkpoint: give the prefix of the one that you mean",
    )?;
    let base = named.rsplit(['/', '\\']).next().unwrap_or(&named);
    let mut candidates = [folder.join(base), folder.join(&named)].into_iter();
    candidates.find(|prefix| with_suffix(prefix, ".index").is_file()).ok_or_else(|| {
        format!("has a `checkpoint` file that names {named}, but {base}.index is missing: copy it there")
    })
}

fn only_one_of(mut names: Vec<String>) -> Result<String, String> {
    names.sort();
    match names.as_slice() {
        [only] => Ok(only.clone()),
        [] => Err("holds no checkpoint: neither a `checkpoint` file nor an .index file is there".to_owned()),
        [.., last] => {
            Err(format!("holds {} checkpoints: give the prefix of one, such as {last}", names.len()))
        }
    }
}

/// The value of `model_checkpoint_path` in a `checkpoint` file (protobuf text format).
fn latest_checkpoint(text: &str) -> Option<String> {
    let value = text.lines().find_map(|line| line.trim().strip_prefix("model_checkpoint_path:"))?.trim();
    let quoted = value.strip_prefix('"')?.strip_suffix('"')?;
    let path = quoted.replace("\\\\", "\\").replace("\\\"", "\"");
    (!path.is_empty()).then_some(path)
}

fn by_content(path: &Path, shown: String) -> Result<Located, WeightsError> {
    let sample = Sample::read(path).map_err(|reason| WeightsError::Read { file: shown.clone(), reason })?;
    if sample.head.starts_with(&[0x1f, 0x8b]) {
        return Ok(Located::Archive(path.to_owned()));
    }
    let named = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("safetensors"));
    if sample.head.get(8) == Some(&b'{') && (named || sample.header_fits()) {
        return Ok(Located::Safetensors(path.to_owned()));
    }
    Err(WeightsError::NotAModel { file: shown, found: sample.describe().to_owned() })
}

/// What can be told of a file without reading it.
struct Sample {
    head: Vec<u8>,
    tail: Vec<u8>,
    length: u64,
}

impl Sample {
    fn read(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        let mut head = Vec::new();
        (&file).take(512).read_to_end(&mut head)?;
        let mut tail = Vec::new();
        file.seek(SeekFrom::Start(length.saturating_sub(table::MAGIC.len() as u64)))?;
        file.take(table::MAGIC.len() as u64).read_to_end(&mut tail)?;
        Ok(Self { head, tail, length })
    }

    /// A safetensors file begins with its header's length.
    fn header_fits(&self) -> bool {
        self.head.first_chunk::<8>().is_some_and(|length| u64::from_le_bytes(*length) <= self.length)
    }

    fn describe(&self) -> &'static str {
        let head = self.head.as_slice();
        match head {
            [] => "an empty file",
            _ if self.tail == table::MAGIC => {
                "a TensorFlow V1 checkpoint, or a V2 index without its .index suffix"
            }
            [0x89, b'P', b'N', b'G', ..] | [0xff, 0xd8, 0xff, ..] | [b'G', b'I', b'F', b'8', ..] => {
                "a picture"
            }
            [0x89, b'H', b'D', b'F', ..] => "an HDF5 file",
            [b'P', b'K', 3, 4, ..] => "a zip archive (a PyTorch checkpoint, perhaps)",
            _ if head.iter().all(|byte| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~' | 0x80..)) => {
                "a text file"
            }
            _ => "a file of another kind",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_a_checkpoint_leads_to_its_prefix() {
        for name in ["model.ckpt-20.index", "model.ckpt-20.meta", "model.ckpt-20.data-00000-of-00001"] {
            assert_eq!(part_of_checkpoint(name), Some("model.ckpt-20"), "{name}");
        }
        for name in ["model.ckpt-20", "cifar.data-old", "a.data-x-of-1", "photo.png"] {
            assert_eq!(part_of_checkpoint(name), None, "{name}");
        }
    }

    #[test]
    fn the_checkpoint_file_is_protobuf_text() {
        let text =
            "all_model_checkpoint_paths: \"old\"\nmodel_checkpoint_path: \"C:\\\\run\\\\model.ckpt-20\"\n";
        assert_eq!(latest_checkpoint(text).as_deref(), Some(r"C:\run\model.ckpt-20"));
        assert_eq!(latest_checkpoint("model_checkpoint_path: \"\""), None);
        assert_eq!(latest_checkpoint("PNG"), None);
    }
}

//! What was seen of every image, as a table: CSV, a row an image and case.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::{RecordError, Seen, Subject};
use crate::aside;
use crate::dataset::Dataset;

/// Classes that a row names.
const TOP: usize = 5;

/// Writes rows.
pub struct Rows<W: Write> {
    to: W,
}

impl<W: Write> Rows<W> {
    /// Begins with the columns' names, unless rows are there.
    pub fn new(mut to: W, is_empty: bool) -> io::Result<Self> {
        if is_empty {
            let before = ["index", "name", "model", "threshold", "label", "label_name", "correct"];
            let top = (1..=TOP).flat_map(|place| [format!("top{place}"), format!("probability{place}")]);
            let after = ["top1_name", "flops", "ponder_cost"].map(str::to_owned);
            let columns: Vec<String> =
                before.map(str::to_owned).into_iter().chain(top).chain(after).collect();
            write_row(&mut to, &columns)?;
        }
        Ok(Self { to })
    }

    /// Adds a row; `classes` are those of the network, empty where their names are not known.
    pub fn add(&mut self, subject: &Subject, seen: &Seen, name: &str, classes: &[String]) -> io::Result<()> {
        let class_name = |class: usize| classes.get(class).cloned().unwrap_or_default();
        let or_empty = |text: Option<String>| text.unwrap_or_default();
        let threshold = subject.is_adaptive().then(|| subject.setting.threshold.to_string());
        let mut row = vec![
            seen.index.to_string(),
            name.to_owned(),
            subject.model.clone(),
            or_empty(threshold),
            or_empty(seen.label.map(|label| label.to_string())),
            or_empty(seen.label.map(class_name)),
            or_empty(seen.is_right().map(|right| u8::from(right).to_string())),
        ];
        for place in 0..TOP {
            let (class, probability) = seen.top.get(place).copied().unzip();
            row.push(or_empty(class.map(|class| class.to_string())));
            row.push(or_empty(probability.map(|probability| probability.to_string())));
        }
        row.push(class_name(seen.predicted()));
        row.push(seen.flops.to_string());
        row.push(or_empty(seen.ponder_cost.map(|cost| cost.to_string())));
        write_row(&mut self.to, &row)
    }
}

/// A table on disk that grows beside its place, under its name with `.partial`, and takes it when whole; what there is of it
/// outlives the program, so that another run can go on with it.
pub struct RowsFile {
    path: PathBuf,
    rows: Rows<BufWriter<File>>,
    classes: Vec<Vec<String>>,
}

impl RowsFile {
    /// Begins the table that will stand at `path`, or goes on with the first `kept` bytes of one that was begun. `classes` are
    /// the names of each case's classes.
    ///
    /// # Errors
    /// [`RecordError::Write`]; [`RecordError::Other`] if fewer bytes are there.
    pub fn open(path: &Path, kept: Option<u64>, classes: Vec<Vec<String>>) -> Result<Self, RecordError> {
        let beside = partial(path);
        if kept.is_some_and(|kept| kept > fs::metadata(&beside).map_or(0, |about| about.len())) {
            let what = "a run whose table is not as it was kept".to_owned();
            return Err(RecordError::Other { path: beside.display().to_string(), what });
        }
        let kept = kept.unwrap_or(0);
        let open = || {
            aside::folder_of(path)?;
            let mut file = OpenOptions::new().create(true).truncate(false).write(true).open(&beside)?;
            file.set_len(kept)?;
            file.seek(SeekFrom::End(0))?;
            Rows::new(BufWriter::new(file), kept == 0)
        };
        match open() {
            Ok(rows) => Ok(Self { path: path.to_owned(), rows, classes }),
            Err(reason) => Err(write_error(path, reason)),
        }
    }

    /// Adds a row for each of what was seen.
    ///
    /// # Errors
    /// [`RecordError::Write`]
    pub fn append(
        &mut self,
        subjects: &[&Subject],
        seen: &[Seen],
        data: &Dataset,
    ) -> Result<(), RecordError> {
        for one in seen {
            let classes = self.classes.get(one.case).map_or(&[][..], Vec::as_slice);
            let Some(subject) = subjects.get(one.case) else { continue };
            let added = self.rows.add(subject, one, &data.picture_name(one.index), classes);
            added.map_err(|reason| write_error(&self.path, reason))?;
        }
        Ok(())
    }

    /// Brings everything to the disk; how many bytes that is.
    ///
    /// # Errors
    /// [`RecordError::Write`]
    pub fn sync(&mut self) -> Result<u64, RecordError> {
        let mut sync = || {
            self.rows.to.flush()?;
            let file = self.rows.to.get_ref();
            file.sync_data()?;
            Ok(file.metadata()?.len())
        };
        sync().map_err(|reason| write_error(&self.path, reason))
    }

    /// Where it stands as long as it is not whole.
    pub fn partial(&self) -> PathBuf {
        partial(&self.path)
    }

    /// Puts the whole table in its place.
    ///
    /// # Errors
    /// [`RecordError::Write`]; what stood there before is as it was.
    pub fn finish(mut self) -> Result<(), RecordError> {
        self.sync()?;
        let Self { path, rows, .. } = self;
        drop(rows);
        fs::rename(partial(&path), &path).map_err(|reason| write_error(&path, reason))
    }
}

/// A line of fields, quoted where they need it (RFC 4180).
pub(crate) fn write_row(to: &mut impl Write, fields: &[String]) -> io::Result<()> {
    for (place, field) in fields.iter().enumerate() {
        let comma = if place == 0 { "" } else { "," };
        match field.contains([',', '"', '\n', '\r']) {
            true => write!(to, "{comma}\"{}\"", field.replace('"', "\"\""))?,
            false => write!(to, "{comma}{field}")?,
        }
    }
    writeln!(to)
}

/// Where a table stands while it grows.
pub fn partial(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".partial");
    name.into()
}

fn write_error(path: &Path, reason: io::Error) -> RecordError {
    RecordError::Write { path: path.display().to_string(), reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_where_another_program_would_split_them() {
        let mut line = Vec::new();
        let fields = ["a, b", "say \"cheese\"", "", "two\nlines", "plain"].map(str::to_owned);
        write_row(&mut line, &fields).unwrap();
        assert_eq!(line, b"\"a, b\",\"say \"\"cheese\"\"\",,\"two\nlines\",plain\n");
    }

    #[test]
    fn a_table_goes_on_where_it_was_kept_and_what_came_after_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.csv");
        fs::write(&path, "what stood there").unwrap();
        let mut file = RowsFile::open(&path, None, vec![]).unwrap();
        let kept = file.sync().unwrap();
        write_row(&mut file.rows.to, &["lost".to_owned()]).unwrap();
        file.sync().unwrap();
        drop(file);
        let mut file = RowsFile::open(&path, Some(kept), vec![]).unwrap();
        write_row(&mut file.rows.to, &["found".to_owned()]).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "what stood there");
        file.finish().unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("index,name,model") && text.ends_with("ponder_cost\nfound\n"), "{text}");
        assert!(!partial(&path).exists());
        let error = RowsFile::open(&path, Some(kept), vec![]).err().unwrap().to_string();
        assert!(error.contains("rows.csv.partial is of a run whose table is not as it was kept"), "{error}");
    }
}

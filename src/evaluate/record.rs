//! An evaluation that can be kept: what it is of, how far it has come, and exact counts, so that it can go on or be joined with
//! others.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};

use super::{Breakdown, Case, EvaluateError, Metrics, Order, Shard, Subject, partial};
use crate::aside;
use crate::dataset::Dataset;

/// Sentences about examples that could not be used; more than these are only counted.
const TOLD: usize = 100;
/// First entry of a file, by which it is known.
const FORMAT: &str = "ponderscope evaluation";

/// One pass over a data set, by as many cases as are asked for, as far as it has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    pub format: String,
    /// Layout of this record.
    pub version: u32,
    pub data: DataName,
    pub order: Order,
    /// How many examples are to be taken.
    pub total: usize,
    /// How many of them have been, those that could not be used included.
    pub done: usize,
    /// Seconds that it ran.
    pub seconds: f64,
    /// How many examples could not be used.
    pub skipped: usize,
    /// Why, in a sentence each.
    pub problems: Vec<String>,
    /// How long the table of images was, if one is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows_bytes: Option<u64>,
    pub cases: Vec<CaseRecord>,
}

/// What a file says first.
#[derive(Deserialize)]
struct Layout {
    format: String,
    version: u32,
}

/// Which data an evaluation is of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataName {
    pub name: String,
    pub examples: usize,
    /// Tells data from others of the same name and size: a checksum over the classes and some of the examples' names.
    pub checksum: String,
}

/// Examples whose names tell data from others.
const NAMES: usize = 100;

impl DataName {
    fn of(data: &Dataset) -> Self {
        let mut sum = Md5::new();
        data.classes().iter().for_each(|class| sum.update(class.as_bytes()));
        let step = (data.len() / NAMES).max(1);
        for index in (0..data.len()).step_by(step) {
            // Where a data set lies may differ from machine to machine.
            let name = data.picture_name(index);
            sum.update(name.rsplit(['/', '\\']).next().unwrap_or_default().as_bytes());
        }
        let checksum = sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Self { name: data.name(), examples: data.len(), checksum }
    }
}

/// What one model did under one setting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CaseRecord {
    #[serde(flatten)]
    pub subject: Subject,
    /// For people: what the counts come to, by the reference's names. Not read back.
    #[serde(default, skip_deserializing)]
    pub figures: BTreeMap<String, f64>,
    pub metrics: Metrics,
    pub breakdown: Breakdown,
}

/// Why an evaluation that was kept cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    #[error("cannot read {path} ({reason}): check the path and that it may be read")]
    Unreadable { path: String, reason: std::io::Error },
    #[error(
        "{path} is not an evaluation that ponderscope kept ({reason}): name one, or begin anew without --resume"
    )]
    Foreign { path: String, reason: String },
    #[error("cannot write {path} ({reason}): make room there, or choose another place")]
    Write { path: String, reason: std::io::Error },
    #[error("{path} is of {what}: give the same again, or another file to --save")]
    Other { path: String, what: String },
    #[error("the parts do not belong together: {path} is of {what}")]
    NotOfOne { path: String, what: String },
    #[error("{path} is not a part of several: join what was made with --shard")]
    NotAPart { path: String },
    #[error("{path} is not complete, {done} of {total}: go on with it with --resume")]
    Incomplete { path: String, done: usize, total: usize },
    #[error("{path} is part {shard}, as one before it is: give each part once")]
    Twice { path: String, shard: Shard },
    #[error("part {missing} of {of} is missing: give all {of}")]
    Missing { missing: usize, of: usize },
}

impl Evaluation {
    /// One that has not begun.
    pub fn new(cases: &[Case<'_>], data: &Dataset, order: Order) -> Self {
        let empty = |case: &Case<'_>| CaseRecord {
            subject: case.subject.clone(),
            figures: BTreeMap::new(),
            metrics: Metrics::default(),
            breakdown: Breakdown::default(),
        };
        Self {
            format: FORMAT.to_owned(),
            version: 1,
            data: DataName::of(data),
            order,
            total: order.indices(data.len()).len(),
            done: 0,
            seconds: 0.0,
            skipped: 0,
            problems: Vec::new(),
            rows_bytes: None,
            cases: cases.iter().map(empty).collect(),
        }
    }

    pub fn is_complete(&self) -> bool {
        self.done == self.total
    }

    /// How many images were evaluated.
    pub fn images(&self) -> u64 {
        self.cases.first().map_or(0, |case| case.metrics.images)
    }

    /// Counts an example that cannot be used.
    pub(super) fn skip(&mut self, problem: String) {
        self.done += 1;
        self.skipped += 1;
        if self.problems.len() < TOLD {
            self.problems.push(problem);
        }
    }

    /// Reads one that was kept.
    ///
    /// # Errors
    /// [`RecordError::Unreadable`], [`RecordError::Foreign`].
    pub fn open(path: &Path) -> Result<Self, RecordError> {
        let shown = || path.display().to_string();
        let text = fs::read_to_string(path).map_err(|reason| match reason.kind() {
            std::io::ErrorKind::InvalidData => {
                RecordError::Foreign { path: shown(), reason: "it is no text".to_owned() }
            }
            _ => RecordError::Unreadable { path: shown(), reason },
        })?;
        let foreign = |reason: String| RecordError::Foreign { path: shown(), reason };
        let layout: Layout = serde_json::from_str(&text).map_err(|error| foreign(error.to_string()))?;
        match (layout.format.as_str(), layout.version) {
            (FORMAT, 1) => serde_json::from_str(&text).map_err(|error| foreign(error.to_string())),
            (FORMAT, version) => Err(foreign(format!("its layout is {version}, from a later version"))),
            (other, _) => Err(foreign(format!("its format is {other:?}"))),
        }
    }

    /// Keeps it, in place of what stood there.
    ///
    /// # Errors
    /// [`RecordError::Write`]; what stood there is as it was.
    pub fn save(&self, path: &Path) -> Result<(), RecordError> {
        let mut kept = self.clone();
        for case in &mut kept.cases {
            case.figures = case.metrics.figures(case.subject.spec.family, case.subject.terms);
        }
        // Always under the same name, so that nothing is left where a program was killed and went on.
        let beside = partial(path);
        let write = || {
            aside::folder_of(path)?;
            let mut file = BufWriter::new(File::create(&beside)?);
            serde_json::to_writer_pretty(&mut file, &kept)?;
            file.write_all(b"\n")?;
            file.into_inner().map_err(|error| error.into_error())?.sync_all()?;
            fs::rename(&beside, path)
        };
        write().map_err(|reason| {
            // Whether or not it is there, and can be removed.
            let _ = fs::remove_file(&beside);
            RecordError::Write { path: path.display().to_string(), reason }
        })
    }

    /// Goes on with one that was kept at `path`, of which this would be the beginning.
    ///
    /// # Errors
    /// [`RecordError::Other`] if it is of other data, other examples, other models or settings.
    pub fn resumed(&self, kept: Self, path: &Path) -> Result<Self, RecordError> {
        let path = || path.display().to_string();
        match self.difference(&kept) {
            None if self.order == kept.order => Ok(kept),
            None => {
                let what = "other examples of the data".to_owned();
                Err(RecordError::Other { path: path(), what })
            }
            Some(what) => Err(RecordError::Other { path: path(), what }),
        }
    }

    /// What the other is of that this is not.
    fn difference(&self, other: &Self) -> Option<String> {
        if self.data != other.data {
            let DataName { name, examples, .. } = &other.data;
            return Some(format!("other data ({name}, {examples} pictures)"));
        }
        let same_models = self.cases.len() == other.cases.len()
            && self.cases.iter().zip(&other.cases).all(|(own, other)| own.subject == other.subject);
        (!same_models).then(|| {
            let cases = other.cases.iter().map(|case| {
                let Subject { model, setting, .. } = &case.subject;
                format!("{model} at {}", setting.threshold)
            });
            format!("other models or settings ({})", cases.collect::<Vec<_>>().join(", "))
        })
    }

    /// Joins the parts that [`Order::shard`] has made, each under the path that it was read from.
    ///
    /// # Errors
    /// Parts that are of different evaluations, not complete, given twice, or missing.
    pub fn join(parts: Vec<(std::path::PathBuf, Self)>) -> Result<Self, RecordError> {
        let mut seen = BTreeSet::new();
        let mut whole: Option<Self> = None;
        let mut of = 0;
        for (path, part) in parts {
            let path = path.display().to_string();
            let Some(shard) = part.order.shard else { return Err(RecordError::NotAPart { path }) };
            if !part.is_complete() {
                return Err(RecordError::Incomplete { path, done: part.done, total: part.total });
            }
            if let Some(whole) = &whole {
                let what = whole.difference(&part).or_else(|| {
                    let same = Order { shard: None, ..whole.order } == Order { shard: None, ..part.order };
                    (!same || shard.of != of).then(|| format!("other parts ({shard})"))
                });
                if let Some(what) = what {
                    return Err(RecordError::NotOfOne { path, what });
                }
            }
            of = shard.of;
            if !seen.insert(shard.number) {
                return Err(RecordError::Twice { path, shard });
            }
            match &mut whole {
                Some(whole) => whole.merge(part),
                None => whole = Some(part),
            }
        }
        let Some(mut whole) = whole else { return Err(RecordError::Missing { missing: 1, of: 1 }) };
        if let Some(missing) = (1..=of).find(|number| !seen.contains(number)) {
            return Err(RecordError::Missing { missing, of });
        }
        (whole.order.shard, whole.rows_bytes) = (None, None);
        Ok(whole)
    }

    fn merge(&mut self, other: Self) {
        self.total += other.total;
        self.done += other.done;
        self.seconds += other.seconds;
        self.skipped += other.skipped;
        self.problems.extend(other.problems);
        self.problems.truncate(TOLD);
        for (own, other) in self.cases.iter_mut().zip(other.cases) {
            own.metrics.merge(&other.metrics);
            own.breakdown.merge(&other.breakdown);
        }
    }
}

impl From<RecordError> for EvaluateError {
    fn from(error: RecordError) -> Self {
        Self::Record(error)
    }
}

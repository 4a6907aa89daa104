//! What `ponderscope eval` keeps while it goes: the evaluation, and the table of images.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::ensure;

use crate::dataset::Dataset;
use crate::evaluate::{Case, Evaluation, RowsFile, Seen, Subject, class_names};

use super::EvalArgs;

/// The files of --save and --csv.
pub(super) struct Keeping<'a> {
    save: Option<&'a Path>,
    rows: Option<RowsFile>,
    data: &'a Dataset,
    /// From one time to the next.
    every: Duration,
    last: Instant,
    /// Whether something could not be written: then the last state that was kept stays.
    failed: bool,
}

impl<'a> Keeping<'a> {
    /// Opens the files; `evaluation` becomes the one that is gone on with, if there is one.
    pub fn begin(
        args: &'a EvalArgs,
        cases: &[Case<'_>],
        data: &'a Dataset,
        evaluation: &mut Evaluation,
    ) -> anyhow::Result<Self> {
        let save = args.save.as_deref();
        let kept = save.filter(|path| args.resume && path.exists());
        if let Some(path) = kept {
            *evaluation = evaluation.resumed(Evaluation::open(path)?, path)?;
        }
        if let Some(path) = save.filter(|path| kept.is_none() && path.exists()) {
            // Neither what is no evaluation nor hours of work are overwritten.
            let other = Evaluation::open(path)?;
            ensure!(
                other.is_complete(),
                "{} holds an evaluation that is not complete, {} of {}: go on with it with --resume, or name another file",
                path.display(),
                other.done,
                other.total
            );
        }
        ensure!(
            save.is_none() || save != args.csv.as_deref(),
            "--save and --csv name the same file: name two"
        );
        let every = Duration::from_secs(args.save_every.into());
        let mut keeping = Self { save, rows: None, data, every, last: Instant::now(), failed: false };
        ensure!(
            args.csv.is_some()
                || kept.is_none()
                || evaluation.rows_bytes.is_none()
                || evaluation.is_complete(),
            "the evaluation was begun with --csv: give it again, or begin anew without --resume"
        );
        if let Some(path) = &args.csv {
            let bytes = evaluation.rows_bytes;
            ensure!(
                kept.is_none() || evaluation.done == 0 || bytes.is_some(),
                "the evaluation was begun without --csv: go on without it, or begin anew without --resume"
            );
            let length = path.metadata().map(|about| about.len()).ok();
            let is_there = evaluation.is_complete() && bytes.is_some() && length == bytes;
            if !(kept.is_some() && is_there) {
                let names = cases.iter().map(|case| class_names(&case.subject.spec, data)).collect();
                keeping.rows = Some(RowsFile::open(path, bytes, names)?);
            }
        }
        // What cannot be written is told before the work, not after it.
        keeping.save(evaluation)?;
        Ok(keeping)
    }

    /// Takes in what was seen of a batch.
    pub fn add(&mut self, evaluation: &Evaluation, seen: &[Seen]) -> anyhow::Result<()> {
        let added = self.try_add(evaluation, seen);
        self.failed |= added.is_err();
        added
    }

    fn try_add(&mut self, evaluation: &Evaluation, seen: &[Seen]) -> anyhow::Result<()> {
        if let Some(rows) = &mut self.rows {
            let subjects: Vec<&Subject> = evaluation.cases.iter().map(|case| &case.subject).collect();
            rows.append(&subjects, seen, self.data)?;
        }
        if self.last.elapsed() >= self.every {
            self.save(&mut evaluation.clone())?;
            self.last = Instant::now();
        }
        Ok(())
    }

    /// The table is on the disk before the evaluation says how long it is.
    fn save(&mut self, evaluation: &mut Evaluation) -> anyhow::Result<()> {
        if let Some(rows) = &mut self.rows {
            evaluation.rows_bytes = Some(rows.sync()?);
        }
        if let Some(path) = self.save {
            evaluation.save(path)?;
        }
        Ok(())
    }

    /// Keeps the last state; a whole table takes its place. Where the rest of one lies, if it is not whole.
    pub fn end(mut self, evaluation: &mut Evaluation) -> anyhow::Result<Option<PathBuf>> {
        if self.failed {
            return Ok(self.rows.map(|rows| rows.partial()));
        }
        self.save(evaluation)?;
        match self.rows {
            Some(rows) if evaluation.is_complete() => rows.finish().map(|()| None).map_err(Into::into),
            rows => Ok(rows.map(|rows| rows.partial())),
        }
    }
}

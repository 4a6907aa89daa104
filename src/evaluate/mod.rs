//! One pass of a model over many pictures: the HDF5 export of what it did, or what that comes to on labelled ones.

mod breakdown;
mod case;
mod columns;
mod error;
mod file;
mod joining;
mod labels;
mod metrics;
mod order;
mod pass;
mod reading;
mod record;
mod rows;
mod schema;
mod statistics;
mod stored;
mod stored_trace;
mod summary;
mod tables;

use std::path::Path;

use crate::dataset::{Batch, DatasetError};
use crate::halting::HaltingSetting;
use crate::jobs::Cancel;
use crate::network::{NetworkError, RunOptions};
use crate::zoo::Model;

pub use breakdown::Breakdown;
pub use case::{Case, Seen, Subject, fingerprint, ponder_cost, top};
pub use error::{EvaluateError, ExportError};
pub use file::ExportFile;
pub use joining::{Join, JoinError, join_exports};
pub use labels::{check, class_names, first_label};
pub use metrics::{BlockMetrics, LossTerms, Metrics, l2};
pub use order::{Indices, Order, Shard};
pub use pass::{EvaluateOptions, evaluate, measure};
pub use reading::{evaluation_input, example};
pub use record::{CaseRecord, DataName, Evaluation, RecordError};
pub(crate) use rows::write_row;
pub use rows::{Rows, RowsFile, partial};
pub use schema::About;
pub use statistics::{Fraction, Statistic, Whole};
pub use stored::{StoredMaps, StoredMapsError, preprocessing_of, stored_card};
pub use stored_trace::stored_trace;
pub use summary::{BlockSummary, Summary};

/// How far a pass has come.
#[derive(Debug)]
pub enum Step {
    /// So many more images are in the file.
    Done(usize),
    /// One example could not be used; the pass goes on without it.
    Skipped(DatasetError),
}

/// Runs a model over batches of inputs of one size and writes everything it did to an HDF5 file (specification,
/// section 7). Memory does not grow with the number of images. `path` is written only when all is done: after an
/// error or a cancel, what stood there before is as it was. `classes` are the names that labels are indices into; none if
/// there are no labels.
///
/// # Errors
/// Every [`ExportError`]; an example that cannot be read is no error, but [`Step::Skipped`].
pub fn export(
    model: &Model,
    setting: &HaltingSetting,
    batches: impl Iterator<Item = Result<Batch, DatasetError>>,
    classes: &[String],
    path: &Path,
    cancel: &Cancel,
    mut report: impl FnMut(Step),
) -> Result<Summary, ExportError> {
    let mut file = ExportFile::create(path, &About { card: &model.card, setting, classes })?;
    let mut summary = Summary::default();
    let cancelled = || ExportError::Cancelled { path: path.display().to_string() };
    for batch in batches {
        if cancel.is_cancelled() {
            return Err(cancelled());
        }
        let batch = match batch {
            Ok(batch) => batch,
            Err(error) => {
                summary.skipped += 1;
                report(Step::Skipped(error));
                continue;
            }
        };
        let options = RunOptions { cancel: Some(cancel), ..RunOptions::default() };
        let traces = model.network.run(&batch.inputs, setting, options).map_err(|error| match error {
            NetworkError::Cancelled => cancelled(),
            other => other.into(),
        })?;
        file.append(&batch, &traces)?;
        summary.add(&traces);
        report(Step::Done(traces.len()));
    }
    if summary.images == 0 {
        return Err(ExportError::Nothing { path: path.display().to_string(), skipped: summary.skipped });
    }
    if cancel.is_cancelled() {
        return Err(cancelled());
    }
    file.finish()?;
    Ok(summary)
}

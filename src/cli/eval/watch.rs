//! `ponderscope eval --watch`: the evaluation that runs beside a training, of the weights that it would use.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use anyhow::ensure;

use crate::dataset::Dataset;
use crate::engine::Device;
use crate::evaluate::{EvaluateError, Evaluation};
use crate::jobs::Cancel;
use crate::train::RunFolder;
use crate::weights;
use crate::zoo::ModelCard;

use super::keeping::Keeping;
use super::report::Report;
use super::{EvalArgs, Loaded};

/// From one look at the file to the next.
const BETWEEN_LOOKS: Duration = Duration::from_secs(2);
/// From one look at the interrupt to the next.
const GLANCE: Duration = Duration::from_millis(100);

/// Evaluates the checkpoint in `folder` whenever it changes, until it is cancelled.
pub(super) fn run(
    args: &EvalArgs,
    folder: &Path,
    data: &Dataset,
    device: &Device,
    cancel: &Cancel,
) -> anyhow::Result<()> {
    let shown = folder.display();
    ensure!(folder.is_dir(), "there is no folder {shown}: give the folder of a training run");
    let checkpoint = RunFolder::new(folder).checkpoint();
    let mut seen = stamp(&checkpoint);
    if seen.is_none() {
        eprintln!("ponderscope: waiting for {}", checkpoint.display());
    }
    let mut is_new = seen.is_some();
    while !cancel.is_cancelled() {
        if is_new && let Err(error) = evaluate(args, &checkpoint, data, device, cancel) {
            match error.downcast_ref() {
                Some(EvaluateError::Cancelled { .. }) => return Ok(()),
                // The data stay as they are, the next checkpoint may be better.
                Some(EvaluateError::Dataset(_) | EvaluateError::Classes { .. }) => return Err(error),
                _ => eprintln!("ponderscope: {error:#}"),
            }
        }
        wait(BETWEEN_LOOKS, cancel);
        let now = stamp(&checkpoint);
        is_new = now.is_some() && now != seen;
        seen = now.or(seen);
    }
    Ok(())
}

/// Tells one content of a file from the next, which is put in its place whole; nothing where there is no file.
fn stamp(path: &Path) -> Option<(SystemTime, u64)> {
    let about = fs::metadata(path).ok()?;
    Some((about.modified().ok()?, about.len()))
}

fn wait(time: Duration, cancel: &Cancel) {
    let start = Instant::now();
    while start.elapsed() < time && !cancel.is_cancelled() {
        thread::sleep(GLANCE);
    }
}

/// Evaluates what the file holds now and prints one line.
fn evaluate(
    args: &EvalArgs,
    checkpoint: &Path,
    data: &Dataset,
    device: &Device,
    cancel: &Cancel,
) -> anyhow::Result<()> {
    let variables = weights::read_in_use(checkpoint)?;
    let card = ModelCard::of(&variables.outline(), checkpoint)?;
    let loaded = [Loaded::new(args.tau, card, &variables, device)?];
    let cases = args.cases(&loaded);
    let mut evaluation = Evaluation::new(&cases, data, args.order());
    let mut keeping = Keeping::begin(args, &cases, data, &mut evaluation)?;
    args.evaluate(&cases, data, &mut evaluation, &mut keeping, cancel)?;
    for case in &evaluation.cases {
        let mut report = Report::new(&evaluation, case);
        report.step = variables.metadata.get("step").and_then(|step| step.parse().ok());
        match args.json {
            true => println!("{}", serde_json::to_string(&report)?),
            false => println!("{}", report.line()),
        }
    }
    Ok(())
}

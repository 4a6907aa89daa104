//! `ponderscope eval --watch`: the evaluation that runs beside a training.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, ensure};
use serde::Deserialize;

use crate::dataset::Labelled;
use crate::engine::Device;
use crate::evaluate::EvaluateError;
use crate::jobs::Cancel;
use crate::network::NetworkSpec;
use crate::zoo::{self, ModelSource};

use super::report::Report;
use super::{EvalArgs, Subject};

/// The newest weights of a run, in its folder.
const CHECKPOINT: &str = "checkpoint.safetensors";
/// What is trained, and how.
const RECIPE: &str = "recipe.json";

/// From one look at the file to the next.
const BETWEEN_LOOKS: Duration = Duration::from_secs(2);
/// From one look at the interrupt to the next.
const GLANCE: Duration = Duration::from_millis(100);

/// What must be known of a recipe.
#[derive(Deserialize)]
struct Recipe {
    spec: NetworkSpec,
    tau: f64,
}

/// Evaluates the checkpoint in `folder` whenever it changes, until it is cancelled.
pub(super) fn run(
    args: &EvalArgs,
    folder: &Path,
    data: &Labelled,
    device: &Device,
    cancel: &Cancel,
) -> anyhow::Result<()> {
    let shown = folder.display();
    ensure!(folder.is_dir(), "there is no folder {shown}: give the folder of a training run");
    let checkpoint = folder.join(CHECKPOINT);
    let mut seen = stamp(&checkpoint);
    if seen.is_none() {
        eprintln!("ponderscope: waiting for {}", checkpoint.display());
    }
    let mut is_new = seen.is_some();
    while !cancel.is_cancelled() {
        if is_new && let Err(error) = evaluate(args, folder, data, device, cancel) {
            match error.downcast_ref() {
                Some(EvaluateError::Cancelled(_)) => return Ok(()),
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

/// Evaluates what the folder holds now and prints one line.
fn evaluate(
    args: &EvalArgs,
    folder: &Path,
    data: &Labelled,
    device: &Device,
    cancel: &Cancel,
) -> anyhow::Result<()> {
    let (mut card, contents) = zoo::open(&ModelSource::File(folder.join(CHECKPOINT)))?;
    if let Some(recipe) = recipe_in(folder)? {
        card.spec = recipe.spec;
        card.tau = Some(recipe.tau);
    }
    let subject = Subject::new(args, card, &contents, device)?;
    let start = Instant::now();
    let metrics = subject.evaluate(args, data, cancel)?;
    let seconds = start.elapsed().as_secs_f64();
    let mut report = Report::new(&subject, data, args.halting.threshold, &metrics, seconds);
    report.step = contents.variables.metadata.get("step").and_then(|step| step.parse().ok());
    match args.json {
        true => println!("{}", serde_json::to_string(&report)?),
        false => println!("{}", report.line()),
    }
    Ok(())
}

/// The recipe of a run; a folder without one is a run as well.
fn recipe_in(folder: &Path) -> anyhow::Result<Option<Recipe>> {
    let path = folder.join(RECIPE);
    let text = match fs::read_to_string(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        text => text.with_context(|| format!("cannot read {}", path.display()))?,
    };
    let recipe = serde_json::from_str(&text);
    recipe.map(Some).with_context(|| {
        format!(
            "{} is not the recipe of a training run: remove it, or copy it from the run again",
            path.display()
        )
    })
}

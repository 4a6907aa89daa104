//! Exports: the reference's numbers in the reference's schema, files that are whole or not there, and bad input.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    reason = "a test may stop at the first surprise"
)]
mod command;
#[path = "../common/mod.rs"]
mod common;
mod drawing;
mod joining;
mod labels;
mod reading;
mod reference;
#[path = "../engine/support.rs"]
#[expect(dead_code, reason = "shared with the tests of the engine, which use more of it")]
mod support;
mod traces;
mod writing;

use std::path::Path;

use ponderscope::dataset::{Batch, Dataset, batches};
use ponderscope::engine::Device;
use ponderscope::evaluate::{ExportError, Step, Summary, export};
use ponderscope::halting::HaltingSetting;
use ponderscope::image::Input;
use ponderscope::jobs::Cancel;
use ponderscope::zoo::{self, Model};

/// A fixture's model.
fn model(folder: &Path) -> Model {
    let entry = zoo::find(folder.to_str().unwrap()).unwrap();
    zoo::load(&entry.source, &Device::cpu()).unwrap()
}

/// Exports the images of an export anew, in batches of five.
fn export_again(model: &Model, from: &Path, to: &Path) -> Result<Summary, ExportError> {
    let dataset = Dataset::open(&[from.to_owned()]).unwrap();
    let examples = dataset.examples(|_| unreachable!("an export needs no decoding"));
    let setting = HaltingSetting::default();
    export(model, &setting, batches(examples, Some(5)), dataset.classes(), to, &Cancel::new(), |step| {
        if let Step::Skipped(error) = step {
            panic!("{error}");
        }
    })
}

/// Exports inputs of one size.
fn export_inputs(model: &Model, inputs: Vec<Input>, to: &Path) {
    let names = (0..inputs.len()).map(|index| format!("{index}.png")).collect();
    let batch = Batch { names, labels: vec![None; inputs.len()], inputs };
    let setting = HaltingSetting::default();
    export(model, &setting, [Ok(batch)].into_iter(), &[], to, &Cancel::new(), |_| ()).unwrap();
}

/// Names of everything in a folder.
fn names_in(folder: &Path) -> Vec<String> {
    let entries = folder.read_dir().unwrap();
    let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

//! `ponderscope eval --watch` beside a run that is made here.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use ponderscope::weights::{self, Overwrite, Precision, Variable};

use super::common::fixture;
use super::{check, expected, figures, write_pictures};

/// Writes a fixture's weights as training does.
fn write_checkpoint(fixture: &Path, run: &Path, step: u64) {
    let mut variables = weights::read(fixture).unwrap();
    variables.metadata = [("step", step.to_string()), ("tau", "0.01".to_owned())]
        .map(|(key, value)| (key.to_owned(), value))
        .into();
    let name = "resnet_residual/logits/weights/Momentum".to_owned();
    variables.by_name.insert(name, Variable { shape: vec![2], values: vec![f32::NAN; 2] });
    weights::write(&run.join("checkpoint.safetensors"), &variables, Precision::Single, Overwrite::Replace)
        .unwrap();
}

#[test]
fn what_a_run_averages_is_measured_as_it_is_used() {
    let Some(folder) = fixture("cifar_2_sact_trainrun") else { return };
    let place = tempfile::tempdir().unwrap();
    write_checkpoint(&folder, place.path(), 20);
    let path = place.path().join("checkpoint.safetensors");
    let mut variables = weights::read(&path).unwrap();
    let weights_in_use = variables.by_name.clone();
    for (name, variable) in &weights_in_use {
        variables.by_name.insert(format!("{name}{}", weights::AVERAGE), variable.clone());
        variables.by_name.get_mut(name).unwrap().values.fill(0.5);
    }
    weights::write(&path, &variables, Precision::Single, Overwrite::Replace).unwrap();
    assert!(weights::read_in_use(&path).unwrap().by_name == weights_in_use);
}

#[test]
fn every_checkpoint_is_evaluated_until_an_interrupt() {
    let Some(folder) = fixture("cifar_2_sact_trainrun") else { return };
    let place = tempfile::tempdir().unwrap();
    let (run, data) = (place.path().join("run"), place.path().join("data"));
    write_pictures(&folder, &data);
    std::fs::create_dir(&run).unwrap();
    write_checkpoint(&folder, &run, 20);

    let mut command = Command::new(env!("CARGO_BIN_EXE_ponderscope"));
    command.arg("eval").arg("--watch").arg(&run).arg("--data").arg(&data);
    let mut watch = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines();
    let mut check_next = |step: &str| {
        let line = lines.next().unwrap().unwrap();
        let (first, rest) = line.split_once('\t').unwrap();
        assert_eq!(first, step);
        check(&figures(rest.split('\t')), &expected(&folder), 1e-4);
    };
    check_next("step[20]");
    write_checkpoint(&folder, &run, 40);
    check_next("step[40]");

    // A checkpoint that is none is told, and the next one counts.
    std::fs::write(run.join("checkpoint.safetensors"), "Dear diary").unwrap();
    let mut told = BufReader::new(watch.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(told.next().unwrap().contains("checkpoint.safetensors is a text file"));
    write_checkpoint(&folder, &run, 60);
    check_next("step[60]");

    let killed = Command::new("kill").args(["-INT", &watch.id().to_string()]).status().unwrap();
    assert!(killed.success() && watch.wait().unwrap().success());
}

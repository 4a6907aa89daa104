//! What an export says about its pictures and its model, beside maps; and parts of the data.

use std::path::Path;

use assert_cmd::Command;
use hdf5_metno as hdf5;
use hdf5_metno::types::VarLenUnicode;
use ponderscope::dataset::{Batch, Dataset, Export};
use ponderscope::evaluate::export;
use ponderscope::halting::HaltingSetting;
use ponderscope::jobs::Cancel;
use ponderscope::zoo::ModelCard;
use predicates::str::contains;

use super::common::fixture;
use super::model;
use super::support::Random;

fn open(path: &Path) -> hdf5::File {
    hdf5::File::with_options().with_fapl(|access| access.file_locking(false)).open(path).unwrap()
}

fn batch(labels: &[Option<usize>]) -> Batch {
    let inputs = (0..labels.len() as u64).map(|seed| Random(seed).input(8, 8)).collect();
    Batch { names: vec!["a".into(); labels.len()], labels: labels.to_vec(), inputs }
}

#[test]
fn labels_are_kept_and_come_back() {
    let model = model(&fixture("cifar_2_sact_trainrun").unwrap());
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("maps.h5");
    let write = |batches: &[&[Option<usize>]], classes: &[String]| {
        let batches = batches.iter().map(|labels| Ok(batch(labels)));
        let setting = HaltingSetting::default();
        export(&model, &setting, batches, classes, &path, &Cancel::new(), |_| ()).unwrap();
        Export::open(&path).unwrap()
    };
    let classes = ["mouse".to_owned(), "Käfer".to_owned()];
    let labels = [None, None, Some(1), Some(0), None];
    let written = write(&[&labels[..2], &labels[2..3], &labels[3..]], &classes);
    assert_eq!(written.classes(), classes);
    assert_eq!([0, 1, 2, 3, 4].map(|index| written.label(index).unwrap()), labels);
    // Nobody names the classes, and the first label comes late.
    let written = write(&[&labels[..2], &labels[2..]], &[]);
    assert_eq!([0, 1, 2, 3, 4].map(|index| written.label(index).unwrap()), labels);
    let labels = open(&path).dataset("labels").unwrap().read_raw::<i64>().unwrap();
    assert_eq!(labels, [-1, -1, 1, 0, -1]);

    let written = write(&[&[None, None]], &[]);
    assert!(written.classes().is_empty() && !written.has("labels") && !written.has("class_names"));
}

#[test]
fn parts_of_the_labelled_samples_are_all_of_them_and_tell_their_model() {
    let place = tempfile::tempdir().unwrap();
    let samples = Dataset::samples();
    let mut names = Vec::new();
    for part in 1..=3 {
        let path = place.path().join("maps.h5");
        let mut command = Command::cargo_bin("ponderscope").unwrap();
        command.args(["export", "--data", "samples", "--num-examples", "7", "--shard", &format!("{part}/3")]);
        command.arg("-o").arg(&path).assert().success();
        let export = Export::open(&path).unwrap();
        assert_eq!(export.classes(), samples.classes());
        for index in 0..export.len() {
            let expected = samples.read(names.len()).unwrap();
            assert_eq!(export.label(index).unwrap(), expected.label);
            names.push(export.image_name(index));
        }
        let file = open(&path);
        let card: VarLenUnicode = file.attr("card").unwrap().read_scalar().unwrap();
        let card: ModelCard = serde_json::from_str(&card).unwrap();
        assert_eq!(file.attr("tau").unwrap().read_scalar::<f64>().unwrap(), card.tau.unwrap());
        assert_eq!(file.attr("data").unwrap().read_scalar::<VarLenUnicode>().unwrap().as_str(), "CIFAR-10");
        assert!(card.accuracy.is_some() && card.training.is_some());
    }
    assert_eq!(names, (0..7).map(|index| samples.picture_name(index)).collect::<Vec<_>>());

    let mut command = Command::cargo_bin("ponderscope").unwrap();
    command.args(["export", "--data", "samples", "--num-examples", "2", "--shard", "1/3", "-o", "none.h5"]);
    command.assert().failure().stderr(contains("part 1/3 of 2 pictures is empty"));
}

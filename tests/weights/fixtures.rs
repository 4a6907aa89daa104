//! Checkpoints that the reference itself wrote.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use ponderscope::network::{Family, NetworkSpec, Variant};
use ponderscope::weights::{self, LeftOut, Overwrite, Precision};
use ponderscope::zoo::{self, ModelCard, ModelEntry, ModelSource, Training};
use serde_json::Value;

/// Every checkpoint of the reference that is at hand.
fn fixture_folders() -> Vec<PathBuf> {
    let parents = [crate::common::fixture(""), crate::common::beside("fixtures")];
    let folders = parents.iter().flatten().flat_map(|parent| fs::read_dir(parent).unwrap());
    let folders = folders.map(|entry| entry.unwrap().path()).filter(|path| path.join("checkpoint").is_file());
    folders.collect()
}

/// What a fixture's `meta.json` says of its network.
fn described(meta: &Value) -> NetworkSpec {
    let numbers = |key: &str| -> Vec<usize> {
        meta[key].as_array().unwrap().iter().map(|number| number.as_u64().unwrap() as usize).collect()
    };
    NetworkSpec {
        family: if meta["block_scopes"][0] == "block_1" { Family::Cifar } else { Family::ImageNet },
        units: numbers("block_num_units"),
        width: meta["base_channels"].as_u64().unwrap() as usize,
        classes: meta["num_classes"].as_u64().unwrap() as usize,
        variant: match meta["model_type"].as_str().unwrap() {
            "vanilla" => Variant::Vanilla,
            "act" => Variant::Act,
            "sact" => Variant::Sact,
            other => panic!("{other}"),
        },
    }
}

/// Every variable of the checkpoint, from `meta.json`.
fn listed(meta: &Value) -> BTreeMap<String, Vec<usize>> {
    let variables = meta["variables"].as_array().unwrap().iter();
    let shape = |variable: &Value| {
        variable["shape"].as_array().unwrap().iter().map(|edge| edge.as_u64().unwrap() as usize).collect()
    };
    variables.map(|variable| (variable["name"].as_str().unwrap().to_owned(), shape(variable))).collect()
}

#[test]
fn every_checkpoint_of_the_reference_is_read_whole() {
    let folders = fixture_folders();
    assert!(folders.len() >= 6, "{folders:?}");
    for folder in folders {
        let meta: Value = serde_json::from_slice(&fs::read(folder.join("meta.json")).unwrap()).unwrap();
        let contents = weights::read_contents(&folder).unwrap();
        let spec = weights::infer_spec(&contents.variables).unwrap();
        assert_eq!(spec, described(&meta), "{}", folder.display());
        weights::check(&contents.variables, &spec).unwrap();

        let mut listed = listed(&meta);
        listed.retain(|name, _| !contents.left_out.contains_key(name));
        assert_eq!(contents.variables.outline().shapes, listed, "{}", folder.display());
        assert_eq!(weights::outline(&folder).unwrap().shapes, listed);
        assert_eq!(weights::expected(&spec).into_iter().collect::<BTreeMap<_, _>>(), listed);
        for (name, reason) in &contents.left_out {
            let slot = name.ends_with("/Momentum");
            assert_eq!(*reason, if slot { LeftOut::OptimizerSlot } else { LeftOut::StepCounter }, "{name}");
        }
    }
}

#[test]
fn every_checkpoint_survives_being_written_as_safetensors() {
    let scratch = tempfile::tempdir().unwrap();
    for folder in fixture_folders() {
        let read = weights::read(&folder).unwrap();
        let spec = weights::infer_spec(&read).unwrap();
        let card = ModelCard {
            tau: Some(0.005),
            accuracy: Some(0.5),
            source: Some("The reference, \"calibrated\"".to_owned()),
            ..ModelCard::new("cifar10-test", spec)
        };
        let path = scratch.path().join("written.safetensors");
        zoo::save(&path, &card, read.clone(), Precision::Single, Overwrite::Replace).unwrap();

        let (card_again, contents) = zoo::open(&ModelSource::File(path.clone())).unwrap();
        assert_eq!(card_again, card);
        assert!(contents.left_out.is_empty());
        assert_eq!(
            contents.variables.by_name.keys().collect::<Vec<_>>(),
            read.by_name.keys().collect::<Vec<_>>()
        );
        for (name, variable) in &read.by_name {
            assert_eq!(&contents.variables.by_name[name], variable, "{name}");
        }
        assert_eq!(weights::outline(&path).unwrap(), contents.variables.outline());
        assert_eq!(zoo::find(path.to_str().unwrap()).unwrap().source, ModelSource::File(path.clone()));
    }
}

#[test]
fn a_training_checkpoints_values_are_those_in_its_data_file() {
    // The first bytes of the data file are those of the first variable in alphabetical order that is no step counter.
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/cifar_2_sact_trainrun");
    let data = fs::read(folder.join("model.ckpt-20.data-00000-of-00001")).unwrap();
    let variables = weights::read(&folder).unwrap();
    let (step, data) = data.split_at(8);
    assert_eq!(step, 20_i64.to_le_bytes());
    let beta = &variables.by_name["resnet_residual/BatchNorm/beta"].values;
    let momentum_bytes = 64 * 4;
    let gamma = &variables.by_name["resnet_residual/BatchNorm/gamma"].values;
    let bytes = |values: &[f32]| -> Vec<u8> { values.iter().flat_map(|value| value.to_le_bytes()).collect() };
    assert_eq!(bytes(beta), data[..256]);
    assert_eq!(bytes(gamma), data[256 + momentum_bytes..][..256]);
}

#[test]
fn a_checkpoint_is_found_from_each_of_its_files() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/cifar_2_sact_trainrun");
    let whole = weights::read(&folder).unwrap().by_name;
    let stem = "model.ckpt-20";
    for name in [stem, &format!("{stem}.index"), &format!("{stem}.data-00000-of-00001"), "checkpoint"] {
        assert!(weights::read(&folder.join(name)).unwrap().by_name == whole, "{name}");
    }
}

#[test]
fn every_embedded_model_tells_how_it_was_made_and_what_it_does() {
    let default = zoo::default_model();
    assert_eq!(default, zoo::models()[0]);
    assert_eq!(default.card.name, "cifar10-resnet32-sact-tau0.01");
    for ModelEntry { source, card } in zoo::models() {
        assert_eq!(zoo::find(&card.name).unwrap().source, source);
        assert_eq!(zoo::class_names(&card).unwrap().len(), card.spec.classes);
        let Training { command, commit, seed, steps } = card.training.unwrap();
        let variant = card.spec.variant.to_string().to_lowercase();
        assert!(command.contains(&format!("--variant {variant}")), "{command}");
        assert!(command.contains(&format!("--steps {steps}")), "whole: {command}");
        assert!(command.contains(&format!("--seed {seed}")) && commit.unwrap().len() == 40, "{command}");
        // What is not fit to be shown is not shipped.
        let least = if card.name == default.card.name { 0.905 } else { 0.85 };
        assert!(card.accuracy.unwrap() > least, "{}", card.name);
        assert!(card.flops.unwrap() <= 141e6 && card.flops_std.is_some(), "{}", card.name);
        let adaptive = card.spec.variant != Variant::Vanilla;
        assert_eq!(card.ponder_cost.len(), if adaptive { 3 } else { 0 });
        assert_eq!(card.tau.is_some(), adaptive);
    }
}

//! What the reference computes and writes, through `export`.

use std::path::Path;

use ponderscope::dataset::{Batch, Export};
use ponderscope::evaluate::export;
use ponderscope::halting::HaltingSetting;
use ponderscope::jobs::Cancel;

use super::common::fixture;
use super::support::{Arrays, furthest};
use super::{export_again, model};

/// `num_units` and FLOPs are counts and exact; the rest within the fixtures' tolerance.
fn assert_same(name: &str, ours: &[f32], expected: &[f32]) {
    let difference = furthest(ours, expected);
    let exact = name.contains("num_units") || name.contains("flops");
    assert!(difference <= if exact { 0.0 } else { 1e-4 }, "{name} differs by {difference}");
}

/// Exports a fixture's inputs and compares every array that the reference has of them.
fn assert_export_of_arrays(folder: &str, data: &str, threshold: f32, compared: usize) {
    let Some(folder) = fixture(folder) else { return };
    let mut arrays = Arrays::open(&folder.join(data));
    let inputs = arrays.inputs();
    let images = inputs.len();
    let batch = Batch {
        names: (0..images).map(|index| format!("{index}.png")).collect(),
        labels: vec![None; images],
        inputs,
    };
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("maps.h5");
    let setting = HaltingSetting { threshold, ..HaltingSetting::default() };
    let summary =
        export(&model(&folder), &setting, [Ok(batch)].into_iter(), &[], &path, &Cancel::new(), |_| ())
            .unwrap();
    assert_eq!(summary.images, images);

    let ours = Export::open(&path).unwrap();
    let blocks = ours.blocks().unwrap();
    let mut names = vec!["logits".to_owned(), "ponder_cost_map".into(), "num_units_map".into()];
    for block in &blocks {
        names.extend(
            ["ponder_cost", "num_units", "halting_distribution"].map(|what| format!("{block}/{what}")),
        );
    }
    let mut found = 0;
    for name in &names {
        assert_eq!(ours.has(name), arrays.has(name), "{name}");
        if ours.has(name) {
            let table = ours.read(name, 0..images).unwrap();
            let (shape, _) = arrays.get(name);
            assert_eq!(table.shape, shape, "{name}");
            assert_same(name, &table.values, &arrays.f32s(name));
            found += 1;
        }
    }
    for block in [None].into_iter().chain(blocks.iter().map(|name| Some(name.as_str()))) {
        let name = block.map_or_else(|| "flops".to_owned(), |block| format!("{block}/flops"));
        let expected = arrays.f32s(&name);
        // SACT's may be a square with equal columns.
        let columns = expected.len() / images;
        let expected: Vec<f32> = expected.into_iter().step_by(columns).collect();
        assert_eq!(ours.read(&name, 0..images).unwrap().shape, [images]);
        assert_same(&name, &ours.flops(block, 0..images).unwrap(), &expected);
        found += 1;
    }
    assert_eq!(found, compared);
}

#[test]
fn cifar_sact() {
    assert_export_of_arrays("cifar_5_sact", "data.npz", 0.99, 16);
    assert_export_of_arrays("cifar_5_sact", "data_eps30.npz", 0.7, 16);
    assert_export_of_arrays("cifar_1_5_3_sact_earlyhalt", "data.npz", 0.99, 16);
    assert_export_of_arrays("cifar_2_sact_trainrun", "data.npz", 0.99, 16);
}

#[test]
fn imagenet_sact() {
    assert_export_of_arrays("imagenet_tiny_sact", "data.npz", 0.99, 20);
}

#[test]
fn act_has_one_decision_an_image_and_no_maps() {
    assert_export_of_arrays("cifar_5_act", "data.npz", 0.99, 14);
    assert_export_of_arrays("imagenet_tiny_act", "data.npz", 0.99, 18);
}

#[test]
fn vanilla_has_flops_alone() {
    assert_export_of_arrays("cifar_5_vanilla", "data.npz", 0.99, 5);
    assert_export_of_arrays("imagenet_tiny_vanilla", "data.npz", 0.99, 6);
}

/// The reference's own exports hold what ours do, read by the same code.
fn assert_export_of_export(folder: &str) {
    let Some(folder) = fixture(folder) else { return };
    let original = folder.join("export_original_schema.h5");
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("maps.h5");
    export_again(&model(&folder), &original, &path).unwrap();
    assert_same_exports(&original, &path);
    // ... and ours can be fed back in turn.
    let again = place.path().join("again.h5");
    export_again(&model(&folder), &path, &again).unwrap();
    assert_same_exports(&path, &again);
}

fn assert_same_exports(expected: &Path, ours: &Path) {
    let (expected, ours) = (Export::open(expected).unwrap(), Export::open(ours).unwrap());
    let images = expected.len();
    assert_eq!(ours.len(), images);
    let blocks = expected.blocks().unwrap();
    assert_eq!(ours.blocks().unwrap(), blocks);
    assert_eq!(ours.read("images", 0..images).unwrap(), expected.read("images", 0..images).unwrap());
    assert_eq!(ours.flops(None, 0..images).unwrap(), expected.flops(None, 0..images).unwrap());
    for block in &blocks {
        let flops = |export: &Export| export.flops(Some(block), 0..images).unwrap();
        assert_eq!(flops(&ours), flops(&expected));
        for what in ["ponder_cost", "num_units", "halting_distribution"] {
            let name = format!("{block}/{what}");
            let (ours, expected) =
                (ours.read(&name, 0..images).unwrap(), expected.read(&name, 0..images).unwrap());
            assert_eq!(ours.shape, expected.shape, "{name}");
            assert_same(&name, &ours.values, &expected.values);
        }
    }
    for name in ["ponder_cost_map", "num_units_map"] {
        assert_eq!(ours.has(name), expected.has(name), "{name}");
        if ours.has(name) {
            let (ours, expected) =
                (ours.read(name, 0..images).unwrap(), expected.read(name, 0..images).unwrap());
            assert_eq!(ours.shape, expected.shape, "{name}");
            assert_same(name, &ours.values, &expected.values);
        }
    }
}

#[test]
fn sact_exports_are_the_references() {
    assert_export_of_export("cifar_5_sact");
}

#[test]
fn act_exports_are_the_references() {
    assert_export_of_export("cifar_5_act");
}

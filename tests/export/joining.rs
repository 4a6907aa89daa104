//! Several exports as one.

use std::path::{Path, PathBuf};
use std::process::Command;

use hdf5_metno as hdf5;
use ponderscope::dataset::{Batch, Export};
use ponderscope::evaluate::{Join, JoinError, export, join_exports};
use ponderscope::halting::HaltingSetting;
use ponderscope::jobs::Cancel;
use ponderscope::zoo::Model;

use super::common::fixture;
use super::support::Random;
use super::{model, names_in};

fn part(model: &Model, path: &Path, images: std::ops::Range<u64>, edge: usize, threshold: f32) -> PathBuf {
    let inputs: Vec<_> = images.clone().map(|seed| Random(seed).input(edge, edge)).collect();
    let names = images.clone().map(|image| format!("ä{image}")).collect();
    let batch = Batch { names, labels: images.map(|image| Some(image as usize % 3)).collect(), inputs };
    let setting = HaltingSetting { threshold, ..HaltingSetting::default() };
    let classes = ["a", "b", "c"].map(str::to_owned);
    export(model, &setting, [Ok(batch)].into_iter(), &classes, path, &Cancel::new(), |_| ()).unwrap();
    path.to_owned()
}

fn join(inputs: &[PathBuf], output: &Path, how: Join) -> Result<usize, JoinError> {
    join_exports(inputs, output, how, &Cancel::new(), |_| ())
}

/// Everything that two exports have is the same.
fn assert_same(ours: &Path, expected: &Path) {
    let (ours, expected) = (Export::open(ours).unwrap(), Export::open(expected).unwrap());
    let images = expected.len();
    assert_eq!((ours.len(), ours.image_size()), (images, expected.image_size()));
    assert_eq!(ours.classes(), expected.classes());
    assert_eq!(ours.blocks().unwrap(), expected.blocks().unwrap());
    for index in 0..images {
        assert_eq!(ours.image_name(index), expected.image_name(index));
        assert_eq!(ours.label(index).unwrap(), expected.label(index).unwrap());
        assert_eq!(ours.input(index).unwrap(), expected.input(index).unwrap());
    }
    for name in ["ponder_cost_map", "logits", "flops", "block_1/halting_distribution", "block_3/ponder_cost"]
    {
        assert_eq!(ours.read(name, 0..images).unwrap(), expected.read(name, 0..images).unwrap(), "{name}");
    }
}

#[test]
fn parts_joined_are_the_whole() {
    let model = model(&fixture("cifar_2_sact_trainrun").unwrap());
    let place = tempfile::tempdir().unwrap();
    let path = |name: &str| place.path().join(name);
    std::fs::create_dir(path("parts of 100%")).unwrap();
    let expected = part(&model, &path("whole.h5"), 0..6, 8, 0.99);
    // The second is as long as there are classes.
    let parts = [(0..2, "1.h5"), (2..5, "parts of 100%/2.h5"), (5..6, "3.h5")];
    let parts = parts.map(|(images, name)| part(&model, &path(name), images, 8, 0.99));
    for how in [Join::Copy, Join::Virtual] {
        let joined = path("joined.h5");
        let mut told = 0;
        let count = join_exports(&parts, &joined, how, &Cancel::new(), |images| told += images).unwrap();
        assert_eq!((count, told), (6, 6));
        assert_same(&joined, &expected);
        let python = |args: &[&str]| Command::new("python3").args(args).output();
        if python(&["-c", "import h5py"]).is_ok_and(|output| output.status.success()) {
            let output =
                python(&["-c", NOTEBOOK, joined.to_str().unwrap(), expected.to_str().unwrap()]).unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        } else {
            crate::common::left_out("reading a joined export with h5py, which python3 does not have here");
        }
    }
    // What refers to its parts can be moved together with them, and joined again.
    let moved = tempfile::tempdir().unwrap();
    let to = moved.path().join("moved");
    std::fs::rename(place.path(), &to).unwrap();
    assert_same(&to.join("joined.h5"), &to.join("whole.h5"));
    std::fs::create_dir(place.path()).unwrap();
    join(&[to.join("joined.h5")], &to.join("again.h5"), Join::Copy).unwrap();
    assert_same(&to.join("again.h5"), &to.join("whole.h5"));
}

/// A joined file is to h5py what the whole is.
const NOTEBOOK: &str = r#"
import sys, h5py, numpy as np
with h5py.File(sys.argv[1], "r") as ours, h5py.File(sys.argv[2], "r") as expected:
    assert sorted(ours.attrs) == sorted(expected.attrs)
    for name in expected.attrs:
        a, b = ours.attrs[name], expected.attrs[name]
        assert np.array_equal(a, b) and np.asarray(a).dtype == np.asarray(b).dtype, (name, a, b)
    names = []
    expected.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
    assert len(names) > 10
    for name in names:
        a, b = ours[name], expected[name]
        assert a.dtype == b.dtype and np.array_equal(a[...], b[...]), (name, a, b)
"#;

#[test]
fn the_references_exports_are_joined_too() {
    let Some(folder) = fixture("cifar_5_sact") else { return };
    let original = folder.join("export_original_schema.h5");
    let place = tempfile::tempdir().unwrap();
    for how in [Join::Copy, Join::Virtual] {
        let joined = place.path().join("joined.h5");
        assert_eq!(join(&[original.clone(), original.clone()], &joined, how).unwrap(), 32);
        let (joined, original) = (Export::open(&joined).unwrap(), Export::open(&original).unwrap());
        for name in ["images", "flops", "block_2/halting_distribution"] {
            for start in [0, 16] {
                let again = joined.read(name, start..start + 16).unwrap();
                assert_eq!(again, original.read(name, 0..16).unwrap(), "{name}");
            }
        }
    }
}

#[test]
fn what_does_not_go_together_is_told_apart() {
    let model = model(&fixture("cifar_2_sact_trainrun").unwrap());
    let place = tempfile::tempdir().unwrap();
    let path = |name: &str| place.path().join(name);
    let first = part(&model, &path("first.h5"), 0..2, 8, 0.99);
    let joined = path("joined.h5");
    std::fs::write(&joined, "old").unwrap();
    let refused = |other: PathBuf| {
        let error = join(&[first.clone(), other], &joined, Join::Copy).unwrap_err().to_string();
        assert_eq!(std::fs::read(&joined).unwrap(), b"old");
        error
    };
    let error = refused(part(&model, &path("eager.h5"), 0..2, 8, 0.5));
    assert!(error.contains("eager.h5") && error.contains("first.h5"), "{error}");
    assert!(error.contains("`threshold` is [0.5]"), "{error}");
    let error = refused(part(&model, &path("large.h5"), 0..2, 16, 0.99));
    assert!(
        error.contains("`block_1/halting_distribution` has shape [2, 16, 16, 2], there [2, 8, 8, 2]"),
        "{error}"
    );
    let foreign = hdf5::File::with_options()
        .with_fapl(|access| access.file_locking(false))
        .create(path("foreign.h5"))
        .unwrap();
    foreign.new_dataset::<f32>().shape((1, 8, 8, 3)).create("images").unwrap();
    foreign.close().unwrap();
    let error = refused(path("foreign.h5"));
    assert!(
        error.contains("foreign.h5 does not go with") && error.contains("no dataset `block_1/flops`"),
        "{error}"
    );
    let error = join(&[first.clone(), joined.clone()], &joined, Join::Virtual).unwrap_err();
    assert!(matches!(error, JoinError::IsAPart { .. }), "{error}");
    assert!(refused(path("gone.h5")).starts_with("cannot read"));

    let cancel = Cancel::new();
    cancel.cancel();
    let error = join_exports(&[first.clone(), first], &joined, Join::Copy, &cancel, |_| ()).unwrap_err();
    assert!(matches!(error, JoinError::Cancelled { .. }), "{error}");
    assert_eq!(std::fs::read(&joined).unwrap(), b"old");
    assert_eq!(names_in(place.path()).len(), 5);
}

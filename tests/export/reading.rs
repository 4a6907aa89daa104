//! HDF5 files that are no use, and exports in other hands.

use std::path::Path;
use std::process::Command;

use hdf5_metno as hdf5;
use ponderscope::dataset::{Dataset, Export};

use super::common::fixture;
use super::{export_again, model};

/// The one sentence that opening a file ends with.
fn refusal(path: &Path) -> String {
    let error = Dataset::open(&[path.to_owned()]).expect_err("it was opened").to_string();
    assert!(error.contains(path.to_str().unwrap()), "does not name the file: {error}");
    assert!(!error.contains('\n'), "more than one line: {error}");
    error
}

/// Without a lock, which a program started by another test at this moment would hold on to.
fn create(path: &Path) -> hdf5::File {
    hdf5::File::with_options().with_fapl(|access| access.file_locking(false)).create(path).unwrap()
}

#[test]
fn what_is_no_export_is_refused_in_a_sentence() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("maps.h5");
    let write = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        refusal(&path)
    };
    assert!(write(b"").contains("is not an HDF5 file"));
    assert!(write(b"Dear diary, today I renamed a text file.").contains("is not an HDF5 file"));
    assert!(refusal(&place.path().join("gone.h5")).starts_with("cannot read"));

    // HDF5 that has no usable images.
    type Fill = fn(&hdf5::File) -> hdf5::Result<hdf5::Dataset>;
    let cases: [(&str, Fill); 6] = [
        ("has no dataset `images`", |file| file.new_dataset::<f32>().shape((1, 4, 4, 3)).create("pictures")),
        ("[2, 4, 4]", |file| file.new_dataset::<f32>().shape((2, 4, 4)).create("images")),
        ("[2, 4, 4, 1]", |file| file.new_dataset::<f32>().shape((2, 4, 4, 1)).create("images")),
        ("[2, 0, 4, 3]", |file| file.new_dataset::<f32>().shape((2, 0, 4, 3)).create("images")),
        ("expected preprocessed floating-point values", |file| {
            file.new_dataset::<u8>().shape((2, 4, 4, 3)).create("images")
        }),
        ("larger than the 4194304 pixels", |file| {
            file.new_dataset::<f32>().shape((1, 20_000, 20_000, 3)).chunk((1, 1, 1, 3)).create("images")
        }),
    ];
    for (expected, fill) in cases {
        let file = create(&path);
        fill(&file).unwrap();
        file.close().unwrap();
        let error = refusal(&path);
        assert!(error.contains(expected), "expected {expected:?}: {error}");
    }
}

/// Wherever a file is cut, opening or reading it ends in a sentence.
#[test]
fn a_cut_export_is_refused_in_a_sentence() {
    let Some(folder) = fixture("cifar_5_sact") else { return };
    let whole = std::fs::read(folder.join("export_original_schema.h5")).unwrap();
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("maps.h5");
    for length in [4, 8, 100, 2000, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&path, &whole[..length]).unwrap();
        let error = refusal(&path);
        let expected = if length <= 8 { "not an HDF5 file" } else { "cut short" };
        assert!(error.contains(expected) || error.contains("cannot be read"), "{length} bytes: {error}");
    }
}

/// Damage inside one compressed image costs that image (or those that share its chunk), not the rest.
#[test]
fn a_damaged_image_is_an_error_and_the_next_follows() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("maps.h5");
    let file = create(&path);
    let images = file.new_dataset::<f32>().shape((4, 16, 16, 3)).chunk((1, 16, 16, 3)).fletcher32();
    let images = images.create("images").unwrap();
    let values: Vec<f32> = (0..4 * 16 * 16 * 3).map(|n| n as f32).collect();
    images.write_raw(&values).unwrap();
    drop(images);
    file.close().unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let second = 1000.0f32.to_le_bytes();
    let at = bytes.windows(4).position(|window| window == second).unwrap();
    bytes[at] ^= 1;
    std::fs::write(&path, bytes).unwrap();

    let dataset = Dataset::open(std::slice::from_ref(&path)).unwrap();
    let examples: Vec<_> = dataset.examples(|_| unreachable!()).collect();
    assert_eq!(examples.len(), 4);
    for (index, example) in examples.into_iter().enumerate() {
        match example {
            Ok(example) => assert_eq!(example.input.data[0], (index * 16 * 16 * 3) as f32),
            Err(error) => {
                assert_eq!(index, 1, "{error}");
                assert!(error.to_string().contains("image 1 cannot be read"), "{error}");
            }
        }
    }
}

#[test]
fn rows_that_do_not_exist_are_an_error() {
    let Some(folder) = fixture("cifar_5_sact") else { return };
    let export = Export::open(&folder.join("export_original_schema.h5")).unwrap();
    assert!(export.input(16).is_err());
    assert!(export.read("flops", 10..17).is_err());
    assert!(export.read("block_9/flops", 0..1).unwrap_err().to_string().contains("block_9/flops"));
}

/// What the reference's drawing script and a researcher's notebook do with an export.
const NOTEBOOK: &str = r#"
import sys, h5py, numpy as np
with h5py.File(sys.argv[1], "r") as f:
    scopes = f.attrs["block_scopes"]
    assert scopes.dtype.kind == "S" and scopes.tolist() == [b"block_1", b"block_2", b"block_3"], scopes
    for scope, size in zip(scopes, [32, 16, 8]):
        for name, shape in [("ponder_cost", (16, size, size)), ("num_units", (16, size, size)),
                            ("halting_distribution", (16, size, size, 5)), ("flops", (16,))]:
            data = f[scope.decode()][name]
            assert data.shape == shape and data.dtype == np.float32, (scope, name, data)
            assert data.compression == "lzf" and data.maxshape[0] is None, (scope, name)
        p = f[scope.decode() + "/halting_distribution"][...]
        assert np.abs(p.sum(-1) - 1).max() < 1e-5
    maps = np.array(f["ponder_cost_map"])
    assert maps.shape == (16, 32, 32, 1) and f["num_units_map"].shape == maps.shape
    assert 6 <= np.percentile(maps, 0.1) < np.percentile(maps, 99.9) <= 18
    whole = sum(np.kron(f[s.decode() + "/ponder_cost"][...], np.ones((1, k, k))) for s, k in zip(scopes, [1, 2, 4]))
    assert np.abs(whole - maps[..., 0]).max() < 1e-5
    assert f["images"].shape == (16, 32, 32, 3) and f["logits"].shape == (16, 10)
    assert f["file_names"].asstr()[3].endswith("export_original_schema.h5[3]")
    assert f.attrs["threshold"] == np.float32(0.99) and f.attrs["halting_offset"] == 0
    assert "unit_cap" not in f.attrs and "SACT" in f.attrs["network"] and "ponderscope" in f.attrs["program"]
"#;

#[test]
fn h5py_reads_an_export() {
    let Some(folder) = fixture("cifar_5_sact") else { return };
    let python = |args: &[&str]| Command::new("python3").args(args).output();
    if !python(&["-c", "import h5py"]).is_ok_and(|output| output.status.success()) {
        crate::common::left_out("reading an export with h5py, which python3 does not have here");
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("maps.h5");
    export_again(&model(&folder), &folder.join("export_original_schema.h5"), &path).unwrap();
    let output = python(&["-c", NOTEBOOK, path.to_str().unwrap()]).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

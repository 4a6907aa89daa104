//! What TensorFlow may write but the fixtures do not have: shards, compression, many blocks, other number formats; and archives.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use half::{bf16, f16};
use ponderscope::network::{Family, NetworkSpec, Variant};
use ponderscope::weights::{self, LeftOut, Overwrite, Precision, WeightsError};
use ponderscope::zoo::{self, ModelSource};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use crate::bundle::{self, BFLOAT16, Checkpoint, DOUBLE, FLOAT, HALF, INT64, Layout, Tensor, UINT8};

/// Names with much and with little in common, and values.
fn tensors() -> impl Strategy<Value = BTreeMap<String, Vec<f32>>> {
    btree_map("(net/unit_[0-9]{1,3}/)?[a-z]{1,12}", vec(-1e6f32..1e6, 0..9), 1..60)
}

proptest! {
    #[test]
    fn every_layout_of_a_checkpoint_reads_the_same(
        tensors in tensors(),
        shards in 1usize..5,
        snappy: bool,
        restart_interval in 1usize..20,
        block_bytes in 1usize..2000,
    ) {
        let layout = Layout { shards, snappy, restart_interval, block_bytes };
        let list: Vec<Tensor> =
            tensors.iter().map(|(name, values)| Tensor::floats(name, &[values.len()], values)).collect();
        let checkpoint = Checkpoint::new(&list, layout);
        let contents = weights::read_contents(&checkpoint.prefix).unwrap();
        prop_assert!(contents.left_out.keys().all(|name| name.ends_with("biased")));
        for (name, variable) in &contents.variables.by_name {
            prop_assert_eq!(&variable.values, &tensors[name]);
            prop_assert_eq!(&variable.shape, &[tensors[name].len()]);
        }
        prop_assert_eq!(contents.variables.by_name.len() + contents.left_out.len(), tensors.len());
    }
}

#[test]
fn every_number_format_becomes_float32() {
    let tensor = |name: &str, dtype, bytes: &[u8]| Tensor {
        name: name.to_owned(),
        dtype,
        shape: vec![2],
        bytes: bytes.to_vec(),
    };
    let checkpoint = Checkpoint::new(
        &[
            tensor("bfloat16", BFLOAT16, &[0x80, 0x3f, 0x20, 0xc0]),
            tensor("double", DOUBLE, &[1.0f64.to_le_bytes(), (-2.5f64).to_le_bytes()].concat()),
            tensor("float", FLOAT, &[1.0f32.to_le_bytes(), (-2.5f32).to_le_bytes()].concat()),
            tensor("half", HALF, &[0x00, 0x3c, 0x00, 0xc1]),
            tensor("save_counter", INT64, &[0; 16]),
        ],
        Layout::default(),
    );
    let contents = weights::read_contents(&checkpoint.prefix).unwrap();
    for name in ["bfloat16", "double", "float", "half"] {
        assert_eq!(contents.variables.by_name[name].values, [1.0, -2.5], "{name}");
    }
    assert_eq!(contents.left_out, BTreeMap::from([("save_counter".to_owned(), LeftOut::NotFloat)]));
}

#[test]
fn a_large_variable_is_read_in_pieces_that_fit_together() {
    // 300,000 values that differ from their neighbours and are exact in every format; at odd offsets in the file.
    let numbers = || (0..300_000).map(|index| (index % 251) as f32 - 100.0);
    let values: Vec<f32> = numbers().collect();
    let tensor =
        |name: &str, dtype, bytes| Tensor { name: name.to_owned(), dtype, shape: vec![values.len()], bytes };
    let odd = Tensor { shape: vec![1], ..tensor("counter", UINT8, vec![0]) };
    let checkpoint = Checkpoint::new(
        &[
            odd,
            tensor("bfloat16", BFLOAT16, numbers().flat_map(|x| bf16::from_f32(x).to_le_bytes()).collect()),
            tensor("double", DOUBLE, numbers().flat_map(|x| f64::from(x).to_le_bytes()).collect()),
            tensor("float", FLOAT, numbers().flat_map(f32::to_le_bytes).collect()),
            tensor("half", HALF, numbers().flat_map(|x| f16::from_f32(x).to_le_bytes()).collect()),
        ],
        Layout::default(),
    );
    for (name, variable) in weights::read(&checkpoint.prefix).unwrap().by_name {
        assert!(variable.values == values, "{name}");
    }
}

#[test]
fn safetensors_in_sixteen_bits_are_read() {
    use safetensors::{Dtype, tensor::TensorView};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("half");
    let view = |dtype, bytes| TensorView::new(dtype, vec![2], bytes).unwrap();
    let half = view(Dtype::F16, &[0x00, 0x3c, 0x00, 0xc1]);
    let brain = view(Dtype::BF16, &[0x80, 0x3f, 0x20, 0xc0]);
    fs::write(&path, safetensors::serialize([("half", half), ("brain", brain)], None).unwrap()).unwrap();
    let variables = weights::read(&path).unwrap();
    assert_eq!(variables.by_name["half"].values, [1.0, -2.5]);
    assert_eq!(variables.by_name["brain"].values, [1.0, -2.5]);
}

#[test]
fn every_family_variant_and_width_is_found_from_its_variables() {
    for (family, units) in [(Family::Cifar, vec![2, 1, 3]), (Family::ImageNet, vec![1, 2, 1, 2])] {
        for variant in [Variant::Vanilla, Variant::Act, Variant::Sact] {
            for width in [1, 3, 16] {
                let spec = NetworkSpec { family, units: units.clone(), width, classes: 7, variant };
                let checkpoint = Checkpoint::new(&bundle::network(&spec), Layout::default());
                let variables = weights::read(&checkpoint.prefix).unwrap();
                assert_eq!(weights::infer_spec(&variables).unwrap(), spec);
            }
        }
    }
}

/// Packs files under the names given.
fn pack(path: &Path, files: &[(&str, PathBuf)]) {
    let mut tar = tar::Builder::new(GzEncoder::new(File::create(path).unwrap(), Compression::fast()));
    for (name, file) in files {
        tar.append_path_with_name(file, name).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap();
}

#[test]
fn an_archive_is_read_wherever_in_it_the_checkpoint_lies() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/cifar_2_sact_trainrun");
    let whole = weights::read(&folder).unwrap().by_name;
    let scratch = tempfile::tempdir().unwrap();
    let deep = "a-folder-of-a-name-that-does-not-fit-into-a-plain-tar-header/".repeat(4);
    for prefix in ["", "sact/", deep.as_str()] {
        let path = scratch.path().join("published.tar.gz");
        let names = ["checkpoint", "model.ckpt-20.index", "model.ckpt-20.data-00000-of-00001", "meta.json"];
        let packed: Vec<String> = names.iter().map(|name| format!("{prefix}{name}")).collect();
        let files: Vec<(&str, PathBuf)> =
            packed.iter().zip(names).map(|(packed, name)| (packed.as_str(), folder.join(name))).collect();
        pack(&path, &files);
        let variables = weights::read(&path).unwrap();
        assert!(variables.by_name == whole, "{prefix}");
        assert!(variables.source.ends_with("published.tar.gz/model.ckpt-20"), "{}", variables.source);
        assert_eq!(weights::outline(&path).unwrap().shapes, variables.outline().shapes);

        // To find it takes no unpacking.
        let source = ModelSource::File(path.clone());
        assert_eq!(zoo::find(path.to_str().unwrap()).unwrap().source, source);
        let packed = fs::read(&path).unwrap();
        fs::write(&path, &packed[..packed.len() / 2]).unwrap();
        assert_eq!(zoo::find(path.to_str().unwrap()).unwrap().source, source);
        assert!(zoo::open(&source).is_err());

        // An archive without its data file says which file is missing.
        pack(&path, &files[..2]);
        let error = weights::read(&path).unwrap_err();
        assert!(
            matches!(&error, WeightsError::MissingShard { file, .. }
            if file.ends_with("published.tar.gz/model.ckpt-20.data-00000-of-00001")),
            "{error}"
        );
    }
}

#[test]
fn what_half_precision_cannot_hold_is_refused_and_nothing_is_written() {
    let scratch = tempfile::tempdir().unwrap();
    let (card, contents) = zoo::open(&zoo::default_model().source).unwrap();
    let save = |value: f32| {
        let mut variables = contents.variables.clone();
        variables.by_name.get_mut("resnet_residual/BatchNorm/moving_variance").unwrap().values[3] = value;
        zoo::save(&scratch.path().join("a"), &card, variables, Precision::Half, Overwrite::Refuse)
            .map_err(|error| error.to_string())
    };
    let error = save(65_520.0).unwrap_err();
    assert!(error.contains("moving_variance holds 65520") && error.contains("--half"), "{error}");
    assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 0);
    save(65_519.0).unwrap();
}

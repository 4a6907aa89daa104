//! Sound files that hold no network, or not the whole of one; and paths that hold no file.

use std::fs;
use std::path::Path;

use ponderscope::network::{Family, NetworkSpec, Variant};
use ponderscope::weights::{self, Overwrite, Precision, Variable, Variables, WeightsError};

use crate::bundle::{self, Checkpoint, INT64, Layout, Tensor};

fn spec() -> NetworkSpec {
    NetworkSpec { family: Family::Cifar, units: vec![2, 1, 2], width: 2, classes: 3, variant: Variant::Sact }
}

fn read(tensors: &[Tensor]) -> (Checkpoint, Variables) {
    let checkpoint = Checkpoint::new(tensors, Layout::default());
    let variables = weights::read(&checkpoint.prefix).unwrap();
    (checkpoint, variables)
}

#[test]
fn whichever_variable_is_missing_is_named_with_its_shape() {
    let whole = bundle::network(&spec());
    for missing in &whole {
        let rest: Vec<Tensor> = whole.iter().filter(|tensor| tensor.name != missing.name).cloned().collect();
        let (checkpoint, variables) = read(&rest);
        match weights::infer_spec(&variables) {
            Err(WeightsError::Missing { file, variable, expected }) => {
                assert_eq!(Path::new(&file), checkpoint.prefix);
                assert_eq!(variable, missing.name);
                // Without the logits' weights, their biases still tell the classes.
                assert_eq!(expected, missing.shape);
            }
            other => panic!("{}: {other:?}", missing.name),
        }
        let error = weights::check(&variables, &spec()).unwrap_err().to_string();
        assert!(error.contains(&missing.name), "{error}");
    }
}

#[test]
fn a_variable_of_a_wrong_shape_is_named_with_both_shapes() {
    let mut tensors = bundle::network(&spec());
    let wrong = tensors
        .iter_mut()
        .find(|tensor| tensor.name.ends_with("block_3/unit_1/residual/conv2/weights"))
        .unwrap();
    assert_eq!(wrong.shape, [3, 3, 8, 8]);
    wrong.shape = vec![3, 3, 4, 16];
    let error = weights::infer_spec(&read(&tensors).1).unwrap_err().to_string();
    for part in ["model.ckpt-7", "block_3/unit_1/residual/conv2/weights", "[3, 3, 8, 8]", "[3, 3, 4, 16]"] {
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn a_block_that_is_missing_in_the_middle_is_missed() {
    let mut tensors = bundle::network(&spec());
    tensors.retain(|tensor| !tensor.name.contains("/block_2/"));
    let error = weights::infer_spec(&read(&tensors).1).unwrap_err();
    assert!(
        matches!(&error, WeightsError::Missing { variable, .. } if variable.contains("/block_2/unit_1/")),
        "{error}"
    );
}

#[test]
fn what_is_no_network_of_ours_says_why() {
    let mut imagenet = spec();
    imagenet.family = Family::ImageNet;
    imagenet.units.push(1);
    let mixed = [bundle::network(&spec()), bundle::network(&imagenet)].concat();

    let mut fourth_block = bundle::network(&spec());
    fourth_block.push(Tensor::floats("resnet_residual/block_4/unit_1/residual/preact/beta", &[1], &[0.0]));
    let mut huge_unit = bundle::network(&spec());
    huge_unit.push(Tensor::floats(
        "resnet_residual/block_3/unit_99999999999/residual/preact/beta",
        &[1],
        &[0.0],
    ));
    let endless =
        Tensor::floats("resnet_residual/block_1/unit_1/residual/conv1/weights", &[3, 3, 0, 1 << 60], &[]);

    for (tensors, why) in [
        (mixed, "mixes variables of resnet_residual (CIFAR) and resnet_v2 (ImageNet)"),
        (vec![Tensor::floats("vgg/conv1/weights", &[1], &[0.0])], "the first is vgg/conv1/weights"),
        (fourth_block, "block_4 is there"),
        (huge_unit, "unit_99999999999"),
        (vec![endless], "expected 1 to 65536 outputs"),
        (vec![], "none of its 0 variables"),
    ] {
        let error = weights::infer_spec(&read(&tensors).1).unwrap_err();
        assert!(matches!(error, WeightsError::NotANetwork { .. }), "{error}");
        assert!(error.to_string().contains(why) && error.to_string().contains("model.ckpt-7"), "{error}");
    }
}

#[test]
fn a_weight_that_is_no_finite_number_is_named() {
    for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let mut tensors = bundle::network(&spec());
        let name = tensors[20].name.clone();
        let last = tensors[20].bytes.len() - 4;
        tensors[20].bytes[last..].copy_from_slice(&value.to_le_bytes());
        let error = weights::check(&read(&tensors).1, &spec()).unwrap_err();
        assert!(
            matches!(&error, WeightsError::NotFinite { variable, index, .. }
            if *variable == name && *index == last / 4),
            "{error}"
        );
    }
}

#[test]
fn a_network_of_whole_numbers_is_refused() {
    let mut tensors = bundle::network(&spec());
    tensors[3].dtype = INT64;
    tensors[3].bytes = vec![0; 8 * tensors[3].shape.iter().product::<usize>()];
    let checkpoint = Checkpoint::new(&tensors, Layout::default());
    let error = weights::read(&checkpoint.prefix).unwrap_err();
    assert!(
        matches!(&error, WeightsError::Unsupported { what, .. } if what.contains(&tensors[3].name)),
        "{error}"
    );
}

#[test]
fn what_is_no_checkpoint_says_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let table = bundle::table(&[(b"".to_vec(), vec![])], Layout::default());
    for (bytes, found) in [
        (b"".as_slice(), "an empty file"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a picture"),
        ("fn main() {}, or anything said in words: größer\n".as_bytes(), "a text file"),
        (b"PK\x03\x04rest", "a zip archive"),
        (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
        (b"\0\x01\x02{", "a file of another kind"),
        (&table, "a TensorFlow V1 checkpoint"),
    ] {
        fs::write(&path, bytes).unwrap();
        let error = weights::read(&path).unwrap_err();
        assert!(
            matches!(&error, WeightsError::NotAModel { found: was, .. } if was.starts_with(found)),
            "{error}"
        );
        assert!(error.to_string().starts_with(path.to_str().unwrap()), "{error}");
    }
    let missing = weights::read(&folder.path().join("gone")).unwrap_err();
    assert!(matches!(missing, WeightsError::NotFound { .. }), "{missing}");
}

#[test]
fn a_folder_must_tell_which_checkpoint_is_meant() {
    let checkpoint = Checkpoint::new(&bundle::network(&spec()), Layout::default());
    let folder = checkpoint.folder.path();
    let read = || weights::read(folder).map(|variables| variables.by_name.len());
    let whole = bundle::network(&spec()).len();
    assert_eq!(read().unwrap(), whole, "one index alone is meant");

    fs::copy(checkpoint.file(".index"), folder.join("other.index")).unwrap();
    let error = read().unwrap_err().to_string();
    assert!(error.contains("holds 2 checkpoints") && error.contains("other"), "{error}");

    let say = |text: &str| fs::write(folder.join("checkpoint"), text).unwrap();
    say("model_checkpoint_path: \"/gone/model.ckpt-7\"\nall_model_checkpoint_paths: \"other\"\n");
    assert_eq!(read().unwrap(), whole, "the base name beside it counts");
    say("model_checkpoint_path: \"/gone/model.ckpt-8\"\n");
    let error = read().unwrap_err().to_string();
    assert!(
        error.contains("/gone/model.ckpt-8") && error.contains("model.ckpt-8.index is missing"),
        "{error}"
    );
    say("all_model_checkpoint_paths: \"other\"\n");
    assert!(read().unwrap_err().to_string().contains("names no checkpoint"));

    let empty = tempfile::tempdir().unwrap();
    assert!(weights::read(empty.path()).unwrap_err().to_string().contains("holds no checkpoint"));
}

#[test]
fn a_file_that_stands_is_replaced_only_when_asked_and_only_by_a_whole_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let variables = |value: f32| {
        let by_name = [("a".to_owned(), Variable { shape: vec![1], values: vec![value] })].into();
        Variables { by_name, ..Variables::default() }
    };
    weights::write(&path, &variables(1.0), Precision::Single, Overwrite::Refuse).unwrap();
    let error = weights::write(&path, &variables(2.0), Precision::Single, Overwrite::Refuse).unwrap_err();
    assert!(matches!(error, WeightsError::Exists { .. }), "{error}");
    assert_eq!(weights::read(&path).unwrap().by_name["a"].values, [1.0]);
    weights::write(&path, &variables(3.0), Precision::Single, Overwrite::Replace).unwrap();
    assert_eq!(weights::read(&path).unwrap().by_name["a"].values, [3.0]);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");

    let nowhere = folder.path().join("gone/model.safetensors");
    let error = weights::write(&nowhere, &variables(1.0), Precision::Single, Overwrite::Replace).unwrap_err();
    assert!(error.to_string().contains(nowhere.to_str().unwrap()), "{error}");
}

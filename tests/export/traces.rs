//! A trace out of an export is the trace of the run.

use hdf5_metno as hdf5;
use ponderscope::dataset::Export;
use ponderscope::evaluate::{stored_card, stored_trace};
use ponderscope::halting::HaltingSetting;
use ponderscope::maps::{PonderMap, Quantity, Scope};
use ponderscope::network::RunOptions;

use super::common::fixture;
use super::support::Random;
use super::{export_inputs, model};

#[test]
fn it_tells_what_the_run_did() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("maps.h5");
    for folder in
        ["imagenet_tiny_sact", "imagenet_tiny_act", "imagenet_tiny_vanilla", "cifar_2_sact_trainrun"]
    {
        let model = model(&fixture(folder).unwrap());
        let inputs: Vec<_> = (0..2).map(|seed| Random(seed).input(40, 56)).collect();
        let traces = model.network.run(&inputs, &HaltingSetting::default(), RunOptions::default()).unwrap();
        export_inputs(&model, inputs, &path);
        let export = Export::open(&path).unwrap();
        for (index, run) in traces.iter().enumerate() {
            let stored = stored_trace(&export, &path, index).unwrap();
            assert_eq!((stored.height, stored.width), (run.height, run.width));
            assert_eq!(stored.logits, run.logits, "{folder}");
            assert_eq!(stored.flops as f32, run.flops as f32, "{folder}");
            for scope in [Scope::Network, Scope::Block(1)] {
                for quantity in [Quantity::PonderCost, Quantity::NumUnits] {
                    let [ours, expected] = [&stored, run].map(|t| PonderMap::from_trace(t, quantity, scope));
                    // ACT's one decision a block stands for all of its positions, which an export does not count.
                    let values =
                        |map: Option<PonderMap>| map.map(|map| (map.theory, map.mean(), map.extent()));
                    assert_eq!(values(ours), values(expected), "{folder} {scope:?} {quantity:?}");
                }
            }
            for (ours, expected) in stored.blocks.iter().zip(&run.blocks) {
                assert_eq!((&ours.name, ours.flops as f32), (&expected.name, expected.flops as f32));
                if folder.contains("_sact") {
                    assert_eq!(ours.active_positions, expected.active_positions, "{folder}");
                }
            }
        }
        assert_eq!(stored_card(&path), Some(model.card), "{folder}");
    }
}

#[test]
fn shapes_that_contradict_each_other_are_told() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("maps.h5");
    export_inputs(&model(&fixture("cifar_2_sact_trainrun").unwrap()), vec![Random(1).input(8, 8)], &path);
    let file = hdf5::File::with_options()
        .with_fapl(|access| access.file_locking(false))
        .open_as(&path, hdf5::OpenMode::ReadWrite)
        .unwrap();
    file.unlink("block_2/num_units").unwrap();
    file.new_dataset::<f32>().shape((1, 4, 3)).create("block_2/num_units").unwrap();
    file.close().unwrap();
    let error = stored_trace(&Export::open(&path).unwrap(), &path, 0).unwrap_err().to_string();
    assert!(error.contains("maps.h5: `block_2/num_units` has shape [1, 4, 3]"), "{error}");
}

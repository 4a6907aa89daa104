//! An export is whole or not there.

use std::path::Path;

use ponderscope::dataset::{Batch, DatasetError};
use ponderscope::evaluate::{ExportError, Summary, export};
use ponderscope::halting::HaltingSetting;
use ponderscope::image::Input;
use ponderscope::jobs::Cancel;
use ponderscope::zoo::Model;

use super::common::fixture;
use super::support::Random;
use super::{model, names_in};

const OLD: &[u8] = b"what stood there before";

fn batch(name: &str, height: usize, width: usize) -> Result<Batch, DatasetError> {
    let inputs: Vec<Input> = (0..2).map(|seed| Random(seed).input(height, width)).collect();
    Ok(Batch { names: vec![format!("{name}-0"), format!("{name}-1")], labels: vec![None; 2], inputs })
}

fn run(
    model: &Model,
    batches: Vec<Result<Batch, DatasetError>>,
    path: &Path,
    cancel: &Cancel,
    step: impl FnMut(),
) -> Result<Summary, ExportError> {
    let mut step = step;
    export(model, &HaltingSetting::default(), batches.into_iter(), &[], path, cancel, |_| step())
}

/// Runs what must fail, and checks that the old file is as it was and nothing lies beside it.
fn assert_untouched(fail: impl FnOnce(&Model, &Path) -> ExportError) -> String {
    let folder = fixture("cifar_2_sact_trainrun").unwrap();
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("maps.h5");
    std::fs::write(&path, OLD).unwrap();
    let error = fail(&model(&folder), &path).to_string();
    assert_eq!(std::fs::read(&path).unwrap(), OLD);
    assert_eq!(names_in(place.path()), ["maps.h5"]);
    assert!(!error.contains('\n') && error.contains("maps.h5") || error.contains("--size"), "{error}");
    error
}

#[test]
fn a_cancelled_export_leaves_the_old_file() {
    let error = assert_untouched(|model, path| {
        let cancel = Cancel::new();
        let batches = vec![batch("a", 32, 32), batch("b", 32, 32)];
        // Cancelled while the first batch is in and the second is not.
        run(model, batches, path, &cancel, || cancel.cancel()).unwrap_err()
    });
    assert!(error.starts_with("cancelled"), "{error}");
}

#[test]
fn a_cancel_after_the_last_image_counts() {
    assert_untouched(|model, path| {
        let cancel = Cancel::new();
        run(model, vec![batch("a", 32, 32)], path, &cancel, || cancel.cancel()).unwrap_err()
    });
}

#[test]
fn pictures_of_different_sizes_are_refused_by_name() {
    let error = assert_untouched(|model, path| {
        let batches = vec![batch("a", 32, 32), batch("wide", 32, 48)];
        run(model, batches, path, &Cancel::new(), || ()).unwrap_err()
    });
    assert!(error.starts_with("wide-0 enters the network as 32x48"), "{error}");
}

#[test]
fn nothing_to_write_is_an_error() {
    let error = assert_untouched(|model, path| {
        let lost = DatasetError::NoPictures { path: "album".into() };
        run(model, vec![Err(lost)], path, &Cancel::new(), || ()).unwrap_err()
    });
    assert!(error.contains("could not be used"), "{error}");
}

#[test]
fn a_whole_export_replaces_the_old_file() {
    let folder = fixture("cifar_2_sact_trainrun").unwrap();
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("maps.h5");
    std::fs::write(&path, OLD).unwrap();
    // Sizes other than the network's own, several batches.
    let batches = vec![batch("a", 24, 40), batch("b", 24, 40), batch("c", 24, 40)];
    let summary = run(&model(&folder), batches, &path, &Cancel::new(), || ()).unwrap();
    assert_eq!((summary.images, summary.height, summary.width), (6, 24, 40));
    assert_eq!(names_in(place.path()), ["maps.h5"]);

    let export = ponderscope::dataset::Export::open(&path).unwrap();
    assert_eq!((export.len(), export.image_size()), (6, (24, 40)));
    assert_eq!(export.image_name(3), "b-1");
    assert_eq!(export.input(5).unwrap(), Random(1).input(24, 40));
    let flops = export.flops(None, 0..6).unwrap();
    assert_eq!(summary.mean_flops, flops.iter().map(|&flops| f64::from(flops)).sum::<f64>() / 6.0);
    for (block, name) in summary.blocks.iter().zip(export.blocks().unwrap()) {
        let costs = export.read(&format!("{name}/ponder_cost"), 0..6).unwrap().values;
        let mean = costs.iter().map(|&cost| f64::from(cost)).sum::<f64>() / costs.len() as f64;
        assert!((block.mean_ponder_cost - mean).abs() < 1e-9, "{name}");
    }
    assert_readable_as_any_file(&path);
}

/// Files that are made aside are private at first.
fn assert_readable_as_any_file(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode();
        let usual = path.with_extension("usual");
        std::fs::write(&usual, "").unwrap();
        assert_eq!(mode(path), mode(&usual));
    }
}

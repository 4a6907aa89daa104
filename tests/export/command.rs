//! `ponderscope export` as a person runs it.

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use ponderscope::dataset::Export;
use predicates::str::{contains, is_empty};

use super::common::fixture;
use super::names_in;

fn ponderscope() -> Command {
    Command::cargo_bin("ponderscope").unwrap()
}

fn assets() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/samples")
}

#[test]
fn the_references_inputs_give_the_references_counts() {
    let Some(folder) = fixture("cifar_5_sact") else { return };
    let original = folder.join("export_original_schema.h5");
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("maps.h5");
    let mut command = ponderscope();
    command.args(["export", "--batch-size", "3", "--num-examples", "7", "--model"]).arg(&folder);
    command.arg("--data").arg(&original).arg("-o").arg(&path);
    command.assert().success().stderr(is_empty()).stdout(contains("Wrote 7 images of 32x32"));
    let (ours, expected) = (Export::open(&path).unwrap(), Export::open(&original).unwrap());
    assert_eq!(ours.len(), 7);
    assert_eq!(ours.flops(None, 0..7).unwrap(), expected.flops(None, 0..7).unwrap());
    for name in ["block_1/num_units", "block_2/num_units", "block_3/num_units", "num_units_map"] {
        assert_eq!(ours.read(name, 0..7).unwrap(), expected.read(name, 0..7).unwrap(), "{name}");
    }

    command.assert().success().stdout(contains("maps.h5 (replaced)"));
}

#[test]
fn a_bad_picture_is_named_and_skipped() {
    let place = tempfile::tempdir().unwrap();
    let album = place.path().join("album");
    std::fs::create_dir(&album).unwrap();
    for name in ["1.png", "3.png"] {
        std::fs::copy(assets().join("chelsea.png"), album.join(name)).unwrap();
    }
    std::fs::write(album.join("2.png"), "Dear diary").unwrap();
    let path = place.path().join("maps.h5");
    let export = |data: &Path, more: &[&str]| {
        let mut command = ponderscope();
        command.args(["export", "--size", "32", "-o"]).arg(&path).arg("--data").arg(data).args(more);
        command.assert()
    };
    export(&album, &[]).success().stderr(contains("skipped: ")).stderr(contains("2.png"));
    let names = |export: &Export| (0..export.len()).map(|index| export.image_name(index)).collect::<Vec<_>>();
    let expected = ["1.png", "3.png"].map(|name| album.join(name).display().to_string());
    assert_eq!(names(&Export::open(&path).unwrap()), expected);

    export(&album, &["--strict"]).failure().stderr(contains("1 of 3 pictures could not be used"));
    export(&album.join("2.png"), &[]).failure().stderr(contains("the one picture could not be used"));
    assert_eq!(Export::open(&path).unwrap().len(), 2);
}

#[test]
fn photographs_of_different_shapes_are_refused_with_a_way_out() {
    let place = tempfile::tempdir().unwrap();
    let mut command = ponderscope();
    command.args(["export", "--size", "64", "-o"]).arg(place.path().join("maps.h5"));
    command.arg("--data").arg(assets().join("chelsea.png")).arg(assets().join("cifar10.png"));
    command
        .assert()
        .failure()
        .stderr(contains("cifar10.png enters the network as 32x64"))
        .stderr(contains("--size"));
    assert!(names_in(place.path()).is_empty());
}

#[test]
fn a_place_that_cannot_be_written_is_told_before_the_work() {
    let place = tempfile::tempdir().unwrap();
    let export = |output: &Path| {
        let mut command = ponderscope();
        command.args(["export", "--data"]).arg(assets().join("chelsea.png")).arg("-o").arg(output);
        command.assert().failure()
    };
    export(&place.path().join("none/maps.h5"))
        .stderr(contains("cannot write"))
        .stderr(contains("none/maps.h5"));
    export(place.path()).stderr(contains("is not a file that can be replaced"));
}

#[test]
fn a_path_that_is_not_there_is_told_once() {
    let place = tempfile::tempdir().unwrap();
    for gone in ["gone.png", "gone.h5", "gone"] {
        let gone = place.path().join(gone);
        let mut command = ponderscope();
        command.args(["export", "-o", "maps.h5", "--data"]).arg(&gone);
        let told = String::from_utf8(command.assert().failure().get_output().stderr.clone()).unwrap();
        assert!(told.starts_with(&format!("ponderscope: cannot read {}", gone.display())), "{told}");
        assert_eq!(told.matches("os error").count(), 1, "{told}");
    }
}

/// A limit on the size of files stands for a full disk: the write fails half-way.
#[cfg(unix)]
#[test]
fn a_full_disk_leaves_the_old_file() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("maps.h5");
    std::fs::write(&path, "old").unwrap();
    let script = r#"trap '' XFSZ; ulimit -f 400; exec "$@""#;
    let mut command = std::process::Command::new("sh");
    command.args(["-c", script, "sh", env!("CARGO_BIN_EXE_ponderscope"), "export", "--size", "native", "-o"]);
    command.arg(&path).arg("--data").arg(assets().join("chelsea.png"));
    let output = command.output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && output.stdout.is_empty());
    assert!(told.starts_with("ponderscope: cannot write") && told.contains("maps.h5"), "{told}");
    assert!(told.contains("file too large") && told.trim_end().lines().count() == 1, "{told}");
    assert_eq!(std::fs::read(&path).unwrap(), b"old");
    assert_eq!(names_in(place.path()), ["maps.h5"]);
}

#[cfg(unix)]
#[test]
fn an_interrupt_leaves_the_old_file() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("maps.h5");
    std::fs::write(&path, "old").unwrap();
    // The same photograph so often that it cannot be done before it is interrupted.
    let photographs = std::iter::repeat_n(assets().join("chelsea.png"), 10_000);
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_ponderscope"));
    command.args(["export", "-o"]).arg(&path).arg("--data").args(photographs);
    let mut run =
        command.stderr(std::process::Stdio::piped()).stdout(std::process::Stdio::piped()).spawn().unwrap();
    while names_in(place.path()).len() < 2 {
        assert_eq!(run.try_wait().unwrap(), None, "it ended by itself");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let killed = std::process::Command::new("kill").args(["-INT", &run.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let output = run.wait_with_output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert!(told.starts_with("ponderscope: cancelled: ") && told.contains("is as it was before"), "{told}");
    assert_eq!(std::fs::read(&path).unwrap(), b"old");
    assert_eq!(names_in(place.path()), ["maps.h5"]);
}

//! `ponderscope data cifar10` as a person runs it.

use assert_cmd::Command;
use predicates::str::{contains, is_empty};

use super::archive::{Packer, unpacked};
use super::names_in;

fn cifar10() -> Command {
    let mut command = Command::cargo_bin("ponderscope").unwrap();
    command.args(["data", "cifar10"]);
    command
}

#[test]
fn what_is_there_is_checked_and_kept() {
    let place = tempfile::tempdir().unwrap();
    unpacked(&place.path().join("data/cifar-10-batches-bin"));
    let mut command = cifar10();
    command
        .current_dir(place.path())
        .assert()
        .success()
        .stderr(is_empty())
        .stdout(contains("is whole in data"));
}

#[test]
fn another_archive_is_refused_and_nothing_is_left() {
    let place = tempfile::tempdir().unwrap();
    let archive = place.path().join("other.tar.gz");
    std::fs::write(&archive, Packer::new().class_names().finish()).unwrap();
    let data = place.path().join("new/data");
    let fetch = |archive: &str| {
        let mut command = cifar10();
        command.arg(&data).arg("--archive").arg(place.path().join(archive)).assert().failure()
    };
    fetch("other.tar.gz")
        .stderr(contains("other.tar.gz is not the archive that was published"))
        .stderr(contains("c32a1d4ab5d03f1284b67883e8d87530"));
    fetch("gone.tar.gz").stderr(contains("cannot read")).stderr(contains("gone.tar.gz"));
    fetch("").stderr(contains("cannot read"));
    assert_eq!(names_in(place.path()), ["other.tar.gz"]);
}

/// A proxy that is not there stands for a network that is not.
#[test]
fn without_a_network_one_sentence_says_what_to_do() {
    let place = tempfile::tempdir().unwrap();
    let mut command = cifar10();
    command.arg(place.path()).env("ALL_PROXY", "http://127.0.0.1:1").env_remove("NO_PROXY");
    let told = String::from_utf8(command.assert().failure().get_output().stderr.clone()).unwrap();
    let url = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz";
    assert!(told.starts_with(&format!("ponderscope: cannot download {url} (")), "{told}");
    assert!(told.contains("--archive") && told.lines().count() == 1, "{told}");
    assert!(names_in(place.path()).is_empty());
}

#[test]
fn a_place_that_cannot_be_written_is_told() {
    let place = tempfile::tempdir().unwrap();
    std::fs::write(place.path().join("file"), "").unwrap();
    let mut command = cifar10();
    let told = command.arg(place.path().join("file/data")).assert().failure();
    told.stderr(contains("cannot write")).stderr(contains("file/data"));
}

/// A proxy that never answers stands for a download that takes long.
#[cfg(unix)]
#[test]
fn an_interrupt_leaves_what_was_there() {
    let place = tempfile::tempdir().unwrap();
    let proxy = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_ponderscope"));
    command.args(["data", "cifar10"]).arg(place.path().join("new/data")).env_remove("NO_PROXY");
    command.env("ALL_PROXY", format!("http://{}", proxy.local_addr().unwrap()));
    let run = command.stderr(std::process::Stdio::piped()).spawn().unwrap();
    let _silent = proxy.accept().unwrap();
    let killed = std::process::Command::new("kill").args(["-INT", &run.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let output = run.wait_with_output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert!(told.starts_with("ponderscope: cancelled: ") && told.contains("is as it was before"), "{told}");
    assert!(names_in(place.path()).is_empty());
}

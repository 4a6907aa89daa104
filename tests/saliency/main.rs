//! `ponderscope saliency` as a person runs it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use image::{GrayImage, Luma, RgbImage};
use ponderscope::dataset::samples::photographs;
use predicates::prelude::*;
use predicates::str::{contains, is_empty};
use serde_json::Value;
use tempfile::TempDir;

/// A folder of its own, and the command in it with a small model.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    }

    /// A photograph in small, under any name.
    fn picture(&self, name: &str) {
        let photograph = image::load_from_memory(photographs()[0].bytes).unwrap();
        photograph.thumbnail_exact(60, 40).into_rgb8().save(self.path(name)).unwrap();
    }

    /// Fixations of it: white at some points.
    fn points(&self, name: &str) {
        let points = [(30, 20), (33, 18), (12, 30), (50, 5)];
        let dots = GrayImage::from_fn(60, 40, |x, y| Luma([if points.contains(&(x, y)) { 255 } else { 0 }]));
        dots.save(self.path(name)).unwrap();
    }

    /// A density, in half its size: greyer towards the middle.
    fn density(&self, name: &str) {
        let grey = |x: u32, y: u32| 200 - (x.abs_diff(15) * 6 + y.abs_diff(10) * 8) as u8;
        GrayImage::from_fn(30, 20, |x, y| Luma([grey(x, y)])).save(self.path(name)).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Assert {
        let mut command = Command::cargo_bin("ponderscope").unwrap();
        command.current_dir(self.0.path()).args(["saliency", "--device", "cpu", "--model"]).arg(model());
        command.args(arguments).assert()
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let output = self.run(&[arguments, &["--json"]].concat()).success();
        serde_json::from_slice(&output.get_output().stdout).unwrap()
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }
}

fn model() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/cifar_5_sact")
}

#[test]
fn the_samples_are_compared_with_fixations_of_their_names() {
    let desk = Desk::new();
    let list = "x,y\n225,150\n230,140\n100,40\n400,280\n";
    for sample in photographs() {
        fs::write(desk.path(&format!("eyes/{}.csv", sample.name)), list).unwrap();
    }
    desk.run(&["--fixations", "eyes", "--size", "32"])
        .success()
        .stdout(contains("AUC-Judd").and(contains("Ponder cost")).and(contains("Centre prior alone")))
        .stderr(is_empty());

    let report = desk.json(&["--fixations", "eyes", "--size", "32", "--centre-weight", "0"]);
    assert_eq!((&report["images"], &report["partial"]), (&3.into(), &false.into()));
    assert_eq!(report["map"], report["with_centre"]);
    assert!((0.0..=1.0).contains(&report["map"]["auc_judd"].as_f64().unwrap()));
    assert!(report["centre"]["auc_judd"].as_f64().unwrap() > 0.5);
    let units = desk.json(&["--fixations", "eyes", "--size", "32", "--quantity", "num-units"]);
    assert_eq!(units["quantity"], "num-units");
    assert_ne!(units["map"], report["map"]);
}

#[test]
fn categories_are_mirrored_and_what_has_no_fixations_is_named() {
    let desk = Desk::new();
    for name in
        ["Stimuli/Action/001.png", "Stimuli/Action/002.png", "Stimuli/Art/001.png", "Stimuli/Art/010.png"]
    {
        desk.picture(name);
    }
    desk.points("MAPS/Action/001.png");
    desk.density("MAPS/Art/001.png");
    fs::write(desk.path("MAPS/Art/010.txt"), "no numbers\nhere").unwrap();
    fs::write(desk.path("table.csv"), "what stood there").unwrap();
    desk.run(&["Stimuli", "--fixations", "MAPS", "--csv", "table.csv"])
        .success()
        .stdout(contains("With centre prior"))
        .stderr(
            contains("line 2 of").and(contains("010.txt")).and(contains("1 of 4 pictures could not be used")),
        )
        .stderr(contains("1 of 4 pictures have no fixations: ").and(contains("002.png")))
        .stderr(contains("1 of 2 pictures have densities"));

    let table = desk.read("table.csv");
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows.len(), 3);
    assert!(rows.iter().all(|row| row.len() == 14), "{table}");
    assert_eq!(rows[0][..6], ["picture", "fixations", "kind", "positions", "fixated", "auc_judd"]);
    assert!(rows[1][0].ends_with("001.png") && rows[1][0].contains("Action"));
    assert_eq!(rows[1][2..5], ["points", "2400", "4"]);
    assert_eq!((rows[2][2], rows[2][3], rows[2][7]), ("density", "600", ""));

    // One category alone, and one picture of it.
    for named in ["Stimuli/Action", "Stimuli/Action/001.png"] {
        let report = desk.json(&[named, "--fixations", "MAPS"]);
        assert_eq!(report["images"], 1, "{named}");
        assert_eq!(report["map"]["auc_judd"].as_f64().unwrap().to_string(), rows[1][5]);
    }
}

#[cfg(unix)]
#[test]
fn an_interrupt_prints_what_is_known_and_keeps_its_rows() {
    use std::process::{Command, Stdio};
    let desk = Desk::new();
    desk.picture("a.png");
    desk.points("eyes/a.png");
    fs::write(desk.path("table.csv"), "old").unwrap();
    let rows = || {
        let entries = fs::read_dir(desk.0.path()).unwrap().map(|entry| entry.unwrap().path());
        let aside = entries.filter(|path| path.to_str().unwrap().ends_with(".partial"));
        aside.map(|path| fs::read_to_string(path).unwrap().lines().count()).sum::<usize>()
    };
    // The same picture so often that it cannot be done before it is interrupted.
    let mut command = Command::new(env!("CARGO_BIN_EXE_ponderscope"));
    command.current_dir(desk.0.path()).args(["saliency", "--device", "cpu", "--model"]).arg(model());
    command.args(["--fixations", "eyes", "--csv", "table.csv"]).args(std::iter::repeat_n("a.png", 20_000));
    let mut run = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while rows() < 3 {
        assert_eq!(run.try_wait().unwrap(), None, "it ended by itself");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert!(Command::new("kill").args(["-INT", &run.id().to_string()]).status().unwrap().success());
    let output = run.wait_with_output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8(output.stdout).unwrap().contains("Centre prior alone"));
    assert!(
        told.contains("cancelled: the figures are partial, of ") && told.contains("table.csv.partial"),
        "{told}"
    );
    assert_eq!(desk.read("table.csv"), "old");
    let kept = desk.read("table.csv.partial");
    let columns = kept.lines().next().unwrap().split(',').count();
    assert!(kept.ends_with('\n') && kept.lines().skip(1).all(|line| line.split(',').count() == columns));
    assert_eq!(fs::read_dir(desk.0.path()).unwrap().count(), 4);
}

#[test]
fn one_picture_takes_one_file() {
    let desk = Desk::new();
    desk.picture("a.png");
    desk.picture("b.png");
    desk.points("dots.png");
    desk.density("grey.png");
    let of_points = desk.json(&["a.png", "--fixations", "dots.png"]);
    let points = "# where they looked\n30,20\n33,18\n12,30\n50,5\n";
    fs::write(desk.path("dots.txt"), points).unwrap();
    assert_eq!(desk.json(&["a.png", "--fixations", "dots.txt"]), of_points);
    assert_eq!(of_points["densities"], 0);
    let of_density = desk.json(&["a.png", "--fixations", "grey.png"]);
    assert_eq!((&of_density["densities"], &of_density["map"]["nss"]), (&1.into(), &Value::Null));
    let as_points = desk.json(&["a.png", "--fixations", "grey.png", "--fixation-kind", "points"]);
    assert_eq!(as_points["densities"], 0);
    desk.run(&["a.png", "b.png", "--fixations", "dots.png"])
        .failure()
        .stderr(contains("one picture, but there are 2"));
}

#[test]
fn what_cannot_be_compared_is_said_in_a_sentence() {
    let desk = Desk::new();
    desk.picture("a.png");
    desk.points("dots.png");
    fs::create_dir(desk.path("empty")).unwrap();
    fs::write(desk.path("broken.png"), "no picture").unwrap();
    GrayImage::new(60, 40).save(desk.path("black.png")).unwrap();
    RgbImage::from_fn(60, 60, |x, _| image::Rgb([x as u8; 3])).save(desk.path("square.png")).unwrap();
    for (fixations, sentence) in [
        ("gone", "there are no fixations at gone"),
        ("empty", "there are no fixations of a.png in empty"),
        ("broken.png", "broken.png is not a picture"),
        ("black.png", "black.png has no fixations"),
        ("square.png", "square.png are 60 x 60"),
    ] {
        desk.run(&["a.png", "--fixations", fixations, "--csv", "none.csv"])
            .failure()
            .stdout(is_empty())
            .stderr(contains(sentence));
        assert!(!desk.path("none.csv").exists());
    }
    desk.run(&["a.png"]).failure().stderr(contains("--fixations"));
    desk.run(&["a.png", "--fixations", "dots.png", "--csv", "dots.png"])
        .failure()
        .stderr(contains("would be overwritten"));
    for wrong in
        [["--centre-weight", "2"], ["--centre-sigma", "0"], ["--blur", "3"], ["--fixation-kind", "lines"]]
    {
        desk.run(&[&["a.png", "--fixations", "dots.png"][..], &wrong].concat())
            .failure()
            .stderr(contains(wrong[0]));
    }
    // Several pictures, none of which can be used.
    desk.picture("b.png");
    desk.run(&["a.png", "b.png", "--fixations", "empty"])
        .failure()
        .stderr(contains("none of the 2 pictures"));
}

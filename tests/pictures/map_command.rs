//! `ponderscope map` from the outside.

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use image::{GrayImage, Luma, RgbImage};
use ponderscope::figure::Colormap;
use predicates::prelude::*;
use predicates::str::{contains, starts_with};
use tempfile::TempDir;

use crate::fixture::Fixture;

/// A folder with the first test images of a fixture as PNG, and a command that maps with the fixture's model.
struct Desk(TempDir);

impl Desk {
    fn new(images: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let pictures = Fixture::committed("cifar_5_sact").array::<u8>("images_uint8");
        for image in 0..images {
            pictures.picture(Some(image)).save(folder.path().join(format!("{image}.png"))).unwrap();
        }
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn map(&self, arguments: &[&str]) -> assert_cmd::assert::Assert {
        self.map_with(&model("cifar_5_sact"), arguments)
    }

    fn map_with(&self, model: &Path, arguments: &[&str]) -> assert_cmd::assert::Assert {
        let mut command = Command::cargo_bin("ponderscope").unwrap();
        command.current_dir(self.0.path()).args(["map", "--device", "cpu", "--model"]).arg(model);
        command.args(arguments).assert()
    }

    fn open(&self, name: &str) -> RgbImage {
        image::open(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}")).into_rgb8()
    }
}

fn model(fixture: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(fixture)
}

#[test]
fn a_map_is_the_references_and_its_ends_are_printed() {
    let desk = Desk::new(1);
    let mut fixture = Fixture::committed("cifar_5_sact");
    let costs = fixture.array::<f32>("ponder_cost_map");
    let (least, greatest) = costs.of(0).iter().fold((f32::MAX, f32::MIN), |(a, b), &c| (a.min(c), b.max(c)));
    let line = format!("Minimum/maximum ponder cost {least:.2}/{greatest:.2}\n");
    desk.map(&["0.png", "--size", "native"]).success().stdout(line);
    for what in ["ponder", "overlay", "colorbar"] {
        desk.open(&format!("ponder_maps/0_{what}.png"));
    }

    let units = fixture.array::<f32>("num_units_map");
    let options =
        ["--size", "native", "--quantity", "num-units", "--range", "3,15", "--colormap", "turbo", "-o", "."];
    desk.map(&[&["0.png"][..], &options].concat()).success();
    let drawn = desk.open("0_ponder.png");
    let expected: Vec<[u8; 3]> =
        units.of(0).iter().map(|&units| Colormap::Turbo.color((units - 3.0) / 12.0)).collect();
    assert_eq!(drawn.pixels().map(|pixel| pixel.0).collect::<Vec<_>>(), expected);
}

#[test]
fn an_overlay_is_at_the_pictures_own_resolution() {
    let desk = Desk::new(0);
    RgbImage::from_fn(200, 120, |x, y| image::Rgb([x as u8, y as u8, 90]))
        .save(desk.path("wide.png"))
        .unwrap();
    desk.map(&["wide.png", "--size", "50", "--opacity", "0"]).success();
    assert_eq!(desk.open("ponder_maps/wide_ponder.png").dimensions(), (50, 30));
    assert_eq!(desk.open("ponder_maps/wide_overlay.png"), desk.open("wide.png"));
}

#[test]
fn a_bad_picture_is_named_and_the_rest_go_on() {
    let desk = Desk::new(2);
    std::fs::write(desk.path("notes.png"), "no picture").unwrap();
    desk.map(&["0.png", "notes.png", "gone.png", "1.png"])
        .failure()
        .stdout(contains("0.png: Minimum/maximum").and(contains("1.png: Minimum/maximum")))
        .stderr(
            contains("notes.png is not a picture")
                .and(contains("cannot read gone.png"))
                .and(contains("2 of 4 pictures could not be mapped")),
        );
    assert!(desk.path("ponder_maps/1_ponder.png").exists());
    desk.map(&["notes.png"]).failure().stderr(starts_with("ponderscope: notes.png is not a picture"));
}

#[test]
fn folders_are_listed_and_same_names_kept_apart() {
    let desk = Desk::new(1);
    for folder in ["a", "b", "b/deeper"] {
        std::fs::create_dir(desk.path(folder)).unwrap();
    }
    GrayImage::from_pixel(32, 32, Luma([9])).save(desk.path("a/0.bmp")).unwrap();
    std::fs::copy(desk.path("0.png"), desk.path("b/0.png")).unwrap();
    std::fs::copy(desk.path("0.png"), desk.path("b/deeper/1.png")).unwrap();
    std::fs::write(desk.path("b/readme.txt"), "words").unwrap();
    desk.map(&["a", "b"]).success();
    let mut written: Vec<String> = desk
        .path("ponder_maps")
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    written.sort();
    let expected = ["0-2_colorbar", "0-2_overlay", "0-2_ponder", "0_colorbar", "0_overlay", "0_ponder"]
        .map(|n| format!("{n}.png"));
    assert_eq!(written, expected);
    assert_ne!(desk.open("ponder_maps/0_ponder.png"), desk.open("ponder_maps/0-2_ponder.png"));

    std::fs::create_dir(desk.path("empty")).unwrap();
    desk.map(&["empty"]).failure().stderr(contains("there are no pictures in the folder empty"));
}

#[test]
fn results_are_replaced_but_no_picture_that_is_still_to_be_mapped() {
    let desk = Desk::new(1);
    for _ in 0..2 {
        desk.map(&["0.png", "--output", "."]).success();
    }
    let results = ["0_ponder.png", "0_overlay.png", "0_colorbar.png"];
    let read = || results.map(|name| std::fs::read(desk.path(name)).unwrap());
    let before = read();
    // The folder holds its own results by now, and they are pictures like any other.
    for output in [".", desk.0.path().to_str().unwrap()] {
        desk.map(&[".", "--output", output, "--colormap", "turbo"])
            .failure()
            .stderr(contains("0_ponder.png is to be mapped").and(contains("another folder with --output")));
    }
    assert!(read() == before, "a picture was overwritten");
    assert_eq!(desk.0.path().read_dir().unwrap().count(), 1 + results.len());
    desk.map(&[".", "--output", "maps"]).success();
    assert!(desk.path("maps/0_ponder_ponder.png").exists());
}

#[test]
fn what_cannot_be_done_is_said_in_a_sentence() {
    let desk = Desk::new(1);
    std::fs::write(desk.path("taken"), "").unwrap();
    desk.map(&["0.png", "-o", "taken/maps"]).failure().stderr(contains("cannot make the folder taken/maps"));
    desk.map_with(&model("imagenet_tiny_vanilla"), &["0.png"])
        .failure()
        .stderr(contains("vanilla network").and(contains("choose an ACT or SACT model")));
    for wrong in [["--range", "9,3"], ["--opacity", "2"], ["--colormap", "jet"], ["--threshold", "0"]] {
        desk.map(&[&["0.png"][..], &wrong].concat()).failure().stderr(contains(wrong[0]));
    }
    assert!(!desk.path("ponder_maps").exists());
}

#[test]
fn without_a_picture_the_samples_are_mapped() {
    let desk = Desk::new(0);
    desk.map(&["--size", "32"]).success().stdout(contains("chelsea: Minimum/maximum ponder cost"));
    for sample in ponderscope::dataset::samples::photographs() {
        assert!(desk.path(&format!("ponder_maps/{}_overlay.png", sample.name)).exists());
    }
}

//! `ponderscope draw`: an export's pictures, without a model.

use std::path::Path;

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use hdf5_metno as hdf5;
use ponderscope::dataset::Export;
use ponderscope::figure::{Colormap, input_picture};
use ponderscope::image;
use predicates::str::{contains, is_empty};

use super::common::fixture;
use super::support::Random;
use super::{export_inputs, model, names_in};

fn draw(export: &Path, output: &Path, more: &[&str]) -> Assert {
    let mut command = Command::cargo_bin("ponderscope").unwrap();
    command.arg("draw").arg(export).arg("-o").arg(output).args(more).assert()
}

/// The colours that matplotlib gives values between these ends.
fn assert_colors(path: &Path, values: &[f32], [low, high]: [f32; 2]) {
    let picture = image::open(path).unwrap();
    assert_eq!(picture.pixels().len(), values.len());
    for (pixel, value) in picture.pixels().zip(values) {
        assert_eq!(pixel.0, Colormap::Viridis.color((value - low) / (high - low)), "{value}");
    }
}

/// Names from numpy's means of the reference's maps, colours between numpy's percentiles of all of them.
#[test]
fn the_references_export_is_drawn_as_the_reference_draws_it() {
    let Some(folder) = fixture("cifar_5_sact") else { return };
    let original = folder.join("export_original_schema.h5");
    let place = tempfile::tempdir().unwrap();
    let output = place.path().join("drawn/here");
    draw(&original, &output, &[]).success().stderr(is_empty()).stdout(contains("Drew 16 images"));
    let means = [
        "9.36", "9.79", "10.09", "10.38", "10.24", "12.47", "10.53", "9.65", "9.89", "9.92", "11.19", "9.71",
        "11.03", "10.62", "9.89", "10.54",
    ];
    let export = Export::open(&original).unwrap();
    for (index, mean) in means.into_iter().enumerate() {
        let map = export.read("ponder_cost_map", index..index + 1).unwrap().values;
        let path = |what: &str| output.join(format!("{mean}_{index}_{what}"));
        assert_colors(&path("ponder.png"), &map, [6.171_655, 17.123_564]);
        let (saved, expected) =
            (image::open(&path("im.jpg")).unwrap(), input_picture(&export.input(index).unwrap()));
        let differences =
            saved.as_raw().iter().zip(expected.as_raw()).map(|(a, b)| u32::from(a.abs_diff(*b)));
        assert!(differences.sum::<u32>() < 4 * 32 * 32 * 3, "image {index} is another picture");
    }
    assert_eq!(names_in(&output).len(), 2 * 16 + 1);
    assert!(image::open(&output.join("colorbar.png")).is_ok());
}

#[test]
fn images_quantity_and_ends_are_chosen() {
    let Some(folder) = fixture("cifar_5_sact") else { return };
    let original = folder.join("export_original_schema.h5");
    let place = tempfile::tempdir().unwrap();
    let units = Export::open(&original).unwrap().read("num_units_map", 3..4).unwrap().values;
    let mean = units.iter().sum::<f32>() / units.len() as f32;
    let name = format!("{mean:.2}_3_ponder.png");
    for (range, ends) in [
        ("theory", [3.0, 15.0]),
        ("data", [4.0, 15.0]),
        ("percentile:5,95", [7.0, 13.0]),
        ("2,20", [2.0, 20.0]),
    ] {
        let output = place.path().join(range.replace(':', "-"));
        let more = ["--index", "12-13,3", "--quantity", "num-units", "--range", range];
        draw(&original, &output, &more).success().stdout(contains("Drew 3 images"));
        assert_eq!(names_in(&output).len(), 7);
        assert_colors(&output.join(&name), &units, ends);
    }
    draw(&original, place.path(), &["--index", "3,16"]).failure().stderr(contains("there is no image 16"));
}

/// ImageNet's preprocessing is undone, so a picture keeps its brightness.
#[test]
fn a_dim_imagenet_picture_stays_dim() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("maps.h5");
    let mut input = Random(1).input(40, 48);
    input.data.fill(-0.5);
    export_inputs(&model(&fixture("imagenet_tiny_sact").unwrap()), vec![input], &path);
    draw(&path, &place.path().join("drawn"), &[]).success();
    let names = names_in(&place.path().join("drawn"));
    let name = names.iter().find(|name| name.ends_with("_0_im.jpg")).unwrap();
    let picture = image::open(&place.path().join("drawn").join(name)).unwrap();
    assert!(picture.as_raw().iter().all(|value| value.abs_diff(64) <= 1), "{:?}", picture.get_pixel(0, 0));
}

#[test]
fn what_has_no_maps_is_told_why() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("maps.h5");
    let refused = || {
        let output = place.path().join("drawn");
        let told = draw(&path, &output, &[]).failure().get_output().stderr.clone();
        let told = String::from_utf8(told).unwrap();
        assert!(told.contains("maps.h5") && told.lines().count() == 1 && !output.exists(), "{told}");
        told
    };
    for (folder, why) in
        [("imagenet_tiny_act", "one number an image"), ("imagenet_tiny_vanilla", "runs every unit")]
    {
        export_inputs(&model(&fixture(folder).unwrap()), vec![Random(1).input(32, 32)], &path);
        assert!(refused().contains(why));
    }
    std::fs::write(&path, "Dear diary").unwrap();
    assert!(refused().contains("is not an HDF5 file"));
    let file =
        hdf5::File::with_options().with_fapl(|access| access.file_locking(false)).create(&path).unwrap();
    file.new_dataset::<f32>().shape((1, 4, 4, 3)).create("images").unwrap();
    file.close().unwrap();
    assert!(refused().contains("has no dataset `ponder_cost_map`"));
}

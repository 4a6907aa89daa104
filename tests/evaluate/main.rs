//! Evaluations: the reference's figures, as a library and as a person asks for them, and beside a training run.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    reason = "a test may stop at the first surprise"
)]
mod command;
#[path = "../common/mod.rs"]
mod common;
mod keeping;
mod reference;
#[path = "../engine/support.rs"]
#[expect(dead_code, reason = "shared with the tests of the engine, which use more of it")]
mod support;
#[cfg(unix)]
mod watch;

use std::collections::BTreeMap;
use std::path::Path;

use ponderscope::dataset::CIFAR10_CLASSES;
use ponderscope::image::RgbImage;
use serde_json::Value;
use support::Arrays;

/// A fixture's pictures and labels as class folders.
fn write_pictures(fixture: &Path, to: &Path) {
    let mut arrays = Arrays::open(&fixture.join("data.npz"));
    let (shape, values) = arrays.get("images_uint8");
    let labels = arrays.get("labels").1;
    std::fs::create_dir_all(to).unwrap();
    std::fs::write(to.join("classes.txt"), CIFAR10_CLASSES.join("\n")).unwrap();
    for (index, (bytes, label)) in values.chunks_exact(shape[1] * shape[2] * 3).zip(labels).enumerate() {
        let folder = to.join("test").join(CIFAR10_CLASSES[label as usize]);
        std::fs::create_dir_all(&folder).unwrap();
        let bytes = bytes.iter().map(|&byte| byte as u8).collect();
        let picture = RgbImage::from_raw(shape[2] as u32, shape[1] as u32, bytes).unwrap();
        picture.save(folder.join(format!("{index}.png"))).unwrap();
    }
}

/// What the reference found in one batch of a fixture's images, as it would be found over its images: the deviation of FLOPs
/// counts each of `n` images `n` times there, if the network is SACT (specification, section 8).
fn expected(fixture: &Path) -> BTreeMap<String, f64> {
    let meta: Value = serde_json::from_slice(&std::fs::read(fixture.join("meta.json")).unwrap()).unwrap();
    let images = Arrays::open(&fixture.join("data.npz")).get("labels").1.len() as f64;
    let figures = meta["eval_metrics_one_batch"].as_object().unwrap().iter().map(|(name, value)| {
        let value = value.as_f64().unwrap();
        let is_slip = name.ends_with("std") && name.to_lowercase().contains("flops");
        let is_sact = meta["model_type"] == "sact";
        let factor = if is_slip && is_sact { ((images + 1.0) / images).sqrt() } else { 1.0 };
        (name.clone(), value * factor)
    });
    let mut figures: BTreeMap<String, f64> = figures.collect();
    figures.insert("eval/Mean Loss".to_owned(), meta["loss_parts"]["total"].as_f64().unwrap());
    figures
}

/// Fails unless the figures are the expected ones, each to `tolerance` of itself; deviations, in which the reference's float32
/// sums cancel, to five times that. Accuracy is left to those who call.
fn check(found: &BTreeMap<String, f64>, expected: &BTreeMap<String, f64>, tolerance: f64) {
    let names = found.keys().filter(|name| *name != "eval/Accuracy");
    assert!(names.eq(expected.keys()), "{:?}", found.keys());
    for (name, &expected) in expected {
        let found = found[name];
        let tolerance = if name.ends_with("std") { 5.0 * tolerance } else { tolerance };
        assert!(
            (found - expected).abs() <= tolerance * expected.abs(),
            "{name}: {found}, expected {expected}"
        );
    }
}

/// The figures among printed lines `name[value]`.
fn figures<'a>(fields: impl Iterator<Item = &'a str>) -> BTreeMap<String, f64> {
    let figure = |field: &str| {
        let (name, value) = field.strip_suffix(']').unwrap().split_once('[').unwrap();
        (name.to_owned(), value.parse().unwrap())
    };
    fields.map(figure).collect()
}

//! Training runs, as a person starts them and as the library does, on pictures made here.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test may stop at the first surprise, and its helpers too"
)]

mod events;
mod files;
mod learning;
mod refusals;
mod resuming;

use std::path::Path;

use assert_cmd::Command;
use image::{Rgb, RgbImage};
use ponderscope::train::{Record, RunFolder};
use ponderscope::weights::{self, Variables};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tempfile::TempDir;

/// A data set of class folders, and room for runs beside it.
struct Place(TempDir);

impl Place {
    /// So many classes, six pictures each to train on and two to test on, of a colour for each class.
    fn new(classes: u8) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        let mut random = ChaCha8Rng::seed_from_u64(5);
        for (split, pictures) in [("train", 6), ("val", 2)] {
            for class in 0..classes {
                let folder = place.path("data").join(split).join(format!("class {class}"));
                std::fs::create_dir_all(&folder).unwrap();
                for picture in 0..pictures {
                    let red = 30 + 150 / classes * class;
                    let pixels = RgbImage::from_fn(32, 32, |_, _| {
                        Rgb([red + random.random_range(0..60), random.random_range(0..200), 180 - red])
                    });
                    pixels.save(folder.join(format!("{picture}.png"))).unwrap();
                }
            }
        }
        place
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn folder(&self, run: &str) -> RunFolder {
        RunFolder::new(&self.path(run))
    }

    /// `ponderscope train` of a small network into a folder of that name.
    fn train(&self, run: &str, arguments: &[&str]) -> Command {
        let mut command = train(&self.path(run));
        command.arg("--data").arg(self.path("data")).args([
            "--units",
            "2",
            "--width",
            "2",
            "--batch-size",
            "4",
        ]);
        command.args(arguments);
        command
    }
}

fn train(out: &Path) -> Command {
    let mut command = Command::cargo_bin("ponderscope").unwrap();
    command.args(["train", "--threads", "2", "--out"]).arg(out);
    command
}

fn checkpoint(folder: &RunFolder) -> Variables {
    weights::read_training(&folder.checkpoint()).unwrap()
}

/// The records of a run, but for how fast it went.
fn told(folder: &RunFolder) -> Vec<Record> {
    let mut records = Record::read(folder).unwrap();
    for record in &mut records {
        if let Record::Step(record) = record {
            (record.images_per_second, record.seconds_left) = (0.0, 0.0);
        }
    }
    records
}

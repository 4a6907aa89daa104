//! Pictures that a person names, and their ponder maps: what commands that map pictures share.

use std::path::PathBuf;

use anyhow::{Context, ensure};

use crate::dataset::{self, samples, samples::Sample};
use crate::figure;
use crate::halting::HaltingSetting;
use crate::image::{self, ImageError, Input, InputSize, RgbImage};
use crate::jobs::Cancel;
use crate::maps::{PonderMap, Quantity, Scope};
use crate::network::{RunOptions, Variant};
use crate::zoo::{self, Model, ModelCard};

/// Where a picture comes from.
pub enum Source {
    File(PathBuf),
    Sample(&'static Sample),
}

impl Source {
    pub fn open(&self) -> Result<RgbImage, ImageError> {
        match self {
            Self::File(path) => image::open(path),
            Self::Sample(sample) => image::decode(sample.bytes, sample.name),
        }
    }

    pub fn label(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Sample(sample) => sample.name.to_owned(),
        }
    }

    /// What the results are named after.
    pub fn stem(&self) -> String {
        match self {
            Self::File(path) => figure::stem(path),
            Self::Sample(sample) => sample.name.to_owned(),
        }
    }
}

/// The pictures a person named, folders listed; the samples if there are none.
pub fn sources(images: &[PathBuf]) -> anyhow::Result<Vec<Source>> {
    if images.is_empty() {
        return Ok(sample_sources());
    }
    let mut sources = Vec::new();
    for path in images {
        if path.is_dir() {
            sources.extend(dataset::pictures_in(path)?.into_iter().map(Source::File));
        } else {
            sources.push(Source::File(path.clone()));
        }
    }
    Ok(sources)
}

/// The embedded photographs.
pub fn sample_sources() -> Vec<Source> {
    samples::photographs().iter().map(Source::Sample).collect()
}

/// Refuses a model that has no maps.
pub fn ensure_maps(model: &Model) -> anyhow::Result<()> {
    ensure!(
        model.network.spec().variant != Variant::Vanilla,
        "{} is a vanilla network, which runs every unit everywhere and has no map: choose an ACT or SACT model",
        model.card.name
    );
    Ok(())
}

/// A picture as it enters the model of `card`, at `size` or what suits it; `label` stands in errors.
pub fn input(
    picture: &RgbImage,
    card: &ModelCard,
    size: Option<InputSize>,
    label: &str,
) -> anyhow::Result<Input> {
    let size = size.unwrap_or_else(|| zoo::default_size(card, picture.height(), picture.width()));
    image::prepare(picture, size, card.spec.family.preprocessing()).with_context(|| label.to_owned())
}

/// Runs a model on one picture and returns the whole network's map; `label` stands in errors.
pub fn ponder_map(
    model: &Model,
    input: &Input,
    setting: &HaltingSetting,
    quantity: Quantity,
    cancel: &Cancel,
    label: &str,
) -> anyhow::Result<PonderMap> {
    let options = RunOptions { cancel: Some(cancel), ..RunOptions::default() };
    let traces =
        model.network.run(std::slice::from_ref(input), setting, options).with_context(|| label.to_owned())?;
    let map = traces.first().and_then(|trace| PonderMap::from_trace(trace, quantity, Scope::Network));
    map.with_context(|| format!("{label}: {} decided nothing", model.network.spec()))
}

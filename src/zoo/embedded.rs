//! The models that are compiled in, so that the program shows maps before anything is downloaded.

use super::{ModelCard, ModelEntry, ModelSource, ZooError};
use crate::weights::{self, Contents};

/// A model's file under its card's name.
pub(super) struct Embedded {
    name: &'static str,
    bytes: &'static [u8],
}

/// What `models/NAME.safetensors` holds.
macro_rules! embedded {
    ($name:literal) => {
        Embedded { name: $name, bytes: include_bytes!(concat!("../../models/", $name, ".safetensors")) }
    };
}

/// The default first.
const EMBEDDED: &[Embedded] = &[
    embedded!("cifar10-resnet32-sact-tau0.01"),
    embedded!("cifar10-resnet32-sact-tau0.001"),
    embedded!("cifar10-resnet32-sact-tau0.005"),
    embedded!("cifar10-resnet32-sact-tau0.02"),
    embedded!("cifar10-resnet32-act-tau0.005"),
    embedded!("cifar10-resnet32-act-tau0.01"),
    embedded!("cifar10-resnet32-vanilla"),
];

/// Their cards.
pub(super) fn entries() -> impl Iterator<Item = Result<ModelEntry, ZooError>> {
    EMBEDDED.iter().map(|model| {
        Ok(ModelEntry { source: ModelSource::Embedded(model.name.to_owned()), card: model.card()? })
    })
}

/// The card of one by name.
pub(super) fn card(name: &str) -> Result<ModelCard, ZooError> {
    known(name)?.card()
}

pub(super) fn find(name: &str) -> Option<&'static Embedded> {
    EMBEDDED.iter().find(|model| model.name == name)
}

/// Reads one by name.
pub(super) fn read(name: &str) -> Result<Contents, ZooError> {
    let model = known(name)?;
    Ok(weights::from_bytes(model.bytes, &model.shown())?)
}

fn known(name: &str) -> Result<&'static Embedded, ZooError> {
    find(name).ok_or_else(|| {
        let known: Vec<&str> = EMBEDDED.iter().map(|model| model.name).collect();
        ZooError::Unknown { asked: name.to_owned(), known: known.join(" or ") }
    })
}

impl Embedded {
    fn card(&self) -> Result<ModelCard, ZooError> {
        ModelCard::of(&weights::outline_of_bytes(self.bytes, &self.shown())?, self.name.as_ref())
    }

    fn shown(&self) -> String {
        format!("embedded {}", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_embedded_model_is_whole_and_known_by_its_cards_name() {
        assert!(!EMBEDDED.is_empty());
        for (model, entry) in EMBEDDED.iter().zip(entries()) {
            let entry = entry.unwrap();
            assert_eq!(entry.card.name, model.name);
            let (card, contents) = super::super::open(&entry.source).unwrap();
            assert_eq!(card, entry.card);
            assert!(contents.left_out.is_empty());
        }
    }
}

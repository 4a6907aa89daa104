//! A model's card: what is known of it, as text in its file's header and as found from the file itself.

use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::ZooError;
use crate::dataset::CIFAR10_CLASSES;
use crate::image::InputSize;
use crate::network::{Family, NetworkSpec};
use crate::weights::{self, Outline};

/// What is known of a model; stands in the metadata of its safetensors file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelCard {
    /// `cifar10-resnet32-sact-tau0.01`
    pub name: String,
    pub spec: NetworkSpec,
    /// Weight of the ponder cost in training.
    pub tau: Option<f64>,
    /// What it was trained on: `CIFAR-10`.
    pub data: Option<String>,
    /// Share of test images classified rightly, 0..1.
    pub accuracy: Option<f64>,
    /// Mean FLOPs of a test image.
    pub flops: Option<f64>,
    /// Standard deviation of the FLOPs of a test image.
    pub flops_std: Option<f64>,
    /// Mean ponder cost of each block on test images; empty if it is not known, and for vanilla.
    pub ponder_cost: Vec<f64>,
    /// Where the weights came from, in a sentence.
    pub source: Option<String>,
    /// How it was trained, if `ponderscope train` did that.
    pub training: Option<Training>,
}

/// What it takes to train a model again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Training {
    /// The command, but for where its data and its folder are.
    pub command: String,
    /// Of the program's repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    pub seed: u64,
    /// Steps that were done.
    pub steps: u64,
}

impl ModelCard {
    /// A card that says no more than what the model is.
    pub fn new(name: &str, spec: NetworkSpec) -> Self {
        Self {
            name: name.to_owned(),
            spec,
            tau: None,
            data: None,
            accuracy: None,
            flops: None,
            flops_std: None,
            ponder_cost: vec![],
            source: None,
            training: None,
        }
    }

    /// The card that a file carries. What it does not say is found from its variables and, for the name, its path.
    pub fn of(outline: &Outline, path: &Path) -> Result<Self, ZooError> {
        let text = Text { file: &outline.source, metadata: &outline.metadata };
        let found = weights::infer_outline(outline)?;
        let spec = match text.get("spec") {
            None => found,
            Some(json) => {
                let said = text.json("spec", json)?;
                if !needs_the_same(&said, &found) {
                    return Err(ZooError::OtherNetwork { file: outline.source.clone(), said, found });
                }
                said
            }
        };
        let ponder_cost = text.get("ponder_cost").map(|json| text.json("ponder_cost", json)).transpose()?;
        Ok(Self {
            tau: text.number("tau")?,
            data: text.get("data").map(str::to_owned),
            accuracy: text.number("accuracy")?,
            flops: text.number("flops")?,
            flops_std: text.number("flops_std")?,
            ponder_cost: ponder_cost.unwrap_or_default(),
            source: text.get("source").map(str::to_owned),
            training: text.get("training").map(|json| text.json("training", json)).transpose()?,
            ..Self::new(&text.get("name").map_or_else(|| name_from_path(path), str::to_owned), spec)
        })
    }

    /// The card as key-value text: one key a field, what is more than a number or a text as JSON.
    pub fn to_metadata(&self) -> Result<BTreeMap<String, String>, serde_json::Error> {
        let number = |number: Option<f64>| number.map(|number| number.to_string());
        let ponder_cost = (!self.ponder_cost.is_empty()).then(|| serde_json::to_string(&self.ponder_cost));
        let optional = [
            ("tau", number(self.tau)),
            ("data", self.data.clone()),
            ("accuracy", number(self.accuracy)),
            ("flops", number(self.flops)),
            ("flops_std", number(self.flops_std)),
            ("ponder_cost", ponder_cost.transpose()?),
            ("source", self.source.clone()),
            ("training", self.training.as_ref().map(serde_json::to_string).transpose()?),
        ];
        let required = [("name", self.name.clone()), ("spec", serde_json::to_string(&self.spec)?)];
        let optional = optional.into_iter().filter_map(|(key, value)| Some((key, value?)));
        Ok(required.into_iter().chain(optional).map(|(key, value)| (key.to_owned(), value)).collect())
    }
}

/// A header's key-value text.
struct Text<'a> {
    file: &'a str,
    metadata: &'a BTreeMap<String, String>,
}

impl<'a> Text<'a> {
    fn get(&self, key: &str) -> Option<&'a str> {
        self.metadata.get(key).map(String::as_str).filter(|value| !value.is_empty())
    }

    fn number(&self, key: &'static str) -> Result<Option<f64>, ZooError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        match f64::from_str(value) {
            Ok(number) if number.is_finite() => Ok(Some(number)),
            _ => Err(self.invalid(key, value)),
        }
    }

    fn json<T: DeserializeOwned>(&self, key: &'static str, json: &str) -> Result<T, ZooError> {
        serde_json::from_str(json).map_err(|_| self.invalid(key, json))
    }

    fn invalid(&self, key: &'static str, value: &str) -> ZooError {
        ZooError::CardText { file: self.file.to_owned(), key, value: value.to_owned() }
    }
}

/// Whether two networks have the same variables; they may then still differ in variant, if every block has one unit.
fn needs_the_same(a: &NetworkSpec, b: &NetworkSpec) -> bool {
    (a.family, &a.units, a.width, a.classes) == (b.family, &b.units, b.width, b.classes)
        && weights::expected(a) == weights::expected(b)
}

/// A name for a model that has none. TensorFlow calls checkpoints `model.ckpt-20`, whichever they are: then the folder's
/// name tells more.
fn name_from_path(path: &Path) -> String {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut names = absolute.components().rev().filter_map(|component| match component {
        std::path::Component::Normal(name) => name.to_str(),
        _ => None,
    });
    let last = names.next().unwrap_or("model");
    let last = weights::part_of_checkpoint(last).unwrap_or(last);
    let stem = [".safetensors", ".tar.gz", ".tgz"]
        .iter()
        .find_map(|suffix| last.strip_suffix(suffix))
        .unwrap_or(last);
    if stem.starts_with("model.ckpt") || stem == "checkpoint" { names.next().unwrap_or(stem) } else { stem }
        .to_owned()
}

/// The input size that suits a model and a picture of this many pixels.
pub fn default_size(card: &ModelCard, height: u32, width: u32) -> InputSize {
    // CIFAR networks see 32x32 pictures in training and few details in larger ones; the ImageNet maps of the paper are
    // best between 320x240 and 640x480.
    let (native_up_to, longer_edge) = match card.spec.family {
        Family::Cifar => (64, 160),
        Family::ImageNet => (480, 480),
    };
    if height.max(width) <= native_up_to { InputSize::Native } else { InputSize::LongerEdge(longer_edge) }
}

/// The name of a data set without what people write differently: `cifar10` for `CIFAR-10`.
pub(crate) fn letters(name: &str) -> String {
    name.chars().filter(|c| c.is_ascii_alphanumeric()).map(|c| c.to_ascii_lowercase()).collect()
}

/// Names of the classes of the data that a model was trained on, if they are known: CIFAR-10's ten.
pub fn class_names(card: &ModelCard) -> Option<&'static [&'static str]> {
    let is_cifar10 = card.spec.family == Family::Cifar
        && card.spec.classes == CIFAR10_CLASSES.len()
        && card.data.as_deref().is_none_or(|data| letters(data) == "cifar10");
    is_cifar10.then_some(&CIFAR10_CLASSES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Variant;

    fn card(family: Family) -> ModelCard {
        let units = vec![1; family.blocks()];
        let spec = NetworkSpec { family, units, width: 4, classes: 10, variant: Variant::Sact };
        ModelCard::new("a", spec)
    }

    fn outline(spec: &NetworkSpec, metadata: BTreeMap<String, String>) -> Outline {
        Outline {
            source: "a.safetensors".to_owned(),
            shapes: weights::expected(spec).into_iter().collect(),
            metadata,
        }
    }

    #[test]
    fn a_card_survives_its_text() {
        let full = ModelCard {
            tau: Some(5e-3),
            data: Some("CIFAR-10".to_owned()),
            accuracy: Some(0.7749),
            flops: Some(107_838_912.0),
            flops_std: Some(3_729_155.25),
            ponder_cost: vec![4.81, 3.825, 3.128],
            source: Some("Trained for a test; says \"quotes\".".to_owned()),
            training: Some(Training {
                command: "ponderscope train --tau 0.005".to_owned(),
                commit: Some("9403762".to_owned()),
                seed: 1,
                steps: 11_700,
            }),
            ..card(Family::Cifar)
        };
        for card in [full, card(Family::Cifar), card(Family::ImageNet)] {
            let outline = outline(&card.spec, card.to_metadata().unwrap());
            assert_eq!(ModelCard::of(&outline, Path::new("other.safetensors")).unwrap(), card);
        }
    }

    #[test]
    fn a_card_that_lies_about_its_network_is_refused() {
        let honest = card(Family::Cifar);
        let mut lying = honest.clone();
        lying.spec.units = vec![1, 1, usize::MAX];
        let outline = outline(&honest.spec, lying.to_metadata().unwrap());
        let error = ModelCard::of(&outline, Path::new("a")).unwrap_err();
        assert!(matches!(error, ZooError::OtherNetwork { .. }), "{error}");
    }

    #[test]
    fn a_card_with_a_wrong_number_names_the_file_and_the_key() {
        for (key, wrong) in [
            ("tau", "one percent"),
            ("accuracy", "NaN"),
            ("flops_std", "inf"),
            ("ponder_cost", "[1, 2"),
            ("training", "by night"),
        ] {
            let mut metadata = card(Family::Cifar).to_metadata().unwrap();
            metadata.insert(key.to_owned(), wrong.to_owned());
            let outline = outline(&card(Family::Cifar).spec, metadata);
            let error = ModelCard::of(&outline, Path::new("a")).unwrap_err().to_string();
            assert!(
                error.contains("a.safetensors") && error.contains(key) && error.contains(wrong),
                "{error}"
            );
        }
    }

    #[test]
    fn names_come_from_paths() {
        for (path, name) in [
            ("models/cifar10_resnet_5_sact_1e-2.tar.gz", "cifar10_resnet_5_sact_1e-2"),
            ("runs/wide/model.ckpt-20", "wide"),
            ("runs/wide/model.ckpt-20.index", "wide"),
            ("runs/wide/checkpoint", "wide"),
            ("runs/wide", "wide"),
            ("runs/wide.ckpt-3.data-00000-of-00001", "wide.ckpt-3"),
            ("wide-tau0.01.safetensors", "wide-tau0.01"),
            ("/", "model"),
        ] {
            assert_eq!(name_from_path(Path::new(path)), name, "{path}");
        }
    }

    #[test]
    fn small_pictures_stay_as_they_are() {
        let (cifar, imagenet) = (card(Family::Cifar), card(Family::ImageNet));
        assert_eq!(default_size(&cifar, 32, 32), InputSize::Native);
        assert_eq!(default_size(&cifar, 64, 65), InputSize::LongerEdge(160));
        assert_eq!(default_size(&imagenet, 480, 320), InputSize::Native);
        assert_eq!(default_size(&imagenet, 3000, 4000), InputSize::LongerEdge(480));
    }

    #[test]
    fn classes_are_named_only_where_they_are_known() {
        let named = |data: Option<&str>, classes| {
            let mut card = card(Family::Cifar);
            card.data = data.map(str::to_owned);
            card.spec.classes = classes;
            class_names(&card).map(|names| names[3])
        };
        assert_eq!(named(Some("CIFAR-10"), 10), Some("cat"));
        assert_eq!(named(None, 10), Some("cat"));
        assert_eq!(named(Some("SVHN"), 10), None);
        assert_eq!(named(Some("CIFAR-10"), 100), None);
        assert_eq!(class_names(&card(Family::ImageNet)), None);
    }
}

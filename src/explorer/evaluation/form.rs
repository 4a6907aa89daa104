//! What a person fills in for an evaluation, as it is written in the fields: kept across sessions.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::evaluate::Order;
use crate::zoo::{self, ModelSource};

/// The form for an evaluation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Form {
    /// A file's or folder's path; empty for the embedded sample.
    pub data: String,
    /// In the order that they were chosen in.
    pub models: Vec<ModelSource>,
    /// With commas between.
    pub thresholds: String,
    /// How many pictures; empty for all.
    pub examples: String,
    /// Of a random choice; empty for the first ones.
    pub seed: String,
    /// Where results are saved.
    pub save: String,
}

impl Default for Form {
    fn default() -> Self {
        Self {
            data: String::new(),
            models: vec![zoo::default_model().source],
            thresholds: "0.99".to_owned(),
            examples: String::new(),
            seed: String::new(),
            save: "evaluation.csv".to_owned(),
        }
    }
}

/// What is asked for, once it makes sense.
#[derive(Clone, Debug, PartialEq)]
pub struct Wish {
    /// None for the embedded sample.
    pub data: Option<PathBuf>,
    pub models: Vec<ModelSource>,
    pub thresholds: Vec<f32>,
    pub order: Order,
}

impl Form {
    /// What it asks for.
    ///
    /// # Errors
    /// What is wrong with it, in a sentence.
    pub fn wish(&self) -> Result<Wish, &'static str> {
        if self.models.is_empty() {
            return Err("Choose at least one model.");
        }
        let data = self.data.trim();
        let whole = |text: &str| match text.trim() {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| "Number and seed are whole numbers."),
        };
        let (examples, seed) = (whole(&self.examples)?, whole(&self.seed)?);
        match (examples, seed) {
            (Some(0), _) => return Err("Take at least one image, or leave the field empty for all."),
            (None, Some(_)) => return Err("A seed chooses images at random: say how many."),
            _ => {}
        }
        Ok(Wish {
            data: (!data.is_empty()).then(|| PathBuf::from(data)),
            models: self.models.clone(),
            thresholds: self.thresholds()?,
            order: Order { examples: examples.map(|n| n as usize), seed, shard: None },
        })
    }

    fn thresholds(&self) -> Result<Vec<f32>, &'static str> {
        let expected = "Thresholds are numbers above 0 and at most 1 with commas between, such as 0.99, 0.9.";
        let mut thresholds = Vec::new();
        for text in self.thresholds.split(',').map(str::trim).filter(|text| !text.is_empty()) {
            let threshold = text.parse().ok().filter(|&t: &f32| t > 0.0 && t <= 1.0).ok_or(expected)?;
            if !thresholds.contains(&threshold) {
                thresholds.push(threshold);
            }
        }
        if thresholds.is_empty() { Err(expected) } else { Ok(thresholds) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_form_asks_for_the_sample_and_nonsense_is_told() {
        let wish = Form::default().wish().unwrap();
        assert_eq!((wish.data, wish.thresholds, wish.order), (None, vec![0.99], Order::default()));
        let with = |change: fn(&mut Form)| {
            let mut form = Form::default();
            change(&mut form);
            form.wish()
        };
        assert_eq!(with(|form| form.thresholds = "0.9, .5,0.9,".into()).unwrap().thresholds, [0.9, 0.5]);
        for wrong in ["", "0", "1.5", "high", "0.9 0.8"] {
            let form = Form { thresholds: wrong.to_owned(), ..Form::default() };
            assert!(form.wish().unwrap_err().starts_with("Thresholds are"), "{wrong}");
        }
        assert!(with(|form| form.models.clear()).unwrap_err().contains("at least one model"));
        assert!(with(|form| form.examples = "0".into()).is_err());
        assert!(with(|form| form.examples = "many".into()).is_err());
        assert!(with(|form| form.seed = "1".into()).unwrap_err().contains("say how many"));
        let order = with(|form| (form.examples, form.seed) = ("50".into(), "7".into())).unwrap().order;
        assert_eq!(order, Order { examples: Some(50), seed: Some(7), shard: None });
    }
}

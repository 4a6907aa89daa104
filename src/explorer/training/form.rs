//! What a person fills in for a new run, as it is written in the fields: kept across sessions.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::network::{Family, Variant};
use crate::train::{Choices, Length, Schedule};

/// Units a block may have.
const UNITS: std::ops::RangeInclusive<usize> = 1..=64;

/// The form for a new run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Form {
    pub data: String,
    pub out: String,
    pub variant: Variant,
    pub tau: String,
    pub units: String,
    /// Name or path of a model to begin with.
    pub init: Option<String>,
    /// Take that model's halting branches, too.
    pub keep_halting: bool,
    pub length: String,
    pub measure: Measure,
    pub batch_size: String,
    pub schedule: Schedule,
    pub learning_rate: String,
    pub seed: String,
    /// Folder of an earlier run that is to be opened.
    pub earlier: String,
}

/// What the length of a run is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Measure {
    Epochs,
    Steps,
}

/// A field whose text may be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    Tau,
    Units,
    Length,
    BatchSize,
    LearningRate,
    Seed,
}

impl Default for Form {
    fn default() -> Self {
        Self {
            data: String::new(),
            out: default_out().display().to_string(),
            variant: Variant::Sact,
            tau: "0.01".to_owned(),
            units: "5".to_owned(),
            init: None,
            keep_halting: false,
            length: "10".to_owned(),
            measure: Measure::Epochs,
            batch_size: "128".to_owned(),
            schedule: Schedule::OneCycle,
            learning_rate: "0.1".to_owned(),
            seed: "1".to_owned(),
            earlier: String::new(),
        }
    }
}

impl Form {
    /// What is wrong with a field, in one sentence.
    pub fn problem(&self, field: Field) -> Option<&'static str> {
        match field {
            Field::Tau if self.variant == Variant::Vanilla => None,
            Field::Tau => self.tau().err(),
            Field::Units => self.units().err(),
            Field::Length => self.length().err(),
            Field::BatchSize => self.batch_size().err(),
            Field::LearningRate => self.learning_rate().err(),
            Field::Seed => self.seed().err(),
        }
    }

    /// What was chosen, and the folder that the run is to have.
    ///
    /// # Errors
    /// The first thing that is missing or wrong, in one sentence.
    pub fn choices(&self) -> Result<(Choices, PathBuf), &'static str> {
        if self.data.trim().is_empty() {
            return Err("Choose the folder of the data to train on.");
        }
        if self.out.trim().is_empty() {
            return Err("Choose a folder for the run.");
        }
        let choices = Choices {
            family: Family::Cifar,
            units: self.units()?,
            width: None,
            variant: self.variant,
            tau: if self.variant == Variant::Vanilla { 0.0 } else { self.tau()? },
            data: self.data.trim().into(),
            init: self.init.clone(),
            keep_halting: self.keep_halting && self.may_keep_halting(),
            halting_offset: 0.0,
            length: Some(self.length()?),
            batch_size: Some(self.batch_size()?),
            schedule: self.schedule,
            learning_rate: Some(self.learning_rate()?),
            weight_decay: None,
            label_smoothing: None,
            shift: None,
            ema: None,
            seed: self.seed()?,
        };
        let out = Path::new(self.out.trim());
        Ok((choices, std::path::absolute(out).unwrap_or_else(|_| out.to_owned())))
    }

    /// Whether the run begins with a model and has halting branches to take from it.
    pub fn may_keep_halting(&self) -> bool {
        self.init.is_some() && self.variant != Variant::Vanilla
    }

    /// Names the next folder once a run stands in this one.
    pub fn leave_folder(&mut self, used: &Path) {
        if Path::new(self.out.trim()) == used {
            self.out = next_name(used).display().to_string();
        }
    }

    fn tau(&self) -> Result<f64, &'static str> {
        number(&self.tau).filter(|tau| *tau >= 0.0).ok_or("tau is a number, 0 or above, such as 0.01.")
    }

    fn units(&self) -> Result<Vec<usize>, &'static str> {
        let parts = self.units.split([',', ' ', '-']).filter(|part| !part.is_empty());
        let units: Vec<_> =
            parts.map(|part| part.parse().ok().filter(|units| UNITS.contains(units))).collect();
        let units: Option<Vec<usize>> = units.into_iter().collect();
        let fits = |units: &Vec<usize>| [1, Family::Cifar.blocks()].contains(&units.len());
        units.filter(fits).ok_or("Units are one number from 1 to 64, or three, such as 5, 5, 5.")
    }

    fn length(&self) -> Result<Length, &'static str> {
        match self.measure {
            Measure::Epochs => number(&self.length)
                .filter(|epochs| *epochs > 0.0 && *epochs <= 1e5)
                .map(Length::Epochs)
                .ok_or("A length in epochs is a number above 0, such as 10 or 0.5."),
            Measure::Steps => whole(&self.length)
                .filter(|steps| *steps > 0)
                .map(Length::Steps)
                .ok_or("A length in steps is a whole number above 0."),
        }
    }

    fn batch_size(&self) -> Result<usize, &'static str> {
        let size = whole(&self.batch_size).filter(|size| (1..=65_535).contains(size));
        size.map(|size| size as usize).ok_or("A batch has from 1 to 65535 pictures.")
    }

    fn learning_rate(&self) -> Result<f64, &'static str> {
        let rate = number(&self.learning_rate).filter(|rate| *rate > 0.0);
        rate.ok_or("A learning rate is a number above 0, such as 0.1.")
    }

    fn seed(&self) -> Result<u64, &'static str> {
        whole(&self.seed).ok_or("A seed is a whole number, 0 or above.")
    }
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

fn whole(text: &str) -> Option<u64> {
    text.trim().parse().ok()
}

/// Among a person's documents, where it is found again.
fn default_out() -> PathBuf {
    let folders = directories::UserDirs::new();
    let place = folders.as_ref().map(|folders| folders.document_dir().unwrap_or(folders.home_dir()));
    place.unwrap_or(Path::new("")).join("ponderscope-runs").join("run-1")
}

/// `run-2` for `run-1`, `mine-2` for `mine`.
fn next_name(path: &Path) -> PathBuf {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let counted = name.rsplit_once('-').and_then(|(stem, count)| Some((stem, count.parse::<u32>().ok()?)));
    let (stem, count) = counted.unwrap_or((&name, 1));
    path.with_file_name(format!("{stem}-{}", count.saturating_add(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled() -> Form {
        Form { data: "data".to_owned(), out: "out".to_owned(), ..Form::default() }
    }

    #[test]
    fn the_form_as_it_comes_lacks_nothing_but_data() {
        assert!(Form::default().choices().unwrap_err().contains("data"));
        let (choices, out) = filled().choices().unwrap();
        assert_eq!((choices.units, choices.length), (vec![5], Some(Length::Epochs(10.0))));
        assert!(out.is_absolute() && out.ends_with("out"));
    }

    #[test]
    fn every_wrong_field_is_told_in_a_sentence() {
        let wrong = |change: fn(&mut Form), field| {
            let mut form = filled();
            assert_eq!(form.problem(field), None);
            change(&mut form);
            let told = form.problem(field).unwrap();
            assert!(told.ends_with('.'), "{told}");
            assert_eq!(form.choices().unwrap_err(), told);
        };
        wrong(|form| form.tau = "-1".to_owned(), Field::Tau);
        wrong(|form| form.tau = "nan".to_owned(), Field::Tau);
        wrong(|form| form.units = "5, 5".to_owned(), Field::Units);
        wrong(|form| form.units = "0".to_owned(), Field::Units);
        wrong(|form| form.length = "0".to_owned(), Field::Length);
        wrong(|form| (form.measure, form.length) = (Measure::Steps, "1.5".to_owned()), Field::Length);
        wrong(|form| form.batch_size = "many".to_owned(), Field::BatchSize);
        wrong(|form| form.learning_rate = "0".to_owned(), Field::LearningRate);
        wrong(|form| form.seed = "-3".to_owned(), Field::Seed);
    }

    #[test]
    fn vanilla_asks_for_no_tau() {
        let form = Form { variant: Variant::Vanilla, tau: "none".to_owned(), ..filled() };
        assert_eq!(form.problem(Field::Tau), None);
        assert_eq!(form.choices().unwrap().0.tau, 0.0);
    }

    #[test]
    fn halting_branches_are_kept_where_there_are_some() {
        let keeps = |init: Option<&str>, variant| {
            let form = Form { init: init.map(str::to_owned), variant, keep_halting: true, ..filled() };
            form.choices().unwrap().0.keep_halting
        };
        assert!(keeps(Some("model"), Variant::Sact) && keeps(Some("model"), Variant::Act));
        assert!(!keeps(None, Variant::Sact) && !keeps(Some("model"), Variant::Vanilla));
    }

    #[test]
    fn units_are_written_as_one_likes() {
        for text in ["3,4,5", "3, 4, 5", "3-4-5", " 3 4 5 "] {
            assert_eq!(Form { units: text.to_owned(), ..filled() }.units(), Ok(vec![3, 4, 5]));
        }
    }

    #[test]
    fn the_next_run_gets_a_folder_of_its_own() {
        let next = |name: &str| next_name(Path::new(name)).display().to_string();
        assert_eq!(
            ["runs/run-1", "mine", "tau-0.01", "a-9"].map(next),
            ["runs/run-2", "mine-2", "tau-0.01-2", "a-10"]
        );
    }
}

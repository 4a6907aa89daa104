//! What an evaluation prints.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Serialize;

use crate::evaluate::{CaseRecord, Evaluation};

/// The figures of one case and what they are of.
#[derive(Serialize)]
pub(super) struct Report {
    model: String,
    network: String,
    data: String,
    /// A vanilla network has none, nor a tau.
    threshold: Option<f32>,
    tau: Option<f64>,
    /// Steps of training, where a run is watched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<u64>,
    images: u64,
    /// Pictures that could not be used.
    skipped: usize,
    /// Whether it was ended before all images were seen.
    partial: bool,
    seconds: f64,
    images_per_second: f64,
    /// By the reference's names; what is not known, such as the deviation of one value, is null.
    figures: BTreeMap<String, f64>,
}

/// Everything that an evaluation has found: lines, or JSON.
pub fn all(evaluation: &Evaluation, json: bool) -> anyhow::Result<String> {
    let reports: Vec<Report> = evaluation.cases.iter().map(|case| Report::new(evaluation, case)).collect();
    let json = match (&reports[..], json) {
        (_, false) => None,
        ([one], true) => Some(serde_json::to_string_pretty(one)?),
        (several, true) => Some(serde_json::to_string_pretty(several)?),
    };
    if let Some(json) = json {
        return Ok(json + "\n");
    }
    let mut text = String::new();
    for (place, report) in reports.iter().enumerate() {
        if reports.len() > 1 {
            let gap = if place == 0 { "" } else { "\n" };
            let threshold = report.threshold.map(|threshold| format!(" threshold[{threshold}]"));
            writeln!(text, "{gap}# {}{}", report.model, threshold.unwrap_or_default())?;
        }
        text += &report.lines();
    }
    Ok(text)
}

impl Report {
    pub fn new(evaluation: &Evaluation, case: &CaseRecord) -> Self {
        let CaseRecord { subject, metrics, .. } = case;
        let is_adaptive = subject.is_adaptive();
        Self {
            model: subject.model.clone(),
            network: subject.spec.to_string(),
            data: evaluation.data.name.clone(),
            threshold: is_adaptive.then_some(subject.setting.threshold),
            tau: is_adaptive.then_some(subject.terms.tau),
            step: None,
            images: metrics.images,
            skipped: evaluation.skipped,
            partial: !evaluation.is_complete(),
            seconds: evaluation.seconds,
            images_per_second: metrics.images as f64 / evaluation.seconds,
            figures: metrics.figures(subject.spec.family, subject.terms),
        }
    }

    /// One figure a line.
    fn lines(&self) -> String {
        self.fields().map(|field| field + "\n").collect()
    }

    /// The step and every figure on one line, with tabs between.
    pub fn line(&self) -> String {
        let step = self.step.map(|step| format!("step[{step}]"));
        step.into_iter().chain(self.fields()).collect::<Vec<_>>().join("\t")
    }

    /// `name[value]`, ordered by name.
    fn fields(&self) -> impl Iterator<Item = String> {
        self.figures.iter().map(|(name, &value)| format!("{name}[{}]", eight_digits(value)))
    }
}

/// A number as C's `%.8g` has it: eight significant digits without trailing zeros, in scientific notation where it is too large
/// or too small for them.
fn eight_digits(value: f64) -> String {
    let scientific = format!("{value:.7e}");
    let parts =
        scientific.split_once('e').and_then(|(digits, exponent)| Some((digits, exponent.parse().ok()?)));
    let Some((digits, exponent)) = parts else { return scientific.to_lowercase() };
    let trimmed = |digits: &str| match digits.contains('.') {
        true => digits.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => digits.to_owned(),
    };
    match exponent {
        -4i32..=7 => trimmed(&format!("{value:.*}", (7 - exponent) as usize)),
        _ => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{}e{sign}{:02}", trimmed(digits), exponent.abs())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_look_as_the_references_do() {
        for (value, expected) in [
            (101_446_464.0, "1.0144646e+08"),
            (5_947_421.0, "5947421"),
            (5_947_421.5, "5947421.5"),
            (75_204_448.0, "75204448"),
            (3.780_883_789_062_5, "3.7808838"),
            (0.125, "0.125"),
            (0.0625, "0.0625"),
            (2.0, "2"),
            (0.0, "0"),
            (10.0, "10"),
            (99_999_999.7, "1e+08"),
            (9.999_999_96, "10"),
            (0.000_123_456_789, "0.00012345679"),
            (0.000_012_5, "1.25e-05"),
            (-1.5e-12, "-1.5e-12"),
            (1e100, "1e+100"),
            (f64::NAN, "nan"),
            (f64::INFINITY, "inf"),
        ] {
            assert_eq!(eight_digits(value), expected);
        }
    }
}

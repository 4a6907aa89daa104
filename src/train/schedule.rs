//! How the learning rate goes.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Share of a run in which `onecycle` climbs.
const CLIMB: f64 = 0.25;
/// What `onecycle` begins with, as a share of its highest rate.
const BEGINNING: f64 = 0.04;
/// What `onecycle` ends with, likewise.
const END: f64 = 1e-3;

/// How the learning rate goes over a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Schedule {
    /// The reference's steps down: CIFAR's after 60, 75 and 90 % of a run, ImageNet's every 30 epochs (specification, section 9).
    Reference,
    /// Up and down along a cosine: the quick one.
    OneCycle,
}

impl Schedule {
    /// The rate of a step as a share of the highest. `epochs`: steps in one, where the reference goes by them.
    pub(super) fn share(self, step: u64, steps: u64, epochs: Option<u64>) -> f64 {
        let done = step as f64 / steps.max(1) as f64;
        match (self, epochs) {
            (Self::Reference, None) => {
                0.1f64.powi([0.6, 0.75, 0.9].iter().filter(|&&at| done >= at).count() as i32)
            }
            (Self::Reference, Some(epoch)) => 0.1f64.powi((step / (30 * epoch).max(1)) as i32),
            (Self::OneCycle, _) => {
                let (from, along) = if done < CLIMB {
                    (BEGINNING, 1.0 - done / CLIMB)
                } else {
                    (END, (done - CLIMB) / (1.0 - CLIMB))
                };
                from + (1.0 - from) * 0.5 * (1.0 + (std::f64::consts::PI * along).cos())
            }
        }
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reference => "reference",
            Self::OneCycle => "onecycle",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_steps_down_three_times() {
        let share = |step| Schedule::Reference.share(step, 100_000, None);
        for (step, expected) in
            [(0, 1.0), (59_999, 1.0), (60_000, 0.1), (75_000, 0.01), (90_000, 0.001), (99_999, 0.001)]
        {
            assert!((share(step) / expected - 1.0).abs() < 1e-9, "{step}");
        }
        let share = |step| Schedule::Reference.share(step, 100_000, Some(100));
        assert!(
            share(2_999) == 1.0 && (share(3_000) - 0.1).abs() < 1e-9 && (share(6_000) - 0.01).abs() < 1e-9
        );
    }

    #[test]
    fn onecycle_climbs_and_falls_without_a_leap() {
        let rates: Vec<f64> = (0..=1000).map(|step| Schedule::OneCycle.share(step, 1000, None)).collect();
        assert!((rates[0] - BEGINNING).abs() < 1e-9 && (rates[1000] - END).abs() < 1e-9);
        assert!((rates[250] - 1.0).abs() < 1e-9);
        assert!(rates[..=250].is_sorted() && rates[250..].is_sorted_by(|a, b| a >= b));
        assert!(rates.windows(2).all(|pair| (pair[0] - pair[1]).abs() < 0.01));
    }
}

//! What the steps since the last record gave.

use serde::{Deserialize, Serialize};

use super::{StepRecord, StepReport};

/// Sums over the steps since the last record. They are saved with a run, so that its records cover the same steps however often it is
/// stopped among them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Window {
    steps: u64,
    loss: f64,
    cross_entropy: f64,
    ponder_cost: f64,
    accuracy: f64,
}

impl Window {
    pub fn is_empty(&self) -> bool {
        self.steps == 0
    }

    pub fn add(&mut self, report: &StepReport) {
        self.steps += 1;
        self.loss += report.loss;
        self.cross_entropy += f64::from(report.cross_entropy);
        self.ponder_cost += f64::from(report.ponder_cost);
        self.accuracy += f64::from(report.accuracy);
    }

    /// The means, beside fields that no window knows.
    pub fn means(&self) -> StepRecord {
        let share = 1.0 / self.steps.max(1) as f64;
        StepRecord {
            loss: self.loss * share,
            cross_entropy: self.cross_entropy * share,
            ponder_cost: self.ponder_cost * share,
            accuracy: self.accuracy * share,
            ..StepRecord::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_read_back_to_the_last_bit() {
        let mut window = Window::default();
        assert!(window.is_empty());
        for step in 0..7 {
            let part = 1.0 / (step as f32 + 3.0);
            let report = StepReport {
                loss: f64::from(part) * 1e-9,
                cross_entropy: part,
                ponder_cost: 1e7 * part,
                accuracy: part,
            };
            window.add(&report);
            let json = serde_json::to_string(&window).unwrap();
            assert_eq!(serde_json::from_str::<Window>(&json).unwrap(), window);
        }
        for text in ["", "3", "[3, 1, 2, 3]", "{\"steps\": 3}", "[3, 1, 2, \"three\", 4]", "[-1, 1, 2, 3, 4]"]
        {
            assert!(serde_json::from_str::<Window>(text).is_err(), "{text}");
        }
    }
}

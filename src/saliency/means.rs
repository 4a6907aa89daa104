//! Comparisons of many pictures in a few numbers.

use serde::Serialize;

use super::{Agreement, Scores};

/// A mean that grows.
#[derive(Clone, Copy, Debug, Default)]
struct Mean {
    sum: f64,
    count: usize,
}

impl Mean {
    fn add(&mut self, value: Option<f64>) {
        if let Some(value) = value {
            self.sum += value;
            self.count += 1;
        }
    }

    fn value(self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / self.count as f64)
    }
}

/// Means over the pictures that have each figure; `None` where none has it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct MeanScores {
    pub auc_judd: Option<f64>,
    pub correlation: Option<f64>,
    pub nss: Option<f64>,
}

/// Sums of what comparisons found.
#[derive(Clone, Copy, Debug, Default)]
pub struct Means {
    images: usize,
    /// Of the map, with the centre prior, of that alone; three figures each.
    sums: [[Mean; 3]; 3],
}

impl Means {
    pub fn add(&mut self, agreement: &Agreement) {
        self.images += 1;
        let of_kinds = [agreement.map, agreement.with_centre, agreement.centre];
        for (sums, Scores { auc_judd, correlation, nss }) in self.sums.iter_mut().zip(of_kinds) {
            for (sum, value) in sums.iter_mut().zip([Some(auc_judd), correlation, nss]) {
                sum.add(value);
            }
        }
    }

    /// Pictures that were added.
    pub fn images(&self) -> usize {
        self.images
    }

    /// Of the map alone, of the map and the centre prior, and of the centre prior alone.
    pub fn scores(&self) -> [MeanScores; 3] {
        self.sums.map(|sums| {
            let [auc_judd, correlation, nss] = sums.map(Mean::value);
            MeanScores { auc_judd, correlation, nss }
        })
    }
}

//! What training computes on a processor: every position of a batch, forward and backward.
//!
//! A network in training runs all units at all positions, so there are no rows to ask for: `lines` says where the lines of a
//! grid lie, `convolution` adds the gradients to the engine's own convolutions, `outer` is their inner loop, `norm` is batch
//! norm by the batch's own moments, `branch` the halting branch, `passes` what goes over a state once. Sums are
//! parted by the data alone and added up in order, so no number depends on how many threads there are.

mod branch;
mod convolution;
mod lines;
mod norm;
mod outer;
mod passes;

use std::sync::{Arc, Mutex, PoisonError};

use super::Cpu;
use crate::engine::rows::{Grid, Rows};

pub(crate) use super::matrix::Matrix;
pub(crate) use branch::LocalScores;
pub(crate) use convolution::Weights;
pub(crate) use lines::{Lines, View};
pub(crate) use norm::{Moments, NormGradient, NormParameters, Normed};

/// A processor that trains.
#[derive(Clone)]
pub(crate) struct Dense {
    cpu: Cpu,
    /// All rows of the grids that the network has, so that their lists are made once.
    everywhere: Arc<Mutex<Vec<Arc<Rows>>>>,
}

impl Dense {
    pub fn new(cpu: &Cpu) -> Self {
        Self { cpu: cpu.for_training(), everywhere: Arc::default() }
    }

    fn all_rows(&self, grid: Grid) -> Arc<Rows> {
        // Nothing that can panic is done while it is locked.
        let mut known = self.everywhere.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(rows) = known.iter().find(|rows| rows.grid() == grid) {
            return Arc::clone(rows);
        }
        let rows = Arc::new(Rows::all(grid));
        known.push(Arc::clone(&rows));
        rows
    }
}

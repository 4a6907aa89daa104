//! What each block decided under one pixel of the input: the read-out under the pointer.

use crate::network::{BlockDecisions, Decisions};

use super::nearest;

/// One block's decision at the position that covers a pixel.
#[derive(Clone, Debug, PartialEq)]
pub struct Probe {
    /// The block's name: `block_1`, `block1`.
    pub block: String,
    /// The position in the block's states.
    pub row: usize,
    pub column: usize,
    /// N: units that ran there.
    pub num_units: u32,
    /// rho = N + R
    pub ponder_cost: f32,
    /// R = rho - N
    pub remainder: f32,
    /// Units the block has (L).
    pub units: usize,
}

/// What every block decided under pixel `(row, column)` of the input, in order; `None` outside the input and for
/// a vanilla network. The values of a network's map at that pixel are the sums of these.
pub fn probe(decisions: &Decisions<'_>, row: usize, column: usize) -> Option<Vec<Probe>> {
    if row >= decisions.height || column >= decisions.width {
        return None;
    }
    let decision_of = |block: &BlockDecisions<'_>| {
        let record = block.halting.record()?;
        let row = nearest(row, block.height, decisions.height);
        let column = nearest(column, block.width, decisions.width);
        let decision = block.decision_at(row, column);
        let num_units = record.num_units[decision];
        let ponder_cost = record.ponder_cost[decision];
        Some(Probe {
            block: block.name.to_owned(),
            row,
            column,
            num_units,
            ponder_cost,
            remainder: ponder_cost - num_units as f32,
            units: block.units,
        })
    };
    decisions.blocks.iter().map(decision_of).collect()
}

//! What an export comes to.

use crate::network::Trace;

/// Means over the images of a pass.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    pub images: usize,
    /// Examples that could not be used.
    pub skipped: usize,
    /// Rows and columns of the inputs.
    pub height: usize,
    pub width: usize,
    pub mean_flops: f64,
    /// One entry a block; empty for a vanilla network, which decides nothing.
    pub blocks: Vec<BlockSummary>,
}

/// Means over the decisions of a block in all images.
#[derive(Clone, Debug, PartialEq)]
pub struct BlockSummary {
    pub name: String,
    /// Residual units in the block (L).
    pub units: usize,
    /// Mean of rho = N + R.
    pub mean_ponder_cost: f64,
    decisions: usize,
}

impl Summary {
    /// Takes more images into the means.
    pub(super) fn add(&mut self, traces: &[Trace]) {
        for trace in traces {
            self.images += 1;
            (self.height, self.width) = (trace.height, trace.width);
            move_mean(&mut self.mean_flops, trace.flops as f64, self.images);
            let blocks = trace.blocks.iter().filter_map(|block| Some((block, block.halting.record()?)));
            for (index, (block, record)) in blocks.enumerate() {
                if index == self.blocks.len() {
                    let (name, units) = (block.name.clone(), block.units);
                    self.blocks.push(BlockSummary { name, units, mean_ponder_cost: 0.0, decisions: 0 });
                }
                let summary = &mut self.blocks[index];
                for &cost in &record.ponder_cost {
                    summary.decisions += 1;
                    move_mean(&mut summary.mean_ponder_cost, f64::from(cost), summary.decisions);
                }
            }
        }
    }
}

/// The mean of `count` values, the last of which is new.
fn move_mean(mean: &mut f64, value: f64, count: usize) {
    *mean += (value - *mean) / count as f64;
}

//! What happened when a network ran on one image: the one currency of every picture, number, chart and file.
//!
//! A [`Trace`] is plain data without tensors, so that it can be cached, saved, sent across threads and drawn
//! by code that knows nothing of Candle.

use crate::halting::HaltingRecord;

/// A run of a network on one image.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// Rows and columns of the network's input.
    pub height: usize,
    pub width: usize,
    /// Class scores before the softmax.
    pub logits: Vec<f32>,
    pub blocks: Vec<BlockTrace>,
    /// Floating-point operations of the whole network on this image (specification, section 4).
    pub flops: u64,
    /// Measured time of the run; for a batch, its time divided by its images.
    pub milliseconds: f64,
}

/// What one block did on one image.
#[derive(Clone, Debug, PartialEq)]
pub struct BlockTrace {
    /// The reference's name: `block_1` (CIFAR), `block1` (ImageNet).
    pub name: String,
    /// Positions of the block's states.
    pub height: usize,
    pub width: usize,
    /// Residual units in the block (L).
    pub units: usize,
    /// Who decided to halt, and when.
    pub halting: Halting,
    /// Positions that ran each unit, `units` long.
    pub active_positions: Vec<usize>,
    /// Operations of each unit with its halting branch, `units` long.
    pub unit_flops: Vec<u64>,
    /// Sum of `unit_flops`.
    pub flops: u64,
    /// Measured time of the block in its part of the batch, divided by the part's images. Parts may run side by side, and
    /// blocks then take longer together than the run.
    pub milliseconds: f64,
    /// The block's output, `height * width * channels`, row by row; kept only when asked for.
    pub outputs: Option<Vec<f32>>,
}

/// The halting decisions of a block.
#[derive(Clone, Debug, PartialEq)]
pub enum Halting {
    /// Vanilla: nothing is decided, every unit runs everywhere.
    None,
    /// ACT: one decision for the image; every vector of the record is one decision long.
    Image(HaltingRecord),
    /// SACT: one decision a position; `height * width` decisions, row by row.
    Position(HaltingRecord),
}

impl Halting {
    /// The decisions, unless the network takes none.
    pub fn record(&self) -> Option<&HaltingRecord> {
        match self {
            Halting::None => None,
            Halting::Image(record) | Halting::Position(record) => Some(record),
        }
    }
}

/// What maps are drawn from: when everything halted in a run, or would halt in one that is still to come.
#[derive(Clone, Debug, PartialEq)]
pub struct Decisions<'a> {
    /// Rows and columns of the network's input.
    pub height: usize,
    pub width: usize,
    pub blocks: Vec<BlockDecisions<'a>>,
}

/// One block's part of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BlockDecisions<'a> {
    /// The reference's name.
    pub name: &'a str,
    /// Positions of the block's states.
    pub height: usize,
    pub width: usize,
    /// Residual units in the block (L).
    pub units: usize,
    pub halting: &'a Halting,
}

impl BlockDecisions<'_> {
    /// The record's index for position `(row, column)`; for ACT there is one decision, index 0.
    pub fn decision_at(&self, row: usize, column: usize) -> usize {
        match self.halting {
            Halting::Position(_) => row * self.width + column,
            _ => 0,
        }
    }
}

impl Trace {
    /// When everything halted.
    pub fn decisions(&self) -> Decisions<'_> {
        let blocks = self.blocks.iter().map(|block| {
            let BlockTrace { name, height, width, units, halting, .. } = block;
            BlockDecisions { name, height: *height, width: *width, units: *units, halting }
        });
        Decisions { height: self.height, width: self.width, blocks: blocks.collect() }
    }

    /// Bytes of what it holds. Everything is taken apart, so that no vector that is added is forgotten here.
    pub fn bytes(&self) -> usize {
        let Self { height: _, width: _, logits, blocks, flops: _, milliseconds: _ } = self;
        bytes_of(logits) + blocks.iter().map(BlockTrace::bytes).sum::<usize>()
    }

    /// Units of the longest block; 1 without blocks.
    pub fn most_units(&self) -> usize {
        self.blocks.iter().map(|block| block.units).max().unwrap_or(1)
    }

    /// Class probabilities: softmax of the logits.
    pub fn probabilities(&self) -> Vec<f32> {
        let max = self.logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let exp: Vec<f32> = self.logits.iter().map(|logit| (logit - max).exp()).collect();
        let sum: f32 = exp.iter().sum();
        exp.into_iter().map(|e| e / sum).collect()
    }

    /// The `k` most probable classes with their probabilities, best first; ties go to the lower class.
    pub fn top(&self, k: usize) -> Vec<(usize, f32)> {
        let mut ranked: Vec<(usize, f32)> = self.probabilities().into_iter().enumerate().collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        ranked.truncate(k);
        ranked
    }
}

impl BlockTrace {
    fn bytes(&self) -> usize {
        let Self {
            name,
            height: _,
            width: _,
            units: _,
            halting,
            active_positions,
            unit_flops,
            flops: _,
            milliseconds: _,
            outputs,
        } = self;
        let record = |record: &HaltingRecord| {
            let HaltingRecord { num_units, ponder_cost, halting_distribution, halting_scores } = record;
            bytes_of(num_units)
                + bytes_of(ponder_cost)
                + bytes_of(halting_distribution)
                + bytes_of(halting_scores)
        };
        let records = halting.record().map_or(0, record) + outputs.as_deref().map_or(0, bytes_of);
        size_of::<Self>() + name.len() + bytes_of(active_positions) + bytes_of(unit_flops) + records
    }
}

fn bytes_of<T>(values: &[T]) -> usize {
    size_of_val(values)
}

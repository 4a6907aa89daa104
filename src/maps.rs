//! Ponder maps: what a trace says about each pixel, and the range a picture of it spans.

use serde::{Deserialize, Serialize};

use crate::network::Trace;

/// What a map shows at each position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Quantity {
    /// rho = N + R
    #[default]
    PonderCost,
    /// N
    NumUnits,
}

/// Which part of the network a map covers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Scope {
    /// The sum over blocks, each brought to input resolution by nearest neighbour.
    #[default]
    Network,
    /// One block (from 0) at its own resolution.
    Block(usize),
}

/// A map of one quantity.
#[derive(Clone, Debug, PartialEq)]
pub struct PonderMap {
    pub height: usize,
    pub width: usize,
    /// `height * width` values, row by row.
    pub values: Vec<f32>,
    pub quantity: Quantity,
    /// What the values can be at all, whatever the image, threshold or tau.
    pub theory: Range,
}

/// An interval of map values.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Range {
    pub low: f32,
    pub high: f32,
}

/// How the ends of the colour scale are found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum RangeChoice {
    /// What is possible: pictures then compare across images, thresholds and tau.
    #[default]
    Theory,
    /// Minimum and maximum of this map.
    Data,
    /// From the `low`-th to the `high`-th percentile of this map.
    Percentile {
        low: f32,
        high: f32,
    },
    Manual(Range),
}

impl PonderMap {
    /// The map of `quantity` over `scope`; `None` for a vanilla network, which decides nothing, and for a block
    /// that does not exist. ACT's one decision a block is spread over its positions.
    pub fn from_trace(_trace: &Trace, _quantity: Quantity, _scope: Scope) -> Option<Self> {
        unimplemented!("placeholder until maps land")
    }

    /// Least and greatest value.
    pub fn extent(&self) -> Range {
        unimplemented!("placeholder until maps land")
    }

    pub fn mean(&self) -> f32 {
        unimplemented!("placeholder until maps land")
    }

    /// How many values fall into each of `bins` equal parts of `range`; values outside count at its ends.
    pub fn histogram(&self, _range: Range, _bins: usize) -> Vec<usize> {
        unimplemented!("placeholder until maps land")
    }
}

impl RangeChoice {
    /// The range for this map; never empty: a flat map gets a little room around its value.
    pub fn resolve(self, _map: &PonderMap) -> Range {
        unimplemented!("placeholder until maps land")
    }
}

//! What the Halting screen shows of a run: block by block, unit by unit, and at pinned positions.

mod action;
mod board;
mod painting;
mod pins;
mod values;

pub use action::Action;
pub use board::Board;
pub use painting::{BlockRange, BlocksPainting, ON_HALTED, PaintedBlock};
pub use pins::{MOST_PINS, Pin, Step};
pub use values::{EDGES, Values};

use serde::{Deserialize, Serialize};

use crate::maps::BlockQuantity;

/// How the screen shows the run; part of the session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct HaltingView {
    pub quantity: BlockQuantity,
    pub range: BlockRange,
    /// The unit that is looked at, from 1.
    pub unit: usize,
    /// Positions whose halting scores are charted.
    pub pins: Vec<Pin>,
    /// Which of the pins the arrow keys move, and whose values are listed.
    pub selected: usize,
    /// The block (from 0) that was selected; read it by [`Self::block_of`].
    pub(in crate::explorer) block: usize,
    /// Rows and columns of values that are listed around the selected pin.
    pub edge: usize,
}

impl Default for HaltingView {
    fn default() -> Self {
        Self {
            quantity: BlockQuantity::default(),
            range: BlockRange::default(),
            unit: 1,
            pins: Vec::new(),
            selected: 0,
            block: 0,
            edge: EDGES[1],
        }
    }
}

impl HaltingView {
    /// The pin that the arrow keys move.
    pub fn pin(&self) -> Option<Pin> {
        self.pins.get(self.selected).copied()
    }

    /// The block (from 0) whose values are listed, and by whose positions a pin moves, of a network of so many: the last
    /// one if the one selected before lies behind it.
    pub fn block_of(&self, blocks: usize) -> usize {
        self.block.min(blocks.saturating_sub(1))
    }

    /// With every number brought into its bounds.
    pub fn sound(&mut self) {
        self.unit = self.unit.max(1);
        self.pins.retain(|pin| pin.at.iter().all(|share| (0.0..=1.0).contains(share)));
        self.pins.truncate(MOST_PINS);
        self.selected = self.selected.min(self.pins.len().saturating_sub(1));
        if !EDGES.contains(&self.edge) {
            self.edge = EDGES[1];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_view_with_impossible_numbers_is_mended() {
        let text = r#"{"unit":0,"pins":[{"at":[0.5,7.0]},{"at":[0.5,0.25]}],"selected":9,"edge":4000}"#;
        let mut view: HaltingView = serde_json::from_str(text).unwrap();
        view.sound();
        let pins = vec![Pin { at: [0.5, 0.25] }];
        assert_eq!(view, HaltingView { pins, ..HaltingView::default() });
    }

    #[test]
    fn a_network_with_fewer_blocks_has_its_last_one_selected() {
        let view = HaltingView { block: 2, ..HaltingView::default() };
        assert_eq!([4, 3, 2, 1, 0].map(|blocks| view.block_of(blocks)), [2, 2, 1, 0, 0]);
    }
}

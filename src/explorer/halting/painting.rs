//! Every block's own map in colours.

use std::sync::Arc;

use eframe::egui::{Color32, ColorImage, TextureHandle};
use serde::{Deserialize, Serialize};

use crate::explorer::inference::{Outcome, RunKey};
use crate::explorer::models::OpenModel;
use crate::explorer::painting::Painting;
use crate::figure::Colormap;
use crate::halting::HaltingSetting;
use crate::maps::{BlockMap, BlockQuantity, Range};
use crate::network::{Decisions, Preview};

use super::HaltingView;

/// Where there is no value.
const NOTHING: Color32 = Color32::from_gray(0x80);
/// Of what is written on a position that has halted: it is seen on every colour once that is dimmed.
pub const ON_HALTED: Color32 = Color32::from_gray(0xf0);
/// How much is left of the colour of a position that has halted, and the grey that takes the rest.
const LEFT: f32 = 0.3;
const HALTED: f32 = 38.0;

/// The ends of the colour scales.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum BlockRange {
    /// What is possible in any of the blocks, so that blocks and pictures compare.
    #[default]
    Theory,
    /// The least and the greatest value in all blocks.
    AllBlocks,
    /// Each block's own least and greatest value.
    Own,
}

impl BlockRange {
    pub const ALL: [Self; 3] = [Self::Theory, Self::AllBlocks, Self::Own];

    pub fn label(self) -> &'static str {
        match self {
            Self::Theory => "Theory",
            Self::AllBlocks => "All blocks",
            Self::Own => "Each its own",
        }
    }

    fn of(self, maps: &[BlockMap]) -> Vec<Range> {
        let theory = maps.iter().map(|map| map.theory).reduce(Range::union);
        let theory = theory.unwrap_or(Range { low: 0.0, high: 1.0 });
        match self {
            Self::Theory => vec![theory; maps.len()],
            Self::AllBlocks => {
                let found = maps.iter().filter_map(BlockMap::extent).reduce(Range::union);
                vec![found.unwrap_or(theory).opened(); maps.len()]
            }
            Self::Own => maps.iter().map(|map| map.extent().unwrap_or(map.theory).opened()).collect(),
        }
    }
}

/// How the maps are asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Style {
    pub quantity: BlockQuantity,
    pub range: BlockRange,
    pub unit: usize,
    pub colormap: Colormap,
}

/// What is to be painted.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Motif {
    pub run: RunKey,
    /// The run that is still to come, if its decisions are to be guessed.
    pub preview_of: Option<RunKey>,
    pub style: Style,
}

/// Maps to be painted.
pub(super) struct Request {
    pub outcome: Arc<Outcome>,
    pub motif: Motif,
}

/// The maps of all blocks, and the decisions that they are of.
pub struct BlocksPainting {
    pub outcome: Arc<Outcome>,
    pub(super) motif: Motif,
    preview: Option<Preview>,
    /// None for a vanilla network.
    pub blocks: Vec<PaintedBlock>,
}

/// One block's map.
pub struct PaintedBlock {
    pub map: BlockMap,
    pub range: Range,
    /// Given by the screen's thread once the pixels are there.
    pub texture: Option<TextureHandle>,
}

impl Request {
    /// The painting, and the pixels of each block.
    pub fn paint(self) -> (BlocksPainting, Vec<ColorImage>) {
        let Self { outcome, motif } = self;
        let preview = motif.preview_of.as_ref().and_then(|wanted| outcome.preview(wanted));
        let decisions = preview.as_ref().map_or_else(|| outcome.trace.decisions(), Preview::decisions);
        let Style { quantity, range, unit, colormap } = motif.style;
        let maps = decisions.blocks.iter().map(|block| BlockMap::new(block, quantity, unit));
        let maps: Vec<BlockMap> = maps.collect::<Option<_>>().unwrap_or_default();
        let ranges = range.of(&maps);
        let pixels =
            maps.iter().zip(&ranges).map(|(map, &range)| colours(map, range, colormap, unit)).collect();
        let painted = maps.into_iter().zip(ranges);
        let blocks = painted.map(|(map, range)| PaintedBlock { map, range, texture: None }).collect();
        (BlocksPainting { outcome, motif, preview, blocks }, pixels)
    }
}

impl BlocksPainting {
    /// What the maps are of: decisions taken, or only guessed.
    pub fn decisions(&self) -> Decisions<'_> {
        self.preview.as_ref().map_or_else(|| self.outcome.trace.decisions(), Preview::decisions)
    }

    /// How halting is decided in what is shown.
    pub fn setting(&self) -> HaltingSetting {
        self.motif.preview_of.as_ref().filter(|_| self.is_preview()).unwrap_or(&self.motif.run).setting()
    }

    /// Whether it is of a run by this model, as it was loaded.
    pub fn is_of(&self, model: &OpenModel) -> bool {
        let run = &self.motif.run;
        (&run.model, run.load) == (&model.source, model.load)
    }

    /// Whether it is of the picture of another painting.
    pub fn is_of_picture(&self, painting: &Painting) -> bool {
        self.motif.run.picture == painting.motif.run.picture
    }

    pub fn is_preview(&self) -> bool {
        self.preview.is_some()
    }

    /// The selected block, from 0; there may be none at all.
    pub fn selected(&self, view: &HaltingView) -> usize {
        view.block_of(self.blocks.len())
    }

    pub fn quantity(&self) -> BlockQuantity {
        self.motif.style.quantity
    }

    pub fn unit(&self) -> usize {
        self.motif.style.unit
    }

    pub fn colormap(&self) -> Colormap {
        self.motif.style.colormap
    }

    /// Units of the longest block.
    pub fn most_units(&self) -> usize {
        self.outcome.trace.most_units()
    }
}

/// One pixel a position; what has halted before `unit` is dimmed.
fn colours(map: &BlockMap, range: Range, colormap: Colormap, unit: usize) -> ColorImage {
    let colour = |(&value, &units): (&f32, &u32)| {
        let [red, green, blue] = colormap.color(range.position(value));
        let lit = if value.is_nan() { NOTHING } else { Color32::from_rgb(red, green, blue) };
        if units as usize >= unit { lit } else { dimmed(lit) }
    };
    let pixels = map.values.iter().zip(&map.num_units).map(colour).collect();
    ColorImage::new([map.width, map.height], pixels)
}

/// The colour of a position that has halted.
fn dimmed(lit: Color32) -> Color32 {
    let dimmed = |channel: u8| (LEFT * f32::from(channel) + (1.0 - LEFT) * HALTED).round() as u8;
    Color32::from_rgb(dimmed(lit.r()), dimmed(lit.g()), dimmed(lit.b()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explorer::theme::contrast;

    fn map(values: &[f32], num_units: &[u32]) -> BlockMap {
        let theory = Range { low: 2.0, high: 6.0 };
        BlockMap::of_values([1, values.len()], values.to_vec(), num_units.to_vec(), theory)
    }

    #[test]
    fn what_has_halted_is_dimmed_and_what_has_no_value_is_grey() {
        let range = Range { low: 2.0, high: 6.0 };
        let maps = map(&[2.0, 6.0, f32::NAN], &[1, 3, 3]);
        let [first, second] = [1, 2].map(|unit| colours(&maps, range, Colormap::Viridis, unit).pixels);
        assert_eq!(first[1..], second[1..]);
        assert_eq!(first[2], NOTHING);
        let brightness =
            |colour: Color32| u32::from(colour.r()) + u32::from(colour.g()) + u32::from(colour.b());
        assert!(brightness(second[0]) < brightness(first[0]));
    }

    #[test]
    fn numbers_can_be_read_on_every_colour_that_is_dimmed() {
        for colormap in Colormap::ALL {
            for step in 0..=255 {
                let [red, green, blue] = colormap.color(step as f32 / 255.0);
                let back = dimmed(Color32::from_rgb(red, green, blue));
                let found = contrast(ON_HALTED, back);
                assert!(found >= 4.5, "{}: {found:.2}:1 on {back:?}", colormap.name());
            }
        }
    }

    #[test]
    fn ranges_are_shared_or_each_its_own() {
        let maps = [map(&[2.5, 3.0], &[2, 2]), map(&[4.0, f32::NAN], &[3, 3])];
        let ends = |range: BlockRange| range.of(&maps).iter().map(|r| [r.low, r.high]).collect::<Vec<_>>();
        assert_eq!(ends(BlockRange::Theory), [[2.0, 6.0]; 2]);
        assert_eq!(ends(BlockRange::AllBlocks), [[2.5, 4.0]; 2]);
        assert_eq!(ends(BlockRange::Own), [[2.5, 3.0], [3.5, 4.5]]);
    }
}

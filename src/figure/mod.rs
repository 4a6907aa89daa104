//! Pictures out: colour maps, the colour bar, overlays; PNG now, vector figures later.

use serde::{Deserialize, Serialize};

use crate::image::RgbImage;
use crate::maps::{PonderMap, Range};

/// The colour maps, exact to matplotlib's tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Colormap {
    #[default]
    Viridis,
    Magma,
    Inferno,
    Plasma,
    Cividis,
    Turbo,
    Grey,
}

impl Colormap {
    pub const ALL: [Self; 7] =
        [Self::Viridis, Self::Magma, Self::Inferno, Self::Plasma, Self::Cividis, Self::Turbo, Self::Grey];

    /// The colour at `t` in 0..1 (clamped), red green blue.
    pub fn color(self, _t: f32) -> [u8; 3] {
        unimplemented!("placeholder until figures land")
    }

    /// `viridis`
    pub fn name(self) -> &'static str {
        unimplemented!("placeholder until figures land")
    }
}

/// The map in colours, one pixel a value.
pub fn colorize(_map: &PonderMap, _range: Range, _colormap: Colormap) -> RgbImage {
    unimplemented!("placeholder until figures land")
}

/// The coloured map over the picture at `opacity` 0..1; the map is brought to the picture's size by nearest neighbour.
pub fn overlay(_picture: &RgbImage, _map: &RgbImage, _opacity: f32) -> RgbImage {
    unimplemented!("placeholder until figures land")
}

/// Round numbers inside `range` for an axis, at most `most` of them.
pub fn ticks(_range: Range, _most: usize) -> Vec<f64> {
    unimplemented!("placeholder until figures land")
}

/// A tick as text, with as many decimals as the step between ticks needs.
pub fn tick_label(_value: f64, _ticks: &[f64]) -> String {
    unimplemented!("placeholder until figures land")
}

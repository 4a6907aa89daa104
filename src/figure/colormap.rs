//! The colour maps, exact to matplotlib's tables.
//!
//! No crate has them exactly (colorous smooths them and has other data for cividis and turbo; scarlet has four of
//! the seven), so they stand in `assets/colormaps.bin`, written by `tools/colormaps.py`; `assets/LICENSES.md` says
//! whose they are.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// 256 colours, red green blue, of each of [`Colormap::ALL`], rounded down as matplotlib rounds them for pictures.
static TABLES: &[u8; Colormap::ALL.len() * COLORS * 3] = include_bytes!("../../assets/colormaps.bin");
const COLORS: usize = 256;

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

/// There is no colour map of this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no colour map {0:?}: choose one of {all}", all = Colormap::ALL.map(Colormap::name).join(", "))]
pub struct UnknownColormap(String);

impl Colormap {
    pub const ALL: [Self; 7] =
        [Self::Viridis, Self::Magma, Self::Inferno, Self::Plasma, Self::Cividis, Self::Turbo, Self::Grey];

    /// The colour at `t` in 0..1 (clamped), red green blue: entry `floor(256 t)` of the table, as in matplotlib.
    pub fn color(self, t: f32) -> [u8; 3] {
        // The cast stops at 0 below and takes NaN to 0.
        let entry = ((t * COLORS as f32) as usize).min(COLORS - 1);
        let start = 3 * (self as usize * COLORS + entry);
        [TABLES[start], TABLES[start + 1], TABLES[start + 2]]
    }

    /// `viridis`
    pub fn name(self) -> &'static str {
        match self {
            Self::Viridis => "viridis",
            Self::Magma => "magma",
            Self::Inferno => "inferno",
            Self::Plasma => "plasma",
            Self::Cividis => "cividis",
            Self::Turbo => "turbo",
            Self::Grey => "grey",
        }
    }
}

impl fmt::Display for Colormap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Colormap {
    type Err = UnknownColormap;

    fn from_str(name: &str) -> Result<Self, UnknownColormap> {
        let found = Self::ALL.into_iter().find(|colormap| colormap.name().eq_ignore_ascii_case(name));
        found.ok_or_else(|| UnknownColormap(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_those_of_matplotlibs_pictures() {
        // matplotlib.colormaps[name]([0.0, 0.25, 0.5, 1.0], bytes=True)
        let expected = [
            (Colormap::Viridis, [[68, 1, 84], [58, 82, 139], [32, 144, 140], [253, 231, 36]]),
            (Colormap::Magma, [[0, 0, 3], [80, 18, 123], [182, 54, 121], [251, 252, 191]]),
            (Colormap::Inferno, [[0, 0, 3], [87, 15, 109], [187, 55, 84], [252, 254, 164]]),
            (Colormap::Plasma, [[12, 7, 134], [126, 3, 167], [203, 71, 119], [239, 248, 33]]),
            (Colormap::Cividis, [[0, 34, 77], [67, 78, 107], [124, 123, 120], [253, 231, 55]]),
            (Colormap::Turbo, [[48, 18, 59], [40, 187, 235], [164, 252, 59], [122, 4, 2]]),
            (Colormap::Grey, [[0, 0, 0], [64, 64, 64], [128, 128, 128], [255, 255, 255]]),
        ];
        for (colormap, colors) in expected {
            assert_eq!([0.0, 0.25, 0.5, 1.0].map(|t| colormap.color(t)), colors, "{colormap}");
        }
    }

    #[test]
    fn a_value_off_the_scale_takes_the_nearest_end() {
        for colormap in Colormap::ALL {
            assert_eq!(colormap.color(-3.0), colormap.color(0.0));
            assert_eq!(colormap.color(1e30), colormap.color(1.0));
            assert_eq!(colormap.color(f32::NAN), colormap.color(0.0));
        }
    }

    #[test]
    fn the_grey_of_a_scale_brightens_all_along() {
        for colormap in
            [Colormap::Viridis, Colormap::Magma, Colormap::Inferno, Colormap::Plasma, Colormap::Grey]
        {
            let luma = |entry: u16| {
                let [r, g, b] = colormap.color(f32::from(entry) / 256.0).map(f32::from);
                0.2126 * r + 0.7152 * g + 0.0722 * b
            };
            for entry in 8..256 {
                assert!(luma(entry) > luma(entry - 8), "{colormap} darkens at {entry}");
            }
        }
    }

    #[test]
    fn a_colour_map_is_found_by_its_name() {
        for colormap in Colormap::ALL {
            assert_eq!(colormap.name().parse(), Ok(colormap));
        }
        let error = "jet".parse::<Colormap>().unwrap_err().to_string();
        assert!(error.contains("jet") && error.contains("viridis"), "{error}");
    }
}

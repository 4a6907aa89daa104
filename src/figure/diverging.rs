//! A colour map for differences: blue below zero, near white at zero, red above.
//!
//! Computed rather than tabled: lightness falls evenly on both sides and both sides are equally strong, so that a
//! difference looks as large as it is, whichever its sign. Blue and red stay apart in every common colour blindness, and
//! in grey the size of a difference is still told.

use serde::{Deserialize, Serialize};

/// What differences are drawn with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DivergingMap {
    /// Negative blue, positive red.
    #[default]
    BlueRed,
}

// In Oklch: lightness, chroma, hue in degrees.
const LIGHTEST: f32 = 0.97;
const DARKEST: f32 = 0.37;
const RED: f32 = 24.0;
const BLUE: f32 = 256.0;

impl DivergingMap {
    /// The colour at `t` in -1..1 (clamped; NaN is 0), red green blue. Zero is near white.
    pub fn color(self, t: f32) -> [u8; 3] {
        let t = if t.is_nan() { 0.0 } else { t.clamp(-1.0, 1.0) };
        let strength = t.abs();
        let lightness = LIGHTEST + (DARKEST - LIGHTEST) * strength;
        // As colourful as the screen allows on the way from white, where colours are pale, to dark, where they are dull.
        let chroma = strength * (0.4 - 0.27 * strength);
        oklch(lightness, chroma, if t < 0.0 { BLUE } else { RED })
    }
}

/// A colour of Oklch (Ottosson's perceptual space) in sRGB, clamped.
fn oklch(lightness: f32, chroma: f32, hue: f32) -> [u8; 3] {
    let (sin, cos) = hue.to_radians().sin_cos();
    let (a, b) = (chroma * cos, chroma * sin);
    let l = (lightness + 0.396_337_78 * a + 0.215_803_76 * b).powi(3);
    let m = (lightness - 0.105_561_346 * a - 0.063_854_17 * b).powi(3);
    let s = (lightness - 0.089_484_18 * a - 1.291_485_5 * b).powi(3);
    let linear = [
        4.076_741_7 * l - 3.307_711_6 * m + 0.230_969_94 * s,
        -1.268_438 * l + 2.609_757_4 * m - 0.341_319_38 * s,
        -0.004_196_086_3 * l - 0.703_418_6 * m + 1.707_614_7 * s,
    ];
    linear.map(|value| {
        let value = value.clamp(0.0, 1.0);
        let coded = if value <= 0.003_130_8 { 12.92 * value } else { 1.055 * value.powf(1.0 / 2.4) - 0.055 };
        (coded * 255.0).round() as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luma(t: f32) -> f32 {
        let [red, green, blue] = DivergingMap::BlueRed.color(t).map(f32::from);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    #[test]
    fn zero_is_neutral_and_the_sides_are_told_apart() {
        let map = DivergingMap::BlueRed;
        let [red, green, blue] = map.color(0.0);
        assert!(red == green && green == blue && red > 235, "{:?}", map.color(0.0));
        assert_eq!(map.color(f32::NAN), map.color(0.0));
        for t in [0.1, 0.5, 1.0] {
            let ([r, _, b], [r2, _, b2]) = (map.color(t), map.color(-t));
            assert!(r > b && b2 > r2, "at {t}");
        }
        assert_eq!((map.color(-7.0), map.color(1e30)), (map.color(-1.0), map.color(1.0)));
    }

    #[test]
    fn a_larger_difference_is_darker_and_equally_so_on_both_sides() {
        for step in 1..=50u8 {
            let t = f32::from(step) / 50.0;
            for side in [1.0, -1.0] {
                assert!(luma(side * t) < luma(side * (t - 0.02)), "at {}", side * t);
            }
            assert!((luma(t) - luma(-t)).abs() < 24.0, "{} and {} at {t}", luma(t), luma(-t));
        }
    }
}

//! Maps in colours, alone and over the picture they belong to.

use rayon::prelude::*;

use crate::image::{Input, Preprocessing, RgbImage};
use crate::maps::{PonderMap, Range, nearest};

use super::{Colormap, DivergingMap};

/// The map in colours, one pixel a value.
pub fn colorize(map: &PonderMap, range: Range, colormap: Colormap) -> RgbImage {
    RgbImage::from_fn(map.width as u32, map.height as u32, |x, y| {
        let value = map.values[y as usize * map.width + x as usize];
        ::image::Rgb(colormap.color(range.position(value)))
    })
}

/// A map of differences in colours, one pixel a value; `greatest` stands for the full colour on both sides of zero.
pub fn colorize_difference(map: &PonderMap, greatest: f32, colormap: DivergingMap) -> RgbImage {
    RgbImage::from_fn(map.width as u32, map.height as u32, |x, y| {
        let value = map.values[y as usize * map.width + x as usize];
        ::image::Rgb(colormap.color(value / greatest))
    })
}

/// The coloured map over the picture at `opacity` 0..1; the map is brought to the picture's size by nearest neighbour.
pub fn overlay(picture: &RgbImage, map: &RgbImage, opacity: f32) -> RgbImage {
    if map.width() == 0 || map.height() == 0 {
        return picture.clone();
    }
    let opacity = if opacity.is_nan() { 0.0 } else { opacity.clamp(0.0, 1.0) };
    let blend =
        |under: u8, over: u8| (f32::from(under) * (1.0 - opacity) + f32::from(over) * opacity).round() as u8;
    let rows = source_pixels(map.height(), picture.height());
    let columns = source_pixels(map.width(), picture.width());
    let mut blended = picture.clone();
    let row_bytes = 3 * columns.len().max(1);
    blended.par_chunks_exact_mut(row_bytes).zip(rows).for_each(|(pixels, row)| {
        for (pixel, &column) in pixels.chunks_exact_mut(3).zip(&columns) {
            let over = map.get_pixel(column, row);
            for (value, over) in pixel.iter_mut().zip(over.0) {
                *value = blend(*value, over);
            }
        }
    });
    blended
}

/// A network's input, its least value black and its greatest white.
pub fn input_picture(input: &Input) -> RgbImage {
    scaled_picture(input, scale_of(input))
}

/// The picture that became a network's input. ImageNet's preprocessing is undone; of CIFAR's, which drops brightness
/// and contrast, only what [`input_picture`] does.
pub fn picture_before(input: &Input, preprocessing: Preprocessing) -> RgbImage {
    match preprocessing {
        Preprocessing::MinusOneToOne => scaled_picture(input, Range { low: -1.0, high: 1.0 }),
        Preprocessing::Standardise => input_picture(input),
    }
}

fn scaled_picture(input: &Input, scale: Range) -> RgbImage {
    RgbImage::from_fn(input.width as u32, input.height as u32, |x, y| {
        let start = 3 * (y as usize * input.width + x as usize);
        let color = [start, start + 1, start + 2].map(|index| scale.position(input.data[index]));
        ::image::Rgb(color.map(|value| (value * 255.0).round() as u8))
    })
}

/// From the least value of an input to the greatest.
fn scale_of(input: &Input) -> Range {
    let low = input.data.iter().copied().fold(f32::INFINITY, f32::min);
    let high = input.data.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    Range { low, high }
}

/// The reference's heat map: the network's input, brought to 0..1, beside itself dimmed to a quarter with the map
/// in the red channel, `border` black pixels between them (specification, section 6).
///
/// The map's greatest possible value stands for full red.
pub fn heatmap(input: &Input, map: &PonderMap, border: usize) -> RgbImage {
    const ALPHA: f32 = 0.75;
    let scale = scale_of(input);
    let left = input.width;
    let right = left + border;
    RgbImage::from_fn((right + input.width) as u32, input.height as u32, |x, y| {
        let (row, x) = (y as usize, x as usize);
        let pixel = |column: usize| {
            let start = 3 * (row * input.width + column);
            [start, start + 1, start + 2].map(|index| scale.position(input.data[index]))
        };
        let color = if x < left {
            pixel(x)
        } else if x < right {
            [0.0; 3]
        } else {
            let column = x - right;
            let map_row = nearest(row, map.height, input.height);
            let map_column = nearest(column, map.width, input.width);
            let heat = map.values[map_row * map.width + map_column] / map.theory.high;
            let [red, green, blue] = pixel(column).map(|value| value * (1.0 - ALPHA));
            [red + heat * ALPHA, green, blue]
        };
        ::image::Rgb(color.map(|value| (value * 255.0).round() as u8))
    })
}

fn source_pixels(source_len: u32, len: u32) -> Vec<u32> {
    (0..len as usize).map(|index| nearest(index, source_len as usize, len as usize) as u32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::maps::Quantity;
    use ::image::Rgb;
    use proptest::prelude::*;

    fn map(height: usize, width: usize, values: Vec<f32>) -> PonderMap {
        PonderMap {
            height,
            width,
            values,
            quantity: Quantity::PonderCost,
            theory: Range { low: 0.0, high: 4.0 },
        }
    }

    #[test]
    fn the_ends_of_the_range_take_the_ends_of_the_colour_map() {
        let map = map(1, 4, vec![-1.0, 1.0, 3.0, 9.0]);
        let colors = colorize(&map, Range { low: 1.0, high: 3.0 }, Colormap::Viridis);
        let [low, high] = [0.0, 1.0].map(|t| Rgb(Colormap::Viridis.color(t)));
        let pixels: Vec<_> = colors.pixels().copied().collect();
        assert_eq!(pixels, [low, low, high, high]);
    }

    #[test]
    fn differences_are_coloured_around_zero() {
        let map = map(1, 5, vec![-9.0, -2.0, 0.0, 2.0, 1.0]);
        let pixels: Vec<_> =
            colorize_difference(&map, 2.0, DivergingMap::BlueRed).pixels().copied().collect();
        let expected = [-1.0, -1.0, 0.0, 1.0, 0.5].map(|share| Rgb(DivergingMap::BlueRed.color(share)));
        assert_eq!(pixels, expected);
    }

    #[test]
    fn a_coarse_map_covers_its_part_of_the_picture() {
        let picture = RgbImage::new(4, 6);
        let map = RgbImage::from_fn(2, 3, |x, y| Rgb([x as u8, y as u8, 9]));
        let covered = overlay(&picture, &map, 1.0);
        for (x, y, pixel) in covered.enumerate_pixels() {
            assert_eq!(pixel, map.get_pixel(x / 2, y / 2));
        }
    }

    #[test]
    fn a_flat_picture_has_a_heat_map_too() {
        let input = Input { height: 1, width: 2, data: vec![0.3; 6] };
        let drawn = heatmap(&input, &map(1, 1, vec![4.0]), 1);
        let reds: Vec<u8> = drawn.pixels().map(|pixel| pixel.0[0]).collect();
        // 0.75 of full red: the map stands at its greatest value.
        assert_eq!(reds, [0, 0, 0, 191, 191]);
    }

    proptest! {
        #[test]
        fn an_overlay_lies_between_picture_and_map(
            under in any::<[u8; 3]>(), over in any::<[u8; 3]>(), opacity in -1.0f32..2.0,
        ) {
            let picture = RgbImage::from_pixel(3, 2, Rgb(under));
            let blended = overlay(&picture, &RgbImage::from_pixel(1, 1, Rgb(over)), opacity);
            prop_assert_eq!(blended.dimensions(), (3, 2));
            for pixel in blended.pixels() {
                for ((value, under), over) in pixel.0.into_iter().zip(under).zip(over) {
                    prop_assert!((under.min(over)..=under.max(over)).contains(&value));
                    if opacity <= 0.0 { prop_assert_eq!(value, under); }
                    if opacity >= 1.0 { prop_assert_eq!(value, over); }
                }
            }
        }
    }
}

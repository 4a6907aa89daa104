//! Maps in colours, alone and over the picture they belong to.

use crate::image::{Input, RgbImage};
use crate::maps::{PonderMap, Range, nearest};

use super::Colormap;

/// The map in colours, one pixel a value.
pub fn colorize(map: &PonderMap, range: Range, colormap: Colormap) -> RgbImage {
    RgbImage::from_fn(map.width as u32, map.height as u32, |x, y| {
        let value = map.values[y as usize * map.width + x as usize];
        ::image::Rgb(colormap.color(range.position(value)))
    })
}

/// The coloured map over the picture at `opacity` 0..1; the map is brought to the picture's size by nearest neighbour.
pub fn overlay(picture: &RgbImage, map: &RgbImage, opacity: f32) -> RgbImage {
    if map.width() == 0 || map.height() == 0 {
        return picture.clone();
    }
    let opacity = if opacity.is_nan() { 0.0 } else { opacity.clamp(0.0, 1.0) };
    let mut blended = picture.clone();
    let rows = source_pixels(map.height(), picture.height());
    let columns = source_pixels(map.width(), picture.width());
    for (x, y, pixel) in blended.enumerate_pixels_mut() {
        let over = map.get_pixel(columns[x as usize], rows[y as usize]);
        for (value, over) in pixel.0.iter_mut().zip(over.0) {
            *value = (f32::from(*value) * (1.0 - opacity) + f32::from(over) * opacity).round() as u8;
        }
    }
    blended
}

/// The reference's heat map: the network's input, brought to 0..1, beside itself dimmed to a quarter with the map
/// in the red channel, `border` black pixels between them (specification, section 6).
///
/// The map's greatest possible value stands for full red.
pub fn heatmap(input: &Input, map: &PonderMap, border: usize) -> RgbImage {
    const ALPHA: f32 = 0.75;
    let low = input.data.iter().copied().fold(f32::INFINITY, f32::min);
    let high = input.data.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let scale = Range { low, high };
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

//! From a picture to network input (specification, section 5).

use super::{Input, InputSize, Preprocessing, RgbImage, resize};

/// Resizes and normalises a picture for a network.
///
/// The picture must not be empty; those of [`open`](super::open) and [`decode`](super::decode) never are.
pub fn prepare(picture: &RgbImage, size: InputSize, preprocessing: Preprocessing) -> Input {
    let (height, width) = input_dimensions(picture.height(), picture.width(), size);
    let mut input = if (height, width) == (picture.height() as usize, picture.width() as usize) {
        let data = picture.as_raw().iter().copied().map(f32::from).collect();
        Input { height, width, data }
    } else {
        resize::resize_bicubic(picture, height, width)
    };
    normalise(&mut input.data, preprocessing);
    input
}

/// ImageNet's evaluation input: the central 87.5 % of the picture, bilinearly resized to 224 x 224, in -1..1.
///
/// The picture must not be empty.
pub fn evaluation_crop(picture: &RgbImage) -> Input {
    const EDGE: usize = 224;
    let central = |length: u32| {
        let start = length as usize / 16;
        start..length as usize - start
    };
    let mut input =
        resize::resize_bilinear(picture, central(picture.height()), central(picture.width()), EDGE, EDGE);
    normalise(&mut input.data, Preprocessing::MinusOneToOne);
    input
}

/// Rows and columns of the network input for a picture of `height` x `width`; at least one each.
///
/// The shorter edge is computed in float32 and truncated, as the reference does.
pub fn input_dimensions(height: u32, width: u32, size: InputSize) -> (usize, usize) {
    let InputSize::LongerEdge(longer) = size else { return (height as usize, width as usize) };
    let longer = longer.max(1);
    let shorter = |short: u32, long: u32| ((short as f32 / long as f32 * longer as f32) as usize).max(1);
    if height > width {
        (longer as usize, shorter(width, height))
    } else {
        (shorter(height, width), longer as usize)
    }
}

/// Pixel values 0..255 to what the network expects, in place.
fn normalise(values: &mut [f32], preprocessing: Preprocessing) {
    match preprocessing {
        Preprocessing::MinusOneToOne => {
            for value in values {
                *value = *value / 255.0 * 2.0 - 1.0;
            }
        }
        Preprocessing::Standardise => {
            let count = values.len() as f64;
            let mean = values.iter().copied().map(f64::from).sum::<f64>() / count;
            let variance = values.iter().map(|&value| (f64::from(value) - mean).powi(2)).sum::<f64>() / count;
            // The floor keeps a picture of one colour from being divided by zero.
            let deviation = variance.sqrt().max(1.0 / count.sqrt());
            for value in values {
                *value = ((f64::from(*value) - mean) / deviation) as f32;
            }
        }
    }
}

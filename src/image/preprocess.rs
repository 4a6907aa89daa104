//! From a picture to network input (specification, section 5).

use std::borrow::Cow;

use ::image::imageops::{self, FilterType};

use super::{Input, InputSize, Preprocessing, RgbImage, resize};

/// Pixels of the largest input. A larger one would need several gigabytes of a network's states, and the paper's
/// networks see best at a tenth of it.
pub const MAX_INPUT_PIXELS: usize = 4 << 20;

/// An input would be beyond [`MAX_INPUT_PIXELS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "an input of {width} × {height} pixels is larger than the {:.1} megapixels allowed: choose a smaller input size",
    MAX_INPUT_PIXELS as f64 / 1e6
)]
pub struct InputTooLarge {
    pub height: usize,
    pub width: usize,
}

/// Whether a network takes an input of `height` x `width`; to be asked before one is made.
///
/// # Errors
/// [`InputTooLarge`].
pub fn check_input_dimensions((height, width): (usize, usize)) -> Result<(), InputTooLarge> {
    if height.saturating_mul(width) > MAX_INPUT_PIXELS {
        return Err(InputTooLarge { height, width });
    }
    Ok(())
}

/// A picture at `height` x `width`, stretched if it has others; what a dataset's pictures of odd sizes go through.
pub fn of_dimensions(picture: &RgbImage, (height, width): (usize, usize)) -> Cow<'_, RgbImage> {
    let (height, width) = (height as u32, width as u32);
    if picture.dimensions() == (width, height) {
        return Cow::Borrowed(picture);
    }
    Cow::Owned(imageops::resize(picture, width, height, FilterType::Triangle))
}

/// Resizes and normalises a picture for a network. The picture must not be empty; those of [`open`](super::open) and
/// [`decode`](super::decode) never are.
///
/// # Errors
/// [`InputTooLarge`], before anything is resized.
pub fn prepare(
    picture: &RgbImage,
    size: InputSize,
    preprocessing: Preprocessing,
) -> Result<Input, InputTooLarge> {
    let (height, width) = input_dimensions(picture.height(), picture.width(), size);
    check_input_dimensions((height, width))?;
    let mut input = if (height, width) == (picture.height() as usize, picture.width() as usize) {
        let data = picture.as_raw().iter().copied().map(f32::from).collect();
        Input { height, width, data }
    } else {
        resize::resize_bicubic(picture, height, width)
    };
    normalise(&mut input.data, preprocessing);
    Ok(input)
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

#[cfg(test)]
mod tests {
    use super::*;
    use ::image::Rgb;
    use proptest::prelude::*;

    const BOTH: [Preprocessing; 2] = [Preprocessing::Standardise, Preprocessing::MinusOneToOne];

    fn noise(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| {
            Rgb([7, 40, 90].map(|k| (x * 97 + y * 61 + x * y * 13 + k) as u8))
        })
    }

    #[test]
    fn the_central_part_of_the_tiniest_picture_is_all_of_it() {
        let input = evaluation_crop(&RgbImage::from_pixel(1, 1, Rgb([255, 0, 51])));
        assert_eq!(input.data.len(), 224 * 224 * 3);
        for pixel in input.data.chunks_exact(3) {
            assert!(
                pixel.iter().zip([1.0, -1.0, -0.6]).all(|(value, expected)| (value - expected).abs() < 1e-6)
            );
        }
    }

    #[test]
    fn a_picture_of_one_colour_standardises_to_nothing() {
        let input = prepare(&RgbImage::from_pixel(9, 5, Rgb([130; 3])), InputSize::Native, BOTH[0]).unwrap();
        assert!(input.data.iter().all(|&value| value == 0.0));
    }

    #[test]
    fn the_largest_input_is_one_of_so_many_pixels() {
        let (side, size) = (2048, InputSize::LongerEdge(2048));
        assert_eq!((side * side) as usize, MAX_INPUT_PIXELS);
        assert_eq!(check_input_dimensions(input_dimensions(side, side, InputSize::Native)), Ok(()));
        let refused = Err(InputTooLarge { height: 2049, width: 2048 });
        assert_eq!(check_input_dimensions(input_dimensions(side + 1, side, InputSize::Native)), refused);
        assert_eq!(check_input_dimensions(input_dimensions(side + 1, side, size)), Ok(()));
        // What a file can claim without holding it.
        assert!(check_input_dimensions((usize::MAX, usize::MAX)).is_err());
    }

    proptest! {
        #[test]
        fn every_picture_becomes_a_whole_input(
            width in 1u32..90, height in 1u32..90, edge in 0u32..120, choice in 0usize..2,
        ) {
            let input = prepare(&noise(width, height), InputSize::LongerEdge(edge), BOTH[choice]).unwrap();
            prop_assert_eq!(input.height.max(input.width), edge.max(1) as usize);
            prop_assert!(input.height.min(input.width) >= 1);
            prop_assert_eq!(input.data.len(), 3 * input.height * input.width);
            prop_assert!(input.data.iter().all(|value| value.is_finite()));
        }

        #[test]
        fn resizing_to_its_own_size_changes_nothing(width in 1u32..60, height in 1u32..60) {
            let picture = noise(width, height);
            let resized = resize::resize_bicubic(&picture, height as usize, width as usize);
            prop_assert!(resized.data.iter().zip(picture.as_raw()).all(|(&a, &b)| a == f32::from(b)));
        }

        #[test]
        fn standardised_values_have_mean_0_and_deviation_1(width in 2u32..60, height in 2u32..60) {
            let values = prepare(&noise(width, height), InputSize::Native, BOTH[0]).unwrap().data;
            let count = values.len() as f64;
            let mean = values.iter().copied().map(f64::from).sum::<f64>() / count;
            let variance = values.iter().map(|&value| (f64::from(value) - mean).powi(2)).sum::<f64>() / count;
            prop_assert!(mean.abs() < 1e-5 && (variance - 1.0).abs() < 1e-5);
        }
    }
}

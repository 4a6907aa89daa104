//! Pictures as training sees them (specification, section 5).

use ::image::imageops::{self, FilterType};
use rand::Rng;

use crate::image::{Input, InputSize, InputTooLarge, RgbImage, of_dimensions, prepare};
use crate::network::Family;

/// Share of a picture's area that an ImageNet crop has, and its width over its height.
const AREA: (f32, f32) = (0.05, 1.0);
const ASPECT: (f32, f32) = (0.75, 1.333);

/// A picture, changed at random as the family's reference does: CIFAR's is shifted by up to `shift` pixels, zeros moving in, and flipped, ImageNet's is a
/// crop of random area and aspect, flipped, its colours changed.
pub(super) fn augmented(
    family: Family,
    picture: &RgbImage,
    shift: u32,
    random: &mut impl Rng,
) -> Result<Input, InputTooLarge> {
    let size = family.published_size();
    let mut picture = match family {
        Family::Cifar => shifted(&of_dimensions(picture, size), shift, random),
        Family::ImageNet => coloured(cropped(picture, size, random), random),
    };
    if random.random_bool(0.5) {
        imageops::flip_horizontal_in_place(&mut picture);
    }
    prepare(&picture, InputSize::Native, family.preprocessing())
}

fn shifted(picture: &RgbImage, most: u32, random: &mut impl Rng) -> RgbImage {
    let mut shift = || i64::from(most) - i64::from(random.random_range(0..=2 * most));
    let mut out = RgbImage::new(picture.width(), picture.height());
    imageops::replace(&mut out, picture, shift(), shift());
    out
}

fn cropped(picture: &RgbImage, (height, width): (usize, usize), random: &mut impl Rng) -> RgbImage {
    let (height, width) = (height as u32, width as u32);
    let (whole_width, whole_height) = (picture.width() as f32, picture.height() as f32);
    // As TensorFlow: some tries, then the whole picture.
    for _ in 0..100 {
        let area = random.random_range(AREA.0..AREA.1) * whole_width * whole_height;
        let aspect = random.random_range(ASPECT.0..ASPECT.1);
        let (crop_width, crop_height) = ((area * aspect).sqrt(), (area / aspect).sqrt());
        if crop_width < 1.0 || crop_height < 1.0 || crop_width > whole_width || crop_height > whole_height {
            continue;
        }
        let x = random.random_range(0.0..=whole_width - crop_width) as u32;
        let y = random.random_range(0.0..=whole_height - crop_height) as u32;
        let crop = imageops::crop_imm(picture, x, y, crop_width as u32, crop_height as u32);
        return imageops::resize(&*crop, width, height, FilterType::Triangle);
    }
    imageops::resize(picture, width, height, FilterType::Triangle)
}

fn coloured(mut picture: RgbImage, random: &mut impl Rng) -> RgbImage {
    imageops::colorops::brighten_in_place(&mut picture, random.random_range(-32..=32));
    saturate(&mut picture, random.random_range(0.5..1.5));
    imageops::colorops::huerotate_in_place(&mut picture, random.random_range(-72..=72));
    imageops::colorops::contrast_in_place(&mut picture, random.random_range(-30.0..22.0));
    picture
}

/// Colours so many times as far from grey.
fn saturate(picture: &mut RgbImage, factor: f32) {
    for pixel in picture.pixels_mut() {
        let [r, g, b] = pixel.0.map(f32::from);
        let grey = 0.299 * r + 0.587 * g + 0.114 * b;
        pixel.0 = [r, g, b].map(|value| (grey + factor * (value - grey)) as u8);
    }
}

#[cfg(test)]
mod tests {
    use ::image::Rgb;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn a_cifar_picture_is_shifted_by_two_at_most_and_flipped_half_of_the_time() {
        let picture = RgbImage::from_fn(32, 32, |x, y| Rgb([x as u8 + 1, y as u8 + 1, 200]));
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let (mut flipped, mut shifts) = (0, std::collections::BTreeSet::new());
        for _ in 0..400 {
            let input = augmented(Family::Cifar, &picture, 2, &mut random).unwrap();
            assert_eq!((input.height, input.width, input.data.len()), (32, 32, 3072));
            // Red grows from left to right, unless flipped.
            let at = |x: usize, channel: usize| input.data[(16 * 32 + x) * 3 + channel];
            flipped += usize::from(at(10, 0) > at(20, 0));
            let step = (at(20, 0) - at(10, 0)).abs() / 10.0;
            shifts.insert(((at(16, 1) - at(16, 0)) / step).round() as i32);
        }
        assert!((150..250).contains(&flipped), "{flipped}");
        assert!(shifts.len() >= 5, "{shifts:?}");
    }

    #[test]
    fn an_imagenet_picture_of_any_shape_becomes_an_input() {
        let mut random = ChaCha8Rng::seed_from_u64(4);
        for (width, height) in [(1, 1), (400, 20), (300, 500)] {
            let picture = RgbImage::from_fn(width, height, |x, y| Rgb([x as u8, y as u8, 7]));
            let input = augmented(Family::ImageNet, &picture, 0, &mut random).unwrap();
            assert_eq!(input.data.len(), 224 * 224 * 3);
            assert!(input.data.iter().all(|value| (-1.0..=1.0).contains(value)));
        }
    }
}

//! Decoding: formats, orientation, transparency, limits and bad input.

use std::io::Cursor;

use flate2::Crc;
use image::codecs::gif::GifEncoder;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ExtendedColorType, ImageEncoder, ImageFormat, Rgb, RgbImage};
use ponderscope::image::{self as pictures, ImageError};
use proptest::prelude::*;

const CORNERS: [[u8; 3]; 4] = [[200, 30, 30], [30, 200, 30], [30, 30, 200], [240, 240, 240]];

/// A drawing of four flat quarters, wider than high or the other way round.
fn quarters(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        Rgb(CORNERS[usize::from(x >= width / 2) + 2 * usize::from(y >= height / 2)])
    })
}

fn encode(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn assert_near(picture: &RgbImage, expected: &RgbImage, tolerance: u8, what: &str) {
    assert_eq!(picture.dimensions(), expected.dimensions(), "{what}");
    for (x, y, pixel) in picture.enumerate_pixels() {
        let expected = expected.get_pixel(x, y);
        let near =
            pixel.0.iter().zip(expected.0).all(|(&value, expected)| value.abs_diff(expected) <= tolerance);
        assert!(near, "{what}: {pixel:?} at {x}, {y}, expected {expected:?}");
    }
}

const FORMATS: [(ImageFormat, u8); 7] = [
    (ImageFormat::Png, 0),
    (ImageFormat::Jpeg, 60),
    (ImageFormat::WebP, 0),
    (ImageFormat::Bmp, 0),
    (ImageFormat::Tiff, 0),
    (ImageFormat::Gif, 2),
    (ImageFormat::Pnm, 0),
];

#[test]
fn every_format_is_told_by_its_content() {
    let picture = quarters(48, 32);
    for (format, tolerance) in FORMATS {
        let decoded = pictures::decode(&encode(&picture.clone().into(), format), "picture.txt").unwrap();
        assert_near(&decoded, &picture, tolerance, &format!("{format:?}"));
    }
}

/// A tag block (TIFF) with an orientation entry alone.
fn exif(orientation: u8) -> Vec<u8> {
    let mut tags = b"MM\0\x2a\0\0\0\x08\0\x01".to_vec();
    tags.extend([0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0]);
    tags
}

#[test]
fn every_orientation_comes_out_upright() {
    let upright = quarters(48, 32);
    let (width, height) = upright.dimensions();
    // What the tag says: which side of the upright picture the first stored row and column are.
    type Side = char;
    let sides: [(Side, Side); 8] =
        [('t', 'l'), ('t', 'r'), ('b', 'r'), ('b', 'l'), ('l', 't'), ('r', 't'), ('r', 'b'), ('l', 'b')];
    for (tag, (first_row, first_column)) in (1..).zip(sides) {
        let turned = matches!(first_row, 'l' | 'r');
        let (stored_width, stored_height) = if turned { (height, width) } else { (width, height) };
        let stored = RgbImage::from_fn(stored_width, stored_height, |column, row| {
            let (mut x, mut y) = (0, 0);
            for (side, step) in [(first_row, row), (first_column, column)] {
                match side {
                    'l' => x = step,
                    'r' => x = width - 1 - step,
                    't' => y = step,
                    _ => y = height - 1 - step,
                }
            }
            *upright.get_pixel(x, y)
        });
        let mut bytes = Vec::new();
        let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 100);
        encoder.set_exif_metadata(exif(tag)).unwrap();
        encoder.write_image(stored.as_raw(), stored_width, stored_height, ExtendedColorType::Rgb8).unwrap();
        let decoded = pictures::decode(&bytes, "turned.jpg").unwrap();
        assert_near(&decoded, &upright, 8, &format!("orientation {tag}"));
    }
}

#[test]
fn grey_sixteen_bit_and_transparent_pictures_become_plain_rgb() {
    let grey = image::GrayImage::from_pixel(3, 2, image::Luma([77]));
    let sixteen = image::ImageBuffer::from_pixel(3, 2, Rgb([257u16 * 12, 257 * 200 + 100, 65535]));
    let grey_sixteen = image::ImageBuffer::from_pixel(3, 2, image::Luma([257u16 * 90]));
    let half_clear = image::RgbaImage::from_pixel(3, 2, image::Rgba([200, 100, 0, 128]));
    let all_clear = image::RgbaImage::from_pixel(3, 2, image::Rgba([200, 100, 0, 0]));
    let clear_grey = image::GrayAlphaImage::from_pixel(3, 2, image::LumaA([0, 51]));
    let cases: [(DynamicImage, [u8; 3]); 6] = [
        (grey.into(), [77, 77, 77]),
        (sixteen.into(), [12, 200, 255]),
        (grey_sixteen.into(), [90, 90, 90]),
        // Over white: 200 * 128/255 + 255 * 127/255, and so on.
        (half_clear.into(), [227, 177, 127]),
        (all_clear.into(), [255, 255, 255]),
        (clear_grey.into(), [204, 204, 204]),
    ];
    for (picture, expected) in cases {
        let decoded = pictures::decode(&encode(&picture, ImageFormat::Png), "picture.png").unwrap();
        let flat = RgbImage::from_pixel(3, 2, Rgb(expected));
        assert_near(&decoded, &flat, 0, &format!("{:?}", picture.color()));
    }
}

#[test]
fn the_first_frame_of_an_animation_counts() {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    for shade in [10, 250] {
        let frame = image::RgbaImage::from_pixel(8, 8, image::Rgba([shade, shade, shade, 255]));
        encoder.encode_frame(image::Frame::new(frame)).unwrap();
    }
    drop(encoder);
    let decoded = pictures::decode(&bytes, "animation.gif").unwrap();
    assert_near(&decoded, &RgbImage::from_pixel(8, 8, Rgb([10; 3])), 1, "first frame");
}

#[test]
fn inks_of_a_cmyk_jpeg_become_their_colours() {
    // Drawn and saved by Pillow: pure red, green and blue of two inks each, and a grey of half black.
    let decoded = pictures::decode(include_bytes!("cmyk.jpg"), "cmyk.jpg").unwrap();
    let corners = [(4, 4), (24, 4), (4, 24), (24, 24)].map(|(x, y)| *decoded.get_pixel(x, y));
    for (found, expected) in corners.iter().zip([[255, 0, 0], [0, 255, 0], [0, 0, 255], [127; 3]]) {
        assert!(found.0.iter().zip(expected).all(|(&a, b)| a.abs_diff(b) <= 4), "{corners:?}");
    }
}

/// A PNG of this size as far as its header goes.
fn png_header(width: u32, height: u32) -> Vec<u8> {
    let mut chunk = b"IHDR".to_vec();
    chunk.extend(width.to_be_bytes());
    chunk.extend(height.to_be_bytes());
    chunk.extend([8, 2, 0, 0, 0]);
    let mut crc = Crc::new();
    crc.update(&chunk);
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0d".to_vec();
    bytes.extend(chunk);
    bytes.extend(crc.sum().to_be_bytes());
    bytes
}

#[test]
fn a_decompression_bomb_is_refused_by_its_header() {
    let error = pictures::decode(&png_header(60_000, 60_000), "bomb.png").unwrap_err();
    assert!(matches!(error, ImageError::TooManyPixels { width: 60_000, height: 60_000, .. }), "{error}");
    assert!(error.to_string().starts_with("bomb.png claims 60000 x 60000 pixels"), "{error}");

    let mut bitmap = encode(&quarters(4, 4).into(), ImageFormat::Bmp);
    bitmap[18..26].copy_from_slice(&[0x60, 0xEA, 0, 0, 0x60, 0xEA, 0, 0]);
    let error = pictures::decode(&bitmap, "bomb.bmp").unwrap_err();
    assert!(matches!(error, ImageError::TooManyPixels { .. }), "{error}");
}

#[test]
fn a_picture_cut_short_is_refused_whole() {
    let noise = RgbImage::from_fn(96, 64, |x, y| Rgb([0, 85, 170].map(|k| (x * 37 + y * y * 11 + k) as u8)));
    let mut progressive = include_bytes!("progressive.jpg").to_vec();
    assert!(pictures::decode(&progressive, "whole.jpg").is_ok());
    progressive.truncate(progressive.len() * 2 / 3);
    let error = pictures::decode(&progressive, "half.jpg").unwrap_err();
    assert!(matches!(error, ImageError::CutShort { .. }), "{error}");
    for (format, _) in FORMATS {
        let bytes = encode(&noise.clone().into(), format);
        for share in [30, 60, 90, 99] {
            let cut = &bytes[..bytes.len() * share / 100];
            let error = pictures::decode(cut, "half.picture")
                .err()
                .unwrap_or_else(|| panic!("{format:?} with {share} % of its bytes was taken for whole"));
            assert!(error.to_string().contains("half.picture"), "{format:?}: {error}");
        }
    }
}

#[test]
fn what_is_no_picture_is_said_to_be_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("notes.png"), "these are notes").unwrap();
    std::fs::write(path("empty.jpg"), "").unwrap();
    let says = |name: &str, sentence: &str| {
        let error = pictures::open(&path(name)).unwrap_err().to_string();
        assert!(error.contains(&path(name).display().to_string()), "{error}");
        assert!(error.contains(sentence), "{error}");
        assert!(error.contains(": "), "no remedy: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    };
    says("notes.png", "is not a picture");
    says("empty.jpg", "is empty");
    says("gone.png", "cannot read");
    says("", "is a folder");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_damaged_file_never_panics(
        format in 0..FORMATS.len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut bytes = encode(&quarters(24, 16).into(), FORMATS[format].0);
        for (place, value) in changes {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        if let Err(error) = pictures::decode(&bytes, "damaged.picture") {
            prop_assert!(error.to_string().contains("damaged.picture"));
            prop_assert_eq!(error.to_string().lines().count(), 1);
        }
    }
}

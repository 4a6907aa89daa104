//! From the bytes of a picture file to upright 8-bit RGB.
//!
//! The format is told by the content, never by the file's name. Orientation tags are obeyed, transparent pixels
//! lie on white, 16-bit samples are rounded to 8, and of an animation the first frame counts. Colour profiles are
//! not applied, as the reference does not apply them.

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;

use ::image::error::{ImageError as CodecError, LimitErrorKind};
use ::image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbImage, RgbaImage};

use crate::message::first_line;

/// Pictures with more pixels are refused before anything is decoded.
pub const MAX_PIXELS: u64 = 100_000_000;
/// Memory that a decoded picture may take.
pub const MAX_MEMORY_BYTES: u64 = 1 << 30;
/// Larger files are refused before they are read.
pub const MAX_FILE_BYTES: u64 = 512 << 20;

/// Why a picture cannot be used; every message names the file.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    #[error("cannot read {name} ({reason}): check the path and that the file may be read")]
    Read { name: String, reason: std::io::Error },
    #[error("{name} is a folder: name a picture inside it")]
    Folder { name: String },
    #[error("{name} is empty: it may not have been copied whole")]
    Empty { name: String },
    #[error("{name} is larger than {} MiB: save the picture in a smaller file", MAX_FILE_BYTES >> 20)]
    FileTooLarge { name: String },
    #[error("{name} is not a picture: open a PNG, JPEG, WebP, BMP, TIFF, GIF or PNM file")]
    NotAPicture { name: String },
    #[error("{name} has a kind of picture that is not supported ({reason}): save it as PNG or JPEG")]
    Unsupported { name: String, reason: String },
    #[error(
        "{name} claims {width} x {height} pixels, more than the {} million allowed: make the picture smaller",
        MAX_PIXELS / 1_000_000
    )]
    TooManyPixels { name: String, width: u32, height: u32 },
    #[error("{name} would need more than {} MiB to decode: make the picture smaller", MAX_MEMORY_BYTES >> 20)]
    TooMuchMemory { name: String },
    #[error("{name} is cut short: copy or download the file again")]
    CutShort { name: String },
    #[error("{name} is damaged ({reason}): copy or download the file again")]
    Damaged { name: String, reason: String },
}

/// Decodes a picture file to 8-bit RGB, upright; never an empty picture.
///
/// # Errors
/// Every [`ImageError`]; the file's name in it is `path` as given.
pub fn open(path: &Path) -> Result<RgbImage, ImageError> {
    let name = path.display().to_string();
    let read_error = |reason| ImageError::Read { name: name.clone(), reason };
    if path.is_dir() {
        return Err(ImageError::Folder { name });
    }
    let mut bytes = Vec::new();
    // Counted while reading: a device or a pipe does not tell its length.
    File::open(path)
        .and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes))
        .map_err(read_error)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(ImageError::FileTooLarge { name });
    }
    decode(&bytes, &name)
}

/// Decodes a picture held in memory to 8-bit RGB, upright; `name` stands in errors. Never an empty picture.
///
/// # Errors
/// Every [`ImageError`] but those about reading the file.
pub fn decode(bytes: &[u8], name: &str) -> Result<RgbImage, ImageError> {
    let named = || name.to_owned();
    if bytes.is_empty() {
        return Err(ImageError::Empty { name: named() });
    }
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(|reason| ImageError::Read { name: named(), reason })?;
    let format = reader.format().ok_or_else(|| ImageError::NotAPicture { name: named() })?;
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_MEMORY_BYTES);
    reader.limits(limits);

    if format == ImageFormat::Png {
        // The decoder tells a PNG's size only after everything before its pixels was read.
        png_dimensions(bytes).map_or(Ok(()), |dimensions| check_pixels(dimensions, name))?;
    }
    let mut decoder = reader.into_decoder().map_err(|error| explain(error, name))?;
    let (width, height) = decoder.dimensions();
    check_pixels((width, height), name)?;
    if width == 0 || height == 0 {
        return Err(ImageError::Damaged { name: named(), reason: "it has no pixels".to_owned() });
    }
    if decoder.total_bytes() > MAX_MEMORY_BYTES {
        return Err(ImageError::TooMuchMemory { name: named() });
    }
    if format == ImageFormat::Jpeg && !jpeg_ends(bytes) {
        return Err(ImageError::CutShort { name: named() });
    }
    // A broken orientation tag is no reason to refuse the picture it stands beside.
    let orientation = decoder.orientation().ok();
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|error| explain(error, name))?;
    if let Some(orientation) = orientation {
        picture.apply_orientation(orientation);
    }
    Ok(on_white(picture))
}

fn check_pixels((width, height): (u32, u32), name: &str) -> Result<(), ImageError> {
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(ImageError::TooManyPixels { name: name.to_owned(), width, height });
    }
    Ok(())
}

/// Width and height in a PNG's header, which is its first chunk.
fn png_dimensions(bytes: &[u8]) -> Option<(u32, u32)> {
    let edge = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    Some((edge(16)?, edge(20)?))
}

/// The picture without transparency: what shines through is white, the colour of paper.
fn on_white(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let rgba: RgbaImage = picture.into_rgba8();
    RgbImage::from_fn(rgba.width(), rgba.height(), |x, y| {
        let [red, green, blue, alpha] = rgba.get_pixel(x, y).0.map(u16::from);
        let blend = |value: u16| ((value * alpha + 255 * (255 - alpha) + 127) / 255) as u8;
        ::image::Rgb([blend(red), blend(green), blend(blue)])
    })
}

/// Whether a JPEG reaches its end-of-image marker. The decoder fills what is missing with grey and says nothing, so
/// half a picture would pass for a whole one.
fn jpeg_ends(bytes: &[u8]) -> bool {
    const START_OF_IMAGE: u8 = 0xD8;
    const END_OF_IMAGE: u8 = 0xD9;
    let mut at = 0;
    while let Some(&[first, marker]) = bytes.get(at..at + 2) {
        match (first, marker) {
            (0xFF, END_OF_IMAGE) => return true,
            // A fill byte before a marker.
            (0xFF, 0xFF) => at += 1,
            // Markers without a length: stuffed bytes and restarts of a scan among them.
            (0xFF, START_OF_IMAGE | 0x00 | 0x01 | 0xD0..=0xD7) => at += 2,
            // A segment with its length; a thumbnail, which has an end of its own, is skipped along with it.
            (0xFF, _) => {
                let Some(&[high, low]) = bytes.get(at + 2..at + 4) else { return false };
                at += 2 + usize::from(u16::from_be_bytes([high, low]));
            }
            // A byte of a scan.
            _ => at += 1,
        }
    }
    false
}

/// A codec's error as one sentence for people.
fn explain(error: CodecError, name: &str) -> ImageError {
    let name = name.to_owned();
    match error {
        CodecError::Unsupported(error) => ImageError::Unsupported { name, reason: first_line(&error) },
        CodecError::Limits(error) if error.kind() == LimitErrorKind::InsufficientMemory => {
            ImageError::TooMuchMemory { name }
        }
        CodecError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            ImageError::CutShort { name }
        }
        error => {
            let reason = first_line(&error);
            ImageError::Damaged { name, reason }
        }
    }
}

//! PNG with its resolution and the text that says how it was made.

use ::png::{BitDepth, ColorType, Compression, Encoder, EncodingError, PixelDimensions, Unit};

use super::super::command_line::Provenance;
use super::super::scene::Scene;
use super::super::{FigureError, text};
use super::render::{self, Pixels};
use crate::image::RgbImage;

pub(super) fn encode(
    scene: &Scene,
    dpi: u32,
    title: &str,
    provenance: &Provenance,
) -> Result<Vec<u8>, FigureError> {
    let pixels = render::render(scene, dpi as f32 / 72.0)?;
    let mut file = Vec::new();
    written(&mut file, &pixels, dpi, title, provenance).map_err(failed)?;
    Ok(file)
}

fn written(
    file: &mut Vec<u8>,
    pixels: &Pixels,
    dpi: u32,
    title: &str,
    provenance: &Provenance,
) -> Result<(), EncodingError> {
    let (color, data) = match pixels.opaque() {
        Some(opaque) => (ColorType::Rgb, opaque),
        None => (ColorType::Rgba, pixels.data.clone()),
    };
    let mut encoder = Encoder::new(file, pixels.width, pixels.height);
    encoder.set_color(color);
    describe(&mut encoder, dpi, title, provenance)?;
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&data)?;
    writer.finish()
}

/// Sets what all PNG of figures say of themselves.
pub(super) fn describe<W: std::io::Write>(
    encoder: &mut Encoder<'_, W>,
    dpi: u32,
    title: &str,
    provenance: &Provenance,
) -> Result<(), EncodingError> {
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::Balanced);
    let per_meter = (dpi as f32 / 0.0254).round() as u32;
    encoder.set_pixel_dims(Some(PixelDimensions { xppu: per_meter, yppu: per_meter, unit: Unit::Meter }));
    encoder.add_itxt_chunk("Title".to_owned(), text::plain(title))?;
    for (key, value) in provenance {
        encoder.add_itxt_chunk((*key).to_owned(), text::plain(value))?;
    }
    Ok(())
}

/// A picture's pixels as PNG and nothing else.
pub(super) fn plain(pixels: &RgbImage) -> Result<Vec<u8>, FigureError> {
    let mut file = Vec::new();
    let mut encode = || {
        let mut encoder = Encoder::new(&mut file, pixels.width(), pixels.height());
        encoder.set_color(ColorType::Rgb);
        encoder.set_depth(BitDepth::Eight);
        encoder.set_compression(Compression::Balanced);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(pixels.as_raw())?;
        writer.finish()
    };
    encode().map_err(failed)?;
    Ok(file)
}

pub(super) fn failed(error: EncodingError) -> FigureError {
    FigureError::Draw(error.to_string())
}

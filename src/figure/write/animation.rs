//! Animations: a frame a unit, again and again. A few frames are drawn at a time and written at once, so that their number
//! takes no memory.

use ::gif::{Encoder as GifEncoder, EncodingError, Frame, Repeat};
use ::png::{ColorType, Encoder};
use rayon::prelude::*;

use super::super::command_line::Provenance;
use super::super::scene::Scene;
use super::super::{FigureError, text};
use super::png;
use super::render::{self, MOST_PIXELS, Pixels};

/// How thoroughly colours are chosen, 1 (best) to 30.
const THOROUGHNESS: i32 = 10;

pub(super) fn gif(
    scenes: &[Scene],
    dpi: u32,
    delay: u32,
    provenance: &Provenance,
) -> Result<Vec<u8>, FigureError> {
    let (width, height) = size(scenes, dpi)?;
    let large = |_| FigureError::Draw(format!("{width} x {height} pixels are too many for a GIF"));
    let (width, height) = (u16::try_from(width).map_err(large)?, u16::try_from(height).map_err(large)?);
    let encoded = |mut pixels: Pixels| {
        // A pixel of a GIF is there or not.
        for pixel in pixels.data.chunks_exact_mut(4) {
            pixel[3] = if pixel[3] < 128 { 0 } else { u8::MAX };
        }
        let mut frame = Frame::from_rgba_speed(width, height, &mut pixels.data, THOROUGHNESS);
        // In hundredths of a second.
        frame.delay = ((delay + 5) / 10).try_into().unwrap_or(u16::MAX);
        frame.dispose = ::gif::DisposalMethod::Background;
        frame
    };
    let comment: Vec<String> =
        provenance.iter().map(|(key, value)| format!("{key}: {}", text::plain(value))).collect();

    let failed = |error: EncodingError| FigureError::Draw(error.to_string());
    let mut file = Vec::new();
    let mut encoder = GifEncoder::new(&mut file, width, height, &[]).map_err(failed)?;
    encoder.set_repeat(Repeat::Infinite).map_err(failed)?;
    encoder
        .write_raw_extension(::gif::Extension::Comment.into(), &[comment.join("\n").as_bytes()])
        .map_err(failed)?;
    each_frame(scenes, dpi, encoded, |frame| encoder.write_frame(&frame).map_err(failed))?;
    // Its end is written when it goes.
    drop(encoder);
    Ok(file)
}

pub(super) fn apng(
    scenes: &[Scene],
    dpi: u32,
    delay: u32,
    title: &str,
    provenance: &Provenance,
) -> Result<Vec<u8>, FigureError> {
    let (width, height) = size(scenes, dpi)?;
    // Nothing shines through paper.
    let opaque = scenes.iter().all(|scene| scene.paper.is_some());
    let encoded = |pixels: Pixels| if opaque { pixels.colors() } else { pixels.data };

    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, width, height);
    encoder.set_color(if opaque { ColorType::Rgb } else { ColorType::Rgba });
    png::describe(&mut encoder, dpi, title, provenance).map_err(png::failed)?;
    encoder.set_animated(scenes.len() as u32, 0).map_err(png::failed)?;
    encoder.set_frame_delay(delay.try_into().unwrap_or(u16::MAX), 1000).map_err(png::failed)?;
    let mut writer = encoder.write_header().map_err(png::failed)?;
    each_frame(scenes, dpi, encoded, |data| writer.write_image_data(&data).map_err(png::failed))?;
    writer.finish().map_err(png::failed)?;
    Ok(file)
}

/// Draws and encodes frames side by side, as many as have together no more pixels than one picture may have, and writes
/// them in order.
fn each_frame<T: Send>(
    scenes: &[Scene],
    dpi: u32,
    encoded: impl Fn(Pixels) -> T + Sync,
    mut write: impl FnMut(T) -> Result<(), FigureError>,
) -> Result<(), FigureError> {
    let (width, height) = size(scenes, dpi)?;
    let room = (MOST_PIXELS / (width as f32 * height as f32)) as usize;
    let scale = scale(dpi);
    for some in scenes.chunks(room.clamp(1, rayon::current_num_threads())) {
        let frames = some.par_iter().map(|scene| render::render(scene, scale).map(&encoded));
        frames.collect::<Result<Vec<T>, _>>()?.into_iter().try_for_each(&mut write)?;
    }
    Ok(())
}

/// Of every frame.
fn size(scenes: &[Scene], dpi: u32) -> Result<(u32, u32), FigureError> {
    let first = scenes.first().ok_or_else(|| FigureError::Draw("no frames".to_owned()))?;
    render::size(first, scale(dpi))
}

/// Pixels to a point.
fn scale(dpi: u32) -> f32 {
    dpi as f32 / 72.0
}

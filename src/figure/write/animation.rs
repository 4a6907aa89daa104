//! Animations: a frame a unit, again and again.

use ::gif::{Encoder as GifEncoder, EncodingError, Frame, Repeat};
use ::png::{ColorType, Encoder};
use rayon::prelude::*;

use super::super::command_line::Provenance;
use super::super::scene::Scene;
use super::super::{FigureError, text};
use super::png;
use super::render::{self, Pixels};

/// How thoroughly colours are chosen, 1 (best) to 30.
const THOROUGHNESS: i32 = 10;

pub(super) fn gif(
    scenes: &[Scene],
    dpi: u32,
    delay: u32,
    provenance: &Provenance,
) -> Result<Vec<u8>, FigureError> {
    let frames = rendered(scenes, dpi)?;
    let (width, height) = size(&frames)?;
    let large = |_| FigureError::Draw(format!("{width} x {height} pixels are too many for a GIF"));
    let (width, height) = (u16::try_from(width).map_err(large)?, u16::try_from(height).map_err(large)?);
    let encoded = frames.into_par_iter().map(|mut frame| {
        // A pixel of a GIF is there or not.
        for pixel in frame.data.chunks_exact_mut(4) {
            pixel[3] = if pixel[3] < 128 { 0 } else { u8::MAX };
        }
        let mut frame = Frame::from_rgba_speed(width, height, &mut frame.data, THOROUGHNESS);
        // In hundredths of a second.
        frame.delay = ((delay + 5) / 10).try_into().unwrap_or(u16::MAX);
        frame.dispose = ::gif::DisposalMethod::Background;
        frame
    });
    let encoded: Vec<Frame<'_>> = encoded.collect();
    let comment: Vec<String> =
        provenance.iter().map(|(key, value)| format!("{key}: {}", text::plain(value))).collect();

    let mut file = Vec::new();
    let mut write = || -> Result<(), EncodingError> {
        let mut encoder = GifEncoder::new(&mut file, width, height, &[])?;
        encoder.set_repeat(Repeat::Infinite)?;
        encoder.write_raw_extension(::gif::Extension::Comment.into(), &[comment.join("\n").as_bytes()])?;
        encoded.iter().try_for_each(|frame| encoder.write_frame(frame))
    };
    write().map_err(|error| FigureError::Draw(error.to_string()))?;
    Ok(file)
}

pub(super) fn apng(
    scenes: &[Scene],
    dpi: u32,
    delay: u32,
    title: &str,
    provenance: &Provenance,
) -> Result<Vec<u8>, FigureError> {
    let frames = rendered(scenes, dpi)?;
    let (width, height) = size(&frames)?;
    let opaque: Option<Vec<Vec<u8>>> = frames.iter().map(Pixels::opaque).collect();
    let (color, data) = match opaque {
        Some(opaque) => (ColorType::Rgb, opaque),
        None => (ColorType::Rgba, frames.into_iter().map(|frame| frame.data).collect()),
    };
    let mut file = Vec::new();
    let mut write = || {
        let mut encoder = Encoder::new(&mut file, width, height);
        encoder.set_color(color);
        png::describe(&mut encoder, dpi, title, provenance)?;
        encoder.set_animated(data.len() as u32, 0)?;
        encoder.set_frame_delay(delay.try_into().unwrap_or(u16::MAX), 1000)?;
        let mut writer = encoder.write_header()?;
        data.iter().try_for_each(|data| writer.write_image_data(data))?;
        writer.finish()
    };
    write().map_err(png::failed)?;
    Ok(file)
}

fn rendered(scenes: &[Scene], dpi: u32) -> Result<Vec<Pixels>, FigureError> {
    scenes.par_iter().map(|scene| render::render(scene, dpi as f32 / 72.0)).collect()
}

fn size(frames: &[Pixels]) -> Result<(u32, u32), FigureError> {
    let first = frames.first().ok_or_else(|| FigureError::Draw("no frames".to_owned()))?;
    Ok((first.width, first.height))
}

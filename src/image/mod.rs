//! Pictures in: decoding with limits, the reference's resizing, and what networks expect of their input.

use std::path::Path;

pub use ::image::RgbImage;
use serde::{Deserialize, Serialize};

/// How pixel values become network input (specification, section 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Preprocessing {
    /// CIFAR: each picture to mean 0 and standard deviation 1 over all its values, from 0..255.
    Standardise,
    /// ImageNet: 0..1 stretched to -1..1.
    MinusOneToOne,
}

/// How large a picture enters the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum InputSize {
    /// As it is.
    Native,
    /// Resized (legacy bicubic) so that its longer edge has this many pixels.
    LongerEdge(u32),
}

/// One preprocessed picture: `height * width * 3` values, row by row, red green blue.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    pub height: usize,
    pub width: usize,
    pub data: Vec<f32>,
}

/// Why a picture cannot be used; every message names the file.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    #[error("cannot read {name}: {source}")]
    Read { name: String, source: std::io::Error },
}

/// Decodes a picture file to 8-bit RGB, upright.
pub fn open(_path: &Path) -> Result<RgbImage, ImageError> {
    unimplemented!("placeholder until decoding lands")
}

/// Decodes a picture held in memory; `name` stands in errors.
pub fn decode(_bytes: &[u8], _name: &str) -> Result<RgbImage, ImageError> {
    unimplemented!("placeholder until decoding lands")
}

/// Resizes and normalises a picture for a network.
pub fn prepare(_picture: &RgbImage, _size: InputSize, _preprocessing: Preprocessing) -> Input {
    unimplemented!("placeholder until preprocessing lands")
}

//! Pictures in: decoding with limits, the reference's resizing, and what networks expect of their input.

mod decode;
mod preprocess;
mod resize;

use serde::{Deserialize, Serialize};

pub use ::image::RgbImage;
pub use decode::{ImageError, MAX_FILE_BYTES, MAX_MEMORY_BYTES, MAX_PIXELS, decode, open};
pub use preprocess::{
    InputTooLarge, MAX_INPUT_PIXELS, check_input_dimensions, evaluation_crop, input_dimensions,
    of_dimensions, prepare,
};
pub use resize::resize_bicubic;

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

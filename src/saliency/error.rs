//! What can be wrong with fixations.

use super::MAX_POSITIONS;
use crate::image::ImageError;

/// Why fixations cannot be used; every message names the file.
#[derive(Debug, thiserror::Error)]
pub enum SaliencyError {
    #[error(transparent)]
    Image(#[from] ImageError),
    #[error("cannot read {name} ({reason}): check the path and that it may be read")]
    Read { name: String, reason: std::io::Error },
    #[error("{name} has no fixations: a fixated position is white in a picture, or a line `x,y` in a text")]
    NoFixations { name: String },
    #[error(
        "in {name} every position is fixated, so there is none to tell it from: fixations are white on black"
    )]
    AllFixated { name: String },
    #[error(
        "the fixations of {name} are {width} x {height}, another shape than the map's {map_width} x {map_height}: take those of \
         the same picture, as wide and as high or in proportion"
    )]
    OtherShape { name: String, width: usize, height: usize, map_width: usize, map_height: usize },
    #[error(
        "the fixations of {name} are {width} x {height}, more than {} million positions: make the picture smaller",
        MAX_POSITIONS >> 20
    )]
    TooLarge { name: String, width: usize, height: usize },
    #[error(
        "line {line} of {name} has no x and y: write two numbers a line, in pixels from the upper left corner"
    )]
    NotPoints { name: String, line: usize },
    #[error("{name} {fault}: save the fixation map in MATLAB with `-v7`, or as a picture")]
    Mat { name: String, fault: &'static str },
}

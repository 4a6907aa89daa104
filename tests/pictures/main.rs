//! Pictures in and out as a person meets them: decoding, preprocessing, maps and figures.

mod decoding;
mod reference;

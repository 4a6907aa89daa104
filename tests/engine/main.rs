//! The engine against the reference's fixtures, and against a plain masked-dense evaluation.

mod dense;
mod dense_agrees;
mod parity;
mod support;

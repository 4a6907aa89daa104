//! Pictures in and out as a person meets them: decoding, preprocessing, maps, figures and the `map` command.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]
mod decoding;
mod fixture;
mod map_command;
mod reference;

//! Pictures in and out as a person meets them: decoding, preprocessing, maps, figures and the `map` command.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]
#[path = "../common/mod.rs"]
mod common;
mod decoding;
mod fixture;
mod map_command;
mod reference;

//! `ponderscope figure` from the outside: the command is run, and its files are read by others.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]
#[path = "../common/mod.rs"]
mod common;
mod desk;
mod formats;
mod layouts;
mod refusals;

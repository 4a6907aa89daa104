//! `ponderscope figure` from the outside: the command is run, and its files are read by others.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]
mod desk;
mod formats;
mod layouts;
#[path = "../common/left_out.rs"]
mod left_out;
mod refusals;

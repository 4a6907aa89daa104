//! The engine against the reference's fixtures, and against a plain masked-dense evaluation; what it allocates; its timing.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop at the first surprise")]

mod allocations;
mod bench_command;
#[path = "../common/mod.rs"]
mod common;
mod dense;
mod dense_agrees;
mod parity;
mod preview;
mod support;

//! Weights in and out: the reference's checkpoints, checkpoints written here, damage, traps, and the command line.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking, as tests do")]

#[path = "../common/bundle.rs"]
mod bundle;
mod cli;
#[path = "../common/mod.rs"]
mod common;
mod damage;
mod fixtures;
mod formats;
mod networks;
mod traps;

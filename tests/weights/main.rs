//! Weights in and out: the reference's checkpoints, checkpoints written here, damage, traps, and the command line.

mod cli;
mod damage;
mod fixtures;
mod formats;
mod networks;
mod traps;
mod writer;

//! Ponderscope: see where a network thought, and how hard.
//!
//! A SACT ResNet (Figurnov et al., *Spatially Adaptive Computation Time for Residual Networks*, CVPR 2017) decides
//! at every position how many residual units to run. This library runs such networks so that halted positions
//! cost nothing, and turns what happened into maps, pictures and files; the binary puts a window and a command
//! line over it. Data flows one way: `image`/`dataset` -> `network` + `engine` -> [`network::Trace`] -> `maps` ->
//! `figure` -> `explorer` | `cli` | `evaluate`.

mod aside;
pub mod cli;
pub mod dataset;
pub mod engine;
pub mod evaluate;
pub mod explorer;
pub mod figure;
pub mod halting;
pub mod image;
pub mod jobs;
pub mod maps;
pub mod memory;
mod message;
pub mod network;
pub mod saliency;
pub mod timing;
pub mod train;
pub mod weights;
pub mod zoo;

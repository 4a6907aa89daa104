//! Options that mean the same in every subcommand, and what they resolve to.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;

use crate::dataset::{Dataset, DatasetError};
use crate::engine::{Device, DeviceChoice, Strategy};
use crate::halting::HaltingSetting;
use crate::image::InputSize;
use crate::zoo::{self, Model, ModelSource};

/// The threshold that networks are trained with, as text.
pub const TRAINED: &str = "0.99";

/// Which model runs where.
#[derive(Args, Clone, Debug)]
pub struct ModelArgs {
    /// Model: a name from `ponderscope models list`, or a path (safetensors, TensorFlow checkpoint prefix, folder
    /// or .tar.gz)
    #[arg(short, long, value_name = "NAME|PATH")]
    pub model: Option<String>,
    #[command(flatten)]
    pub compute: ComputeArgs,
}

/// Where and how is computed.
#[derive(Args, Clone, Debug)]
pub struct ComputeArgs {
    /// Where to compute: auto, cpu, cuda, cuda:N or metal
    #[arg(long, default_value = "auto", value_name = "DEVICE")]
    pub device: DeviceChoice,
    /// How halted positions are treated: left out (rows), computed and masked (dense), or whichever is faster (auto)
    #[arg(long, default_value = "auto", value_name = "ENGINE")]
    pub engine: Strategy,
    /// Processor threads; all of them by default
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
}

/// How halting is decided.
#[derive(Args, Clone, Copy, Debug)]
pub struct HaltingArgs {
    /// Halting threshold 1 - eps, above 0 and at most 1
    #[arg(long, default_value_t = HaltingSetting::TRAINED_THRESHOLD, value_parser = parse_threshold, value_name = "T")]
    pub threshold: f32,
    #[command(flatten)]
    pub experimental: ExperimentalArgs,
}

/// What else changes how halting is decided.
#[derive(Args, Clone, Copy, Debug)]
pub struct ExperimentalArgs {
    /// No position runs more units than this in any block
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub unit_cap: Option<u16>,
    /// Experimental: added to every halting logit
    #[arg(long, default_value_t = 0.0, value_parser = parse_offset, value_name = "X", allow_negative_numbers = true)]
    pub halting_offset: f32,
}

/// How large pictures enter the network.
#[derive(Args, Clone, Copy, Debug)]
pub struct SizeArgs {
    /// Longer edge in pixels, or `native`; by default what suits the model
    #[arg(long, value_parser = parse_size, value_name = "PIXELS|native")]
    pub size: Option<InputSize>,
}

impl ModelArgs {
    /// Sets the thread pool up, opens the device and loads the model (the default one if none is named).
    pub fn load(&self) -> anyhow::Result<Model> {
        let device = self.compute.open_device()?;
        Ok(zoo::load(&source(self.model.as_deref())?, &device)?)
    }
}

impl ComputeArgs {
    /// Sets the thread pool up and opens the device, which counts its threads.
    pub fn open_device(&self) -> anyhow::Result<Device> {
        set_threads(self.threads)?;
        Ok(self.device.open()?.with_strategy(self.engine))
    }
}

/// Where a model is (the default one if none is named).
pub fn source(model: Option<&str>) -> anyhow::Result<ModelSource> {
    Ok(match model {
        Some(name) => zoo::find(name)?.source,
        None => zoo::default_model().source,
    })
}

/// The data that paths mean; `samples`, if nothing is called so, and no path at all are the pictures that the program brings along.
pub fn data(paths: &[PathBuf]) -> Result<Dataset, DatasetError> {
    match paths {
        [] => Ok(Dataset::samples()),
        [one] if one.as_os_str() == "samples" && !one.exists() => Ok(Dataset::samples()),
        paths => Dataset::open(paths),
    }
}

/// Sets the thread pool up; all of the processor's threads by default.
pub fn set_threads(threads: Option<u16>) -> anyhow::Result<()> {
    if let Some(threads) = threads {
        rayon::ThreadPoolBuilder::new().num_threads(threads.into()).build_global()?;
    }
    Ok(())
}

impl HaltingArgs {
    pub fn setting(&self) -> HaltingSetting {
        self.experimental.setting(self.threshold)
    }
}

impl ExperimentalArgs {
    pub fn setting(&self, threshold: f32) -> HaltingSetting {
        HaltingSetting {
            threshold,
            unit_cap: self.unit_cap.map(usize::from),
            logit_offset: self.halting_offset,
        }
    }
}

/// A number that `fits`, or what it should be.
pub fn number<T: FromStr>(text: &str, fits: impl FnOnce(&T) -> bool, expected: &str) -> Result<T, String> {
    text.parse().ok().filter(fits).ok_or_else(|| expected.to_owned())
}

pub fn parse_threshold(text: &str) -> Result<f32, String> {
    let expected = "a threshold is a number above 0 and at most 1; networks are trained with 0.99";
    number(text, |&threshold| threshold > 0.0 && threshold <= 1.0, expected)
}

/// A share of the vanilla network's operations.
pub fn parse_share(text: &str) -> Result<f64, String> {
    number(
        text,
        |&share| share > 0.0 && share <= 1.1,
        "a share is a number above 0 and at most 1.1, such as 0.71",
    )
}

pub fn parse_offset(text: &str) -> Result<f32, String> {
    let expected =
        "a halting offset is a finite number, such as -1.5; 0 leaves the network as it was trained";
    number(text, |offset: &f32| offset.is_finite(), expected)
}

fn parse_size(text: &str) -> Result<InputSize, String> {
    if text.eq_ignore_ascii_case("native") {
        return Ok(InputSize::Native);
    }
    match text.parse::<u32>() {
        Ok(pixels @ 8..=8192) => Ok(InputSize::LongerEdge(pixels)),
        _ => Err("a size is `native` or a number of pixels from 8 to 8192".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_finite_number_is_no_halting_setting() {
        assert_eq!(parse_offset("-1.5"), Ok(-1.5));
        for wrong in ["nan", "NaN", "inf", "-inf", "infinity", "1e99", "", "one"] {
            assert!(parse_offset(wrong).is_err(), "{wrong:?} was taken");
            assert!(parse_threshold(wrong).is_err(), "{wrong:?} was taken");
        }
    }
}

//! Where the arithmetic happens.

use std::fmt;
use std::str::FromStr;

use super::{Composed, Cpu, Strategy};
use crate::message::first_line;

/// What a person asked for: `auto`, `cpu`, `cuda`, `cuda:1` or `metal`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeviceChoice {
    /// The first GPU this build supports and this machine has, else the CPU.
    #[default]
    Auto,
    Cpu,
    Cuda(usize),
    Metal,
}

/// Why a device cannot be used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DeviceError {
    #[error("unknown device {0:?}: choose auto, cpu, cuda, cuda:N or metal")]
    Unknown(String),
    #[error(
        "this build has no {feature} support: rebuild with `cargo build --release --features {feature}`, or use --device cpu"
    )]
    NotBuilt { feature: &'static str },
    #[error("no usable {kind} device ({reason}): use --device cpu")]
    Unavailable { kind: &'static str, reason: String },
}

/// An opened device. Networks loaded onto clones of one device share its memory for states.
#[derive(Clone)]
pub struct Device {
    engine: AnyEngine,
    description: String,
}

/// The engine of a device.
#[derive(Clone)]
pub(crate) enum AnyEngine {
    Cpu(Cpu),
    Composed(Composed),
}

impl FromStr for DeviceChoice {
    type Err = DeviceError;

    fn from_str(text: &str) -> Result<Self, DeviceError> {
        let unknown = || DeviceError::Unknown(text.to_owned());
        match text.to_ascii_lowercase().as_str() {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            "cuda" => Ok(Self::Cuda(0)),
            "metal" => Ok(Self::Metal),
            other => {
                let index = other.strip_prefix("cuda:").ok_or_else(unknown)?;
                index.parse().map(Self::Cuda).map_err(|_| unknown())
            }
        }
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu => f.write_str("cpu"),
            Self::Cuda(index) => write!(f, "cuda:{index}"),
            Self::Metal => f.write_str("metal"),
        }
    }
}

impl DeviceChoice {
    /// Opens the device; `auto` never fails.
    pub fn open(self) -> Result<Device, DeviceError> {
        match self {
            Self::Cpu => Ok(Device::cpu()),
            Self::Cuda(index) => open_cuda(index),
            Self::Metal => open_metal(),
            Self::Auto => Ok(open_cuda(0).or_else(|_| open_metal()).unwrap_or_else(|_| Device::cpu())),
        }
    }
}

impl Device {
    /// The processor this program runs on.
    pub fn cpu() -> Self {
        let threads = rayon::current_num_threads();
        let noun = if threads == 1 { "thread" } else { "threads" };
        let description = format!("CPU, {threads} {noun}");
        Self { engine: AnyEngine::Cpu(Cpu::new()), description }
    }

    /// The processor with the steps that serve GPUs: much slower than [`cpu`](Self::cpu), and its second opinion.
    pub fn candle_cpu() -> Self {
        let composed = Composed::new(&candle_core::Device::Cpu, Strategy::Auto);
        Self { engine: AnyEngine::Composed(composed), description: "CPU, Candle's operations".to_owned() }
    }

    /// How halted positions are treated.
    pub fn strategy(&self) -> Strategy {
        match &self.engine {
            AnyEngine::Cpu(cpu) => cpu.strategy(),
            AnyEngine::Composed(composed) => composed.strategy(),
        }
    }

    /// The same device with another way to treat halted positions.
    #[must_use]
    pub fn with_strategy(self, strategy: Strategy) -> Self {
        let engine = match &self.engine {
            AnyEngine::Cpu(cpu) => AnyEngine::Cpu(cpu.with_strategy(strategy)),
            AnyEngine::Composed(composed) => AnyEngine::Composed(composed.with_strategy(strategy)),
        };
        Self { engine, ..self }
    }

    /// For people: `CPU, 2 threads`, `CUDA 0`, `Metal`.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Whether this is the processor with its own engine.
    pub fn is_cpu(&self) -> bool {
        matches!(self.engine, AnyEngine::Cpu(_))
    }

    /// Where tensors of training lie.
    pub(crate) fn candle(&self) -> candle_core::Device {
        match &self.engine {
            AnyEngine::Cpu(_) => candle_core::Device::Cpu,
            AnyEngine::Composed(composed) => composed.device().clone(),
        }
    }

    pub(crate) fn engine(&self) -> AnyEngine {
        self.engine.clone()
    }
}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.description)
    }
}

fn open_cuda(index: usize) -> Result<Device, DeviceError> {
    if !cfg!(feature = "cuda") {
        return Err(DeviceError::NotBuilt { feature: "cuda" });
    }
    open_gpu("CUDA", format!("CUDA {index}"), || candle_core::Device::new_cuda(index))
}

fn open_metal() -> Result<Device, DeviceError> {
    if !cfg!(feature = "metal") {
        return Err(DeviceError::NotBuilt { feature: "metal" });
    }
    open_gpu("Metal", "Metal".to_owned(), || candle_core::Device::new_metal(0))
}

fn open_gpu(
    kind: &'static str,
    description: String,
    open: impl FnOnce() -> candle_core::Result<candle_core::Device> + std::panic::UnwindSafe,
) -> Result<Device, DeviceError> {
    // The driver bindings panic, rather than fail, where the driver's library is not installed.
    let opened = std::panic::catch_unwind(open).map_err(|_| DeviceError::Unavailable {
        kind,
        reason: "its driver could not be loaded".to_owned(),
    })?;
    let device = opened.map_err(|error| DeviceError::Unavailable { kind, reason: first_line(&error) })?;
    let engine = AnyEngine::Composed(Composed::new(&device, Strategy::Auto));
    Ok(Device { engine, description })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_named_as_on_the_command_line() {
        assert_eq!("cuda:3".parse(), Ok(DeviceChoice::Cuda(3)));
        assert_eq!("Auto".parse(), Ok(DeviceChoice::Auto));
        for wrong in ["", "gpu", "cuda:", "cuda:-1", "cpu0"] {
            assert_eq!(wrong.parse::<DeviceChoice>(), Err(DeviceError::Unknown(wrong.to_owned())));
        }
    }

    #[test]
    fn auto_always_finds_a_device() {
        assert!(DeviceChoice::Auto.open().is_ok());
    }
}

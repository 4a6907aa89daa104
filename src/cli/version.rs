//! `ponderscope --version`: what this build is, what it supports, and what of that is found here.

use crate::engine::{DeviceChoice, DeviceError};

/// `CARGO_PKG_VERSION`, for `-V`.
pub const SHORT: &str = env!("CARGO_PKG_VERSION");
/// Devices of a kind that are looked for.
const MOST: usize = 16;

/// Several lines; opens every device that this build supports, which takes a moment where there is a GPU.
pub fn long() -> String {
    let features: Vec<&str> = [("cuda", cfg!(feature = "cuda")), ("metal", cfg!(feature = "metal"))]
        .into_iter()
        .filter_map(|(name, on)| on.then_some(name))
        .collect();
    let supported: Vec<&str> = std::iter::once("cpu").chain(features.iter().copied()).collect();
    let gpus: Vec<DeviceChoice> = (0..MOST).map(DeviceChoice::Cuda).chain([DeviceChoice::Metal]).collect();
    let open = |choice: DeviceChoice| choice.open().map(|device| device.description().to_owned());
    describe(&features, &supported, open, &gpus)
}

fn describe(
    features: &[&str],
    supported: &[&str],
    open: impl Fn(DeviceChoice) -> Result<String, DeviceError>,
    gpus: &[DeviceChoice],
) -> String {
    let or_none = |names: &[&str]| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    let mut found: Vec<String> = open(DeviceChoice::Cpu).into_iter().collect();
    let mut missing = Vec::new();
    // Devices are numbered from 0 without gaps, so behind the first of a kind that is not there none follows.
    let mut gone = None;
    for gpu in gpus {
        let kind = std::mem::discriminant(gpu);
        if gone == Some(kind) {
            continue;
        }
        match open(*gpu) {
            Ok(device) => found.push(device),
            Err(error) => {
                gone = Some(kind);
                let first = matches!(gpu, DeviceChoice::Cuda(0) | DeviceChoice::Metal);
                if first && !matches!(error, DeviceError::NotBuilt { .. }) {
                    missing.push(error.to_string());
                }
            }
        }
    }
    let lines = [
        format!("ponderscope {SHORT}"),
        format!("target: {}", env!("PONDERSCOPE_TARGET")),
        format!("features: {}", or_none(features)),
        format!("devices of this build: {}", or_none(supported)),
        format!("devices found: {}", found.join(", ")),
    ];
    lines.into_iter().chain(missing).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_device_that_is_there_is_named_and_a_missing_driver_is_told_once() {
        let gpus = [0, 1, 2, 3].map(DeviceChoice::Cuda);
        let two = |choice: DeviceChoice| match choice {
            DeviceChoice::Cuda(2..) => {
                Err(DeviceError::Unavailable { kind: "CUDA", reason: "no such device".into() })
            }
            other => Ok(other.to_string()),
        };
        let text = describe(&["cuda"], &["cpu", "cuda"], two, &gpus);
        assert!(text.ends_with("devices found: cpu, cuda:0, cuda:1"), "{text}");

        let none = |choice: DeviceChoice| match choice {
            DeviceChoice::Cpu => Ok("CPU, 2 threads".to_owned()),
            _ => Err(DeviceError::Unavailable {
                kind: "CUDA",
                reason: "its driver could not be loaded".into(),
            }),
        };
        let text = describe(&["cuda"], &["cpu", "cuda"], none, &gpus);
        assert_eq!(text.matches("its driver could not be loaded").count(), 1, "{text}");
        assert!(text.contains("devices found: CPU, 2 threads\n"));
    }

    #[test]
    fn what_is_not_built_in_is_not_missing() {
        let text = long();
        assert!(text.starts_with(&format!("ponderscope {SHORT}\ntarget: ")), "{text}");
        assert!(text.contains("devices of this build: cpu"), "{text}");
        assert!(!text.contains("rebuild"), "{text}");
    }
}

//! What is timed: networks of known shape with random weights, and inputs cut from the embedded photographs.

use std::collections::BTreeMap;
use std::str::FromStr;

use crate::dataset::samples;
use crate::halting::HaltingSetting;
use crate::image::{self, Input, InputSize, Preprocessing, RgbImage};
use crate::network::{self, Family, Network, NetworkError, NetworkSpec, RunOptions, Variant};
use crate::weights::{self, Variable, Variables};

/// Halvings of the interval in which an offset is sought.
const HALVINGS: usize = 24;
/// Halting logits beyond this are as good as certain.
const MOST_OFFSET: f32 = 30.0;

/// A published network without its weights: `resnet32-sact`, `resnet101-vanilla`.
#[derive(Clone, Debug, PartialEq)]
pub struct Subject {
    pub name: String,
    pub spec: NetworkSpec,
}

/// No such network.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error(
    "unknown network {0:?}: choose resnet50, resnet101 or resnet152 (ImageNet), or resnet20, resnet32, resnet44 ... resnet110 \
     (CIFAR), followed by -vanilla, -act or -sact"
)]
pub struct SubjectError(String);

impl FromStr for Subject {
    type Err = SubjectError;

    fn from_str(text: &str) -> Result<Self, SubjectError> {
        let unknown = || SubjectError(text.to_owned());
        let (layers, variant) =
            text.strip_prefix("resnet").and_then(|rest| rest.split_once('-')).ok_or_else(unknown)?;
        let layers: usize = layers.parse().map_err(|_| unknown())?;
        let variant = match variant {
            "vanilla" => Variant::Vanilla,
            "act" => Variant::Act,
            "sact" => Variant::Sact,
            _ => return Err(unknown()),
        };
        let imagenet = |units: [usize; 4]| NetworkSpec {
            family: Family::ImageNet,
            units: units.to_vec(),
            width: 64,
            classes: 1001,
            variant,
        };
        let spec = match layers {
            50 => imagenet([3, 4, 6, 3]),
            101 => imagenet([3, 4, 23, 3]),
            152 => imagenet([3, 8, 36, 3]),
            8..=200 if layers % 6 == 2 => {
                let units = vec![(layers - 2) / 6; 3];
                NetworkSpec { family: Family::Cifar, units, width: 16, classes: 10, variant }
            }
            _ => return Err(unknown()),
        };
        Ok(Self { name: text.to_owned(), spec })
    }
}

impl Subject {
    /// Random weights, the same at every call: states stay of one size from unit to unit, and halting scores differ from
    /// position to position.
    pub fn variables(&self) -> Variables {
        let mut random = Random(1);
        let mut by_name = BTreeMap::new();
        for (name, shape) in weights::expected(&self.spec) {
            let fan_in = shape[..shape.len().saturating_sub(1)].iter().product::<usize>() as f32;
            let (centre, spread) = match name.rsplit('/').next() {
                Some("gamma" | "moving_variance") => (1.0, 0.1),
                Some("weights") if name.contains("halting_proba/global") => (0.0, 2.4 / fan_in.sqrt()),
                // All taps of a channel weigh the same, so that active positions come in patches as trained networks' do.
                Some("weights") if name.contains("halting_proba/local") => {
                    let channels = shape[2];
                    let weights: Vec<f32> = (0..channels).map(|_| random.signed()).collect();
                    let values = weights.iter().cycle().take(9 * channels).map(|w| 2.0 * w / fan_in.sqrt());
                    by_name.insert(name, Variable { shape, values: values.collect() });
                    continue;
                }
                // The last convolution of a unit is added to the state, which should hardly grow.
                Some("weights") if name.contains("conv3") || name.contains("residual/conv2") => {
                    (0.0, 0.3 / fan_in.sqrt())
                }
                Some("weights") => (0.0, 2.4 / fan_in.sqrt()),
                _ => (0.0, 0.1),
            };
            let values = (0..shape.iter().product()).map(|_| centre + spread * random.signed()).collect();
            by_name.insert(name, Variable { shape, values });
        }
        Variables { source: self.name.clone(), by_name, metadata: BTreeMap::new() }
    }
}

/// SplitMix64.
struct Random(u64);

impl Random {
    /// Uniform in -1..1.
    fn signed(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 40) as f32 / (1 << 23) as f32 - 1.0
    }
}

/// So many inputs of `height` x `width`: the embedded photographs, stretched, each turned differently from those before.
///
/// # Errors
/// Whatever [`image::prepare`] says of the size.
pub fn inputs(
    count: usize,
    (height, width): (usize, usize),
    preprocessing: Preprocessing,
) -> Result<Vec<Input>, NetworkError> {
    image::check_input_dimensions((height, width))?;
    let decoded: Vec<RgbImage> = samples::photographs()
        .iter()
        .filter_map(|sample| image::decode(sample.bytes, sample.name).ok())
        .collect();
    let pictures = decoded.iter().cycle().take(count).enumerate().map(|(index, picture)| {
        use ::image::imageops::{FilterType, flip_horizontal_in_place, resize, rotate90};
        let turned = if index / 6 % 2 == 1 { rotate90(picture) } else { picture.clone() };
        let mut picture = resize(&turned, width as u32, height as u32, FilterType::Triangle);
        if index / 3 % 2 == 1 {
            flip_horizontal_in_place(&mut picture);
        }
        Ok(image::prepare(&picture, InputSize::Native, preprocessing)?)
    });
    pictures.collect()
}

/// The halting offset at which the batch takes about `share` of the vanilla network's operations, and the share that it
/// really takes.
///
/// # Errors
/// Those of a run.
pub fn offset_for_share(
    network: &Network,
    inputs: &[Input],
    setting: HaltingSetting,
    share: f64,
    options: RunOptions<'_>,
) -> Result<(f32, f64), NetworkError> {
    let share_at = |logit_offset: f32| {
        let setting = HaltingSetting { logit_offset, ..setting };
        let traces = network.run(inputs, &setting, options)?;
        let flops: u64 = traces.iter().map(|trace| trace.flops).sum();
        let vanilla: u64 = traces
            .iter()
            .map(|trace| network::vanilla_flops(network.spec(), trace.height, trace.width))
            .sum();
        Ok::<_, NetworkError>(flops as f64 / vanilla as f64)
    };
    let (mut low, mut high) = (-MOST_OFFSET, MOST_OFFSET);
    let mut best = (0.0, share_at(0.0)?);
    for _ in 0..HALVINGS {
        let offset = (low + high) / 2.0;
        let found = share_at(offset)?;
        if (found - share).abs() < (best.1 - share).abs() {
            best = (offset, found);
        }
        // The higher the offset, the sooner positions halt.
        if found > share {
            low = offset
        } else {
            high = offset
        }
        if (best.1 - share).abs() < 0.001 {
            break;
        }
    }
    Ok(best)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Device;

    #[test]
    fn networks_are_named_as_they_were_published() {
        let spec = |name: &str| name.parse::<Subject>().unwrap().spec;
        assert_eq!(network::vanilla_flops(&spec("resnet101-sact"), 224, 224), 15_602_814_976);
        assert_eq!(network::vanilla_flops(&spec("resnet32-vanilla"), 32, 32), 137_725_184);
        assert_eq!(spec("resnet110-act").units, [18, 18, 18]);
        for wrong in
            ["resnet101", "resnet33-sact", "resnet32-tact", "vgg-sact", "resnet-sact", "resnet2-sact"]
        {
            assert!(wrong.parse::<Subject>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_offset_is_found_for_a_share() {
        let subject: Subject = "resnet20-sact".parse().unwrap();
        let network = Network::new(subject.spec.clone(), &subject.variables(), &Device::cpu()).unwrap();
        let inputs = inputs(2, (32, 32), subject.spec.family.preprocessing()).unwrap();
        assert_ne!(inputs[0], inputs[1]);
        for wanted in [0.9, 0.5] {
            let (_, share) =
                offset_for_share(&network, &inputs, HaltingSetting::default(), wanted, RunOptions::default())
                    .unwrap();
            assert!((share - wanted).abs() < 0.02, "{share} is not {wanted}");
        }
    }
}

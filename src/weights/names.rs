//! Which of a checkpoint's variables belong to a network, told by their names.

use std::fmt;

use serde::Serialize;

use crate::network::Family;

/// Why a variable of a file is not among the weights that were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeftOut {
    /// `global_step`.
    StepCounter,
    /// An optimiser's memory: `.../Momentum`, `.../Adam`, `.../RMSProp`.
    OptimizerSlot,
    /// A smoothed duplicate: `.../ExponentialMovingAverage`. (A batch norm's `moving_mean` is no duplicate.)
    MovingAverage,
    /// Whole numbers or text, outside any network.
    NotFloat,
}

/// How the name of a variable's moving average ends.
pub const AVERAGE: &str = "/ExponentialMovingAverage";

/// In the singular: `optimizer slot`.
impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            LeftOut::StepCounter => "step counter",
            LeftOut::OptimizerSlot => "optimizer slot",
            LeftOut::MovingAverage => "moving average",
            LeftOut::NotFloat => "non-float variable",
        })
    }
}

/// Why training keeps a variable of this name beside the weights; `None` if it may be a weight.
pub(super) fn left_out(name: &str) -> Option<LeftOut> {
    let last = name.rsplit('/').next().unwrap_or(name);
    // TensorFlow numbers the second and later slots of a kind: `Adam_1`.
    let kind = last.trim_end_matches(|c: char| c.is_ascii_digit()).strip_suffix('_').unwrap_or(last);
    match kind {
        "global_step" => Some(LeftOut::StepCounter),
        "Momentum" | "Adam" | "RMSProp" | "Adagrad" | "Adadelta" | "Ftrl" | "beta1_power" | "beta2_power" => {
            Some(LeftOut::OptimizerSlot)
        }
        "ExponentialMovingAverage" | "biased" | "local_step" => Some(LeftOut::MovingAverage),
        _ => None,
    }
}

/// Whether a variable stands in the scope of one of the families.
pub(super) fn is_of_a_network(name: &str) -> bool {
    [Family::Cifar, Family::ImageNet].into_iter().any(|family| in_scope(name, family.root()).is_some())
}

/// The part of `name` below `scope/`.
pub(super) fn in_scope<'a>(name: &'a str, scope: &str) -> Option<&'a str> {
    name.strip_prefix(scope)?.strip_prefix('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_training_keeps_is_told_from_weights() {
        let scope = "resnet_v2/block1/unit_1/bottleneck_v2";
        for (part, reason) in [
            ("conv1/weights/Momentum", Some(LeftOut::OptimizerSlot)),
            ("conv1/weights/Adam_1", Some(LeftOut::OptimizerSlot)),
            ("conv1/weights/RMSProp", Some(LeftOut::OptimizerSlot)),
            ("preact/gamma/ExponentialMovingAverage", Some(LeftOut::MovingAverage)),
            ("preact/moving_mean", None),
            ("preact/moving_variance", None),
            ("conv1/weights", None),
            ("Adam/weights", None),
        ] {
            assert_eq!(left_out(&format!("{scope}/{part}")), reason, "{part}");
        }
        assert_eq!(left_out("global_step"), Some(LeftOut::StepCounter));
    }
}

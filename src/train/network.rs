//! A network in training: every unit at every position, with the mask of what has halted (specification, sections 1-3).

use std::collections::BTreeMap;

use candle_core::{Device as CandleDevice, Result, Tensor, Var};

use super::ops::{BranchParameters, Norm, Ops, Shortcut, Stage, State, Statistics, UnitParameters, UnitPlan};
use crate::engine::{Activation, Device, Window};
use crate::halting::HaltingSetting;
use crate::network::{Family, NetworkSpec, Variant};
use crate::weights::{self, Variable, Variables};

/// What a norm keeps beside what it learns.
const MOVING: [&str; 2] = ["moving_mean", "moving_variance"];

/// Variables on a device, learned or kept, and how they make logits.
pub(super) struct Trainable {
    pub spec: NetworkSpec,
    ops: Ops,
    device: CandleDevice,
    /// What the optimiser changes, by name.
    pub learned: BTreeMap<String, Var>,
    /// Moving means and variances, by name.
    moving: BTreeMap<String, Tensor>,
}

/// What a batch gave.
pub(super) struct Forward {
    /// `[images, classes]`
    pub logits: Tensor,
    /// Mean ponder cost of every block; empty for vanilla.
    pub ponder_costs: Vec<Tensor>,
    /// What the norms found, by their scope.
    pub statistics: Vec<(String, Statistics)>,
}

/// A block's decisions so far, on the host.
struct Decisions {
    cumulative: Vec<f32>,
    shape: Vec<usize>,
}

/// A place among the variables.
struct Scope<'a> {
    network: &'a Trainable,
    path: String,
}

impl Trainable {
    /// Takes the variables that the network needs.
    ///
    /// # Errors
    /// The first variable that is missing or misshapen, or not finite.
    pub fn new(
        spec: NetworkSpec,
        variables: &Variables,
        device: &Device,
    ) -> std::result::Result<Self, super::TrainError> {
        weights::check(variables, &spec)?;
        let on = device.candle();
        let (mut learned, mut moving) = (BTreeMap::new(), BTreeMap::new());
        for (name, shape) in weights::expected(&spec) {
            let tensor = Tensor::from_slice(variables.get(&name, &shape)?, shape, &on)?;
            if is_moving(&name) {
                moving.insert(name, tensor);
            } else {
                learned.insert(name, Var::from_tensor(&tensor)?);
            }
        }
        Ok(Self { spec, ops: Ops::new(device), device: on, learned, moving })
    }

    pub fn device(&self) -> &CandleDevice {
        &self.device
    }

    /// All variables as they are now, learned and kept.
    pub fn variables(&self) -> Result<BTreeMap<String, Variable>> {
        let learned = self.learned.iter().map(|(name, var)| (name, var.as_tensor()));
        learned.chain(&self.moving).map(|(name, tensor)| Ok((name.clone(), to_host(tensor)?))).collect()
    }

    /// Moves the moving means and variances towards what a batch gave.
    pub fn keep(&mut self, found: &Forward) -> Result<()> {
        let decay = match self.spec.family {
            Family::Cifar => 0.9,
            Family::ImageNet => 0.997,
        };
        for (scope, Statistics { mean, variance }) in &found.statistics {
            for (part, found) in MOVING.iter().zip([mean, variance]) {
                if let Some(kept) = self.moving.get_mut(&format!("{scope}/{part}")) {
                    *kept = (kept.affine(decay, 0.0)? + found.affine(1.0 - decay, 0.0)?)?;
                }
            }
        }
        Ok(())
    }

    /// Runs a batch, `[images, height, width, 3]`.
    pub fn forward(&self, inputs: &Tensor) -> Result<Forward> {
        let mut found = Vec::new();
        let family = self.spec.family;
        let root = Scope { network: self, path: family.root().to_owned() };
        let stem = root.inside(family.stem_scope());
        let window = Window::centred(family.stem_kernel(), family.stem_stride());
        let mut x = self.ops.convolve(inputs, &stem.get("weights")?, &stem.get("biases")?, window, false)?;
        if family == Family::ImageNet {
            x = self.ops.max_pool(&x)?;
        }
        let mut ponder_costs = Vec::new();
        for block in 0..self.spec.units.len() {
            let scope = root.inside(&family.block_name(block));
            x = self.block(&scope, block, x, &mut found, &mut ponder_costs)?;
        }
        let features = self.features(&root, &x, &mut found)?;
        let logits = root.inside("logits");
        let window = Window::centred(1, 1);
        let logits =
            self.ops.convolve(&features, &logits.get("weights")?, &logits.get("biases")?, window, true)?;
        Ok(Forward { logits: logits.flatten_from(1)?, ponder_costs, statistics: found })
    }

    /// `[images, 1, 1, channels]`: CIFAR norms the mean over positions, ImageNet means the normed positions.
    fn features(
        &self,
        root: &Scope<'_>,
        x: &Tensor,
        found: &mut Vec<(String, Statistics)>,
    ) -> Result<Tensor> {
        let mean = |x: &Tensor| x.mean_keepdim(2)?.mean_keepdim(1);
        let scope = root.inside(self.spec.family.final_norm_scope());
        let norm = scope.norm(self.activation())?;
        let (x, statistics) = match self.spec.family {
            Family::Cifar => self.ops.normalize(&mean(x)?, &norm)?,
            Family::ImageNet => {
                let (x, statistics) = self.ops.normalize(x, &norm)?;
                (mean(&x)?, statistics)
            }
        };
        found.push((scope.path, statistics));
        Ok(x)
    }

    fn block(
        &self,
        scope: &Scope<'_>,
        block: usize,
        x: Tensor,
        found: &mut Vec<(String, Statistics)>,
        ponder_costs: &mut Vec<Tensor>,
    ) -> Result<Tensor> {
        let units = self.spec.units[block];
        let mut state = State::new(x);
        let (mut states, mut scores, mut mask) = (Vec::new(), Vec::new(), None);
        let mut decisions: Option<Decisions> = None;
        for unit in 0..units {
            let inner = scope.inside(&format!("unit_{}", unit + 1));
            let residual = inner.inside(self.spec.family.unit_scope());
            let plan = self.plan(block, unit);
            let parameters = self.unit_parameters(&residual, &plan)?;
            let (next, statistics) = self.ops.unit(&plan, &state, &parameters, mask.as_ref())?;
            let names = ["preact", "conv1/BatchNorm", "conv2/BatchNorm"];
            found.extend(names.iter().map(|name| residual.inside(name).path).zip(statistics));
            state = next;
            states.push(state.tensor.clone());
            if self.spec.variant == Variant::Vanilla || unit + 1 == units {
                continue;
            }
            let branch = inner.inside("halting_proba");
            let (score, statistics) = self.ops.halting_score(&state, &self.branch_parameters(&branch)?)?;
            let names: &[&str] =
                if statistics.len() == 2 { &["local_bn", "global_bn"] } else { &["global_bn"] };
            found.extend(names.iter().map(|name| branch.inside(name).path).zip(statistics));
            if self.spec.variant == Variant::Sact {
                let decisions = decisions.get_or_insert_with(|| Decisions::new(&score));
                mask = Some(decisions.advance(&score)?);
            }
            scores.push(score.flatten_all()?);
        }
        if self.spec.variant == Variant::Vanilla {
            return Ok(state.tensor);
        }
        self.halted(&states, &scores, ponder_costs)
    }

    /// A block's output from the states after its units and the scores of all but the last.
    fn halted(&self, states: &[Tensor], scores: &[Tensor], ponder_costs: &mut Vec<Tensor>) -> Result<Tensor> {
        let Some(last) = states.last() else { candle_core::bail!("a block has a unit at least") };
        if scores.is_empty() {
            // A one-unit block always costs N + R = 2.
            ponder_costs.push(Tensor::new(2f32, &self.device)?);
            return Ok(last.clone());
        }
        let found = self.ops.recurrence(&Tensor::stack(scores, 0)?, HaltingSetting::TRAINED_THRESHOLD)?;
        let (images, height, width, _) = last.dims4()?;
        let mut output: Option<Tensor> = None;
        for (unit, state) in states.iter().enumerate() {
            let p = found.get(unit)?;
            let p = if p.dim(0)? == images { p } else { p.reshape((images, height, width))? };
            output = Some(self.ops.weigh(output.as_ref(), state, &p)?);
        }
        ponder_costs.push(found.get(states.len())?.mean_all()?);
        Ok(output.unwrap_or_else(|| last.clone()))
    }

    fn activation(&self) -> Activation {
        match self.spec.family {
            Family::Cifar => Activation::LEAKY,
            Family::ImageNet => Activation::RELU,
        }
    }

    fn epsilon(&self) -> f32 {
        self.spec.family.norm_epsilon() as f32
    }

    fn plan(&self, block: usize, unit: usize) -> UnitPlan {
        let (inputs, outputs) = (self.spec.unit_inputs(block, unit), self.spec.block_channels(block));
        let stride = self.spec.unit_stride(block, unit);
        let first = self.activation().slope;
        let stage = |kernel, stride, centred, inputs, outputs, slope| Stage {
            kernel,
            stride,
            centred,
            inputs,
            outputs,
            slope,
        };
        let (stages, shortcut) = match self.spec.family {
            Family::Cifar => {
                let later = Activation::LEAKY_TWICE.slope;
                let stages = vec![
                    stage(3, stride, false, inputs, outputs, first),
                    stage(3, 1, false, outputs, outputs, later),
                ];
                let shortcut = if (block, unit) == (0, 0) {
                    Shortcut::Preactivation
                } else if inputs != outputs || stride != 1 {
                    Shortcut::PoolAndPad
                } else {
                    Shortcut::Identity
                };
                (stages, shortcut)
            }
            Family::ImageNet => {
                let narrow = outputs / 4;
                let stages = vec![
                    stage(1, 1, false, inputs, narrow, first),
                    stage(3, stride, true, narrow, narrow, first),
                    stage(1, 1, false, narrow, outputs, first),
                ];
                (stages, if inputs == outputs { Shortcut::Identity } else { Shortcut::Projection })
            }
        };
        UnitPlan { stages, shortcut, epsilon: self.epsilon() }
    }

    fn unit_parameters(&self, scope: &Scope<'_>, plan: &UnitPlan) -> Result<UnitParameters> {
        let mut stages = Vec::new();
        let mut norm = scope.inside("preact");
        let mut conv = scope.inside("");
        for (index, stage) in plan.stages.iter().enumerate() {
            conv = scope.inside(&format!("conv{}", index + 1));
            stages.push((norm.norm(Activation { slope: stage.slope })?, conv.get("weights")?));
            norm = conv.inside("BatchNorm");
        }
        let projection = match plan.shortcut {
            Shortcut::Projection => {
                let shortcut = scope.inside("shortcut");
                Some((shortcut.get("weights")?, shortcut.get("biases")?))
            }
            _ => None,
        };
        Ok(UnitParameters { stages, bias: conv.get("biases")?, projection })
    }

    fn branch_parameters(&self, scope: &Scope<'_>) -> Result<BranchParameters> {
        // The CIFAR network's branch inherits the activation of its scope; ImageNet's has none.
        let activation = match self.spec.family {
            Family::Cifar => Activation::LEAKY,
            Family::ImageNet => Activation::NONE,
        };
        let (global_bn, global_conv) = (scope.inside("global_bn"), scope.inside("global_conv"));
        let global = (global_bn.norm(activation)?, global_conv.get("weights")?);
        if self.spec.variant == Variant::Act {
            return Ok(BranchParameters { local: None, global, bias: global_conv.get("biases")? });
        }
        let (local_bn, local_conv) = (scope.inside("local_bn"), scope.inside("local_conv"));
        let local = Some((local_bn.norm(activation)?, local_conv.get("weights")?));
        Ok(BranchParameters { local, global, bias: local_conv.get("biases")? })
    }
}

impl Scope<'_> {
    fn inside(&self, name: &str) -> Self {
        Scope { network: self.network, path: format!("{}/{name}", self.path) }
    }

    fn get(&self, name: &str) -> Result<Tensor> {
        let path = format!("{}/{name}", self.path);
        match self.network.learned.get(&path) {
            Some(var) => Ok(var.as_tensor().clone()),
            None => candle_core::bail!("the network has no variable {path}"),
        }
    }

    fn norm(&self, activation: Activation) -> Result<Norm> {
        Ok(Norm {
            gamma: self.get("gamma")?,
            beta: self.get("beta")?,
            epsilon: self.network.epsilon(),
            slope: activation.slope,
        })
    }
}

impl Decisions {
    fn new(score: &Tensor) -> Self {
        Self { cumulative: vec![0.0; score.elem_count()], shape: score.dims().to_vec() }
    }

    /// Takes the scores of one more unit; gives 1 where the next unit runs and 0 where the decision has halted.
    fn advance(&mut self, score: &Tensor) -> Result<Tensor> {
        let scores = score.detach().flatten_all()?.to_vec1::<f32>()?;
        let mask: Vec<f32> = (self.cumulative.iter_mut().zip(scores))
            .map(|(cumulative, score)| {
                *cumulative += score;
                f32::from(*cumulative < HaltingSetting::TRAINED_THRESHOLD)
            })
            .collect();
        Tensor::from_vec(mask, self.shape.as_slice(), score.device())
    }
}

pub(super) fn is_moving(name: &str) -> bool {
    MOVING.iter().any(|part| name.ends_with(part))
}

pub(super) fn to_host(tensor: &Tensor) -> Result<Variable> {
    Ok(Variable { shape: tensor.dims().to_vec(), values: tensor.flatten_all()?.to_vec1()? })
}

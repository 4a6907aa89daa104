//! A residual unit as one operation: norms, convolutions, shortcut and mask (specification, sections 1 and 3).
//!
//! Candle adds every gradient to zeros first, on one thread; what stays within an operation is spared that.

use std::sync::{Arc, Mutex, OnceLock};

use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor};

use super::normalize::{keep, kept};
use super::{
    Parameters, State, Statistics, UnitParameters, floats, grid_of, moments_of, pack, statistics, with_floats,
};
use crate::engine::training::{Dense, Lines, Matrix, Moments, NormParameters, Normed, View, Weights};
use crate::engine::{Grid, Window};

/// A norm, its activation and the convolution behind them.
#[derive(Clone, Copy, Debug)]
pub(in crate::train) struct Stage {
    pub kernel: usize,
    pub stride: usize,
    /// Padded by (kernel - 1) / 2 on both sides instead of TensorFlow's SAME.
    pub centred: bool,
    pub inputs: usize,
    pub outputs: usize,
    /// Of the activation.
    pub slope: f32,
}

/// What is added to the residual.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::train) enum Shortcut {
    Identity,
    /// The normed and activated input.
    Preactivation,
    /// The input averaged over windows of the stride, its channels padded with zeros.
    PoolAndPad,
    /// A 1x1 convolution of the normed and activated input.
    Projection,
}

/// A unit's layers.
#[derive(Clone, Debug)]
pub(in crate::train) struct UnitPlan {
    pub stages: Vec<Stage>,
    pub shortcut: Shortcut,
    pub epsilon: f32,
}

impl Stage {
    pub fn window(&self, grid: Grid) -> Window {
        if self.centred {
            Window::centred(self.kernel, self.stride)
        } else {
            Window::same(self.kernel, self.stride, grid)
        }
    }

    fn weights<'a>(&self, values: &'a [f32]) -> Weights<'a> {
        Weights { values, kernel: self.kernel, inputs: self.inputs, outputs: self.outputs }
    }
}

impl UnitPlan {
    pub fn stride(&self) -> usize {
        self.stages.iter().map(|stage| stage.stride).product()
    }

    pub fn inputs(&self) -> usize {
        self.stages.first().map_or(0, |stage| stage.inputs)
    }

    pub fn outputs(&self) -> usize {
        self.stages.last().map_or(0, |stage| stage.outputs)
    }

    fn projection<'a>(&self, values: &'a [f32]) -> Weights<'a> {
        Weights { values, kernel: 1, inputs: self.inputs(), outputs: self.outputs() }
    }
}

struct ResidualUnit {
    dense: Dense,
    plan: UnitPlan,
    /// Of the unit's input.
    moments: Arc<OnceLock<Moments>>,
    mask: Option<Tensor>,
    found: Arc<OnceLock<Vec<Moments>>>,
    /// For the way back: the norms' results, and what each but the first normed.
    kept: Mutex<Option<(Vec<Normed>, Vec<Matrix>)>>,
}

/// A unit's parameters in the order in which they are packed.
struct Unpacked<'a> {
    stages: Vec<(NormParameters<'a>, Weights<'a>)>,
    bias: &'a [f32],
    projection: Option<(Weights<'a>, &'a [f32])>,
}

pub(super) fn apply(
    dense: &Dense,
    plan: &UnitPlan,
    x: &State,
    parameters: &UnitParameters,
    mask: Option<&Tensor>,
) -> Result<(State, Vec<Statistics>)> {
    let mut list = Vec::new();
    for (norm, weights) in &parameters.stages {
        list.extend([&norm.gamma, &norm.beta, weights]);
    }
    list.push(&parameters.bias);
    if let Some((weights, bias)) = &parameters.projection {
        list.extend([weights, bias]);
    }
    let found = Arc::new(OnceLock::new());
    let op = ResidualUnit {
        dense: dense.clone(),
        plan: plan.clone(),
        moments: Arc::clone(&x.moments),
        mask: mask.cloned(),
        found: Arc::clone(&found),
        kept: Mutex::default(),
    };
    let y = x.tensor.apply_op2(&pack(&list)?, op)?;
    let found = found.get().into_iter().flatten().map(statistics).collect::<Result<_>>()?;
    Ok((State::new(y), found))
}

impl ResidualUnit {
    fn unpack<'a>(&self, values: &'a [f32]) -> Unpacked<'a> {
        let (plan, mut list) = (&self.plan, Parameters(values));
        let stages = plan.stages.iter().map(|stage| {
            let (gamma, beta) = (list.take(stage.inputs), list.take(stage.inputs));
            let norm = NormParameters { gamma, beta, epsilon: plan.epsilon, slope: stage.slope };
            let weights = list.take(stage.kernel * stage.kernel * stage.inputs * stage.outputs);
            (norm, stage.weights(weights))
        });
        let stages = stages.collect();
        let bias = list.take(plan.outputs());
        let projection = (plan.shortcut == Shortcut::Projection).then(|| {
            let weights = plan.projection(list.take(plan.inputs() * plan.outputs()));
            (weights, list.take(plan.outputs()))
        });
        Unpacked { stages, bias, projection }
    }

    fn with_mask<T>(&self, work: impl FnOnce(Option<&[f32]>) -> Result<T>) -> Result<T> {
        match &self.mask {
            None => work(None),
            Some(mask) => with_floats(mask, |mask| work(Some(mask))),
        }
    }

    /// What a pooled shortcut is padded with; narrow ImageNet networks have fewer behind their stem, and project.
    fn more_channels(&self) -> usize {
        self.plan.outputs().saturating_sub(self.plan.inputs())
    }

    /// Gradients to the input and, packed, to the parameters.
    fn gradients(&self, x: View<'_>, values: &[f32], gradient: View<'_>) -> Result<(Vec<f32>, Vec<f32>)> {
        let (dense, plan) = (&self.dense, &self.plan);
        let (normed, between) = kept(&self.kept, self.name())?;
        let unpacked = self.unpack(values);
        let (mut to_result, bias) = self.with_mask(|mask| Ok(dense.masked(gradient, mask)))?;
        // Later stages first; turned round in the end.
        let mut found = Vec::new();
        let mut projection = Vec::new();
        let input = loop {
            let stage = unpacked.stages.len() - 1 - found.len();
            let ((norm, weights), normed) = (&unpacked.stages[stage], &normed[stage]);
            let grid = normed.values.grid;
            let window = plan.stages[stage].window(grid);
            let to_weights = dense.gradient_to_weights(window, weights.outputs, &normed.values, &to_result);
            let mut to_normed = dense.gradient_to_input(weights, window, &to_result, grid);
            if stage > 0 {
                let from = View::of(&between[stage - 1]);
                let norm_found = dense.norm_gradient(norm, normed, from, View::of(&to_normed));
                to_result = dense.gradient_before_norm(&norm_found, normed, norm, from, &to_normed);
                found.push((norm_found.gamma, norm_found.beta, to_weights));
                continue;
            }
            // What the shortcut takes of the normed input adds its gradient there.
            if plan.shortcut == Shortcut::Preactivation {
                dense.add(&mut to_normed, gradient);
            } else if let Some((weights, _)) = &unpacked.projection {
                let (to_projected, bias) = dense.masked(gradient, None);
                let window = Window::centred(1, plan.stride());
                let more = dense.gradient_to_input(weights, window, &to_projected, grid);
                dense.add(&mut to_normed, View::of(&more));
                projection =
                    dense.gradient_to_weights(window, weights.outputs, &normed.values, &to_projected);
                projection.extend(bias);
            }
            let norm_found = dense.norm_gradient(norm, normed, x, View::of(&to_normed));
            let mut input = vec![0.0; x.values.len()];
            let out = (&Lines::plain(grid, x.lines.channels), input.as_mut_slice());
            let from = (x, View::of(&to_normed));
            let (pooling, shortcut) = ((plan.stride(), self.more_channels()), plan.shortcut);
            dense.norm_input_gradient(&norm_found, normed, norm, from, out, |line, to| match shortcut {
                Shortcut::Identity => to.iter_mut().zip(gradient.line(line)).for_each(|(to, g)| *to += g),
                Shortcut::PoolAndPad => Dense::add_pooled_gradient(grid, pooling, gradient, line, to),
                Shortcut::Preactivation | Shortcut::Projection => {}
            });
            found.push((norm_found.gamma, norm_found.beta, to_weights));
            break input;
        };
        let mut packed = Vec::with_capacity(values.len());
        for (gamma, beta, weights) in found.into_iter().rev() {
            packed.extend(gamma);
            packed.extend(beta);
            packed.extend(weights);
        }
        packed.extend(bias);
        packed.extend(projection);
        Ok((input, packed))
    }
}

impl CustomOp2 for ResidualUnit {
    fn name(&self) -> &'static str {
        "residual unit"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        parameters: &CpuStorage,
        parameters_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (images, height, width, _) = x_layout.shape().dims4()?;
        let mut grid = Grid { images, height, width };
        let x = View::plain(floats(x, x_layout)?, grid);
        let unpacked = self.unpack(floats(parameters, parameters_layout)?);
        let (dense, plan) = (&self.dense, &self.plan);
        let mut all_normed: Vec<Normed> = Vec::new();
        let mut between: Vec<Matrix> = Vec::new();
        for (index, (stage, (norm, weights))) in plan.stages.iter().zip(&unpacked.stages).enumerate() {
            let last = index + 1 == plan.stages.len();
            let (moments, from) = match between.last() {
                None => (moments_of(dense, &self.moments, x), x),
                Some(before) => (dense.moments(View::of(before)), View::of(before)),
            };
            let normed = dense.normed(norm, moments, from);
            let to = grid.strided(stage.stride);
            let bias = last.then_some(unpacked.bias);
            let out = dense.convolve(weights, bias, stage.window(grid), &normed.values, to);
            grid = to;
            all_normed.push(normed);
            between.push(out);
        }
        let Some(residual) = between.pop() else { candle_core::bail!("a unit has a stage at least") };
        let (plain, matrix);
        let shortcut = match (plan.shortcut, &unpacked.projection) {
            (Shortcut::Preactivation, _) => View::of(&all_normed[0].values),
            (Shortcut::PoolAndPad, _) => {
                plain = dense.pooled(x, plan.stride(), self.more_channels());
                View::plain(&plain, grid)
            }
            (Shortcut::Projection, Some((weights, bias))) => {
                let window = Window::centred(1, plan.stride());
                matrix = dense.convolve(weights, Some(bias), window, &all_normed[0].values, grid);
                View::of(&matrix)
            }
            _ => x,
        };
        let out = self.with_mask(|mask| Ok(dense.residual(shortcut, View::of(&residual), mask)))?;
        // Looked at once the operation has been applied; applied once, so nothing is there before.
        let _ = self.found.set(all_normed.iter().map(|normed| normed.moments.clone()).collect());
        keep(&self.kept, (all_normed, between));
        Ok((CpuStorage::F32(out), (images, grid.height, grid.width, plan.outputs()).into()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        parameters: &Tensor,
        _result: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let (grid, to, on) = (grid_of(x)?, grid_of(gradient)?, x.device());
        let (input, packed) = with_floats(x, |x| {
            with_floats(parameters, |parameters| {
                with_floats(gradient, |gradient| {
                    self.gradients(View::plain(x, grid), parameters, View::plain(gradient, to))
                })
            })
        })?;
        let packed = Tensor::from_vec(packed, parameters.shape(), on)?;
        Ok((Some(Tensor::from_vec(input, x.shape(), on)?), Some(packed)))
    }
}

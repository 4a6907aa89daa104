//! Our operations against Candle's: results and gradients.

use candle_core::backprop::GradStore;
use candle_core::{Device as CandleDevice, Tensor, Var};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;

type Outcome = std::result::Result<(), TestCaseError>;

struct Source(ChaCha8Rng);

impl Source {
    fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    fn var(&mut self, shape: &[usize], low: f32, high: f32) -> Var {
        let count: usize = shape.iter().product();
        let values: Vec<f32> = (0..count).map(|_| self.0.random_range(low..high)).collect();
        Var::from_tensor(&Tensor::from_vec(values, shape, &CandleDevice::Cpu).unwrap()).unwrap()
    }

    fn norm(&mut self, channels: usize, slope: f32, all: &mut Vec<Var>) -> Norm {
        let (gamma, beta) = (self.var(&[channels], 0.5, 1.5), self.var(&[channels], -0.5, 0.5));
        all.extend([gamma.clone(), beta.clone()]);
        Norm { gamma: gamma.as_tensor().clone(), beta: beta.as_tensor().clone(), epsilon: 1e-3, slope }
    }
}

/// Both kinds of operations on the processor.
fn both() -> [Ops; 2] {
    [Ops::new(&Device::cpu()), Ops::Composed]
}

fn differ(ours: &Tensor, theirs: &Tensor, what: &str) -> Outcome {
    prop_assert_eq!(ours.dims(), theirs.dims());
    let flat = |x: &Tensor| x.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    let (ours, theirs) = (flat(ours), flat(theirs));
    let scale = theirs.iter().fold(1e-2f32, |scale, x| scale.max(x.abs()));
    for (index, (a, b)) in ours.iter().zip(&theirs).enumerate() {
        prop_assert!((a - b).abs() <= 1e-3 * scale, "{what}[{index}]: {a} is not {b} (scale {scale})");
    }
    Ok(())
}

/// How far a variable is moved for a finite difference.
const STEP: f64 = 2e-3;

/// The gradient of `loss` to `variable` against a finite difference, along the direction in which every part of it adds up.
fn differences(seed: u64, variable: &Var, gradient: &Tensor, loss: impl Fn() -> f64, what: &str) -> Outcome {
    let there = variable.as_tensor().copy().unwrap();
    let lengths = Source::new(seed ^ 2).var(there.dims(), 0.5, 1.0);
    let direction = (gradient.sign().unwrap() * lengths.as_tensor().detach()).unwrap();
    let at = |distance: f64| {
        variable.set(&(&there + direction.affine(distance, 0.0).unwrap()).unwrap()).unwrap();
        loss()
    };
    let found = (at(STEP) - at(-STEP)) / (2.0 * STEP);
    variable.set(&there).unwrap();
    let expected = f64::from((gradient * direction).unwrap().sum_all().unwrap().to_scalar::<f32>().unwrap());
    prop_assert!(
        (found - expected).abs() <= 1e-3 * expected.abs() + 1e-3,
        "{what}: {expected}, by differences {found}"
    );
    Ok(())
}

/// Runs `work` with both operations: same result, same statistics, same gradients of a weighted sum of the result.
fn agree(
    seed: u64,
    variables: &[Var],
    work: impl Fn(&Ops) -> candle_core::Result<(Tensor, Vec<Statistics>)>,
) -> std::result::Result<GradStore, TestCaseError> {
    let runs = both().map(|ops| {
        let (y, statistics) = work(&ops).unwrap();
        let weights = Source::new(seed ^ 1).var(y.dims(), -1.0, 1.0);
        let gradients = (&y * weights.as_tensor().detach()).unwrap().sum_all().unwrap().backward().unwrap();
        (y, statistics, gradients)
    });
    let [(ours, our_statistics, our_gradients), (theirs, their_statistics, their_gradients)] = runs;
    differ(&ours, &theirs, "result")?;
    prop_assert_eq!(our_statistics.len(), their_statistics.len());
    for (ours, theirs) in our_statistics.iter().zip(&their_statistics) {
        differ(&ours.mean, &theirs.mean, "mean")?;
        differ(&ours.variance, &theirs.variance, "variance")?;
    }
    for (index, variable) in variables.iter().enumerate() {
        let Some(theirs) = their_gradients.get(variable) else { continue };
        let ours = our_gradients.get(variable).expect("a gradient");
        differ(ours, theirs, &format!("gradient {index}"))?;
    }
    Ok(our_gradients)
}

/// Likewise, and the gradients against finite differences, if the function is smooth: across an activation's kink there are none.
fn agree_if_smooth(
    smooth: bool,
    seed: u64,
    variables: &[Var],
    work: impl Fn(&Ops) -> candle_core::Result<(Tensor, Vec<Statistics>)>,
) -> Outcome {
    let gradients = agree(seed, variables, &work)?;
    if !smooth {
        return Ok(());
    }
    let [ours, _] = both();
    for (index, variable) in variables.iter().enumerate() {
        let Some(gradient) = gradients.get(variable) else { continue };
        let loss = || {
            let y = work(&ours).unwrap().0;
            let weights = Source::new(seed ^ 1).var(y.dims(), -1.0, 1.0);
            let products =
                (y * weights.as_tensor()).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
            products.into_iter().map(f64::from).sum()
        };
        differences(seed, variable, gradient, loss, &format!("gradient {index}"))?;
    }
    Ok(())
}

/// The same cases every time: where rounding decides on which side of zero an activation's input lies, gradients differ, rightly.
fn config() -> ProptestConfig {
    ProptestConfig { cases: 48, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn convolutions_agree(
        seed in any::<u64>(), images in 1usize..4, height in 1usize..9, width in 1usize..9,
        inputs in 1usize..20, outputs in prop::sample::select(vec![1usize, 3, 10, 16, 17, 32, 40]),
        (kernel, stride) in prop::sample::select(vec![(1usize, 1usize), (1, 2), (3, 1), (3, 2), (7, 2)]), same in any::<bool>(),
    ) {
        let mut source = Source::new(seed);
        let grid = Grid { images, height, width };
        let window = if same { Window::same(kernel, stride, grid) } else { Window::centred(kernel, stride) };
        let x = source.var(&[images, height, width, inputs], -1.0, 1.0);
        let weights = source.var(&[kernel, kernel, inputs, outputs], -1.0, 1.0);
        let bias = source.var(&[outputs], -1.0, 1.0);
        let all = [x.clone(), weights.clone(), bias.clone()];
        agree_if_smooth(true, seed, &all, |ops| Ok((ops.convolve(&x, &weights, &bias, window, true)?, vec![])))?;
    }

    #[test]
    fn norms_agree(
        seed in any::<u64>(), images in 1usize..4, height in 1usize..40, width in 1usize..9, channels in 1usize..40,
        slope in prop::sample::select(vec![0.0f32, 0.1, 0.01, 1.0]), far in -30.0f32..30.0,
    ) {
        prop_assume!(images * height * width > 1);
        let mut source = Source::new(seed);
        let x = source.var(&[images, height, width, channels], far - 1.0, far + 1.0);
        let mut all = vec![x.clone()];
        let norm = source.norm(channels, slope, &mut all);
        agree_if_smooth(slope == 1.0, seed, &all, |ops| {
            let (y, statistics) = ops.normalize(&x, &norm)?;
            Ok((y, vec![statistics]))
        })?;
    }

    #[test]
    fn units_agree(
        seed in any::<u64>(), images in 2usize..5, half in (1usize..5, 1usize..5), inputs in 1usize..20,
        kind in 0usize..6, masked in any::<bool>(), smooth in any::<bool>(),
    ) {
        let mut source = Source::new(seed);
        let (height, width) = (2 * half.0, 2 * half.1);
        let slope = |slope| if smooth { 1.0 } else { slope };
        let basic = |stride, outputs| vec![
            Stage { kernel: 3, stride, centred: false, inputs, outputs, slope: slope(0.1) },
            Stage { kernel: 3, stride: 1, centred: false, inputs: outputs, outputs, slope: slope(0.01) },
        ];
        let bottleneck = |stride, outputs| vec![
            Stage { kernel: 1, stride: 1, centred: false, inputs, outputs: 5, slope: slope(0.0) },
            Stage { kernel: 3, stride, centred: true, inputs: 5, outputs: 5, slope: slope(0.0) },
            Stage { kernel: 1, stride: 1, centred: false, inputs: 5, outputs, slope: slope(0.0) },
        ];
        let (stages, shortcut) = match kind {
            0 => (basic(1, inputs), Shortcut::Identity),
            1 => (basic(1, inputs), Shortcut::Preactivation),
            2 => (basic(2, inputs + 6), Shortcut::PoolAndPad),
            3 => (bottleneck(1, inputs), Shortcut::Identity),
            4 => (bottleneck(1, 24), Shortcut::Projection),
            _ => (bottleneck(2, 24), Shortcut::Projection),
        };
        let plan = UnitPlan { stages, shortcut, epsilon: 1e-3 };
        let x = source.var(&[images, height, width, inputs], -1.0, 1.0);
        let mut all = vec![x.clone()];
        let mut weights = |source: &mut Source, shape: &[usize]| {
            let var = source.var(shape, -0.5, 0.5);
            all.push(var.clone());
            var.as_tensor().clone()
        };
        let mut norms = Vec::new();
        let stages = plan.stages.iter().map(|stage| {
            let norm = source.norm(stage.inputs, stage.slope, &mut norms);
            (norm, weights(&mut source, &[stage.kernel, stage.kernel, stage.inputs, stage.outputs]))
        }).collect();
        let bias = weights(&mut source, &[plan.outputs()]);
        let projection = (shortcut == Shortcut::Projection).then(|| (
            weights(&mut source, &[1, 1, inputs, plan.outputs()]), weights(&mut source, &[plan.outputs()]),
        ));
        let parameters = UnitParameters { stages, bias, projection };
        all.extend(norms);
        let stride = plan.stride();
        let mask = masked.then(|| {
            let mask: Vec<f32> = (0..images * height / stride * width / stride)
                .map(|_| if source.0.random_bool(0.5) { 1.0 } else { 0.0 }).collect();
            Tensor::from_vec(mask, (images, height / stride, width / stride), &CandleDevice::Cpu).unwrap()
        });
        agree_if_smooth(smooth, seed, &all, |ops| {
            let (state, statistics) = ops.unit(&plan, &State::new(x.as_tensor().clone()), &parameters, mask.as_ref())?;
            Ok((state.tensor, statistics))
        })?;
    }

    #[test]
    fn halting_scores_agree(
        seed in any::<u64>(), images in 2usize..6, height in 1usize..9, width in 1usize..9, channels in 1usize..20,
        has_local in any::<bool>(), slope in prop::sample::select(vec![0.1f32, 1.0]),
    ) {
        let mut source = Source::new(seed);
        let x = source.var(&[images, height, width, channels], -1.0, 1.0);
        let mut all = vec![x.clone()];
        let kernel = source.var(&[3, 3, channels, 1], -0.5, 0.5);
        let weights = source.var(&[1, 1, channels, 1], -0.5, 0.5);
        let bias = source.var(&[1], -1.0, 1.0);
        let local = has_local.then(|| (source.norm(channels, slope, &mut all), kernel.as_tensor().clone()));
        let global = (source.norm(channels, slope, &mut all), weights.as_tensor().clone());
        let parameters = BranchParameters { local, global, bias: bias.as_tensor().clone() };
        all.extend([kernel, weights, bias]);
        agree_if_smooth(slope == 1.0, seed, &all, |ops| ops.halting_score(&State::new(x.as_tensor().clone()), &parameters))?;
    }

    #[test]
    fn recurrences_and_weighted_sums_agree(
        seed in any::<u64>(), images in 1usize..4, side in 1usize..5, units in 1usize..6, channels in 1usize..40,
        of_images in any::<bool>(),
    ) {
        let mut source = Source::new(seed);
        let decisions = if of_images { images } else { images * side * side };
        let scores = source.var(&[units, decisions], 0.0, 0.7);
        let states: Vec<Var> = (0..=units).map(|_| source.var(&[images, side, side, channels], -1.0, 1.0)).collect();
        let all: Vec<Var> = states.iter().chain([&scores]).cloned().collect();
        // No differences: where N changes, what is not differentiated leaps.
        agree(seed, &all, |ops| {
            let found = ops.recurrence(&scores, 0.99)?;
            let mut output: Option<Tensor> = None;
            for (unit, state) in states.iter().enumerate() {
                let p = found.get(unit)?;
                let p = if of_images { p } else { p.reshape((images, side, side))? };
                output = Some(ops.weigh(output.as_ref(), state, &p)?);
            }
            let output = (output.unwrap().flatten_all()?.sum_all()? + found.get(units + 1)?.sum_all()?)?;
            Ok((output, vec![]))
        })?;
    }

    #[test]
    fn max_pools_agree(seed in any::<u64>(), images in 1usize..3, height in 1usize..9, width in 1usize..9, channels in 1usize..5) {
        let x = Source::new(seed).var(&[images, height, width, channels], -2.0, 1.0);
        agree(seed, std::slice::from_ref(&x), |ops| Ok((ops.max_pool(&x)?, vec![])))?;
    }
}

//! The engine agrees with the masked-dense evaluation at every density, size and setting; a batch equals one by one.

use ponderscope::engine::{Device, Strategy as Halted};
use ponderscope::halting::HaltingSetting;
use ponderscope::image::Input;
use ponderscope::jobs::Cancel;
use ponderscope::network::{Family, Network, NetworkError, NetworkSpec, RunOptions, Trace, Variant};
use ponderscope::weights::Variables;
use proptest::prelude::*;

use super::dense::Dense;
use super::support::{Random, furthest, spec};

fn run(spec: &NetworkSpec, variables: &Variables, inputs: &[Input], setting: &HaltingSetting) -> Vec<Trace> {
    run_on(&Device::cpu(), spec, variables, inputs, setting)
}

fn run_on(
    device: &Device,
    spec: &NetworkSpec,
    variables: &Variables,
    inputs: &[Input],
    setting: &HaltingSetting,
) -> Vec<Trace> {
    let network = Network::new(spec.clone(), variables, device).unwrap();
    let options = RunOptions { keep_outputs: true, ..RunOptions::default() };
    network.run(inputs, setting, options).unwrap()
}

pub fn any_spec() -> impl Strategy<Value = NetworkSpec> {
    let variant = prop::sample::select(vec![Variant::Vanilla, Variant::Act, Variant::Sact, Variant::Sact]);
    let units = prop::collection::vec(1usize..4, 4);
    (any::<bool>(), units, prop::sample::select(vec![3usize, 4, 8, 16]), variant).prop_map(
        |(cifar, units, width, variant)| match cifar {
            true => spec(Family::Cifar, &units[..3], width, variant),
            false => spec(Family::ImageNet, &units, width, variant),
        },
    )
}

fn any_setting() -> impl Strategy<Value = HaltingSetting> {
    (0.05f32..0.9999, prop::option::of(1usize..5), -2.0f32..2.0)
        .prop_map(|(threshold, unit_cap, logit_offset)| HaltingSetting { threshold, unit_cap, logit_offset })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_engine_agrees_with_the_dense_evaluation(
        spec in any_spec(), setting in any_setting(), seed in any::<u64>(), height in 5usize..40, width in 5usize..40,
        device in prop::sample::select(vec![
            Device::cpu(), Device::cpu(), Device::cpu().with_strategy(Halted::Dense),
            Device::candle_cpu().with_strategy(Halted::Rows), Device::candle_cpu().with_strategy(Halted::Dense),
        ]),
    ) {
        let mut random = Random(seed);
        let variables = random.variables(&spec);
        let mut inputs = [random.input(height, width), random.input(height, width)];
        if seed % 3 == 0 {
            // A flat picture halts all at once, beside one that goes on.
            inputs[0].data.fill(0.5);
        }
        let dense = Dense::new(&spec, &variables, setting).run(&inputs).unwrap();
        // A score this near to the threshold may fall on either side by rounding alone.
        prop_assume!(dense.blocks.iter().all(|block| block.margin > 2e-5));
        let traces = run_on(&device, &spec, &variables, &inputs, &setting);
        for (image, trace) in traces.iter().enumerate() {
            prop_assert_eq!(trace.flops as f64, dense.flops[image]);
            prop_assert!(furthest(&trace.logits, &dense.logits[image]) < 1e-3);
            for (block, expected) in trace.blocks.iter().zip(&dense.blocks) {
                let output = block.outputs.as_ref().unwrap();
                let part = &expected.output[image * output.len()..][..output.len()];
                let size = part.iter().fold(1.0f32, |size, value| size.max(value.abs()));
                prop_assert!(furthest(output, part) < 2e-4 * size, "{}", block.name);
                prop_assert_eq!(block.flops as f64, expected.flops[image]);
                let Some(record) = block.halting.record() else { continue };
                let decisions = record.num_units.len();
                let here = image * decisions..(image + 1) * decisions;
                let num_units: Vec<f32> = record.num_units.iter().map(|&n| n as f32).collect();
                prop_assert_eq!(&num_units[..], &expected.num_units[here.clone()]);
                prop_assert!(furthest(&record.ponder_cost, &expected.ponder_cost[here.clone()]) < 1e-4);
                for (unit, p) in expected.distribution.iter().enumerate() {
                    let found: Vec<f32> =
                        record.halting_distribution.iter().skip(unit).step_by(block.units).copied().collect();
                    prop_assert!(furthest(&found, &p[here.clone()]) < 1e-4);
                }
            }
        }
    }

    #[test]
    fn a_batch_equals_one_by_one(spec in any_spec(), setting in any_setting(), seed in any::<u64>()) {
        let mut random = Random(seed);
        let variables = random.variables(&spec);
        let inputs: Vec<Input> = (0..3).map(|_| random.input(19, 26)).collect();
        let dense = Dense::new(&spec, &variables, setting).run(&inputs).unwrap();
        prop_assume!(dense.blocks.iter().all(|block| block.margin > 2e-5));
        for (together, input) in run(&spec, &variables, &inputs, &setting).iter().zip(&inputs) {
            let alone = &run(&spec, &variables, std::slice::from_ref(input), &setting)[0];
            prop_assert_eq!(together.flops, alone.flops);
            prop_assert!(furthest(&together.logits, &alone.logits) < 1e-4);
            for (a, b) in together.blocks.iter().zip(&alone.blocks) {
                prop_assert_eq!(&a.active_positions, &b.active_positions);
                prop_assert_eq!(&a.unit_flops, &b.unit_flops);
                let units = |block: &ponderscope::network::BlockTrace| {
                    block.halting.record().map(|record| record.num_units.clone())
                };
                prop_assert_eq!(units(a), units(b));
            }
        }
    }
}

/// To the last bit: how work is parted among threads changes no sum.
#[test]
fn any_number_of_threads_gives_the_same_numbers() {
    for (spec, size, images) in [
        (spec(Family::Cifar, &[3, 3, 3], 16, Variant::Sact), 32, 21),
        (spec(Family::ImageNet, &[2, 2, 2, 2], 32, Variant::Sact), 97, 3),
        (spec(Family::ImageNet, &[2, 2, 2, 2], 32, Variant::Act), 64, 2),
    ] {
        let mut random = Random(11);
        let variables = random.variables(&spec);
        let inputs: Vec<Input> = (0..images).map(|_| random.input(size, size + 3)).collect();
        let with_threads = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| run(&spec, &variables, &inputs, &HaltingSetting::default()))
        };
        let one = with_threads(1);
        for threads in [2, 3, 8] {
            for (a, b) in one.iter().zip(with_threads(threads)) {
                assert_eq!(a.logits, b.logits, "{threads} threads");
                for (a, b) in a.blocks.iter().zip(b.blocks) {
                    assert_eq!((&a.halting, &a.outputs), (&b.halting, &b.outputs), "{threads} threads");
                }
            }
        }
    }
}

/// What a run leaves behind in memory that is used again must not be seen by the next.
#[test]
fn runs_of_all_sizes_leave_no_trace_in_one_another() {
    let spec = spec(Family::Cifar, &[3, 2, 2], 8, Variant::Sact);
    let mut random = Random(5);
    let variables = random.variables(&spec);
    let network = Network::new(spec.clone(), &variables, &Device::cpu()).unwrap();
    for (index, (height, width)) in
        [(32, 32), (9, 31), (32, 32), (40, 7), (31, 9), (33, 32)].into_iter().cycle().take(18).enumerate()
    {
        let inputs: Vec<Input> = (0..1 + index % 4).map(|_| random.input(height, width)).collect();
        let setting = HaltingSetting { logit_offset: index as f32 * 0.3 - 2.0, ..HaltingSetting::default() };
        let again = network.run(&inputs, &setting, RunOptions::default()).unwrap();
        for (again, fresh) in again.iter().zip(run(&spec, &variables, &inputs, &setting)) {
            assert_eq!(again.logits, fresh.logits);
        }
    }
}

#[test]
fn a_lower_threshold_costs_fewer_flops() {
    let spec = spec(Family::Cifar, &[5, 5, 5], 16, Variant::Sact);
    let mut random = Random(7);
    let variables = random.variables(&spec);
    let input = [random.input(32, 32)];
    let flops = [0.99, 0.8, 0.5, 0.2].map(|threshold| {
        run(&spec, &variables, &input, &HaltingSetting { threshold, ..HaltingSetting::default() })[0].flops
    });
    assert!(flops.is_sorted_by(|a, b| a > b), "{flops:?}");
}

#[test]
fn inputs_that_do_not_fit_are_refused() {
    let spec = spec(Family::Cifar, &[1, 1, 1], 4, Variant::Sact);
    let mut random = Random(1);
    let variables = random.variables(&spec);
    let network = Network::new(spec, &variables, &Device::cpu()).unwrap();
    let run = |inputs: &[Input]| network.run(inputs, &HaltingSetting::default(), RunOptions::default());
    assert!(run(&[]).unwrap().is_empty());
    let mixed = run(&[random.input(8, 8), random.input(8, 9)]).unwrap_err();
    assert_eq!(mixed.to_string(), "a batch needs inputs of one size: found 8x9 after 8x8");
    let short = Input { height: 4, width: 4, data: vec![0.0; 47] };
    assert!(matches!(run(&[short]), Err(NetworkError::InputLength { expected: 48, found: 47, .. })));
    let huge = Input { height: 3000, width: 3000, data: vec![] };
    assert!(run(&[huge]).unwrap_err().to_string().ends_with("choose a smaller input size"));
    let empty = Input { height: 0, width: 4, data: vec![] };
    assert!(matches!(run(&[empty]), Err(NetworkError::InputLength { .. })));
}

#[test]
fn a_cancelled_run_stops() {
    let spec = spec(Family::Cifar, &[2, 2, 2], 4, Variant::Sact);
    let mut random = Random(1);
    let variables = random.variables(&spec);
    let network = Network::new(spec, &variables, &Device::cpu()).unwrap();
    let cancel = Cancel::new();
    cancel.cancel();
    let options = RunOptions { cancel: Some(&cancel), keep_outputs: false };
    let outcome = network.run(&[random.input(8, 8)], &HaltingSetting::default(), options);
    assert!(matches!(outcome, Err(NetworkError::Cancelled)));
}

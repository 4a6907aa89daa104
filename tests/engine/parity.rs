//! Every checkpoint that the reference ran gives the reference's numbers, within the tolerances of the fixtures.

use ponderscope::engine::{Device, DeviceChoice, Strategy};
use ponderscope::halting::{HaltingSetting, Recurrence};
use ponderscope::network::{Halting, Network, RunOptions, Trace};
use ponderscope::weights;

use super::common::fixture;
use super::support::{Arrays, furthest};

/// How many decisions may differ: none, or one in 10,000 where inputs were not kept clear of the threshold.
#[derive(Clone, Copy, PartialEq)]
enum Decisions {
    Exact,
    OneInTenThousand,
}

struct Case {
    arrays: Arrays,
    traces: Vec<Trace>,
}

impl Case {
    fn run(folder: &str, data: &str, threshold: f32, device: &Device) -> Option<Self> {
        let folder = fixture(folder)?;
        let variables = weights::read(&folder).unwrap();
        let spec = weights::infer_spec(&variables).unwrap();
        let network = Network::new(spec, &variables, device).unwrap();
        let mut arrays = Arrays::open(&folder.join(data));
        let setting = HaltingSetting { threshold, ..HaltingSetting::default() };
        let options = RunOptions { keep_outputs: true, ..RunOptions::default() };
        let traces = network.run(&arrays.inputs(), &setting, options).unwrap();
        Some(Self { arrays, traces })
    }

    /// One array, cut into one part an image; a per-image FLOPs array may come as a square with equal columns.
    fn per_image(&mut self, name: &str) -> Vec<Vec<f64>> {
        let (_, values) = self.arrays.get(name);
        let length = values.len() / self.traces.len();
        values.chunks_exact(length).map(<[f64]>::to_vec).collect()
    }

    fn assert_logits(&mut self) {
        for (trace, expected) in self.traces.clone().iter().zip(self.per_image("logits")) {
            let expected: Vec<f32> = expected.iter().map(|&v| v as f32).collect();
            let difference = furthest(&trace.logits, &expected);
            assert!(difference <= 1e-4, "logits differ by {difference}");
        }
    }

    fn assert_flops(&mut self) {
        let traces = self.traces.clone();
        for (trace, expected) in traces.iter().zip(self.per_image("flops")) {
            assert_eq!(trace.flops as f64, expected[0]);
        }
        for block in 0..traces[0].blocks.len() {
            let name = format!("{}/flops", traces[0].blocks[block].name);
            for (trace, expected) in traces.iter().zip(self.per_image(&name)) {
                assert_eq!(trace.blocks[block].flops as f64, expected[0], "{name}");
            }
        }
    }

    fn assert_outputs(&mut self) {
        let traces = self.traces.clone();
        for block in 0..traces[0].blocks.len() {
            let name = format!("{}/outputs", traces[0].blocks[block].name);
            if !self.arrays.has(&name) {
                continue;
            }
            for (trace, expected) in traces.iter().zip(self.per_image(&name)) {
                let expected: Vec<f32> = expected.iter().map(|&v| v as f32).collect();
                let difference = furthest(trace.blocks[block].outputs.as_ref().unwrap(), &expected);
                assert!(difference <= 5e-4, "{name} differ by {difference}");
            }
        }
    }

    fn assert_halting(&mut self, decisions: Decisions) {
        let traces = self.traces.clone();
        let (mut flipped, mut all) = (0, 0);
        for block in 0..traces[0].blocks.len() {
            let scope = traces[0].blocks[block].name.clone();
            let units = traces[0].blocks[block].units;
            let num_units = self.per_image(&format!("{scope}/num_units"));
            let ponder_cost = self.per_image(&format!("{scope}/ponder_cost"));
            let distribution = self.per_image(&format!("{scope}/halting_distribution"));
            for (image, trace) in traces.iter().enumerate() {
                let record = trace.blocks[block].halting.record().unwrap();
                assert_eq!(record.num_units.len(), num_units[image].len());
                for (index, &n) in record.num_units.iter().enumerate() {
                    all += 1;
                    if f64::from(n) != num_units[image][index] {
                        flipped += 1;
                        continue;
                    }
                    let difference = (f64::from(record.ponder_cost[index]) - ponder_cost[image][index]).abs();
                    assert!(difference <= 1e-4, "{scope} ponder cost differs by {difference}");
                    let row = index * units..(index + 1) * units;
                    for (found, expected) in
                        record.halting_distribution[row.clone()].iter().zip(&distribution[image][row])
                    {
                        assert!((f64::from(*found) - expected).abs() <= 1e-4, "{scope} distribution");
                    }
                }
            }
        }
        match decisions {
            Decisions::Exact => assert_eq!(flipped, 0, "of {all} decisions"),
            Decisions::OneInTenThousand => assert!(flipped * 10_000 <= all, "{flipped} of {all} decisions"),
        }
    }

    /// The scores that were computed are the reference's, which computes them at halted positions too.
    fn assert_scores(&mut self) {
        let traces = self.traces.clone();
        for block in 0..traces[0].blocks.len() {
            let name = format!("{}/halting_proba", traces[0].blocks[block].name);
            if !self.arrays.has(&name) {
                continue;
            }
            let expected = self.per_image(&name);
            for (image, trace) in traces.iter().enumerate() {
                let block = &trace.blocks[block];
                let record = block.halting.record().unwrap();
                for (index, &n) in record.num_units.iter().enumerate() {
                    for unit in 0..(n as usize).min(block.units - 1) {
                        let at = index * (block.units - 1) + unit;
                        let difference = (f64::from(record.halting_scores[at]) - expected[image][at]).abs();
                        assert!(difference <= 1e-4, "{name} differs by {difference}");
                    }
                }
            }
        }
    }

    fn assert_all(&mut self, decisions: Decisions) {
        self.assert_halting(decisions);
        self.assert_flops();
        self.assert_logits();
        self.assert_outputs();
        self.assert_scores();
    }
}

/// Every engine and every way to treat halted positions. CUDA or Metal is among them where it is built in and there.
fn devices() -> Vec<Device> {
    let auto = DeviceChoice::Auto.open().unwrap();
    [Device::cpu(), Device::candle_cpu(), auto]
        .into_iter()
        .flat_map(|device| {
            [Strategy::Rows, Strategy::Dense].map(|strategy| device.clone().with_strategy(strategy))
        })
        .collect()
}

macro_rules! parity {
    ($test:ident, $folder:literal, $data:literal, $threshold:literal, $decisions:ident) => {
        #[test]
        fn $test() {
            for device in devices() {
                if let Some(mut case) = Case::run($folder, $data, $threshold, &device) {
                    case.assert_all(Decisions::$decisions);
                }
            }
        }
    };
}

parity!(resnet32_sact, "cifar_5_sact", "data.npz", 0.99, Exact);
parity!(resnet32_sact_at_threshold_0_7, "cifar_5_sact", "data_eps30.npz", 0.7, OneInTenThousand);
parity!(resnet32_act, "cifar_5_act", "data.npz", 0.99, Exact);
parity!(blocks_that_halt_early, "cifar_1_5_3_sact_earlyhalt", "data.npz", 0.99, Exact);
parity!(a_training_run, "cifar_2_sact_trainrun", "data.npz", 0.99, Exact);
parity!(imagenet_sact, "imagenet_tiny_sact", "data.npz", 0.99, OneInTenThousand);
parity!(imagenet_act, "imagenet_tiny_act", "data.npz", 0.99, OneInTenThousand);

#[test]
fn vanilla_networks() {
    for folder in ["cifar_5_vanilla", "imagenet_tiny_vanilla"] {
        for device in devices() {
            let Some(mut case) = Case::run(folder, "data.npz", 0.99, &device) else { continue };
            let mut blocks = case.traces.iter().flat_map(|trace| &trace.blocks);
            assert!(blocks.all(|block| block.halting == Halting::None));
            case.assert_flops();
            case.assert_logits();
            case.assert_outputs();
        }
    }
}

/// The halting functions alone, with ties at the threshold.
#[test]
fn halting_functions() {
    let Some(folder) = fixture("act_functions") else { return };
    let mut arrays = Arrays::open(&folder.join("data.npz"));
    let (shape, scores) = arrays.get("halting_proba");
    let (decisions, units) = (shape[0], shape[1]);
    let states = arrays.f32s("states");
    let channels = states.len() / units / decisions;
    for (name, threshold) in [("eps_0.01", 0.99), ("eps_0.001", 0.999), ("eps_0.1", 0.9)] {
        let setting = HaltingSetting { threshold, ..HaltingSetting::default() };
        let mut recurrence = Recurrence::new(decisions, units, &setting);
        let mut outputs = vec![0.0f32; decisions * channels];
        for unit in 0..units {
            if recurrence.is_done() {
                break;
            }
            let active = recurrence.active().to_vec();
            let now: Vec<f32> = match recurrence.next_needs_scores() {
                true => active.iter().map(|&d| scores[d as usize * units + unit] as f32).collect(),
                false => Vec::new(),
            };
            for (&decision, p) in active.iter().zip(recurrence.advance(&now)) {
                for channel in 0..channels {
                    let at = decision as usize * channels + channel;
                    outputs[at] += p * states[unit * decisions * channels + at];
                }
            }
        }
        let record = recurrence.finish();
        for wrapper in ["early_stopping", "wrapper", "sact"] {
            let expected = |arrays: &mut Arrays, what: &str| arrays.f32s(&format!("{name}/{wrapper}/{what}"));
            let num_units: Vec<f32> = record.num_units.iter().map(|&n| n as f32).collect();
            assert_eq!(num_units, expected(&mut arrays, "num_units"), "{name} {wrapper}");
            assert!(furthest(&record.ponder_cost, &expected(&mut arrays, "ponder_cost")) <= 1e-6);
            let distribution = expected(&mut arrays, "halting_distribution");
            assert!(furthest(&record.halting_distribution, &distribution) <= 1e-6);
            assert!(furthest(&outputs, &expected(&mut arrays, "outputs")) <= 1e-5);
        }
    }
}

//! Halting gradients against the reference's own (fixture `act_functions`) and against finite differences.

use std::fs::File;
use std::path::Path;

use candle_core::{Device as CandleDevice, Tensor, Var};
use npyz::npz::NpzArchive;

use super::*;
use crate::engine::Device;

fn array(name: &str) -> (Vec<usize>, Vec<f32>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/act_functions/data.npz");
    let mut archive = NpzArchive::new(File::open(path).unwrap()).unwrap();
    let array = archive.by_name(name).unwrap().unwrap_or_else(|| panic!("no array {name}"));
    (array.shape().iter().map(|&n| n as usize).collect(), array.into_vec().unwrap())
}

fn tensor(name: &str) -> Tensor {
    let (shape, values) = array(name);
    Tensor::from_vec(values, shape, &CandleDevice::Cpu).unwrap()
}

#[track_caller]
fn assert_close(found: &Tensor, expected: &Tensor, what: &str) {
    let flat = |x: &Tensor| x.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    assert_eq!(found.dims(), expected.dims(), "{what}");
    for (index, (a, b)) in flat(found).into_iter().zip(flat(expected)).enumerate() {
        assert!((a - b).abs() <= 1e-5 * b.abs().max(1.0), "{what}[{index}]: {a} is not {b}");
    }
}

/// Scores `[64, 6]` of the fixture as the operation takes them, without the last unit's: `[5, 64]`.
fn scores() -> Var {
    let all = tensor("halting_proba").t().unwrap();
    let units = all.dim(0).unwrap();
    Var::from_tensor(&all.narrow(0, 0, units - 1).unwrap().contiguous().unwrap()).unwrap()
}

/// The gradient of `loss` to the scores, laid out as the fixture's: the last unit's is zero.
fn gradient(loss: &Tensor, scores: &Var) -> Tensor {
    let gradient = loss.backward().unwrap().get(scores).unwrap().t().unwrap();
    gradient.pad_with_zeros(1, 0, 1).unwrap()
}

#[test]
fn halting_gradients_are_the_references() {
    for ops in [Ops::new(&Device::cpu()), Ops::Composed] {
        for eps in ["0.1", "0.01", "0.001"] {
            let threshold = 1.0 - eps.parse::<f32>().unwrap();
            let scores = scores();
            let found = ops.recurrence(&scores, threshold).unwrap();
            let (units, decisions) = (found.dim(0).unwrap() - 1, found.dim(1).unwrap());
            let costs = found.get(units).unwrap();
            let expected = tensor(&format!("eps_{eps}/act_fn/ponder_cost"));
            assert_close(&costs, &expected, &format!("ponder cost, eps {eps}"));
            let p = found.narrow(0, 0, units).unwrap().t().unwrap();
            let expected = tensor(&format!("eps_{eps}/act_fn/halting_distribution"));
            assert_close(&p, &expected, &format!("halting distribution, eps {eps}"));

            let found_gradient = gradient(&costs.sum_all().unwrap(), &scores);
            for kind in ["ponder_cost_grad", "sact_ponder_cost_grad"] {
                let expected = tensor(&format!("eps_{eps}/grad/{kind}"));
                assert_close(&found_gradient, &expected, &format!("{kind}, eps {eps}"));
            }

            // Decisions as images of one position: ACT's weights. As positions of one image: SACT's.
            let states = tensor("states");
            let channels = states.dim(2).unwrap();
            let upstream = tensor(&format!("eps_{eps}/grad/outputs_grad_upstream"));
            for (shape, kind) in
                [((decisions, 1, 1), "outputs_grad"), ((1, 8, decisions / 8), "sact_outputs_grad")]
            {
                let mut output: Option<Tensor> = None;
                for unit in 0..units {
                    let (images, height, width) = shape;
                    let state = states.get(unit).unwrap().reshape((images, height, width, channels)).unwrap();
                    let p = found.get(unit).unwrap();
                    let p = if images == 1 { p.reshape(shape).unwrap() } else { p };
                    output = Some(ops.weigh(output.as_ref(), &state, &p).unwrap());
                }
                let output = output.unwrap().reshape((decisions, channels)).unwrap();
                let loss = (output * &upstream).unwrap().sum_all().unwrap();
                let expected = tensor(&format!("eps_{eps}/grad/{kind}"));
                assert_close(&gradient(&loss, &scores), &expected, &format!("{kind}, eps {eps}"));
            }
        }
    }
}

//! Gradients point the right way, from the loss to the first weight.

use ponderscope::engine::Device;
use ponderscope::network::{Family, NetworkSpec, Variant};
use ponderscope::train::{Examples, Recipe, Schedule, Trainer};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const PICTURES: usize = 16;
/// Half of CIFAR's, for the sake of time.
const EDGE: usize = 16;
const STEPS: u64 = 40;

/// Noise, and labels that nothing but learning by heart can tell.
fn examples() -> Examples {
    let mut random = ChaCha8Rng::seed_from_u64(11);
    Examples {
        inputs: (0..PICTURES * EDGE * EDGE * 3).map(|_| random.random_range(-1.7..1.7)).collect(),
        height: EDGE,
        width: EDGE,
        labels: (0..PICTURES).map(|picture| picture as u32 % 4).collect(),
    }
}

fn recipe(variant: Variant, tau: f64) -> Recipe {
    Recipe {
        spec: NetworkSpec { family: Family::Cifar, units: vec![2; 3], width: 8, classes: 4, variant },
        tau,
        data: "data".into(),
        data_name: "noise".to_owned(),
        init: None,
        keep_halting: false,
        halting_offset: 0.0,
        steps: STEPS,
        batch_size: PICTURES,
        epoch: 1,
        schedule: Schedule::OneCycle,
        learning_rate: 0.1,
        weight_decay: 2e-4,
        label_smoothing: 0.0,
        shift: 2,
        ema: None,
        seed: 1,
    }
}

#[test]
fn every_variant_learns_sixteen_pictures_by_heart() {
    let examples = examples();
    for variant in [Variant::Vanilla, Variant::Act, Variant::Sact] {
        let recipe = recipe(variant, 0.005);
        let mut trainer = Trainer::new(&recipe, &recipe.first_values(None).unwrap(), &Device::cpu()).unwrap();
        let reports: Vec<_> = (0..STEPS).map(|_| trainer.step(&examples).unwrap()).collect();
        let (first, last) = (reports[0], reports[reports.len() - 1]);
        assert!(last.accuracy > 0.9, "{variant}: {first:?} {last:?}");
        assert!(last.loss < 0.5 * first.loss, "{variant}: {first:?} {last:?}");
    }
}

#[test]
fn a_price_on_pondering_makes_networks_halt_earlier() {
    let examples = examples();
    for variant in [Variant::Act, Variant::Sact] {
        let cost = |tau| {
            let recipe = recipe(variant, tau);
            let first = recipe.first_values(None).unwrap();
            let mut trainer = Trainer::new(&recipe, &first, &Device::cpu()).unwrap();
            let reports: Vec<_> = (0..STEPS).map(|_| trainer.step(&examples).unwrap()).collect();
            reports[reports.len() - 1].ponder_cost
        };
        let (free, dear) = (cost(0.0), cost(1.0));
        assert!(dear < free - 0.3, "{variant}: {free} {dear}");
    }
}

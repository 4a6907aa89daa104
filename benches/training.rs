//! Steps of training: images a second is 128 over the time of one.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ponderscope::engine::Device;
use ponderscope::network::{Family, NetworkSpec, Variant};
use ponderscope::train::{Examples, Recipe, Schedule, Trainer};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const BATCH: usize = 128;

#[expect(clippy::expect_used, reason = "a benchmark that cannot begin has nothing to measure")]
fn steps(criterion: &mut Criterion) {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let examples = Examples {
        inputs: (0..BATCH * 32 * 32 * 3).map(|_| random.random_range(-2.0..2.0)).collect(),
        height: 32,
        width: 32,
        labels: (0..BATCH).map(|_| random.random_range(0..10)).collect(),
    };
    let mut group = criterion.benchmark_group("training step, ResNet-32, batch 128");
    group.throughput(Throughput::Elements(BATCH as u64)).sample_size(10);
    for variant in [Variant::Vanilla, Variant::Act, Variant::Sact] {
        let spec = NetworkSpec { family: Family::Cifar, units: vec![5; 3], width: 16, classes: 10, variant };
        let recipe = Recipe {
            spec,
            tau: 0.005,
            data: "data".into(),
            data_name: "random".to_owned(),
            init: None,
            keep_halting: false,
            halting_offset: 0.0,
            steps: 1000,
            batch_size: BATCH,
            epoch: 390,
            schedule: Schedule::OneCycle,
            learning_rate: 0.1,
            weight_decay: 2e-4,
            label_smoothing: 0.0,
            shift: 2,
            ema: None,
            seed: 1,
        };
        let first = recipe.first_values(None).expect("a new network needs no file");
        let mut trainer = Trainer::new(&recipe, &first, &Device::cpu()).expect("a whole network");
        group.bench_function(variant.to_string(), |bencher| {
            bencher.iter(|| trainer.step(&examples).expect("a step"));
        });
    }
    group.finish();
}

criterion_group!(benches, steps);
criterion_main!(benches);

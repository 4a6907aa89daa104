//! SACT networks beside a plain masked-dense evaluation in Candle's own convolutions, which computes every unit at every
//! position and multiplies by the mask. `cargo bench --bench masked_dense`

#![allow(clippy::unwrap_used, reason = "a benchmark may stop at the first surprise")]

#[path = "../tests/engine/dense.rs"]
#[allow(dead_code, reason = "the tests look at more of a run than its time")]
mod dense;

use criterion::{Criterion, criterion_group, criterion_main};
use dense::Dense;
use ponderscope::engine::Device;
use ponderscope::halting::HaltingSetting;
use ponderscope::network::{Network, RunOptions};
use ponderscope::timing::{Subject, inputs, offset_for_share};

/// The share of operations that the paper's ResNet-101 needs.
const SHARE: f64 = 0.71;

fn networks(criterion: &mut Criterion) {
    for (name, batch) in [("resnet32-sact", 1), ("resnet32-sact", 8), ("resnet101-sact", 1)] {
        let subject: Subject = name.parse().unwrap();
        let variables = subject.variables();
        let network = Network::new(subject.spec.clone(), &variables, &Device::cpu()).unwrap();
        let inputs =
            inputs(batch, subject.spec.family.published_size(), subject.spec.family.preprocessing()).unwrap();
        let (logit_offset, _) =
            offset_for_share(&network, &inputs, HaltingSetting::default(), SHARE, RunOptions::default())
                .unwrap();
        let setting = HaltingSetting { logit_offset, ..HaltingSetting::default() };
        let dense = Dense::new(&subject.spec, &variables, setting);
        let mut group = criterion.benchmark_group(format!("{name} batch {batch}"));
        group.bench_function("ponderscope", |bencher| {
            bencher.iter(|| network.run(&inputs, &setting, RunOptions::default()).unwrap());
        });
        group.bench_function("masked dense in Candle", |bencher| {
            bencher.iter(|| dense.run(&inputs).unwrap());
        });
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10).measurement_time(std::time::Duration::from_secs(5));
    targets = networks
}
criterion_main!(benches);

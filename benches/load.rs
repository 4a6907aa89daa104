//! How long a large model takes from its file to its variables: the page cache is warm, and so, after the first round, is
//! the memory that the values go to.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot make its files has nothing to measure")]

#[expect(dead_code, reason = "tests write checkpoints in more ways")]
#[path = "../tests/common/bundle.rs"]
mod bundle;

use bundle::{Checkpoint, Layout, Tensor};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ponderscope::network::{Family, NetworkSpec, Variant};
use ponderscope::weights::{self, Overwrite, Variable, Variables};

/// A SACT ResNet-101 of about 180 MB, of numbers that mean nothing.
fn variables() -> Variables {
    let units = vec![3, 4, 23, 3];
    let spec =
        NetworkSpec { family: Family::ImageNet, units, width: 64, classes: 1001, variant: Variant::Sact };
    let mut state = 1u32;
    let mut random = || {
        // The linear congruential generator of Numerical Recipes.
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state as f32 / u32::MAX as f32 - 0.5
    };
    let filled = weights::expected(&spec).into_iter().map(|(name, shape)| {
        let values = std::iter::repeat_with(&mut random).take(shape.iter().product()).collect();
        (name, Variable { shape, values })
    });
    Variables { by_name: filled.collect(), ..Variables::default() }
}

fn load(criterion: &mut Criterion) {
    let variables = variables();
    let folder = tempfile::tempdir().unwrap();
    let safetensors = folder.path().join("resnet101.safetensors");
    weights::write(&safetensors, &variables, Overwrite::Refuse).unwrap();
    let tensors = variables.by_name.iter();
    let tensors: Vec<Tensor> =
        tensors.map(|(name, variable)| Tensor::floats(name, &variable.shape, &variable.values)).collect();
    let checkpoint = Checkpoint::new(&tensors, Layout::default());
    let bytes = tensors.iter().map(|tensor| tensor.bytes.len() as u64).sum();
    drop((tensors, variables));

    let mut group = criterion.benchmark_group("load");
    group.sample_size(10).throughput(Throughput::Bytes(bytes));
    for (name, path) in [("safetensors", &safetensors), ("tensorflow", &checkpoint.prefix)] {
        group.bench_function(name, |bencher| bencher.iter(|| weights::read(path).unwrap()));
    }
    group.finish();
}

criterion_group!(benches, load);
criterion_main!(benches);

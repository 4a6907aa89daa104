//! How long a large model takes from its file to its variables: the page cache is warm, and so, after the first round, is
//! the memory that the values go to.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot make its files has nothing to measure")]

#[expect(dead_code, reason = "tests write checkpoints in more ways")]
#[path = "../tests/common/bundle.rs"]
mod bundle;

use bundle::{Checkpoint, Layout, Tensor};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ponderscope::timing::Subject;
use ponderscope::weights::{self, Overwrite, Precision};

fn load(criterion: &mut Criterion) {
    // About 180 MB.
    let variables = "resnet101-sact".parse::<Subject>().unwrap().variables();
    let folder = tempfile::tempdir().unwrap();
    let safetensors = folder.path().join("resnet101.safetensors");
    weights::write(&safetensors, &variables, Precision::Single, Overwrite::Refuse).unwrap();
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

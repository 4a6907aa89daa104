//! The convolutions of ResNet-101 and ResNet-32 at several shares of active positions, beside the same products by the
//! `gemm` crate with everything gathered beforehand. `cargo bench --bench kernels`

#![allow(clippy::unwrap_used, reason = "a benchmark may stop at the first surprise")]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ponderscope::timing::{Shape, Timed};

const fn shape(edge: usize, kernel: usize, inputs: usize, outputs: usize) -> Shape {
    Shape { height: edge, width: edge, kernel, inputs, outputs }
}

const SHAPES: [Shape; 11] = [
    shape(56, 1, 256, 64),
    shape(56, 3, 64, 64),
    shape(56, 1, 64, 256),
    shape(28, 3, 128, 128),
    shape(14, 1, 1024, 256),
    shape(14, 3, 256, 256),
    shape(14, 1, 256, 1024),
    shape(7, 3, 512, 512),
    shape(32, 3, 16, 16),
    shape(16, 3, 32, 32),
    shape(8, 3, 64, 64),
];

fn convolutions(criterion: &mut Criterion) {
    for shape in SHAPES {
        let Shape { height, width, kernel, inputs, outputs } = shape;
        let mut group =
            criterion.benchmark_group(format!("{kernel}x{kernel} {inputs}-{outputs} at {height}x{width}"));
        for share in [1.0, 0.5, 0.1] {
            let timed = Timed::new(shape, share).unwrap();
            group.throughput(Throughput::Elements(shape.flops(timed.positions())));
            // Within the pool, as a run of a network is.
            group.bench_function(BenchmarkId::new("rows", share), |bencher| {
                rayon::scope(|_| bencher.iter(|| timed.run().unwrap()));
            });
        }
        let positions = height * width;
        let (left, right) = shape.as_matrices(positions).unwrap();
        group.throughput(Throughput::Elements(shape.flops(positions)));
        group.bench_function("gemm of gathered taps", |bencher| {
            bencher.iter(|| left.matmul(&right).unwrap());
        });
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).measurement_time(std::time::Duration::from_secs(1)).warm_up_time(std::time::Duration::from_millis(300));
    targets = convolutions
}
criterion_main!(benches);

//! The two engines agree, step by step, on every kind of rows.

use proptest::prelude::{Strategy as Generator, *};
use proptest::test_runner::TestCaseError;

use super::{Activation, Composed, Convolution, Cpu, Engine, Grid, Rows, Strategy, Window};

type Held = <Cpu as Engine>::Matrix;

#[cfg(target_arch = "x86_64")]
fn vectors() -> Vec<pulp::Arch> {
    use pulp::x86::{V3, V4};
    let wide = [V4::try_new().map(pulp::Arch::V4), V3::try_new().map(pulp::Arch::V3)];
    wide.into_iter().flatten().chain([pulp::Arch::Scalar]).collect()
}

#[cfg(not(target_arch = "x86_64"))]
fn vectors() -> Vec<pulp::Arch> {
    vec![pulp::Arch::new(), pulp::Arch::Scalar]
}

fn numbers(count: usize) -> Vec<f32> {
    (0..count).map(|index| ((index * 37 % 1013) as f32 * 0.01 - 5.0).sin()).collect()
}

/// Both engines, and a state of all rows of a grid on each.
struct Both {
    cpu: Cpu,
    composed: Composed,
    grid: Grid,
    channels: usize,
}

impl Both {
    fn new(grid: Grid, channels: usize) -> Self {
        let composed = Composed::new(&candle_core::Device::Cpu, Strategy::Rows);
        // Every kind of vectors that this machine has gets its turn.
        let vectors = vectors();
        let cpu = Cpu::with_vectors(vectors[(grid.rows() + channels) % vectors.len()]);
        Self { cpu, composed, grid, channels }
    }

    fn states(&self) -> (Held, candle_core::Tensor) {
        let values = numbers(self.grid.rows() * self.channels);
        let upload = |kernel| self.cpu.upload(&values, self.grid, self.channels, kernel).unwrap();
        (upload(3), self.composed.upload(&values, self.grid, self.channels, 3).unwrap())
    }

    /// Whether the rows asked for, of a matrix in which ours holds all and Candle's those alone, are the same.
    fn same(&self, ours: &Held, theirs: &candle_core::Tensor, rows: &Rows) -> Result<(), TestCaseError> {
        let (ours, theirs) = (self.cpu.download(ours).unwrap(), self.composed.download(theirs).unwrap());
        let channels = theirs.len() / rows.len().max(1);
        for (&row, theirs) in rows.as_slice().iter().zip(theirs.chunks_exact(channels.max(1))) {
            let ours = &ours[row as usize * channels..][..channels];
            let near = |(a, b): (&f32, &f32)| {
                (a - b).abs() <= 1e-5 * (1.0 + b.abs()) * (9.0 * self.channels as f32).sqrt()
            };
            prop_assert!(ours.iter().zip(theirs).all(near), "row {}: {:?} is not {:?}", row, ours, theirs);
        }
        Ok(())
    }
}

/// A grid, some of its rows, and channels that fill vectors, leave rests, or are wide enough for gaps.
fn asked() -> impl Generator<Value = (Grid, Vec<u32>, usize)> {
    let channels = prop::sample::select(vec![1usize, 3, 8, 16, 20, 33, 64, 512]);
    (1usize..3, 1usize..9, 1usize..9, channels, any::<u64>(), 0.0f64..1.0).prop_map(
        |(images, height, width, channels, seed, share)| {
            let grid = Grid { images, height, width };
            let random =
                |row: u32| (u64::from(row) + 1).wrapping_mul(seed | 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let wanted = |row: &u32| random(*row) as f64 <= share * u64::MAX as f64 || *row == 0;
            (grid, (0..grid.rows() as u32).filter(wanted).collect(), channels)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn on_convolutions(
        (grid, list, channels) in asked(), kernel in prop::sample::select(vec![1usize, 3]), stride in 1usize..3,
        outputs in prop::sample::select(vec![1usize, 7, 16, 17, 40]), with_norm in any::<bool>(), slope in prop::sample::select(vec![0.0f32, 0.1, 1.0]),
    ) {
        let both = Both::new(grid, channels);
        let (ours, theirs) = both.states();
        let everywhere = Rows::all(grid);
        let out = grid.strided(stride);
        let list: Vec<u32> = list.into_iter().filter(|row| (*row as usize) < out.rows()).collect();
        let targets = Rows::from_sorted(out, &list);
        let window = Window::same(kernel, stride, grid);
        let (weights, bias) = (numbers(kernel * kernel * channels * outputs), numbers(outputs));
        let activation = Activation { slope };
        let with_norm = with_norm && kernel == 1;
        let norms = (
            both.cpu.norm(&numbers(channels), &bias_of(channels), activation).unwrap(),
            both.composed.norm(&numbers(channels), &bias_of(channels), activation).unwrap(),
        );
        let convs = (
            both.cpu.conv(kernel, channels, &weights, &bias, activation).unwrap(),
            both.composed.conv(kernel, channels, &weights, &bias, activation).unwrap(),
        );
        let source = &everywhere;
        let step = Convolution { norm: with_norm.then_some(&norms.0), conv: &convs.0, window, source, targets: &targets };
        let found = both.cpu.convolve(&step, &ours).unwrap();
        let step = Convolution { norm: with_norm.then_some(&norms.1), conv: &convs.1, window, source, targets: &targets };
        both.same(&found, &both.composed.convolve(&step, &theirs).unwrap(), &targets)?;
    }

    #[test]
    fn on_what_a_unit_adds((grid, list, channels) in asked(), dense in any::<bool>()) {
        let both = Both::new(grid, channels);
        let (ours, theirs) = both.states();
        let (everywhere, only) = (Rows::all(grid), Rows::from_sorted(grid, &list));
        let mut dilated = Rows::none(grid);
        dilated.assign_dilated(&only);
        let weights = numbers(9 * channels * channels);
        let window = Window::centred(3, 1);
        let bias = numbers(channels);
        let norms = (
            both.cpu.norm(&bias, &bias_of(channels), Activation::LEAKY).unwrap(),
            both.composed.norm(&bias, &bias_of(channels), Activation::LEAKY).unwrap(),
        );
        let convs = (
            both.cpu.conv(3, channels, &weights, &bias, Activation::NONE).unwrap(),
            both.composed.conv(3, channels, &weights, &bias, Activation::NONE).unwrap(),
        );
        let (source, targets) = if dense { (&everywhere, &everywhere) } else { (&dilated, &only) };
        let x = both.cpu.normed(&norms.0, &ours, source).unwrap();
        let step = Convolution { norm: None, conv: &convs.0, window, source, targets };
        let ours = both.cpu.convolve_into(&step, &x, ours, &only).unwrap();
        let x = both.composed.normed(&norms.1, &theirs, source).unwrap();
        let step = Convolution { norm: None, conv: &convs.1, window, source, targets };
        let theirs = both.composed.convolve_into(&step, &x, theirs, &only).unwrap();
        both.same(&ours, &theirs, &everywhere)?;
    }

    #[test]
    fn on_what_halting_needs((grid, list, channels) in asked()) {
        let both = Both::new(grid, channels);
        let (ours, theirs) = both.states();
        let (everywhere, rows) = (Rows::all(grid), Rows::from_sorted(grid, &list));
        let mut dilated = Rows::none(grid);
        dilated.assign_dilated(&rows);
        let near = |a: &[f32], b: &[f32]| {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1e-4 * (1.0 + b.abs()))
        };

        let mut sums = (vec![1.0; grid.images * channels], vec![1.0; grid.images * channels]);
        both.cpu.sum_by_image(&ours, &rows, &mut sums.0).unwrap();
        both.composed.sum_by_image(&theirs, &rows, &mut sums.1).unwrap();
        prop_assert!(near(&sums.0, &sums.1));

        let (all, some) = (numbers(grid.rows()), numbers(rows.len()));
        let first = both.cpu.weigh(&ours, &everywhere, &all, None).unwrap();
        let first = both.cpu.weigh(&ours, &rows, &some, Some(first)).unwrap();
        let second = both.composed.weigh(&theirs, &everywhere, &all, None).unwrap();
        let second = both.composed.weigh(&theirs, &rows, &some, Some(second)).unwrap();
        both.same(&first, &second, &everywhere)?;

        let (scale, kernel) = (numbers(channels), numbers(9 * channels));
        let mut values = (vec![0.5; rows.len()], vec![0.5; rows.len()]);
        let norm = both.cpu.norm(&scale, &bias_of(channels), Activation::LEAKY).unwrap();
        let ours_kernel = both.cpu.kernel(&kernel).unwrap();
        both.cpu.convolve_to_one(&norm, &ours_kernel, &ours, &dilated, &rows, &mut values.0).unwrap();
        let norm = both.composed.norm(&scale, &bias_of(channels), Activation::LEAKY).unwrap();
        let theirs_kernel = both.composed.kernel(&kernel).unwrap();
        both.composed.convolve_to_one(&norm, &theirs_kernel, &theirs, &dilated, &rows, &mut values.1).unwrap();
        prop_assert!(near(&values.0, &values.1));
    }

    #[test]
    fn on_pooling((grid, _, channels) in asked(), stride in 1usize..3) {
        let both = Both::new(grid, channels);
        let (ours, theirs) = both.states();
        let pooled = (both.cpu.max_pool(&ours, grid).unwrap(), both.composed.max_pool(&theirs, grid).unwrap());
        both.same(&pooled.0, &pooled.1, &Rows::all(grid.strided(2)))?;
        let pooled = (
            both.cpu.pool_and_pad(&ours, grid, stride, channels).unwrap(),
            both.composed.pool_and_pad(&theirs, grid, stride, channels).unwrap(),
        );
        both.same(&pooled.0, &pooled.1, &Rows::all(grid.strided(stride)))?;
    }
}

fn bias_of(channels: usize) -> Vec<f32> {
    numbers(channels + 5)[5..].to_vec()
}

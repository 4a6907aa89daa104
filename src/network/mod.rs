//! Residual networks that decide how long to think: vanilla, ACT and SACT (paper, section 3; specification, sections 1-4).

mod block;
mod flops;
mod layout;
mod preview;
mod spec;
mod trace;
mod unit;

pub use flops::vanilla_flops;
pub use preview::{BlockPreview, Preview, preview_distance};
pub use spec::{Family, NetworkSpec, Variant};
pub use trace::{BlockDecisions, BlockTrace, Decisions, Halting, Trace};

use std::time::Instant;

use candle_core::Tensor;

use crate::engine::{Device, Grid, Rows, Window, max_pool, sum_by_image};
use crate::halting::HaltingSetting;
use crate::image::{self, Input, InputTooLarge};
use crate::jobs::Cancel;
use crate::message::first_line;
use crate::weights::Variables;
use layout::Layout;

/// Why a network could not be built or run.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    #[error("cancelled")]
    Cancelled,
    #[error("a batch needs inputs of one size: found {found_height}x{found_width} after {height}x{width}")]
    MixedSizes { height: usize, width: usize, found_height: usize, found_width: usize },
    #[error("an input of {height}x{width} holds {found} values, expected {expected} (3 a position)")]
    InputLength { height: usize, width: usize, expected: usize, found: usize },
    #[error(transparent)]
    TooLarge(#[from] InputTooLarge),
    #[error(transparent)]
    Weights(#[from] crate::weights::WeightsError),
    #[error("the device could not finish the computation ({}): try a smaller input size or --device cpu", first_line(.0))]
    Compute(#[from] candle_core::Error),
}

/// What a run keeps and when it stops.
#[derive(Clone, Copy, Default)]
pub struct RunOptions<'a> {
    /// Looked at between units; a cancelled run ends with [`NetworkError::Cancelled`].
    pub cancel: Option<&'a Cancel>,
    /// Keep every block's output in its trace (memory: `height * width * channels` floats a block).
    pub keep_outputs: bool,
}

impl RunOptions<'_> {
    fn check(&self) -> Result<(), NetworkError> {
        match self.cancel {
            Some(cancel) if cancel.is_cancelled() => Err(NetworkError::Cancelled),
            _ => Ok(()),
        }
    }
}

/// A network with its weights on a device.
pub struct Network {
    spec: NetworkSpec,
    device: Device,
    layout: Layout,
}

impl Network {
    /// Takes the network's variables out of `variables`; fails on the first that is missing or misshapen.
    pub fn new(spec: NetworkSpec, variables: &Variables, device: &Device) -> Result<Self, NetworkError> {
        let layout = Layout::new(&spec, variables, device)?;
        Ok(Self { spec, device: device.clone(), layout })
    }

    pub fn spec(&self) -> &NetworkSpec {
        &self.spec
    }

    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Runs a batch of inputs of one size and returns one trace an input, in order. The results of an input do not
    /// depend on its batch.
    pub fn run(
        &self,
        inputs: &[Input],
        setting: &HaltingSetting,
        options: RunOptions<'_>,
    ) -> Result<Vec<Trace>, NetworkError> {
        let start = Instant::now();
        let Some(first) = inputs.first() else { return Ok(Vec::new()) };
        image::check_input_dimensions((first.height, first.width))?;
        let grid = Grid { images: inputs.len(), height: first.height, width: first.width };
        let (stem_grid, mut state_grid) = flops::stem_grids(&self.spec, grid);
        let mut state = self.stem(&self.upload(inputs, grid)?, grid, stem_grid)?;

        let mut block_traces = vec![Vec::new(); inputs.len()];
        for (index, block) in self.layout.blocks.iter().enumerate() {
            let run = block::run(&self.spec, index, block, &state, state_grid, setting, options)?;
            (state, state_grid) = (run.output, run.grid);
            for (image, trace) in run.traces.into_iter().enumerate() {
                block_traces[image].push(trace);
            }
        }
        let logits: Vec<Vec<f32>> = self.head(&state, state_grid)?.to_vec2()?;

        let milliseconds = start.elapsed().as_secs_f64() * 1e3 / inputs.len() as f64;
        let always = flops::stem_and_logits(&self.spec, stem_grid);
        let traces = logits.into_iter().zip(block_traces).map(|(logits, blocks)| Trace {
            height: grid.height,
            width: grid.width,
            logits,
            flops: always + blocks.iter().map(|block| block.flops).sum::<u64>(),
            blocks,
            milliseconds,
        });
        Ok(traces.collect())
    }

    /// The batch as `[rows, 3]`.
    fn upload(&self, inputs: &[Input], grid: Grid) -> Result<Tensor, NetworkError> {
        let (height, width) = (grid.height, grid.width);
        let mut values = Vec::with_capacity(grid.rows() * 3);
        for input in inputs {
            if (input.height, input.width) != (height, width) {
                let (found_height, found_width) = (input.height, input.width);
                return Err(NetworkError::MixedSizes { height, width, found_height, found_width });
            }
            let (expected, found) = (grid.positions() * 3, input.data.len());
            if found != expected || found == 0 {
                return Err(NetworkError::InputLength { height, width, expected, found });
            }
            values.extend_from_slice(&input.data);
        }
        Ok(Tensor::from_vec(values, (grid.rows(), 3), self.device.candle())?)
    }

    /// The state that enters the first block.
    fn stem(&self, x: &Tensor, grid: Grid, stem_grid: Grid) -> candle_core::Result<Tensor> {
        let family = self.spec.family;
        let window = Window::centred(family.stem_kernel(), family.stem_stride());
        let state = self.layout.stem.apply(x, &Rows::all(grid), &Rows::all(stem_grid), window)?;
        match family {
            Family::Cifar => Ok(state),
            Family::ImageNet => max_pool(&state, stem_grid),
        }
    }

    /// `[images, classes]`. CIFAR norms the mean over positions, ImageNet means the normed positions.
    fn head(&self, state: &Tensor, grid: Grid) -> candle_core::Result<Tensor> {
        let mean = |x: &Tensor| sum_by_image(x, &Rows::all(grid))? * (1.0 / grid.positions() as f64);
        let features = match self.spec.family {
            Family::Cifar => self.layout.final_norm.apply(&mean(state)?)?,
            Family::ImageNet => mean(&self.layout.final_norm.apply(state)?)?,
        };
        self.layout.logits.multiply(&features)
    }
}

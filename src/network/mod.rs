//! Residual networks that decide how long to think: vanilla, ACT and SACT (paper, section 3; specification, sections 1-4).

mod block;
mod branch;
mod flops;
mod layout;
mod preview;
mod receptive;
mod spec;
mod trace;
mod unit;

pub use flops::{vanilla_flops, vanilla_unit_flops};
pub use preview::{BlockPreview, Preview, preview_distance};
pub use receptive::{ReceptiveField, receptive_field};
pub use spec::{Family, NetworkSpec, Variant};
pub use trace::{BlockDecisions, BlockTrace, Decisions, Halting, Trace};

use std::time::Instant;

use crate::engine::{AnyEngine, Composed, Convolution, Cpu, Device, Engine, Grid, Rows, Window};
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
    layers: Layers,
}

enum Layers {
    Cpu(Cpu, Layout<Cpu>),
    Composed(Composed, Layout<Composed>),
}

/// A run of a network's layers on an engine.
struct Run<'a, E: Engine> {
    spec: &'a NetworkSpec,
    engine: &'a E,
    layout: &'a Layout<E>,
    setting: &'a HaltingSetting,
    options: RunOptions<'a>,
}

impl Network {
    /// Takes the network's variables out of `variables`; fails on the first that is missing or misshapen.
    pub fn new(spec: NetworkSpec, variables: &Variables, device: &Device) -> Result<Self, NetworkError> {
        let layers = match device.engine() {
            AnyEngine::Cpu(engine) => {
                let layout = Layout::new(&spec, variables, &engine)?;
                Layers::Cpu(engine, layout)
            }
            AnyEngine::Composed(engine) => {
                let layout = Layout::new(&spec, variables, &engine)?;
                Layers::Composed(engine, layout)
            }
        };
        Ok(Self { spec, device: device.clone(), layers })
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
        check_shapes(inputs)?;
        let spec = &self.spec;
        let mut traces = match &self.layers {
            Layers::Cpu(engine, layout) => Run { spec, engine, layout, setting, options }.batch(inputs),
            Layers::Composed(engine, layout) => Run { spec, engine, layout, setting, options }.batch(inputs),
        }?;
        let milliseconds = start.elapsed().as_secs_f64() * 1e3 / inputs.len() as f64;
        traces.iter_mut().for_each(|trace| trace.milliseconds = milliseconds);
        Ok(traces)
    }
}

/// Fails unless all inputs have the first one's size and as many values as that takes.
fn check_shapes(inputs: &[Input]) -> Result<(), NetworkError> {
    let (height, width) = (inputs[0].height, inputs[0].width);
    for input in inputs {
        if (input.height, input.width) != (height, width) {
            let (found_height, found_width) = (input.height, input.width);
            return Err(NetworkError::MixedSizes { height, width, found_height, found_width });
        }
        let (expected, found) = (height * width * 3, input.data.len());
        if found != expected || found == 0 {
            return Err(NetworkError::InputLength { height, width, expected, found });
        }
    }
    Ok(())
}

impl<E: Engine> Run<'_, E> {
    /// One trace an input; part by part, if the engine would rather have it so.
    fn batch(&self, inputs: &[Input]) -> Result<Vec<Trace>, NetworkError> {
        let grid = Grid { images: 1, height: inputs[0].height, width: inputs[0].width };
        let (stem, state) = flops::stem_grids(self.spec, grid);
        let floats = (stem.positions() * self.spec.stem_channels())
            .max(state.positions() * self.spec.block_channels(0));
        self.engine.batch(inputs.len(), floats, |engine, images| {
            Run { engine, spec: self.spec, layout: self.layout, setting: self.setting, options: self.options }
                .images(&inputs[images])
        })
    }

    fn images(&self, inputs: &[Input]) -> Result<Vec<Trace>, NetworkError> {
        let grid = Grid { images: inputs.len(), height: inputs[0].height, width: inputs[0].width };
        let (stem_grid, mut state_grid) = flops::stem_grids(self.spec, grid);
        let mut state = self.stem(inputs, grid, stem_grid)?;

        let mut block_traces = vec![Vec::new(); inputs.len()];
        for block in self.layout.blocks.iter().enumerate() {
            let run =
                block::run(self.engine, self.spec, block, state, state_grid, self.setting, self.options)?;
            (state, state_grid) = (run.output, run.grid);
            for (image, trace) in run.traces.into_iter().enumerate() {
                block_traces[image].push(trace);
            }
        }
        let logits = self.head(&state, state_grid)?;

        let always = flops::stem_and_logits(self.spec, stem_grid);
        let traces = logits.chunks_exact(self.spec.classes).zip(block_traces).map(|(logits, blocks)| Trace {
            height: grid.height,
            width: grid.width,
            logits: logits.to_vec(),
            flops: always + blocks.iter().map(|block| block.flops).sum::<u64>(),
            blocks,
            milliseconds: 0.0,
        });
        Ok(traces.collect())
    }

    /// The state that enters the first block.
    fn stem(&self, inputs: &[Input], grid: Grid, stem_grid: Grid) -> Result<E::Matrix, NetworkError> {
        let family = self.spec.family;
        let values: Vec<&[f32]> = inputs.iter().map(|input| input.data.as_slice()).collect();
        let x = self.engine.upload(&values.concat(), grid, 3, family.stem_kernel())?;
        let step = Convolution {
            norm: None,
            conv: &self.layout.stem,
            window: Window::centred(family.stem_kernel(), family.stem_stride()),
            source: &Rows::all(grid),
            targets: &Rows::all(stem_grid),
        };
        let state = self.engine.convolve(&step, &x)?;
        match family {
            Family::Cifar => Ok(state),
            Family::ImageNet => Ok(self.engine.max_pool(&state, stem_grid)?),
        }
    }

    /// `[images, classes]`. CIFAR norms the mean over positions, ImageNet means the normed positions.
    fn head(&self, state: &E::Matrix, grid: Grid) -> Result<Vec<f32>, NetworkError> {
        let (engine, everywhere) = (self.engine, Rows::all(grid));
        let channels = self.spec.block_channels(self.spec.units.len() - 1);
        let one = Grid { images: grid.images, height: 1, width: 1 };
        let images = Rows::all(one);
        let mean = |x: &E::Matrix| {
            let mut sums = vec![0.0; grid.images * channels];
            engine.sum_by_image(x, &everywhere, &mut sums)?;
            sums.iter_mut().for_each(|sum| *sum /= grid.positions() as f32);
            engine.upload(&sums, one, channels, 1)
        };
        let norm = &self.layout.final_norm;
        let features = match self.spec.family {
            Family::Cifar => engine.normed(norm, &mean(state)?, &images)?,
            Family::ImageNet => mean(&engine.normed(norm, state, &everywhere)?)?,
        };
        let step = Convolution {
            norm: None,
            conv: &self.layout.logits,
            window: Window::centred(1, 1),
            source: &images,
            targets: &images,
        };
        Ok(engine.download(&engine.convolve(&step, &features)?)?)
    }
}

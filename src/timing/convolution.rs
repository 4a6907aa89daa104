//! A single convolution, for `benches/kernels.rs`, which sees nothing of the engine.

use candle_core::{DType, Device, Result, Tensor};

use crate::engine::{Activation, Convolution, Cpu, Engine, Grid, Rows, Window};

/// Shape of a convolution in a network.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Rows and columns of the state.
    pub height: usize,
    pub width: usize,
    /// Edge of the kernel: 1 or 3.
    pub kernel: usize,
    pub inputs: usize,
    pub outputs: usize,
}

/// A convolution of the processor's engine at a share of the positions, again and again.
#[doc(hidden)]
pub struct Timed {
    cpu: Cpu,
    conv: <Cpu as Engine>::Conv,
    x: <Cpu as Engine>::Matrix,
    everywhere: Rows,
    targets: Rows,
    window: Window,
}

impl Shape {
    /// `2 * kernel^2 * inputs * outputs` at each of so many positions.
    pub fn flops(&self, positions: usize) -> u64 {
        2 * (self.kernel * self.kernel * self.inputs * self.outputs * positions) as u64
    }

    fn depth(&self) -> usize {
        self.kernel * self.kernel * self.inputs
    }

    /// The same products by Candle's matrix product, taps gathered beforehand: `[positions, depth]` times
    /// `[depth, outputs]`. To be multiplied by the caller.
    ///
    /// # Errors
    /// Candle's own.
    pub fn as_matrices(&self, positions: usize) -> Result<(Tensor, Tensor)> {
        let ones = |rows, columns| Tensor::ones((rows, columns), DType::F32, &Device::Cpu);
        Ok((ones(positions, self.depth())?, ones(self.depth(), self.outputs)?))
    }
}

impl Timed {
    /// `share` of the positions are asked for, in patches.
    ///
    /// # Errors
    /// Candle's own.
    pub fn new(shape: Shape, share: f64) -> Result<Self> {
        let cpu = Cpu::new();
        let grid = Grid { images: 1, height: shape.height, width: shape.width };
        let wanted = |row: &u32| f64::from(row / 5 * 61 % 97) < share * 97.0;
        let rows: Vec<u32> = (0..grid.rows() as u32).filter(wanted).collect();
        let bias = vec![0.1; shape.outputs];
        let weights = vec![0.01; shape.depth() * shape.outputs];
        Ok(Self {
            conv: cpu.conv(shape.kernel, shape.inputs, &weights, &bias, Activation::RELU)?,
            x: cpu.upload(&vec![0.5; grid.rows() * shape.inputs], grid, shape.inputs, shape.kernel)?,
            everywhere: Rows::all(grid),
            targets: Rows::from_sorted(grid, &rows),
            window: Window::centred(shape.kernel, 1),
            cpu,
        })
    }

    /// Positions that are asked for.
    pub fn positions(&self) -> usize {
        self.targets.len()
    }

    /// Does it once.
    ///
    /// # Errors
    /// Candle's own.
    pub fn run(&self) -> Result<()> {
        let step = Convolution {
            norm: None,
            conv: &self.conv,
            window: self.window,
            source: &self.everywhere,
            targets: &self.targets,
        };
        self.cpu.convolve(&step, &self.x).map(drop)
    }
}

//! A plain masked-dense evaluation in Candle's own operations (NCHW): every unit is computed at every position and
//! multiplied by the mask, as the reference does. Slow and obvious, written from the specification; the engine must
//! agree with it.

use std::cell::RefCell;
use std::collections::HashMap;

use candle_core::{D, Device, Tensor};
use ponderscope::halting::HaltingSetting;
use ponderscope::image::Input;
use ponderscope::network::{Family, NetworkSpec, Variant};
use ponderscope::weights::Variables;

type Result<T> = candle_core::Result<T>;

pub struct Dense<'a> {
    pub spec: &'a NetworkSpec,
    pub variables: &'a Variables,
    pub setting: HaltingSetting,
    /// Weights as Candle takes them, made once: only runs are to be compared.
    tensors: RefCell<HashMap<String, Tensor>>,
}

/// One block of a batch; per decision (position or image) in the batch's order.
pub struct DenseBlock {
    pub num_units: Vec<f32>,
    pub ponder_cost: Vec<f32>,
    /// The unit's p at every decision, unit by unit.
    pub distribution: Vec<Vec<f32>>,
    /// How near any cumulative score came to the threshold.
    pub margin: f32,
    /// Output as NHWC.
    pub output: Vec<f32>,
    /// One an image.
    pub flops: Vec<f64>,
}

pub struct DenseRun {
    pub logits: Vec<Vec<f32>>,
    pub blocks: Vec<DenseBlock>,
    pub flops: Vec<f64>,
}

/// TensorFlow's SAME: padding before and after.
fn same(n: usize, kernel: usize, stride: usize) -> (usize, usize) {
    let total = ((n.div_ceil(stride) - 1) * stride + kernel).saturating_sub(n);
    (total / 2, total - total / 2)
}

fn pad(x: &Tensor, y: (usize, usize), x_: (usize, usize)) -> Result<Tensor> {
    x.pad_with_zeros(2, y.0, y.1)?.pad_with_zeros(3, x_.0, x_.1)
}

fn dilate(mask: &Tensor) -> Result<Tensor> {
    pad(mask, (1, 1), (1, 1))?.max_pool2d_with_stride(3, 1)
}

/// Ones in the mask of each image.
fn ones(mask: &Tensor) -> Result<Vec<f64>> {
    Ok(mask.flatten_from(1)?.sum(1)?.to_vec1::<f32>()?.into_iter().map(f64::from).collect())
}

fn leaky(x: &Tensor, slope: f64) -> Result<Tensor> {
    x.maximum(&(x * slope)?)
}

impl<'a> Dense<'a> {
    pub fn new(spec: &'a NetworkSpec, variables: &'a Variables, setting: HaltingSetting) -> Self {
        Self { spec, variables, setting, tensors: RefCell::default() }
    }

    /// A variable; convolution weights as output, input, height, width.
    fn tensor(&self, name: &str) -> Option<Tensor> {
        if let Some(tensor) = self.tensors.borrow().get(name) {
            return Some(tensor.clone());
        }
        let variable = self.variables.by_name.get(name)?;
        let shape = variable.shape.as_slice();
        let mut tensor = Tensor::from_slice(&variable.values, shape, &Device::Cpu).unwrap();
        if shape.len() == 4 {
            tensor = tensor.permute((3, 2, 0, 1)).unwrap().contiguous().unwrap();
        }
        self.tensors.borrow_mut().insert(name.to_owned(), tensor.clone());
        Some(tensor)
    }

    fn is_cifar(&self) -> bool {
        self.spec.family == Family::Cifar
    }

    fn activate(&self, x: &Tensor) -> Result<Tensor> {
        if self.is_cifar() { leaky(x, 0.1) } else { x.relu() }
    }

    fn norm(&self, x: &Tensor, name: &str) -> Result<Tensor> {
        let part = |part: &str| self.tensor(&format!("{name}/{part}")).unwrap().reshape((1, (), 1, 1));
        let epsilon = if self.is_cifar() { 1e-3 } else { 1e-5 };
        x.broadcast_sub(&part("moving_mean")?)?
            .broadcast_div(&(part("moving_variance")? + epsilon)?.sqrt()?)?
            .broadcast_mul(&part("gamma")?)?
            .broadcast_add(&part("beta")?)
    }

    /// `explicit`: pad (kernel - 1) / 2 on both sides whatever the stride, else SAME.
    fn conv(&self, x: &Tensor, name: &str, stride: usize, explicit: bool) -> Result<Tensor> {
        let weights = self.tensor(&format!("{name}/weights")).unwrap();
        let kernel = weights.dim(2)?;
        let (_, _, height, width) = x.dims4()?;
        let centred = ((kernel - 1) / 2, (kernel - 1) / 2);
        let pads = if explicit {
            (centred, centred)
        } else {
            (same(height, kernel, stride), same(width, kernel, stride))
        };
        let y = pad(x, pads.0, pads.1)?.contiguous()?.conv2d(&weights, 0, stride, 1, 1)?;
        match self.tensor(&format!("{name}/biases")) {
            Some(biases) => y.broadcast_add(&biases.reshape((1, (), 1, 1))?),
            None => Ok(y),
        }
    }

    fn weight_count(&self, name: &str) -> f64 {
        self.variables.by_name[&format!("{name}/weights")].values.len() as f64
    }

    /// Residual and shortcut of a unit.
    fn unit(&self, x: &Tensor, scope: &str, stride: usize, very_first: bool) -> Result<(Tensor, Tensor)> {
        let p = self.activate(&self.norm(x, &format!("{scope}/preact"))?)?;
        let name = |conv: &str| format!("{scope}/{conv}");
        if self.is_cifar() {
            let y = self.norm(&self.conv(&p, &name("conv1"), stride, false)?, &name("conv1/BatchNorm"))?;
            let residual = self.conv(&leaky(&leaky(&y, 0.1)?, 0.1)?, &name("conv2"), 1, false)?;
            if very_first {
                return Ok((residual, p));
            }
            let more = residual.dim(1)? - x.dim(1)?;
            let mut shortcut = x.clone();
            if stride > 1 {
                // An odd edge's last window averages over what exists.
                let (_, _, height, width) = x.dims4()?;
                let (odd_y, odd_x) = ((0, height % stride), (0, width % stride));
                let sum = |x: &Tensor| pad(x, odd_y, odd_x)?.avg_pool2d(stride);
                shortcut = (sum(x)? / sum(&x.ones_like()?)?)?;
            }
            return Ok((residual, shortcut.pad_with_zeros(1, more / 2, more - more / 2)?));
        }
        let y = self.norm(&self.conv(&p, &name("conv1"), 1, false)?, &name("conv1/BatchNorm"))?.relu()?;
        let y = self.norm(&self.conv(&y, &name("conv2"), stride, true)?, &name("conv2/BatchNorm"))?.relu()?;
        let residual = self.conv(&y, &name("conv3"), 1, false)?;
        let shortcut = match self.tensor(&name("shortcut/weights")) {
            Some(_) => self.conv(&p, &name("shortcut"), stride, false)?,
            None => x.clone(),
        };
        Ok((residual, shortcut))
    }

    /// Halting scores: `[images, 1, height, width]` (SACT) or `[images, 1, 1, 1]` (ACT).
    fn scores(&self, x: &Tensor, scope: &str) -> Result<Tensor> {
        let inherited = |x: Tensor| if self.is_cifar() { leaky(&x, 0.1) } else { Ok(x) };
        let mean = x.mean_keepdim(D::Minus1)?.mean_keepdim(D::Minus2)?;
        let global = inherited(self.norm(&mean, &format!("{scope}/global_bn"))?)?;
        let mut logits = self.conv(&global, &format!("{scope}/global_conv"), 1, false)?;
        if self.spec.variant == Variant::Sact {
            let local = inherited(self.norm(x, &format!("{scope}/local_bn"))?)?;
            let local = self.conv(&local, &format!("{scope}/local_conv"), 1, false)?;
            logits = local.broadcast_add(&logits)?;
        }
        let logits = (logits + f64::from(self.setting.logit_offset))?;
        (logits.neg()?.exp()? + 1.0)?.recip()
    }

    /// Operations of a unit's convolutions for each image, given its mask.
    fn unit_flops(
        &self,
        scope: &str,
        inputs: f64,
        positions: f64,
        mask: &Tensor,
        is_first: bool,
    ) -> Result<Vec<f64>> {
        let weights = |conv: &str| 2.0 * self.weight_count(&format!("{scope}/{conv}"));
        let (active, dilated) = (ones(mask)?, ones(&dilate(mask)?)?);
        let counts = active.iter().zip(dilated).map(|(&active, dilated)| {
            if self.is_cifar() {
                return weights("conv1") * dilated + weights("conv2") * active;
            }
            let first = if is_first { inputs } else { dilated };
            let projected = self.variables.by_name.contains_key(&format!("{scope}/shortcut/weights"));
            let shortcut = if projected { weights("shortcut") * positions } else { 0.0 };
            weights("conv1") * first + (weights("conv2") + weights("conv3")) * active + shortcut
        });
        Ok(counts.collect())
    }

    fn block(&self, x: &Tensor, block: usize, unit_count: usize) -> Result<(Tensor, DenseBlock)> {
        let vanilla = self.spec.variant == Variant::Vanilla;
        let by_image = self.spec.variant == Variant::Act;
        let last = if vanilla { unit_count } else { self.setting.last_unit(unit_count) };
        let scope = |unit: usize| {
            format!("{}/{}/unit_{}", self.spec.family.root(), self.spec.family.block_name(block), unit + 1)
        };
        let inputs = (x.dim(2)? * x.dim(3)?) as f64;
        let mut x = x.clone();
        let mut run: Option<(Tensor, Tensor, Tensor, Tensor, Tensor)> = None;
        let mut result = DenseBlock {
            num_units: vec![],
            ponder_cost: vec![],
            distribution: vec![],
            margin: f32::INFINITY,
            output: vec![],
            flops: vec![0.0; x.dim(0)?],
        };
        for unit in 0..last {
            let is_first = unit == 0;
            let stride = if is_first && block > 0 { 2 } else { 1 };
            let residual_scope = format!("{}/{}", scope(unit), self.spec.family.unit_scope());
            let (residual, shortcut) = self.unit(&x, &residual_scope, stride, (block, unit) == (0, 0))?;
            let (images, _, height, width) = residual.dims4()?;
            let everywhere = Tensor::ones((images, 1, height, width), residual.dtype(), &Device::Cpu)?;
            let mask = match &run {
                Some((active, ..)) => everywhere.broadcast_mul(active)?,
                None => everywhere.clone(),
            };
            let positions = (height * width) as f64;
            let flops = self.unit_flops(&residual_scope, inputs, positions, &mask, is_first)?;
            for (image, flops) in flops.into_iter().enumerate() {
                result.flops[image] += if !by_image || ones(&mask)?[image] > 0.0 { flops } else { 0.0 };
            }
            x = (shortcut + residual.broadcast_mul(&mask)?)?;
            if vanilla {
                continue;
            }
            let decisions = if by_image { (images, 1, 1, 1) } else { (images, 1, height, width) };
            let start = || -> Result<_> {
                let zeros = Tensor::zeros(decisions, x.dtype(), &Device::Cpu)?;
                Ok((zeros.ones_like()?, zeros.clone(), zeros.clone(), zeros.clone(), x.zeros_like()?))
            };
            let (active, cumulative, num_units, ponder_cost, output) = match run.take() {
                Some(run) => run,
                None => start()?,
            };
            let is_last = unit + 1 == last;
            let scores = if is_last {
                active.ones_like()?
            } else {
                self.scores(&x, &format!("{}/halting_proba", scope(unit)))?
            };
            if !is_last {
                let local = 2.0 * 9.0 * x.dim(1)? as f64;
                let global = 2.0 * x.dim(1)? as f64;
                for (image, ones) in ones(&mask)?.into_iter().enumerate() {
                    result.flops[image] += match by_image {
                        true if ones > 0.0 => global,
                        true => 0.0,
                        false => local * ones + global,
                    };
                }
            }
            let after = (&cumulative + &scores)?;
            if !is_last {
                let away = (&after - f64::from(self.setting.threshold))?.abs()?;
                let halted_far_away = ((1.0 - &active)? * 9.0)?;
                let margin = (away + halted_far_away)?.flatten_all()?.min(0)?.to_scalar::<f32>()?;
                result.margin = result.margin.min(margin);
            }
            let reached = if is_last {
                active.ones_like()?
            } else {
                after.ge(f64::from(self.setting.threshold))?.to_dtype(active.dtype())?
            };
            let halts = (&active * &reached)?;
            let stays = (&active - &halts)?;
            let remainder = (1.0 - &cumulative)?;
            let p = ((&halts * &remainder)? + (&stays * &scores)?)?;
            let cost = (&halts * (&remainder + (unit + 1) as f64)?)?;
            result.distribution.push(p.flatten_all()?.to_vec1()?);
            run = Some((
                stays,
                after,
                (num_units + (halts * (unit + 1) as f64)?)?,
                (ponder_cost + cost)?,
                (output + x.broadcast_mul(&p)?)?,
            ));
        }
        let output = match run {
            Some((_, _, num_units, ponder_cost, output)) => {
                result.num_units = num_units.flatten_all()?.to_vec1()?;
                result.ponder_cost = ponder_cost.flatten_all()?.to_vec1()?;
                output
            }
            None => x,
        };
        result.output = output.permute((0, 2, 3, 1))?.flatten_all()?.to_vec1()?;
        Ok((output, result))
    }

    pub fn run(&self, inputs: &[Input]) -> Result<DenseRun> {
        let (height, width) = (inputs[0].height, inputs[0].width);
        let values: Vec<f32> = inputs.iter().flat_map(|input| input.data.iter().copied()).collect();
        let x = Tensor::from_vec(values, (inputs.len(), height, width, 3), &Device::Cpu)?;
        let x = x.permute((0, 3, 1, 2))?.contiguous()?;
        let root = self.spec.family.root();
        let (stem, head_norm) = if self.is_cifar() { ("Conv", "BatchNorm") } else { ("conv1", "postnorm") };
        let (stem, head_norm) = (format!("{root}/{stem}"), format!("{root}/{head_norm}"));
        let mut x = self.conv(&x, &stem, if self.is_cifar() { 1 } else { 2 }, true)?;
        let logits = format!("{root}/logits");
        let stem_positions = (x.dim(2)? * x.dim(3)?) as f64;
        let always = 2.0 * (self.weight_count(&stem) * stem_positions + self.weight_count(&logits));
        if !self.is_cifar() {
            // Padding that never wins: everything is lifted above zero, pooled with zeros around, and put back.
            let (_, _, height, width) = x.dims4()?;
            let lift = 1.0 - f64::from(x.flatten_all()?.min(0)?.to_scalar::<f32>()?);
            let lifted = pad(&(x + lift)?, same(height, 3, 2), same(width, 3, 2))?;
            x = (lifted.max_pool2d_with_stride(3, 2)? - lift)?;
        }
        let mut blocks = Vec::new();
        for (block, &units) in self.spec.units.iter().enumerate() {
            let (output, result) = self.block(&x, block, units)?;
            x = output;
            blocks.push(result);
        }
        let mean = |x: &Tensor| x.mean_keepdim(D::Minus1)?.mean_keepdim(D::Minus2);
        let features = if self.is_cifar() {
            self.activate(&self.norm(&mean(&x)?, &head_norm)?)?
        } else {
            mean(&self.activate(&self.norm(&x, &head_norm)?)?)?
        };
        let flops = (0..inputs.len())
            .map(|image| always + blocks.iter().map(|block| block.flops[image]).sum::<f64>())
            .collect();
        Ok(DenseRun {
            logits: self.conv(&features, &logits, 1, false)?.flatten_from(1)?.to_vec2()?,
            blocks,
            flops,
        })
    }
}

//! The steps around the matrix products on a CPU: one pass over memory each, threads over rows.
//!
//! Every one of them has a twin in Candle's own operations in `composed.rs`, which serves the other devices.

use candle_core::{CpuStorage, CustomOp1, DType, Error, InplaceOp2, Layout, Result, Shape};
use rayon::prelude::*;

use super::rows::OUTSIDE;

/// Floats that one task works on: enough to be worth handing to a thread, few enough to share out evenly.
const TASK_FLOATS: usize = 1 << 14;

/// `max(y, slope * y)` of `y = x * scale + shift`, per channel; no scale is a scale of 1.
#[derive(Debug)]
pub struct Affine {
    pub scale: Option<Vec<f32>>,
    pub shift: Vec<f32>,
    pub slope: f32,
}

/// Rows of a state, in the order given; zeros for [`OUTSIDE`].
pub struct Gather<'a>(pub &'a [u32]);

/// Rows of a state, in the order given, behind an affine step.
pub struct GatherAffine<'a> {
    /// `None`: all of them.
    pub rows: Option<&'a [u32]>,
    pub affine: &'a Affine,
}

/// Adds the second tensor's rows, each times its weight, to the first's rows given by ascending indices.
pub struct AddRows<'a> {
    /// `None`: all of them.
    pub rows: Option<&'a [u32]>,
    /// `None`: 1 for every row.
    pub weights: Option<&'a [f32]>,
}

impl Affine {
    /// On one row.
    pub fn apply(&self, row: &mut [f32]) {
        if let Some(scale) = &self.scale {
            row.iter_mut().zip(scale).for_each(|(y, scale)| *y *= scale);
        }
        for (y, shift) in row.iter_mut().zip(&self.shift) {
            let shifted = *y + shift;
            *y = shifted.max(self.slope * shifted);
        }
    }
}

impl CustomOp1 for Gather<'_> {
    fn name(&self) -> &'static str {
        "gather rows"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (x, channels) = matrix(storage, layout)?;
        gather(channels, self.0.len(), |index, to| {
            // The vector starts out as zeros, which is what a tap outside reads.
            if self.0[index] != OUTSIDE {
                to.copy_from_slice(row(x, channels, self.0[index]));
            }
        })
    }
}

impl CustomOp1 for GatherAffine<'_> {
    fn name(&self) -> &'static str {
        "gather rows behind an affine step"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (x, channels) = matrix(storage, layout)?;
        let rows = self.rows.map_or(x.len() / channels, <[u32]>::len);
        gather(channels, rows, |index, to| {
            let source = self.rows.map_or(index as u32, |rows| rows[index]);
            to.copy_from_slice(row(x, channels, source));
            self.affine.apply(to);
        })
    }
}

impl InplaceOp2 for AddRows<'_> {
    fn name(&self) -> &'static str {
        "add rows"
    }

    fn cpu_fwd(
        &self,
        x: &mut CpuStorage,
        layout: &Layout,
        values: &CpuStorage,
        values_layout: &Layout,
    ) -> Result<()> {
        let (x, channels) = matrix_mut(x, layout)?;
        let (values, _) = matrix(values, values_layout)?;
        let target = |index: usize| self.rows.map_or(index, |rows| rows[index] as usize);
        let per_task = task_rows(channels);
        // As the rows ascend, each task's lie in a part of the state of their own: up to its last row.
        let mut tasks = Vec::new();
        let (mut rest, mut part_start) = (x, 0);
        for (task, values) in values.chunks(channels * per_task).enumerate() {
            let first = task * per_task;
            let part_end = target(first + values.len() / channels - 1) + 1;
            let (part, after) = rest.split_at_mut((part_end - part_start) * channels);
            tasks.push((first, values, part_start, part));
            (rest, part_start) = (after, part_end);
        }
        tasks.into_par_iter().for_each(|(first, values, part_start, part)| {
            for (index, from) in (first..).zip(values.chunks_exact(channels)) {
                let weight = self.weights.map_or(1.0, |weights| weights[index]);
                let start = (target(index) - part_start) * channels;
                for (to, from) in part[start..start + channels].iter_mut().zip(from) {
                    *to += weight * from;
                }
            }
        });
        Ok(())
    }
}

fn task_rows(channels: usize) -> usize {
    (TASK_FLOATS / channels).max(1)
}

fn row(x: &[f32], channels: usize, row: u32) -> &[f32] {
    &x[row as usize * channels..(row as usize + 1) * channels]
}

fn gather(
    channels: usize,
    rows: usize,
    fill: impl Fn(usize, &mut [f32]) + Sync,
) -> Result<(CpuStorage, Shape)> {
    let mut gathered = vec![0.0; rows * channels];
    let per_task = task_rows(channels);
    gathered.par_chunks_mut(channels * per_task).enumerate().for_each(|(task, chunk)| {
        for (index, to) in chunk.chunks_exact_mut(channels).enumerate() {
            fill(task * per_task + index, to);
        }
    });
    Ok((CpuStorage::F32(gathered), Shape::from((rows, channels))))
}

/// A contiguous `[rows, channels]` tensor's values, and its channels.
pub fn matrix<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<(&'a [f32], usize)> {
    let (start, end) = contiguous(layout)?;
    Ok((&storage.as_slice::<f32>()?[start..end], layout.shape().dims2()?.1))
}

fn matrix_mut<'a>(storage: &'a mut CpuStorage, layout: &Layout) -> Result<(&'a mut [f32], usize)> {
    let (start, end) = contiguous(layout)?;
    let channels = layout.shape().dims2()?.1;
    match storage {
        CpuStorage::F32(values) => Ok((&mut values[start..end], channels)),
        _ => Err(Error::UnsupportedDTypeForOp(DType::F32, "rows")),
    }
}

fn contiguous(layout: &Layout) -> Result<(usize, usize)> {
    layout.contiguous_offsets().ok_or(Error::RequiresContiguous { op: "rows" })
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Tensor};
    use proptest::prelude::*;

    use super::*;
    use crate::engine::composed;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        /// Over many tasks, whose parts of the state must neither meet nor leave a row out.
        #[test]
        fn many_rows_are_added_each_where_it_belongs(
            share in 0.02f64..1.0, channels in prop::sample::select(vec![64usize, 333, TASK_FLOATS + 1]),
        ) {
            let count = 8 * TASK_FLOATS.div_ceil(channels);
            let rows: Vec<u32> = (0..count as u32)
                .filter(|row| f64::from(row.wrapping_mul(2_654_435_761)) <= share * f64::from(u32::MAX))
                .collect();
            let numbers = |rows: usize, step: f32| {
                let values = (0..rows * channels).map(|index| (index % 1013) as f32 * step).collect();
                Tensor::from_vec(values, (rows, channels), &Device::Cpu).unwrap()
            };
            let (x, values) = (numbers(count, 0.5), numbers(rows.len(), 0.25));
            let weights: Vec<f32> = (0..rows.len()).map(|row| (row % 7) as f32).collect();
            let expected = composed::add_rows(&x, Some(&rows), &values, Some(&weights)).unwrap();
            x.inplace_op2(&values, &AddRows { rows: Some(&rows), weights: Some(&weights) }).unwrap();
            let values = |tensor: &Tensor| tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap();
            prop_assert!(values(&x) == values(&expected));
        }
    }
}

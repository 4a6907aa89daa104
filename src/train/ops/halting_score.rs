//! A halting branch as one operation: what a state predicts of its halting scores (specification, section 2).

use std::sync::{Arc, Mutex, OnceLock};

use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor};

use super::normalize::{keep, kept};
use super::{
    BranchParameters, Norm, Parameters, State, Statistics, floats, grid_of, moments_of, pack, statistics,
    with_floats,
};
use crate::engine::Grid;
use crate::engine::training::{Dense, Lines, LocalScores, Moments, NormParameters, View};

struct HaltingScore {
    dense: Dense,
    /// Epsilon and slope of the norms.
    epsilon: f32,
    slope: f32,
    has_local: bool,
    moments: Arc<OnceLock<Moments>>,
    found: Arc<OnceLock<Vec<Moments>>>,
    kept: Mutex<Option<Kept>>,
}

/// What the way back needs.
struct Kept {
    local: Option<LocalScores>,
    /// `[images, channels]`: means over positions, and what norm and activation made of them.
    means: Vec<f32>,
    normed: Vec<f32>,
    moments: Moments,
    scores: Vec<f32>,
}

/// The parameters in the order in which they are packed.
struct Unpacked<'a> {
    local: Option<(NormParameters<'a>, &'a [f32])>,
    norm: NormParameters<'a>,
    weights: &'a [f32],
    bias: f32,
}

pub(super) fn apply(
    dense: &Dense,
    x: &State,
    parameters: &BranchParameters,
) -> Result<(Tensor, Vec<Statistics>)> {
    let BranchParameters { local, global: (global, weights), bias } = parameters;
    let Norm { epsilon, slope, .. } = *global;
    let mut list = Vec::new();
    if let Some((norm, weights)) = local {
        list.extend([&norm.gamma, &norm.beta, weights]);
    }
    list.extend([&global.gamma, &global.beta, weights, bias]);
    let found = Arc::new(OnceLock::new());
    let op = HaltingScore {
        dense: dense.clone(),
        epsilon,
        slope,
        has_local: local.is_some(),
        moments: Arc::clone(&x.moments),
        found: Arc::clone(&found),
        kept: Mutex::default(),
    };
    let scores = x.tensor.apply_op2(&pack(&list)?, op)?;
    let found = found.get().into_iter().flatten().map(statistics).collect::<Result<_>>()?;
    Ok((scores, found))
}

/// The moments of few rows, which need no threads.
fn moments_of_rows(rows: &[f32], channels: usize) -> Moments {
    let count = (rows.len() / channels) as f64;
    let of = |term: &dyn Fn(usize, f64) -> f64| -> Vec<f64> {
        let sum = |channel: usize| {
            rows[channel..].iter().step_by(channels).map(|&x| term(channel, f64::from(x))).sum::<f64>()
                / count
        };
        (0..channels).map(sum).collect()
    };
    let mean = of(&|_, x| x);
    let variance = of(&|channel, x| (x - mean[channel]).powi(2));
    let round = |values: Vec<f64>| values.into_iter().map(|value| value as f32).collect();
    Moments { variance: round(variance), mean: round(mean), image_sums: vec![] }
}

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

impl HaltingScore {
    fn unpack<'a>(&self, values: &'a [f32], channels: usize) -> Unpacked<'a> {
        let mut list = Parameters(values);
        let norm = |list: &mut Parameters<'a>| NormParameters {
            gamma: list.take(channels),
            beta: list.take(channels),
            epsilon: self.epsilon,
            slope: self.slope,
        };
        let local = self.has_local.then(|| (norm(&mut list), list.take(9 * channels)));
        let norm = norm(&mut list);
        let weights = list.take(channels);
        Unpacked { local, norm, weights, bias: list.take(1)[0] }
    }

    /// Gradients to the input and, packed, to the parameters.
    fn gradients(&self, x: View<'_>, values: &[f32], gradient: &[f32]) -> Result<(Vec<f32>, Vec<f32>)> {
        let Lines { grid, channels, .. } = x.lines;
        let kept = kept(&self.kept, self.name())?;
        let unpacked = self.unpack(values, channels);
        let to_logits: Vec<f32> =
            gradient.iter().zip(&kept.scores).map(|(g, score)| g * score * (1.0 - score)).collect();
        // One logit an image, which all of its positions share.
        let to_image: Vec<f32> = to_logits
            .chunks_exact(to_logits.len() / grid.images)
            .map(|image| image.iter().map(|&g| f64::from(g)).sum::<f64>() as f32)
            .collect();
        let (norm, moments) = (&unpacked.norm, &kept.moments);
        let mut weights = vec![0.0; channels];
        let mut found = [vec![0.0; channels], vec![0.0; channels]];
        let mut to_means = vec![0.0; grid.images * channels];
        for channel in 0..channels {
            let inverse = (moments.variance[channel] + norm.epsilon).sqrt().recip();
            let at = |image: usize| image * channels + channel;
            let centred = |image: usize| (kept.means[at(image)] - moments.mean[channel]) * inverse;
            let before = |image: usize| {
                let g = to_image[image] * unpacked.weights[channel];
                if kept.normed[at(image)] > 0.0 { g } else { norm.slope * g }
            };
            let [mut plain, mut scaled] = [0.0; 2];
            for (image, gradient) in to_image.iter().enumerate() {
                weights[channel] += gradient * kept.normed[at(image)];
                plain += before(image);
                scaled += before(image) * centred(image);
            }
            (found[0][channel], found[1][channel]) = (scaled, plain);
            let (share, images) = (1.0 / grid.positions() as f32, grid.images as f32);
            let scale = norm.gamma[channel] * inverse * share;
            for image in 0..grid.images {
                to_means[at(image)] = scale * (before(image) - (plain + centred(image) * scaled) / images);
            }
        }
        let mut packed = Vec::with_capacity(values.len());
        let input = match (&unpacked.local, &kept.local) {
            (Some((norm, kernel)), Some(local)) => {
                let found = self.dense.branch_gradient(norm, local, kernel, x, &to_logits);
                let input = self.dense.branch_input_gradient(norm, local, &found, x, &to_means);
                packed.extend(found.norm.gamma);
                packed.extend(found.norm.beta);
                packed.extend(found.weights);
                input
            }
            _ => to_means
                .chunks_exact(channels)
                .flat_map(|mean| std::iter::repeat_n(mean, grid.positions()).flatten().copied())
                .collect(),
        };
        let [gamma, beta] = found;
        packed.extend(gamma);
        packed.extend(beta);
        packed.extend(weights);
        packed.push(to_image.iter().sum());
        Ok((input, packed))
    }
}

impl CustomOp2 for HaltingScore {
    fn name(&self) -> &'static str {
        "halting score"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        parameters: &CpuStorage,
        parameters_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (images, height, width, channels) = x_layout.shape().dims4()?;
        let grid = Grid { images, height, width };
        let x = View::plain(floats(x, x_layout)?, grid);
        let unpacked = self.unpack(floats(parameters, parameters_layout)?, channels);
        let moments = moments_of(&self.dense, &self.moments, x);
        let share = 1.0 / grid.positions() as f32;
        let means: Vec<f32> = moments.image_sums.iter().map(|sum| sum * share).collect();
        let global = moments_of_rows(&means, channels);
        let norm = &unpacked.norm;
        let normed: Vec<f32> = (means.iter().enumerate())
            .map(|(index, mean)| {
                let channel = index % channels;
                let inverse = (global.variance[channel] + norm.epsilon).sqrt().recip();
                let y = (mean - global.mean[channel]) * inverse * norm.gamma[channel] + norm.beta[channel];
                y.max(norm.slope * y)
            })
            .collect();
        let of_image = normed
            .chunks_exact(channels)
            .map(|row| row.iter().zip(unpacked.weights).map(|(y, weight)| y * weight).sum::<f32>());
        let mut found = vec![global.clone()];
        let (local, scores, shape) = match &unpacked.local {
            None => {
                let scores: Vec<f32> = of_image.map(|logit| sigmoid(logit + unpacked.bias)).collect();
                (None, scores, Shape::from(images))
            }
            Some((norm, kernel)) => {
                found.insert(0, moments.clone());
                let local = self.dense.local_scores(norm, moments, (kernel, unpacked.bias), x);
                let scores = local
                    .logits
                    .chunks_exact(grid.positions())
                    .zip(of_image)
                    .flat_map(|(image, global)| image.iter().map(move |logit| sigmoid(logit + global)))
                    .collect();
                (Some(local), scores, (images, height, width).into())
            }
        };
        // Looked at once the operation has been applied; applied once, so nothing is there before.
        let _ = self.found.set(found);
        keep(&self.kept, Kept { local, means, normed, moments: global, scores: scores.clone() });
        Ok((CpuStorage::F32(scores), shape))
    }

    fn bwd(
        &self,
        x: &Tensor,
        parameters: &Tensor,
        _result: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let (grid, on) = (grid_of(x)?, x.device());
        let (input, packed) = with_floats(x, |x| {
            with_floats(parameters, |parameters| {
                with_floats(gradient, |gradient| self.gradients(View::plain(x, grid), parameters, gradient))
            })
        })?;
        let packed = Tensor::from_vec(packed, parameters.shape(), on)?;
        Ok((Some(Tensor::from_vec(input, x.shape(), on)?), Some(packed)))
    }
}

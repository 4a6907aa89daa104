//! First values of a network's variables (specification, sections 2 and 9).

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

use crate::network::NetworkSpec;
use crate::weights::{self, Variable, Variables};

/// Bias of a halting branch: scores begin near 0.05, so that every unit runs.
const HALTING_BIAS: f32 = -3.0;

/// He initialisation as TF-Slim has it: weights of convolutions are normal with variance `1.3 * 2 / fan_in` before they are cut at two
/// deviations; norms begin as they are at evaluation, biases at zero but for those of the halting branches.
pub(super) fn variables(spec: &NetworkSpec, seed: u64) -> Variables {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let by_name = weights::expected(spec).into_iter().map(|(name, shape)| {
        let count = shape.iter().product();
        let values = match name.rsplit('/').next() {
            Some("weights") => {
                let fan_in: usize = shape[..shape.len() - 1].iter().product();
                let deviation = (1.3 * 2.0 / fan_in as f32).sqrt();
                (0..count).map(|_| deviation * truncated_normal(&mut random)).collect()
            }
            Some("gamma" | "moving_variance") => vec![1.0; count],
            Some("biases") if is_halting(&name) => vec![HALTING_BIAS; count],
            _ => vec![0.0; count],
        };
        (name, Variable { shape, values })
    });
    Variables { source: "a new network".to_owned(), by_name: by_name.collect(), ..Variables::default() }
}

/// Normal, drawn again beyond two deviations.
fn truncated_normal(random: &mut impl Rng) -> f32 {
    loop {
        let value: f32 = random.sample(StandardNormal);
        if value.abs() <= 2.0 {
            return value;
        }
    }
}

/// A new network that takes what another has of it: all but the halting branches (the reference's "finetune"), or those too.
///
/// # Errors
/// A variable that the other lacks or has in another shape.
pub(super) fn fine_tuned(
    spec: &NetworkSpec,
    from: &Variables,
    keep_halting: bool,
    seed: u64,
) -> Result<Variables, weights::WeightsError> {
    let mut variables = variables(spec, seed);
    for (name, variable) in &mut variables.by_name {
        if keep_halting || !is_halting(name) {
            variable.values = from.get(name, &variable.shape)?.to_vec();
        }
    }
    Ok(variables)
}

/// Adds to the bias, and so to all logits, of every halting branch.
pub(super) fn offset_halting(variables: &mut Variables, offset: f32) {
    for (name, variable) in &mut variables.by_name {
        if is_halting(name) && name.ends_with("/biases") {
            variable.values.iter_mut().for_each(|bias| *bias += offset);
        }
    }
}

/// Whether a variable is a halting branch's.
fn is_halting(name: &str) -> bool {
    name.contains("/halting_proba/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Family, Variant};

    fn spec(variant: Variant) -> NetworkSpec {
        NetworkSpec { family: Family::Cifar, units: vec![2; 3], width: 16, classes: 10, variant }
    }

    #[test]
    fn weights_have_the_spread_of_tf_slims_he_initialisation() {
        let variables = variables(&spec(Variant::Sact), 7);
        let weights = &variables.by_name["resnet_residual/block_3/unit_2/residual/conv2/weights"].values;
        let variance = weights.iter().map(|w| f64::from(w * w)).sum::<f64>() / weights.len() as f64;
        // Cutting a normal at two deviations leaves 0.774 of its variance, which 1.3 makes good for.
        let expected = 1.3 * 2.0 / (9.0 * 64.0) * 0.774;
        assert!((variance / expected - 1.0).abs() < 0.03, "{variance} {expected}");
        let most = weights.iter().fold(0.0f32, |most, w| most.max(w.abs()));
        assert!(most <= 2.0 * (1.3f32 * 2.0 / 576.0).sqrt());
        let bias = &variables.by_name["resnet_residual/block_1/unit_1/halting_proba/local_conv/biases"];
        assert_eq!(bias.values, [-3.0]);
    }

    #[test]
    fn fine_tuning_restores_all_but_the_halting_branches() {
        let vanilla = variables(&spec(Variant::Vanilla), 1);
        let (fresh, tuned) = (
            variables(&spec(Variant::Sact), 2),
            fine_tuned(&spec(Variant::Sact), &vanilla, false, 2).unwrap(),
        );
        for (name, variable) in &tuned.by_name {
            let from = if name.contains("halting_proba") { &fresh } else { &vanilla };
            assert_eq!(variable, &from.by_name[name], "{name}");
        }
        let error =
            fine_tuned(&NetworkSpec { width: 8, ..spec(Variant::Sact) }, &vanilla, false, 2).unwrap_err();
        assert!(error.to_string().contains("a new network"), "{error}");
    }

    #[test]
    fn halting_branches_are_kept_where_that_is_asked_for() {
        let sact = spec(Variant::Sact);
        let from = variables(&sact, 1);
        assert_eq!(fine_tuned(&sact, &from, true, 2).unwrap().by_name, from.by_name);
        let error = fine_tuned(&sact, &variables(&spec(Variant::Vanilla), 1), true, 2).unwrap_err();
        assert!(error.to_string().contains("halting_proba"), "{error}");
    }
}

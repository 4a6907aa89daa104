//! The field's measures of a map against fixations.

use rayon::prelude::*;

/// AUC-Judd: the area under the curve of the map as a classifier of fixated positions against all others, 0 to 1. That is how
/// likely a fixated position has the greater value of the two; where both have the same, that counts half. `None` if no position
/// is fixated, or every one.
pub fn auc_judd(map: &[f32], fixated: &[bool]) -> Option<f64> {
    let is_fixated = |(&value, &fixated): (&f32, &bool)| fixated.then_some(value);
    let mut hits: Vec<f32> = map.iter().zip(fixated).filter_map(is_fixated).collect();
    let others = map.len().min(fixated.len()) - hits.len();
    if hits.is_empty() || others == 0 {
        return None;
    }
    hits.par_sort_unstable_by(f32::total_cmp);
    // Twice the pairs that are in order, and ties once: whole numbers, so the sum is exact however it is parted.
    let of_other = |(&value, &fixated): (&f32, &bool)| {
        if fixated {
            return 0;
        }
        let below = hits.partition_point(|&hit| hit < value);
        let ties = hits[below..].partition_point(|&hit| hit <= value);
        2 * (hits.len() - below - ties) as u64 + ties as u64
    };
    let doubled: u64 = map.par_iter().zip(fixated).map(of_other).sum();
    Some(doubled as f64 / (2.0 * hits.len() as f64 * others as f64))
}

/// Pearson's correlation of two maps of the same size, -1 to 1; `None` if one of them is flat.
pub fn correlation(a: &[f32], b: &[f32]) -> Option<f64> {
    if is_flat(a) || is_flat(b) {
        return None;
    }
    let [mean_a, mean_b] = [a, b].map(mean);
    let (mut covariance, mut variance_a, mut variance_b) = (0.0, 0.0, 0.0);
    for (&a, &b) in a.iter().zip(b) {
        let (a, b) = (f64::from(a) - mean_a, f64::from(b) - mean_b);
        covariance += a * b;
        variance_a += a * a;
        variance_b += b * b;
    }
    let correlation = covariance / (variance_a.sqrt() * variance_b.sqrt());
    correlation.is_finite().then(|| correlation.clamp(-1.0, 1.0))
}

/// Normalised scanpath saliency: the mean over the fixated positions of the map with mean 0 and (sample) standard deviation 1.
/// `None` if the map is flat or no position is fixated.
pub fn nss(map: &[f32], fixated: &[bool]) -> Option<f64> {
    if is_flat(map) {
        return None;
    }
    let mean = mean(map);
    let squares: f64 = map.iter().map(|&value| (f64::from(value) - mean).powi(2)).sum();
    let deviation = (squares / (map.len() as f64 - 1.0)).sqrt();
    let (mut sum, mut count) = (0.0, 0_usize);
    for (&value, _) in map.iter().zip(fixated).filter(|(_, fixated)| **fixated) {
        sum += f64::from(value) - mean;
        count += 1;
    }
    (count > 0).then(|| sum / count as f64 / deviation)
}

/// Told by the values themselves: rounding lets a flat map vary around its mean.
fn is_flat(map: &[f32]) -> bool {
    map.windows(2).all(|pair| pair[0] == pair[1])
}

fn mean(map: &[f32]) -> f64 {
    map.iter().copied().map(f64::from).sum::<f64>() / map.len() as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every pair of a fixated position and another.
    fn brute_force(map: &[f32], fixated: &[bool]) -> Option<f64> {
        let of = |wanted: bool| -> Vec<f32> {
            map.iter().zip(fixated).filter(|(_, is)| **is == wanted).map(|(&value, _)| value).collect()
        };
        let (hits, others) = (of(true), of(false));
        let pairs = hits.iter().flat_map(|hit| others.iter().map(move |other| (hit, other)));
        let sum: f64 = pairs.map(|(hit, other)| (1 + hit.total_cmp(other) as i8) as f64 / 2.0).sum();
        let count = (hits.len() * others.len()) as f64;
        (count > 0.0).then(|| sum / count)
    }

    /// Few values, so that many tie.
    fn cases() -> impl Strategy<Value = (Vec<f32>, Vec<bool>)> {
        (2usize..60).prop_flat_map(|len| {
            let value = prop_oneof![(2u8..6).prop_map(f32::from), -10.0f32..10.0];
            (prop::collection::vec(value, len), prop::collection::vec(any::<bool>(), len))
        })
    }

    #[test]
    fn a_map_of_the_fixations_is_perfect_and_a_flat_one_knows_nothing() {
        let fixated = [false, true, true, false, false];
        let map = fixated.map(|is| if is { 3.0 } else { -1.0 });
        assert_eq!(auc_judd(&map, &fixated), Some(1.0));
        assert_eq!(auc_judd(&map.map(|value| -value), &fixated), Some(0.0));
        assert_eq!(auc_judd(&[0.1; 5], &fixated), Some(0.5));
        assert_eq!((nss(&[0.1; 5], &fixated), correlation(&[0.1; 5], &map)), (None, None));
        assert_eq!((auc_judd(&map, &[true; 5]), auc_judd(&map, &[false; 5])), (None, None));
        assert_eq!(auc_judd(&[], &[]), None);
    }

    proptest! {
        #[test]
        fn the_area_counts_pairs((map, fixated) in cases()) {
            let area = auc_judd(&map, &fixated);
            let expected = brute_force(&map, &fixated);
            prop_assert_eq!(area.is_some(), expected.is_some());
            if let (Some(area), Some(expected)) = (area, expected) {
                prop_assert!((area - expected).abs() < 1e-12, "{area} for {expected}");
                prop_assert!((0.0..=1.0).contains(&area));
            }
        }

        #[test]
        fn the_area_asks_for_order_alone((map, fixated) in cases()) {
            let rescaled: Vec<f32> = map.iter().map(|&value| value * 8.0).collect();
            let place = |value: &f32| map.iter().filter(|other| *other < value).count() as f32;
            let places: Vec<f32> = map.iter().map(place).collect();
            let turned: Vec<f32> = map.iter().map(|&value| -value).collect();
            let area = auc_judd(&map, &fixated);
            prop_assert_eq!(auc_judd(&rescaled, &fixated), area);
            prop_assert_eq!(auc_judd(&places, &fixated), area);
            if let (Some(turned), Some(area)) = (auc_judd(&turned, &fixated), area) {
                prop_assert!((turned - (1.0 - area)).abs() < 1e-12);
            }
        }

        #[test]
        fn a_correlation_is_symmetric_and_bounded(
            (a, b) in (2usize..40).prop_flat_map(|len| {
                let values = || prop::collection::vec(-100.0f32..100.0, len);
                (values(), values())
            }),
        ) {
            let found = correlation(&a, &b);
            prop_assert_eq!(found, correlation(&b, &a));
            prop_assert!(found.is_none_or(|found| (-1.0..=1.0).contains(&found)));
            if let Some(with_itself) = correlation(&a, &a) {
                prop_assert!((with_itself - 1.0).abs() < 1e-12);
            }
            let turned: Vec<f32> = a.iter().map(|value| 3.0 - 2.0 * value).collect();
            if let Some(with_turned) = correlation(&a, &turned) {
                prop_assert!((with_turned + 1.0).abs() < 1e-6, "{with_turned}");
            }
        }
    }
}

//! How two maps of one picture differ, position by position.

use super::{PonderMap, Range, nearest};

/// One map less another.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The differences; what they can be at all lies evenly around zero.
    pub map: PonderMap,
    pub statistics: DifferenceStatistics,
}

/// What a difference comes to over all positions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DifferenceStatistics {
    pub mean: f32,
    pub mean_absolute: f32,
    /// The greatest absolute difference.
    pub greatest: f32,
    /// Spearman's, from -1 to 1: whether both maps put the positions in the same order, whatever their scales. `None` where
    /// one of them is flat and so has no order.
    pub rank_correlation: Option<f32>,
}

impl Difference {
    /// `b` less `a`, of one quantity. Both are brought to the finer grid by nearest neighbour, as blocks are in a network's map.
    /// `None` if one has no values.
    pub fn between(a: &PonderMap, b: &PonderMap) -> Option<Self> {
        let (height, width) = (a.height.max(b.height), a.width.max(b.width));
        let (before, after) = (on_grid(a, height, width)?, on_grid(b, height, width)?);
        let values: Vec<f32> = before.iter().zip(&after).map(|(before, after)| after - before).collect();
        let count = values.len() as f64;
        let mean = |value: fn(f32) -> f32| {
            (values.iter().map(|&difference| f64::from(value(difference))).sum::<f64>() / count) as f32
        };
        let statistics = DifferenceStatistics {
            mean: mean(|difference| difference),
            mean_absolute: mean(f32::abs),
            greatest: values.iter().copied().map(f32::abs).fold(0.0, f32::max),
            rank_correlation: rank_correlation(&before, &after).map(|found| found as f32),
        };
        let most = (b.theory.high - a.theory.low).max(a.theory.high - b.theory.low);
        let theory = Range { low: -most, high: most };
        Some(Self { map: PonderMap { height, width, values, quantity: b.quantity, theory }, statistics })
    }
}

/// The values of a map on a finer grid; `None` if it has none.
fn on_grid(map: &PonderMap, height: usize, width: usize) -> Option<Vec<f32>> {
    if map.values.is_empty() {
        return None;
    }
    let columns: Vec<usize> = (0..width).map(|column| nearest(column, map.width, width)).collect();
    let rows = (0..height).map(|row| nearest(row, map.height, height) * map.width);
    Some(rows.flat_map(|row| columns.iter().map(move |column| map.values[row + column])).collect())
}

/// Spearman's rank correlation of pairs, in which equal values share the mean of their ranks. `None` if there are not as
/// many of both, or all of one are equal.
pub fn rank_correlation(a: &[f32], b: &[f32]) -> Option<f64> {
    if a.len() != b.len() {
        return None;
    }
    let (a, b) = (ranks(a), ranks(b));
    // The mean of all ranks, ties or not.
    let middle = (a.len() as f64 - 1.0) / 2.0;
    let product =
        |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| (a - middle) * (b - middle)).sum() };
    let spread = (product(&a, &a) * product(&b, &b)).sqrt();
    (spread > 0.0).then(|| (product(&a, &b) / spread).clamp(-1.0, 1.0))
}

/// The rank of each value from 0.
fn ranks(values: &[f32]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut first = 0;
    for equal in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let rank = first as f64 + (equal.len() as f64 - 1.0) / 2.0;
        equal.iter().for_each(|&index| ranks[index] = rank);
        first += equal.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::maps::Quantity;
    use proptest::prelude::*;

    fn map(height: usize, width: usize, values: Vec<f32>) -> PonderMap {
        let theory = Range { low: 2.0, high: 6.0 };
        PonderMap { height, width, values, quantity: Quantity::PonderCost, theory }
    }

    #[test]
    fn a_coarse_map_is_compared_on_the_finer_grid() {
        let coarse = map(1, 2, vec![2.0, 4.0]);
        let fine = map(2, 4, vec![2.0, 3.0, 4.0, 4.0, 5.0, 2.0, 4.0, 3.0]);
        let difference = Difference::between(&coarse, &fine).unwrap();
        assert_eq!((difference.map.height, difference.map.width), (2, 4));
        assert_eq!(difference.map.values, [0.0, 1.0, 0.0, 0.0, 3.0, 0.0, 0.0, -1.0]);
        let back = Difference::between(&fine, &coarse).unwrap();
        assert_eq!(back.map.values, [0.0, -1.0, 0.0, 0.0, -3.0, 0.0, 0.0, 1.0]);
    }

    #[test]
    fn each_side_may_be_finer_in_one_direction() {
        let tall = map(2, 1, vec![2.0, 3.0]);
        let wide = map(1, 2, vec![4.0, 6.0]);
        assert_eq!(Difference::between(&tall, &wide).unwrap().map.values, [2.0, 4.0, 1.0, 3.0]);
    }

    #[test]
    fn statistics_are_those_one_counts_by_hand() {
        let a = map(1, 5, vec![2.0, 3.0, 4.0, 5.0, 6.0]);
        let b = map(1, 5, vec![3.0, 2.0, 4.0, 3.0, 6.0]);
        // Differences 1, -1, 0, -2, 0. Ranks 0 1 2 3 4 and 1.5 0 3 1.5 4:
        // the products of deviations sum to 1 + 2 + 0 - 0.5 + 4, the squares to 10 and 9.5.
        let found = Difference::between(&a, &b).unwrap().statistics;
        assert_eq!((found.mean, found.mean_absolute, found.greatest), (-0.4, 0.8, 2.0));
        assert!((f64::from(found.rank_correlation.unwrap()) - 6.5 / 95f64.sqrt()).abs() < 1e-7);
    }

    #[test]
    fn a_flat_map_has_no_order_to_agree_with() {
        let flat = map(1, 3, vec![4.0; 3]);
        let found = Difference::between(&map(1, 3, vec![2.0, 3.0, 6.0]), &flat).unwrap().statistics;
        assert_eq!(found.rank_correlation, None);
        assert!(Difference::between(&flat, &map(0, 0, Vec::new())).is_none());
        assert_eq!(rank_correlation(&[1.0, 2.0], &[1.0]), None);
    }

    #[test]
    fn what_can_differ_at_most_is_told_by_both_theories() {
        let a = map(1, 1, vec![3.0]);
        let mut b = map(1, 1, vec![9.0]);
        b.theory = Range { low: 3.0, high: 10.0 };
        let range = Range { low: -8.0, high: 8.0 };
        assert_eq!(Difference::between(&a, &b).unwrap().map.theory, range);
        assert_eq!(Difference::between(&b, &a).unwrap().map.theory, range);
    }

    /// Few different values, so that many are equal.
    fn pairs() -> impl Strategy<Value = Vec<(f32, f32)>> {
        prop::collection::vec(((0u8..9).prop_map(f32::from), -3.0f32..40.0), 2..60)
    }

    proptest! {
        #[test]
        fn the_rank_correlation_knows_order_alone(pairs in pairs()) {
            let (a, b): (Vec<f32>, Vec<f32>) = pairs.into_iter().unzip();
            let found = rank_correlation(&a, &b);
            let bent: Vec<f32> = a.iter().map(|value| value * value * value + 7.0).collect();
            let turned: Vec<f32> = b.iter().map(|value| -value).collect();
            prop_assert_eq!(rank_correlation(&bent, &b), found);
            prop_assert_eq!(rank_correlation(&b, &a), found);
            if let Some(found) = found {
                prop_assert!((-1.0..=1.0).contains(&found));
                prop_assert!((rank_correlation(&a, &turned).unwrap() + found).abs() < 1e-12);
                prop_assert!((rank_correlation(&a, &bent).unwrap() - 1.0).abs() < 1e-12);
            }
        }

        #[test]
        fn the_other_way_round_all_differences_turn(pairs in pairs()) {
            let (a, b): (Vec<f32>, Vec<f32>) = pairs.into_iter().unzip();
            let (a, b) = (map(1, a.len(), a), map(1, b.len(), b));
            let (there, back) = (Difference::between(&a, &b).unwrap(), Difference::between(&b, &a).unwrap());
            for (one, other) in there.map.values.iter().zip(&back.map.values) {
                prop_assert_eq!(*one, -other);
            }
            let (there, back) = (there.statistics, back.statistics);
            prop_assert_eq!(there.mean, -back.mean);
            prop_assert_eq!((there.mean_absolute, there.greatest), (back.mean_absolute, back.greatest));
            prop_assert!(there.mean.abs() <= there.mean_absolute && there.mean_absolute <= there.greatest);
        }
    }
}

//! Percentiles of more values than fit into memory: exact, by counting.

/// The values below which `percents` (0..100, clamped) of all values lie, interpolated linearly between neighbours as
/// numpy does. `pass` hands over all values, part by part and in any order; it is called twice. `None` if there are no
/// values. NaN counts as the greatest value.
///
/// The order of floats is that of their bits, turned a little; so the first pass counts by the upper half of the bits, the second
/// by the lower half, among those values alone that share their upper half with one that is looked for.
///
/// # Errors
/// Those of `pass`.
pub fn percentiles<E>(
    percents: &[f64],
    mut pass: impl FnMut(&mut dyn FnMut(&[f32])) -> Result<(), E>,
) -> Result<Option<Vec<f64>>, E> {
    let mut upper = Counts::new();
    pass(&mut |values| values.iter().for_each(|&value| upper.add(key(value) >> 16)))?;
    let Some(last) = upper.total.checked_sub(1) else { return Ok(None) };
    let places: Vec<f64> =
        percents.iter().map(|percent| percent.clamp(0.0, 100.0) / 100.0 * last as f64).collect();
    let ranks = |place: f64| [place.floor() as u64, place.ceil() as u64];

    // Each upper half that is looked for, with counts of the lower halves that come with it.
    let mut lower: Vec<(u32, Counts)> = Vec::new();
    for rank in places.iter().flat_map(|&place| ranks(place)) {
        let (half, _) = upper.find(rank);
        if lower.iter().all(|(known, _)| *known != half) {
            lower.push((half, Counts::new()));
        }
    }
    pass(&mut |values| {
        for key in values.iter().copied().map(key) {
            for (half, counts) in &mut lower {
                if *half == key >> 16 {
                    counts.add(key & 0xffff);
                }
            }
        }
    })?;

    let value = |rank: u64| {
        let (half, rank) = upper.find(rank);
        let counts = lower.iter().find(|(known, _)| *known == half);
        let low = counts.map_or(0, |(_, counts)| counts.find(rank).0);
        f64::from(value_of(half << 16 | low))
    };
    let interpolated = places.iter().map(|&place| {
        let [below, above] = ranks(place).map(value);
        below + (above - below) * place.fract()
    });
    Ok(Some(interpolated.collect()))
}

/// How often each of 65536 numbers was seen.
struct Counts {
    counts: Vec<u64>,
    total: u64,
}

impl Counts {
    fn new() -> Self {
        Self { counts: vec![0; 1 << 16], total: 0 }
    }

    fn add(&mut self, number: u32) {
        self.counts[number as usize] += 1;
        self.total += 1;
    }

    /// The number of this rank from 0, and its rank among its equals.
    fn find(&self, rank: u64) -> (u32, u64) {
        let mut left = rank;
        for (number, &count) in self.counts.iter().enumerate() {
            if left < count {
                return (number as u32, left);
            }
            left -= count;
        }
        (u32::from(u16::MAX), 0)
    }
}

/// Bits that are ordered as the values are.
fn key(value: f32) -> u32 {
    // A NaN may carry a sign.
    let bits = if value.is_nan() { f32::NAN.to_bits() & !SIGN } else { value.to_bits() };
    if bits & SIGN == 0 { bits | SIGN } else { !bits }
}

fn value_of(key: u32) -> f32 {
    f32::from_bits(if key & SIGN == 0 { !key } else { key & !SIGN })
}

const SIGN: u32 = 1 << 31;

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use proptest::prelude::*;

    use super::*;

    fn of(values: &[f32], percents: &[f64]) -> Option<Vec<f64>> {
        let outcome: Result<_, Infallible> = percentiles(percents, |take| {
            values.chunks(3).for_each(take);
            Ok(())
        });
        outcome.unwrap()
    }

    #[test]
    fn they_are_numpys() {
        // numpy.percentile([15, 20, 35, 40, 50], [0, 5, 30, 40, 99.9, 100])
        let found = of(&[35.0, 15.0, 50.0, 40.0, 20.0], &[0.0, 5.0, 30.0, 40.0, 99.9, 100.0]).unwrap();
        for (found, expected) in found.into_iter().zip([15.0, 16.0, 23.0, 29.0, 49.96, 50.0]) {
            assert!((found - expected).abs() < 1e-12, "{found} for {expected}");
        }
        assert_eq!(of(&[], &[50.0]), None);
    }

    #[test]
    fn what_is_no_number_is_not_overlooked() {
        let found = of(&[1.0, -f32::NAN, 2.0], &[0.0, 100.0]).unwrap();
        assert!(found[0] == 1.0 && found[1].is_nan(), "{found:?}");
    }

    proptest! {
        #[test]
        fn they_are_those_of_the_sorted_values(
            values in prop::collection::vec(prop_oneof![-3.0f32..40.0, (4u8..7).prop_map(f32::from)], 1..200),
            percent in 0.0f64..100.0,
        ) {
            let mut sorted = values.clone();
            sorted.sort_by(f32::total_cmp);
            let place = percent / 100.0 * (sorted.len() - 1) as f64;
            let [below, above] = [place.floor(), place.ceil()].map(|rank| f64::from(sorted[rank as usize]));
            let expected = below + (above - below) * place.fract();
            prop_assert_eq!(of(&values, &[percent]), Some(vec![expected]));
        }
    }
}

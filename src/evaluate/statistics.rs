//! Mean and standard deviation of values that come one after the other.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Of so many values: their sum, and the sum of their squares. Values are kept as whole multiples of `2^-PLACES`, and
/// whole numbers add up to the same in every order, so neither batches nor threads leave a trace in the last digit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statistic<const PLACES: u32> {
    count: u64,
    #[serde(serialize_with = "to_digits", deserialize_with = "from_digits")]
    sum: u128,
    #[serde(serialize_with = "to_digits", deserialize_with = "from_digits")]
    squares: u128,
    /// How many values were no number that fits; with one of these, nothing is known.
    unfit: u64,
}

/// Of whole numbers: FLOPs, units.
pub type Whole = Statistic<0>;
/// Of numbers with a fraction: ponder cost (whose values, float32 from 1 up, are kept exactly) and cross-entropy.
pub type Fraction = Statistic<32>;

impl<const PLACES: u32> Statistic<PLACES> {
    /// Takes in a value from 0 to below `2^(63 - PLACES)`, rounded to `PLACES` binary places.
    pub fn add(&mut self, value: f64) {
        let scaled = (value * Self::scale()).round();
        self.count += 1;
        if (0.0..2f64.powi(63)).contains(&scaled) {
            let scaled = u128::from(scaled as u64);
            self.sum += scaled;
            self.squares = self.squares.saturating_add(scaled * scaled);
        } else {
            self.unfit += 1;
        }
    }

    /// Takes in the values of another.
    pub fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.sum += other.sum;
        self.squares = self.squares.saturating_add(other.squares);
        self.unfit += other.unfit;
    }

    /// How many values there were.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// NaN without values, or where one was no number.
    pub fn mean(&self) -> f64 {
        if self.unfit > 0 {
            return f64::NAN;
        }
        self.sum as f64 / self.count as f64 / Self::scale()
    }

    /// The standard deviation that divides by `n - 1` (specification, section 8); NaN for fewer than two values, or where
    /// one was no number.
    pub fn std(&self) -> f64 {
        if self.unfit > 0 || self.count < 2 {
            return f64::NAN;
        }
        let count = u128::from(self.count);
        // Around the whole number below the mean, squares are small and nothing cancels.
        let (centre, rest) = (self.sum / count, self.sum % count);
        let around_centre = self.squares.saturating_sub(centre * (self.sum + rest)) as f64;
        let (rest, count) = (rest as f64, count as f64);
        let around_mean = (around_centre - rest * rest / count).max(0.0);
        (around_mean / (count - 1.0)).sqrt() / Self::scale()
    }

    fn scale() -> f64 {
        2f64.powi(PLACES as i32)
    }
}

/// As text: many programs read numbers in JSON as floating-point ones, which have fewer digits.
fn to_digits<S: Serializer>(number: &u128, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(number)
}

fn from_digits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u128, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of<const PLACES: u32>(values: &[f64]) -> Statistic<PLACES> {
        let mut statistic = Statistic::default();
        values.iter().for_each(|&value| statistic.add(value));
        statistic
    }

    fn two_passes(values: &[f64]) -> (f64, f64) {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        (mean, (squares / (values.len() as f64 - 1.0)).sqrt())
    }

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0)
    }

    proptest! {
        #[test]
        fn one_pass_finds_what_two_find(values in prop::collection::vec(1f32..40.0, 2..200)) {
            let values: Vec<f64> = values.into_iter().map(f64::from).collect();
            let (mean, std) = two_passes(&values);
            let found: Fraction = of(&values);
            prop_assert!(close(found.mean(), mean) && close(found.std(), std), "{found:?}");
        }

        /// FLOPs of images differ by little beside what they are.
        #[test]
        fn large_numbers_do_not_cancel(values in prop::collection::vec(11_000_000_000u64..11_000_001_000, 2..200)) {
            let offsets: Vec<f64> = values.iter().map(|&value| (value - 11_000_000_000) as f64).collect();
            let values: Vec<f64> = values.iter().map(|&value| value as f64).collect();
            let found: Whole = of(&values);
            prop_assert!(close(found.std(), two_passes(&offsets).1), "{found:?}");
        }

        #[test]
        fn neither_order_nor_grouping_matters(
            values in prop::collection::vec(0f64..1e4, 0..100), cut in 0usize..100, turn in 0usize..100,
        ) {
            let whole: Fraction = of(&values);
            let (left, right) = values.split_at(cut.min(values.len()));
            let mut merged: Fraction = of(right);
            merged.merge(&of(left));
            prop_assert_eq!(merged, whole);
            let mut turned = values.clone();
            turned.rotate_left(turn % values.len().max(1));
            prop_assert_eq!(of(&turned), whole);
            let kept: Fraction = serde_json::from_str(&serde_json::to_string(&whole).unwrap()).unwrap();
            prop_assert_eq!(kept, whole);
        }
    }

    #[test]
    fn one_value_has_no_deviation_and_equal_values_have_none() {
        let one: Fraction = of(&[2.5]);
        assert!(one.mean() == 2.5 && one.std().is_nan());
        let equal: Whole = of(&[137_725_184.0; 7]);
        assert_eq!((equal.mean(), equal.std()), (137_725_184.0, 0.0));
        assert!(Whole::default().mean().is_nan());
    }

    #[test]
    fn what_is_no_number_spoils_the_figures() {
        for value in [f64::NAN, f64::INFINITY, -1.0, 1e300] {
            let spoilt: Fraction = of(&[1.0, value, 2.0]);
            assert!(spoilt.mean().is_nan() && spoilt.std().is_nan() && spoilt.count() == 3, "{value}");
        }
    }
}

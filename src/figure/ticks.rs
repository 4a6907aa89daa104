//! Round numbers for an axis.

use crate::maps::Range;

/// Round numbers inside `range` for an axis, at most `most` of them: multiples of 1, 2 or 5 times a power of ten,
/// as dense as allowed. None in an empty range.
pub fn ticks(range: Range, most: usize) -> Vec<f64> {
    let (low, high) = (f64::from(range.low), f64::from(range.high));
    let width = high - low;
    if most == 0 || !width.is_finite() || width <= 0.0 {
        return Vec::new();
    }
    let finest = (width / most as f64).log10().floor() as i32 - 1;
    for exponent in finest.. {
        for mantissa in [1, 2, 5] {
            let found = multiples(low, high, mantissa, exponent);
            if found.0 > found.1 {
                return Vec::new();
            }
            if (found.1 - found.0) < most as i64 {
                return (found.0..=found.1).map(|step| scaled(step * mantissa, exponent)).collect();
            }
        }
    }
    Vec::new()
}

/// First and last multiple of `mantissa * 10^exponent` in `low..high`, in steps.
fn multiples(low: f64, high: f64, mantissa: i64, exponent: i32) -> (i64, i64) {
    let step = scaled(mantissa, exponent);
    // An end that is a multiple but for its rounding to float32 is one.
    let slack = 1e-6 * (high - low) / step;
    ((low / step - slack).ceil() as i64, (high / step + slack).floor() as i64)
}

/// `value * 10^exponent`, dividing by a whole power where that is exact: 3 tenths as 0.3, not 0.30000000000000004.
fn scaled(value: i64, exponent: i32) -> f64 {
    if exponent < 0 { value as f64 / 10f64.powi(-exponent) } else { value as f64 * 10f64.powi(exponent) }
}

/// A tick as text, with as many decimals as the step between ticks needs.
pub fn tick_label(value: f64, ticks: &[f64]) -> String {
    const MOST_DECIMALS: usize = 12;
    let told = if ticks.is_empty() { &[value][..] } else { ticks };
    let step = told.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(f64::INFINITY, f64::min);
    let slack = if step.is_finite() { 1e-3 * step } else { 1e-6 * told[0].abs() };
    let tells = |decimals: &usize| {
        let rounded = |tick: f64| format!("{tick:.decimals$}").parse::<f64>().unwrap_or(tick);
        told.iter().all(|&tick| (rounded(tick) - tick).abs() <= slack)
    };
    let decimals = (0..MOST_DECIMALS).find(tells).unwrap_or(MOST_DECIMALS);
    let text = format!("{value:.decimals$}");
    // No minus before a zero.
    match text.strip_prefix('-') {
        Some(zero) if zero.chars().all(|digit| matches!(digit, '0' | '.')) => zero.to_owned(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn labels(low: f32, high: f32, most: usize) -> Vec<String> {
        let ticks = ticks(Range { low, high }, most);
        ticks.iter().map(|&tick| tick_label(tick, &ticks)).collect()
    }

    #[test]
    fn ticks_are_the_numbers_a_person_would_choose() {
        assert_eq!(labels(6.0, 18.0, 7), ["6", "8", "10", "12", "14", "16", "18"]);
        assert_eq!(labels(8.0, 37.0, 6), ["10", "15", "20", "25", "30", "35"]);
        assert_eq!(labels(3.0, 3.2, 5), ["3.00", "3.05", "3.10", "3.15", "3.20"]);
        assert_eq!(labels(-0.25, 0.3, 6), ["-0.2", "-0.1", "0.0", "0.1", "0.2", "0.3"]);
        assert_eq!(labels(0.0, 900_000.0, 4), ["0", "500000"]);
    }

    #[test]
    fn an_axis_without_room_or_length_has_no_ticks() {
        assert!(ticks(Range { low: 2.0, high: 9.0 }, 0).is_empty());
        for (low, high) in [(4.0, 4.0), (5.0, 4.0), (f32::NAN, 1.0), (0.0, f32::INFINITY)] {
            assert!(ticks(Range { low, high }, 5).is_empty(), "{low}..{high}");
        }
    }

    #[test]
    fn a_lone_tick_keeps_its_decimals() {
        assert_eq!(tick_label(11.05, &[11.05]), "11.05");
        assert_eq!(tick_label(-0.04, &[0.0, 1.0]), "0");
    }

    proptest! {
        #[test]
        fn ticks_are_few_round_even_and_inside(
            low in -1e6f32..1e6, width in 1e-3f32..1e6, most in 1usize..20,
        ) {
            let range = Range { low, high: low + width };
            prop_assume!(range.high > range.low);
            let ticks = ticks(range, most);
            prop_assert!(ticks.len() <= most);
            let slack = 1e-6 * f64::from(range.high - range.low);
            for tick in &ticks {
                prop_assert!(*tick >= f64::from(range.low) - slack && *tick <= f64::from(range.high) + slack);
            }
            for pair in ticks.windows(3) {
                prop_assert!(((pair[2] - pair[1]) - (pair[1] - pair[0])).abs() < 1e-6 * (pair[1] - pair[0]) + 1e-9);
            }
            if ticks.len() > 1 {
                let step = ticks[1] - ticks[0];
                let digit = step / 10f64.powf(step.log10().floor());
                let round = [1.0, 2.0, 5.0, 10.0].iter().any(|round| (digit / round - 1.0).abs() < 1e-3);
                prop_assert!(round, "a step of {}", step);
            }
            for tick in &ticks {
                let told: f64 = tick_label(*tick, &ticks).parse().unwrap();
                prop_assert!((told - tick).abs() <= 1e-6 * (1.0 + tick.abs()));
            }
        }

        #[test]
        fn with_room_for_five_there_are_at_least_two(low in -1e3f32..1e3, width in 1e-2f32..1e3) {
            let range = Range { low, high: low + width };
            prop_assert!(ticks(range, 5).len() >= 2);
        }
    }
}

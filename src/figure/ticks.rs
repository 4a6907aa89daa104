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
    let step = ticks.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(f64::INFINITY, f64::min);
    let needed = if step.is_finite() { step } else { value.abs() };
    // A step of 0.5 or 0.05 is told by its first digit.
    let decimals =
        if needed > 0.0 { (-(needed.log10() + 1e-9).floor()).clamp(0.0, 12.0) as usize } else { 0 };
    let text = format!("{value:.decimals$}");
    let is_zero = text.trim_start_matches('-').chars().all(|digit| digit == '0' || digit == '.');
    if is_zero { text.trim_start_matches('-').to_owned() } else { text }
}

//! Numbers and names for people.

/// FLOPs with a unit that leaves one to three digits before the point: `137.7 MFLOPs`, `15.6 GFLOPs`, `640 FLOPs`.
pub(crate) fn flops(flops: u64) -> String {
    let unit = FlopsUnit::for_count(flops);
    format!("{} {}", unit.number(flops), unit.name)
}

/// FLOPs against the vanilla network's, in one unit: `107.8 of 137.7 MFLOPs (78 %)`. Without a vanilla figure to
/// measure against, only the FLOPs.
pub(crate) fn flops_of(flops: u64, vanilla: u64) -> String {
    if vanilla == 0 {
        return self::flops(flops);
    }
    let unit = FlopsUnit::for_count(vanilla);
    let share = 100.0 * flops as f64 / vanilla as f64;
    format!("{} of {} {} ({share:.0} %)", unit.number(flops), unit.number(vanilla), unit.name)
}

/// A duration given in milliseconds, to three digits: `0.42 ms`, `12.3 ms`, `340 ms`, `1.24 s`.
pub(crate) fn milliseconds(ms: f64) -> String {
    match ms {
        ms if ms < 9.995 => format!("{ms:.2} ms"),
        ms if ms < 99.95 => format!("{ms:.1} ms"),
        ms if ms < 999.5 => format!("{ms:.0} ms"),
        ms if ms < 9995.0 => format!("{:.2} s", ms / 1e3),
        ms => format!("{:.1} s", ms / 1e3),
    }
}

/// A duration in seconds, to two units: `35 s`, `4 min 10 s`, `3 h 25 min`, `2 d 4 h`.
pub(crate) fn duration(seconds: f64) -> String {
    let seconds = seconds.max(0.0).round() as u64;
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match seconds {
        ..60 => format!("{seconds} s"),
        60..3600 => format!("{minutes} min {} s", seconds % 60),
        3600..86_400 => format!("{hours} h {} min", minutes % 60),
        _ => format!("{days} d {} h", hours % 24),
    }
}

/// A share of one as a percentage with one decimal: `93.1 %`. What is not nothing never reads as nothing.
pub(crate) fn percent(share: f32) -> String {
    let percent = share * 100.0;
    if percent > 0.0 && percent < 0.05 { "< 0.1 %".to_owned() } else { format!("{percent:.1} %") }
}

/// `value` with the decimals that tell a hundredth of `span` apart, and no trailing zeros.
pub(crate) fn within(value: f32, span: f32) -> String {
    let decimals = if span > 0.0 && span.is_finite() {
        (2.0 - span.log10().floor()).clamp(0.0, 6.0) as usize
    } else {
        2
    };
    let text = format!("{value:.decimals$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// A halting threshold, with every digit it has: `0.5`, `0.99`, `0.9985`.
pub(crate) fn threshold(value: f32) -> String {
    value.to_string()
}

/// `Cat` for `cat`.
pub(crate) fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

struct FlopsUnit {
    scale: f64,
    name: &'static str,
}

impl FlopsUnit {
    const ALL: [Self; 5] = [
        Self { scale: 1e12, name: "TFLOPs" },
        Self { scale: 1e9, name: "GFLOPs" },
        Self { scale: 1e6, name: "MFLOPs" },
        Self { scale: 1e3, name: "kFLOPs" },
        Self { scale: 1.0, name: "FLOPs" },
    ];

    /// The greatest unit in which `count` still rounds to one or more.
    fn for_count(count: u64) -> &'static Self {
        let [.., one] = &Self::ALL;
        Self::ALL.iter().find(|unit| count as f64 >= 0.99995 * unit.scale).unwrap_or(one)
    }

    fn number(&self, count: u64) -> String {
        let decimals = if self.scale > 1.0 { 1 } else { 0 };
        format!("{:.decimals$}", count as f64 / self.scale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flops_take_a_fitting_unit() {
        assert_eq!(flops(0), "0 FLOPs");
        assert_eq!(flops(640), "640 FLOPs");
        assert_eq!(flops(1_280), "1.3 kFLOPs");
        assert_eq!(flops(137_725_184), "137.7 MFLOPs");
        assert_eq!(flops(15_602_814_976), "15.6 GFLOPs");
        assert_eq!(flops(2_500_000_000_000), "2.5 TFLOPs");
    }

    #[test]
    fn a_count_that_rounds_up_takes_the_next_unit() {
        assert_eq!(flops(999_999_999), "1.0 GFLOPs");
        assert_eq!(flops(999_900_000), "999.9 MFLOPs");
    }

    #[test]
    fn both_sides_of_a_comparison_share_a_unit() {
        assert_eq!(flops_of(107_800_000, 137_725_184), "107.8 of 137.7 MFLOPs (78 %)");
        assert_eq!(flops_of(640_000_000, 15_602_814_976), "0.6 of 15.6 GFLOPs (4 %)");
        assert_eq!(flops_of(140_000_000, 137_725_184), "140.0 of 137.7 MFLOPs (102 %)");
        assert_eq!(flops_of(107_800_000, 0), "107.8 MFLOPs");
    }

    #[test]
    fn durations_keep_three_digits() {
        assert_eq!(milliseconds(0.416), "0.42 ms");
        assert_eq!(milliseconds(9.996), "10.0 ms");
        assert_eq!(milliseconds(12.34), "12.3 ms");
        assert_eq!(milliseconds(339.6), "340 ms");
        assert_eq!(milliseconds(999.7), "1.00 s");
        assert_eq!(milliseconds(61_240.0), "61.2 s");
    }

    #[test]
    fn long_durations_take_two_units() {
        let shown = [0.4, 35.0, 250.0, 12_300.0, 187_200.0, -1.0].map(duration);
        assert_eq!(shown, ["0 s", "35 s", "4 min 10 s", "3 h 25 min", "2 d 4 h", "0 s"]);
    }

    #[test]
    fn percentages_never_hide_a_small_share() {
        assert_eq!(percent(0.9312), "93.1 %");
        assert_eq!(percent(1.0), "100.0 %");
        assert_eq!(percent(0.0), "0.0 %");
        assert_eq!(percent(1e-5), "< 0.1 %");
    }

    #[test]
    fn values_show_what_their_range_needs() {
        assert_eq!(within(6.0, 12.0), "6");
        assert_eq!(within(7.134, 7.7), "7.13");
        assert_eq!(within(2.000_4, 0.01), "2.0004");
        assert_eq!(within(-0.0001, 10.0), "0");
        assert_eq!(within(3.0, 0.0), "3");
    }

    #[test]
    fn thresholds_show_every_digit_they_have() {
        assert_eq!(threshold(0.5), "0.5");
        assert_eq!(threshold(0.99), "0.99");
        assert_eq!(threshold(0.9985), "0.9985");
        assert_eq!(threshold(0.9999), "0.9999");
    }
}

//! How long networks take on this machine: what `ponderscope bench` and the benchmarks measure with.

mod machine;
mod subject;

pub use machine::{gemm_peak, peak_memory, reset_peak_memory};
pub use subject::{Subject, SubjectError, inputs, offset_for_share};

use std::time::{Duration, Instant};

/// Runs are repeated in bursts this long, and bursts of different cases take turns: a machine that slows down for a
/// while then slows all of them.
const BURST: Duration = Duration::from_millis(100);
/// Repetitions of a case at least.
const LEAST: usize = 10;

/// How long something took, again and again.
#[derive(Clone, Debug, PartialEq)]
pub struct Times {
    /// Milliseconds, ascending.
    sorted: Vec<f64>,
}

impl Times {
    /// `milliseconds`: one a repetition, at least one.
    pub fn new(mut milliseconds: Vec<f64>) -> Self {
        milliseconds.sort_by(f64::total_cmp);
        Self { sorted: milliseconds }
    }

    /// Milliseconds that `percent` of the repetitions did not exceed; the nearest rank, NaN of none.
    pub fn percentile(&self, percent: f64) -> f64 {
        let rank = (percent / 100.0 * (self.sorted.len().saturating_sub(1)) as f64).round() as usize;
        self.sorted.get(rank).copied().unwrap_or(f64::NAN)
    }

    pub fn median(&self) -> f64 {
        self.percentile(50.0)
    }

    pub fn repetitions(&self) -> usize {
        self.sorted.len()
    }
}

/// Repeats each case until it has run for `time`, [`LEAST`] times at least; the cases take turns. `case(index)` runs one
/// once; the first error ends it all.
pub fn take_turns<E>(
    cases: usize,
    time: Duration,
    mut case: impl FnMut(usize) -> Result<(), E>,
) -> Result<Vec<Times>, E> {
    let mut taken = vec![Vec::new(); cases];
    let mut spent = vec![Duration::ZERO; cases];
    loop {
        let mut ended = true;
        for index in 0..cases {
            if spent[index] >= time && taken[index].len() >= LEAST {
                continue;
            }
            ended = false;
            // The one before has filled the caches with its own; this repetition does not count.
            case(index)?;
            let burst = Instant::now();
            while burst.elapsed() < BURST {
                let start = Instant::now();
                case(index)?;
                let elapsed = start.elapsed();
                spent[index] += elapsed;
                taken[index].push(elapsed.as_secs_f64() * 1e3);
            }
        }
        if ended {
            return Ok(taken.into_iter().map(Times::new).collect());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_sorted_times() {
        let times = Times::new(vec![5.0, 1.0, 4.0, 2.0, 3.0]);
        assert_eq!(
            [0.0, 10.0, 50.0, 90.0, 100.0].map(|percent| times.percentile(percent)),
            [1.0, 1.0, 3.0, 5.0, 5.0]
        );
    }

    #[test]
    fn every_case_gets_its_turns() {
        let mut runs = [0; 3];
        let times = take_turns(3, Duration::ZERO, |case| {
            runs[case] += 1;
            std::thread::sleep(Duration::from_millis(15));
            Ok::<_, ()>(())
        })
        .unwrap();
        assert!(times.iter().all(|times| times.repetitions() >= LEAST && times.median() >= 15.0));
        assert!(runs.iter().zip(&times).all(|(runs, times)| *runs > times.repetitions()));
        assert_eq!(
            take_turns(2, Duration::ZERO, |case| if case == 1 { Err("no") } else { Ok(()) }),
            Err("no")
        );
    }
}

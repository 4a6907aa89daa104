//! How long networks take on this machine: what `ponderscope bench` and the benchmarks measure with.

mod convolution;
mod machine;
mod subject;

pub use convolution::{Shape, Timed};
pub use machine::{gemm_peak, peak_memory, reset_peak_memory};
pub use subject::{Subject, SubjectError, inputs, offset_for_share};

use std::time::{Duration, Instant};

/// Runs are repeated in bursts this long, and bursts of different cases take turns: a machine that slows down for a
/// while then slows all of them.
const BURST: Duration = Duration::from_millis(100);
/// Repetitions of a case at least.
const LEAST: usize = 10;
/// Repetitions of a burst at least, as the first of each does not count.
const LEAST_OF_BURST: usize = 4;

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

/// Milliseconds of each repetition of `run` in the given time, a few at least, after one that does not count: whatever ran
/// before has filled the caches with its own. The first error ends it.
pub fn repeat<E>(time: Duration, mut run: impl FnMut() -> Result<(), E>) -> Result<Vec<f64>, E> {
    run()?;
    let mut taken = Vec::new();
    let begin = Instant::now();
    while begin.elapsed() < time || taken.len() < LEAST_OF_BURST {
        let start = Instant::now();
        run()?;
        taken.push(start.elapsed().as_secs_f64() * 1e3);
    }
    Ok(taken)
}

/// Lets the cases take turns until each has run for `time`, [`LEAST`] times at least. `burst(case, time)` is one turn, and
/// gives what [`repeat`] gives; the first error ends it all.
pub fn take_turns<E>(
    cases: usize,
    time: Duration,
    mut burst: impl FnMut(usize, Duration) -> Result<Vec<f64>, E>,
) -> Result<Vec<Times>, E> {
    let mut taken = vec![Vec::new(); cases];
    let is_done =
        |taken: &[f64]| taken.len() >= LEAST && taken.iter().sum::<f64>() >= time.as_secs_f64() * 1e3;
    while !taken.iter().all(|taken: &Vec<f64>| is_done(taken)) {
        for (case, taken) in taken.iter_mut().enumerate().filter(|(_, taken)| !is_done(taken)) {
            taken.extend(burst(case, BURST)?);
        }
    }
    Ok(taken.into_iter().map(Times::new).collect())
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
        let mut turns = Vec::new();
        let times = take_turns(3, Duration::from_millis(100), |case, _| {
            turns.push(case);
            Ok::<_, ()>(vec![8.0; 4])
        })
        .unwrap();
        // 100 ms take four turns of 32 ms; ten repetitions would have taken three.
        assert_eq!(turns, [0, 1, 2].repeat(4));
        assert!(times.iter().all(|times| times.repetitions() == 16 && times.median() == 8.0));
        let failing = |case, _| if case == 1 { Err("no") } else { Ok(vec![1.0]) };
        assert_eq!(take_turns(2, Duration::ZERO, failing), Err("no"));
    }

    #[test]
    fn the_first_repetition_does_not_count() {
        let mut runs = 0;
        let mut run = || {
            std::thread::sleep(Duration::from_millis(1));
            runs += 1;
            Ok::<_, ()>(())
        };
        let taken = repeat(Duration::from_millis(20), &mut run).unwrap();
        assert!(taken.iter().all(|taken| *taken >= 1.0));
        assert_eq!(runs, taken.len() + 1);
    }
}

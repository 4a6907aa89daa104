//! What this machine can do.

use std::fs;
use std::time::Instant;

use candle_core::{Device, Result, Tensor};

/// Edge of the matrices multiplied for the peak: beyond the caches, as the products of large networks are.
const EDGE: usize = 2048;
const REPETITIONS: usize = 5;

/// GFLOP/s of a 2048-cube matrix product with the threads of the current pool, the best of a few: the most that any
/// engine can hope for. The product is the `gemm` crate's.
///
/// # Errors
/// Candle's own, on a machine without the memory.
pub fn gemm_peak() -> Result<f64> {
    let matrix = Tensor::ones((EDGE, EDGE), candle_core::DType::F32, &Device::Cpu)?;
    let mut best = f64::INFINITY;
    for _ in 0..REPETITIONS {
        let start = Instant::now();
        matrix.matmul(&matrix)?;
        best = best.min(start.elapsed().as_secs_f64());
    }
    Ok(2.0 * (EDGE as f64).powi(3) / best / 1e9)
}

/// Most bytes of memory this process has held since the last [`reset_peak_memory`]; only Linux tells.
pub fn peak_memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

/// Lets [`peak_memory`] begin anew; false where it cannot, so that the peak is that of the whole process.
pub fn reset_peak_memory() -> bool {
    fs::write("/proc/self/clear_refs", "5").is_ok()
}

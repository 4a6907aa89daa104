//! `ponderscope bench`: how long networks take on this machine.

use std::time::{Duration, Instant};

use anyhow::Context;
use clap::Args;
use rayon::{ThreadPool, ThreadPoolBuilder};
use serde::Serialize;

use crate::engine::{Device, DeviceChoice, Strategy};
use crate::halting::HaltingSetting;
use crate::image::Input;
use crate::network::{self, Network, NetworkError, RunOptions};
use crate::timing::{self, Subject, Times};
use crate::zoo;

use super::columns::{Align, columns};
use super::options::{number, parse_share, parse_threshold};
use super::progress;

/// Times networks on this machine: milliseconds, operations a second, memory
///
/// There is a row for every network at every size, batch, number of threads and setting; options that take several values take
/// them with commas between. The rows take turns, so that a slow moment of the machine slows all of them.
#[derive(Args)]
#[command(after_help = LEGEND)]
pub struct BenchArgs {
    /// Model to time, by name or path; the default one if neither a model nor a network is named
    #[arg(short, long, value_name = "NAME|PATH")]
    model: Vec<String>,
    /// Network with random weights, such as resnet101-vanilla, resnet101-sact or resnet32-act; can be repeated
    #[arg(short, long, value_name = "NETWORK")]
    network: Vec<Subject>,
    /// Input sizes in pixels, such as 224 or 640x480 (width x height, stretched to it); by default the network's published one
    #[arg(long, value_delimiter = ',', value_parser = parse_size, value_name = "WIDTHxHEIGHT")]
    size: Vec<(usize, usize)>,
    /// Numbers of pictures in a batch
    #[arg(long, value_delimiter = ',', default_value = "1", value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    batch: Vec<u16>,
    /// Numbers of processor threads; all of them by default
    #[arg(long, value_delimiter = ',', value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Vec<u16>,
    /// Halting thresholds
    #[arg(long, value_delimiter = ',', default_values_t = [HaltingSetting::TRAINED_THRESHOLD], value_parser = parse_threshold, value_name = "T")]
    threshold: Vec<f32>,
    /// Shares of the vanilla network's operations, such as 0.9,0.7; a halting offset is sought for each
    #[arg(long, value_delimiter = ',', value_parser = parse_share, value_name = "SHARE")]
    flops_share: Vec<f64>,
    /// How halted positions are treated: left out (rows), computed and masked (dense), or whichever is faster (auto)
    #[arg(long, value_delimiter = ',', default_value = "auto", value_name = "ENGINE")]
    engine: Vec<Strategy>,
    /// Where to compute: auto, cpu, cuda, cuda:N or metal
    #[arg(long, default_value = "auto", value_name = "DEVICE")]
    device: DeviceChoice,
    /// Least time spent on each row of the table; ten repetitions are always made
    #[arg(long, default_value_t = 3.0, value_parser = parse_seconds, value_name = "S")]
    seconds: f64,
    /// Prints JSON instead of a table
    #[arg(long)]
    json: bool,
}

const LEGEND: &str = "\
Columns: T and offset, the halting threshold and offset; GFLOPs, counted operations of one picture, and their share of the vanilla \
network's; ms, median time of a batch; of peak, GFLOP/s as a share of a 2048-cube matrix product measured before and after; \
relative, median time against the first row of the same input, batch and threads; peak MB, most memory of the program while the row \
first ran, with every network of the table loaded.

Example: ponderscope bench --network resnet101-vanilla --network resnet101-sact --flops-share 0.7,0.3 --batch 1,8";

/// One row of the table, before it is timed.
struct Case<'a> {
    loaded: &'a Loaded,
    pool: usize,
    inputs: Vec<Input>,
    setting: HaltingSetting,
    /// Operations of an image, the mean over the batch.
    flops: f64,
    peak_memory: Option<u64>,
}

/// A network on a device, ready to run.
struct Loaded {
    name: String,
    strategy: Strategy,
    network: Network,
    seconds: f64,
}

#[derive(Serialize)]
struct Report {
    device: String,
    processors: usize,
    /// GFLOP/s of a matrix product, one a number of threads.
    gemm_peak: Vec<(usize, f64)>,
    rows: Vec<Row>,
}

/// One row of the table.
#[derive(Serialize)]
struct Row {
    network: String,
    width: usize,
    height: usize,
    batch: usize,
    threads: usize,
    engine: String,
    threshold: f32,
    halting_offset: f32,
    /// Counted operations of one image.
    flops: f64,
    /// Of the vanilla network's.
    flops_share: f64,
    /// Of a batch.
    median_ms: f64,
    p10_ms: f64,
    p90_ms: f64,
    repetitions: usize,
    gflops: f64,
    /// Of the machine's own matrix product; not known of a GPU.
    share_of_peak: Option<f64>,
    /// Median time as a multiple of the first row's of the same input, batch and threads.
    relative: f64,
    /// Most memory of the process while this row first ran, in bytes; where the system tells.
    peak_memory: Option<u64>,
}

pub fn run(args: BenchArgs) -> anyhow::Result<()> {
    let cancel = progress::cancel_on_interrupt()?;
    let threads: Vec<usize> = match args.threads.as_slice() {
        [] => vec![rayon::current_num_threads()],
        threads => threads.iter().copied().map(usize::from).collect(),
    };
    let pools = threads
        .iter()
        .map(|&threads| ThreadPoolBuilder::new().num_threads(threads).build())
        .collect::<Result<Vec<_>, _>>()
        .context("cannot start that many threads")?;
    let device = args.device.open()?;
    let networks = load(&args, &device)?;
    if !args.json {
        for loaded in &networks {
            eprintln!("{}: {}, loaded in {:.2} s", loaded.name, loaded.network.spec(), loaded.seconds);
        }
    }
    let gemm_peak = |pools: &[ThreadPool]| -> anyhow::Result<Vec<f64>> {
        pools.iter().map(|pool| Ok(pool.install(timing::gemm_peak)?)).collect()
    };
    let before = gemm_peak(&pools)?;
    let options = RunOptions { cancel: Some(&cancel), keep_outputs: false };
    let cases = cases(&args, &networks, &pools, options)?;
    // A turn is taken inside its pool, so that what is timed is the network and not the waking of threads.
    let times = timing::take_turns(cases.len(), Duration::from_secs_f64(args.seconds), |case, time| {
        let case = &cases[case];
        let run = || case.loaded.network.run(&case.inputs, &case.setting, options).map(drop);
        pools[case.pool].install(|| timing::repeat(time, run))
    })?;
    // The machine may have had a slow moment at either end.
    let peak: Vec<f64> = gemm_peak(&pools)?.into_iter().zip(before).map(|(a, b)| a.max(b)).collect();

    let mut rows: Vec<Row> = Vec::new();
    for (case, times) in cases.iter().zip(&times) {
        let row = row(case, times, threads[case.pool], device.is_cpu().then_some(peak[case.pool]));
        let same = |other: &&Row| {
            (other.height, other.width, other.batch, other.threads)
                == (row.height, row.width, row.batch, row.threads)
        };
        let relative = rows.iter().find(same).map_or(1.0, |first| row.median_ms / first.median_ms);
        rows.push(Row { relative, ..row });
    }
    let processors = std::thread::available_parallelism().map_or(0, usize::from);
    let gemm_peak = threads.into_iter().zip(peak).collect();
    let device = if device.is_cpu() { "CPU".to_owned() } else { device.description().to_owned() };
    let report = Report { device, processors, gemm_peak, rows };
    match args.json {
        true => println!("{}", serde_json::to_string_pretty(&report)?),
        false => print!("{}", table(&report)),
    }
    Ok(())
}

fn load(args: &BenchArgs, device: &Device) -> anyhow::Result<Vec<Loaded>> {
    let sources = match (args.model.is_empty(), args.network.is_empty()) {
        (true, true) => vec![zoo::default_model().source],
        _ => {
            args.model.iter().map(|name| Ok(zoo::find(name)?.source)).collect::<Result<_, zoo::ZooError>>()?
        }
    };
    let mut networks = Vec::new();
    for &strategy in &args.engine {
        let device = device.clone().with_strategy(strategy);
        for source in &sources {
            let start = Instant::now();
            let model = zoo::load(source, &device)?;
            let seconds = start.elapsed().as_secs_f64();
            let name = model.card.name.clone();
            networks.push(Loaded { name, strategy, network: model.network, seconds });
        }
        for subject in &args.network {
            let variables = subject.variables();
            let start = Instant::now();
            let network = Network::new(subject.spec.clone(), &variables, &device)?;
            let seconds = start.elapsed().as_secs_f64();
            networks.push(Loaded { name: subject.name.clone(), strategy, network, seconds });
        }
    }
    Ok(networks)
}

/// Every network at every size, batch, number of threads and setting.
fn cases<'a>(
    args: &BenchArgs,
    networks: &'a [Loaded],
    pools: &[ThreadPool],
    options: RunOptions<'_>,
) -> anyhow::Result<Vec<Case<'a>>> {
    let mut cases = Vec::new();
    for (number, pool) in pools.iter().enumerate() {
        for loaded in networks {
            let spec = loaded.network.spec();
            let (height, width) = spec.family.published_size();
            let sizes = if args.size.is_empty() { vec![(width, height)] } else { args.size.clone() };
            for (width, height) in sizes {
                for &batch in &args.batch {
                    let inputs = timing::inputs(batch.into(), (height, width), spec.family.preprocessing())?;
                    for setting in settings(args, &loaded.network, &inputs, pool, options)? {
                        let is_anew = timing::reset_peak_memory();
                        let traces = pool.install(|| loaded.network.run(&inputs, &setting, options))?;
                        let flops =
                            traces.iter().map(|trace| trace.flops as f64).sum::<f64>() / traces.len() as f64;
                        cases.push(Case {
                            loaded,
                            pool: number,
                            inputs: inputs.clone(),
                            setting,
                            flops,
                            peak_memory: timing::peak_memory().filter(|_| is_anew),
                        });
                    }
                }
            }
        }
    }
    Ok(cases)
}

/// The settings that a network is timed with; a vanilla one has none to choose.
fn settings(
    args: &BenchArgs,
    network: &Network,
    inputs: &[Input],
    pool: &ThreadPool,
    options: RunOptions<'_>,
) -> Result<Vec<HaltingSetting>, NetworkError> {
    if network.spec().variant == network::Variant::Vanilla {
        return Ok(vec![HaltingSetting::default()]);
    }
    let mut settings = Vec::new();
    for &threshold in &args.threshold {
        let setting = HaltingSetting { threshold, ..HaltingSetting::default() };
        if args.flops_share.is_empty() {
            settings.push(setting);
        }
        for &share in &args.flops_share {
            let (logit_offset, _) =
                pool.install(|| timing::offset_for_share(network, inputs, setting, share, options))?;
            settings.push(HaltingSetting { logit_offset, ..setting });
        }
    }
    Ok(settings)
}

fn row(case: &Case<'_>, times: &Times, threads: usize, peak: Option<f64>) -> Row {
    let median_ms = times.median();
    let batch = case.inputs.len();
    let (height, width) = (case.inputs[0].height, case.inputs[0].width);
    let vanilla_flops = network::vanilla_flops(case.loaded.network.spec(), height, width) as f64;
    let gflops = case.flops * batch as f64 / median_ms / 1e6;
    Row {
        network: case.loaded.name.clone(),
        width,
        height,
        batch,
        threads,
        engine: case.loaded.strategy.to_string(),
        threshold: case.setting.threshold,
        halting_offset: case.setting.logit_offset,
        flops: case.flops,
        flops_share: case.flops / vanilla_flops,
        median_ms,
        p10_ms: times.percentile(10.0),
        p90_ms: times.percentile(90.0),
        repetitions: times.repetitions(),
        gflops,
        share_of_peak: peak.map(|peak| gflops / peak),
        relative: 1.0,
        peak_memory: case.peak_memory,
    }
}

fn table(report: &Report) -> String {
    const HEADINGS: [&str; 15] = [
        "network", "input", "batch", "threads", "engine", "T", "offset", "GFLOPs", "share", "ms", "p10..p90",
        "GFLOP/s", "of peak", "relative", "peak MB",
    ];
    let mut align = [Align::Right; HEADINGS.len()];
    align[0] = Align::Left;
    let mut cells = vec![HEADINGS.map(str::to_owned)];
    for row in &report.rows {
        cells.push([
            row.network.clone(),
            format!("{}x{}", row.width, row.height),
            row.batch.to_string(),
            row.threads.to_string(),
            row.engine.clone(),
            row.threshold.to_string(),
            format!("{:+.2}", row.halting_offset),
            format!("{:.4}", row.flops / 1e9),
            format!("{:.3}", row.flops_share),
            format!("{:.3}", row.median_ms),
            format!("{:.3}..{:.3}", row.p10_ms, row.p90_ms),
            format!("{:.1}", row.gflops),
            row.share_of_peak.map_or("-".to_owned(), |share| format!("{:.0} %", 100.0 * share)),
            format!("{:.3}", row.relative),
            row.peak_memory.map_or("-".to_owned(), |bytes| (bytes >> 20).to_string()),
        ]);
    }
    let peaks: Vec<String> = report
        .gemm_peak
        .iter()
        .map(|(threads, peak)| {
            format!("{peak:.0} GFLOP/s with {threads} thread{}", if *threads == 1 { "" } else { "s" })
        })
        .collect();
    format!(
        "{}\n{}, {} processors; a 2048-cube matrix product: {}\n",
        columns(align, &cells),
        report.device,
        report.processors,
        peaks.join(", ")
    )
}

fn parse_size(text: &str) -> Result<(usize, usize), String> {
    let (width, height) = text.split_once('x').unwrap_or((text, text));
    match (width.parse(), height.parse()) {
        (Ok(width @ 8..=8192), Ok(height @ 8..=8192)) => Ok((width, height)),
        _ => Err("a size is one or two numbers of pixels from 8 to 8192, such as 224 or 640x480".to_owned()),
    }
}

fn parse_seconds(text: &str) -> Result<f64, String> {
    number(text, |seconds| (0.0..=3600.0).contains(seconds), "a time is a number of seconds from 0 to 3600")
}

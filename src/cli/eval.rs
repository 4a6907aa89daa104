//! `ponderscope eval`: accuracy and cost of models on a data set.

mod keeping;
pub(super) mod report;
mod watch;

use std::path::PathBuf;

use anyhow::{bail, ensure};
use clap::Args;

use crate::dataset::Dataset;
use crate::engine::Device;
use crate::evaluate::{
    Case, EvaluateError, EvaluateOptions, Evaluation, Order, Shard, Subject, check, evaluate,
};
use crate::jobs::Cancel;
use crate::network::{Family, Network, Variant};
use crate::train;
use crate::weights::Variables;
use crate::zoo::{self, ModelCard};

use super::options::{self, ComputeArgs, ExperimentalArgs, TRAINED};
use super::progress;
use keeping::Keeping;

/// Accuracy, loss, FLOPs, ponder cost and number of units over the pictures of a data set
///
/// Prints one figure a line, `name[value]`, as the reference does. Several models and thresholds run in one pass over the data;
/// each combination then has its lines under a heading. Without labels there is neither accuracy nor loss.
#[derive(Args)]
pub struct EvalArgs {
    /// CIFAR-10's folder (see `ponderscope data cifar10`), class folders or a folder with `val` or `test` of them, TFRecord
    /// shards, pictures, HDF5 exports; by default `samples`, the 200 CIFAR-10 test pictures that the program brings along
    #[arg(long, num_args = 1.., value_name = "PATH")]
    data: Vec<PathBuf>,
    /// Follow a training run instead: evaluate the checkpoint in its folder whenever it changes, until Ctrl-C
    #[arg(
        long,
        value_name = "RUN",
        conflicts_with_all = ["model", "save", "resume", "csv", "shard", "seed", "strict"]
    )]
    watch: Option<PathBuf>,
    /// Model, any number of times: a name from `ponderscope models list`, or a path (safetensors, TensorFlow checkpoint
    /// prefix, folder or .tar.gz)
    #[arg(short, long, value_name = "NAME|PATH")]
    model: Vec<String>,
    /// Halting threshold 1 - eps, above 0 and at most 1; any number of times
    #[arg(long, default_value = TRAINED, value_parser = options::parse_threshold, value_name = "T")]
    threshold: Vec<f32>,
    #[command(flatten)]
    experimental: ExperimentalArgs,
    #[command(flatten)]
    compute: ComputeArgs,
    /// Weight of the ponder cost in the loss; by default what each model was trained with
    #[arg(long, value_parser = parse_tau, value_name = "TAU")]
    tau: Option<f64>,
    /// Pictures that run together, fewer where they are too large for it; by default what suits their size
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    batch_size: Option<u16>,
    /// Take only so many pictures: the first ones, or with --seed a random choice
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    num_examples: Option<u32>,
    /// Chooses the pictures of --num-examples at random; the same seed, the same choice
    #[arg(long, value_name = "N", requires = "num_examples")]
    seed: Option<u64>,
    /// Take only the I-th of N equal parts of the pictures; `ponderscope merge` joins what --save keeps of each
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    /// End at a picture that cannot be used; otherwise it is counted and left out, and the first 100 are named
    #[arg(long)]
    strict: bool,
    /// Print JSON: an object for each model and threshold, in an array if there are several; with --watch one a line
    #[arg(long)]
    json: bool,
    /// Write what was seen of each picture to this file: label, five likeliest classes, FLOPs, ponder cost
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Keep the evaluation in this file (JSON) as it goes; a complete one that stands there is replaced
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// How often --save keeps it, in seconds
    #[arg(long, default_value_t = 2, requires = "save", value_name = "SECONDS")]
    save_every: u16,
    /// Go on with the evaluation in the file of --save, if there is one
    #[arg(long, requires = "save")]
    resume: bool,
}

/// A model that is loaded.
struct Loaded {
    /// Under the setting that it was trained with.
    subject: Subject,
    network: Network,
}

pub fn run(args: EvalArgs) -> anyhow::Result<()> {
    let cancel = progress::cancel_on_interrupt()?;
    let data = options::data(&args.data)?;
    let device = args.compute.open_device()?;
    match &args.watch {
        Some(folder) => watch::run(&args, folder, &data, &device, &cancel),
        None => once(&args, &data, &device, &cancel),
    }
}

fn once(args: &EvalArgs, data: &Dataset, device: &Device, cancel: &Cancel) -> anyhow::Result<()> {
    let loaded = args.load(device)?;
    let cases = args.cases(&loaded);
    let mut evaluation = Evaluation::new(&cases, data, args.order());
    ensure!(evaluation.total > 0, EvaluateError::Nothing { data: data.name() });
    check(&cases, data)?;
    let mut keeping = Keeping::begin(args, &cases, data, &mut evaluation)?;
    let before = (evaluation.done, evaluation.seconds);
    let outcome = args.evaluate(&cases, data, &mut evaluation, &mut keeping, cancel);
    let kept = keeping.end(&mut evaluation);
    let is_partial = match outcome {
        Ok(()) => false,
        Err(error) if is_cancelled(&error) => true,
        Err(error) => return Err(error),
    };
    let partial_rows = kept?;
    if evaluation.images() > 0 {
        print!("{}", report::all(&evaluation, args.json)?);
        let (pictures, seconds) = (evaluation.done - before.0, evaluation.seconds - before.1);
        if pictures > 0 {
            eprintln!("{pictures} images in {seconds:.1} s, {:.1} images/s", pictures as f64 / seconds);
        }
    }
    let Evaluation { done, total, skipped, .. } = evaluation;
    if skipped > 0 {
        eprintln!("ponderscope: {skipped} of {done} pictures could not be used and are left out");
    }
    if let Some(path) = partial_rows {
        eprintln!("ponderscope: the rows so far are in {}", path.display());
    }
    if is_partial {
        let remedy = match args.save {
            Some(_) => "the same command with --resume goes on",
            None => "with --save FILE it could go on",
        };
        bail!("cancelled: the figures are partial, of {} of {total} images; {remedy}", evaluation.images());
    }
    ensure!(evaluation.images() > 0, "none of the {total} pictures could be used");
    Ok(())
}

impl EvalArgs {
    fn order(&self) -> Order {
        Order { examples: self.num_examples.map(|n| n as usize), seed: self.seed, shard: self.shard }
    }

    fn load(&self, device: &Device) -> anyhow::Result<Vec<Loaded>> {
        let names: Vec<Option<&str>> = match &self.model[..] {
            [] => vec![None],
            names => names.iter().map(|name| Some(name.as_str())).collect(),
        };
        let load = |name| {
            let (card, contents) = zoo::open(&options::source(name)?)?;
            Loaded::new(self.tau, card, &contents.variables, device)
        };
        names.into_iter().map(load).collect()
    }

    /// Every model under every threshold; a vanilla network has none, and is one case.
    fn cases<'a>(&self, loaded: &'a [Loaded]) -> Vec<Case<'a>> {
        let of = |loaded: &'a Loaded| {
            let most = if loaded.subject.is_adaptive() { self.threshold.len() } else { 1 };
            self.threshold.iter().take(most).map(move |&threshold| {
                let setting = self.experimental.setting(threshold);
                let subject = Subject { setting, ..loaded.subject.clone() };
                Case { subject, network: &loaded.network }
            })
        };
        loaded.iter().flat_map(of).collect()
    }

    fn evaluate(
        &self,
        cases: &[Case<'_>],
        data: &Dataset,
        evaluation: &mut Evaluation,
        keeping: &mut Keeping<'_>,
        cancel: &Cancel,
    ) -> anyhow::Result<()> {
        let options = EvaluateOptions {
            batch_size: self.batch_size.map(usize::from),
            strict: self.strict,
            cancel: Some(cancel),
        };
        let progress = progress::bar(evaluation.total, "images");
        progress.set_position(evaluation.done as u64);
        progress.reset_eta();
        let mut told = evaluation.problems.len();
        let outcome = evaluate(cases, data, evaluation, options, |evaluation, seen| {
            progress.set_position(evaluation.done as u64);
            for problem in &evaluation.problems[told..] {
                progress.suspend(|| eprintln!("ponderscope: skipped: {problem}"));
            }
            told = evaluation.problems.len();
            keeping.add(evaluation, seen)
        });
        progress.finish_and_clear();
        outcome
    }
}

impl Loaded {
    fn new(
        tau: Option<f64>,
        card: ModelCard,
        variables: &Variables,
        device: &Device,
    ) -> anyhow::Result<Self> {
        let network = Network::new(card.spec.clone(), variables, device)?;
        let spec = network.spec();
        let tau = tau.or(card.tau);
        if tau.is_none() && spec.family == Family::Cifar && spec.variant != Variant::Vanilla {
            eprintln!(
                "ponderscope: the model does not say which tau it was trained with, so eval/Mean Loss leaves the ponder cost \
                 out: give --tau"
            );
        }
        let subject = train::subject(&card, variables, tau);
        Ok(Self { subject, network })
    }
}

fn is_cancelled(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(EvaluateError::Cancelled { .. }))
}

fn parse_tau(text: &str) -> Result<f64, String> {
    options::number(text, |tau| (0.0..=1e6).contains(tau), "tau is a number from 0 up, such as 0.01")
}

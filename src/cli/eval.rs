//! `ponderscope eval`: a model's accuracy and cost on labelled pictures.

mod report;
mod watch;

use std::path::PathBuf;
use std::time::Instant;

use anyhow::bail;
use clap::Args;

use crate::dataset::{Labelled, Split};
use crate::engine::Device;
use crate::evaluate::{EvaluateError, EvaluateOptions, LossTerms, Metrics, evaluate, l2};
use crate::jobs::Cancel;
use crate::network::{Family, Network, Variant};
use crate::train::{self, Reference};
use crate::weights::Variables;
use crate::zoo::{self, ModelCard};

use super::options::{self, HaltingArgs, ModelArgs};
use super::progress;
use report::Report;

/// Accuracy, loss, FLOPs, ponder cost and number of units over the test pictures of a data set
///
/// Prints one figure a line, `name[value]`, as the reference does.
#[derive(Args)]
pub struct EvalArgs {
    /// Folder of CIFAR-10 (see `ponderscope data cifar10`), or one with class folders in `val` or `test`
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Follow a training run instead: evaluate the checkpoint in its folder whenever it changes, until Ctrl-C
    #[arg(long, value_name = "RUN", conflicts_with = "model")]
    watch: Option<PathBuf>,
    #[command(flatten)]
    model: ModelArgs,
    #[command(flatten)]
    halting: HaltingArgs,
    /// Weight of the ponder cost in the loss; by default what the model was trained with
    #[arg(long, value_parser = parse_tau, value_name = "TAU")]
    tau: Option<f64>,
    /// Pictures that run together, fewer where they are too large for it; by default what suits their size
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    batch_size: Option<u16>,
    /// Take only the first N pictures
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    num_examples: Option<u32>,
    /// Prints JSON instead of lines: one object, or with --watch one a line
    #[arg(long)]
    json: bool,
}

/// A network that is evaluated.
struct Subject {
    name: String,
    /// Of its loss.
    terms: LossTerms,
    network: Network,
}

pub fn run(args: EvalArgs) -> anyhow::Result<()> {
    let cancel = progress::cancel_on_interrupt()?;
    let data = Labelled::open(&args.data, Split::Test)?;
    let device = args.model.open_device()?;
    match &args.watch {
        Some(folder) => watch::run(&args, folder, &data, &device, &cancel),
        None => once(&args, &data, &device, &cancel),
    }
}

fn once(args: &EvalArgs, data: &Labelled, device: &Device, cancel: &Cancel) -> anyhow::Result<()> {
    let (card, contents) = zoo::open(&args.model.source()?)?;
    let subject = Subject::new(args, card, &contents.variables, device)?;
    let start = Instant::now();
    let outcome = subject.evaluate(args, data, cancel);
    let seconds = start.elapsed().as_secs_f64();
    let total = args.pictures(data);
    let (metrics, partial) = match outcome {
        Ok(metrics) => (metrics, false),
        Err(EvaluateError::Cancelled(metrics)) => (*metrics, true),
        Err(error) => return Err(error.into()),
    };
    if metrics.images > 0 {
        let mut report = Report::new(&subject, data, args.halting.threshold, &metrics, seconds);
        report.partial = partial;
        match args.json {
            true => println!("{}", serde_json::to_string_pretty(&report)?),
            false => print!("{}", report.lines()),
        }
        eprintln!("{} images in {seconds:.1} s, {:.1} images/s", report.images, report.images_per_second);
    }
    if partial {
        bail!("cancelled: the figures are partial, of {} of {total} images", metrics.images);
    }
    Ok(())
}

impl EvalArgs {
    /// How many pictures are evaluated.
    fn pictures(&self, data: &Labelled) -> usize {
        data.len().min(self.num_examples.map_or(usize::MAX, |n| n as usize))
    }
}

impl Subject {
    /// The L2 term of its loss weighs what the run weighed it that the variables are of, else what the reference does.
    fn new(args: &EvalArgs, card: ModelCard, variables: &Variables, device: &Device) -> anyhow::Result<Self> {
        let network = Network::new(card.spec.clone(), variables, device)?;
        let spec = network.spec();
        let tau = args.tau.or(card.tau);
        if tau.is_none() && spec.family == Family::Cifar && spec.variant != Variant::Vanilla {
            eprintln!(
                "ponderscope: the model does not say which tau it was trained with, so eval/Mean Loss leaves the ponder cost \
                 out: give --tau"
            );
        }
        let recipe = train::saved_recipe(&variables.metadata);
        let weight_decay =
            recipe.map_or(Reference::of(spec.family).weight_decay, |recipe| recipe.weight_decay);
        let l2 = l2(variables, spec, weight_decay);
        Ok(Self { name: card.name, terms: LossTerms { tau: tau.unwrap_or(0.0), l2 }, network })
    }

    fn evaluate(&self, args: &EvalArgs, data: &Labelled, cancel: &Cancel) -> Result<Metrics, EvaluateError> {
        let options = EvaluateOptions {
            setting: args.halting.setting(),
            batch_size: args.batch_size.map(usize::from),
            cancel: Some(cancel),
        };
        let total = args.pictures(data);
        let progress = progress::bar(total, "images");
        let outcome = evaluate(&self.network, data, 0..total, options, |metrics| {
            progress.set_position(metrics.images);
        });
        progress.finish_and_clear();
        outcome
    }
}

fn parse_tau(text: &str) -> Result<f64, String> {
    options::number(text, |tau| (0.0..=1e6).contains(tau), "tau is a number from 0 up, such as 0.01")
}

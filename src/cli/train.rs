//! `ponderscope train`: a network from data, resumed as often as needed.

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use indicatif::{HumanDuration, ProgressBar, ProgressStyle};

use crate::engine::DeviceChoice;
use crate::network::{Family, Variant};
use crate::train::{self, Choices, Length, Options, Outcome, Record, RunFolder, Schedule, Told};

use super::{options, progress};

/// What a run is started with and keeps to its end.
const RECIPE: [&str; 18] = [
    "family",
    "units",
    "width",
    "variant",
    "tau",
    "steps",
    "epochs",
    "batch_size",
    "schedule",
    "learning_rate",
    "weight_decay",
    "init",
    "keep_halting",
    "halting_offset",
    "label_smoothing",
    "shift",
    "ema",
    "seed",
];

/// Train a network, or go on with one
#[derive(Args)]
pub struct TrainArgs {
    /// Folder of the run: recipe, checkpoint, model, log and TensorBoard events
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Go on with the run in --out where it was last saved; nothing but the place of its data can be changed
    #[arg(long, conflicts_with_all = RECIPE)]
    resume: bool,
    /// CIFAR-10 in its official binary format, or a folder with `train` and `val` folders of class folders; with --resume: where
    /// the same data lie now
    #[arg(long, value_name = "DIR", required_unless_present = "resume")]
    data: Option<PathBuf>,
    /// Kind of network: three blocks for pictures of 32x32, into which others are squeezed, or four for 224x224
    #[arg(long, value_enum, default_value_t = FamilyArg::Cifar)]
    family: FamilyArg,
    /// Units of each block, such as 5 (three blocks of 5: ResNet-32) or 3,4,23,3
    #[arg(long, value_delimiter = ',', value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    units: Vec<u16>,
    /// Channels of the first block (ImageNet: of its bottlenecks)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    width: Option<u16>,
    /// What halts: nothing, whole pictures, or each position
    #[arg(long, value_enum, default_value_t = VariantArg::Sact)]
    variant: VariantArg,
    /// Weight of the ponder cost: larger halts earlier
    #[arg(long, default_value_t = 0.01, value_name = "TAU", value_parser = not_negative)]
    tau: f64,
    /// Length of the run in batches
    #[arg(long, value_name = "N", conflicts_with = "epochs", value_parser = clap::value_parser!(u64).range(1..))]
    steps: Option<u64>,
    /// Length of the run in passes over the data
    #[arg(long, value_name = "N", value_parser = positive)]
    epochs: Option<f64>,
    /// Pictures of a batch; by default the reference's, 128 or 32
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    batch_size: Option<u16>,
    /// How the learning rate goes
    #[arg(long, value_enum, default_value_t = ScheduleArg::Reference)]
    schedule: ScheduleArg,
    /// Highest learning rate; by default the reference's, 0.1 or 0.05
    #[arg(long, value_name = "RATE", value_parser = positive)]
    learning_rate: Option<f64>,
    /// Strength of the L2 term; by default the reference's, 0.0002 or 0.0001
    #[arg(long, value_name = "DECAY", value_parser = not_negative)]
    weight_decay: Option<f64>,
    /// Model to begin with (a name or a path): all but its halting branches
    #[arg(long, value_name = "NAME|PATH")]
    init: Option<String>,
    /// With --init: its halting branches, too, as it suits a model that differs in tau alone
    #[arg(long, requires = "init")]
    keep_halting: bool,
    /// Added to the bias of every halting branch that the network begins with (-3 in a new one): above 0 it halts earlier from the start
    #[arg(long, default_value_t = 0.0, value_parser = options::parse_offset, value_name = "X", allow_negative_numbers = true)]
    halting_offset: f32,
    /// Share of the target that all classes have together; by default the reference's, 0 or 0.1
    #[arg(long, value_name = "SHARE", value_parser = share)]
    label_smoothing: Option<f64>,
    /// Pixels by which a CIFAR picture is shifted at most; by default the reference's, 2
    #[arg(long, value_name = "PIXELS", value_parser = clap::value_parser!(u32).range(0..=32))]
    shift: Option<u32>,
    /// Keep a moving average of the weights with this decay, and use that
    #[arg(long, value_name = "DECAY", value_parser = share)]
    ema: Option<f64>,
    /// Of first weights, order and augmentation
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    /// Where to compute: auto, cpu, cuda, cuda:N or metal
    #[arg(long, default_value = "auto", value_name = "DEVICE")]
    device: DeviceChoice,
    /// Processor threads; all of them by default
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Seconds between checkpoints
    #[arg(long, default_value_t = 120, value_name = "SECONDS")]
    checkpoint_every: u64,
    /// Steps between evaluations; by default two passes over the data
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    evaluate_every: Option<u64>,
    /// Test pictures that an evaluation takes; all by default
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    evaluate_images: Option<u32>,
}

#[derive(Clone, Copy, ValueEnum)]
enum FamilyArg {
    Cifar,
    Imagenet,
}

#[derive(Clone, Copy, ValueEnum)]
enum VariantArg {
    Vanilla,
    Act,
    Sact,
}

#[derive(Clone, Copy, ValueEnum)]
enum ScheduleArg {
    /// The reference's steps down
    Reference,
    /// Up and down along a cosine: the quick one
    Onecycle,
}

pub fn run(args: TrainArgs) -> anyhow::Result<()> {
    options::set_threads(args.threads)?;
    let device = args.device.open()?;
    let folder = RunFolder::new(&args.out);
    let begun = match args.resume {
        true => {
            args.data.as_ref().map_or(Ok(()), |data| folder.move_data(data))?;
            folder.go_on(&device)?
        }
        false => folder.start(&args.choices().recipe()?, &device)?,
    };
    let cancel = progress::cancel_on_interrupt()?;
    let recipe = begun.1.recipe().clone();
    let suitable = Options::of(&recipe);
    let options = Options {
        checkpoint_every: Duration::from_secs(args.checkpoint_every),
        evaluate_every: args.evaluate_every.unwrap_or(suitable.evaluate_every),
        evaluate_images: args.evaluate_images.map_or(suitable.evaluate_images, |images| images as usize),
        ..suitable
    };
    eprintln!("{} on {}, {} steps of {}", recipe.spec, device.description(), recipe.steps, recipe.batch_size);
    let bar = progress_line(recipe.steps);
    let outcome = train::run(&folder, begun, &device, &options, &cancel, &mut |told| tell(&bar, &told));
    bar.finish_and_clear();
    print_line(&match outcome? {
        Outcome::Finished => format!("Wrote {}", folder.model().display()),
        Outcome::Stopped { step } => {
            format!("Stopped and saved at step {step} of {}; --resume goes on", recipe.steps)
        }
    });
    Ok(())
}

fn progress_line(steps: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:24} {pos}/{len} {msg}");
    ProgressBar::new(steps).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// A run of days does not end because nobody takes what it prints.
fn print_line(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

fn tell(bar: &ProgressBar, told: &Told<'_>) {
    let say = |line: String| {
        if bar.is_hidden() { print_line(&line) } else { bar.println(line) }
    };
    match told {
        Told::Begins { step } => bar.set_position(*step),
        Told::Saved { .. } => {}
        Told::LeftOut(problem) => bar.suspend(|| eprintln!("ponderscope: left out: {problem}")),
        Told::Record(Record::Step(record)) => {
            bar.set_position(record.step);
            let left = Duration::try_from_secs_f64(record.seconds_left).unwrap_or_default();
            let line = format!(
                "{:.0} images/s, loss {:.4}, cross-entropy {:.4}, ponder cost {:.3}, learning rate {:.5}, {} left",
                record.images_per_second,
                record.loss,
                record.cross_entropy,
                record.ponder_cost,
                record.learning_rate,
                HumanDuration(left),
            );
            if bar.is_hidden() {
                print_line(&format!("step {} of {}: {line}", record.step, bar.length().unwrap_or_default()));
            } else {
                bar.set_message(line);
            }
        }
        Told::Record(Record::Evaluation(record)) => {
            let (step, accuracy, flops) = (record.step, 100.0 * record.accuracy, record.flops / 1e6);
            say(format!(
                "step {step}: accuracy {accuracy:.2} %, {flops:.1} MFLOPs ({} pictures)",
                record.images
            ));
        }
    }
}

impl TrainArgs {
    /// Choices for a new run.
    fn choices(&self) -> Choices {
        Choices {
            family: match self.family {
                FamilyArg::Cifar => Family::Cifar,
                FamilyArg::Imagenet => Family::ImageNet,
            },
            units: self.units.iter().map(|&units| units.into()).collect(),
            width: self.width.map(usize::from),
            variant: match self.variant {
                VariantArg::Vanilla => Variant::Vanilla,
                VariantArg::Act => Variant::Act,
                VariantArg::Sact => Variant::Sact,
            },
            tau: self.tau,
            data: self.data.clone().unwrap_or_else(|| PathBuf::from("data")),
            init: self.init.clone(),
            keep_halting: self.keep_halting,
            halting_offset: self.halting_offset,
            length: match (self.steps, self.epochs) {
                (Some(steps), _) => Some(Length::Steps(steps)),
                (None, epochs) => epochs.map(Length::Epochs),
            },
            batch_size: self.batch_size.map(usize::from),
            schedule: match self.schedule {
                ScheduleArg::Reference => Schedule::Reference,
                ScheduleArg::Onecycle => Schedule::OneCycle,
            },
            learning_rate: self.learning_rate,
            weight_decay: self.weight_decay,
            label_smoothing: self.label_smoothing,
            shift: self.shift,
            ema: self.ema,
            seed: self.seed,
        }
    }
}

fn positive(text: &str) -> Result<f64, String> {
    options::number(text, |number: &f64| number.is_finite() && *number > 0.0, "expected a number above 0")
}

fn not_negative(text: &str) -> Result<f64, String> {
    options::number(
        text,
        |number: &f64| number.is_finite() && *number >= 0.0,
        "expected a number, 0 or above",
    )
}

fn share(text: &str) -> Result<f64, String> {
    options::number(text, |number| (0.0..1.0).contains(number), "expected a number from 0 to below 1")
}

//! `ponderscope models import`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use clap::Args;

use super::{full_count, say};
use crate::cli::options::number;
use crate::cli::progress;
use crate::dataset::{Dataset, Labelled, Split};
use crate::engine::Device;
use crate::evaluate::measure as measure_on;
use crate::network::Network;
use crate::weights::{self, Overwrite, Precision, Variables, WeightsError};
use crate::zoo::{self, ModelCard, Training, ZooError};

/// Bring a model in: read a checkpoint, keep what its network needs, and write it as safetensors with its card
///
/// The network (family, units, width, classes, vanilla, ACT or SACT) is found from the variables. An optimizer's slots,
/// moving averages and the step counter are left out. What the file does not tell of the model can be said with the
/// options below, or measured.
#[derive(Args)]
pub struct ImportArgs {
    /// A TensorFlow V2 checkpoint (its prefix, .index file or folder), a .tar.gz of one, or a safetensors file
    path: PathBuf,
    /// Name of the model, such as cifar10-resnet32-sact-tau0.01; by default the file's or the folder's
    #[arg(long)]
    name: Option<String>,
    /// Weight of the ponder cost in training
    #[arg(long, value_parser = parse_amount)]
    tau: Option<f64>,
    /// What it was trained on, such as CIFAR-10
    #[arg(long)]
    data: Option<String>,
    /// Share of test images that it classifies rightly, from 0 to 1
    #[arg(long, value_parser = parse_share)]
    accuracy: Option<f64>,
    /// Mean FLOPs of a test image
    #[arg(long, value_parser = parse_amount)]
    flops: Option<f64>,
    /// Folder of a data set: measures accuracy, FLOPs and ponder cost on its test pictures, of the model as it is stored
    #[arg(long, value_name = "DIR", conflicts_with_all = ["accuracy", "flops"])]
    evaluate: Option<PathBuf>,
    /// Commit of the program that trained it
    #[arg(long)]
    commit: Option<String>,
    /// Store float16 instead of float32: half the size
    #[arg(long)]
    half: bool,
    /// Where the weights came from, in a sentence
    #[arg(long, value_name = "TEXT")]
    source: Option<String>,
    /// File or folder to write to; by default the models folder, where `models list` finds it
    #[arg(short, long, value_name = "FILE|FOLDER")]
    output: Option<PathBuf>,
    /// Replace the file if there is one
    #[arg(long)]
    force: bool,
}

pub fn run(args: ImportArgs) -> anyhow::Result<()> {
    let contents = weights::read_contents(&args.path)?;
    let found = ModelCard::of(&contents.variables.outline(), &args.path)?;
    if args.commit.is_some() && found.training.is_none() {
        bail!("{}: its card tells nothing of its training: leave --commit out", args.path.display());
    }
    let mut card = args.describe(found);
    let path = args.target(&card.name)?;
    let overwrite = if args.force { Overwrite::Replace } else { Overwrite::Refuse };
    if path.exists() && overwrite == Overwrite::Refuse {
        bail!("{} exists already and was left as it is: --force replaces it", path.display());
    }
    let all = contents.variables.by_name.len() + contents.left_out.len();
    let precision = if args.half { Precision::Half } else { Precision::Single };
    let mut variables = contents.variables;
    if let Some(data) = &args.evaluate {
        weights::check(&variables, &card.spec)?;
        variables = precision.rounded(variables)?;
        measure(&mut card, &variables, data)?;
    }
    zoo::save(&path, &card, variables, precision, overwrite).map_err(|error| match error {
        ZooError::Weights(WeightsError::Exists { .. }) => anyhow!("{error}: --force replaces it"),
        error => error.into(),
    })?;

    let needed = weights::expected(&card.spec);
    let parameters: usize = needed.iter().map(|(_, shape)| shape.iter().product::<usize>()).sum();
    let bytes = fs::metadata(&path).map_or(0, |file| file.len());
    say(&format!(
        "Wrote {} ({:.1} MB)\n{}: {}\n{} of {all} variables kept, {} parameters\n",
        path.display(),
        bytes as f64 / 1e6,
        card.name,
        card.spec,
        needed.len(),
        full_count(parameters),
    ))?;
    Ok(())
}

impl ImportArgs {
    /// The card as the file has it, with what was said on the command line put over it.
    fn describe(&self, found: ModelCard) -> ModelCard {
        ModelCard {
            name: self.name.clone().unwrap_or(found.name),
            spec: found.spec,
            tau: self.tau.or(found.tau),
            data: self.data.clone().or(found.data),
            accuracy: self.accuracy.or(found.accuracy),
            flops: self.flops.or(found.flops),
            source: self.source.clone().or(found.source),
            training: found
                .training
                .map(|training| Training { commit: self.commit.clone().or(training.commit), ..training }),
            ..found
        }
    }

    fn target(&self, name: &str) -> anyhow::Result<PathBuf> {
        if name.is_empty()
            || name.starts_with(['.', '-'])
            || name.contains(['/', '\\'])
            || name.contains(char::is_control)
        {
            bail!("a model cannot be called {name:?}: say --name with letters, digits, dashes and dots");
        }
        let file = format!("{name}.safetensors");
        match &self.output {
            Some(folder) if folder.is_dir() => Ok(folder.join(file)),
            Some(path) => Ok(path.clone()),
            None => Ok(models_folder(name)?.join(file)),
        }
    }
}

/// Writes on a model's card what it does on the test pictures of the data in a folder.
fn measure(card: &mut ModelCard, variables: &Variables, folder: &Path) -> anyhow::Result<()> {
    let cancel = progress::cancel_on_interrupt()?;
    let data = Dataset::from(Labelled::open(folder, Split::Test)?);
    let network = Network::new(card.spec.clone(), variables, &Device::cpu())?;
    let progress = progress::bar(data.len(), "images");
    let metrics =
        measure_on(&network, &data, data.len(), &cancel, |so_far| progress.set_position(so_far.images));
    progress.finish_and_clear();
    let metrics = metrics?;
    card.accuracy = Some(metrics.accuracy());
    card.flops = Some(metrics.flops.mean());
    // One picture has no deviation.
    card.flops_std = Some(metrics.flops.std()).filter(|std| std.is_finite());
    card.ponder_cost = metrics.mean_ponder_costs();
    Ok(())
}

/// The models folder, which is made if need be.
fn models_folder(name: &str) -> anyhow::Result<PathBuf> {
    if zoo::is_embedded(name) {
        bail!("a built-in model is called {name}: say another --name");
    }
    let folder = zoo::folder()
        .context("this system has no folder for a program's data: say where to write with -o")?;
    fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make the models folder {}", folder.display()))?;
    Ok(folder)
}

fn parse_amount(text: &str) -> Result<f64, String> {
    number(text, |amount: &f64| amount.is_finite() && *amount >= 0.0, "expected a number from 0 up")
}

fn parse_share(text: &str) -> Result<f64, String> {
    number(text, |share| (0.0..=1.0).contains(share), "expected a number from 0 to 1, such as 0.7749")
}

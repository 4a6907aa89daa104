//! `ponderscope export`: maps of many pictures in one HDF5 file.

use std::path::PathBuf;

use anyhow::ensure;
use clap::Args;

use crate::dataset::batches;
use crate::evaluate::{Order, Shard, Step, Summary, export};
use crate::image::{self, RgbImage};
use crate::network::vanilla_flops;
use crate::zoo::{self, Model};

use super::options::{self, HaltingArgs, ModelArgs, SizeArgs};
use super::progress;

/// Maps, halting distributions, FLOPs and inputs of many pictures in one HDF5 file
#[derive(Args)]
pub struct ExportArgs {
    /// Pictures, folders of pictures, CIFAR-10's folder, class folders, TFRecord shards, HDF5 exports, whose `images` are used as
    /// they are, or `samples`, the 200 CIFAR-10 test pictures that the program brings along; labels are kept
    #[arg(long, required = true, num_args = 1.., value_name = "PATH")]
    data: Vec<PathBuf>,
    /// File to write; one that stands there is replaced when the new one is whole
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    model: ModelArgs,
    #[command(flatten)]
    halting: HaltingArgs,
    #[command(flatten)]
    size: SizeArgs,
    /// Pictures that run together, fewer where they are too large for it; by default what suits their size
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    batch_size: Option<u16>,
    /// Take only the first N pictures
    #[arg(long, value_name = "N")]
    num_examples: Option<usize>,
    /// Take only the I-th of N equal parts of the pictures; `ponderscope merge` joins the exports of all
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    /// Fail at the end if any picture could not be used
    #[arg(long)]
    strict: bool,
}

pub fn run(args: ExportArgs) -> anyhow::Result<()> {
    let dataset = options::data(&args.data)?;
    let order = Order { examples: args.num_examples, seed: None, shard: args.shard };
    let indices = order.indices(dataset.len()).part(0, usize::MAX);
    let total = indices.len();
    if let Some(shard) = args.shard {
        let whole = Order { shard: None, ..order }.indices(dataset.len()).len();
        ensure!(total > 0, "part {shard} of {whole} pictures is empty: take fewer parts");
    }
    let model = args.model.load()?;
    let cancel = progress::cancel_on_interrupt()?;

    let preprocessing = model.network.spec().family.preprocessing();
    let prepare = |picture: &RgbImage| {
        let default_size = || zoo::default_size(&model.card, picture.height(), picture.width());
        image::prepare(picture, args.size.size.unwrap_or_else(default_size), preprocessing)
    };
    let examples = indices.into_iter().map(|index| dataset.example(index, prepare));
    let batches = batches(examples, args.batch_size.map(usize::from));
    let replaces = args.output.is_file();
    let progress = progress::bar(total, "images");
    let outcome =
        export(&model, &args.halting.setting(), batches, dataset.classes(), &args.output, &cancel, |step| {
            match step {
                Step::Done(images) => progress.inc(images as u64),
                Step::Skipped(error) => {
                    progress.inc(1);
                    progress.suspend(|| eprintln!("ponderscope: skipped: {error}"));
                }
            }
        });
    progress.finish_and_clear();
    let summary = outcome?;
    let replaced = if replaces { " (replaced)" } else { "" };
    let (height, width, path) = (summary.height, summary.width, args.output.display());
    let images = if summary.images == 1 { "image" } else { "images" };
    println!("Wrote {} {images} of {height}x{width} to {path}{replaced}", summary.images);
    print_means(&model, &summary);
    ensure!(
        !args.strict || summary.skipped == 0,
        "{} of {total} pictures could not be used",
        summary.skipped
    );
    Ok(())
}

fn print_means(model: &Model, summary: &Summary) {
    let vanilla = vanilla_flops(model.network.spec(), summary.height, summary.width);
    let share = 100.0 * summary.mean_flops / vanilla as f64;
    println!("Mean FLOPs {:.0}, {share:.1} % of vanilla", summary.mean_flops);
    for block in &summary.blocks {
        let most = block.units + 1;
        println!("Mean ponder cost of {} {:.2} (2 to {most})", block.name, block.mean_ponder_cost);
    }
}

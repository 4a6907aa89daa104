//! `ponderscope data`: data sets to train on.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::dataset::fetch::{self, Outcome};

use super::progress;

/// Fetch data to train on
#[derive(Subcommand)]
pub enum DataCommand {
    Cifar10(Cifar10Args),
}

/// Fetch CIFAR-10: 50,000 pictures of 32x32 to train on and 10,000 to test with, in ten classes
///
/// Downloads the published archive (170 MB), checks that it is the one, and unpacks it to DIR/cifar-10-batches-bin
/// (184 MB). What is there already is checked, and fetched again only if it is damaged.
#[derive(Args)]
pub struct Cifar10Args {
    /// Folder to put it in; it is made if need be
    #[arg(value_name = "DIR", default_value = "data")]
    folder: PathBuf,
    /// The archive cifar-10-binary.tar.gz, where it was fetched otherwise
    #[arg(long, value_name = "FILE")]
    archive: Option<PathBuf>,
}

pub fn run(command: DataCommand) -> anyhow::Result<()> {
    match command {
        DataCommand::Cifar10(args) => cifar10(args),
    }
}

fn cifar10(args: Cifar10Args) -> anyhow::Result<()> {
    let cancel = progress::cancel_on_interrupt()?;
    let progress = progress::bytes();
    let outcome =
        fetch::cifar10(&fetch::CIFAR10, args.archive.as_deref(), &args.folder, &cancel, |downloaded| {
            if let Some(total) = downloaded.total {
                progress.set_length(total);
            }
            progress.set_position(downloaded.bytes);
        });
    progress.finish_and_clear();
    match outcome? {
        Outcome::AlreadyThere(folder) => println!("CIFAR-10 is whole in {}", folder.display()),
        Outcome::Written(folder) => println!("Wrote CIFAR-10 to {}", folder.display()),
    }
    Ok(())
}

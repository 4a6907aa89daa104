//! `ponderscope models`: list, info, import.

use clap::Subcommand;

/// The models at hand
#[derive(Subcommand)]
pub enum ModelsCommand {
    /// List them
    List,
}

pub fn run(_command: ModelsCommand) -> anyhow::Result<()> {
    anyhow::bail!("placeholder")
}

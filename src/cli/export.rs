//! `ponderscope export`.

use clap::Args;

/// Maps of many pictures in one HDF5 file
#[derive(Args)]
pub struct ExportArgs {}

pub fn run(_args: ExportArgs) -> anyhow::Result<()> {
    anyhow::bail!("placeholder")
}

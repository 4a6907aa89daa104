//! `ponderscope map`.

use clap::Args;

/// Ponder map, overlay and colour bar of each picture
#[derive(Args)]
pub struct MapArgs {}

pub fn run(_args: MapArgs) -> anyhow::Result<()> {
    anyhow::bail!("placeholder")
}

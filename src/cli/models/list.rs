//! `ponderscope models list`.

use clap::Args;
use serde::Serialize;

use super::super::columns::{Align, columns};
use super::{percent, say, short_count};
use crate::zoo::{self, ModelCard, ModelEntry};

/// List the models at hand: those that are built in, and those in the models folder
///
/// The models folder is where `models import` puts models: $PONDERSCOPE_MODELS if that is set, else a folder of your
/// own that depends on the system. A dash stands for what a model's file does not tell.
#[derive(Args)]
pub struct ListArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    card: &'a ModelCard,
    r#where: String,
}

pub fn run(args: ListArgs) -> anyhow::Result<()> {
    let catalog = zoo::catalog();
    if args.json {
        let rows: Vec<Row> = catalog
            .entries
            .iter()
            .map(|entry| Row { card: &entry.card, r#where: entry.source.to_string() })
            .collect();
        say(&format!("{}\n", serde_json::to_string_pretty(&rows)?))?;
    } else {
        say(&table(&catalog.entries))?;
    }
    for problem in catalog.problems {
        eprintln!("ponderscope: left out: {problem}");
    }
    Ok(())
}

fn table(entries: &[ModelEntry]) -> String {
    let mut rows =
        vec![["Name", "Network", "Tau", "Data", "Accuracy", "Mean FLOPs", "Where"].map(str::to_owned)];
    for ModelEntry { card, source } in entries {
        let unknown = || "-".to_owned();
        rows.push([
            card.name.clone(),
            format!("ResNet-{} {}", card.spec.layers(), card.spec.variant),
            card.tau.map_or_else(unknown, |tau| tau.to_string()),
            card.data.clone().unwrap_or_else(unknown),
            card.accuracy.map_or_else(unknown, percent),
            card.flops.map_or_else(unknown, short_count),
            source.to_string(),
        ]);
    }
    use Align::{Left, Right};
    columns([Left, Left, Right, Left, Right, Right, Left], &rows)
}

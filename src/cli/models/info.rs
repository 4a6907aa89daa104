//! `ponderscope models info`.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use serde::Serialize;

use super::super::columns::{Align, columns};
use super::{full_count, percent, say, short_count};
use crate::weights::{self, Contents, LeftOut, Variable};
use crate::zoo::{self, ModelCard, Training};

/// Show what is in a model: its card, its network, its variables
///
/// Reads and verifies all of it, so that a model which passes here can be run. TensorFlow checkpoints may hold more than
/// a network: an optimizer's slots, moving averages, the step counter. What was left out is counted.
#[derive(Args)]
pub struct InfoArgs {
    /// A name from `ponderscope models list`, or a path: a safetensors file, a TensorFlow V2 checkpoint (its prefix,
    /// .index file or folder) or a .tar.gz of one
    #[arg(value_name = "NAME|PATH")]
    model: String,
    /// List every variable with its shape
    #[arg(long)]
    variables: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Info {
    #[serde(flatten)]
    card: ModelCard,
    r#where: String,
    blocks: Vec<Block>,
    parameters: usize,
    variable_count: usize,
    /// How many variables were left out, by reason.
    left_out: BTreeMap<LeftOut, usize>,
    /// Variables that the network does not need.
    unused: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    variables: Option<BTreeMap<String, Vec<usize>>>,
}

#[derive(Serialize)]
struct Block {
    name: String,
    units: usize,
    channels: usize,
    parameters: usize,
    /// Mean on test images.
    #[serde(skip_serializing_if = "Option::is_none")]
    ponder_cost: Option<f64>,
}

pub fn run(args: InfoArgs) -> anyhow::Result<()> {
    let entry = zoo::find(&args.model)?;
    let (card, contents) = zoo::open(&entry.source)?;
    let info = Info::new(card, contents, entry.source.to_string(), args.variables);
    if args.json {
        say(&format!("{}\n", serde_json::to_string_pretty(&info)?))?;
    } else {
        say(&info.text())?;
    }
    Ok(())
}

impl Info {
    fn new(card: ModelCard, contents: Contents, r#where: String, variables: bool) -> Self {
        let needed: BTreeSet<String> =
            weights::expected(&card.spec).into_iter().map(|(name, _)| name).collect();
        let mut by_name = contents.variables.by_name;
        let unused = by_name.extract_if(.., |name, _| !needed.contains(name)).map(|(name, _)| name).collect();
        let root = card.spec.family.root();
        let blocks = card.spec.block_names().into_iter().enumerate().map(|(index, name)| Block {
            units: card.spec.units[index],
            channels: card.spec.block_channels(index),
            parameters: parameters(&by_name, &format!("{root}/{name}/")),
            ponder_cost: card.ponder_cost.get(index).copied(),
            name,
        });
        let mut left_out = BTreeMap::new();
        for reason in contents.left_out.values() {
            *left_out.entry(*reason).or_default() += 1;
        }
        Self {
            blocks: blocks.collect(),
            parameters: parameters(&by_name, root),
            variable_count: by_name.len(),
            variables: variables
                .then(|| by_name.into_iter().map(|(name, variable)| (name, variable.shape)).collect()),
            card,
            r#where,
            left_out,
            unused,
        }
    }

    fn text(&self) -> String {
        use Align::{Left, Right};
        let card = &self.card;
        let unknown = || "not known".to_owned();
        let none = |list: String| if list.is_empty() { "none".to_owned() } else { list };
        let left_out = self.left_out.iter().map(|(reason, count)| {
            let plural = if *count == 1 { "" } else { "s" };
            format!("{count} {reason}{plural}")
        });
        let facts = [
            ["Name", &card.name],
            ["Network", &card.spec.to_string()],
            ["Tau", &card.tau.map_or_else(unknown, |tau| tau.to_string())],
            ["Data", &card.data.clone().unwrap_or_else(unknown)],
            ["Accuracy", &card.accuracy.map_or_else(unknown, percent)],
            ["Mean FLOPs", &card.flops.map_or_else(unknown, short_count)],
            ["FLOPs std", &card.flops_std.map_or_else(unknown, short_count)],
            ["Source", &card.source.clone().unwrap_or_else(unknown)],
            ["Where", &self.r#where],
            ["Parameters", &full_count(self.parameters)],
            ["Variables", &full_count(self.variable_count)],
            ["Left out", &none(left_out.collect::<Vec<_>>().join(", "))],
            ["Unused", &none(self.unused.join(", "))],
        ];
        let mut facts: Vec<[String; 2]> = facts.map(|fact| fact.map(str::to_owned)).into();
        if let Some(Training { command, commit, seed, steps }) = &card.training {
            let trained = [
                ("Trained by", command.clone()),
                ("Commit", commit.clone().unwrap_or_else(unknown)),
                ("Seed", seed.to_string()),
                ("Steps", steps.to_string()),
            ];
            facts.extend(trained.map(|(name, value)| [name.to_owned(), value]));
        }
        let mut text = columns([Left, Left], &facts);

        let mut rows = vec![["Block", "Units", "Channels", "Parameters", "Ponder cost"].map(str::to_owned)];
        rows.extend(self.blocks.iter().map(|block| {
            let [units, channels, parameters] =
                [block.units, block.channels, block.parameters].map(full_count);
            let ponder_cost = block.ponder_cost.map_or_else(|| "-".to_owned(), |cost| format!("{cost:.3}"));
            [block.name.clone(), units, channels, parameters, ponder_cost]
        }));
        text.push('\n');
        text.push_str(&columns([Left, Right, Right, Right, Right], &rows));

        if let Some(variables) = &self.variables {
            let mut rows = vec![["Variable", "Shape"].map(str::to_owned)];
            rows.extend(variables.iter().map(|(name, shape)| [name.clone(), format!("{shape:?}")]));
            text.push('\n');
            text.push_str(&columns([Left, Left], &rows));
        }
        text
    }
}

fn parameters(variables: &BTreeMap<String, Variable>, scope: &str) -> usize {
    let inside = variables.iter().filter(|(name, _)| name.starts_with(scope));
    inside.map(|(_, variable)| variable.values.len()).sum()
}

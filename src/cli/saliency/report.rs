//! What comparisons with fixations print, and the table of pictures.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::Serialize;
use tempfile::NamedTempFile;

use super::super::columns::{Align, columns};
use super::{Outcome, Ready, SaliencyArgs};
use crate::aside;
use crate::evaluate::{partial, write_row};
use crate::maps::Quantity;
use crate::saliency::{Agreement, FixationKind, MeanScores, Scores};
use crate::zoo::Model;

/// Columns before the figures.
const ABOUT: [&str; 5] = ["picture", "fixations", "kind", "positions", "fixated"];
/// The figures of each map, and what tells the maps apart.
const FIGURES: [&str; 3] = ["auc_judd", "correlation", "nss"];
const MAPS: [&str; 3] = ["", "_with_centre", "_centre"];

/// Means, what they are of, and how they came about.
#[derive(Serialize)]
struct Report<'a> {
    model: &'a str,
    network: String,
    threshold: f32,
    quantity: &'static str,
    blur: f64,
    spread: f64,
    centre_sigma: f64,
    centre_weight: f64,
    images: usize,
    without_fixations: usize,
    unusable: usize,
    /// Pictures whose fixations are a density.
    densities: usize,
    /// Whether it was ended before all pictures were seen.
    partial: bool,
    map: MeanScores,
    with_centre: MeanScores,
    centre: MeanScores,
}

/// The means: a table, or JSON.
pub fn text(args: &SaliencyArgs, model: &Model, outcome: &Outcome, partial: bool) -> anyhow::Result<String> {
    let [map, with_centre, centre] = outcome.means.scores();
    if args.json {
        let report = Report {
            model: &model.card.name,
            network: model.network.spec().to_string(),
            threshold: args.halting.threshold,
            quantity: match args.quantity {
                Quantity::PonderCost => "ponder-cost",
                Quantity::NumUnits => "num-units",
            },
            blur: args.blur,
            spread: args.spread,
            centre_sigma: args.centre_sigma,
            centre_weight: args.centre_weight,
            images: outcome.means.images(),
            without_fixations: outcome.missing.count,
            unusable: outcome.unusable,
            densities: outcome.densities,
            partial,
            map,
            with_centre,
            centre,
        };
        return Ok(serde_json::to_string_pretty(&report)? + "\n");
    }
    let row = |name: &str, scores: MeanScores| {
        let figure = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.4}"));
        [name.to_owned(), figure(scores.auc_judd), figure(scores.correlation), figure(scores.nss)]
    };
    let rows = [
        ["", "AUC-Judd", "Correlation", "NSS"].map(str::to_owned),
        row(args.quantity.label(), map),
        row("With centre prior", with_centre),
        row("Centre prior alone", centre),
    ];
    Ok(columns([Align::Left, Align::Right, Align::Right, Align::Right], &rows))
}

/// The figures of each picture as CSV: a file that takes its place when it is whole.
pub struct Table {
    path: PathBuf,
    file: NamedTempFile,
}

impl Table {
    pub fn begin(path: &Path) -> anyhow::Result<Self> {
        let begin = || -> io::Result<Self> {
            let mut file = aside::create(path)?;
            let figures =
                MAPS.iter().flat_map(|map| FIGURES.iter().map(move |figure| format!("{figure}{map}")));
            let columns: Vec<String> = ABOUT.iter().copied().map(str::to_owned).chain(figures).collect();
            write_row(&mut file, &columns)?;
            Ok(Self { path: path.to_owned(), file })
        };
        begin().with_context(|| cannot_write(path))
    }

    pub fn add(&mut self, picture: &str, ready: &Ready, agreement: &Agreement) -> anyhow::Result<()> {
        let kind = match ready.target.fixations().kind() {
            FixationKind::Points => "points",
            FixationKind::Density => "density",
        };
        let figures = [agreement.map, agreement.with_centre, agreement.centre].into_iter().flat_map(
            |Scores { auc_judd, correlation, nss }| {
                [Some(auc_judd), correlation, nss]
                    .map(|value| value.map(|value| value.to_string()).unwrap_or_default())
            },
        );
        let about = [
            picture.to_owned(),
            ready.file.display().to_string(),
            kind.to_owned(),
            agreement.positions.to_string(),
            agreement.fixations.to_string(),
        ];
        let row: Vec<String> = about.into_iter().chain(figures).collect();
        write_row(&mut self.file, &row).with_context(|| cannot_write(&self.path))
    }

    /// Puts the table in its place, or beside it if it is not whole; then where that is.
    pub fn end(mut self, is_partial: bool) -> anyhow::Result<Option<PathBuf>> {
        let place = if is_partial { partial(&self.path) } else { self.path.clone() };
        let ended: io::Result<()> = self.file.flush().and_then(|()| aside::persist(self.file, &place));
        ended.with_context(|| cannot_write(&place))?;
        Ok(is_partial.then_some(place))
    }
}

fn cannot_write(path: &Path) -> String {
    format!("cannot write {}: check the folder and the room on the disk", path.display())
}

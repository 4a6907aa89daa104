//! The raw values under the pointer, block by block; the means where the pointer is elsewhere.

use eframe::egui::{Align, Grid, Layout, RichText, TextStyle, Ui, vec2};

use crate::maps::{self, Probe};
use crate::network::BlockDecisions;

use super::inference::Means;
use super::painting::Painting;
use super::terms::label_ui;
use super::theme::{font, space, tokens};

/// Of the first column, so that it does not move as numbers change.
const NAME: f32 = 150.0;
/// Of a column of values.
const VALUE: f32 = 50.0;
/// Title of the last column.
const NETWORK: &str = "network";

/// Row and column of the cell that holds `uv`, in shares of the picture's width and height, in a grid of
/// `[rows, columns]`.
pub fn position(uv: [f32; 2], [rows, columns]: [usize; 2]) -> [usize; 2] {
    let cell = |share: f32, cells: usize| ((share * cells as f32) as usize).min(cells.saturating_sub(1));
    [cell(uv[1], rows), cell(uv[0], columns)]
}

/// A table of N and rho, a column a block.
pub fn readout_ui(ui: &mut Ui, painting: &Painting, hovered: Option<[f32; 2]>) {
    let decisions = painting.decisions();
    let preview = painting.is_preview();
    let muted = tokens(ui).text_muted;
    let head = |text: String| RichText::new(text).size(font::SMALL).color(muted);
    let pointed = hovered.map(|uv| position(uv, [decisions.height, decisions.width]));
    let probes = pointed.and_then(|[row, column]| maps::probe(&decisions, row, column));
    let columns: Vec<Column> = match probes {
        Some(probes) => {
            let blocks: Vec<_> = probes.iter().map(Column::of_probe).collect();
            let network = Column::sum(&blocks);
            blocks.into_iter().chain([network]).collect()
        }
        None => {
            let blocks = decisions.blocks.iter().map(Column::of_means);
            blocks.chain([Column::of_network(painting.means)]).collect()
        }
    };
    let place = match pointed {
        Some([row, column]) if preview => format!("Preview at {column}, {row}"),
        Some([row, column]) => format!("Raw values at {column}, {row}"),
        None if preview => "Mean of the preview".to_owned(),
        None => "Mean over all positions".to_owned(),
    };
    Grid::new("readout")
        .num_columns(columns.len() + 1)
        .min_row_height(0.0)
        .spacing([space::M, space::S])
        .show(ui, |ui| {
            ui.label(head(place));
            columns.iter().for_each(|column| right_ui(ui, head(column.title.clone())));
            ui.end_row();
            row_ui(ui, "Units N", preview, columns.iter().map(|column| column.units));
            row_ui(ui, "Ponder cost N + R", preview, columns.iter().map(|column| column.cost));
        });
}

struct Column {
    title: String,
    units: Option<f64>,
    cost: Option<f64>,
}

impl Column {
    fn of_probe(probe: &Probe) -> Self {
        Self {
            title: probe.block.clone(),
            units: Some(f64::from(probe.num_units)),
            cost: Some(f64::from(probe.ponder_cost)),
        }
    }

    /// The network's map at a position is the sum of what its blocks decided there.
    fn sum(blocks: &[Self]) -> Self {
        let units = blocks.iter().map(|block| block.units).sum();
        let cost = blocks.iter().map(|block| block.cost).sum();
        Self { title: NETWORK.to_owned(), units, cost }
    }

    /// The means of the network's map. They are not the sums of the blocks' means: where a block's grid does not
    /// divide the input's evenly, its positions cover more or fewer pixels.
    fn of_network(means: Option<Means>) -> Self {
        let units = means.map(|means| f64::from(means.units));
        let cost = means.map(|means| f64::from(means.cost));
        Self { title: NETWORK.to_owned(), units, cost }
    }

    fn of_means(block: &BlockDecisions<'_>) -> Self {
        let mean = |sum: f64, count: usize| (count > 0).then(|| sum / count as f64);
        let record = block.halting.record();
        Self {
            title: block.name.to_owned(),
            units: record.and_then(|record| {
                mean(record.num_units.iter().copied().map(f64::from).sum(), record.num_units.len())
            }),
            cost: record.and_then(|record| {
                mean(record.ponder_cost.iter().copied().map(f64::from).sum(), record.ponder_cost.len())
            }),
        }
    }
}

/// A quantity of every block and of the network. What is only guessed says so.
fn row_ui(ui: &mut Ui, name: &str, guessed: bool, values: impl Iterator<Item = Option<f64>>) {
    name_ui(ui, RichText::new(name));
    let about = if guessed { "≈ " } else { "" };
    for value in values {
        let text = match value {
            Some(value) if value.fract() == 0.0 => format!("{about}{value:.0}"),
            Some(value) => format!("{about}{value:.2}"),
            None => "–".to_owned(),
        };
        right_ui(ui, RichText::new(text));
    }
    ui.end_row();
}

fn name_ui(ui: &mut Ui, text: RichText) {
    let size = vec2(NAME, ui.text_style_height(&TextStyle::Body));
    ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_size(size);
        label_ui(ui, text);
    });
}

fn right_ui(ui: &mut Ui, text: RichText) {
    let size = vec2(VALUE, ui.text_style_height(&TextStyle::Body));
    ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), |ui| {
        ui.set_min_size(size);
        ui.label(text);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_lies_in_one_cell() {
        assert_eq!(position([0.0, 0.0], [2, 4]), [0, 0]);
        assert_eq!(position([0.3, 0.6], [2, 4]), [1, 1]);
        assert_eq!(position([1.0, 1.0], [2, 4]), [1, 3], "the far edge belongs to the last cell");
        assert_eq!(position([0.5, 0.5], [0, 0]), [0, 0]);
    }
}

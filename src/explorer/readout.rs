//! The raw values under the pointer, block by block; the means where the pointer is elsewhere.

use eframe::egui::{Align, Grid, Layout, RichText, Ui};

use crate::network::{BlockTrace, Trace};

use super::theme::{font, space, tokens};

/// What one block says about a place in the picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The reference's name of the block.
    pub block: String,
    /// Residual units in the block.
    pub units: usize,
    /// N and rho; `None` for a vanilla network.
    pub values: Option<(u32, f32)>,
}

/// The readings of every block at `uv`, in shares of the picture's width and height.
pub fn readings(trace: &Trace, uv: [f32; 2]) -> Vec<Reading> {
    trace.blocks.iter().map(|block| reading(block, position(uv, [block.height, block.width]))).collect()
}

/// Row and column of the cell that holds `uv` in a grid of `[rows, columns]`.
pub fn position(uv: [f32; 2], [rows, columns]: [usize; 2]) -> [usize; 2] {
    let cell = |share: f32, cells: usize| ((share * cells as f32) as usize).min(cells.saturating_sub(1));
    [cell(uv[1], rows), cell(uv[0], columns)]
}

fn reading(block: &BlockTrace, [row, column]: [usize; 2]) -> Reading {
    let decision = block.decision_at(row, column);
    let values = block.halting.record().and_then(|record| {
        Some((*record.num_units.get(decision)?, *record.ponder_cost.get(decision)?))
    });
    Reading { block: block.name.clone(), units: block.units, values }
}

/// A table of N and rho, a column a block.
pub fn readout_ui(ui: &mut Ui, trace: &Trace, hovered: Option<[f32; 2]>) {
    let muted = tokens(ui).text_muted;
    let head = |text: String| RichText::new(text).size(font::SMALL).color(muted);
    let columns = match hovered {
        Some(uv) => readings(trace, uv).iter().map(Column::of_reading).collect(),
        None => trace.blocks.iter().map(Column::of_means).collect::<Vec<_>>(),
    };
    let place = match hovered {
        Some(uv) => {
            let [row, column] = position(uv, [trace.height, trace.width]);
            format!("At ({column}, {row}), raw values")
        }
        None => "Mean over all positions".to_owned(),
    };
    Grid::new("readout").num_columns(columns.len() + 2).min_col_width(52.0).spacing([space::L, space::XS]).show(
        ui,
        |ui| {
            ui.label(head(place));
            columns.iter().for_each(|column| right_ui(ui, head(column.title.clone())));
            right_ui(ui, head("network".to_owned()));
            ui.end_row();
            row_ui(ui, "Units N", columns.iter().map(|column| column.units));
            row_ui(ui, "Ponder cost N + R", columns.iter().map(|column| column.cost));
        },
    );
}

struct Column {
    title: String,
    units: Option<f64>,
    cost: Option<f64>,
}

impl Column {
    fn of_reading(reading: &Reading) -> Self {
        Self {
            title: reading.block.clone(),
            units: reading.values.map(|(units, _)| f64::from(units)),
            cost: reading.values.map(|(_, cost)| f64::from(cost)),
        }
    }

    fn of_means(block: &BlockTrace) -> Self {
        let mean = |sum: f64, count: usize| (count > 0).then(|| sum / count as f64);
        let record = block.halting.record();
        Self {
            title: block.name.clone(),
            units: record.and_then(|record| {
                mean(record.num_units.iter().copied().map(f64::from).sum(), record.num_units.len())
            }),
            cost: record.and_then(|record| {
                mean(record.ponder_cost.iter().copied().map(f64::from).sum(), record.ponder_cost.len())
            }),
        }
    }
}

/// A quantity of every block, and their sum.
fn row_ui(ui: &mut Ui, name: &str, values: impl Iterator<Item = Option<f64>> + Clone) {
    ui.label(name);
    let sum = values.clone().sum::<Option<f64>>();
    for value in values.chain([sum]) {
        let text = match value {
            Some(value) if value.fract() == 0.0 => format!("{value:.0}"),
            Some(value) => format!("{value:.2}"),
            None => "–".to_owned(),
        };
        right_ui(ui, RichText::new(text));
    }
    ui.end_row();
}

fn right_ui(ui: &mut Ui, text: RichText) {
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| ui.label(text));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Halting, HaltingRecord};

    fn block(height: usize, width: usize, halting: Halting) -> BlockTrace {
        BlockTrace {
            name: "block_1".to_owned(),
            height,
            width,
            units: 5,
            halting,
            active_positions: Vec::new(),
            unit_flops: Vec::new(),
            flops: 0,
            milliseconds: 0.0,
            outputs: None,
        }
    }

    fn trace(blocks: Vec<BlockTrace>) -> Trace {
        Trace { height: 8, width: 8, logits: Vec::new(), blocks, flops: 0, milliseconds: 0.0 }
    }

    #[test]
    fn each_block_is_read_at_its_own_resolution() {
        let fine = HaltingRecord {
            num_units: (0..8).collect(),
            ponder_cost: (0..8).map(|value| value as f32 + 0.5).collect(),
            ..HaltingRecord::default()
        };
        let coarse = HaltingRecord { num_units: vec![3], ponder_cost: vec![3.25], ..HaltingRecord::default() };
        let trace = trace(vec![block(2, 4, Halting::Position(fine)), block(1, 1, Halting::Image(coarse))]);
        let values = |uv| readings(&trace, uv).into_iter().map(|reading| reading.values).collect::<Vec<_>>();
        assert_eq!(values([0.0, 0.0]), [Some((0, 0.5)), Some((3, 3.25))]);
        assert_eq!(values([0.3, 0.6]), [Some((5, 5.5)), Some((3, 3.25))]);
        assert_eq!(values([1.0, 1.0]), [Some((7, 7.5)), Some((3, 3.25))], "the far edge belongs to the last cell");
    }

    #[test]
    fn a_vanilla_network_has_no_values() {
        assert_eq!(readings(&trace(vec![block(2, 2, Halting::None)]), [0.5, 0.5])[0].values, None);
    }
}

//! The raw values of A and B under the pointer, block by block, and how far they are apart.

use eframe::egui::{Align, Grid, Layout, Response, RichText, TextStyle, Ui, vec2};

use crate::explorer::inference::Means;
use crate::explorer::readout::position;
use crate::explorer::state::State;
use crate::explorer::terms::{Term, term_ui};
use crate::explorer::theme::{font, space, tokens};
use crate::maps::{self, Quantity};
use crate::network::{BlockDecisions, Decisions};

use super::Hover;

/// Of the first column, so that it does not move as numbers change.
const NAME: f32 = 132.0;
/// Of a column of values.
const VALUE: f32 = 52.0;

/// A quantity of every block, and of the network.
struct Row {
    blocks: Vec<Option<f64>>,
    network: Option<f64>,
    guessed: bool,
    decimals: usize,
}

/// A table of A, B and B less A, a column a block.
pub(super) fn readout_ui(ui: &mut Ui, state: &State, hovered: Option<Hover>) {
    let uv = hovered.map(|hover| hover.uv);
    let quantity = state.session.quantity;
    let a = state.runtime.stage.painting.as_ref();
    let b = state.sheet().and_then(|sheet| sheet.b.as_deref());
    let either = a.or(b);
    let Some(decisions) = either.map(|painting| painting.decisions()) else { return };
    let place = uv.map(|uv| position(uv, [decisions.height, decisions.width]));
    let [a, b] = [a, b].map(|painting| {
        painting.map(|painting| {
            let row = Row::of(&painting.decisions(), quantity, uv, painting.means);
            Row { guessed: painting.is_preview(), ..row }
        })
    });
    let names = block_names(state, &decisions);
    let difference = a.as_ref().zip(b.as_ref()).map(|(a, b)| Row::difference(a, b));
    let muted = tokens(ui).text_muted;
    let head = |text: String| RichText::new(text).size(font::SMALL).color(muted);
    let title = match place {
        Some([row, column]) => format!("{} at {column}, {row}", short(quantity)),
        None => format!("Mean {}", short(quantity).to_lowercase()),
    };
    Grid::new("comparison readout")
        .num_columns(names.len() + 2)
        .min_row_height(0.0)
        .spacing([space::S, space::XS])
        .show(ui, |ui| {
            name_ui(ui, |ui| term_ui(ui, term(quantity), head(title)));
            names.iter().chain([&"network".to_owned()]).for_each(|name| right_ui(ui, head(name.clone())));
            ui.end_row();
            for (name, row, sign) in [("A", a, false), ("B", b, false), ("B − A", difference, true)] {
                name_ui(ui, |ui| ui.label(name));
                let row = row.unwrap_or_else(Row::unknown);
                for index in 0..names.len() {
                    value_ui(ui, &row, row.blocks.get(index).copied().flatten(), sign);
                }
                value_ui(ui, &row, row.network, sign);
                ui.end_row();
            }
        });
}

/// As many as the network with more blocks has.
fn block_names(state: &State, decisions: &Decisions<'_>) -> Vec<String> {
    let of_b = state.sheet().and_then(|sheet| sheet.b.as_ref()).map(|painting| painting.decisions());
    let longer = of_b.as_ref().filter(|of_b| of_b.blocks.len() > decisions.blocks.len()).unwrap_or(decisions);
    longer.blocks.iter().map(|block| block.name.to_owned()).collect()
}

fn term(quantity: Quantity) -> Term {
    match quantity {
        Quantity::PonderCost => Term::PonderCost,
        Quantity::NumUnits => Term::NumUnits,
    }
}

fn short(quantity: Quantity) -> &'static str {
    match quantity {
        Quantity::PonderCost => "Ponder cost",
        Quantity::NumUnits => "Units",
    }
}

impl Row {
    fn of(decisions: &Decisions<'_>, quantity: Quantity, uv: Option<[f32; 2]>, means: Option<Means>) -> Self {
        let place = uv.map(|uv| position(uv, [decisions.height, decisions.width]));
        let probes = place.and_then(|[row, column]| maps::probe(decisions, row, column));
        // Whole units are run at a position; their means are not whole.
        let decimals = if probes.is_some() && quantity == Quantity::NumUnits { 0 } else { 2 };
        let guessed = false;
        if let Some(probes) = probes {
            let value = |probe: &maps::Probe| match quantity {
                Quantity::PonderCost => f64::from(probe.ponder_cost),
                Quantity::NumUnits => f64::from(probe.num_units),
            };
            let network = Some(probes.iter().map(value).sum());
            let blocks = probes.iter().map(|probe| Some(value(probe))).collect();
            return Self { blocks, network, guessed, decimals };
        }
        let network = means.map(|means| match quantity {
            Quantity::PonderCost => f64::from(means.cost),
            Quantity::NumUnits => f64::from(means.units),
        });
        let blocks = decisions.blocks.iter().map(|block| block_mean(block, quantity)).collect();
        Self { blocks, network, guessed, decimals }
    }

    fn difference(a: &Self, b: &Self) -> Self {
        let less = |(a, b): (&Option<f64>, &Option<f64>)| Some((*b)? - (*a)?);
        Self {
            blocks: a.blocks.iter().zip(&b.blocks).map(less).collect(),
            network: less((&a.network, &b.network)),
            guessed: a.guessed || b.guessed,
            decimals: a.decimals.max(b.decimals),
        }
    }

    fn unknown() -> Self {
        Self { blocks: Vec::new(), network: None, guessed: false, decimals: 0 }
    }
}

fn block_mean(block: &BlockDecisions<'_>, quantity: Quantity) -> Option<f64> {
    let record = block.halting.record()?;
    let count = record.num_units.len();
    let sum: f64 = match quantity {
        Quantity::PonderCost => record.ponder_cost.iter().copied().map(f64::from).sum(),
        Quantity::NumUnits => record.num_units.iter().copied().map(f64::from).sum(),
    };
    (count > 0).then(|| sum / count as f64)
}

/// A value; what is only guessed says so.
fn value_ui(ui: &mut Ui, row: &Row, value: Option<f64>, sign: bool) {
    let about = if row.guessed { "≈ " } else { "" };
    let text = match value {
        Some(value) if sign => format!("{about}{}", signed(value, row.decimals)),
        Some(value) => format!("{about}{value:.*}", row.decimals),
        None => "–".to_owned(),
    };
    right_ui(ui, RichText::new(text));
}

/// A number with its sign, `+0.32`, `−1.00`; what rounds to nothing has none.
pub(super) fn signed(value: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", value.abs());
    let nothing = text.bytes().all(|letter| matches!(letter, b'0' | b'.'));
    let sign = match value < 0.0 {
        _ if nothing => "",
        true => "−",
        false => "+",
    };
    format!("{sign}{text}")
}

fn name_ui(ui: &mut Ui, label: impl FnOnce(&mut Ui) -> Response) {
    let size = vec2(NAME, ui.text_style_height(&TextStyle::Body));
    ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_size(size);
        label(ui)
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
    fn differences_have_a_true_sign_and_their_decimals() {
        let shown = [0.316, -1.0, 0.0, -0.001].map(|value| signed(value, 2));
        assert_eq!(shown, ["+0.32", "−1.00", "0.00", "0.00"]);
        assert_eq!([3.0, -3.0, 0.0].map(|value| signed(value, 0)), ["+3", "−3", "0"]);
    }
}

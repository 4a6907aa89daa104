//! Where each unit runs: a film strip, or an animation with a frame a unit.

use super::*;
use crate::figure::raster::Active;
use crate::figure::scene::POINTS_PER_MM;
use crate::network::BlockTrace;

/// A unit's picture is no narrower than this, in points.
const NARROWEST: f32 = 12.0 * POINTS_PER_MM;

/// A row a block, or several where a block has more units than have room.
pub(super) fn grid(look: &Look, material: &Material) -> Result<Grid, FigureError> {
    let (subject, blocks) = blocks(look, material)?;
    let most = blocks.iter().map(|block| block.units).max().unwrap_or(1).max(1);
    let room = ((look.width * POINTS_PER_MM / (NARROWEST + sheet::gap(look))) as usize).clamp(1, most);
    // Lines of a block are about equally long.
    let columns = most.div_ceil(most.div_ceil(room));

    let first = blocks.first().map_or(0, |block| block.units);
    let mut rows: Vec<Row> = Vec::new();
    for block in &blocks {
        let titled = rows.is_empty() || most > columns || block.units != first;
        let units: Vec<usize> = (1..=block.units).collect();
        let ran = units_of(block);
        for line in units.chunks(columns) {
            let cells = line.iter().map(|&unit| {
                let (drawing, share) = shown(subject, block, &ran, unit, look);
                Cell {
                    title: titled.then(|| format!("Unit {unit}")),
                    caption: percent(share),
                    ..subject.cell(drawing)
                }
            });
            rows.push(Row { head: block.name.clone(), cells: cells.collect() });
        }
    }
    let note = match blocks.iter().any(|block| matches!(block.halting, Halting::Image(_))) {
        true => {
            "Faded: the block has halted; ACT halts for the image as a whole. Numbers: share of positions that run the unit."
        }
        false => "Faded: positions that have halted. Numbers: share of positions that run the unit.",
    };
    Ok(Grid { columns, rows, titles: Side::Above, bars: Vec::new(), note })
}

/// A frame a unit, block after block.
pub(super) fn frames(look: &Look, material: &Material) -> Result<Vec<Grid>, FigureError> {
    let (subject, blocks) = blocks(look, material)?;
    let frame = |block: &BlockTrace, ran: &Arc<[u32]>, unit: usize| {
        let (drawing, share) = shown(subject, block, ran, unit, look);
        let title = format!("{}, unit {unit} of {}: {} active", block.name, block.units, percent(share));
        let cells = vec![subject.cell(drawing).titled(title)];
        let rows = vec![Row { head: String::new(), cells }];
        Grid { columns: 1, rows, titles: Side::Above, bars: Vec::new(), note: "" }
    };
    let mut frames = Vec::new();
    for block in blocks {
        let ran = units_of(block);
        frames.extend((1..=block.units).map(|unit| frame(block, &ran, unit)));
    }
    Ok(frames)
}

/// The picture, and the blocks whose units are shown.
fn blocks<'a>(
    look: &Look,
    material: &'a Material,
) -> Result<(&'a Subject, Vec<&'a BlockTrace>), FigureError> {
    let subject = material.subjects.first();
    let subject = subject.ok_or_else(|| FigureError::Unfit("there is no picture to draw".to_owned()))?;
    // Says so if the network decides nothing or has no such block.
    subject.map(look, material)?;
    let blocks = subject.trace.blocks.iter().enumerate();
    let in_scope = |index: usize| look.scope == Scope::Network || look.scope == Scope::Block(index);
    Ok((subject, blocks.filter(|(index, _)| in_scope(*index)).map(|(_, block)| block).collect()))
}

/// How many units each position of a block runs.
fn units_of(block: &BlockTrace) -> Arc<[u32]> {
    let positions = block.height * block.width;
    match &block.halting {
        Halting::Position(record) => Arc::from(&record.num_units[..]),
        halting => {
            // One decision for all positions, or none.
            let units = halting.record().and_then(|record| record.num_units.first());
            vec![units.copied().unwrap_or(0); positions].into()
        }
    }
}

/// What is active in a unit (from 1), and which share of the block's positions.
fn shown(
    subject: &Subject,
    block: &BlockTrace,
    ran: &Arc<[u32]>,
    unit: usize,
    look: &Look,
) -> (Drawing, f32) {
    let active = Active { height: block.height, width: block.width, units: Arc::clone(ran), unit };
    let share = active.share();
    let paper = sheet::Inks::of(look.theme).paper;
    (Drawing::Active { picture: Arc::clone(&subject.picture), active, paper }, share)
}

/// A share in words that never say all of what is nearly all, nor none of what is a little.
fn percent(share: f32) -> String {
    match share {
        share if share > 0.0 && share < 0.01 => "<1 %".to_owned(),
        share if share < 1.0 && share > 0.99 => ">99 %".to_owned(),
        share => format!("{:.0} %", 100.0 * share),
    }
}

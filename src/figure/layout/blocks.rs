//! The picture and the map of every block at its own resolution, a row a picture.

use super::*;
use crate::maps::RangeChoice;

pub(super) fn grid(look: &Look, material: &Material) -> Result<Grid, FigureError> {
    let subjects = &material.subjects;
    let blocks = subjects.iter().map(|subject| subject.trace.blocks.len()).min().unwrap_or(0);
    let map = |subject: &Subject, block| {
        map_of(&subject.trace, look.quantity, Scope::Block(block), &material.model)
    };
    // The maps of one block, and so on.
    let columns = (0..blocks)
        .map(|block| subjects.iter().map(|subject| map(subject, block)).collect::<Result<Vec<_>, _>>())
        .collect::<Result<Vec<_>, _>>()?;

    // What is possible differs where blocks have different numbers of units: then each has a bar of its own.
    let theories: Vec<Range> = columns.iter().filter_map(|maps| maps.first()).map(|map| map.theory).collect();
    let apart = look.range == RangeChoice::Theory && theories.windows(2).any(|pair| pair[0] != pair[1]);
    let ranges: Vec<Range> = if apart {
        columns.iter().map(|maps| common_range(look, maps)).collect()
    } else {
        vec![common_range(look, &columns.concat()); blocks]
    };
    let label = |trace: &Trace| format!("{}{}", look.quantity.label(), once(trace));

    let rows = subjects.iter().enumerate().map(|(row, subject)| {
        let head = if subjects.len() > 1 { subject.title.clone() } else { String::new() };
        let is_last = row + 1 == subjects.len();
        let title = |title: &str| (row == 0).then(|| title.to_owned());
        let mut cells = vec![Cell { title: title("Image"), ..subject.image() }];
        for ((maps, &range), block) in columns.iter().zip(&ranges).zip(&subject.trace.blocks) {
            let colors = colorize(&maps[row], range, look.colormap);
            let own = (apart && is_last).then(|| Bar::of(look, range, label(&subject.trace), (0, 0)));
            cells.push(Cell { title: title(&block.name), bar: own, ..subject.cell(Drawing::Map(colors)) });
        }
        Row { head, cells }
    });
    let rows: Vec<Row> = rows.collect();
    let shared = subjects.first().zip(ranges.first()).filter(|_| !apart);
    let bars = shared.map(|(subject, &range)| Bar::of(look, range, label(&subject.trace), (1, blocks)));
    Ok(Grid { columns: blocks + 1, rows, titles: Side::Above, bars: bars.into_iter().collect(), note: "" })
}

//! Many pictures, their titles beneath.

use super::*;
use crate::figure::Panel;
use crate::figure::scene::POINTS_PER_MM;

/// A picture is no narrower than this, in points, where nobody says how many stand side by side.
const NARROWEST: f32 = 20.0 * POINTS_PER_MM;

pub(super) fn grid(
    look: &Look,
    show: Panel,
    columns: Option<usize>,
    material: &Material,
) -> Result<Grid, FigureError> {
    let subjects = &material.subjects;
    let columns = columns.unwrap_or_else(|| suitable(subjects.len(), look)).clamp(1, subjects.len().max(1));
    let maps: Vec<PonderMap> = match show {
        Panel::Image => Vec::new(),
        _ => subjects.iter().map(|subject| subject.map(look, material)).collect::<Result<_, _>>()?,
    };
    let range = common_range(look, &maps);
    let mut cells = subjects.iter().enumerate().map(|(at, subject)| {
        let cell = match (show, maps.get(at)) {
            (Panel::Map, Some(map)) => subject.cell(Drawing::Map(colorize(map, range, look.colormap))),
            (Panel::Overlay, Some(map)) => subject.overlay(map, range, look),
            _ => subject.image(),
        };
        cell.titled(&subject.title)
    });
    let mut rows = Vec::new();
    while rows.len() * columns < subjects.len() {
        rows.push(Row { head: String::new(), cells: cells.by_ref().take(columns).collect() });
    }
    let label = subjects.first().map(|subject| measured(&subject.trace, look)).unwrap_or_default();
    let bar = (show != Panel::Image).then(|| Bar::of(look, range, label, (0, columns - 1)));
    Ok(Grid { columns, rows, titles: Side::Below, bars: bar.into_iter().collect(), note: "" })
}

/// Columns for a gallery that is somewhat wider than tall, in rows that are as full as can be.
fn suitable(pictures: usize, look: &Look) -> usize {
    let room = ((look.width * POINTS_PER_MM / (NARROWEST + page::gap(look))) as usize).max(1);
    let wanted = ((pictures as f32 * 1.5).sqrt().ceil() as usize).clamp(1, room);
    pictures.div_ceil(pictures.div_ceil(wanted).max(1)).max(1)
}

//! Many pictures, their titles beneath.

use super::*;
use crate::figure::Panel;
use crate::figure::scene::POINTS_PER_MM;

/// A picture is no narrower than this, in points, where nobody says how many stand side by side.
const NARROWEST: f32 = 20.0 * POINTS_PER_MM;
const MANY: usize = 4;

pub(super) fn grid(
    look: &Look,
    show: Panel,
    asked: Option<usize>,
    material: &Material,
) -> Result<Grid, FigureError> {
    let subjects = &material.subjects;
    let columns = columns(asked, subjects.len(), look);
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

/// How many of so many pictures stand side by side.
pub(super) fn columns(asked: Option<usize>, pictures: usize, look: &Look) -> usize {
    asked.unwrap_or_else(|| suitable(pictures, look)).clamp(1, pictures.max(1))
}

/// Columns for a gallery that is somewhat wider than tall, in rows that are as full as can be.
fn suitable(pictures: usize, look: &Look) -> usize {
    let room = ((look.width * POINTS_PER_MM / (NARROWEST + sheet::gap(look))) as usize).max(1);
    let wanted = ((pictures as f32 * 1.5).sqrt().round() as usize).clamp(1, room);
    // What is missing in the last of many rows is not seen.
    let left_empty = |columns: usize| match pictures.div_ceil(columns) {
        0..=MANY => pictures.next_multiple_of(columns) - pictures,
        _ => 0,
    };
    let near = wanted.saturating_sub(1).max(1)..=(wanted + 1).min(room);
    near.min_by_key(|&columns| (left_empty(columns), columns.abs_diff(wanted))).unwrap_or(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_full_where_they_can_be() {
        let columns = |pictures| suitable(pictures, &Look::default());
        assert_eq!([1, 2, 4, 6, 9, 10, 12, 20].map(columns), [1, 2, 2, 3, 3, 5, 4, 5]);
        assert_eq!(suitable(400, &Look { width: 85.0, ..Look::default() }), 3);
    }
}

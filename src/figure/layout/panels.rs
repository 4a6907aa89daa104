//! Picture, map and overlay side by side, a row a picture.

use super::*;
use crate::figure::Panel;

pub(super) fn grid(look: &Look, show: &[Panel], material: &Material) -> Result<Grid, FigureError> {
    let subjects = &material.subjects;
    let mapped = show.iter().any(|&panel| panel != Panel::Image);
    let maps: Vec<PonderMap> = match mapped {
        true => subjects.iter().map(|subject| subject.map(look, material)).collect::<Result<_, _>>()?,
        false => Vec::new(),
    };
    let range = common_range(look, &maps);
    let rows = subjects.iter().enumerate().map(|(row, subject)| {
        let head = if subjects.len() > 1 { subject.title.clone() } else { String::new() };
        let cells = show.iter().map(|&panel| {
            let (cell, title) = match (panel, maps.get(row)) {
                (Panel::Map, Some(map)) => {
                    let colors = colorize(map, range, look.colormap);
                    (subject.cell(Drawing::Map(colors)), measured(&subject.trace, look))
                }
                (Panel::Overlay, Some(map)) => (subject.overlay(map, range, look), "Overlay".to_owned()),
                _ => (subject.image(), "Image".to_owned()),
            };
            Cell { title: (row == 0).then_some(title), ..cell }
        });
        Row { head, cells: cells.collect() }
    });
    let label = subjects.first().map(|subject| measured(&subject.trace, look)).unwrap_or_default();
    // Under the maps, not under the picture.
    let first = show.iter().position(|&panel| panel != Panel::Image).unwrap_or(0);
    let last = show.iter().rposition(|&panel| panel != Panel::Image).unwrap_or(0);
    let bars = if mapped { vec![Bar::of(look, range, label, (first, last))] } else { Vec::new() };
    Ok(Grid { columns: show.len(), rows: rows.collect(), titles: Side::Above, bars, note: "" })
}

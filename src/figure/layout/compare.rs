//! Two models or settings of one picture: both maps and their difference, a row a picture.

use super::*;
use crate::figure::command_line::halting;
use crate::figure::scene::POINTS_PER_MM;
use crate::figure::{BarPlace, FigureSpec, Run, colorize_difference};
use crate::maps::Difference;

/// Panels narrower than this, in points, stand two by two.
const NARROWEST: f32 = 22.0 * POINTS_PER_MM;
/// About the width of two upright bars, as a share of the font size.
const BARS: f32 = 11.0;

/// A subject's two maps, and what the second has more.
struct Pair {
    maps: [PonderMap; 2],
    difference: Difference,
}

pub(super) fn grid(request: &FigureRequest, material: &Material) -> Result<Grid, FigureError> {
    let FigureSpec { layout, look } = &request.spec;
    let pairs = material.subjects.iter().map(|subject| pair(subject, look, material));
    let pairs = pairs.collect::<Result<Vec<_>, _>>()?;
    let all: Vec<PonderMap> = pairs.iter().flat_map(|pair| pair.maps.iter().cloned()).collect();
    let range = common_range(look, &all);
    let greatest = pairs.iter().map(|pair| pair.difference.statistics.greatest).fold(0.0, f32::max);
    let end = round_end(greatest);
    let between = Range { low: -end, high: end };
    let diverging = DivergingMap::default();
    let titles = titles(request, layout, material);

    let bars = if look.colorbar == BarPlace::Right { BARS * look.font_size } else { 0.0 };
    let columns =
        if look.width * POINTS_PER_MM - bars < 4.0 * (NARROWEST + sheet::gap(look)) { 2 } else { 4 };
    let mut rows = Vec::new();
    for (subject, Pair { maps, difference }) in material.subjects.iter().zip(&pairs) {
        let head = if pairs.len() > 1 { subject.title.as_str() } else { "" };
        let colored = |map: &PonderMap| Drawing::Map(colorize(map, range, look.colormap));
        let drawn = colorize_difference(&difference.map, end, diverging);
        let first_row = rows.is_empty();
        let drawings = [Drawing::Picture(Arc::clone(&subject.picture)), colored(&maps[0]), colored(&maps[1])];
        let drawings = drawings.into_iter().chain([Drawing::Map(drawn)]);
        let mut cells = drawings.zip(&titles).map(|(drawing, title)| {
            let title = (first_row || columns == 2).then(|| title.clone());
            Cell { title, ..subject.cell(drawing) }
        });
        for _ in 0..4 / columns {
            rows.push(Row { head: head.to_owned(), cells: cells.by_ref().take(columns).collect() });
        }
    }
    let block = match look.scope {
        Scope::Network => None,
        Scope::Block(block) => material.subjects.first().and_then(|subject| subject.trace.blocks.get(block)),
    };
    let part = block.map(|block| format!(" of {}", block.name)).unwrap_or_default();
    let label = format!("{}{part}", look.quantity.label());
    let difference = Bar {
        colors: Scale::Diverging(diverging),
        range: between,
        label: DIFFERENCE.to_owned(),
        span: (3, 3),
    };
    let bars = vec![Bar::of(look, range, label, (1, 2)), difference];
    Ok(Grid { columns, rows, titles: Side::Above, bars, note: "" })
}

const DIFFERENCE: &str = "B − A";

/// What stands above the four panels.
fn titles(request: &FigureRequest, layout: &Layout, material: &Material) -> [String; 4] {
    let (label, other_label) = match layout {
        Layout::Compare { label, other_label } => (label.clone(), other_label.clone()),
        _ => (None, None),
    };
    let other_model = material.other_model.as_ref().unwrap_or(&material.model);
    let other = request.other.as_ref().unwrap_or(&request.run);
    let (same_model, same_halting) = (material.model == *other_model, request.run.setting == other.setting);
    let usual = |model: &str, run: &Run| match (same_model, same_halting) {
        (true, false) => halting(run),
        (_, true) => model.to_owned(),
        (false, false) => format!("{model}, {}", halting(run)),
    };
    let once = |trace: Option<&Trace>| trace.map(once).unwrap_or_default();
    let subject = material.subjects.first();
    let first = label.unwrap_or_else(|| usual(&material.model, &request.run));
    let second = other_label.unwrap_or_else(|| usual(other_model, other));
    [
        "Image".to_owned(),
        format!("A: {first}{}", once(subject.map(|subject| &*subject.trace))),
        format!("B: {second}{}", once(subject.and_then(|subject| subject.other.as_deref()))),
        DIFFERENCE.to_owned(),
    ]
}

fn pair(subject: &Subject, look: &Look, material: &Material) -> Result<Pair, FigureError> {
    let missing = || FigureError::Unfit("a comparison needs a second run of every picture".to_owned());
    let other = subject.other.as_ref().ok_or_else(missing)?;
    let other_model = material.other_model.as_ref().unwrap_or(&material.model);
    let first = subject.map(look, material)?;
    let second = map_of(other, look.quantity, look.scope, other_model)?;
    let difference = Difference::between(&first, &second).ok_or_else(missing)?;
    Ok(Pair { maps: [first, second], difference })
}

/// The least round number that is no smaller; a little where there is no difference at all.
fn round_end(largest: f32) -> f32 {
    if !(largest.is_finite() && largest > 1e-3) {
        return 1.0;
    }
    let power = 10f32.powf(largest.log10().floor());
    let steps = [1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0];
    steps.into_iter().map(|step| step * power).find(|&end| end >= largest).unwrap_or(10.0 * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_a_difference_are_round_and_hold_it() {
        for (largest, end) in [(0.0, 1.0), (0.37, 0.4), (1.0, 1.0), (2.1, 3.0), (9.7, 10.0), (11.0, 15.0)] {
            assert!((round_end(largest) - end).abs() < 1e-5, "{largest}: {}", round_end(largest));
        }
    }
}

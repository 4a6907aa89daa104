//! The most likely classes.

use eframe::egui::text::{LayoutJob, TextWrapping};
use eframe::egui::{Align2, NumExt as _, Rect, Role, Sense, TextFormat, Ui, WidgetInfo, pos2, vec2};

use super::format;
use crate::explorer::theme::{font, radius, space, tokens};

const BAR: f32 = 8.0;
/// Radius of a dot.
const DOT: f32 = 4.0;

/// One row a class, in the order given: name, a bar for the probability (0..1), and the percentage.
pub(crate) fn top_classes(ui: &mut Ui, classes: &[(String, f32)]) {
    let t = tokens(ui);
    let painter = ui.painter().clone();
    let width = ui.available_width();
    let plain = |text: String| painter.layout_no_wrap(text, font::body(), t.text_muted);
    let widest = |texts: Vec<String>| texts.into_iter().map(|s| plain(s).size().x).fold(0.0, f32::max);
    let number_width = widest(vec![format::percent(1.0), format::percent(1e-6)]);
    let name_width = widest(classes.iter().map(|(name, _)| name.clone()).collect())
        .at_most(0.5 * width)
        .at_least(0.2 * width);

    for (rank, (name, probability)) in classes.iter().enumerate() {
        let percent = format::percent(*probability);
        let row_height = ui.fonts_mut(|f| f.row_height(&font::body())) + space::S;
        let (row, response) = ui.allocate_exact_size(vec2(width, row_height), Sense::hover());
        response
            .widget_info(|| WidgetInfo::labeled(Role::Label, ui.is_enabled(), format!("{name} {percent}")));

        let first = rank == 0;
        let color = if first { t.text_strong } else { t.text };
        let mut job = LayoutJob::single_section(name.clone(), TextFormat::simple(font::body(), color));
        job.wrap = TextWrapping::truncate_at_width(name_width);
        let galley = painter.layout_job(job);
        let elided = galley.elided;
        let at = Align2::LEFT_CENTER.align_size_within_rect(galley.size(), row).min;
        painter.galley(at, galley, color);

        let track = Rect::from_center_size(row.center(), vec2(0.0, BAR))
            .with_min_x(row.left() + name_width + space::M)
            .with_max_x(row.right() - number_width - space::M);
        if track.width() > BAR {
            painter.rect_filled(track, radius::S, t.control);
            let share = probability.clamp(0.0, 1.0);
            let fill = if first { t.accent } else { t.outline_strong };
            painter.rect_filled(track.with_max_x(track.left() + share * track.width()), radius::S, fill);
        }
        let color = if first { t.text_strong } else { t.text_muted };
        painter.text(row.right_center(), Align2::RIGHT_CENTER, percent, font::body(), color);
        if elided {
            response.on_hover_text(name);
        }
    }
}

/// One row for each, in the order given, over all the height: name, a dot between `low` and `high`, and the number.
pub(crate) fn measures(
    ui: &mut Ui,
    rows: &[(String, f64)],
    (low, high): (f64, f64),
    number: impl Fn(f64) -> String,
) {
    let t = tokens(ui);
    let size = ui.available_size();
    let row_height = (size.y / rows.len().max(1) as f32).clamp(11.0, 24.0);
    let (name_width, number_width) = (0.28 * size.x, 48.0);
    for (name, value) in rows {
        let (row, response) =
            ui.allocate_exact_size(vec2(size.x, row_height - ui.spacing().item_spacing.y), Sense::hover());
        let text = number(*value);
        response.widget_info(|| WidgetInfo::labeled(Role::Label, ui.is_enabled(), format!("{name} {text}")));
        let painter = ui.painter();
        let clip = row.with_max_x(row.left() + name_width).expand2(vec2(0.0, 4.0));
        painter.with_clip_rect(clip.intersect(ui.clip_rect())).text(
            row.left_center(),
            Align2::LEFT_CENTER,
            name,
            font::small(),
            t.text,
        );
        let track = Rect::from_center_size(row.center(), vec2(0.0, BAR.at_most(row.height())))
            .with_min_x(row.left() + name_width + space::S)
            .with_max_x(row.right() - number_width);
        // Dots, not bars: their scale does not begin at 0.
        let share = if high > low { (value - low) / (high - low) } else { 0.5 };
        let x = track.left() + DOT + share as f32 * (track.width() - 2.0 * DOT);
        painter.hline(track.x_range(), track.center().y, (1.0, t.outline));
        painter.circle_filled(pos2(x, track.center().y), DOT, t.accent);
        painter.text(row.right_center(), Align2::RIGHT_CENTER, text, font::small(), t.text_muted);
    }
}

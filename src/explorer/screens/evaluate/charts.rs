//! Charts of an evaluation: FLOPs of images, accuracy against FLOPs, ponder cost by class.

use eframe::egui::{Align, Label, Layout, Response, RichText, Role, Sense, Ui, Vec2, WidgetInfo, vec2};
use egui_plot::{AxisHints, Bar, BarChart, HoverPosition, Line, Plot, PlotPoint, PlotPoints, Points, VLine};

use crate::evaluate::{CaseRecord, Evaluation};
use crate::explorer::theme::{font, radius, space, tokens};
use crate::explorer::widgets::{bars, chart, format, notice};

/// Of the numbers beside the vertical axis.
const NUMBERS: f32 = 36.0;
/// Classes up to which each has its bar.
const CLASSES: usize = 20;
/// Of the others, how many of the most and of the least.
const ENDS: usize = 10;
/// Of the line at the mean, and of what sets it off from the bars, in points.
const MEAN: f32 = 2.0;
const CASING: f32 = 5.0;

/// A chart with its title, and what it shows in words.
pub(super) fn framed(ui: &mut Ui, title: &str, remark: &str, size: Vec2, contents: impl FnOnce(&mut Ui)) {
    ui.allocate_ui_with_layout(size, Layout::top_down(Align::Min), |ui| {
        ui.set_min_size(size);
        ui.set_max_size(size);
        ui.horizontal(|ui| {
            ui.label(RichText::new(title).strong());
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let text = RichText::new(remark).size(font::SMALL).color(tokens(ui).text_muted);
                ui.add(Label::new(text).truncate());
            });
        });
        ui.add_space(space::XS);
        contents(ui);
    });
}

/// What stands in place of a chart.
pub(super) fn nothing_ui(ui: &mut Ui, text: &str) {
    let t = tokens(ui);
    let (rect, _) = ui.allocate_exact_size(ui.available_size(), Sense::hover());
    ui.painter().rect_filled(rect, radius::M, t.sunken);
    notice(ui, rect.shrink(space::L), text);
}

fn plot(ui: &Ui, id: &str) -> Plot<'static> {
    let t = tokens(ui);
    let axis = |hints: AxisHints<'static>| {
        hints.tick_label_font(font::small()).tick_label_color(t.text_muted).label_spacing(1.0..=2.0)
    };
    chart::still(Plot::new(id.to_owned()))
        .custom_x_axes(vec![axis(AxisHints::new_x()).formatter(|mark, _| format::short(mark.value))])
        .custom_y_axes(vec![
            axis(AxisHints::new_y()).formatter(|mark, _| format::short(mark.value)).min_thickness(NUMBERS),
        ])
        .x_grid_spacer(chart::grid)
        .y_grid_spacer(chart::grid)
        .set_margin_fraction(vec2(0.04, 0.08))
        .grid_color(t.outline)
        .cursor_color(t.outline_strong)
}

fn say(ui: &Ui, response: &Response, words: &str) {
    response.widget_info(|| WidgetInfo::labeled(Role::Image, ui.is_enabled(), words));
}

/// How many images took which share of the vanilla network's FLOPs.
pub(super) fn flops_ui(ui: &mut Ui, case: &CaseRecord, size: Vec2) {
    let mean = 100.0 * case.metrics.flops.mean() / case.subject.vanilla_flops() as f64;
    let remark =
        if mean.is_finite() { format!("% of vanilla, mean {mean:.1} %") } else { "% of vanilla".to_owned() };
    framed(ui, "FLOPs of the images", &remark, size, |ui| {
        if case.breakdown.flops.is_empty() {
            return nothing_ui(ui, "The first images are on their way.");
        }
        let t = tokens(ui);
        let bar = |(&percent, &images): (&u32, &u64)| {
            Bar::new(f64::from(percent) + 0.5, images as f64).width(0.9).fill(t.accent)
        };
        let bars: Vec<Bar> = case.breakdown.flops.iter().map(bar).collect();
        let shown = plot(ui, "flops").include_y(0.0).label_formatter(|position| match position {
            HoverPosition::NearDataPoint { position, .. } => {
                Some(format!("{:.0} images at {:.0} %", position.y, position.x.floor()))
            }
            HoverPosition::Elsewhere { .. } => None,
        });
        let response = shown.show(ui, |plot| {
            plot.bar_chart(BarChart::new("images", bars).element_formatter(Box::new(|bar, _| {
                format!(
                    "{:.0} images take {:.0} to {:.0} % of vanilla",
                    bar.value,
                    bar.argument.floor(),
                    bar.argument.ceil()
                )
            })));
            for (colour, width) in [(t.sunken, CASING), (t.warning, MEAN)] {
                plot.vline(VLine::new("mean", mean).color(colour).width(width).allow_hover(false));
            }
        });
        let words = format!("FLOPs of {} images: {mean:.1} % of vanilla on average", case.metrics.images);
        say(ui, &response.response, &words);
    });
}

/// Accuracy against mean FLOPs, a point a case; the one that is clicked.
pub(super) fn tradeoff_ui(
    ui: &mut Ui,
    evaluation: &Evaluation,
    selected: usize,
    size: Vec2,
) -> Option<usize> {
    let mut chosen = None;
    framed(ui, "Accuracy against FLOPs", "% against MFLOPs", size, |ui| {
        let point = |case: &CaseRecord| {
            PlotPoint::new(case.metrics.flops.mean() / 1e6, 100.0 * case.metrics.accuracy())
        };
        let points: Vec<(usize, PlotPoint)> =
            evaluation.cases.iter().map(point).enumerate().filter(|(_, point)| point.y.is_finite()).collect();
        if points.is_empty() {
            let has_images = evaluation.images() > 0;
            let text = if has_images {
                "Nobody says what these images are, so there is no accuracy."
            } else {
                "The first images are on their way."
            };
            return nothing_ui(ui, text);
        }
        let t = tokens(ui);
        let response = plot(ui, "accuracy")
            .label_formatter(|position| match position {
                HoverPosition::NearDataPoint { plot_name, position, .. } => {
                    Some(format!("{plot_name}\n{:.1} % at {:.1} MFLOPs", position.y, position.x))
                }
                HoverPosition::Elsewhere { .. } => None,
            })
            .show(ui, |plot| {
                for line in lines(evaluation) {
                    let line: Vec<PlotPoint> =
                        line.into_iter().map(|case| point(&evaluation.cases[case])).collect();
                    let line = Line::new("", PlotPoints::Owned(line)).width(1.0).allow_hover(false);
                    plot.line(line.color(t.outline_strong));
                }
                for &(case, point) in &points {
                    let (radius, colour) = if case == selected { (6.0, t.warning) } else { (4.0, t.accent) };
                    let points = PlotPoints::Owned(vec![point]);
                    plot.points(
                        Points::new(evaluation.cases[case].subject.title(), points)
                            .radius(radius)
                            .color(colour),
                    );
                }
                plot.response().clicked().then(|| plot.pointer_coordinate()).flatten()
            });
        let scale = response.transform.dpos_dvalue();
        if let Some(at) = response.inner {
            let distance =
                |point: &PlotPoint| ((point.x - at.x) * scale[0]).hypot((point.y - at.y) * scale[1]);
            let near = points.iter().filter(|(_, point)| distance(point) < 16.0);
            chosen = near.min_by(|(_, a), (_, b)| distance(a).total_cmp(&distance(b))).map(|(case, _)| *case);
        }
        let said = points.iter().map(|(case, point)| {
            format!("{} {:.1} % at {:.1} MFLOPs", evaluation.cases[*case].subject.title(), point.y, point.x)
        });
        let words = format!("Accuracy against FLOPs: {}", said.collect::<Vec<_>>().join("; "));
        say(ui, &response.response, &words);
    });
    chosen
}

/// Cases of one model, by threshold.
fn lines(evaluation: &Evaluation) -> Vec<Vec<usize>> {
    let cases = &evaluation.cases;
    let mut lines: Vec<Vec<usize>> = Vec::new();
    for (place, case) in cases.iter().enumerate() {
        match lines.iter_mut().find(|line| cases[line[0]].subject.fingerprint == case.subject.fingerprint) {
            Some(line) => line.push(place),
            None => lines.push(vec![place]),
        }
    }
    for line in &mut lines {
        line.sort_by(|&a, &b| {
            cases[a].subject.setting.threshold.total_cmp(&cases[b].subject.setting.threshold)
        });
    }
    lines
}

/// Mean ponder cost of the images of each class, from most to least.
pub(super) fn classes_ui(ui: &mut Ui, case: &CaseRecord, classes: &[String], size: Vec2) {
    let costs = by_class(case);
    let remark = if costs.len() > CLASSES { "the ten most, the ten least" } else { "mean over images" };
    framed(ui, "Ponder cost by class", remark, size, |ui| {
        if costs.is_empty() {
            return nothing_ui(
                ui,
                "Vanilla networks ponder over nothing; others need images whose class is known.",
            );
        }
        let listed = ends(&costs, CLASSES, ENDS);
        let least = costs.last().map_or(0.0, |(_, cost)| *cost);
        let most = costs.first().map_or(1.0, |(_, cost)| *cost);
        let named: Vec<(String, f64)> = listed
            .iter()
            .map(|&(class, cost)| {
                (classes.get(class).cloned().unwrap_or_else(|| format!("class {class}")), cost)
            })
            .collect();
        bars::measures(ui, &named, (least, most), |cost| format!("{cost:.2}"));
    });
}

fn by_class(case: &CaseRecord) -> Vec<(usize, f64)> {
    let costs = case.breakdown.ponder_cost.iter().map(|(&class, cost)| (class, cost.mean()));
    let mut costs: Vec<_> = costs.filter(|(_, cost)| cost.is_finite()).collect();
    costs.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    costs
}

/// All of a list, or if it is too long its ends.
fn ends<T: Clone>(list: &[T], most: usize, ends: usize) -> Vec<T> {
    if list.len() <= most {
        return list.to_vec();
    }
    [&list[..ends], &list[list.len() - ends..]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_shows_its_ends() {
        let list: Vec<usize> = (0..30).collect();
        assert_eq!(ends(&list, 30, 10), list);
        assert_eq!(ends(&list, 20, 2), [0, 1, 28, 29]);
    }
}

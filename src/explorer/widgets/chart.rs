//! A chart of a few lines over the steps of a run: its title, what each line is and stands at, the lines, and the
//! values under the pointer.

use eframe::egui::{Align, Color32, Id, Label, Layout, RichText, Role, Sense, Ui, Vec2b, WidgetInfo, vec2};
use egui_plot::{AxisHints, GridInput, GridMark, HoverPosition, Line, Plot, PlotPoint, PlotPoints, Points};

use super::{format, notice};
use crate::explorer::theme::{Tokens, font, radius, space, tokens};
use crate::figure;
use crate::maps::Range;

/// Points that a line is drawn with; more are averaged.
const MOST_POINTS: usize = 600;
/// Points up to which each has a dot.
const DOTS: usize = 60;
/// Of the numbers beside the vertical axis.
const NUMBERS: f32 = 36.0;
/// Numbers along an axis, at most.
const TICKS: usize = 6;

/// A line of a chart.
pub(crate) struct Series<'a> {
    pub(crate) name: &'static str,
    pub(crate) points: &'a [PlotPoint],
}

/// A chart that fills `size`.
pub(crate) struct Chart<'a> {
    pub(crate) title: &'static str,
    /// One or two lines; those without points are not spoken of.
    pub(crate) series: &'a [Series<'a>],
    /// Steps of the whole run.
    pub(crate) steps: u64,
    /// A value as it is written in the title and at the pointer.
    pub(crate) number: fn(f64) -> String,
    /// A round value as it is written beside the axis.
    pub(crate) round: fn(f64) -> String,
    /// What stands in place of lines as long as there are none.
    pub(crate) empty: &'static str,
}

impl Chart<'_> {
    /// `group` links the pointers of charts that stand together.
    pub(crate) fn show(self, ui: &mut Ui, size: eframe::egui::Vec2, group: Id) {
        let t = tokens(ui);
        ui.allocate_ui_with_layout(size, Layout::top_down(Align::Min), |ui| {
            ui.set_min_size(size);
            ui.spacing_mut().item_spacing.y = space::S;
            self.header_ui(ui, t);
            if self.series.iter().all(|series| series.points.is_empty()) {
                self.empty_ui(ui, t);
            } else {
                self.plot_ui(ui, t, group);
            }
        });
    }

    /// The title, and at the right what each line is and stands at.
    fn header_ui(&self, ui: &mut Ui, t: &Tokens) {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            ui.label(RichText::new(self.title).strong());
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                for (index, series) in self.series.iter().enumerate().rev() {
                    let Some(last) = series.points.last() else { continue };
                    let text = format!("{} {}", series.name, (self.number)(last.y));
                    ui.add(Label::new(RichText::new(text).size(font::SMALL).color(t.text_muted)).truncate());
                    let (swatch, _) = ui.allocate_exact_size(vec2(10.0, 3.0), Sense::hover());
                    ui.painter().rect_filled(swatch, radius::S, color(t, index));
                    ui.add_space(space::S);
                }
            });
        });
    }

    fn empty_ui(&self, ui: &mut Ui, t: &Tokens) {
        let (rect, _) = ui.allocate_exact_size(ui.available_size(), Sense::hover());
        ui.painter().rect_filled(rect, radius::M, t.sunken);
        notice(ui, rect.shrink(space::L), self.empty);
    }

    fn plot_ui(&self, ui: &mut Ui, t: &Tokens, group: Id) {
        let (number, round) = (self.number, self.round);
        let axis = |hints: AxisHints<'static>| {
            hints.tick_label_font(font::small()).tick_label_color(t.text_muted).label_spacing(1.0..=2.0)
        };
        let x = axis(AxisHints::new_x()).formatter(|mark, _| format::short(mark.value));
        let y = axis(AxisHints::new_y()).formatter(move |mark, _| round(mark.value)).min_thickness(NUMBERS);
        let response = still(Plot::new(self.title))
            .custom_x_axes(vec![x])
            .custom_y_axes(vec![y])
            .x_grid_spacer(grid)
            .y_grid_spacer(grid)
            .set_margin_fraction(vec2(0.02, 0.08))
            .include_x(0.0)
            .include_x(self.steps as f64)
            .grid_color(t.outline)
            .cursor_color(t.outline_strong)
            .link_cursor(group, Vec2b::new(true, false))
            .label_formatter(move |position| match position {
                HoverPosition::NearDataPoint { plot_name, position, .. } => {
                    Some(format!("{plot_name} {}\nstep {:.0}", number(position.y), position.x))
                }
                HoverPosition::Elsewhere { .. } => None,
            })
            .show(ui, |plot| {
                for (index, series) in self.series.iter().enumerate() {
                    let points = thinned(series.points, MOST_POINTS);
                    if points.len() <= DOTS {
                        let dots = PlotPoints::Owned(points.clone());
                        let dots = Points::new(series.name, dots).radius(2.5).allow_hover(false);
                        plot.points(dots.color(color(t, index)));
                    }
                    let line = Line::new(series.name, PlotPoints::Owned(points)).width(1.75);
                    plot.line(line.color(color(t, index)));
                }
            });
        let name = self.spoken();
        response.response.widget_info(|| WidgetInfo::labeled(Role::Image, ui.is_enabled(), &name));
    }

    /// `Loss: total 12 points, the last 1.2 at step 240; cross-entropy 12 points, the last 1.1 at step 240`
    fn spoken(&self) -> String {
        let said = |series: &Series<'_>| {
            let last = series.points.last()?;
            let (value, count) = ((self.number)(last.y), series.points.len());
            let points = if count == 1 { "point" } else { "points" };
            Some(format!("{} {count} {points}, the last {value} at step {:.0}", series.name, last.x))
        };
        format!("{}: {}", self.title, self.series.iter().filter_map(said).collect::<Vec<_>>().join("; "))
    }
}

/// The first line has the accent's colour, the second one that is told from it without hue as well.
fn color(t: &Tokens, index: usize) -> Color32 {
    if index == 0 { t.accent } else { t.warning }
}

/// A plot that stays as it is under the pointer.
pub(crate) fn still(plot: Plot<'_>) -> Plot<'_> {
    plot.allow_zoom(false)
        .allow_drag(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_axis_zoom_drag(false)
        .allow_double_click_reset(false)
}

/// Lines at round numbers, each of which is written.
pub(crate) fn grid(input: GridInput) -> Vec<GridMark> {
    let (low, high) = (input.bounds.0 as f32, input.bounds.1 as f32);
    let ticks = figure::ticks(Range { low, high }, TICKS);
    let step_size = ticks.windows(2).map(|pair| pair[1] - pair[0]).fold(input.base_step_size, f64::max);
    ticks.into_iter().map(|value| GridMark { value, step_size }).collect()
}

/// At most `most` points: means of neighbours, so that no drawing takes longer than a frame.
fn thinned(points: &[PlotPoint], most: usize) -> Vec<PlotPoint> {
    let together = points.len().div_ceil(most).max(1);
    let mean = |points: &[PlotPoint]| {
        let share = 1.0 / points.len() as f64;
        let sum = |of: fn(&PlotPoint) -> f64| points.iter().map(of).sum::<f64>() * share;
        PlotPoint::new(sum(|point| point.x), sum(|point| point.y))
    };
    points.chunks(together).map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_points_are_averaged() {
        let points: Vec<_> = (0..10).map(|x| PlotPoint::new(f64::from(x), 2.0 * f64::from(x))).collect();
        assert_eq!(thinned(&points, 10), points);
        let few = thinned(&points, 5);
        assert_eq!((few.len(), few[0]), (5, PlotPoint::new(0.5, 1.0)));
        assert!(thinned(&[], 5).is_empty());
    }
}

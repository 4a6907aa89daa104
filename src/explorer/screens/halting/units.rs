//! How many positions are left in each unit of a block, and what the unit costs.

use eframe::egui::{Color32, Id, Label, Response, RichText, Role, Sense, Stroke, Ui, WidgetInfo, vec2};
use egui_plot::{
    AxisHints, Bar, BarChart, GridInput, GridMark, HoverPosition, MarkerShape, Plot, PlotPoints, Points,
};

use crate::explorer::command::{Command, Inbox};
use crate::explorer::halting::{Action, BlocksPainting};
use crate::explorer::state::State;
use crate::explorer::terms::{OnHoverTerm as _, Term};
use crate::explorer::theme::{font, space, tokens};
use crate::explorer::widgets::{chart, format};
use crate::network;

/// Of the numbers beside the vertical axis.
const NUMBERS: f32 = 38.0;

/// One unit of a block.
struct Unit {
    active: usize,
    /// FLOPs that it took, and those of the unit at all positions; unknown of some exports.
    flops: Option<(u64, u64)>,
}

/// The chart of block `index`, on `height` points.
pub(super) fn units_ui(
    ui: &mut Ui,
    state: &State,
    inbox: &Inbox,
    shown: &BlocksPainting,
    (index, height): (usize, f32),
) {
    let Some(block) = shown.blocks.get(index) else { return };
    let (positions, unit) = (block.map.num_units.len(), shown.unit());
    let units = units_of(state, shown, index);
    let share = |count: usize| 100.0 * count as f64 / positions.max(1) as f64;
    let t = tokens(ui);
    let active = block.map.active(unit);
    ui.add_space(space::S);
    let percent =
        if ui.available_width() < 170.0 { String::new() } else { format!(" ({:.0} %)", share(active)) };
    let text = format!("{active} of {positions} active{percent}");
    legend_ui(ui, t.accent, &text).on_hover_term(Term::Unit);
    if let Some((flops, _)) = units.get(unit - 1).and_then(|of| of.flops) {
        let text = format!("{} in unit {unit}", format::flops(flops));
        legend_ui(ui, t.warning, &text).on_hover_term(Term::Flops);
    }
    let number = |value: f64| format!("{value:.0} %");
    let plot = plot(ui, ("units", index), (units.len(), height), number).include_y(0.0).include_y(100.0);
    let plot = plot.y_grid_spacer(percents).label_formatter(|_: &HoverPosition<'_>| None);
    let shown_plot = plot.show(ui, |plot| {
        let bars = units.iter().enumerate().map(|(place, of)| {
            let colour = if place + 1 == unit { t.accent } else { t.accent.gamma_multiply(0.45) };
            let bar = Bar::new(place as f64 + 1.0, share(of.active)).width(0.72);
            bar.fill(colour).stroke(Stroke::new(1.0, t.accent))
        });
        plot.bar_chart(BarChart::new("active", bars.collect()).allow_hover(false));
        let costs = units.iter().enumerate().filter_map(|(place, of)| {
            let (flops, all) = of.flops.filter(|(_, all)| *all > 0)?;
            Some([place as f64 + 1.0, 100.0 * flops as f64 / all as f64])
        });
        let costs = Points::new("FLOPs", PlotPoints::from_iter(costs)).shape(MarkerShape::Diamond);
        plot.points(costs.radius(3.5).color(t.warning).allow_hover(false));
        plot.pointer_coordinate().map(|at| at.x.round())
    });
    let response = shown_plot.response;
    let block = shown.outcome.trace.blocks.get(index).map_or("", |block| block.name.as_str());
    let name = format!(
        "Active positions of {block} by unit: {}",
        units.iter().map(|of| format!("{:.0} %", share(of.active))).collect::<Vec<_>>().join(", ")
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Image, ui.is_enabled(), &name));
    let Some(pointed) = shown_plot.inner.filter(|at| *at >= 1.0 && *at <= units.len() as f64) else { return };
    let pointed = pointed as usize;
    if response.clicked() {
        inbox.push(Command::Halting(Action::SetUnit(pointed)));
    }
    let Some(of) = units.get(pointed - 1) else { return };
    response.on_hover_ui_at_pointer(|ui| {
        ui.label(RichText::new(format!("Unit {pointed}")).strong());
        ui.label(format!("{} of {positions} positions active ({:.1} %)", of.active, share(of.active)));
        if let Some((flops, all)) = of.flops {
            ui.label(format!("{}, halting branch included", format::flops_of(flops, all)));
        }
    });
}

/// What the marks of one colour are.
pub(super) fn legend_ui(ui: &mut Ui, colour: Color32, text: &str) -> Response {
    let row = ui.scope(|ui| {
        ui.spacing_mut().interact_size.y = font::SMALL;
        let row = ui.horizontal(|ui| {
            let (swatch, _) = ui.allocate_exact_size(vec2(9.0, 9.0), Sense::hover());
            ui.painter().rect_filled(swatch, 1, colour);
            ui.add(Label::new(RichText::new(text).size(font::SMALL)).truncate())
        });
        row.inner
    });
    row.inner
}

fn units_of(state: &State, shown: &BlocksPainting, index: usize) -> Vec<Unit> {
    let trace = &shown.outcome.trace;
    let Some((block, of)) = shown.blocks.get(index).zip(trace.blocks.get(index)) else { return Vec::new() };
    let spec = state.halting_spec().filter(|_| !shown.is_preview());
    let whole = spec.map(|spec| network::vanilla_unit_flops(spec, trace.height, trace.width));
    let whole = whole.and_then(|blocks| blocks.into_iter().nth(index)).unwrap_or_default();
    let flops = |unit: usize| of.unit_flops.get(unit).copied().zip(whole.get(unit).copied());
    (0..of.units).map(|unit| Unit { active: block.map.active(unit + 1), flops: flops(unit) }).collect()
}

/// A chart over the units of a block, with numbers of one kind beside it.
pub(super) fn plot(
    ui: &Ui,
    id: (&str, usize),
    (units, height): (usize, f32),
    number: fn(f64) -> String,
) -> Plot<'static> {
    let t = tokens(ui);
    let axis = |hints: AxisHints<'static>| {
        hints.tick_label_font(font::small()).tick_label_color(t.text_muted).label_spacing(1.0..=2.0)
    };
    chart::still(Plot::new(Id::unique(id)))
        .height(height)
        .custom_x_axes(vec![axis(AxisHints::new_x()).formatter(|mark, _| format::short(mark.value))])
        .custom_y_axes(vec![
            axis(AxisHints::new_y()).formatter(move |mark, _| number(mark.value)).min_thickness(NUMBERS),
        ])
        .x_grid_spacer(whole_numbers)
        .set_margin_fraction(vec2(0.0, 0.06))
        .include_x(0.4)
        .include_x(units as f64 + 0.6)
        .show_x(false)
        .show_y(false)
        .grid_color(t.outline)
        .cursor_color(t.outline_strong)
        .show_grid([false, true])
}

fn percents(_: GridInput) -> Vec<GridMark> {
    [0.0, 50.0, 100.0].map(|value| GridMark { value, step_size: 50.0 }).to_vec()
}

/// Every unit has its number as long as there is room.
fn whole_numbers(input: GridInput) -> Vec<GridMark> {
    let (first, last) = (input.bounds.0.ceil() as i64, input.bounds.1.floor() as i64);
    let step = ((last - first) / 8 + 1).max(1);
    let numbers = (first.max(1)..=last).filter(|unit| step == 1 || unit % step == 0);
    numbers.map(|unit| GridMark { value: unit as f64, step_size: step as f64 }).collect()
}

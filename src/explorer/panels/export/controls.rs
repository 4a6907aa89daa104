//! What can be filled in for a figure.

use std::ops::RangeInclusive;

use eframe::egui::emath::Numeric;
use eframe::egui::{Checkbox, DragValue, RadioButton, Response, TextEdit, Ui};

use crate::explorer::command::{Command, Inbox};
use crate::explorer::export::{Action, COLUMN, Form, Kind, PAGE};
use crate::explorer::state::State;
use crate::explorer::theme::space;
use crate::explorer::widgets::fields::{name_ui, named, named_combo, remark, section};
use crate::explorer::widgets::outlined;
use crate::figure::{
    BarPlace, DELAYS, FONT_SIZES, Format, Labels, MOST_PICTURES, Panel, RESOLUTIONS, TICKS, Theme, WIDTHS,
};

/// Columns of a gallery.
const COLUMNS: RangeInclusive<usize> = 0..=20;

pub(super) fn controls_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    // Changes are made to what is shown, which may be less than what was wished for.
    let shown = state.figure_form();
    let mut form = shown.clone();
    section(ui, "Layout", |ui| layout_ui(ui, state, &mut form));
    section(ui, "Size and file", |ui| size_ui(ui, &mut form));
    section(ui, "Text and colours", |ui| look_ui(ui, &mut form));
    let changed = form != shown;
    if state.why_no_map().is_some() {
        // What is wished for of maps waits for a model that has some.
        let Form { image, map, overlay, each, .. } = state.settings.figure;
        form = Form { image, map, overlay, each, ..form };
    }
    if changed {
        inbox.push(Command::Export(Action::Fill(Box::new(form))));
    }
}

fn layout_ui(ui: &mut Ui, state: &State, form: &mut Form) {
    ui.horizontal_wrapped(|ui| {
        // Each button nearer to its own name than to the one before.
        ui.spacing_mut().item_spacing.x = space::M + space::XS;
        for kind in Kind::ALL {
            let (name, tooltip) = kind.words();
            let why = state.why_no_layout(kind);
            let button = RadioButton::new(form.layout == kind, name);
            let button = outlined(ui, |ui| ui.add_enabled(why.is_none(), button));
            let button = match kind {
                Kind::Gallery => button.on_hover_ui(|ui| {
                    let section = state.gallery_section();
                    ui.label(format!("{tooltip}, now {section}: {MOST_PICTURES} at most"));
                }),
                _ => button.on_hover_text(tooltip),
            };
            let button = button.on_disabled_hover_text(why.unwrap_or_default());
            if button.clicked() {
                form.set_layout(kind);
            }
        }
    });
    let mut told = Vec::new();
    for kind in Kind::ALL {
        if let Some(why) = state.why_no_layout(kind).filter(|why| !told.contains(why)) {
            told.push(why);
            remark(ui, &format!("{why}."));
        }
    }
    let maps = state.why_no_map().is_none();
    match form.layout {
        Kind::Panels => {
            ui.horizontal(|ui| {
                name_ui(ui, "Show");
                outlined(ui, |ui| {
                    ui.add_enabled(maps, Checkbox::new(&mut form.image, "Image"));
                    ui.add_enabled(maps, Checkbox::new(&mut form.map, "Map"));
                    ui.add_enabled(maps, Checkbox::new(&mut form.overlay, "Overlay"));
                });
            });
        }
        Kind::Gallery => {
            let words = |panel| match panel {
                Panel::Image => "Image",
                Panel::Map => "Map",
                Panel::Overlay => "Overlay",
            };
            let panels: &[Panel] = if maps { &Panel::ALL } else { &[Panel::Image] };
            choice_ui(ui, "Show", &mut form.each, panels, words);
            named(ui, "Columns", |ui| {
                let columns = DragValue::new(&mut form.columns).range(COLUMNS).speed(0.1);
                let words = |value, _: RangeInclusive<usize>| match value as usize {
                    0 => "as suits".to_owned(),
                    columns => columns.to_string(),
                };
                ui.add(columns.custom_formatter(words))
            });
        }
        Kind::Blocks | Kind::Units | Kind::Compare => {}
    }
}

fn size_ui(ui: &mut Ui, form: &mut Form) {
    let mut format = form.format;
    choice_ui(ui, "Format", &mut format, &Format::ALL, Format::name);
    if format != form.format {
        form.set_format(format);
    }
    ui.horizontal(|ui| {
        let name = name_ui(ui, "Width");
        let field = DragValue::new(&mut form.width).range(WIDTHS).speed(1.0).max_decimals(1).suffix(" mm");
        ui.add(field).labelled_by(name.id);
        for (width, words, tooltip) in
            [(COLUMN, "1 column", "A column of a journal"), (PAGE, "2 columns", "Two columns of a journal")]
        {
            let preset = ui.selectable_label(form.width == width, words);
            if preset.on_hover_text(format!("{tooltip}: {width} mm")).clicked() {
                form.width = width;
            }
        }
    });
    number_ui(ui, "Resolution", &mut form.dpi, RESOLUTIONS, (" dpi", 2.0));
    ui.add_enabled_ui(form.format.is_animated(), |ui| {
        let field = number_ui(ui, "Frame time", &mut form.delay, DELAYS, (" ms", 10.0));
        field.on_disabled_hover_text("Only GIF and APNG move");
    });
}

fn look_ui(ui: &mut Ui, form: &mut Form) {
    let title = TextEdit::singleline(&mut form.title).desired_width(f32::INFINITY);
    named(ui, "Title", |ui| outlined(ui, |ui| ui.add(title)));
    number_ui(ui, "Font size", &mut form.font_size, FONT_SIZES, (" pt", 0.1));
    choice_ui(ui, "Labels", &mut form.labels, &Labels::ALL, |labels| match labels {
        Labels::None => "None",
        Labels::Titles => "Titles",
        Labels::Letters => "(a) (b) (c)",
        Labels::Both => "(a) and titles",
    });
    choice_ui(ui, "Colour bar", &mut form.colorbar, &BarPlace::ALL, |place| match place {
        BarPlace::Right => "Right",
        BarPlace::Below => "Below",
        BarPlace::None => "None",
    });
    number_ui(ui, "Ticks at most", &mut form.ticks, TICKS, ("", 0.1));
    choice_ui(ui, "Background", &mut form.theme, &Theme::ALL, |theme| match theme {
        Theme::Light => "Light",
        Theme::Dark => "Dark",
        Theme::Transparent => "Transparent",
    });
    ui.add_space(space::S);
    remark(ui, "Quantity, scope, range, colour map and opacity are those of the screen.");
}

fn number_ui<T: Numeric>(
    ui: &mut Ui,
    name: &str,
    value: &mut T,
    range: RangeInclusive<T>,
    (unit, speed): (&str, f64),
) -> Response {
    let decimals = if T::INTEGRAL { 0 } else { 1 };
    let field = DragValue::new(value).range(range).speed(speed).max_decimals(decimals).suffix(unit);
    named(ui, name, |ui| ui.add(field))
}

/// A combo box of values with words.
fn choice_ui<T: Copy + PartialEq>(
    ui: &mut Ui,
    name: &str,
    value: &mut T,
    all: &[T],
    words: impl Fn(T) -> &'static str,
) {
    named_combo(ui, name, words(*value), |ui| {
        for &other in all {
            ui.selectable_value(value, other, words(other));
        }
    });
}

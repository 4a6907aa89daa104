//! Every widget on one page, in both themes: pictures to look at, and hands to try them with.

mod hands;
#[path = "../../../tests/explorer/rendering.rs"]
mod rendering;

use eframe::egui::{
    self, Align, CentralPanel, ColorImage, Frame, Layout, Margin, Panel, Slider, TextureHandle,
    TextureOptions, Theme, Ui, vec2,
};
use egui_kittest::{Harness, SnapshotOptions};

use super::*;
use crate::explorer::theme::{self, space};
use crate::figure::Colormap;
use crate::maps::Range;

/// What the page shows.
struct Page {
    view: CanvasView,
    colormap: Colormap,
    threshold: f32,
    /// Index of the chosen tau.
    tau: usize,
    magnifier: bool,
    hovered: Option<[f32; 2]>,
    textures: Option<[TextureHandle; 2]>,
}

impl Default for Page {
    fn default() -> Self {
        Self {
            view: CanvasView::default(),
            colormap: Colormap::Viridis,
            threshold: 0.95,
            tau: 3,
            magnifier: false,
            hovered: None,
            textures: None,
        }
    }
}

const ROWS: usize = 12;
const COLUMNS: usize = 16;

/// A made-up ponder cost, from 6 to 18, that is high around a blob right of the middle.
fn cost(row: usize, column: usize) -> f32 {
    let (dy, dx) = (row as f32 / ROWS as f32 - 0.45, column as f32 / COLUMNS as f32 - 0.6);
    6.4 + 10.9 * (-9.0 * (dx * dx + dy * dy)).exp() + 0.6 * ((row * 7 + column * 3) % 5) as f32 / 5.0
}

fn textures(ui: &Ui, colormap: Colormap) -> [TextureHandle; 2] {
    let nearest = TextureOptions { minification: egui::TextureFilter::Linear, ..TextureOptions::NEAREST };
    let mut picture = ColorImage::filled([160, 120], egui::Color32::BLACK);
    for (i, pixel) in picture.pixels.iter_mut().enumerate() {
        let (x, y) = (i % 160, i / 160);
        let shade = 70 + (x * 90 / 160 + y * 60 / 120 + 25 * ((x / 8 + y / 8) % 2)) as u8;
        *pixel = egui::Color32::from_rgb(shade, shade, shade.saturating_add(10));
    }
    let mut map = ColorImage::filled([COLUMNS, ROWS], egui::Color32::BLACK);
    for (i, pixel) in map.pixels.iter_mut().enumerate() {
        *pixel = gradient::color(colormap, (cost(i / COLUMNS, i % COLUMNS) - 6.0) / 12.0);
    }
    [ui.ctx().load_texture("picture", picture, nearest), ui.ctx().load_texture("map", map, nearest)]
}

fn histogram(range: Range) -> Vec<usize> {
    let mut bins = vec![0; 48];
    for i in 0..ROWS * COLUMNS {
        let share = (cost(i / COLUMNS, i % COLUMNS) - range.low) / (range.high - range.low);
        bins[((share * 48.0) as usize).min(47)] += 1;
    }
    bins
}

fn page(ui: &mut Ui, page: &mut Page) {
    // The page's own margin, which nothing else covers.
    ui.painter().rect_filled(ui.max_rect().expand(space::M), 0, theme::tokens(ui).surface);
    let frame = Frame::new().fill(theme::tokens(ui).surface).inner_margin(Margin::same(space::L as i8));
    Panel::right("inspector").exact_size(300.0).frame(frame).show(ui, |ui| controls(ui, page));
    let bars = Panel::right("bars").exact_size(250.0).frame(frame);
    bars.show(ui, |ui| {
        let side_by_side = Layout::left_to_right(Align::Min);
        ui.with_layout(side_by_side, |ui| color_bars(ui, page.colormap, page.hovered));
    });
    CentralPanel::default().frame(Frame::NONE).show(ui, |ui| {
        let colormap = page.colormap;
        let [picture, map] = page.textures.get_or_insert_with(|| textures(ui, colormap));
        let canvas = Canvas::new(&mut page.view, Some(picture), Some(map), 0.6)
            .label("Ponder map of sample")
            .cell_grid(Some([ROWS, COLUMNS]))
            .magnifier(page.magnifier)
            .show(ui);
        page.hovered = canvas.hovered;
    });
}

const TAUS: [f64; 5] = [0.001, 0.002, 0.005, 0.01, 0.02];

fn tau_slider(values: &[f64], chosen: usize) -> NotchSlider<'_> {
    let (known, known_hint) = ("91.9 %  ·  80.1 MFLOPs", "Accuracy and FLOPs");
    NotchSlider { label: "tau", values, chosen, known, known_hint, hint: "A constant of the training" }
}

fn controls(ui: &mut Ui, page: &mut Page) {
    ui.heading("Explore");
    let slider = threshold_slider(ui, "Halting threshold", page.threshold, 0.05..=0.9999, 0.99);
    page.threshold = slider.unwrap_or(page.threshold);
    ui.add_space(space::M);
    page.tau = tau_slider(&TAUS, page.tau).show(ui).unwrap_or(page.tau);
    ui.add_space(space::M);
    NotchSlider { label: "Lonely tau", ..tau_slider(&TAUS[3..4], 0) }.show(ui);
    ui.add_space(space::L);
    flops_gauge(ui, 107_800_000, 137_725_184);
    flops_gauge(ui, 141_100_000, 137_725_184);
    ui.add_space(space::L);
    let classes = [("tabby, tabby cat", 0.931), ("Egyptian cat", 0.052), ("lynx, catamount", 0.011)];
    let mut classes: Vec<(String, f32)> = classes.map(|(name, p)| (name.to_owned(), p)).to_vec();
    classes.push(("black-and-tan coonhound with a very long name".to_owned(), 0.003));
    classes.push(("window screen".to_owned(), 0.000_04));
    top_classes(ui, &classes);
    ui.add_space(space::L);
    let picked = colormap_picker(ui, page.colormap);
    ui.add_space(space::M);
    if let Some(colormap) = picked.or(colormap_menu(ui, page.colormap)) {
        page.colormap = colormap;
        page.textures = None;
    }
    ui.add_space(space::L);
    plain_controls(ui);
    ui.horizontal(|ui| {
        let _ = ui.button("Open…");
        ui.add_enabled_ui(false, |ui| {
            let _ = ui.button("Export…");
        });
        let _ = ui.selectable_label(true, "Theory");
        ui.hyperlink("Help");
    });
    ui.weak("Raw values; hover the picture to read them.");
    ui.colored_label(theme::tokens(ui).warning, "Off the trained threshold.");
    ui.colored_label(theme::tokens(ui).danger, "cat.png is truncated; save it again.");
}

/// What the theme makes of egui's own.
fn plain_controls(ui: &mut Ui) {
    plain_slider(ui, Slider::new(&mut 0.6, 0.0..=1.0).text("Opacity"));
    ui.horizontal(|ui| {
        let _ = outlined(ui, |ui| ui.checkbox(&mut true, "Overlay"));
        let _ = outlined(ui, |ui| ui.checkbox(&mut false, "Magnifier"));
    });
    ui.horizontal(|ui| {
        let _ = outlined(ui, |ui| ui.radio(true, "This image"));
        let _ = outlined(ui, |ui| ui.radio(false, "Percentile"));
    });
    let label = ui.label("Search");
    outlined(ui, |ui| ui.text_edit_singleline(&mut "resnet".to_owned())).labelled_by(label.id);
}

fn color_bars(ui: &mut Ui, colormap: Colormap, hovered: Option<[f32; 2]>) {
    let theory = Range { low: 6.0, high: 18.0 };
    let marker = hovered.map(|[u, v]| cost((v * ROWS as f32) as usize, (u * COLUMNS as f32) as usize));
    let bins = histogram(theory);
    let label = "Ponder cost";
    ColorBar {
        range: theory,
        colormap,
        histogram: &bins,
        marker,
        guessed: false,
        label,
        theory: Some(theory),
    }
    .show(ui);
    ui.add_space(space::L);
    let data = Range { low: 4.13, high: 19.86 };
    let bins = histogram(data);
    ColorBar {
        range: data,
        colormap,
        histogram: &bins,
        marker: Some(12.37),
        guessed: false,
        label: "",
        theory: Some(theory),
    }
    .show(ui);
}

fn snapshot(theme: Theme, name: &str) {
    let Some(renderer) = rendering::renderer(&format!("the picture {name}")) else { return };
    let mut harness = Harness::builder()
        .with_size(vec2(1120.0, 1000.0))
        .with_theme(theme)
        .with_render_cursor(false)
        .with_context_setup(theme::install)
        .renderer(renderer)
        .build_ui_state(page, Page { magnifier: true, ..Page::default() });
    harness.run();
    harness.hover_at(egui::pos2(330.0, 350.0));
    harness.run();
    let options = SnapshotOptions::new().output_path("tests/snapshots").max_failed_pixels(200_usize);
    harness.snapshot_options(name, &options);
}

#[test]
fn gallery_dark() {
    snapshot(Theme::Dark, "widgets_dark");
}

#[test]
fn gallery_light() {
    snapshot(Theme::Light, "widgets_light");
}

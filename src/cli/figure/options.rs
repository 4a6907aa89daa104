//! What `ponderscope figure` is told about the figure itself.

use anyhow::ensure;
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::cli::map::{colormap_parser, parse_opacity, parse_range, quantity_parser};
use crate::cli::options::{self, parse_offset, parse_threshold};
use crate::figure::{
    BarPlace, Colormap, DELAYS, FONT_SIZES, Format, Labels, Layout, Look, Panel, RESOLUTIONS, Run, TICKS,
    Theme, WIDTHS,
};
use crate::maps::{Quantity, RangeChoice, Scope};

/// What stands beside what.
#[derive(Args)]
pub struct LayoutArgs {
    /// What stands beside what: picture, map and overlay (panels), the map of every block (blocks), where every unit runs
    /// (units), two models or settings (compare), or many pictures (gallery); by default what suits the other options
    #[arg(long, value_parser = ["panels", "blocks", "units", "compare", "gallery"], value_name = "LAYOUT")]
    layout: Option<String>,
    /// Panels of the layout panels (image,map,overlay), or the one of a gallery (overlay)
    #[arg(long, value_delimiter = ',', value_parser = panel_parser(), value_name = "PANELS")]
    show: Vec<Panel>,
    /// Pictures side by side in a gallery
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=100), value_name = "N")]
    columns: Option<u16>,
    /// What the first of two models or settings is called
    #[arg(long, value_name = "TEXT")]
    label_a: Option<String>,
    /// What the second is called
    #[arg(long, value_name = "TEXT")]
    label_b: Option<String>,
}

/// The second model or setting of a comparison.
#[derive(Args)]
pub struct OtherArgs {
    /// Model to compare with; by default the same one
    #[arg(long, value_name = "NAME|PATH")]
    model_b: Option<String>,
    /// Halting threshold to compare with; this and the following are by default those of the first
    #[arg(long, value_parser = parse_threshold, value_name = "T")]
    threshold_b: Option<f32>,
    /// Unit cap to compare with, or `none`
    #[arg(long, value_parser = parse_cap, value_name = "N|none")]
    unit_cap_b: Option<Cap>,
    /// Experimental: halting offset to compare with
    #[arg(long, value_parser = parse_offset, value_name = "X", allow_negative_numbers = true)]
    halting_offset_b: Option<f32>,
}

/// A unit cap, or that there is none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cap(Option<usize>);

/// Sizes, colours and texts.
#[derive(Args)]
pub struct LookArgs {
    /// Width of the figure in mm: about 85 for a column of a journal, 180 for two; by default 180, and 85 for animations
    #[arg(long, value_parser = parse_width, value_name = "MM")]
    width: Option<f32>,
    /// Dots per inch of pixels; by default 300, and 150 for animations
    #[arg(long, value_parser = parse_dpi, value_name = "DPI")]
    dpi: Option<u32>,
    /// Size of text in points [default: 8]
    #[arg(long, value_parser = parse_font_size, value_name = "PT")]
    font_size: Option<f32>,
    /// Title above the figure
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// What is written beside panels: their titles, (a) (b) (c), both or nothing [default: titles]
    #[arg(long, value_parser = named(&Labels::ALL, Labels::name), value_name = "titles|letters|both|none")]
    labels: Option<Labels>,
    /// Where the colour bar stands [default: right]
    #[arg(long, value_parser = named(&BarPlace::ALL, BarPlace::name), value_name = "right|below|none")]
    colorbar: Option<BarPlace>,
    /// Numbers along a colour bar at most [default: 7]
    #[arg(long, value_parser = parse_ticks, value_name = "N")]
    ticks: Option<usize>,
    /// What the figure is to stand on [default: light]
    #[arg(long, value_parser = named(&Theme::ALL, Theme::name), value_name = "light|dark|transparent")]
    theme: Option<Theme>,
    /// Colour map [default: viridis]
    #[arg(long, value_parser = colormap_parser())]
    colormap: Option<Colormap>,
    /// Ends of the colour scale: what is possible (theory), least and greatest value of all maps (data), percentiles of all
    /// maps (p:LOW,HIGH), or two numbers [default: theory]
    #[arg(
        long,
        value_parser = parse_range,
        value_name = "theory|data|p:LOW,HIGH|LOW,HIGH",
        allow_hyphen_values = true
    )]
    range: Option<RangeChoice>,
    /// What maps show [default: ponder-cost]
    #[arg(long, value_parser = quantity_parser())]
    quantity: Option<Quantity>,
    /// Part of the network that maps cover, and the film strip of units: all of it, or a block counted from 1
    /// [default: network]
    #[arg(long, value_parser = parse_scope, value_name = "network|N")]
    scope: Option<Scope>,
    /// How much of the picture an overlay covers, 0 to 1 [default: 0.6]
    #[arg(long, value_parser = parse_opacity, value_name = "X")]
    opacity: Option<f32>,
    /// Time of a frame of an animation in ms [default: 500]
    #[arg(long, value_parser = parse_delay, value_name = "MS")]
    delay: Option<u32>,
}

impl LayoutArgs {
    /// The layout that is asked for, or that suits format and options; with every option that has no place in it refused.
    pub fn layout(&self, format: Format, compared: bool) -> anyhow::Result<Layout> {
        let named = match self.layout.as_deref() {
            Some(name) => name,
            None if format.is_animated() => "units",
            None if compared => "compare",
            None => "panels",
        };
        let layout = match named {
            "blocks" => Layout::Blocks,
            "units" => Layout::Units,
            "compare" => Layout::Compare { label: self.label_a.clone(), other_label: self.label_b.clone() },
            "gallery" => {
                ensure!(
                    self.show.len() <= 1,
                    "a gallery shows one thing of each picture: name one with --show"
                );
                let show = self.show.first().copied().unwrap_or(Panel::Overlay);
                Layout::Gallery { show, columns: self.columns.map(usize::from) }
            }
            _ if self.show.is_empty() => Layout::default(),
            _ => Layout::Panels { show: self.show.clone() },
        };
        let shows = matches!(layout, Layout::Panels { .. } | Layout::Gallery { .. });
        let options = [
            ("--show", !self.show.is_empty(), shows),
            ("--columns", self.columns.is_some(), matches!(layout, Layout::Gallery { .. })),
            ("--label-a", self.label_a.is_some(), matches!(layout, Layout::Compare { .. })),
            ("--label-b", self.label_b.is_some(), matches!(layout, Layout::Compare { .. })),
        ];
        for (option, given, taken) in options {
            ensure!(taken || !given, "{option} has no meaning in the layout {named}: leave it out");
        }
        Ok(layout)
    }
}

impl OtherArgs {
    /// The second run, if anything about it is said; the rest of it is as in the first.
    pub fn run(&self, first: &Run) -> Option<Run> {
        let Self { model_b, threshold_b, unit_cap_b, halting_offset_b } = self;
        let said =
            model_b.is_some() || threshold_b.is_some() || unit_cap_b.is_some() || halting_offset_b.is_some();
        said.then(|| {
            let mut run = first.clone();
            run.model = model_b.clone().unwrap_or(run.model);
            let setting = &mut run.setting;
            setting.threshold = threshold_b.unwrap_or(setting.threshold);
            setting.unit_cap = unit_cap_b.map_or(setting.unit_cap, |cap| cap.0);
            setting.logit_offset = halting_offset_b.unwrap_or(setting.logit_offset);
            run
        })
    }
}

impl LookArgs {
    pub fn look(&self, format: Format) -> Look {
        let usual = Look::of(format);
        Look {
            width: self.width.unwrap_or(usual.width),
            dpi: self.dpi.unwrap_or(usual.dpi),
            font_size: self.font_size.unwrap_or(usual.font_size),
            title: self.title.clone().unwrap_or(usual.title),
            labels: self.labels.unwrap_or(usual.labels),
            colorbar: self.colorbar.unwrap_or(usual.colorbar),
            ticks: self.ticks.unwrap_or(usual.ticks),
            theme: self.theme.unwrap_or(usual.theme),
            colormap: self.colormap.unwrap_or(usual.colormap),
            range: self.range.unwrap_or(usual.range),
            quantity: self.quantity.unwrap_or(usual.quantity),
            scope: self.scope.unwrap_or(usual.scope),
            opacity: self.opacity.unwrap_or(usual.opacity),
            delay: self.delay.unwrap_or(usual.delay),
        }
    }
}

fn panel_parser() -> impl TypedValueParser<Value = Panel> {
    named(&Panel::ALL, Panel::name)
}

/// Takes the names of some values.
fn named<T: Copy + Send + Sync + 'static>(
    all: &'static [T],
    name: fn(T) -> &'static str,
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(all.iter().map(|&value| name(value))).try_map(move |text| {
        all.iter().copied().find(|&value| name(value) == text).ok_or("there is no such value")
    })
}

fn parse_width(text: &str) -> Result<f32, String> {
    options::number(text, |width| WIDTHS.contains(width), "a width is a number of mm from 20 to 1000")
}

fn parse_dpi(text: &str) -> Result<u32, String> {
    let expected = "a resolution is a whole number of dots per inch from 36 to 1200";
    options::number(text, |dpi| RESOLUTIONS.contains(dpi), expected)
}

fn parse_font_size(text: &str) -> Result<f32, String> {
    options::number(text, |size| FONT_SIZES.contains(size), "a font size is a number of points from 4 to 36")
}

fn parse_ticks(text: &str) -> Result<usize, String> {
    options::number(text, |ticks| TICKS.contains(ticks), "a colour bar has 0 to 20 numbers")
}

fn parse_delay(text: &str) -> Result<u32, String> {
    options::number(text, |delay| DELAYS.contains(delay), "a frame stays for 20 to 10000 ms")
}

fn parse_scope(text: &str) -> Result<Scope, String> {
    if text.eq_ignore_ascii_case("network") {
        return Ok(Scope::Network);
    }
    let expected = "a scope is `network`, or a block counted from 1";
    options::number(text, |&block: &usize| block > 0, expected).map(|block| Scope::Block(block - 1))
}

fn parse_cap(text: &str) -> Result<Cap, String> {
    if text.eq_ignore_ascii_case("none") {
        return Ok(Cap(None));
    }
    let expected = "a unit cap is `none`, or a number of units from 1 to 65535";
    let cap = options::number(text, |&cap: &u16| cap > 0, expected)?;
    Ok(Cap(Some(cap.into())))
}

//! `ponderscope map`: ponder map, overlay and colour bar of each picture as PNG.

use std::collections::{HashMap, HashSet};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use indicatif::ProgressBar;

use crate::figure::{self, Colorbar, Colormap, FigureError, Orientation};
use crate::halting::HaltingSetting;
use crate::image::{self, InputSize, RgbImage};
use crate::jobs::Cancel;
use crate::maps::{PonderMap, Quantity, Range, RangeChoice};
use crate::zoo::Model;

use super::options::{self, HaltingArgs, ModelArgs, SizeArgs};
use super::pictures::{self, Source, sources};
use super::progress;

/// Longer edge of an overlay, unless its map is larger still: enough for print, and it opens everywhere.
const MAX_OVERLAY_EDGE: usize = 4096;
/// What is saved of a picture, as its files' names end.
const PONDER: &str = "ponder";
const OVERLAY: &str = "overlay";
const COLORBAR: &str = "colorbar";
/// Picture pixels to a CSS pixel of the colour bar.
pub(super) const COLORBAR_SCALE: f32 = 2.0;

/// Ponder map, overlay and colour bar of each picture
#[derive(Args)]
pub struct MapArgs {
    /// Pictures, and folders of pictures; the embedded samples if none is named
    #[arg(value_name = "IMAGE")]
    images: Vec<PathBuf>,
    /// Folder for the results, made if need be
    #[arg(short, long, default_value = "ponder_maps", value_name = "DIR")]
    output: PathBuf,
    #[command(flatten)]
    model: ModelArgs,
    #[command(flatten)]
    halting: HaltingArgs,
    #[command(flatten)]
    size: SizeArgs,
    /// What the map shows
    #[arg(long, default_value = "ponder-cost", value_parser = quantity_parser())]
    quantity: Quantity,
    /// Colour map
    #[arg(long, default_value = "viridis", value_parser = colormap_parser())]
    colormap: Colormap,
    /// Ends of the colour scale: what is possible (theory), least and greatest value of each map (data), percentiles
    /// of each map (p:LOW,HIGH), or two numbers
    #[arg(long, default_value = "theory", value_parser = parse_range, value_name = "theory|data|p:LOW,HIGH|LOW,HIGH")]
    range: RangeChoice,
    /// How much of the picture the overlay covers, 0 to 1
    #[arg(long, default_value_t = 0.6, value_parser = parse_opacity, value_name = "X")]
    opacity: f32,
}

/// What is done to every picture.
struct Mapper<'a> {
    args: &'a MapArgs,
    model: &'a Model,
    setting: HaltingSetting,
    cancel: Cancel,
}

pub fn run(args: MapArgs) -> anyhow::Result<()> {
    let sources = sources(&args.images)?;
    refuse_to_overwrite(&sources, &args.output)?;
    let model = args.model.load()?;
    pictures::ensure_maps(&model)?;
    std::fs::create_dir_all(&args.output).with_context(|| {
        format!("cannot make the folder {}: choose another with --output", args.output.display())
    })?;
    let cancel = progress::cancel_on_interrupt()?;

    let mapper = Mapper { args: &args, model: &model, setting: args.halting.setting(), cancel };
    mapper.map_all(&sources)
}

impl Mapper<'_> {
    /// Maps one picture after the other. One of several that fails is named and the rest go on; a result that cannot
    /// be saved ends the run, as the next one could not be saved either.
    fn map_all(&self, sources: &[Source]) -> anyhow::Result<()> {
        let total = sources.len();
        let progress = if total > 1 { progress::bar(total, "pictures") } else { ProgressBar::hidden() };
        let mut failed = 0;
        for (done, (source, name)) in sources.iter().zip(distinct_stems(sources)).enumerate() {
            let outcome = self.map(source, &name);
            if self.cancel.is_cancelled() {
                bail!("stopped after {done} of {total} pictures");
            }
            match outcome {
                Ok(line) => {
                    let label = if total > 1 { format!("{}: ", source.label()) } else { String::new() };
                    progress.suspend(|| writeln!(std::io::stdout(), "{label}{line}"))?;
                }
                Err(error) if total == 1 || error.is::<FigureError>() => return Err(error),
                Err(error) => {
                    failed += 1;
                    progress.suspend(|| eprintln!("ponderscope: {error:#}"));
                }
            }
            progress.inc(1);
        }
        progress.finish_and_clear();
        ensure!(failed == 0, "{failed} of {total} pictures could not be mapped");
        Ok(())
    }

    /// Maps one picture, saves the results under `name` and returns the line to print.
    fn map(&self, source: &Source, name: &str) -> anyhow::Result<String> {
        let args = self.args;
        let picture = source.open()?;
        let label = source.label();
        let input = pictures::input(&picture, &self.model.card, args.size.size, &label)?;
        let map =
            pictures::ponder_map(self.model, &input, &self.setting, args.quantity, &self.cancel, &label)?;

        let range = args.range.resolve(&map);
        let colors = figure::colorize(&map, range, args.colormap);
        let overlay = figure::overlay(&canvas(picture, &map), &colors, args.opacity);
        let bar = Colorbar {
            colormap: args.colormap,
            range,
            label: args.quantity.label().to_owned(),
            orientation: Orientation::Horizontal,
        };
        let path = |what: &str| target(&args.output, name, what);
        figure::save_png(&colors, &path(PONDER))?;
        figure::save_png(&overlay, &path(OVERLAY))?;
        figure::save_png(&figure::colorbar_picture(&bar, COLORBAR_SCALE)?, &path(COLORBAR))?;

        let Range { low, high } = map.extent();
        Ok(format!("Minimum/maximum {} {low:.2}/{high:.2}", args.quantity.label().to_lowercase()))
    }
}

/// Where a result stands: `what` of the picture whose results are called `name`.
fn target(output: &Path, name: &str, what: &str) -> PathBuf {
    output.join(format!("{name}_{what}.png"))
}

/// Results may take the place of older results, but of none that are pictures to map themselves: as when a folder
/// is mapped into itself for the second time.
fn refuse_to_overwrite(sources: &[Source], output: &Path) -> anyhow::Result<()> {
    // By the path that the system knows a file by; one that is not there cannot be overwritten.
    let listed: HashMap<PathBuf, String> = sources
        .iter()
        .filter_map(|source| match source {
            Source::File(path) => Some((path.canonicalize().ok()?, source.label())),
            Source::Sample(_) => None,
        })
        .collect();
    for (source, name) in sources.iter().zip(distinct_stems(sources)) {
        for what in [PONDER, OVERLAY, COLORBAR] {
            let target = target(output, &name, what).canonicalize().ok();
            if let Some(threatened) = target.and_then(|target| listed.get(&target)) {
                bail!(
                    "{threatened} is to be mapped, but would be overwritten by the {what} picture of {}: choose \
                     another folder with --output",
                    source.label()
                );
            }
        }
    }
    Ok(())
}

/// A name for each source that no other has: `cat`, `cat-2`. Case does not tell files apart on every system.
fn distinct_stems(sources: &[Source]) -> Vec<String> {
    let mut taken = HashSet::new();
    let distinct = |source: &Source| {
        let stem = source.stem();
        let mut name = stem.clone();
        let mut number = 1;
        while !taken.insert(name.to_lowercase()) {
            number += 1;
            name = format!("{stem}-{number}");
        }
        name
    };
    sources.iter().map(distinct).collect()
}

/// The picture at the overlay's resolution: its own where that is no coarser than the map and not beyond reason.
fn canvas(picture: RgbImage, map: &PonderMap) -> RgbImage {
    let map_edge = map.height.max(map.width);
    let edge = picture.height().max(picture.width()) as usize;
    let wanted = edge.clamp(map_edge, MAX_OVERLAY_EDGE.max(map_edge));
    if wanted == edge {
        return picture;
    }
    let size = InputSize::LongerEdge(wanted as u32);
    let (height, width) = image::input_dimensions(picture.height(), picture.width(), size);
    // For eyes, not for the network: antialiased.
    ::image::imageops::resize(
        &picture,
        width as u32,
        height as u32,
        ::image::imageops::FilterType::CatmullRom,
    )
}

pub(super) fn colormap_parser() -> impl TypedValueParser<Value = Colormap> {
    PossibleValuesParser::new(Colormap::ALL.map(Colormap::name)).try_map(|name| name.parse::<Colormap>())
}

pub(super) fn quantity_parser() -> impl TypedValueParser<Value = Quantity> {
    PossibleValuesParser::new(["ponder-cost", "num-units"]).map(|name| match name.as_str() {
        "num-units" => Quantity::NumUnits,
        _ => Quantity::PonderCost,
    })
}

pub(super) fn parse_range(text: &str) -> Result<RangeChoice, String> {
    let pair = |text: &str| {
        let (low, high) = text.split_once(',')?;
        let [low, high] = [low, high].map(|end| end.trim().parse::<f32>().ok().filter(|end| end.is_finite()));
        low.zip(high).filter(|(low, high)| low < high)
    };
    let percent = 0.0..=100.0;
    match (text, text.strip_prefix("p:")) {
        ("theory", _) => Ok(RangeChoice::Theory),
        ("data", _) => Ok(RangeChoice::Data),
        (_, Some(percentiles)) => pair(percentiles)
            .filter(|(low, high)| percent.contains(low) && percent.contains(high))
            .map(|(low, high)| RangeChoice::Percentile { low, high })
            .ok_or_else(|| {
                "percentiles are two numbers from 0 to 100, the lower first: p:0.1,99.9".to_owned()
            }),
        _ => pair(text).map(|(low, high)| RangeChoice::Manual(Range { low, high })).ok_or_else(|| {
            "a range is theory, data, p:LOW,HIGH or LOW,HIGH with the lower first, such as 6,18".to_owned()
        }),
    }
}

pub(super) fn parse_opacity(text: &str) -> Result<f32, String> {
    let expected = "an opacity is a number from 0 (picture alone) to 1 (map alone)";
    options::number(text, |opacity| (0.0..=1.0).contains(opacity), expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_the_same_name_do_not_meet() {
        let paths = ["a/cat.png", "b/cat.jpg", "b/Cat.png", "cat-2.png", "dog.png"];
        let sources = paths.map(|path| Source::File(path.into()));
        assert_eq!(distinct_stems(&sources), ["cat", "cat-2", "Cat-3", "cat-2-2", "dog"]);
    }

    #[test]
    fn a_range_is_read_as_it_is_written() {
        assert_eq!(parse_range("theory"), Ok(RangeChoice::Theory));
        assert_eq!(parse_range("data"), Ok(RangeChoice::Data));
        assert_eq!(parse_range("p:0.1,99.9"), Ok(RangeChoice::Percentile { low: 0.1, high: 99.9 }));
        assert_eq!(parse_range("6, 18"), Ok(RangeChoice::Manual(Range { low: 6.0, high: 18.0 })));
        for wrong in ["", "all", "6", "18,6", "6,6", "p:5", "p:-1,50", "p:5,101", "nan,3", "0,inf"] {
            assert!(parse_range(wrong).is_err(), "{wrong:?} was taken");
        }
    }

    #[test]
    fn an_overlay_is_neither_coarser_than_its_map_nor_without_end() {
        let sized = |width, height, map_width, map_height| {
            let theory = Range { low: 0.0, high: 1.0 };
            let quantity = Quantity::PonderCost;
            let map = PonderMap { height: map_height, width: map_width, values: vec![], quantity, theory };
            canvas(RgbImage::new(width, height), &map).dimensions()
        };
        assert_eq!(sized(640, 480, 320, 240), (640, 480));
        assert_eq!(sized(32, 24, 320, 240), (320, 240));
        assert_eq!(sized(8192, 1024, 320, 40), (4096, 512));
        assert_eq!(sized(8192, 16, 8192, 16), (8192, 16));
    }
}

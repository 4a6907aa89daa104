//! `ponderscope draw`: the pictures of an export, drawn without a model.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use clap::Args;
use indicatif::ProgressBar;
use rayon::prelude::*;

use crate::evaluate::StoredMaps;
use crate::figure::{self, Colorbar, Colormap, Orientation};
use crate::image::Input;
use crate::jobs::Cancel;
use crate::maps::{PonderMap, Quantity, Range, RangeChoice, percentiles};

use super::map::{COLORBAR_SCALE, colormap_parser, parse_range, quantity_parser};
use super::progress;

/// The reference's ends of the scale.
const REFERENCE: [f64; 2] = [0.1, 99.9];

/// Ponder map and picture of every image in an export, in one colour scale
///
/// Saves `{mean}_{index}_ponder.png` and `{mean}_{index}_im.jpg` for each image, where the mean is that of its map, and
/// `colorbar.png`. No model is run.
#[derive(Args)]
pub struct DrawArgs {
    /// An export (HDF5) of `ponderscope export` or of the reference
    #[arg(value_name = "MAPS")]
    export: PathBuf,
    /// Folder for the pictures, made if need be
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// Only these images, counted from 0: 3,7-12
    #[arg(long, value_delimiter = ',', value_parser = parse_span, value_name = "LIST")]
    index: Vec<RangeInclusive<usize>>,
    /// What the maps show
    #[arg(long, default_value = "ponder-cost", value_parser = quantity_parser())]
    quantity: Quantity,
    /// Colour map
    #[arg(long, default_value = "viridis", value_parser = colormap_parser())]
    colormap: Colormap,
    /// Ends of the colour scale of all maps: percentiles of all values in the file (0.1 and 99.9 if none are named), least and
    /// greatest value (data), what is possible (theory), or two numbers
    #[arg(
        long,
        default_value = "percentile",
        value_parser = parse_ends,
        value_name = "percentile[:LOW,HIGH]|data|theory|LOW,HIGH"
    )]
    range: Ends,
}

/// How the ends of the colour scale are found.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Ends {
    Theory,
    Percentiles([f64; 2]),
    Numbers(Range),
}

/// What all pictures share.
struct Drawing<'a> {
    args: &'a DrawArgs,
    maps: &'a StoredMaps,
    range: Range,
}

pub fn run(args: DrawArgs) -> anyhow::Result<()> {
    let maps = StoredMaps::open(&args.export, args.quantity)?;
    let images = chosen(&args.index, maps.len())
        .with_context(|| format!("cannot draw all of --index from {}", args.export.display()))?;
    std::fs::create_dir_all(&args.output).with_context(|| {
        format!("cannot make the folder {}: choose another with --output", args.output.display())
    })?;
    let cancel = progress::cancel_on_interrupt()?;

    let range = range(&maps, &args, &cancel)?;
    let drawing = Drawing { args: &args, maps: &maps, range };
    drawing.draw(&images, &cancel)?;
    let bar = Colorbar {
        colormap: args.colormap,
        range,
        label: args.quantity.label().to_owned(),
        orientation: Orientation::Horizontal,
    };
    figure::save_png(&figure::colorbar_picture(&bar, COLORBAR_SCALE)?, &args.output.join("colorbar.png"))?;
    let (count, noun) = (images.len(), if images.len() == 1 { "image" } else { "images" });
    println!(
        "Drew {count} {noun} into {}, colours from {:.2} to {:.2}",
        args.output.display(),
        range.low,
        range.high
    );
    Ok(())
}

/// The ends of the scale, over all maps in the file.
fn range(maps: &StoredMaps, args: &DrawArgs, cancel: &Cancel) -> anyhow::Result<Range> {
    let found = match args.range {
        Ends::Theory => return Ok(RangeChoice::Theory.resolve(&maps.map(Vec::new(), &maps.units()?))),
        Ends::Numbers(range) => return Ok(range),
        Ends::Percentiles(percents) => {
            let progress = progress::bar(2 * maps.len(), "maps counted");
            let found = percentiles(&percents, |take| pass(maps, cancel, &progress, take));
            progress.finish_and_clear();
            found?
        }
    };
    let [low, high] = found.as_deref().unwrap_or_default() else {
        bail!("{} holds no maps", args.export.display())
    };
    let ends = Range { low: *low as f32, high: *high as f32 };
    ensure!(
        ends.low.is_finite() && ends.high.is_finite(),
        "{} holds maps with values that are not finite: export again, or give --range two numbers",
        args.export.display()
    );
    Ok(RangeChoice::Manual(ends).resolve(&maps.map(Vec::new(), &[])))
}

/// Hands over the values of all maps.
fn pass(
    maps: &StoredMaps,
    cancel: &Cancel,
    progress: &ProgressBar,
    take: &mut dyn FnMut(&[f32]),
) -> anyhow::Result<()> {
    for start in (0..maps.len()).step_by(maps.at_once()) {
        ensure!(!cancel.is_cancelled(), "stopped before the first picture");
        let images = start..(start + maps.at_once()).min(maps.len());
        progress.inc(images.len() as u64);
        take(&maps.values(images)?);
    }
    Ok(())
}

impl Drawing<'_> {
    /// Draws the images, a few at a time: HDF5 reads one after the other, the rest is done on all threads.
    fn draw(&self, images: &[usize], cancel: &Cancel) -> anyhow::Result<()> {
        let progress = progress::bar(images.len(), "images");
        // Inputs are three times as large as maps.
        let at_once = (self.maps.at_once() / 3).clamp(1, 4 * rayon::current_num_threads());
        for (done, images) in images.chunks(at_once).enumerate() {
            if cancel.is_cancelled() {
                progress.finish_and_clear();
                bail!("stopped after {} of {} images", done * at_once, progress.length().unwrap_or_default());
            }
            let read = |&index: &usize| {
                let map = self.maps.map(self.maps.values(index..index + 1)?, &[]);
                anyhow::Ok((index, map, self.maps.input(index)?))
            };
            let read = images.iter().map(read).collect::<anyhow::Result<Vec<_>>>()?;
            read.par_iter().try_for_each(|(index, map, input)| self.save(*index, map, input))?;
            progress.inc(images.len() as u64);
        }
        progress.finish_and_clear();
        Ok(())
    }

    fn save(&self, index: usize, map: &PonderMap, input: &Input) -> anyhow::Result<()> {
        let path = |what: &str| target(&self.args.output, map.mean(), index, what);
        let colors = figure::colorize(map, self.range, self.args.colormap);
        figure::save_png(&colors, &path("ponder.png"))?;
        let picture = figure::picture_before(input, self.maps.preprocessing());
        figure::save_jpeg(&picture, &path("im.jpg"))?;
        Ok(())
    }
}

/// Where a picture stands: the reference's names.
fn target(output: &Path, mean: f32, index: usize, what: &str) -> PathBuf {
    output.join(format!("{mean:.2}_{index}_{what}"))
}

/// The images of a list, each once, in their order; all of them if the list is empty.
fn chosen(list: &[RangeInclusive<usize>], len: usize) -> anyhow::Result<Vec<usize>> {
    if let Some(beyond) = list.iter().find(|span| *span.end() >= len) {
        bail!("there is no image {}: the last one is {}", beyond.end(), len - 1);
    }
    Ok((0..len).filter(|index| list.is_empty() || list.iter().any(|span| span.contains(index))).collect())
}

/// `3` or `7-12`
fn parse_span(text: &str) -> Result<RangeInclusive<usize>, String> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    match (first.trim().parse(), last.trim().parse()) {
        (Ok(first), Ok(last)) if first <= last => Ok(first..=last),
        _ => Err("images are counted from 0, such as 3 or 7-12".to_owned()),
    }
}

fn parse_ends(text: &str) -> Result<Ends, String> {
    if text == "percentile" {
        return Ok(Ends::Percentiles(REFERENCE));
    }
    let written = text.strip_prefix("percentile:").map(|percentiles| format!("p:{percentiles}"));
    // Through text, so that 99.9 is no nearby float32.
    let exact = |percent: f32| percent.to_string().parse().unwrap_or(f64::from(percent));
    match parse_range(written.as_deref().unwrap_or(text)) {
        Ok(RangeChoice::Theory) => Ok(Ends::Theory),
        Ok(RangeChoice::Data) => Ok(Ends::Percentiles([0.0, 100.0])),
        Ok(RangeChoice::Percentile { low, high }) => Ok(Ends::Percentiles([low, high].map(exact))),
        Ok(RangeChoice::Manual(range)) => Ok(Ends::Numbers(range)),
        Err(_) => Err(
            "a range is percentile, percentile:LOW,HIGH (0 to 100), data, theory or LOW,HIGH with the lower \
                       first, such as 6,18"
                .to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_read_as_they_are_written() {
        assert_eq!(parse_ends("percentile"), Ok(Ends::Percentiles([0.1, 99.9])));
        assert_eq!(parse_ends("percentile:0.1,99.9"), Ok(Ends::Percentiles([0.1, 99.9])));
        assert_eq!(parse_ends("data"), Ok(Ends::Percentiles([0.0, 100.0])));
        assert_eq!(parse_ends("6,18"), Ok(Ends::Numbers(Range { low: 6.0, high: 18.0 })));
        for wrong in ["", "percentile:5", "percentile:-1,50", "18,6", "all"] {
            assert!(parse_ends(wrong).is_err(), "{wrong:?} was taken");
        }
    }

    #[test]
    fn images_are_chosen_once_and_in_order() {
        let list = ["7-9", "3", "8-8"].map(|text| parse_span(text).unwrap());
        assert_eq!(chosen(&list, 10).unwrap(), [3, 7, 8, 9]);
        assert_eq!(chosen(&[], 3).unwrap(), [0, 1, 2]);
        assert!(chosen(&list, 9).is_err());
        for wrong in ["", "-3", "9-7", "1.5"] {
            assert!(parse_span(wrong).is_err(), "{wrong:?} was taken");
        }
    }
}

//! `ponderscope saliency`: ponder maps against human fixations.

mod report;

use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;

use anyhow::{Context, bail, ensure};
use clap::{Args, ValueEnum};

use crate::image::Input;
use crate::jobs::Cancel;
use crate::maps::Quantity;
use crate::saliency::{
    Agreement, CentrePrior, Comparison, FixationFolder, FixationKind, Fixations, Means, Target,
    pictures_below,
};
use crate::zoo::Model;

use super::map::quantity_parser;
use super::options::{self, HaltingArgs, ModelArgs, SizeArgs};
use super::pictures::{self, Source, sample_sources};
use super::progress;
use report::Table;

/// Pictures that are named where something is wrong with them.
const NAMED: usize = 20;

/// How well ponder maps tell where people look: AUC-Judd, correlation and NSS against human fixations
///
/// Each map is brought to the size of its picture's fixations. Prints means over the pictures: of the map alone, of the map with a
/// centre prior (people look at the middle of any picture), and of the centre prior alone, which a map has to beat.
#[derive(Args)]
pub struct SaliencyArgs {
    /// Pictures and folders of them, or of folders of them; the embedded samples if none is named
    #[arg(value_name = "IMAGE")]
    images: Vec<PathBuf>,
    /// The fixations of one picture, or a folder with those of all: called as the pictures are, in folders called as theirs. Files
    /// are pictures (white where people looked, or brighter the more they did), such maps in MATLAB files, or text with `x,y` a
    /// line, in pixels
    #[arg(long, value_name = "PATH")]
    fixations: PathBuf,
    /// What pictures of fixations tell; by default points if they have two values, a density if they have more
    #[arg(long, value_name = "KIND")]
    fixation_kind: Option<Kind>,
    #[command(flatten)]
    model: ModelArgs,
    #[command(flatten)]
    halting: HaltingArgs,
    #[command(flatten)]
    size: SizeArgs,
    /// What the maps show
    #[arg(long, default_value = "ponder-cost", value_parser = quantity_parser())]
    quantity: Quantity,
    /// Blur maps beforehand by a Gaussian of this standard deviation, as a share of their longer edge; 0 leaves them as they are
    #[arg(long, default_value_t = Comparison::default().blur, value_parser = parse_spread, value_name = "X")]
    blur: f64,
    /// Standard deviation of the Gaussian that makes a density of points, for the correlation, as a share of the longer edge
    #[arg(long, default_value_t = Comparison::default().spread, value_parser = parse_spread, value_name = "X")]
    spread: f64,
    /// Standard deviation of the centre prior, as a share of the width and of the height
    #[arg(long, default_value_t = Comparison::default().centre.sigma, value_parser = parse_sigma, value_name = "X")]
    centre_sigma: f64,
    /// How much the centre prior counts, from 0 (map alone) to 1 (prior alone)
    #[arg(long, default_value_t = Comparison::default().centre.weight, value_parser = parse_weight, value_name = "X")]
    centre_weight: f64,
    /// Write the figures of each picture to this file
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// [`FixationKind`] as a person writes it.
#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    /// White where people looked
    Points,
    /// Brighter the more they did
    Density,
}

/// A picture to compare.
struct Picture {
    source: Source,
    /// The folder it lies in, from the one that was named.
    within: PathBuf,
}

/// Where fixations are.
enum Place {
    File(PathBuf),
    Folder(FixationFolder),
}

/// What is read of a picture before its turn.
struct Ready {
    input: Input,
    target: Target,
    /// The file of the fixations.
    file: PathBuf,
}

/// Pictures that something is wrong with: how many, and the names of the first.
#[derive(Default)]
struct Left {
    count: usize,
    named: Vec<String>,
}

/// What came of the comparison.
#[derive(Default)]
struct Outcome {
    means: Means,
    /// Pictures without fixations.
    missing: Left,
    /// Pictures that, or whose fixations, could not be used.
    unusable: usize,
    /// Pictures whose fixations are a density.
    densities: usize,
}

pub fn run(args: SaliencyArgs) -> anyhow::Result<()> {
    let cancel = progress::cancel_on_interrupt()?;
    let pictures = pictures(&args.images)?;
    let place = Place::new(&args.fixations, pictures.len())?;
    let mut place = place;
    if let Some(table) = &args.csv {
        refuse_to_overwrite(table, &pictures, &mut place)?;
    }
    let model = args.model.load()?;
    pictures::ensure_maps(&model)?;
    let mut table = args.csv.as_deref().map(Table::begin).transpose()?;

    let total = pictures.len();
    let outcome = args.compare_all(&pictures, place, &model, table.as_mut(), &cancel)?;
    let images = outcome.means.images();
    let is_partial = cancel.is_cancelled();
    if images > 0 {
        print!("{}", report::text(&args, &model, &outcome, is_partial)?);
    }
    outcome.tell(total);
    let kept = match table {
        Some(table) if images > 0 => table.end(is_partial)?,
        _ => None,
    };
    if is_partial {
        let rows =
            kept.map(|path| format!("; the rows so far are in {}", path.display())).unwrap_or_default();
        bail!("cancelled: the figures are partial, of {images} of {total} pictures{rows}");
    }
    ensure!(images > 0, "none of the {total} pictures could be compared with fixations");
    Ok(())
}

impl SaliencyArgs {
    fn comparison(&self) -> Comparison {
        let centre = CentrePrior { sigma: self.centre_sigma, weight: self.centre_weight };
        Comparison { blur: self.blur, spread: self.spread, centre }
    }

    /// Compares one picture after the other while a thread reads the next; ends early if that is cancelled. What is wrong with one
    /// of several is told, and the rest go on.
    fn compare_all(
        &self,
        pictures: &[Picture],
        mut place: Place,
        model: &Model,
        mut table: Option<&mut Table>,
        cancel: &Cancel,
    ) -> anyhow::Result<Outcome> {
        let total = pictures.len();
        let progress = progress::bar(total, "pictures");
        let mut outcome = Outcome::default();
        thread::scope(|scope| {
            let (sender, receiver) = mpsc::sync_channel(1);
            let read = move || {
                // Nobody receives any more once the work has ended.
                pictures.iter().all(|picture| sender.send(self.read(picture, &mut place, model)).is_ok());
            };
            thread::Builder::new().name("pictures".to_owned()).spawn_scoped(scope, read)?;
            for (picture, ready) in pictures.iter().zip(receiver) {
                let compared = ready.and_then(|ready| match ready {
                    Some(ready) => self.compare(picture, ready, model, cancel).map(Some),
                    None => Ok(None),
                });
                if cancel.is_cancelled() {
                    break;
                }
                match compared {
                    Ok(Some((agreement, ready))) => {
                        outcome.means.add(&agreement);
                        outcome.densities +=
                            usize::from(ready.target.fixations().kind() == FixationKind::Density);
                        if let Some(table) = &mut table {
                            table.add(&picture.source.label(), &ready, &agreement)?;
                        }
                    }
                    Ok(None) if total == 1 => bail!(
                        "there are no fixations of {} in {}: call them as the picture",
                        picture.source.label(),
                        self.fixations.display()
                    ),
                    Ok(None) => outcome.missing.add(picture.source.label()),
                    Err(error) if total == 1 => return Err(error),
                    Err(error) => {
                        outcome.unusable += 1;
                        if outcome.unusable <= NAMED {
                            progress.suspend(|| eprintln!("ponderscope: skipped: {error:#}"));
                        }
                    }
                }
                progress.inc(1);
            }
            Ok(())
        })?;
        progress.finish_and_clear();
        Ok(outcome)
    }

    /// Reads a picture and its fixations; nothing, if it has none.
    fn read(&self, picture: &Picture, place: &mut Place, model: &Model) -> anyhow::Result<Option<Ready>> {
        let source = &picture.source;
        let Some(file) = place.find(picture)? else { return Ok(None) };
        let image = source.open()?;
        let size = (image.height() as usize, image.width() as usize);
        let kind = self.fixation_kind.map(|kind| match kind {
            Kind::Points => FixationKind::Points,
            Kind::Density => FixationKind::Density,
        });
        let fixations = Fixations::open(&file, size, kind)?;
        let input = pictures::input(&image, &model.card, self.size.size, &source.label())?;
        let target = Target::new(fixations, self.comparison());
        Ok(Some(Ready { input, target, file }))
    }

    fn compare(
        &self,
        picture: &Picture,
        ready: Ready,
        model: &Model,
        cancel: &Cancel,
    ) -> anyhow::Result<(Agreement, Ready)> {
        let label = picture.source.label();
        let setting = self.halting.setting();
        let map = pictures::ponder_map(model, &ready.input, &setting, self.quantity, cancel, &label)?;
        let agreement = ready.target.compare(&map).context(label)?;
        Ok((agreement, ready))
    }
}

/// A table must not take the place of what it is made from.
fn refuse_to_overwrite(table: &Path, pictures: &[Picture], place: &mut Place) -> anyhow::Result<()> {
    // A file that is not there cannot be overwritten.
    let Ok(target) = table.canonicalize() else { return Ok(()) };
    let same = |path: &Path| path.canonicalize().is_ok_and(|path| path == target);
    for picture in pictures {
        let file = match &picture.source {
            Source::File(path) => Some(path.clone()),
            Source::Sample(_) => None,
        };
        // What cannot be found is told in its turn.
        let fixations = place.find(picture).ok().flatten();
        if let Some(path) = [file, fixations].into_iter().flatten().find(|path| same(path)) {
            bail!("{} is compared, and would be overwritten: choose another --csv", path.display());
        }
    }
    Ok(())
}

impl Place {
    fn new(path: &Path, pictures: usize) -> anyhow::Result<Self> {
        if path.is_dir() {
            return Ok(Self::Folder(FixationFolder::new(path)));
        }
        ensure!(path.exists(), "there are no fixations at {}: name a file or a folder", path.display());
        ensure!(
            pictures == 1,
            "{} holds the fixations of one picture, but there are {pictures}: name a folder with a file for each",
            path.display()
        );
        Ok(Self::File(path.to_owned()))
    }

    fn find(&mut self, picture: &Picture) -> anyhow::Result<Option<PathBuf>> {
        let folder = match self {
            Self::File(path) => return Ok(Some(path.clone())),
            Self::Folder(folder) => folder,
        };
        let path = match &picture.source {
            Source::File(path) => path.as_path(),
            Source::Sample(_) => Path::new(""),
        };
        Ok(folder.find(path, &picture.within, &picture.source.stem())?)
    }
}

impl Left {
    fn add(&mut self, name: String) {
        self.count += 1;
        if self.named.len() < NAMED {
            self.named.push(name);
        }
    }
}

impl Outcome {
    /// Says what was left out, and what figures are of.
    fn tell(&self, total: usize) {
        let Left { count, named } = &self.missing;
        if *count > 0 {
            let rest = count - named.len();
            let rest = if rest > 0 { format!(" and {rest} more") } else { String::new() };
            eprintln!(
                "ponderscope: {count} of {total} pictures have no fixations: {}{rest}",
                named.join(", ")
            );
        }
        if self.unusable > 0 {
            eprintln!(
                "ponderscope: {} of {total} pictures could not be used and are left out",
                self.unusable
            );
        }
        if self.densities > 0 {
            eprintln!(
                "ponderscope: {} of {} pictures have densities of fixations, the densest fifth of which counts as fixated; published \
                 figures are of points",
                self.densities,
                self.means.images()
            );
        }
    }
}

/// The pictures a person named, folders listed; the samples if there are none.
fn pictures(images: &[PathBuf]) -> anyhow::Result<Vec<Picture>> {
    if images.is_empty() {
        let here = |source| Picture { source, within: PathBuf::new() };
        return Ok(sample_sources().into_iter().map(here).collect());
    }
    let mut pictures = Vec::new();
    for named in images {
        let paths = if named.is_dir() { pictures_below(named)? } else { vec![named.clone()] };
        pictures.extend(paths.into_iter().map(|path| {
            let within = path.parent().and_then(|folder| folder.strip_prefix(named).ok());
            Picture { within: within.map(Path::to_owned).unwrap_or_default(), source: Source::File(path) }
        }));
    }
    Ok(pictures)
}

fn parse_spread(text: &str) -> Result<f64, String> {
    let expected = "a blur is a share of the longer edge from 0 to 0.5, such as 0.02";
    options::number(text, |share| (0.0..=0.5).contains(share), expected)
}

fn parse_sigma(text: &str) -> Result<f64, String> {
    let expected = "the width of a centre prior is a number from 0.01 to 10, such as 0.23";
    options::number(text, |sigma| (0.01..=10.0).contains(sigma), expected)
}

fn parse_weight(text: &str) -> Result<f64, String> {
    let expected = "the weight of a centre prior is a number from 0 (map alone) to 1 (prior alone)";
    options::number(text, |weight| (0.0..=1.0).contains(weight), expected)
}

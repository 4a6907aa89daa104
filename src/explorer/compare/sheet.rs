//! What the Compare screen shows of its runs: maps in shared colours, and the difference. Painted by a worker.

use std::sync::Arc;

use eframe::egui::{ColorImage, TextureHandle};

use crate::explorer::inference::{Outcome, RunKey};
use crate::explorer::painting::{self, BINS, Painting, Style, to_screen};
use crate::explorer::runtime::{PIXELS, most_pixels};
use crate::explorer::session::Screen;
use crate::explorer::state::State;
use crate::figure::{self, DivergingMap};
use crate::maps::{Difference, PonderMap, Range};

use super::{DifferenceScale, Mode, Progress};

/// What is to be painted: runs, and the run that each is to give a preview of, if any.
#[derive(Clone, Debug, PartialEq)]
pub struct Motif {
    /// The picture's hash.
    pub picture: u64,
    a: Option<(RunKey, Option<RunKey>)>,
    b: Option<(RunKey, Option<RunKey>)>,
    cells: Vec<RunKey>,
    pub style: Style,
    difference: Option<DifferenceScale>,
}

pub struct SheetRequest {
    motif: Motif,
    /// A's map as Explore shows it.
    a: Option<PonderMap>,
    b: Option<(Arc<Outcome>, painting::Motif)>,
    /// What was drawn of B before: it seldom changes while A's slider moves.
    b_before: Option<Arc<Painting>>,
    cells: Vec<Arc<Outcome>>,
    /// Largest edge of a texture.
    most_pixels: usize,
}

/// What was painted; pictures are pixels until they are handed to the graphics card.
pub struct Sheet<P = TextureHandle> {
    pub motif: Motif,
    /// `None` where nothing is mapped.
    pub bar: Option<Bar>,
    pub a: Option<Layer<P>>,
    /// B's run with all that is written beside it.
    pub b: Option<Arc<Painting>>,
    pub b_layer: Option<Layer<P>>,
    pub difference: Option<PaintedDifference<P>>,
    /// Runs of the strip; vanilla ones have no map.
    pub cells: Vec<(RunKey, Option<Layer<P>>)>,
}

/// The colour bar that all maps share.
pub struct Bar {
    pub range: Range,
    pub theory: Range,
    /// Of all maps together.
    pub histogram: Vec<usize>,
}

/// A map in colours.
pub struct Layer<P> {
    pub map: PonderMap,
    pub picture: P,
}

/// B less A in colours.
pub struct PaintedDifference<P> {
    pub difference: Difference,
    /// What the ends of the scale stand for.
    pub range: Range,
    pub histogram: Vec<usize>,
    pub picture: P,
}

impl SheetRequest {
    pub fn draw(self) -> Sheet<ColorImage> {
        let Self { motif, a, b, b_before, cells, most_pixels } = self;
        let Style { quantity, scope, range, colormap } = motif.style;
        let b = b.map(|(outcome, motif)| match b_before.filter(|before| before.motif == motif) {
            Some(before) => before,
            None => Arc::new(Painting::of(outcome, motif)),
        });
        let b_map = b.as_ref().and_then(|painting| painting.map.as_ref()).map(|painted| painted.map.clone());
        let map_of = |outcome: &Arc<Outcome>| PonderMap::from_trace(&outcome.trace, quantity, scope);
        let cells: Vec<_> = cells.iter().map(|outcome| (outcome.key.clone(), map_of(outcome))).collect();

        let maps: Vec<&PonderMap> =
            a.iter().chain(&b_map).chain(cells.iter().filter_map(|(_, map)| map.as_ref())).collect();
        let bar = range.resolve_all(&maps).map(|range| Bar::of(range, &maps));
        let difference = motif.difference.zip(a.as_ref()).zip(b_map.as_ref());
        let difference =
            difference.and_then(|((scale, a), b)| PaintedDifference::of(a, b, scale, most_pixels));
        let layer = |map: PonderMap| {
            let range = bar.as_ref().map_or(map.theory, |bar| bar.range);
            let picture = to_screen(&figure::colorize(&map, range, colormap), most_pixels);
            Layer { map, picture }
        };
        let (a, b_layer) = (a.map(layer), b_map.map(layer));
        let cells = cells.into_iter().map(|(key, map)| (key, map.map(layer))).collect();
        Sheet { motif, bar, a, b, b_layer, difference, cells }
    }
}

impl Bar {
    fn of(range: Range, maps: &[&PonderMap]) -> Self {
        let mut histogram = vec![0; BINS];
        for counts in maps.iter().map(|map| map.histogram(range, BINS)) {
            histogram.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        }
        let theory = maps.iter().map(|map| map.theory).reduce(Range::union);
        Self { range, theory: theory.unwrap_or(range), histogram }
    }
}

impl PaintedDifference<ColorImage> {
    fn of(a: &PonderMap, b: &PonderMap, scale: DifferenceScale, most_pixels: usize) -> Option<Self> {
        let difference = Difference::between(a, b)?;
        let greatest = match scale {
            DifferenceScale::Here if difference.statistics.greatest > 0.0 => difference.statistics.greatest,
            _ => difference.map.theory.high,
        };
        let range = Range { low: -greatest, high: greatest };
        let picture = figure::colorize_difference(&difference.map, greatest, DivergingMap::default());
        let histogram = difference.map.histogram(range, BINS);
        Some(Self { range, histogram, picture: to_screen(&picture, most_pixels), difference })
    }
}

impl<P> Layer<P> {
    fn hung<Q>(self, hang: &impl Fn(P) -> Q) -> Layer<Q> {
        Layer { map: self.map, picture: hang(self.picture) }
    }
}

impl<P> Sheet<P> {
    /// The same with other pictures.
    fn hung<Q>(self, hang: impl Fn(P) -> Q) -> Sheet<Q> {
        let cells = self.cells.into_iter().map(|(key, layer)| (key, layer.map(|layer| layer.hung(&hang))));
        Sheet {
            cells: cells.collect(),
            a: self.a.map(|layer| layer.hung(&hang)),
            b_layer: self.b_layer.map(|layer| layer.hung(&hang)),
            difference: self.difference.map(|painted| PaintedDifference {
                picture: hang(painted.picture),
                difference: painted.difference,
                range: painted.range,
                histogram: painted.histogram,
            }),
            motif: self.motif,
            bar: self.bar,
            b: self.b,
        }
    }
}

impl Sheet {
    /// Whether A's map is guessed.
    pub fn a_is_preview(&self) -> bool {
        self.motif.a.as_ref().is_some_and(|(_, preview_of)| preview_of.is_some())
    }
}

impl State {
    /// Takes in what was painted, and asks for what is to be painted now.
    pub(super) fn draw_sheet(&mut self) {
        while let Some(answer) = self.runtime.comparing.painter.poll() {
            match answer {
                Ok(sheet) => {
                    let sheet = sheet.hung(|pixels| self.runtime.texture("comparison", pixels, PIXELS));
                    self.runtime.comparing.sheet = Some(sheet);
                }
                Err(panicked) => self.runtime.fail(panicked.to_string()),
            }
        }
        let Some(request) = self.sheet_request() else { return };
        let comparing = &mut self.runtime.comparing;
        comparing.drawn = Some(request.motif.clone());
        comparing.painter.submit_next(request);
    }

    /// What the screen is to show, unless that is painted already, or about to change anyway.
    fn sheet_request(&self) -> Option<SheetRequest> {
        if self.session.screen != Screen::Compare {
            return None;
        }
        let stage = &self.runtime.stage;
        let picture = stage.picture.as_ref()?.picture.hash;
        let open = self.runtime.picture.as_ref()?.picture.hash;
        let session = &self.session;
        let look = session.comparison.look;
        let style = Style {
            quantity: session.quantity,
            scope: session.scope,
            range: session.range,
            colormap: session.colormap,
        };
        let painting = stage.painting.as_ref().filter(|painting| painting.outcome.key.picture == picture);
        let coming = self.runtime.painted.as_ref().filter(|_| self.runtime.painter.is_busy());
        let stale = painting.zip(coming).is_some_and(|(painting, coming)| {
            coming.style != painting.motif.style || !coming.run.same_subject(&painting.motif.run)
        });
        if stale || picture != open {
            return None;
        }
        let strip = look.mode == Mode::Strip;
        let same_map = |painting: &&Painting| {
            (painting.motif.style.quantity, painting.motif.style.scope) == (style.quantity, style.scope)
        };
        let painting = painting.filter(same_map).filter(|_| !strip);
        let b = self.b_run().filter(|_| !strip);
        let cells = match strip {
            true => self.strip(),
            false => Vec::new(),
        };
        let cells: Vec<Arc<Outcome>> =
            cells.iter().filter_map(|subject| self.runtime.comparing.run(subject).cloned()).collect();
        let motif = Motif {
            picture,
            a: painting.map(|painting| (painting.motif.run.clone(), painting.motif.preview_of.clone())),
            b: b.as_ref().map(|(outcome, preview_of)| (outcome.key.clone(), preview_of.clone())),
            cells: cells.iter().map(|outcome| outcome.key.clone()).collect(),
            style,
            difference: (look.mode == Mode::Difference).then_some(look.scale),
        };
        if self.runtime.comparing.drawn.as_ref() == Some(&motif) {
            return None;
        }
        let b = b.map(|(outcome, preview_of)| {
            let run = outcome.key.clone();
            (outcome, painting::Motif { run, preview_of, style })
        });
        let a = painting.and_then(|painting| painting.map.as_ref()).map(|painted| painted.map.clone());
        let most_pixels = most_pixels(&self.runtime.ctx);
        let b_before = self.runtime.comparing.sheet.as_ref().and_then(|sheet| sheet.b.clone());
        Some(SheetRequest { motif, a, b, b_before, cells, most_pixels })
    }

    /// The run that B's map is of, and what it gives a preview of, if that is still to come.
    fn b_run(&self) -> Option<(Arc<Outcome>, Option<RunKey>)> {
        let b = self.b()?;
        if let Some(outcome) = self.runtime.comparing.run(&b) {
            return Some((Arc::clone(outcome), None));
        }
        if matches!(self.b_progress(), Progress::Failed(_)) {
            return None;
        }
        let key = self.run_key(&b);
        if let Some(basis) = key.as_ref().and_then(|key| self.runtime.basis(key)) {
            return Some((basis, key));
        }
        let newest = self.runtime.comparing.newest.as_ref();
        newest.filter(|newest| newest.key.picture == b.picture).map(|newest| (Arc::clone(newest), None))
    }
}

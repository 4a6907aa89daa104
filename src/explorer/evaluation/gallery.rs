//! The images of an evaluation in an order of one's choice, with thumbnails that are made when they are seen.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::{ColorImage, Context, TextureHandle, TextureOptions};

use crate::evaluate::{Seen, example};
use crate::explorer::painting::to_screen;
use crate::figure::{Colormap, colorize, picture_before};
use crate::jobs::{Cancel, Worker};
use crate::maps::{PonderMap, Quantity, RangeChoice, Scope};
use crate::network::RunOptions;

use super::{Prepared, Shown};

/// Longest edge of a thumbnail, in pixels.
const EDGE: usize = 160;
/// Thumbnails that are kept: some screens full.
const KEPT: usize = 400;
/// From one sorting to the next while images come in.
const BETWEEN: Duration = Duration::from_secs(1);

/// What comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    #[default]
    MostPondered,
    LeastPondered,
    /// Wrong ones, the surest first.
    Wrong,
    Surest,
    /// As the data have them.
    Data,
}

/// Whether images are shown, and which of them in which order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// They stand in place of the charts.
    pub images: bool,
    pub sort: Sort,
    pub wrong_only: bool,
    /// Of this class alone.
    pub class: Option<usize>,
}

/// A case and an image.
pub type Key = (usize, usize);

/// A picture and its map.
pub struct Thumbnail {
    pub picture: TextureHandle,
    /// None for vanilla.
    pub map: Option<TextureHandle>,
}

/// See the module.
pub struct Gallery {
    ctx: Context,
    look: Look,
    /// Places in the rows.
    order: Vec<u32>,
    /// What the order was made of: look, case, number of rows; and when.
    made: Option<(Look, usize, usize, Instant)>,
    worker: Worker<(Arc<Prepared>, Key), (Key, Option<Pixels>)>,
    /// `None` where one cannot be made.
    thumbnails: HashMap<Key, Option<Thumbnail>>,
    /// What was last seen of the gallery, and lacks its thumbnail.
    wanted: std::cell::RefCell<Vec<Key>>,
}

type Pixels = (ColorImage, Option<ColorImage>);

impl Sort {
    pub const ALL: [Self; 5] =
        [Self::MostPondered, Self::LeastPondered, Self::Wrong, Self::Surest, Self::Data];

    pub fn name(self) -> &'static str {
        match self {
            Self::MostPondered => "Most pondered",
            Self::LeastPondered => "Least pondered",
            Self::Wrong => "Wrong first",
            Self::Surest => "Surest first",
            Self::Data => "Order of the data",
        }
    }

    /// Sorts ascending by this.
    fn key(self, seen: &Seen) -> (bool, f64) {
        let cost = seen.ponder_cost.unwrap_or(seen.flops as f64);
        let sure = f64::from(seen.top.first().map_or(0.0, |&(_, probability)| probability));
        match self {
            Self::MostPondered => (false, -cost),
            Self::LeastPondered => (false, cost),
            Self::Wrong => (seen.is_right() != Some(false), -sure),
            Self::Surest => (false, -sure),
            Self::Data => (false, 0.0),
        }
    }
}

impl Gallery {
    pub fn new(ctx: &Context) -> io::Result<Self> {
        let wake = {
            let ctx = ctx.clone();
            move || ctx.request_repaint()
        };
        let worker = Worker::spawn("gallery", wake, |(prepared, key): (Arc<Prepared>, Key), cancel| {
            (key, pixels(&prepared, key, cancel))
        })?;
        Ok(Self {
            ctx: ctx.clone(),
            look: Look::default(),
            order: Vec::new(),
            made: None,
            worker,
            thumbnails: HashMap::new(),
            wanted: Default::default(),
        })
    }

    pub fn look(&self) -> Look {
        self.look
    }

    pub fn set_look(&mut self, look: Look) {
        self.look = look;
    }

    pub(super) fn forget(&mut self) {
        self.worker.cancel();
        (self.order, self.made) = (Vec::new(), None);
        self.thumbnails.clear();
        self.wanted.borrow_mut().clear();
    }

    /// Places in the rows, in the order that is shown.
    pub fn order(&self) -> &[u32] {
        &self.order
    }

    /// A thumbnail; asked for if it is not there.
    pub fn thumbnail(&self, key: Key) -> Option<&Thumbnail> {
        match self.thumbnails.get(&key) {
            Some(thumbnail) => thumbnail.as_ref(),
            None => {
                self.wanted.borrow_mut().push(key);
                None
            }
        }
    }

    /// Sorts if that is due, takes in a thumbnail and asks for the next.
    pub(super) fn advance(&mut self, shown: &Shown, running: bool) {
        self.sort(shown, running);
        while let Some(answer) = self.worker.poll() {
            let Ok((key, pixels)) = answer else { continue };
            if self.thumbnails.len() >= KEPT {
                self.thumbnails.clear();
            }
            let load = |pixels| self.ctx.load_texture("gallery", pixels, TextureOptions::NEAREST);
            let thumbnail =
                pixels.map(|(picture, map)| Thumbnail { picture: load(picture), map: map.map(load) });
            self.thumbnails.insert(key, thumbnail);
        }
        let wanted = std::mem::take(self.wanted.get_mut());
        if self.worker.is_busy() {
            return;
        }
        let next = wanted.into_iter().find(|key| !self.thumbnails.contains_key(key));
        if let (Some(key), Some(prepared)) = (next, &shown.prepared) {
            self.worker.submit_next((Arc::clone(prepared), key));
        }
    }

    fn sort(&mut self, shown: &Shown, running: bool) {
        let wish = (self.look, shown.case, shown.rows.len());
        if let Some((look, case, rows, at)) = self.made {
            let recent = running && at.elapsed() < BETWEEN;
            if (look, case, rows) == wish || (recent && (look, case) == (wish.0, wish.1)) {
                return;
            }
        }
        let look = self.look;
        let fits = |seen: &Seen| {
            seen.case == shown.case
                && (!look.wrong_only || seen.is_right() == Some(false))
                && look.class.is_none_or(|class| seen.label == Some(class))
        };
        let keyed = shown.rows.iter().enumerate().filter(|(_, seen)| fits(seen));
        let mut keyed: Vec<_> = keyed.map(|(place, seen)| (look.sort.key(seen), place as u32)).collect();
        keyed.sort_unstable_by(|(a, place_a), (b, place_b)| {
            a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(place_a.cmp(place_b))
        });
        self.order = keyed.into_iter().map(|(_, place)| place).collect();
        self.made = Some((wish.0, wish.1, wish.2, Instant::now()));
    }

    pub(super) fn is_idle(&self) -> bool {
        !self.worker.is_busy()
    }
}

/// Runs a case on an image once more, for its map.
fn pixels(prepared: &Prepared, (case, index): Key, cancel: &Cancel) -> Option<Pixels> {
    let case = prepared.cases.get(case)?;
    let family = case.subject.spec.family;
    let input = example(&prepared.data, family, index).ok()?.input;
    let options = RunOptions { cancel: Some(cancel), keep_outputs: false };
    let traces = case.model.network.run(std::slice::from_ref(&input), &case.subject.setting, options).ok()?;
    let map = PonderMap::from_trace(traces.first()?, Quantity::PonderCost, Scope::Network);
    let picture = to_screen(&picture_before(&input, family.preprocessing()), EDGE);
    let map = map.map(|map| {
        let range = RangeChoice::default().resolve(&map);
        to_screen(&colorize(&map, range, Colormap::default()), EDGE)
    });
    Some((picture, map))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_come_in_the_order_asked_for() {
        let seen = |index: usize, label: usize, sure: f32, cost: f64| Seen {
            case: 0,
            index,
            label: Some(label),
            top: vec![(1, sure)],
            flops: 1,
            ponder_cost: Some(cost),
        };
        let mut shown = Shown::new();
        shown.rows = Arc::new(vec![
            seen(0, 1, 0.6, 7.0),
            seen(1, 2, 0.7, 9.0),
            seen(2, 1, 0.9, 8.0),
            seen(3, 2, 0.8, 6.0),
            Seen { case: 1, ..seen(4, 1, 1.0, 99.0) },
        ]);
        let mut gallery = Gallery::new(&Context::default()).unwrap();
        let mut order = |look: Look| {
            gallery.set_look(look);
            gallery.advance(&shown, false);
            gallery.order().to_vec()
        };
        let sorted = |sort| Look { sort, ..Look::default() };
        assert_eq!(order(sorted(Sort::MostPondered)), [1, 2, 0, 3]);
        assert_eq!(order(sorted(Sort::LeastPondered)), [3, 0, 2, 1]);
        assert_eq!(order(sorted(Sort::Wrong)), [3, 1, 2, 0]);
        assert_eq!(order(sorted(Sort::Surest)), [2, 3, 1, 0]);
        assert_eq!(order(sorted(Sort::Data)), [0, 1, 2, 3]);
        assert_eq!(order(Look { wrong_only: true, ..sorted(Sort::Data) }), [1, 3]);
        assert_eq!(order(Look { class: Some(1), ..sorted(Sort::Data) }), [0, 2]);
    }
}

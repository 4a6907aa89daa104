//! The tour: five steps on an embedded picture, each pointing at a part of the window and setting the stage for it.
//! What was open before comes back at the end.

use eframe::egui::{Align, Context, Id, Rect, Ui};

use crate::halting::HaltingSetting;
use crate::maps::{Quantity, RangeChoice, Scope};
use crate::network::Variant;

use super::command::Command;
use super::session::{PictureSource, Screen, Session};
use super::settings::Settings;
use super::state::State;

/// A part of the window that a step points at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Canvas,
    ColorBar,
    Threshold,
    Flops,
    Screens,
}

/// One step.
#[derive(Debug)]
pub struct Step {
    pub part: Part,
    pub title: &'static str,
    /// `{palette}` and `{help}` stand for the keys of these two.
    pub text: &'static str,
    /// What the slider goes to.
    threshold: f32,
}

const TRAINED: f32 = HaltingSetting::TRAINED_THRESHOLD;
const LOWERED: f32 = 0.6;

pub const STEPS: [Step; 5] = [
    Step {
        part: Part::Canvas,
        title: "Where the network thinks",
        text: "Each position of this picture ran as many residual units as it needed: bright ones ran many, dark \
               ones stopped early. Point at one to read its numbers below the picture.",
        threshold: TRAINED,
    },
    Step {
        part: Part::ColorBar,
        title: "What the colours mean",
        text: "The colour bar spans every value that is possible, from stopping at once in each block to running \
               all units. So colours compare across pictures and models. The bars beside it count positions.",
        threshold: TRAINED,
    },
    Step {
        part: Part::Threshold,
        title: "When a position stops",
        text: "Each unit gives a halting score, and a position stops once its scores add up to the threshold. The \
               network was trained at 0.99; now it is 0.6, and positions stop earlier. Move it and watch the map.",
        threshold: LOWERED,
    },
    Step {
        part: Part::Flops,
        title: "What stopping saves",
        text: "What has stopped is not computed. The gauge counts the operations of this run against those of the \
               same network without stopping; the classes above tell whether it still knows what it sees.",
        threshold: LOWERED,
    },
    Step {
        part: Part::Screens,
        title: "Where to go from here",
        text: "Halting follows single positions unit by unit, Compare sets two settings side by side, Evaluate and \
               Train work on whole data sets. {palette} finds every command by a few letters, {help} lists all keys.",
        threshold: TRAINED,
    },
];

/// The picture of the tour.
const PICTURE: &str = "chelsea";

/// A tour under way.
#[derive(Debug)]
pub struct Tour {
    step: usize,
    /// What is to come back.
    session: Box<Session>,
    panels: [bool; 2],
}

impl Tour {
    /// From 0.
    pub fn step(&self) -> usize {
        self.step
    }

    /// The session as it was before.
    pub fn session(&self) -> &Session {
        &self.session
    }
}

impl State {
    pub(super) fn start_tour(&mut self) {
        if self.runtime.tour.is_some() {
            return;
        }
        let panels = [self.settings.library_open, self.settings.inspector_open];
        let session = Box::new(self.session.clone());
        self.runtime.tour = Some(Tour { step: 0, session, panels });
        (self.runtime.help_open, self.runtime.palette_open) = (false, false);
        self.set_stage();
    }

    /// So many steps further; behind the last one the tour ends.
    pub(super) fn go_on_tour(&mut self, by: isize) {
        let Some(tour) = &mut self.runtime.tour else { return };
        match tour.step.checked_add_signed(by) {
            Some(step) if step < STEPS.len() => {
                tour.step = step;
                self.set_stage();
            }
            Some(_) => self.end_tour(),
            None => {}
        }
    }

    /// Leaves the tour: what was open comes back, and nothing of it can be undone.
    pub(super) fn end_tour(&mut self) {
        let Some(Tour { session, panels, .. }) = self.runtime.tour.take() else { return };
        let opened = std::mem::take(&mut self.session.opened);
        self.session = Session { opened, ..*session };
        let Settings { library_open, inspector_open, .. } = &mut self.settings;
        [*library_open, *inspector_open] = panels;
        self.follow_session();
    }

    /// Makes the window show what the step speaks of, whatever it showed before.
    fn set_stage(&mut self) {
        let Some(step) = self.runtime.tour.as_ref().and_then(|tour| STEPS.get(tour.step)) else { return };
        self.settings.inspector_open = true;
        let adaptive = |variant| variant != Variant::Vanilla;
        if self.card().is_none_or(|card| !adaptive(card.spec.variant)) {
            let entry = self.runtime.entries.iter().find(|entry| adaptive(entry.card.spec.variant));
            if let Some(source) = entry.map(|entry| entry.source.clone()) {
                self.apply(Command::UseModel(source));
            }
        }
        let picture = PictureSource::Sample(PICTURE.to_owned());
        if self.session.picture.as_ref() != Some(&picture) {
            self.apply(Command::Show(picture));
        }
        self.session.setting = HaltingSetting { threshold: step.threshold, ..HaltingSetting::default() };
        self.session.overlay = true;
        for command in [
            Command::ShowScreen(Screen::Explore),
            Command::SetQuantity(Quantity::PonderCost),
            Command::SetScope(Scope::Network),
            Command::SetRange(RangeChoice::Theory),
            Command::Fit,
        ] {
            self.apply(command);
        }
    }
}

/// Where the part is that the tour points at.
#[derive(Clone, Copy, Debug)]
struct Spot {
    step: usize,
    rect: Rect,
    frame: u64,
    /// Scrolls so far, to bring it into view.
    scrolls: usize,
}

/// Scrolls after which a part is left where it is.
const SCROLLS: usize = 40;

/// A view says where a part of the window is; if the tour points at it, it is brought into view once.
pub fn mark(ui: &Ui, state: &State, part: Part, rect: Rect) {
    let Some(tour) = &state.runtime.tour else { return };
    if STEPS.get(tour.step).is_none_or(|step| step.part != part) {
        return;
    }
    let before = spot(ui.ctx()).filter(|spot| spot.step == tour.step);
    let mut scrolls = before.map_or(0, |spot| spot.scrolls);
    if scrolls < SCROLLS {
        if ui.clip_rect().expand(1.0).contains_rect(rect) {
            scrolls = SCROLLS;
        } else {
            scrolls += 1;
            ui.scroll_to_rect(rect, Some(Align::Center));
            ui.ctx().request_repaint();
        }
    }
    let rect = rect.intersect(ui.clip_rect());
    let spot = Spot { step: tour.step, rect, frame: ui.ctx().cumulative_frame_nr(), scrolls };
    ui.data_mut(|data| data.insert_temp(id(), spot));
}

/// Where the part is that this step points at, if it can be seen.
pub fn marked(ctx: &Context, step: usize) -> Option<Rect> {
    let spot = spot(ctx).filter(|spot| spot.step == step && spot.frame == ctx.cumulative_frame_nr())?;
    Some(spot.rect).filter(|rect| rect.is_positive())
}

fn spot(ctx: &Context) -> Option<Spot> {
    ctx.data(|data| data.get_temp(id()))
}

fn id() -> Id {
    Id::unique("tour")
}

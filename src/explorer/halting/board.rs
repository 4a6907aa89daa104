//! What the Halting screen has while the window is open: painted maps, and the unit that moves on by itself.

use std::io;
use std::time::{Duration, Instant};

use eframe::egui::{ColorImage, Context};

use crate::explorer::painting::Painting;
use crate::explorer::runtime::PIXELS;
use crate::explorer::session::{Screen, Session};
use crate::explorer::state::State;
use crate::figure::Colormap;
use crate::jobs::Worker;
use crate::network::NetworkSpec;

use super::HaltingView;
use super::painting::{BlocksPainting, Motif, Request, Style};

/// Maps of all blocks, coloured by a worker.
pub struct Board {
    ctx: Context,
    painter: Worker<Request, (BlocksPainting, Vec<ColorImage>)>,
    /// What was given to the painter last.
    painted: Option<Motif>,
    pub shown: Option<BlocksPainting>,
    /// When the unit moved on last, while it moves by itself.
    playing: Option<Instant>,
}

impl Board {
    pub fn new(ctx: &Context) -> io::Result<Self> {
        let wake = ctx.clone();
        let painter = Worker::spawn(
            "block painter",
            move || wake.request_repaint(),
            |request: Request, _| request.paint(),
        )?;
        Ok(Self { ctx: ctx.clone(), painter, painted: None, shown: None, playing: None })
    }

    pub fn is_idle(&self) -> bool {
        !self.painter.is_busy()
    }

    pub fn is_playing(&self) -> bool {
        self.playing.is_some()
    }

    pub fn set_playing(&mut self, playing: bool) {
        self.playing = playing.then(Instant::now);
    }

    /// Moves the unit on if it is time, from the last to the first.
    fn play(&mut self, view: &mut HaltingView, speed: f32) {
        let (Some(since), Some(shown)) = (self.playing, &self.shown) else { return };
        let pause = Duration::from_secs_f32(1.0 / speed.clamp(0.1, 60.0));
        if since.elapsed() >= pause {
            view.unit = if view.unit < shown.most_units() { view.unit + 1 } else { 1 };
            self.playing = Some(Instant::now());
        }
        self.ctx.request_repaint_after(pause.saturating_sub(since.elapsed()).max(Duration::from_millis(1)));
    }

    /// Lets go of the maps of another picture than the one that is shown.
    fn forget_others(&mut self, painting: Option<&Painting>) {
        let is_other =
            |shown: &BlocksPainting| !painting.is_some_and(|painting| shown.is_of_picture(painting));
        if painting.is_none() || self.shown.as_ref().is_some_and(is_other) {
            (self.shown, self.painted) = (None, None);
        }
    }

    /// Takes in what was painted, says what went wrong with it, and asks for the maps of what the canvas shows.
    fn follow(
        &mut self,
        view: &HaltingView,
        colormap: Colormap,
        painting: Option<&Painting>,
    ) -> Option<String> {
        let mut trouble = None;
        while let Some(answer) = self.painter.poll() {
            match answer {
                // One of the picture before comes too late.
                Ok((blocks, _)) if !painting.is_some_and(|shown| blocks.is_of_picture(shown)) => {}
                Ok((mut blocks, pixels)) => {
                    for (block, pixels) in blocks.blocks.iter_mut().zip(pixels) {
                        block.texture = Some(self.ctx.load_texture("block", pixels, PIXELS));
                    }
                    self.shown = Some(blocks);
                }
                Err(panicked) => trouble = Some(panicked.to_string()),
            }
        }
        self.forget_others(painting);
        let Some(painting) = painting else { return trouble };
        let most = painting.outcome.trace.most_units();
        let style = Style { quantity: view.quantity, range: view.range, unit: view.unit.min(most), colormap };
        let motif =
            Motif { run: painting.motif.run.clone(), preview_of: painting.motif.preview_of.clone(), style };
        if self.painted.as_ref() != Some(&motif) {
            self.painted = Some(motif.clone());
            let outcome = std::sync::Arc::clone(&painting.outcome);
            self.painter.submit_next(Request { outcome, motif });
        }
        trouble
    }
}

impl State {
    /// The network that the Halting screen's run is of, if it is the one that is loaded.
    pub(in crate::explorer) fn halting_spec(&self) -> Option<&NetworkSpec> {
        let (model, shown) = (self.runtime.model.as_ref()?, self.runtime.halting.shown.as_ref()?);
        shown.is_of(model).then(|| &model.inference.card().spec)
    }

    /// Keeps the Halting screen's maps up to date while it is in front.
    pub(in crate::explorer) fn follow_halting(&mut self) {
        let Self { session, settings, runtime, .. } = self;
        let Session { screen, halting: view, colormap, .. } = session;
        if *screen != Screen::Halting {
            runtime.halting.set_playing(false);
            runtime.halting.forget_others(runtime.stage.painting.as_ref());
            return;
        }
        runtime.halting.play(view, settings.play_speed);
        let trouble = runtime.halting.follow(view, *colormap, runtime.stage.painting.as_ref());
        if let Some(trouble) = trouble {
            runtime.fail(trouble);
        }
    }
}

//! The dialog while the window is open: what it asks the desk for, and what comes of it.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use eframe::egui::{Context, TextureHandle, TextureOptions, Vec2, vec2};

use super::Form;
use super::desk::{Answer, Desk, Goal, Order};
use crate::explorer::inference::RunKey;
use crate::explorer::models::SharedLoader;
use crate::explorer::notices::Tone;
use crate::explorer::state::State;
use crate::explorer::theme::space;
use crate::figure::FigureRequest;
use crate::jobs::Worker;

/// What decides a preview.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Asked {
    pub request: FigureRequest,
    pub frame: usize,
    /// Pixels that it may take.
    pub room: [usize; 2],
}

/// A figure to be looked at.
#[derive(Clone)]
pub struct Sketch<P = TextureHandle> {
    pub picture: P,
    /// In mm.
    pub size: (f32, f32),
    pub frames: usize,
}

/// The dialog while the window is open.
pub struct Exporting {
    pub open: bool,
    pub frame: usize,
    /// The file's name without its ending, once somebody has chosen it.
    pub stem: Option<String>,
    worker: Worker<Option<Order>, Answer>,
    asked: Option<Asked>,
    /// The newest preview, or in one sentence why there is none.
    pub sketch: Option<Result<Sketch, String>>,
    /// While a figure is being saved or copied: what was filled in before its name was known.
    saving: Option<Box<Form>>,
    /// What was done last, or in one sentence why not.
    pub said: Option<Result<String, String>>,
    opening: u64,
    /// Closed while it saved: what the worker keeps is given up when that is done.
    left_open: bool,
    /// Pictures that were run for what is being made.
    pub done: Arc<AtomicUsize>,
}

impl Exporting {
    /// Starts the worker.
    pub fn new(ctx: &Context, loader: SharedLoader) -> io::Result<Self> {
        let wake = {
            let ctx = ctx.clone();
            move || ctx.request_repaint()
        };
        let mut desk = Desk::new(loader);
        Ok(Self {
            open: false,
            frame: 0,
            stem: None,
            worker: Worker::spawn("figure", wake, move |order, cancel| desk.answer(order, cancel))?,
            asked: None,
            sketch: None,
            saving: None,
            said: None,
            opening: 0,
            left_open: false,
            done: Arc::default(),
        })
    }

    pub(super) fn begin(&mut self) {
        (self.open, self.frame, self.stem) = (true, 0, None);
        (self.asked, self.sketch, self.said) = (None, None, None);
        self.opening += 1;
    }

    pub(super) fn close(&mut self) {
        self.open = false;
        match self.saving.is_some() {
            true => self.left_open = true,
            false => drop(self.worker.submit(None)),
        }
    }

    pub fn is_saving(&self) -> bool {
        self.saving.is_some()
    }

    /// Whether the preview is about to change.
    pub fn is_busy(&self) -> bool {
        self.worker.is_busy()
    }

    pub fn is_idle(&self) -> bool {
        !self.worker.is_busy()
    }
}

/// Around the figure in the room for the preview, in points.
pub const AROUND: f32 = space::L;

/// Room for the preview in a window of this size, in points.
pub fn room(content: Vec2) -> Vec2 {
    vec2((content.x - 504.0).clamp(240.0, 900.0), (content.y - 250.0).clamp(200.0, 720.0))
}

impl State {
    /// Takes in what was drawn or saved, and asks for a preview of what is filled in now.
    pub(in crate::explorer) fn follow_export(&mut self) {
        while let Some(answer) = self.runtime.exporting.worker.poll() {
            let answer = answer.unwrap_or_else(|panicked| Answer::Failed(panicked.to_string()));
            match answer {
                Answer::Drawn(sketch) => {
                    let picture = self.runtime.texture("figure", sketch.picture, TextureOptions::LINEAR);
                    let sketch = Sketch { picture, size: sketch.size, frames: sketch.frames };
                    self.runtime.exporting.sketch = Some(Ok(sketch));
                }
                Answer::Copied(picture) => {
                    self.runtime.exporting.saving = None;
                    let [width, height] = picture.size;
                    let told = format!("Copied the figure, {width} × {height} pixels.");
                    self.runtime.ctx.copy_image(picture);
                    self.runtime.exporting.said = Some(Ok(told.clone()));
                    self.runtime.notices.tell(Tone::Done, told, None);
                }
                Answer::Saved(path) => {
                    self.runtime.exporting.saving = None;
                    self.remember_figure(&path);
                    let told = format!("Saved {}.", path.display());
                    self.runtime.exporting.said = Some(Ok(told.clone()));
                    self.runtime.notices.tell(Tone::Done, told, None);
                }
                Answer::Failed(sentence) => match self.runtime.exporting.saving.take() {
                    Some(before) => self.refuse_figure(*before, sentence),
                    None => self.runtime.exporting.sketch = Some(Err(sentence)),
                },
                Answer::Cancelled => self.runtime.exporting.saving = None,
            }
            let exporting = &mut self.runtime.exporting;
            if !exporting.open && std::mem::take(&mut exporting.left_open) {
                // Closed while it was being saved: what it was made of can go.
                exporting.close();
            }
        }
        // A preview would take the place of a file that waits to be written.
        if self.runtime.exporting.open && !self.runtime.exporting.is_saving() {
            self.ask_for_preview();
        }
    }

    fn ask_for_preview(&mut self) {
        let request = match self.figure_request(&self.figure_name()) {
            Ok(request) => request,
            Err(sentence) => {
                self.runtime.exporting.worker.cancel();
                self.runtime.exporting.asked = None;
                self.runtime.exporting.sketch = Some(Err(sentence));
                return;
            }
        };
        let ctx = &self.runtime.ctx;
        let room = (room(ctx.content_rect().size()) - Vec2::splat(2.0 * AROUND)) * ctx.pixels_per_point();
        let room = [room.x as usize, room.y as usize];
        let asked = Asked { request, frame: self.runtime.exporting.frame, room };
        let before = self.runtime.exporting.asked.as_ref();
        if before == Some(&asked) {
            return;
        }
        let same_runs = before.is_some_and(|before| before.same_runs(&asked));
        let Some(order) = self.figure_order(asked.clone(), Goal::Look) else { return };
        let exporting = &mut self.runtime.exporting;
        exporting.asked = Some(asked);
        match same_runs {
            true => exporting.worker.submit_next(Some(order)),
            false => exporting.worker.submit(Some(order)),
        };
    }

    /// Has a figure saved or copied; `before` is what was filled in before its name was known.
    pub(super) fn ask_for_figure(&mut self, request: FigureRequest, goal: Goal, before: Form) {
        let asked = Asked { request, frame: self.runtime.exporting.frame, room: [1, 1] };
        let Some(order) = self.figure_order(asked, goal) else { return };
        self.runtime.exporting.saving = Some(Box::new(before));
        // What it takes the place of is asked for again.
        self.runtime.exporting.asked = None;
        self.runtime.exporting.worker.submit(Some(order));
    }

    fn figure_order(&self, asked: Asked, goal: Goal) -> Option<Order> {
        let model = self.runtime.model.clone()?;
        let other = asked.request.other.as_ref().and_then(|_| self.b_source().cloned());
        let traces = self.runtime.traces.values().chain(&self.runtime.outcome);
        let wanted = |key: &RunKey| key.model == model.source || Some(&key.model) == other.as_ref();
        let made = traces.filter(|outcome| wanted(&outcome.key)).cloned().collect();
        let done = Arc::clone(&self.runtime.exporting.done);
        let opening = self.runtime.exporting.opening;
        Some(Order { asked, goal, model, other, made, opening, done })
    }
}

impl Asked {
    fn same_runs(&self, other: &Self) -> bool {
        let runs = |asked: &Self| {
            let FigureRequest { pictures, run, other, size, .. } = asked.request.clone();
            (pictures, run, other, size)
        };
        runs(self) == runs(other)
    }
}

//! Which run and which painting the session calls for: asked for once, and given up once nobody waits for them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::inference::{Outcome, RunKey, RunRequest};
use super::painting::{Motif, PaintRequest, Style};
use super::runtime::{Runtime, most_pixels};
use super::session::Session;
use super::state::State;

/// A run that takes longer is preceded by a preview; shorter ones follow a slider by themselves.
const PREVIEW_MS: f64 = 50.0;
/// How long a slider stands still until what runs for a place it has left gives way.
const REST: Duration = Duration::from_millis(100);
/// A run up to this long may finish all the same: the wait is not noticed, and its result may be wanted again.
const QUICK_MS: f64 = 150.0;

impl State {
    /// Asks for the run and the painting that the session calls for, unless they are there or on their way.
    pub(super) fn schedule(&mut self, dragging: bool) {
        let key = match self.stored() {
            Some(stored) => {
                let outcome = Arc::clone(&stored.outcome);
                let key = outcome.key.clone();
                self.runtime.take(outcome);
                Some(key)
            }
            None => self.want(dragging),
        };
        let Some(key) = key else { return };
        self.runtime.give_up_superseded(&key);
        self.paint(&key);
    }

    /// Asks for the run of the open picture, unless it is there or on its way, and says which it is.
    fn want(&mut self, dragging: bool) -> Option<RunKey> {
        let (open, model) = (self.runtime.picture.as_ref()?, self.runtime.model.as_ref()?);
        let size = self.input_size()?;
        let setting = self.setting();
        let key = RunKey::new(&open.picture, (&model.source, model.load), &setting, size);
        if self.runtime.wanted.as_ref() != Some(&key) {
            let (picture, model) = (Arc::clone(&open.picture), Arc::clone(&model.inference));
            let request = RunRequest { key: key.clone(), picture, model, setting, size };
            self.runtime.want(request, dragging);
        }
        Some(key)
    }

    /// Asks for the painting of a run, or of what stands in for it.
    fn paint(&mut self, key: &RunKey) {
        let Some((outcome, preview_of)) = self.runtime.to_be_painted(key) else { return };
        let Session { quantity, scope, range, colormap, .. } = self.session;
        let style = Style { quantity, scope, range, colormap };
        let motif = Motif { run: outcome.key.clone(), preview_of, style };
        if self.runtime.painted.as_ref() != Some(&motif) {
            self.runtime.painted = Some(motif.clone());
            let most_pixels = most_pixels(&self.runtime.ctx);
            self.runtime.painter.submit_next(PaintRequest { outcome, motif, most_pixels });
        }
    }
}

impl Runtime {
    /// Takes a run that nobody need make.
    fn take(&mut self, outcome: Arc<Outcome>) {
        if self.wanted.as_ref() != Some(&outcome.key) {
            self.inference.cancel();
            self.wanted = Some(outcome.key.clone());
            self.wanted_since = Instant::now();
            self.failed = None;
        }
        self.outcome = Some(outcome);
    }

    /// Sees to it that a run is made, unless it is remembered or under way. As long as a slider moves, what runs may
    /// finish, so that a drag shows a run now and then however slow the network is; any other change cancels it.
    fn want(&mut self, request: RunRequest, dragging: bool) {
        let related = self.wanted.as_ref().is_some_and(|wanted| wanted.same_subject(&request.key));
        // Keys move a slider without a button held.
        let moving = related && (dragging || self.wanted_since.elapsed() < REST);
        self.wanted = Some(request.key.clone());
        self.wanted_since = Instant::now();
        self.failed = None;
        if let Some(outcome) = self.traces.get(&request.key) {
            self.outcome = Some(outcome);
            match moving {
                true => self.inference.withdraw(),
                false => self.inference.cancel(),
            }
        } else if self.is_running(&request.key) {
            self.inference.withdraw();
        } else {
            let running = self.inference.running();
            self.asked.retain(|(number, _)| Some(*number) == running);
            let key = request.key.clone();
            let number = match moving {
                true => self.inference.submit_next(request),
                false => self.inference.submit(request),
            };
            self.asked.push((number, key));
        }
    }

    /// Cancels what runs for a place that a slider has left, once it rests.
    fn give_up_superseded(&self, wanted: &RunKey) {
        if self.inference.running().is_none() || self.is_running(wanted) || self.is_quick() {
            return;
        }
        match REST.checked_sub(self.wanted_since.elapsed()) {
            Some(rest) => self.ctx.request_repaint_after(rest),
            None if self.is_answered() => self.inference.cancel(),
            None => self.inference.hurry(),
        }
    }

    fn is_running(&self, key: &RunKey) -> bool {
        let running = self.inference.running();
        self.asked.iter().any(|(number, asked)| Some(*number) == running && asked == key)
    }

    /// Whether runs are so short that it makes no difference to let one finish.
    fn is_quick(&self) -> bool {
        self.outcome.as_ref().is_some_and(|outcome| outcome.trace.milliseconds < QUICK_MS)
    }

    /// The run whose map is to be shown, and what it is to give a preview of, if anything.
    fn to_be_painted(&self, wanted: &RunKey) -> Option<(Arc<Outcome>, Option<RunKey>)> {
        if !self.is_answered()
            && !self.has_failed()
            && let Some(basis) = self.basis(wanted)
        {
            return Some((basis, Some(wanted.clone())));
        }
        let newest = self.outcome.as_ref().filter(|outcome| outcome.key.same_subject(wanted));
        // A preview of what nobody waits for any more gives way to the run that it was guessed from.
        let stale = || {
            let painting = self.stage.painting.as_ref().filter(|painting| painting.is_preview())?;
            (painting.outcome.key.picture == wanted.picture).then_some(&painting.outcome)
        };
        Some((Arc::clone(newest.or_else(stale)?), None))
    }

    /// The slow run that serves best for a preview of what is wanted.
    pub(super) fn basis(&self, wanted: &RunKey) -> Option<Arc<Outcome>> {
        let runs = self.traces.values().chain(&self.outcome).filter(|run| run.key.same_input(wanted));
        let nearest = runs.min_by(|a, b| a.distance(wanted).total_cmp(&b.distance(wanted)))?;
        (nearest.trace.milliseconds > PREVIEW_MS).then(|| Arc::clone(nearest))
    }
}

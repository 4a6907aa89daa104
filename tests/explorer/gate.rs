//! A stand-in whose runs wait at a gate, and may fail behind it.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::Duration;

use ponderscope::explorer::{Backend, Inference};
use ponderscope::halting::HaltingSetting;
use ponderscope::image::{Input, InputTooLarge};
use ponderscope::jobs::Cancel;
use ponderscope::network::{NetworkError, Trace};
use ponderscope::zoo::{ModelCard, ModelEntry, ModelSource, ZooError};

use crate::formula::Formula;

/// Runs of [`Formula`] that go through a gate, which is open to begin with.
#[derive(Clone, Default)]
pub struct Gated(Arc<Gate>);

#[derive(Default)]
struct Gate {
    closed: AtomicBool,
    /// Runs that may pass although it is closed.
    passes: AtomicUsize,
    /// A run that waits ignores that it was cancelled.
    deaf: AtomicBool,
    failing: AtomicBool,
    /// What runs say that they took, if it is not the formula's.
    milliseconds: Mutex<Option<f64>>,
    /// Thresholds of the runs that came to the gate.
    begun: Mutex<Vec<f32>>,
}

struct GatedModel(Arc<dyn Inference>, Gated);

impl Gated {
    pub fn close(&self) {
        self.0.closed.store(true, SeqCst);
        self.0.begun.lock().unwrap().clear();
    }

    pub fn open(&self) {
        self.0.closed.store(false, SeqCst);
    }

    pub fn let_one_pass(&self) {
        self.0.passes.fetch_add(1, SeqCst);
    }

    pub fn be_deaf(&self) {
        self.0.deaf.store(true, SeqCst);
    }

    pub fn fail(&self, failing: bool) {
        self.0.failing.store(failing, SeqCst);
    }

    /// Runs say that they took so long.
    pub fn take(&self, milliseconds: f64) {
        *self.0.milliseconds.lock().unwrap() = Some(milliseconds);
    }

    /// Thresholds of the runs that began since the gate was closed.
    pub fn begun(&self) -> Vec<f32> {
        self.0.begun.lock().unwrap().clone()
    }

    fn may_pass(&self) -> bool {
        let take = |passes: usize| passes.checked_sub(1);
        !self.0.closed.load(SeqCst) || self.0.passes.fetch_update(SeqCst, SeqCst, take).is_ok()
    }
}

impl Backend for Gated {
    fn models(&self) -> Vec<ModelEntry> {
        Formula.models()
    }

    fn load(&self, source: &ModelSource) -> Result<Arc<dyn Inference>, ZooError> {
        Ok(Arc::new(GatedModel(Formula.load(source)?, self.clone())))
    }

    fn device(&self) -> &str {
        "Gated"
    }
}

impl Inference for GatedModel {
    fn card(&self) -> &ModelCard {
        self.0.card()
    }

    fn run(&self, input: &Input, setting: &HaltingSetting, cancel: &Cancel) -> Result<Trace, NetworkError> {
        let Self(model, gated) = self;
        gated.0.begun.lock().unwrap().push(setting.threshold);
        while !gated.may_pass() {
            if cancel.is_cancelled() && !gated.0.deaf.load(SeqCst) {
                return Err(NetworkError::Cancelled);
            }
            sleep(Duration::from_millis(1));
        }
        if gated.0.failing.load(SeqCst) {
            let (height, width) = (input.height, input.width);
            return Err(InputTooLarge { height, width }.into());
        }
        let trace = model.run(input, setting, cancel)?;
        let milliseconds = gated.0.milliseconds.lock().unwrap().unwrap_or(trace.milliseconds);
        Ok(Trace { milliseconds, ..trace })
    }
}

//! Batches, decoded and augmented on threads of their own, in an order that the seed alone decides.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Examples, Recipe, TrainError, augment};
use crate::dataset::{DatasetError, Labelled};
use crate::evaluate::first_label;

/// Batches that each thread holds ready.
const AHEAD: usize = 2;
/// Pictures of a batch that cannot be read before it is given up.
const MOST_BAD: usize = 100;

/// Batches from one step on, without an end.
pub(super) struct Loader {
    /// Thread `i` of `n` makes the batches of the steps `i, i + n, ...` after the first.
    batches: Vec<Receiver<Result<Batch, TrainError>>>,
    next: usize,
    ended: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

/// What one step gets.
pub(super) struct Batch {
    pub examples: Examples,
    /// Pictures that could not be read; others took their places.
    pub left_out: Vec<DatasetError>,
}

/// What every thread needs.
#[derive(Clone)]
struct Source {
    data: Arc<Labelled>,
    /// The network's class that the first of the data's is.
    first_label: usize,
    recipe: Arc<Recipe>,
    ended: Arc<AtomicBool>,
}

impl Loader {
    /// Begins at `step`. What a step gets depends on seed and step alone, so a resumed run goes on with the same batches.
    ///
    /// # Errors
    /// Classes that are not the network's; a system that gives no thread.
    pub fn new(data: Arc<Labelled>, recipe: &Recipe, step: u64, threads: usize) -> Result<Self, TrainError> {
        let first_label = first_label(&recipe.spec, data.name(), data.classes().len())?;
        let ended = Arc::new(AtomicBool::new(false));
        let source =
            Source { data, first_label, recipe: Arc::new(recipe.clone()), ended: Arc::clone(&ended) };
        let mut loader = Self { batches: vec![], next: 0, ended, threads: vec![] };
        for index in 0..threads as u64 {
            let (sender, receiver) = sync_channel(AHEAD);
            let (source, steps) = (source.clone(), (step + index..).step_by(threads));
            let thread = thread::Builder::new().name(format!("train-data-{index}"));
            let thread = thread.spawn(move || source.send(steps, &sender)).map_err(TrainError::Thread)?;
            loader.threads.push(thread);
            loader.batches.push(receiver);
        }
        Ok(loader)
    }

    /// The batch of the next step.
    pub fn next(&mut self) -> Result<Batch, TrainError> {
        let batch = self.batches[self.next].recv().map_err(|_| TrainError::DataStopped)?;
        self.next = (self.next + 1) % self.batches.len();
        batch
    }
}

impl Drop for Loader {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        // A thread that waits to hand something over is let go.
        self.batches.clear();
        for thread in self.threads.drain(..) {
            let _ = thread.join(); // it has said what was wrong, or nothing was
        }
    }
}

impl Source {
    fn send(&self, steps: impl Iterator<Item = u64>, to: &SyncSender<Result<Batch, TrainError>>) {
        let (mut order, mut of_epoch) = (Vec::new(), None);
        for step in steps {
            let epoch = step / self.recipe.epoch;
            if of_epoch != Some(epoch) {
                order = self.order(epoch);
                of_epoch = Some(epoch);
            }
            let batch = self.batch(step, &order);
            let failed = batch.is_err();
            if to.send(batch).is_err() || failed || self.ended.load(Ordering::Relaxed) {
                return;
            }
        }
    }

    /// The order of the pictures in an epoch.
    fn order(&self, epoch: u64) -> Vec<u32> {
        let mut order: Vec<u32> = (0..self.data.len() as u32).collect();
        order.shuffle(&mut self.random(2 * epoch));
        order
    }

    /// Numbers that nothing but seed and stream decides.
    fn random(&self, stream: u64) -> ChaCha8Rng {
        let mut random = ChaCha8Rng::seed_from_u64(self.recipe.seed);
        random.set_stream(stream);
        random
    }

    fn batch(&self, step: u64, order: &[u32]) -> Result<Batch, TrainError> {
        let mut random = self.random(2 * step + 1);
        let (size, family) = (self.recipe.batch_size, self.recipe.spec.family);
        let first = (step % self.recipe.epoch) as usize * size;
        let (height, width) = family.published_size();
        let mut examples = Examples { height, width, ..Examples::default() };
        examples.inputs.reserve(size * height * width * 3);
        let mut left_out = Vec::new();
        let mut place = first;
        while examples.labels.len() < size {
            let index = order[place % order.len()] as usize;
            place += 1;
            let picture = match self.data.picture(index) {
                Ok(picture) => picture,
                // One bad file among millions does not end a run of days; a disk that is gone does.
                Err(problem) if left_out.len() == MOST_BAD => return Err(problem.into()),
                Err(problem) => {
                    left_out.push(problem);
                    place = random.random_range(0..order.len());
                    continue;
                }
            };
            let input = augment::augmented(family, &picture, self.recipe.shift, &mut random)?;
            examples.inputs.extend(input.data);
            examples.labels.push((self.first_label + self.data.label(index)) as u32);
        }
        Ok(Batch { examples, left_out })
    }
}

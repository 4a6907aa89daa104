//! One long piece of work on a thread of its own, which tells how it goes and can be asked to stop.
//!
//! Where a [`Worker`](super::Worker) serves the newest of many requests, a job is done once, nothing that it tells is
//! dropped, and whoever asked can wait until it is over.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use std::{io, thread};

use super::worker::panic_text;
use super::{Cancel, Panicked};

/// How often somebody who waits looks.
const LOOK: Duration = Duration::from_millis(10);

/// Work under way. Dropping it asks it to stop, without waiting.
pub struct Job<N, A> {
    cancel: Cancel,
    news: Receiver<News<N, A>>,
    thread: JoinHandle<()>,
}

/// What a job says.
#[derive(Clone, Debug, PartialEq)]
pub enum News<N, A> {
    /// How it goes.
    Told(N),
    /// It is over.
    Ended(Result<A, Panicked>),
}

impl<N: Send + 'static, A: Send + 'static> Job<N, A> {
    /// Starts the thread `name`. `work` should look at its [`Cancel`] often and may tell how it goes; `wake` is called
    /// from the thread whenever there are news.
    pub fn spawn(
        name: &str,
        wake: impl Fn() + Send + Sync + 'static,
        work: impl FnOnce(&Cancel, &(dyn Fn(N) + Send + Sync)) -> A + Send + 'static,
    ) -> io::Result<Self> {
        let (send, news) = channel();
        let cancel = Cancel::new();
        let of_thread = cancel.clone();
        let thread = thread::Builder::new().name(name.to_owned()).spawn(move || {
            let say = |news| {
                // Nobody listens any more once the job was dropped.
                send.send(news).ok();
                wake();
            };
            let answer = catch_unwind(AssertUnwindSafe(|| work(&of_thread, &|told| say(News::Told(told)))));
            say(News::Ended(answer.map_err(|payload| Panicked(panic_text(payload.as_ref())))));
        })?;
        Ok(Self { cancel, news, thread })
    }

    /// The next thing that it said, oldest first; never waits.
    pub fn poll(&self) -> Option<News<N, A>> {
        self.news.try_recv().ok()
    }
}

impl<N, A> Job<N, A> {
    /// Asks it to stop.
    pub fn cancel(&self) {
        self.cancel.cancel();
    }

    /// Waits until it is over, but no longer than `most`; false if it is not over then.
    pub fn wait(&self, most: Duration) -> bool {
        let began = Instant::now();
        while !self.thread.is_finished() && began.elapsed() < most {
            thread::sleep(LOOK);
        }
        self.thread.is_finished()
    }
}

impl<N, A> Drop for Job<N, A> {
    fn drop(&mut self) {
        self.cancel();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_secs(10);

    fn all<N: Send + 'static, A: Send + 'static>(job: &Job<N, A>) -> Vec<News<N, A>> {
        assert!(job.wait(SOON));
        std::iter::from_fn(|| job.poll()).collect()
    }

    #[test]
    fn everything_is_told_in_order_and_then_the_end() {
        let (wake, woken) = channel();
        let job = Job::spawn(
            "teller",
            move || wake.send(()).unwrap(),
            |_, tell| {
                (0..100).for_each(tell);
                "done"
            },
        );
        let news = all(&job.unwrap());
        let told: Vec<_> = (0..100).map(News::Told).chain([News::Ended(Ok("done"))]).collect();
        assert!(news == told, "{news:?}");
        assert_eq!(woken.iter().count(), 101);
    }

    #[test]
    fn it_stops_when_asked_to_and_its_end_still_counts() {
        let job: Job<(), u32> = Job::spawn(
            "patient",
            || (),
            |cancel, _| {
                while !cancel.is_cancelled() {
                    thread::yield_now();
                }
                7
            },
        )
        .unwrap();
        assert!(!job.wait(Duration::from_millis(20)), "it goes on until it is asked to stop");
        job.cancel();
        assert_eq!(all(&job), [News::Ended(Ok(7))]);
    }

    #[test]
    fn a_panic_is_an_end_too() {
        let job: Job<(), ()> = Job::spawn("clumsy", || (), |_, _| panic!("unlucky")).unwrap();
        assert_eq!(all(&job), [News::Ended(Err(Panicked("unlucky".to_owned())))]);
    }
}

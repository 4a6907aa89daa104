//! A named thread with a mailbox of one slot.
//!
//! A person who drags a slider asks for far more runs than a machine can finish, and only wants the last one. So
//! a request that has not begun is replaced by the next, and a running one is told to stop; what comes back late
//! all the same is recognised by its generation and dropped.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::{io, thread};

use super::Cancel;

/// Answers kept while nobody fetches them; older ones give way, since only the newest matter.
const UNREAD: usize = 4;

/// The work panicked; the worker lives on. The text is the panic's own.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an internal error occurred ({0}); please report it")]
pub struct Panicked(pub String);

/// A thread that turns requests `Q` into answers `A`, newest first. Dropping it cancels what runs and ends the
/// thread, without waiting for it.
pub struct Worker<Q, A> {
    shared: Arc<Shared<Q, A>>,
}

struct Shared<Q, A> {
    state: Mutex<State<Q, A>>,
    /// Told when a request arrives or the worker is dropped.
    arrived: Condvar,
}

struct State<Q, A> {
    waiting: Option<(u64, Q)>,
    running: Option<(u64, Cancel)>,
    answers: VecDeque<(u64, Result<A, Panicked>)>,
    /// Number of the newest request.
    newest: u64,
    /// Answers to requests before this one are stale.
    oldest_wanted: u64,
    closed: bool,
}

impl<Q: Send + 'static, A: Send + 'static> Worker<Q, A> {
    /// Starts the thread `name`. `work` answers one request at a time and should look at its [`Cancel`] often;
    /// `wake` is called from the thread whenever an answer lies ready.
    pub fn spawn(
        name: &str,
        wake: impl Fn() + Send + 'static,
        work: impl FnMut(Q, &Cancel) -> A + Send + 'static,
    ) -> io::Result<Self> {
        let state = State {
            waiting: None,
            running: None,
            answers: VecDeque::new(),
            newest: 0,
            oldest_wanted: 0,
            closed: false,
        };
        let shared = Arc::new(Shared { state: Mutex::new(state), arrived: Condvar::new() });
        let of_thread = Arc::clone(&shared);
        thread::Builder::new().name(name.to_owned()).spawn(move || of_thread.serve(wake, work))?;
        Ok(Self { shared })
    }

    /// Asks for `request` at once: replaces what waits, cancels what runs, and drops their answers. Like
    /// [`Worker::submit_next`], returns the request's number.
    pub fn submit(&self, request: Q) -> u64 {
        let mut state = self.shared.lock();
        state.make_stale();
        self.shared.arrived.notify_one();
        state.enqueue(request)
    }

    /// Asks for `request` next: replaces what waits but lets what runs finish, and its answer still counts. During
    /// a drag this shows the run of a moment ago, where cancelling would show nothing until the drag pauses.
    pub fn submit_next(&self, request: Q) -> u64 {
        let mut state = self.shared.lock();
        self.shared.arrived.notify_one();
        state.enqueue(request)
    }

    /// Wants no answer any more to anything asked so far.
    pub fn cancel(&self) {
        self.shared.lock().make_stale();
    }

    /// Takes back the request that waits; what runs may finish, and its answer still counts.
    pub fn withdraw(&self) {
        self.shared.lock().waiting = None;
    }

    /// Cancels what runs if a request waits, and drops its answer; answers that came before still count.
    pub fn hurry(&self) {
        self.shared.lock().hurry();
    }

    /// The next answer that still counts, oldest first; never waits.
    pub fn poll(&self) -> Option<Result<A, Panicked>> {
        self.shared.lock().answers.pop_front().map(|(_, answer)| answer)
    }

    /// Whether an answer that counts is still to come.
    pub fn is_busy(&self) -> bool {
        let state = self.shared.lock();
        state.runs().is_some() || state.waiting.is_some()
    }

    /// Number of the request that runs and whose answer counts.
    pub fn running(&self) -> Option<u64> {
        self.shared.lock().runs()
    }
}

impl<Q, A> Drop for Worker<Q, A> {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.closed = true;
        state.make_stale();
        self.shared.arrived.notify_one();
    }
}

impl<Q, A> Shared<Q, A> {
    fn lock(&self) -> MutexGuard<'_, State<Q, A>> {
        // Work runs outside the lock and its panics are caught, so the state is whole even if poisoned.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, wake: impl Fn(), mut work: impl FnMut(Q, &Cancel) -> A) {
        while let Some((number, request, cancel)) = self.next() {
            let answer = catch_unwind(AssertUnwindSafe(|| work(request, &cancel)))
                .map_err(|payload| Panicked(panic_text(payload.as_ref())));
            if self.lock().finish(number, answer) {
                wake();
            }
        }
    }

    /// Waits for a request; `None` when the worker was dropped.
    fn next(&self) -> Option<(u64, Q, Cancel)> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            if let Some((number, request)) = state.waiting.take() {
                let cancel = Cancel::new();
                state.running = Some((number, cancel.clone()));
                return Some((number, request, cancel));
            }
            state = self.arrived.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl<Q, A> State<Q, A> {
    fn enqueue(&mut self, request: Q) -> u64 {
        self.newest += 1;
        self.waiting = Some((self.newest, request));
        self.newest
    }

    fn runs(&self) -> Option<u64> {
        let (number, _) = self.running.as_ref()?;
        (*number >= self.oldest_wanted).then_some(*number)
    }

    fn hurry(&mut self) {
        let (Some((next, _)), Some((_, cancel))) = (&self.waiting, &self.running) else { return };
        cancel.cancel();
        self.oldest_wanted = *next;
    }

    fn make_stale(&mut self) {
        self.oldest_wanted = self.newest + 1;
        self.waiting = None;
        self.answers.clear();
        if let Some((_, cancel)) = &self.running {
            cancel.cancel();
        }
    }

    /// Files an answer; false if nobody wants it.
    fn finish(&mut self, number: u64, answer: Result<A, Panicked>) -> bool {
        self.running = None;
        if number < self.oldest_wanted {
            return false;
        }
        if self.answers.len() == UNREAD {
            self.answers.pop_front();
        }
        self.answers.push_back((number, answer));
        true
    }
}

pub(super) fn panic_text(payload: &(dyn std::any::Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
    use std::time::Duration;

    use super::*;

    const SOON: Duration = Duration::from_secs(10);

    /// A worker whose work says when it begins and goes on when told to; it answers with the request and whether
    /// it was cancelled meanwhile.
    struct Stepped {
        worker: Worker<u32, (u32, bool)>,
        begun: Receiver<u32>,
        go_on: Sender<()>,
        woken: Receiver<()>,
    }

    fn stepped() -> Stepped {
        let (tell_begun, begun) = channel();
        let (go_on, may_go_on) = channel::<()>();
        let (wake, woken) = channel();
        let worker = Worker::spawn(
            "stepped",
            // A test that does not listen has dropped its end.
            move || wake.send(()).unwrap_or_default(),
            move |request, cancel: &Cancel| {
                tell_begun.send(request).ok();
                may_go_on.recv().ok();
                (request, cancel.is_cancelled())
            },
        );
        Stepped { worker: worker.unwrap(), begun, go_on, woken }
    }

    #[test]
    fn the_newest_request_wins_and_cancels_what_runs() {
        let Stepped { worker, begun, go_on, woken } = stepped();
        worker.submit(1);
        assert_eq!(begun.recv_timeout(SOON), Ok(1));
        for request in 2..=5 {
            worker.submit(request);
        }
        go_on.send(()).unwrap();
        assert_eq!(begun.recv_timeout(SOON), Ok(5), "2, 3 and 4 never begin");
        assert!(worker.is_busy());
        assert_eq!(worker.poll(), None, "1 was cancelled");
        go_on.send(()).unwrap();
        woken.recv_timeout(SOON).unwrap();
        assert_eq!(worker.poll(), Some(Ok((5, false))));
        assert!(!worker.is_busy());
    }

    #[test]
    fn what_runs_may_finish_when_the_next_request_is_patient() {
        let Stepped { worker, begun, go_on, woken } = stepped();
        worker.submit(1);
        assert_eq!(begun.recv_timeout(SOON), Ok(1));
        worker.submit_next(2);
        worker.submit_next(3);
        go_on.send(()).unwrap();
        woken.recv_timeout(SOON).unwrap();
        assert_eq!(worker.poll(), Some(Ok((1, false))));
        assert_eq!(begun.recv_timeout(SOON), Ok(3));
        go_on.send(()).unwrap();
        woken.recv_timeout(SOON).unwrap();
        assert_eq!(worker.poll(), Some(Ok((3, false))));
    }

    #[test]
    fn a_request_that_is_withdrawn_never_begins_and_what_runs_still_counts() {
        let Stepped { worker, begun, go_on, woken } = stepped();
        let number = worker.submit(1);
        assert_eq!(begun.recv_timeout(SOON), Ok(1));
        assert_eq!(worker.running(), Some(number));
        worker.submit_next(2);
        worker.withdraw();
        go_on.send(()).unwrap();
        woken.recv_timeout(SOON).unwrap();
        assert_eq!(worker.poll(), Some(Ok((1, false))));
        assert!(!worker.is_busy() && worker.running().is_none());
        assert!(begun.try_recv().is_err());
    }

    #[test]
    fn what_runs_gives_way_in_a_hurry_but_only_to_what_waits() {
        let Stepped { worker, begun, go_on, woken } = stepped();
        worker.submit(1);
        assert_eq!(begun.recv_timeout(SOON), Ok(1));
        worker.hurry();
        let next = worker.submit_next(2);
        go_on.send(()).unwrap();
        assert_eq!(begun.recv_timeout(SOON), Ok(2));
        woken.recv_timeout(SOON).unwrap();
        worker.submit_next(3);
        worker.hurry();
        assert_ne!(worker.running(), Some(next), "2 was told to stop");
        assert_eq!(worker.poll(), Some(Ok((1, false))), "what was answered before still counts");
        go_on.send(()).unwrap();
        assert_eq!(begun.recv_timeout(SOON), Ok(3));
        go_on.send(()).unwrap();
        woken.recv_timeout(SOON).unwrap();
        assert_eq!(worker.poll(), Some(Ok((3, false))));
    }

    #[test]
    fn an_answer_nobody_fetched_is_dropped_when_a_newer_request_comes() {
        let Stepped { worker, go_on, woken, .. } = stepped();
        worker.submit(1);
        go_on.send(()).unwrap();
        woken.recv_timeout(SOON).unwrap();
        worker.submit(2);
        assert_eq!(worker.poll(), None);
    }

    #[test]
    fn a_cancelled_request_is_told_and_leaves_no_answer() {
        let (tell, told) = channel();
        let (begin, begun) = channel();
        let worker = Worker::<(), ()>::spawn(
            "cancelled",
            || (),
            move |(), cancel| {
                begin.send(()).unwrap();
                while !cancel.is_cancelled() {
                    thread::yield_now();
                }
                tell.send(()).unwrap();
            },
        )
        .unwrap();
        worker.submit(());
        begun.recv_timeout(SOON).unwrap();
        worker.cancel();
        told.recv_timeout(SOON).unwrap();
        assert!(!worker.is_busy());
        assert_eq!(worker.poll(), None);
    }

    #[test]
    fn a_panic_becomes_an_answer_and_the_worker_lives_on() {
        let (wake, woken) = channel();
        let worker = Worker::spawn(
            "clumsy",
            move || wake.send(()).unwrap(),
            |request: u32, _: &Cancel| {
                assert!(request != 13, "unlucky {request}");
                request
            },
        )
        .unwrap();
        worker.submit(13);
        woken.recv_timeout(SOON).unwrap();
        assert_eq!(worker.poll(), Some(Err(Panicked("unlucky 13".to_owned()))));
        worker.submit(14);
        woken.recv_timeout(SOON).unwrap();
        assert_eq!(worker.poll(), Some(Ok(14)));
    }

    #[test]
    fn dropping_the_worker_ends_its_thread() {
        let Stepped { worker, begun, go_on, .. } = stepped();
        worker.submit(1);
        assert_eq!(begun.recv_timeout(SOON), Ok(1));
        worker.submit(2);
        drop(worker);
        go_on.send(()).unwrap();
        // The waiting request never begins, and the work and all that it holds are gone.
        assert_eq!(begun.recv_timeout(SOON), Err(RecvTimeoutError::Disconnected));
    }
}

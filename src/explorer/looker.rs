//! Whether there is a file of a name that is being typed, looked for off the screen's thread.

use std::cell::RefCell;
use std::io;
use std::path::{Path, PathBuf};

use crate::jobs::Worker;

/// Looking asks, as in the library: what the view asks about in a frame is looked for, and known some frames later.
pub struct Looker {
    worker: Worker<PathBuf, (PathBuf, bool)>,
    seen: RefCell<Seen>,
}

#[derive(Default)]
struct Seen {
    asked: Option<PathBuf>,
    /// Whether there is such a file.
    known: Option<(PathBuf, bool)>,
}

impl Looker {
    /// Starts the worker; `wake` is called when something is known.
    pub fn new(wake: impl Fn() + Send + 'static) -> io::Result<Self> {
        let worker = Worker::spawn("looker", wake, |path: PathBuf, _| {
            let there = path.exists();
            (path, there)
        })?;
        Ok(Self { worker, seen: RefCell::default() })
    }

    /// Forgets what was known, which may have changed.
    pub fn forget(&self) {
        self.worker.cancel();
        *self.seen.borrow_mut() = Seen::default();
    }

    /// Whether there is such a file; `None` as long as that is not known.
    pub fn is_there(&self, path: &Path) -> Option<bool> {
        let seen = &mut *self.seen.borrow_mut();
        while let Some(answer) = self.worker.poll() {
            seen.known = answer.ok();
        }
        if seen.asked.as_deref() != Some(path) {
            seen.asked = Some(path.to_owned());
            self.worker.submit(path.to_owned());
        }
        seen.known.as_ref().filter(|(known, _)| known == path).map(|(_, there)| *there)
    }

    pub fn is_busy(&self) -> bool {
        self.worker.is_busy()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_is_asked_about_is_known_later_until_it_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.svg");
        let (wake, woken) = channel();
        let looker = Looker::new(move || wake.send(()).unwrap_or_default()).unwrap();
        let known = |path: &Path| {
            assert_eq!(looker.is_there(path), None);
            woken.recv_timeout(Duration::from_secs(10)).unwrap();
            looker.is_there(path)
        };
        assert_eq!(known(&path), Some(false));
        assert_eq!(known(folder.path()), Some(true));
        std::fs::write(&path, "").unwrap();
        assert_eq!(known(&path), Some(true));
        std::fs::remove_file(&path).unwrap();
        assert_eq!(looker.is_there(&path), Some(true));
        looker.forget();
        assert_eq!(looker.is_there(&path), None);
    }
}

//! The session and the settings, kept as they change: a window that is killed comes back as it was a second before.
//!
//! A worker writes them, at most once in a while; a change that comes while it rests waits in the worker's slot, where
//! the next one replaces it. The file is whole at any moment, so of two windows the last to change anything wins.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{fs, thread};

use eframe::Storage;
use serde_json::{Map, Value};

use crate::aside;
use crate::jobs::{Cancel, Worker};

use super::document::Document;
use super::session::Session;
use super::settings::Settings;

/// Between two writes.
const REST: Duration = Duration::from_millis(500);
/// How often the worker looks whether it is to go on at once.
const LOOK: Duration = Duration::from_millis(10);
/// How long a window that closes waits for the last write.
const PATIENCE: Duration = Duration::from_secs(2);
/// In the folder that is given.
const FILE: &str = "session.json";
/// What could not be read, as it was found.
const UNREAD: &str = "session-unread.json";

const SESSION: &str = "session";
const DOCUMENT: &str = "document";
const SETTINGS: &str = "settings";

/// What is kept of a window from one time to the next.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kept {
    pub session: Session,
    pub settings: Settings,
}

impl Kept {
    /// Takes every part that can be read, and leaves the others at their defaults; false if the session is none of
    /// them although it is there.
    fn of(get: impl Fn(&str) -> Option<String>) -> (Self, bool) {
        let session = get(SESSION).map(|text| Session::from_text(&text));
        let readable = !matches!(session, Some(Err(_)));
        let mut session = session.and_then(Result::ok).unwrap_or_default();
        if readable && let Some(text) = get(DOCUMENT) {
            session.document = serde_json::from_str(&text).unwrap_or_default();
        }
        let settings = get(SETTINGS).map(|text| serde_json::from_str(&text));
        let readable = readable && !matches!(settings, Some(Err(_)));
        let settings = settings.and_then(Result::ok).unwrap_or_default();
        (Self { session, settings }, readable)
    }

    fn parts(&self) -> [(&'static str, Option<String>); 3] {
        let Self { session, settings } = self;
        [
            (SESSION, session.to_text()),
            (DOCUMENT, serde_json::to_string::<Document>(&session.document).ok()),
            (SETTINGS, serde_json::to_string(settings).ok()),
        ]
    }

    /// What eframe has stored.
    pub fn of_storage(storage: Option<&dyn Storage>) -> Self {
        Self::of(|key| storage?.get_string(key)).0
    }

    pub fn store(&self, storage: &mut dyn Storage) {
        for (key, text) in self.parts() {
            text.into_iter().for_each(|text| storage.set_string(key, text));
        }
    }

    fn to_text(&self) -> String {
        let value = |text: String| serde_json::from_str(&text).ok();
        let parts = self.parts().into_iter();
        let map: Map<String, Value> =
            parts.filter_map(|(key, text)| Some((key.to_owned(), text.and_then(value)?))).collect();
        Value::Object(map).to_string()
    }
}

/// A write that is asked for.
struct Request {
    kept: Kept,
    /// The window closes: no rest behind it.
    last: bool,
}

/// Keeps what a window shows in a file. Dropping it waits, not for long, until all is written.
pub struct Autosave {
    worker: Worker<Request, io::Result<()>>,
    path: PathBuf,
    /// What was given to the worker last.
    given: Option<Kept>,
    told: bool,
}

impl Autosave {
    /// Keeps in `folder`, which is made if need be.
    ///
    /// # Errors
    /// A system that gives no folder or no thread.
    pub fn new(folder: &Path, wake: impl Fn() + Send + 'static) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let path = folder.join(FILE);
        let to = path.clone();
        let worker = Worker::spawn("autosave", wake, move |request: Request, cancel: &Cancel| {
            let written = write(&to, &request.kept.to_text());
            let since = Instant::now();
            while !request.last && !cancel.is_cancelled() && since.elapsed() < REST {
                thread::sleep(LOOK);
            }
            written
        })?;
        Ok(Self { worker, path, given: None, told: false })
    }

    /// What was kept last; `None` if nothing was. What cannot be read is put aside, so that it is not lost.
    pub fn read(&self) -> Option<Kept> {
        let text = fs::read(&self.path).ok()?;
        let value: Value = serde_json::from_slice(&text).unwrap_or_default();
        let (kept, readable) = Kept::of(|key| value.get(key).map(Value::to_string));
        if !readable || !value.is_object() {
            // At worst it is replaced as it stands.
            drop(fs::copy(&self.path, self.path.with_file_name(UNREAD)));
        }
        Some(kept)
    }

    /// Keeps the session and the settings if they have changed.
    pub fn follow(&mut self, session: &Session, settings: &Settings) {
        let same = |given: &Kept| given.session == *session && given.settings == *settings;
        if !self.given.as_ref().is_some_and(same) {
            let kept = Kept { session: session.clone(), settings: settings.clone() };
            self.given = Some(kept.clone());
            self.worker.submit_next(Request { kept, last: false });
        }
    }

    /// Why nothing can be kept, in a sentence, once.
    pub fn trouble(&mut self) -> Option<String> {
        while let Some(written) = self.worker.poll() {
            let reason = match written {
                Ok(Ok(())) => continue,
                Ok(Err(error)) => error.to_string(),
                Err(panicked) => panicked.to_string(),
            };
            if !std::mem::replace(&mut self.told, true) {
                let file = self.path.display();
                return Some(format!("cannot keep the session in {file} ({reason}): free some space"));
            }
        }
        None
    }
}

impl Drop for Autosave {
    fn drop(&mut self) {
        let Some(kept) = self.given.take().filter(|_| self.worker.is_busy()) else { return };
        // What runs has its rest cut short.
        self.worker.submit(Request { kept, last: true });
        let since = Instant::now();
        while self.worker.is_busy() && since.elapsed() < PATIENCE {
            thread::sleep(LOOK);
        }
    }
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut file = aside::create(path)?;
    file.write_all(text.as_bytes())?;
    aside::persist(file, path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explorer::session::PictureSource;

    fn worked_on(tile: usize) -> Session {
        let picture = Some(PictureSource::Cifar(tile));
        let document = Document::new("my.ponderscope".into(), &Session::default());
        Session { picture, document, ..Session::default() }
    }

    fn autosave(folder: &Path) -> Autosave {
        Autosave::new(folder, || ()).unwrap()
    }

    #[test]
    fn the_last_of_many_changes_is_kept_without_anybody_closing_anything() {
        let folder = tempfile::tempdir().unwrap();
        let mut autosave = autosave(folder.path());
        assert_eq!(autosave.read(), None);
        let settings = Settings { library_open: false, ..Settings::default() };
        (0..100).for_each(|tile| autosave.follow(&worked_on(tile), &settings));
        let expected = Kept { session: worked_on(99), settings };
        let began = Instant::now();
        while autosave.read().as_ref() != Some(&expected) {
            assert!(began.elapsed() < Duration::from_secs(20), "{:?}", autosave.read());
            thread::sleep(LOOK);
        }
        assert_eq!(autosave.trouble(), None);
    }

    #[test]
    fn what_was_changed_just_before_the_end_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        for tile in 0..3 {
            let mut autosave = autosave(folder.path());
            autosave.follow(&worked_on(7), &Settings::default());
            autosave.follow(&worked_on(tile), &Settings::default());
            drop(autosave);
            let kept = self::autosave(folder.path()).read().unwrap();
            assert_eq!(kept.session, worked_on(tile));
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn of_two_windows_the_last_to_change_wins_whole() {
        let folder = tempfile::tempdir().unwrap();
        let windows: Vec<_> = (0..2)
            .map(|window| {
                let folder = folder.path().to_owned();
                let change_often = move || {
                    let mut autosave = autosave(&folder);
                    for change in 0..20 {
                        autosave.follow(&worked_on(100 * window + change), &Settings::default());
                        thread::sleep(Duration::from_millis(1));
                    }
                };
                thread::Builder::new().spawn(change_often).unwrap()
            })
            .collect();
        windows.into_iter().for_each(|window| window.join().unwrap());
        let kept = autosave(folder.path()).read().unwrap().session;
        assert!([worked_on(19), worked_on(119)].contains(&kept), "{kept:?}");
    }

    #[test]
    fn what_cannot_be_read_is_put_aside_and_the_settings_still_count() {
        let folder = tempfile::tempdir().unwrap();
        let settings =
            serde_json::to_string(&Settings { library_open: false, ..Settings::default() }).unwrap();
        let later = format!(r#"{{"session":{{"version":4000000000}},"settings":{settings}}}"#);
        fs::write(folder.path().join(FILE), &later).unwrap();
        let kept = autosave(folder.path()).read().unwrap();
        assert_eq!((kept.session, kept.settings.library_open), (Session::default(), false));
        assert_eq!(fs::read_to_string(folder.path().join(UNREAD)).unwrap(), later);
        fs::write(folder.path().join(FILE), "half a").unwrap();
        assert_eq!(autosave(folder.path()).read(), Some(Kept::default()));
        assert_eq!(fs::read_to_string(folder.path().join(UNREAD)).unwrap(), "half a");
    }

    #[test]
    fn that_nothing_can_be_kept_is_said_once() {
        let folder = tempfile::tempdir().unwrap();
        let mut autosave = autosave(folder.path());
        fs::create_dir(folder.path().join(FILE)).unwrap();
        let mut said = Vec::new();
        for tile in 0..2 {
            autosave.follow(&worked_on(tile), &Settings::default());
            let began = Instant::now();
            while autosave.worker.is_busy() && began.elapsed() < Duration::from_secs(20) {
                thread::sleep(LOOK);
            }
            said.extend(autosave.trouble());
        }
        assert!(said.len() == 1 && said[0].starts_with("cannot keep the session in"), "{said:?}");
    }
}

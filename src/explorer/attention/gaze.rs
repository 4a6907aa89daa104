//! What is known of where people looked at the picture that is shown, while the window is open.

use std::io;
use std::path::Path;
use std::sync::Arc;

use eframe::egui::Context;

use crate::explorer::painting::Painting;
use crate::explorer::session::Screen;
use crate::explorer::state::State;
use crate::jobs::Worker;

use super::Place;
use super::work::{Answer, Found, Key, MapKey, Reader, Request, Subject, name_of};

/// Fixations and comparisons, made by a worker.
pub struct Gaze {
    worker: Worker<Request, Answer>,
    /// How often fixations were opened.
    opened: u64,
    /// What was opened and is not read yet; only if it can be does it become part of the session.
    coming: Option<Subject>,
    /// What was given to the worker last.
    asked: Option<Key>,
    shown: Option<(Subject, Option<Found>)>,
    /// What could not be used, and why.
    failed: Option<(Subject, String)>,
}

/// How it stands with the fixations of the picture that is shown.
pub enum Standing<'a> {
    /// None are named.
    None,
    Reading,
    /// The folder has no file of this name.
    Missing {
        folder: &'a Path,
        name: String,
    },
    /// The picture has no name to be looked for in the folder.
    Nameless,
    Failed(&'a str),
    Found(&'a Found),
}

impl Gaze {
    pub fn new(ctx: &Context) -> io::Result<Self> {
        let wake = ctx.clone();
        let mut reader = Reader::default();
        let worker = Worker::spawn(
            "attention",
            move || wake.request_repaint(),
            move |request: Request, cancel| request.answer(&mut reader, cancel),
        )?;
        Ok(Self { worker, opened: 0, coming: None, asked: None, shown: None, failed: None })
    }

    pub fn is_idle(&self) -> bool {
        !self.worker.is_busy()
    }

    /// Sees to it that a comparison is made. While a slider moves, what runs may finish and is shown; that of another subject
    /// gives way, and nobody sees it.
    fn ask(&mut self, key: Key, request: impl FnOnce(Key) -> Request) {
        if self.asked.as_ref() == Some(&key) {
            return;
        }
        let related = self.asked.as_ref().is_some_and(|asked| asked.subject == key.subject);
        self.asked = Some(key.clone());
        match related {
            true => self.worker.submit_next(request(key)),
            false => self.worker.submit(request(key)),
        };
    }

    fn forget(&mut self) {
        if self.asked.take().is_some() {
            self.worker.cancel();
        }
        (self.shown, self.failed) = (None, None);
    }
}

impl State {
    /// Reads fixations for the picture that is shown; what is there stays until they are read.
    pub(super) fn open_fixations(&mut self, place: Place) {
        let Some(open) = &self.runtime.stage.picture else { return };
        let (picture, hash) = (open.picture.source.clone(), open.picture.hash);
        self.runtime.notices.dismiss_errors();
        let gaze = &mut self.runtime.attention;
        gaze.opened += 1;
        gaze.failed = None;
        gaze.coming = Some(Subject { picture, hash, place });
    }

    /// Takes in comparisons, and asks for that of what the canvas shows.
    pub(in crate::explorer) fn follow_attention(&mut self) {
        while let Some(answer) = self.runtime.attention.worker.poll() {
            match answer {
                Ok(answer) => self.absorb_attention(answer),
                Err(panicked) => {
                    let sentence = panicked.to_string();
                    let gaze = &mut self.runtime.attention;
                    gaze.coming = None;
                    gaze.failed = gaze.asked.as_ref().map(|asked| (asked.subject.clone(), sentence.clone()));
                    self.runtime.fail(sentence);
                }
            }
        }
        if self.session.screen != Screen::Explore {
            return;
        }
        let Some(open) = &self.runtime.stage.picture else { return };
        let picture = Arc::clone(&open.picture);
        let gaze = &mut self.runtime.attention;
        let is_shown = |subject: &Subject| subject.picture == picture.source && subject.hash == picture.hash;
        gaze.coming.take_if(|coming| !is_shown(coming));
        let place = self.session.attention.place(&picture.source);
        let named = place.map(|place| Subject { picture: picture.source.clone(), hash: picture.hash, place });
        // Until what is coming is there, what is named stays before one's eyes.
        gaze.shown.take_if(|(subject, _)| Some(&*subject) != named.as_ref());
        gaze.failed.take_if(|(subject, _)| Some(&*subject) != named.as_ref());
        let Some(subject) = gaze.coming.clone().or(named) else { return gaze.forget() };
        if gaze.failed.as_ref().is_some_and(|(failed, _)| *failed == subject) {
            return;
        }
        let painting = self.runtime.stage.painting.as_ref();
        let map = painting.and_then(|painting| painting.map.as_ref());
        let key = Key {
            subject,
            opened: gaze.opened,
            centre: self.session.attention.centre(),
            map: map.and(painting).map(MapKey::of),
        };
        gaze.ask(key, |key| {
            let guessed = painting.is_some_and(Painting::is_preview);
            Request { key, picture, map: map.map(|painted| painted.map.clone()), guessed }
        });
    }

    fn absorb_attention(&mut self, Answer { key, found }: Answer) {
        let gaze = &mut self.runtime.attention;
        let opened = gaze.coming.take_if(|coming| *coming == key.subject).is_some();
        match found {
            Ok(found) => {
                if opened {
                    self.session.attention.take(key.subject.picture.clone(), key.subject.place.clone());
                }
                gaze.shown = Some((key.subject, found));
            }
            Err(sentence) => {
                if !opened {
                    gaze.shown = None;
                }
                gaze.failed = Some((key.subject, sentence.clone()));
                self.runtime.fail(sentence);
            }
        }
    }

    /// The fixations of the picture that is shown.
    pub(in crate::explorer) fn fixations(&self) -> Option<&Found> {
        let (_, found) = self.runtime.attention.shown.as_ref()?;
        found.as_ref()
    }

    /// How it stands with the fixations of the picture that is shown.
    pub(in crate::explorer) fn attention(&self) -> Standing<'_> {
        let gaze = &self.runtime.attention;
        if let Some(found) = self.fixations() {
            return Standing::Found(found);
        }
        let source = self.runtime.stage.picture.as_ref().map(|open| &open.picture.source);
        let named = source.is_some_and(|source| self.session.attention.place(source).is_some());
        if let Some((_, sentence)) = gaze.failed.as_ref().filter(|_| gaze.coming.is_none()) {
            return Standing::Failed(sentence);
        }
        match (&gaze.shown, &self.session.attention.folder, source.map(name_of)) {
            _ if gaze.coming.is_some() => Standing::Reading,
            _ if !named => Standing::None,
            (Some(_), Some(_), Some(None)) => Standing::Nameless,
            (Some(_), Some(folder), Some(Some((_, name)))) => Standing::Missing { folder, name },
            _ => Standing::Reading,
        }
    }
}

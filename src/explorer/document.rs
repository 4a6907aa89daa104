//! Session files in the window: which one is open, whether it is as the session stands, opening and saving.

use std::path::PathBuf;
use std::time::Duration;

use eframe::egui::{Key, KeyboardShortcut, Modifiers, ViewportCommand};
use serde::{Deserialize, Serialize};

use crate::jobs::{Job, News};

use super::command::{Command, Info};
use super::dialogs::Purpose;
use super::halting::HaltingView;
use super::notices::Tone;
use super::pictures::file_name;
use super::session::{Screen, Session};
use super::session_file::{self, SessionFileError};
use super::state::State;
use super::widgets::CanvasView;

/// How long a window that closes waits for a file that is being saved.
const PATIENCE: Duration = Duration::from_secs(2);

/// The session file that is open, and what stands in it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Document {
    pub path: Option<PathBuf>,
    saved: Option<Box<Session>>,
    /// What the file names is still being opened; what that changes is no change of a person's.
    #[serde(skip)]
    coming: bool,
    /// Something that the file names could not be opened, so that the session is not as the file says.
    #[serde(skip)]
    lacking: bool,
}

impl Document {
    /// The file in which `session` stands.
    pub fn new(path: PathBuf, session: &Session) -> Self {
        Self { path: Some(path), saved: Some(Box::new(content(session))), ..Self::default() }
    }

    /// The file's name without its ending; `None` without a file.
    pub fn title(&self) -> Option<String> {
        let path = self.path.as_deref()?;
        Some(path.file_stem().map_or_else(|| file_name(path), |stem| stem.to_string_lossy().into_owned()))
    }

    /// Whether the session is no longer what stands in the file; without a file there is nothing to compare.
    pub fn is_changed(&self, session: &Session) -> bool {
        self.saved.as_deref().is_some_and(|saved| *saved != content(session))
    }
}

/// What a person would want to save: not how the picture lies in the canvas, nor what is in front or open.
fn content(session: &Session) -> Session {
    let (view, screen, document) = (CanvasView::default(), Screen::default(), Document::default());
    let mut content = Session { view, screen, document, ..session.clone() };
    content.comparison = session.comparison.step();
    content.halting = HaltingView { unit: 1, selected: 0, block: 0, ..content.halting };
    content.folders.iter_mut().for_each(|folder| folder.open = true);
    content
}

/// What can be asked of session files.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Choose a session file in a dialog.
    Choose,
    Open(PathBuf),
    /// To the file that is open or, without one, to one that is chosen in a dialog.
    Save,
    /// To a file that is chosen in a dialog.
    SaveAs,
}

impl Action {
    /// As [`Command::info`].
    pub fn info(&self) -> Option<Info> {
        let keys = |modifiers| Some(KeyboardShortcut::new(modifiers, Key::S));
        let (label, tooltip, shortcut) = match self {
            Self::Choose => ("Open session…", "Go on with a session that was saved to a file", None),
            Self::Save => {
                ("Save session", "Save what is open and how it is shown to a file", keys(Modifiers::COMMAND))
            }
            Self::SaveAs => (
                "Save session as…",
                "Save the session to another file",
                keys(Modifiers::COMMAND | Modifiers::SHIFT),
            ),
            Self::Open(_) => return None,
        };
        Some(Info { label, tooltip, shortcut })
    }
}

/// A session file that is read or written.
pub enum Task {
    Opening(PathBuf, Job<(), Result<Session, SessionFileError>>),
    Saving(PathBuf, Box<Session>, Job<(), Result<(), SessionFileError>>),
}

impl State {
    pub(super) fn apply_document(&mut self, action: Action) {
        // What a tour shows is nobody's session: neither is it saved, nor does an opened one belong to it.
        self.end_tour();
        match action {
            Action::Choose => self.open_dialog(Purpose::OpenSession),
            Action::Open(path) => self.open_session(path),
            Action::SaveAs => self.open_dialog(Purpose::SaveSession),
            Action::Save => match self.session.document.path.clone() {
                Some(path) => self.save_session(path),
                None => self.open_dialog(Purpose::SaveSession),
            },
        }
    }

    /// What a dialog for a session file begins with.
    pub(super) fn suggested_session(&self) -> PathBuf {
        let name = || PathBuf::from("session").with_extension(session_file::ENDING);
        self.session.document.path.clone().unwrap_or_else(name)
    }

    /// Whether a command has to wait until the session file that is read or written is done with, and all that was opened before.
    pub(super) fn must_wait(&self, command: &Command) -> bool {
        let opens = matches!(
            command,
            Command::Open(_)
                | Command::Drop(..)
                | Command::Show(_)
                | Command::UseModel(_)
                | Command::Document(Action::Open(_))
        );
        opens && self.is_occupied()
    }

    /// Whether files are on their way that come before others.
    fn is_occupied(&self) -> bool {
        self.runtime.session_task.is_some() || !self.runtime.sorting.is_empty()
    }

    fn open_session(&mut self, path: PathBuf) {
        let (ctx, from) = (self.runtime.ctx.clone(), path.clone());
        let wake = move || ctx.request_repaint();
        match Job::spawn("session file", wake, move |_, _| session_file::open(&from)) {
            Ok(job) => self.runtime.session_task = Some(Task::Opening(path, job)),
            Err(error) => self.runtime.fail(format!("cannot open {}: {error}", path.display())),
        }
    }

    pub(super) fn save_session(&mut self, path: PathBuf) {
        if self.runtime.session_task.is_some() {
            return;
        }
        let named = path.clone();
        let path = session_file::with_ending(path);
        // A dialog has asked about the name that was given, and not about the one that comes of it.
        let unasked = path != named && self.session.document.path.as_ref() != Some(&path);
        let (ctx, to, session) = (self.runtime.ctx.clone(), path.clone(), self.session.clone());
        let wake = move || ctx.request_repaint();
        let saved = Box::new(session.clone());
        match Job::spawn("session file", wake, move |_, _| match unasked && to.exists() {
            true => Err(SessionFileError::Exists { path: to }),
            false => session_file::save(&session, &to),
        }) {
            Ok(job) => self.runtime.session_task = Some(Task::Saving(path, saved, job)),
            Err(error) => self.runtime.fail(format!("cannot save {}: {error}", path.display())),
        }
    }

    /// Takes in what became of a session file, and says in the window's title which one is open.
    pub(super) fn follow_document(&mut self) {
        match self.runtime.session_task.take() {
            Some(Task::Opening(path, job)) => match outcome(&job) {
                Some(Ok(session)) => self.take_session(session, path),
                Some(Err(sentence)) => {
                    self.settings.recent_sessions.retain(|known| *known != path);
                    self.runtime.fail(sentence);
                }
                None => self.runtime.session_task = Some(Task::Opening(path, job)),
            },
            Some(Task::Saving(path, session, job)) => match outcome(&job) {
                Some(Ok(())) => {
                    self.settings.remember_session(&path);
                    let saved = format!("The session is saved to {}.", path.display());
                    self.runtime.notices.tell(Tone::Done, saved, None);
                    self.session.document = Document::new(path, &session);
                }
                Some(Err(sentence)) => self.runtime.fail(sentence),
                None => self.runtime.session_task = Some(Task::Saving(path, session, job)),
            },
            None => {}
        }
        if !self.is_occupied() {
            let waiting = std::mem::take(&mut self.runtime.after_opening);
            waiting.into_iter().for_each(|command| self.apply(command));
        }
        if self.session.document.coming {
            if !self.session.document.lacking {
                self.session.document.saved = Some(Box::new(content(&self.session)));
            }
            self.session.document.coming = self.is_opening();
        }
        self.follow_title();
    }

    /// Puts a session in the place of the one that is there, which undo brings back.
    fn take_session(&mut self, mut session: Session, path: PathBuf) {
        session.picture = session.picture.or_else(|| self.session.picture.clone());
        session.model = session.model.or_else(|| self.session.model.clone());
        session.document = Document { coming: true, ..Document::new(path.clone(), &session) };
        self.settings.remember_session(&path);
        self.history.replace(&mut self.session, session);
        self.runtime.evaluations.problem = None;
        self.follow_session();
    }

    /// Waits, not for long, until a file that is being saved is there.
    pub(super) fn finish_saving(&mut self) {
        if let Some(Task::Saving(_, _, job)) = &self.runtime.session_task {
            job.wait(PATIENCE);
        }
        self.follow_document();
    }

    fn is_opening(&self) -> bool {
        let runtime = &self.runtime;
        let sorts = !runtime.sorting.is_empty();
        sorts || runtime.pictures.is_busy() || runtime.models.is_busy() || runtime.coming_model.is_some()
    }

    /// Says that something could not be opened; a session file that names it is then not as it was saved.
    pub(super) fn complain(&mut self, sentence: String) {
        let document = &mut self.session.document;
        let more = document.coming && document.lacking;
        document.lacking = document.coming;
        let notices = &mut self.runtime.notices;
        let before = notices.errors().next().filter(|_| more).map(|error| (error.number, error.text.clone()));
        let sentence = match before {
            Some((number, before)) => {
                notices.dismiss(number);
                format!("{before}; {sentence}")
            }
            None => sentence,
        };
        self.runtime.fail(sentence);
    }

    fn follow_title(&mut self) {
        let picture = self.runtime.picture.as_ref().map(|open| open.picture.title.clone());
        let document = self.session.document.title().map(|title| {
            if self.session.document.is_changed(&self.session) { format!("{title}*") } else { title }
        });
        let parts = [picture, document, Some("Ponderscope".to_owned())];
        let title = parts.into_iter().flatten().collect::<Vec<_>>().join(" – ");
        if self.runtime.title != title {
            self.runtime.ctx.send_viewport_cmd(ViewportCommand::Title(title.clone()));
            self.runtime.title = title;
        }
    }
}

/// How a job ended, once it has.
fn outcome<A: Send + 'static>(job: &Job<(), Result<A, SessionFileError>>) -> Option<Result<A, String>> {
    let News::Ended(ended) = job.poll()? else { return None };
    Some(match ended {
        Ok(done) => done.map_err(|error| error.to_string()),
        Err(panicked) => Err(panicked.to_string()),
    })
}

//! Opening files of whatever kind. What each is only the file system knows, which may take its time to answer; so a job asks it,
//! and then each is opened as what it is.

use std::path::{Path, PathBuf};

use crate::dataset::has_picture_ending;
use crate::jobs::{Job, News};
use crate::zoo::ModelSource;

use super::command::Command;
use super::document;
use super::session::{LISTED, Screen};
use super::session_file::is_session;
use super::state::State;
use super::stored::{is_export, of_file};
use super::training::looks_like_run;

/// Endings of files that hold a model.
pub const MODELS: &[&str] = &["safetensors", "index", "meta", "gz", "tgz"];

/// Where the paths come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Somebody means these files: dropped, chosen or named.
    Named,
    /// A text that was pasted, and may well be about something else.
    Pasted,
}

/// What files are.
#[derive(Debug, PartialEq)]
pub enum Sorted {
    /// A session, and what else there is: it belongs to what the session opens.
    Session(PathBuf, Vec<PathBuf>),
    /// The folder of a training run.
    Run(PathBuf),
    /// The last model, and pictures and folders in their order.
    Files { model: Option<PathBuf>, pictures: Vec<PathBuf>, folders: Vec<PathBuf> },
    /// Not files at all.
    Nothing,
}

/// Files whose kinds are being found out.
pub type Sorting = Job<(), Sorted>;

impl Sorted {
    fn of(mut paths: Vec<PathBuf>, origin: Origin) -> Self {
        if origin == Origin::Pasted && !paths.iter().all(|path| path.exists()) {
            return Self::Nothing;
        }
        if let Some(at) = paths.iter().position(|path| is_session(path) && !path.is_dir()) {
            return Self::Session(paths.remove(at), paths);
        }
        if let Some(at) = paths.iter().position(|path| looks_like_run(path)) {
            return Self::Run(paths.remove(at));
        }
        let (mut models, others): (Vec<_>, Vec<_>) =
            paths.into_iter().partition(|path| looks_like_model(path));
        let (folders, pictures) = others.into_iter().partition(|path| path.is_dir());
        Self::Files { model: models.pop(), pictures, folders }
    }
}

impl State {
    /// Opens files that were dropped or pasted, or evaluates on them where that is what the screen is for.
    pub(super) fn take_dropped(&mut self, files: Vec<PathBuf>, origin: Origin) {
        let evaluated = files.first().filter(|_| self.session.screen == Screen::Evaluate);
        if let Some(first) = evaluated.filter(|_| !files.iter().any(|file| is_session(file))) {
            self.session.evaluation.data = first.display().to_string();
            self.runtime.evaluations.problem = None;
            return;
        }
        self.open_by_kind(files, origin);
    }

    /// Opens files by what they are: a session, a run, the last model among them, and the pictures, also those in folders.
    pub(super) fn open_by_kind(&mut self, files: Vec<PathBuf>, origin: Origin) {
        let ctx = self.runtime.ctx.clone();
        let wake = move || ctx.request_repaint();
        match Job::spawn("opening", wake, move |_, _| Sorted::of(files, origin)) {
            Ok(job) => self.runtime.sorting.push_back(job),
            Err(error) => self.runtime.fail(format!("cannot open files: {error}")),
        }
    }

    /// Opens what is sorted by now, in the order in which it was asked for.
    pub(super) fn follow_opening(&mut self) {
        // A session file that is read or written is done with first.
        while self.runtime.session_task.is_none()
            && let Some(News::Ended(sorted)) = self.runtime.sorting.front().and_then(Job::poll)
        {
            self.runtime.sorting.pop_front();
            match sorted {
                Ok(sorted) => self.open_sorted(sorted),
                Err(panicked) => self.runtime.fail(panicked.to_string()),
            }
        }
    }

    fn open_sorted(&mut self, sorted: Sorted) {
        match sorted {
            Sorted::Session(session, others) => {
                self.apply_document(document::Action::Open(session));
                if !others.is_empty() {
                    self.apply(Command::Open(others));
                }
            }
            Sorted::Run(folder) => self.open_run(folder),
            Sorted::Files { model, pictures, folders } => {
                if let Some(model) = model {
                    self.use_model(ModelSource::File(model));
                }
                // What is named first and by itself is shown first.
                let mut awaited = pictures.is_empty();
                self.open_pictures(pictures);
                for folder in folders {
                    self.add_folder(folder, std::mem::take(&mut awaited));
                }
            }
            Sorted::Nothing => {}
        }
    }

    /// Lists these files in their order and shows the first.
    pub(super) fn open_pictures(&mut self, mut files: Vec<PathBuf>) {
        files.truncate(LISTED);
        let Some(first) = files.first().cloned() else { return };
        self.session.list(files);
        self.show(of_file(first));
    }

    /// Shows the training run in a folder.
    pub(super) fn open_run(&mut self, folder: PathBuf) {
        self.session.screen = Screen::Train;
        self.runtime.training.open(folder);
    }
}

/// Whether a path is a model: by its name, where a picture's ending decides before anything else; and a folder also
/// by the checkpoint in it.
fn looks_like_model(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let ends_in = |endings: &[&str]| name.rsplit_once('.').is_some_and(|(_, end)| endings.contains(&end));
    if path.is_dir() {
        return ends_in(MODELS) || holds_checkpoint(path);
    }
    let shard = name.contains(".data-") && name.contains("-of-");
    let other = has_picture_ending(path) || is_export(path);
    ends_in(MODELS) || !other && (shard || name == "checkpoint" || name.contains(".ckpt"))
}

fn holds_checkpoint(folder: &Path) -> bool {
    let is_checkpoint = |name: &str| name == "checkpoint" || name.ends_with(".index");
    let entries = folder.read_dir().into_iter().flatten().flatten();
    entries.into_iter().any(|entry| is_checkpoint(&entry.file_name().to_string_lossy()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn models_and_pictures_are_told_apart_by_name() {
        let models = [
            "resnet.safetensors",
            "model.ckpt-100000.index",
            "model.ckpt-100000.data-00000-of-00001",
            "model.ckpt-100000",
            "resnet_101_2016_11_14.tar.gz",
            "checkpoint",
        ];
        for name in models {
            assert!(looks_like_model(Path::new(name)), "{name}");
        }
        for name in [
            "cat.png",
            "cat.JPEG",
            "cat",
            "data-of-cats.tiff",
            ".png",
            "",
            "map of model.ckpt-100.png",
            "model.ckpt-100.h5",
        ] {
            assert!(!looks_like_model(Path::new(name)), "{name}");
        }
    }

    #[test]
    fn a_folder_is_a_model_if_it_holds_a_checkpoint() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("cat.png"), "").unwrap();
        assert!(!looks_like_model(folder.path()));
        fs::write(folder.path().join("model.ckpt-100.index"), "").unwrap();
        assert!(looks_like_model(folder.path()));
    }

    #[test]
    fn files_are_sorted_and_a_session_comes_before_all_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("album")).unwrap();
        let files = ["b.png", "album", "one.safetensors", "a.png", "two.safetensors"].map(path);
        let expected = Sorted::Files {
            model: Some(path("two.safetensors")),
            pictures: vec![path("b.png"), path("a.png")],
            folders: vec![path("album")],
        };
        assert_eq!(Sorted::of(files.to_vec(), Origin::Named), expected);
        let session = path("talk.ponderscope");
        let with_session = [path("b.png"), session.clone()];
        let expected = Sorted::Session(session, vec![path("b.png")]);
        assert_eq!(Sorted::of(with_session.to_vec(), Origin::Named), expected);
    }

    #[test]
    fn a_pasted_text_is_only_taken_for_files_that_are_there() {
        let folder = tempfile::tempdir().unwrap();
        let [here, gone] = ["here.png", "gone.png"].map(|name| folder.path().join(name));
        fs::write(&here, "").unwrap();
        assert_eq!(Sorted::of(vec![here.clone(), gone.clone()], Origin::Pasted), Sorted::Nothing);
        let opened = |pictures| Sorted::Files { model: None, pictures, folders: Vec::new() };
        assert_eq!(Sorted::of(vec![here.clone()], Origin::Pasted), opened(vec![here]));
        // What was meant is opened, and then said to be missing.
        assert_eq!(Sorted::of(vec![gone.clone()], Origin::Named), opened(vec![gone]));
    }
}

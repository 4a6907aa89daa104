//! Session files: a session as JSON. Paths below the file's own folder are written relative to it, so that a folder can
//! be moved with all that belongs to a session; others are absolute.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::aside;
use crate::zoo::ModelSource;

use super::attention::Attention;
use super::compare::Comparison;
use super::session::{PictureSource, Session, Unread};
use super::{evaluation, training};

/// What the names of session files end in.
pub const ENDING: &str = "ponderscope";
/// A session is a list of settings and names; what is larger is something else.
const MOST_BYTES: u64 = 16 << 20;
/// What a path in a form begins with if it is relative to the file; without it, a text is as somebody typed it.
const HERE: &str = "./";

/// Why a session file could not be opened or saved.
#[derive(Debug, thiserror::Error)]
pub enum SessionFileError {
    #[error("cannot read the session {} ({reason}): choose another file", path.display())]
    Unreadable { path: PathBuf, reason: io::Error },
    #[error("{} is damaged or no session of Ponderscope: choose another file", path.display())]
    Damaged { path: PathBuf },
    #[error("{} was saved by a later version of Ponderscope: update this one to open it", path.display())]
    Later { path: PathBuf },
    #[error("{} is there already: choose it by that name to replace it", path.display())]
    Exists { path: PathBuf },
    #[error("cannot save {} ({reason}): choose another folder or free some space", path.display())]
    Save { path: PathBuf, reason: io::Error },
}

/// Whether a file is a session, by its name.
pub fn is_session(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case(ENDING))
}

/// A path with the ending of session files.
pub fn with_ending(path: PathBuf) -> PathBuf {
    if is_session(&path) {
        return path;
    }
    let mut name = path.into_os_string();
    name.push(".");
    name.push(ENDING);
    name.into()
}

/// Saves a session; what stood at `path` is replaced, or stays as it was.
///
/// # Errors
/// [`SessionFileError::Save`].
pub fn save(session: &Session, path: &Path) -> Result<(), SessionFileError> {
    let save = || {
        let path = std::path::absolute(path)?;
        let mut session = session.clone();
        relate(&mut session, aside::folder_of(&path)?);
        let text = session.to_text().ok_or_else(|| io::Error::other("it cannot be written as text"))?;
        // A line a value, for whoever looks at it or compares two.
        let text = serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(&text)?)?;
        let mut file = aside::create(&path)?;
        file.write_all(text.as_bytes())?;
        aside::persist(file, &path)
    };
    save().map_err(|reason| SessionFileError::Save { path: path.to_owned(), reason })
}

/// Opens a session.
///
/// # Errors
/// All but [`SessionFileError::Save`] and [`SessionFileError::Exists`].
pub fn open(path: &Path) -> Result<Session, SessionFileError> {
    let read = || {
        let path = std::path::absolute(path)?;
        let mut bytes = Vec::new();
        fs::File::open(&path)?.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
        Ok((bytes, aside::folder_of(&path)?.to_owned()))
    };
    let named = || path.to_owned();
    let (bytes, folder) = read().map_err(|reason| SessionFileError::Unreadable { path: named(), reason })?;
    let text = String::from_utf8(bytes).ok().filter(|text| text.len() as u64 <= MOST_BYTES);
    let text = text.ok_or_else(|| SessionFileError::Damaged { path: named() })?;
    let mut session = Session::from_text(&text).map_err(|why| match why {
        Unread::Damaged => SessionFileError::Damaged { path: named() },
        Unread::Later => SessionFileError::Later { path: named() },
    })?;
    locate(&mut session, &folder);
    Ok(session)
}

/// Makes paths below `folder` relative to it.
fn relate(session: &mut Session, folder: &Path) {
    let below = |path: &Path| {
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        match absolute.strip_prefix(folder) {
            Ok(rest) if rest.as_os_str().is_empty() => PathBuf::from("."),
            Ok(rest) => slashes(rest),
            Err(_) => absolute,
        }
    };
    let typed = |text: &str| {
        let path = Path::new(text.trim());
        let rest = path.is_absolute().then(|| path.strip_prefix(folder).ok()).flatten();
        let rest = rest.and_then(|rest| slashes(rest).to_str().map(str::to_owned));
        rest.map_or_else(
            || text.strip_prefix(HERE).unwrap_or(text).to_owned(),
            |rest| HERE.to_owned() + &rest,
        )
    };
    change_paths(session, below, typed);
}

/// Takes relative paths to be below `folder`.
fn locate(session: &mut Session, folder: &Path) {
    let there = |path: &Path| match path == Path::new(".") {
        true => folder.to_owned(),
        false => folder.join(path),
    };
    let typed = |text: &str| match text.strip_prefix(HERE) {
        Some(rest) => folder.join(rest).display().to_string(),
        None => text.to_owned(),
    };
    change_paths(session, there, typed);
}

/// With `/` between parts on every system.
fn slashes(path: &Path) -> PathBuf {
    match path.to_str() {
        Some(text) if cfg!(windows) => text.replace('\\', "/").into(),
        _ => path.to_owned(),
    }
}

/// Changes every path of a session, and every text in which somebody may have typed one. All is taken apart, so that no
/// path that is added to a session is forgotten here.
fn change_paths(session: &mut Session, path: impl Fn(&Path) -> PathBuf, typed: impl Fn(&str) -> String) {
    let Session {
        version: _,
        picture,
        opened,
        folders,
        model,
        setting: _,
        size: _,
        quantity: _,
        scope: _,
        colormap: _,
        range: _,
        overlay: _,
        opacity: _,
        view: _,
        screen: _,
        halting: _,
        comparison: Comparison { model: compared, .. },
        attention: Attention { file: fixations, folder, .. },
        form: training::Form { data, out, init, earlier, .. },
        evaluation: evaluation::Form { data: evaluated, models, save, .. },
        document: _,
    } = session;
    let looked_at = fixations.as_mut().map(|fixations| &mut fixations.picture);
    for source in picture.iter_mut().chain(looked_at) {
        if let PictureSource::File(file)
        | PictureSource::Example(file, _)
        | PictureSource::Export { path: file, .. } = source
        {
            *file = path(file);
        }
    }
    folders.iter_mut().for_each(|folder| folder.path = path(&folder.path));
    let fixations = fixations.as_mut().map(|fixations| &mut fixations.path);
    opened.iter_mut().chain(fixations).chain(folder).for_each(|file| *file = path(file));
    for source in model.iter_mut().chain(compared).chain(models) {
        if let ModelSource::File(file) = source {
            *file = path(file);
        }
    }
    for text in [data, out, earlier, evaluated, save].into_iter().chain(init) {
        *text = typed(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explorer::attention::FileOf;
    use crate::explorer::session::LibraryFolder;

    /// As the first version wrote it.
    const VERSION_1: &str = r#"{"version":1,"picture":{"File":"pictures/cat.png"},
        "opened":["pictures/cat.png","/elsewhere/maps.h5"],"model":{"Embedded":"some model"},
        "setting":{"threshold":0.7,"unit_cap":3,"logit_offset":-0.5},"size":{"Fixed":{"LongerEdge":200}},
        "quantity":"NumUnits","scope":{"Block":2},"colormap":"cividis",
        "range":{"Manual":{"low":2.5,"high":9.25}},"overlay":false,"opacity":0.25,
        "view":{"zoom":2.0,"center":[0.25,0.5],"fit":false},"screen":"Halting","halting":{"unit":2},
        "comparison":{"model":null,"setting":{"threshold":0.99,"unit_cap":null,"logit_offset":0.0}},
        "form":{"data":"pictures","out":"/runs/run-1","variant":"sact","tau":"0.005","units":"5","init":null,
            "keep_halting":false,"length":"10","measure":"Epochs","batch_size":"128","schedule":"onecycle",
            "learning_rate":"0.1","seed":"1","earlier":""},
        "evaluation":{"data":"","models":[{"Embedded":"some model"}],"thresholds":"0.5, 0.9","examples":"10",
            "seed":"","save":"evaluation.csv"}}"#;

    fn worked_on(folder: &Path) -> Session {
        let file = |name: &str| folder.join(name);
        Session {
            picture: Some(PictureSource::File(file("pictures/cat.png"))),
            opened: vec![file("pictures/cat.png"), file("maps.h5"), PathBuf::from("/elsewhere/dog.png")],
            folders: vec![LibraryFolder { path: file("pictures"), open: true }],
            model: Some(ModelSource::File(file("a.safetensors"))),
            attention: Attention {
                file: Some(FileOf {
                    picture: PictureSource::File(file("pictures/cat.png")),
                    path: file("looks/cat.csv"),
                }),
                folder: Some(file("looks")),
                ..Attention::default()
            },
            form: training::Form {
                data: file("pictures").display().to_string(),
                out: "runs/run-1".to_owned(),
                init: Some("cifar10-resnet32".to_owned()),
                ..training::Form::default()
            },
            ..Session::default()
        }
    }

    #[test]
    fn a_folder_moves_with_its_session_and_what_lies_elsewhere_stays_there() {
        let folder = tempfile::tempdir().unwrap();
        let (before, after) = (folder.path().join("before"), folder.path().join("after"));
        fs::create_dir(&before).unwrap();
        let session = worked_on(&before);
        save(&session, &before.join("my.ponderscope")).unwrap();
        assert_eq!(fs::read_dir(&before).unwrap().count(), 1, "nothing else is left");
        assert_eq!(open(&before.join("my.ponderscope")).unwrap(), session);
        fs::rename(&before, &after).unwrap();
        assert_eq!(open(&after.join("my.ponderscope")).unwrap(), worked_on(&after));
    }

    #[test]
    fn a_session_of_the_first_version_still_opens() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("old.ponderscope");
        fs::write(&file, VERSION_1).unwrap();
        let session = open(&file).unwrap();
        let cat = folder.path().join("pictures/cat.png");
        assert_eq!(session.picture, Some(PictureSource::File(cat.clone())));
        assert_eq!(session.opened, [cat, PathBuf::from("/elsewhere/maps.h5")]);
        assert_eq!((session.setting.threshold, session.setting.unit_cap), (0.7, Some(3)));
        assert_eq!((session.opacity, session.view.zoom), (0.25, 2.0));
        assert_eq!((session.form.tau.as_str(), session.evaluation.examples.as_str()), ("0.005", "10"));
        assert_eq!(session.form.data, "pictures", "what was typed is no path to be changed");
    }

    #[test]
    fn what_cannot_be_opened_is_told_in_a_sentence_with_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("bad.ponderscope");
        let refused = |text: &[u8]| {
            fs::write(&file, text).unwrap();
            open(&file).unwrap_err().to_string()
        };
        let named = |error: &str, part: &str| error.contains("bad.ponderscope") && error.contains(part);
        for text in [&VERSION_1.as_bytes()[..200], b"", b"{}", b"[1]", b"\xff\xfe", b"{\"version\":\"1\"}"] {
            let error = refused(text);
            assert!(named(&error, "is damaged or no session"), "{error}");
        }
        let error = refused(br#"{"version":4000000000,"picture":{"Hologram":1}}"#);
        assert!(named(&error, "later version") && error.contains("update"), "{error}");
        fs::remove_file(&file).unwrap();
        let error = open(&file).unwrap_err().to_string();
        assert!(named(&error, "cannot read"), "{error}");
    }

    #[test]
    fn a_session_that_cannot_be_saved_leaves_the_one_before() {
        let folder = tempfile::tempdir().unwrap();
        let gone = folder.path().join("gone/my.ponderscope");
        let error = save(&Session::default(), &gone).unwrap_err().to_string();
        assert!(error.starts_with("cannot save") && error.contains("my.ponderscope"), "{error}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn the_ending_is_added_once() {
        for name in ["a", "a.ponderscope", "a.PONDERSCOPE", "a.b"] {
            assert!(is_session(&with_ending(name.into())), "{name}");
        }
        assert_eq!(with_ending("a.ponderscope".into()), Path::new("a.ponderscope"));
        assert_eq!(with_ending("a.b".into()), Path::new("a.b.ponderscope"));
    }
}

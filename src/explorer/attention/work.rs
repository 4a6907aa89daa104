//! Reading fixations and comparing maps with them, on a worker.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::explorer::inference::RunKey;
use crate::explorer::painting::Painting;
use crate::explorer::pictures::Picture;
use crate::explorer::session::PictureSource;
use crate::explorer::widgets::Marks;
use crate::jobs::Cancel;
use crate::maps::{PonderMap, Quantity, Range, Scope};
use crate::saliency::{
    Agreement, CentrePrior, Comparison, FixationFolder, FixationKind, Fixations, SaliencyError, Target,
};

use super::Place;
use super::outline::marks_of;

/// Whose fixations, and where they are.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Subject {
    pub picture: PictureSource,
    /// Of its pixels: a changed file is another picture.
    pub hash: u64,
    pub place: Place,
}

/// Which map is compared: what decides its values.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct MapKey {
    run: RunKey,
    preview_of: Option<RunKey>,
    quantity: Quantity,
    scope: Scope,
}

impl MapKey {
    pub fn of(painting: &Painting) -> Self {
        let motif = &painting.motif;
        let (quantity, scope) = (motif.style.quantity, motif.style.scope);
        Self { run: motif.run.clone(), preview_of: motif.preview_of.clone(), quantity, scope }
    }
}

/// What decides an answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Key {
    pub subject: Subject,
    /// Counts how often fixations were opened, since files may change under their names.
    pub opened: u64,
    pub centre: CentrePrior,
    /// `None` if there is no map.
    pub map: Option<MapKey>,
}

/// A comparison to be made.
pub(super) struct Request {
    pub key: Key,
    pub picture: Arc<Picture>,
    pub map: Option<PonderMap>,
    /// Whether the map is only guessed.
    pub guessed: bool,
}

/// A comparison that was made.
pub(super) struct Answer {
    pub key: Key,
    /// Nothing, if the folder has no fixations of the picture; errors are one sentence.
    pub found: Result<Option<Found>, String>,
}

/// Fixations, and how well a map tells them.
#[derive(Debug)]
pub struct Found {
    /// Where they come from.
    pub file: PathBuf,
    pub kind: FixationKind,
    /// To be drawn over the picture.
    pub marks: Arc<Marks>,
    pub agreement: Agreement,
    /// Whether there was a map; otherwise only what is said of the centre prior alone means anything.
    pub of_map: bool,
    /// Whether the map was only guessed.
    pub guessed: bool,
}

/// What was read last: a slider changes neither the folder nor the fixations.
#[derive(Default)]
pub(super) struct Reader {
    folder: Option<(PathBuf, u64, FixationFolder)>,
    ready: Option<Ready>,
}

/// The fixations of a picture, ready to be compared with.
struct Ready {
    subject: Subject,
    opened: u64,
    file: PathBuf,
    marks: Arc<Marks>,
    target: Target,
}

impl Request {
    pub fn answer(self, reader: &mut Reader, cancel: &Cancel) -> Answer {
        let found = self.find(reader, cancel);
        Answer { key: self.key, found }
    }

    fn find(&self, reader: &mut Reader, cancel: &Cancel) -> Result<Option<Found>, String> {
        let in_words = |error: SaliencyError| error.to_string();
        let Some(ready) = reader.ready(&self.key, &self.picture)? else { return Ok(None) };
        if cancel.is_cancelled() {
            // Nobody waits for the answer.
            return Ok(None);
        }
        let flat = self.map.is_none().then(|| flat(&self.picture));
        let Some(map) = self.map.as_ref().or(flat.as_ref()) else { return Ok(None) };
        let agreement = ready.target.compare(map).map_err(in_words)?;
        Ok(Some(Found {
            file: ready.file.clone(),
            kind: ready.target.fixations().kind(),
            marks: Arc::clone(&ready.marks),
            agreement,
            of_map: self.map.is_some(),
            guessed: self.guessed,
        }))
    }
}

impl Reader {
    /// The fixations of a picture; nothing if the folder has none.
    fn ready(&mut self, key: &Key, picture: &Picture) -> Result<Option<&Ready>, String> {
        let Key { subject, opened, centre, .. } = key;
        let kept = self.ready.take().filter(|kept| kept.subject == *subject && kept.opened == *opened);
        let ready = match kept {
            Some(kept) => Ready { target: kept.target.with_centre(*centre), ..kept },
            None => {
                let Some(file) = self.locate(subject, *opened)? else { return Ok(None) };
                let size = (picture.height() as usize, picture.width() as usize);
                let fixations = Fixations::open(&file, size, None).map_err(|error| error.to_string())?;
                let marks = Arc::new(marks_of(&fixations));
                let target = Target::new(fixations, Comparison { centre: *centre, ..Comparison::default() });
                Ready { subject: subject.clone(), opened: *opened, file, marks, target }
            }
        };
        Ok(Some(self.ready.insert(ready)))
    }

    /// The file of a picture's fixations.
    fn locate(&mut self, subject: &Subject, opened: u64) -> Result<Option<PathBuf>, String> {
        let root = match &subject.place {
            Place::File(path) => return Ok(Some(path.clone())),
            Place::Folder(root) => root,
        };
        let kept = self.folder.take().filter(|(kept, count, _)| kept == root && *count == opened);
        let kept = match kept {
            Some(kept) => kept,
            None if root.is_dir() => (root.clone(), opened, FixationFolder::new(root)),
            None => {
                return Err(format!(
                    "{} is no folder: choose one that holds fixations in files called as the pictures are",
                    root.display()
                ));
            }
        };
        let (_, _, folder) = self.folder.insert(kept);
        let Some((path, stem)) = name_of(&subject.picture) else { return Ok(None) };
        folder.find(path, Path::new(""), &stem).map_err(|error| error.to_string())
    }
}

/// A picture's path and what its fixations are called; `None` if it has no name of its own.
pub(super) fn name_of(picture: &PictureSource) -> Option<(&Path, String)> {
    match picture {
        PictureSource::Sample(name) => Some((Path::new(""), name.clone())),
        PictureSource::File(path) => Some((path, path.file_stem()?.to_string_lossy().into_owned())),
        PictureSource::Cifar(_) | PictureSource::Example(..) | PictureSource::Export { .. } => None,
    }
}

/// Stands in for the map that a vanilla network lacks, so that the centre prior and the fixations' shape are looked at all
/// the same.
fn flat(picture: &Picture) -> PonderMap {
    let (height, width) = (picture.height() as usize, picture.width() as usize);
    let theory = Range { low: 0.0, high: 1.0 };
    PonderMap { height, width, values: vec![0.0; height * width], quantity: Quantity::default(), theory }
}

//! What the library lists, section by section, and in which order arrows go through it.

use std::path::{Path, PathBuf};

use crate::dataset::samples;
use crate::explorer::pictures::{TILES, file_name, title};
use crate::explorer::session::PictureSource;
use crate::explorer::state::State;
use crate::explorer::stored::of_file;

use super::listing::Listed;

/// A section of the library.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    Favourites,
    Photographs,
    Opened,
    Tiles,
    Folder(PathBuf),
}

impl Place {
    /// What the library calls it.
    pub fn title(&self) -> String {
        match self {
            Self::Favourites => "Favourites".to_owned(),
            Self::Photographs => "Photographs".to_owned(),
            Self::Opened => "Opened files".to_owned(),
            Self::Tiles => "CIFAR-10 test images".to_owned(),
            Self::Folder(folder) => file_name(folder),
        }
    }
}

/// The pictures of a section that fit what is searched for.
pub enum Rows<'a> {
    Few(Vec<PictureSource>),
    Folder(&'a Path, &'a Listed),
}

impl Rows<'_> {
    pub fn len(&self) -> usize {
        match self {
            Self::Few(sources) => sources.len(),
            Self::Folder(_, listed) => listed.len(),
        }
    }

    pub fn get(&self, index: usize) -> Option<PictureSource> {
        match self {
            Self::Few(sources) => sources.get(index).cloned(),
            Self::Folder(folder, listed) => listed.get(folder, index),
        }
    }

    /// Where a picture stands; of an export, any of its images stands for all.
    pub fn position(&self, source: &PictureSource) -> Option<usize> {
        match self {
            Self::Few(sources) => {
                let exact = sources.iter().position(|listed| listed == source);
                exact.or_else(|| sources.iter().position(|listed| same_export(listed, source)))
            }
            Self::Folder(folder, listed) => listed.position(folder, source),
        }
    }
}

fn same_export(a: &PictureSource, b: &PictureSource) -> bool {
    match (a, b) {
        (PictureSource::Export { path: a, .. }, PictureSource::Export { path: b, .. }) => a == b,
        _ => false,
    }
}

impl State {
    /// The pictures of a section.
    pub fn rows<'a>(&'a self, place: &'a Place) -> Rows<'a> {
        let query = &self.runtime.library.query;
        let few = |sources: &mut dyn Iterator<Item = PictureSource>| {
            Rows::Few(sources.filter(|source| query.is_empty() || query.fits(&title(source))).collect())
        };
        match place {
            Place::Favourites => few(&mut self.settings.favourites.iter().cloned()),
            Place::Photographs => {
                let source = |sample: &samples::Sample| PictureSource::Sample(sample.name.to_owned());
                few(&mut samples::photographs().iter().map(source))
            }
            Place::Opened => few(&mut self.session.opened.iter().cloned().map(of_file)),
            Place::Tiles => few(&mut (0..TILES).map(PictureSource::Cifar)),
            Place::Folder(folder) => match self.runtime.library.folder(folder) {
                Some(listed) => Rows::Folder(folder, listed),
                None => Rows::Few(Vec::new()),
            },
        }
    }

    /// The section that the open picture was chosen in or, if it is not there any more, one that it is in.
    pub fn place(&self) -> Place {
        let Some(current) = &self.session.picture else { return Place::Photographs };
        let holds = |place: &Place| self.rows(place).position(current).is_some();
        if let Some(place) = self.runtime.library.place.as_ref().filter(|place| holds(place)) {
            return place.clone();
        }
        let folder = current.path().and_then(Path::parent);
        let folder = folder.filter(|folder| self.session.lists_folder(folder));
        match (current, folder) {
            (PictureSource::Cifar(_), _) => Place::Tiles,
            (_, Some(folder)) => Place::Folder(folder.to_owned()),
            (PictureSource::Sample(_), None) => Place::Photographs,
            _ => Place::Opened,
        }
    }

    /// The picture `step` places further, round and round: among the images of an export, or else among those of its
    /// section, where photographs and opened files are one.
    pub fn neighbour(&self, step: isize) -> Option<PictureSource> {
        let current = self.session.picture.as_ref();
        if let (Some(PictureSource::Export { path, index }), Some(stored)) = (current, self.stored()) {
            let index = (*index as isize + step).rem_euclid(stored.images as isize) as usize;
            return Some(PictureSource::Export { path: path.clone(), index });
        }
        let place = self.place();
        let (photographs, opened) = (self.rows(&Place::Photographs), self.rows(&Place::Opened));
        let sections = match place {
            Place::Photographs | Place::Opened => vec![photographs, opened],
            _ => vec![self.rows(&place)],
        };
        let get = |mut index: usize| {
            sections.iter().find_map(|rows| match index.checked_sub(rows.len()) {
                Some(rest) => {
                    index = rest;
                    None
                }
                None => rows.get(index),
            })
        };
        let mut before = 0;
        let here = sections.iter().find_map(|rows| {
            let here = current.and_then(|current| rows.position(current)).map(|here| before + here);
            before += rows.len();
            here
        });
        let count: usize = sections.iter().map(Rows::len).sum();
        let next = here.map_or(0, |here| (here as isize + step).rem_euclid(count.max(1) as isize) as usize);
        get(next).filter(|next| Some(next) != current)
    }
}

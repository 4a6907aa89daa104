//! The library behind its panel: folders and what lies in them, thumbnails, what is searched for, and pictures decoded
//! ahead.

mod decoder;
mod finder;
mod listing;
mod rows;
mod search;
mod thumbnails;

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use eframe::egui::{Key, KeyboardShortcut, Modifiers};

pub use decoder::{Decoder, Shown};
pub use listing::Listed;
pub use rows::{Place, Rows};
pub use search::Query;
pub use thumbnails::Thumbnails;

use finder::Finder;

use super::command::Info;
use super::notices::Tone;
use super::session::PictureSource;
use super::state::State;

/// What is known of the library's folders, and how it is looked through.
pub struct Library {
    finder: Finder,
    folders: HashMap<PathBuf, Listed>,
    pub query: Query,
    /// The section that a picture was chosen in last.
    pub place: Option<Place>,
    /// Somebody wants to type what is searched for.
    pub finding: bool,
    /// The way that arrows went last.
    pub way: isize,
}

/// What can be asked of the library.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Type what is searched for.
    Find,
    Search(String),
    /// Show a picture of a section; arrows go on from there.
    Show(Place, PictureSource),
    /// Open a folder's section, or close it.
    ToggleFolder(PathBuf),
    /// List a folder anew.
    RefreshFolder(PathBuf),
    /// List all open folders anew.
    Refresh,
    /// Keep the open picture among the favourites, or no longer.
    ToggleFavourite,
    Favour(PictureSource, bool),
}

impl Action {
    /// As [`super::command::Command::info`].
    pub fn info(&self) -> Option<Info> {
        let keys = |modifiers, key| Some(KeyboardShortcut::new(modifiers, key));
        let (label, tooltip, shortcut) = match self {
            Self::Find => {
                let keys = keys(Modifiers::COMMAND, Key::F);
                ("Find in library", "Leave only pictures with certain words in their names", keys)
            }
            Self::Refresh => {
                let keys = keys(Modifiers::NONE, Key::F5);
                ("Refresh folders", "Look again what lies in the library's folders", keys)
            }
            Self::ToggleFavourite => {
                let keys = keys(Modifiers::COMMAND, Key::D);
                ("Favourite", "Keep the open picture at the head of the library, or no longer", keys)
            }
            Self::Search(_)
            | Self::Show(..)
            | Self::ToggleFolder(_)
            | Self::RefreshFolder(_)
            | Self::Favour(..) => return None,
        };
        Some(Info { label, tooltip, shortcut })
    }
}

impl Library {
    /// Starts its worker; `wake` is called when that has found something.
    pub fn new(wake: impl Fn() + Send + 'static) -> io::Result<Self> {
        Ok(Self {
            finder: Finder::new(wake)?,
            folders: HashMap::new(),
            query: Query::default(),
            place: None,
            finding: false,
            way: 0,
        })
    }

    /// Has those folders searched that are not yet, once there are new names or words.
    fn search(&mut self) {
        if self.folders.values().any(Listed::wants_search) {
            let folders = self.folders.iter_mut();
            let folders = folders.filter_map(|(path, listed)| Some((path.clone(), listed.hand_to_search()?)));
            self.finder.find(self.query.clone(), folders.collect());
        }
    }

    pub fn folder(&self, folder: &Path) -> Option<&Listed> {
        self.folders.get(folder)
    }

    pub fn is_idle(&self) -> bool {
        self.finder.is_idle() && !self.folders.values().any(Listed::is_listing)
    }
}

impl State {
    pub(super) fn apply_library(&mut self, action: Action) {
        match action {
            Action::Find => {
                self.settings.library_open = true;
                self.runtime.library.finding = true;
            }
            Action::Search(text) => {
                let library = &mut self.runtime.library;
                library.finding = false;
                library.query = Query::new(&text);
                library.folders.values_mut().for_each(|folder| folder.search(&library.query));
            }
            Action::Show(place, source) => {
                self.runtime.library.place = Some(place);
                self.show(source);
            }
            Action::ToggleFolder(path) => {
                let folder = self.session.folders.iter_mut().find(|folder| folder.path == path);
                folder.into_iter().for_each(|folder| folder.open = !folder.open);
                self.list_folder(&path, false);
            }
            Action::RefreshFolder(path) => {
                self.runtime.thumbnails.forget_files();
                self.list_folder(&path, false);
            }
            Action::Refresh => {
                self.runtime.thumbnails.forget_files();
                // Whatever is not known is listed.
                self.runtime.library.folders.values_mut().for_each(|folder| folder.known = false);
            }
            Action::ToggleFavourite => {
                if let Some(source) = self.session.picture.clone() {
                    let favoured = self.settings.is_favourite(&source);
                    self.settings.favour(source, !favoured);
                }
            }
            Action::Favour(source, favoured) => self.settings.favour(source, favoured),
        }
    }

    /// Adds a folder to the library, and shows its first picture if that is `awaited`.
    pub(super) fn add_folder(&mut self, path: PathBuf, awaited: bool) {
        self.see_picture();
        self.runtime.notices.dismiss_errors();
        self.session.add_folder(path.clone());
        self.list_folder(&path, awaited);
    }

    /// Has a folder listed, anew if need be, once its section is open.
    fn list_folder(&mut self, path: &Path, awaited: bool) {
        let listed = self.runtime.library.folders.entry(path.to_owned()).or_default();
        listed.awaited |= awaited;
        listed.known = false;
    }

    /// Has folders listed whose sections are open, and takes in what they hold.
    pub(super) fn follow_library(&mut self) {
        let session = &self.session;
        let library = &mut self.runtime.library;
        library.folders.retain(|path, _| session.lists_folder(path));
        // A search goes through folders whose sections are closed, too.
        let searching = !library.query.is_empty();
        for folder in session.folders.iter().filter(|folder| folder.open || searching) {
            let listed = library.folders.entry(folder.path.clone()).or_default();
            if !std::mem::replace(&mut listed.known, true) {
                let ctx = self.runtime.ctx.clone();
                listed.refresh(&folder.path, move || ctx.request_repaint());
            }
        }
        let mut first = None;
        let mut empty = Vec::new();
        for (path, listed) in &mut library.folders {
            if !listed.absorb(&library.query) || !std::mem::take(&mut listed.awaited) {
                continue;
            }
            match listed.first(path) {
                Some(source) => first = Some((path.clone(), source)),
                None => empty.push((path.clone(), listed.trouble.take())),
            }
        }
        library.search();
        while let Some(found) = library.finder.poll() {
            match found {
                Ok(found) => found.into_iter().for_each(|(path, found)| {
                    if let Some(listed) = library.folders.get_mut(&path) {
                        listed.show(found);
                    }
                }),
                Err(sentence) => self.runtime.notices.tell(Tone::Error, sentence, None),
            }
        }
        for (path, trouble) in empty {
            self.session.folders.retain(|folder| folder.path != path);
            let none = || format!("there are no pictures in the folder {}: choose another", path.display());
            self.runtime.fail(trouble.unwrap_or_else(none));
        }
        if let Some((path, source)) = first {
            self.settings.remember(&path);
            self.apply_library(Action::Show(Place::Folder(path), source));
        }
    }

    /// Has the pictures decoded that arrows lead to.
    pub(super) fn look_ahead(&self) {
        let way = if self.runtime.library.way < 0 { -1 } else { 1 };
        let likely: Vec<_> = [way, -way].into_iter().filter_map(|step| self.neighbour(step)).collect();
        self.runtime.ahead.submit(likely);
    }
}

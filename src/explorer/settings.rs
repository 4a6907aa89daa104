//! A person's preferences: kept across sessions, never undone.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use eframe::egui::ThemePreference;
use serde::{Deserialize, Serialize, Serializer};

use super::export;
use super::session::PictureSource;

/// Recent files remembered.
const RECENT: usize = 10;
/// Choices of the palette remembered.
const USED: usize = 8;
/// Most favourites.
const FAVOURITES: usize = 500;

/// Sentences that explain a screen until they are dismissed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Hint {
    Explore,
    Halting,
    Compare,
    Evaluate,
    Train,
}

/// How this person likes the window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    pub theme: ThemePreference,
    pub library_open: bool,
    pub inspector_open: bool,
    pub dismissed: BTreeSet<Hint>,
    /// Units a second, as they go by on the Halting screen.
    pub play_speed: f32,
    /// Picture and model files, the latest first.
    #[serde(serialize_with = "writable")]
    pub recent: Vec<PathBuf>,
    /// Session files, the latest first.
    #[serde(serialize_with = "writable")]
    pub recent_sessions: Vec<PathBuf>,
    /// Whether the tour was offered.
    pub welcomed: bool,
    /// Labels of what was chosen in the palette, the latest first.
    pub used: Vec<String>,
    /// How large everything is drawn, times the system's own scale.
    pub scale: f32,
    /// Nothing fades, slides or scrolls by itself.
    pub reduced_motion: bool,
    /// In the order they were chosen.
    #[serde(serialize_with = "writable_sources")]
    pub favourites: Vec<PictureSource>,
    /// What is filled in for figures.
    pub figure: export::Form,
}

/// Paths that are Unicode; others cannot be written, and must not keep the rest from being kept.
fn writable<S: Serializer>(paths: &[PathBuf], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(paths.iter().filter(|path| path.to_str().is_some()))
}

/// As [`writable`].
fn writable_sources<S: Serializer>(sources: &[PictureSource], serializer: S) -> Result<S::Ok, S::Error> {
    let odd = |source: &PictureSource| source.path().is_some_and(|path| path.to_str().is_none());
    serializer.collect_seq(sources.iter().filter(|source| !odd(source)))
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: ThemePreference::System,
            library_open: true,
            inspector_open: true,
            dismissed: BTreeSet::new(),
            play_speed: 2.0,
            recent: Vec::new(),
            recent_sessions: Vec::new(),
            welcomed: false,
            used: Vec::new(),
            scale: 1.0,
            reduced_motion: false,
            favourites: Vec::new(),
            figure: export::Form::default(),
        }
    }
}

impl Settings {
    /// Puts a file at the head of the recent ones.
    pub fn remember(&mut self, file: &Path) {
        to_head(&mut self.recent, file);
    }

    /// Puts what was chosen in the palette at the head of what is used.
    pub fn use_again(&mut self, label: String) {
        self.used.retain(|known| *known != label);
        self.used.insert(0, label);
        self.used.truncate(USED);
    }

    /// Puts a session file at the head of the recent ones.
    pub fn remember_session(&mut self, file: &Path) {
        to_head(&mut self.recent_sessions, file);
    }

    pub fn is_favourite(&self, source: &PictureSource) -> bool {
        self.favourites.contains(source)
    }

    /// Puts a picture at the end of the favourites, or takes it out.
    pub fn favour(&mut self, source: PictureSource, favoured: bool) {
        self.favourites.retain(|known| *known != source);
        if favoured && self.favourites.len() < FAVOURITES {
            self.favourites.push(source);
        }
    }
}

fn to_head(recent: &mut Vec<PathBuf>, file: &Path) {
    recent.retain(|known| known != file);
    recent.insert(0, file.to_owned());
    recent.truncate(RECENT);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recent_files_are_the_last_ten_without_repeats() {
        let mut settings = Settings::default();
        for number in 0..12 {
            settings.remember(Path::new(&format!("{number}.png")));
        }
        settings.remember(Path::new("5.png"));
        let names: Vec<_> = settings.recent.iter().map(|path| path.display().to_string()).collect();
        let expected = ["5", "11", "10", "9", "8", "7", "6", "4", "3", "2"].map(|name| format!("{name}.png"));
        assert_eq!(names, expected);
    }
}

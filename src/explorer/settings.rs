//! A person's preferences: kept across sessions, never undone.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use eframe::egui::ThemePreference;
use serde::{Deserialize, Serialize};

/// Recent files remembered.
const RECENT: usize = 10;
/// Choices of the palette remembered.
const USED: usize = 8;

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
    /// Picture and model files, the latest first.
    pub recent: Vec<PathBuf>,
    /// Labels of what was chosen in the palette, the latest first.
    pub used: Vec<String>,
    /// How large everything is drawn, times the system's own scale.
    pub scale: f32,
    /// Nothing fades, slides or scrolls by itself.
    pub reduced_motion: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: ThemePreference::System,
            library_open: true,
            inspector_open: true,
            dismissed: BTreeSet::new(),
            recent: Vec::new(),
            used: Vec::new(),
            scale: 1.0,
            reduced_motion: false,
        }
    }
}

impl Settings {
    /// Puts a file at the head of the recent ones.
    pub fn remember(&mut self, file: &Path) {
        self.recent.retain(|known| known != file);
        self.recent.insert(0, file.to_owned());
        self.recent.truncate(RECENT);
    }

    /// Puts what was chosen in the palette at the head of what is used.
    pub fn use_again(&mut self, label: String) {
        self.used.retain(|known| *known != label);
        self.used.insert(0, label);
        self.used.truncate(USED);
    }
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

//! How far a long command has come.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar on stderr over `total` of what `noun` names; hidden where stderr is not a terminal.
pub fn bar(total: usize, noun: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(&format!("{{bar:40}} {{pos}} of {{len}} {noun}, {{eta}} left"));
    ProgressBar::new(total as u64).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

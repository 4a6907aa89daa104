//! How far a long command has come, and how it is stopped.

use indicatif::{ProgressBar, ProgressStyle};

use crate::jobs::Cancel;

/// A bar on stderr over `total` of what `noun` names; hidden where stderr is not a terminal.
pub fn bar(total: usize, noun: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(&format!("{{bar:40}} {{pos}} of {{len}} {noun}, {{eta}} left"));
    ProgressBar::new(total as u64).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// A count on stderr of what `noun` names, whose total nobody knows; hidden where stderr is not a terminal.
pub fn count(noun: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(&format!("{{pos}} {noun}"));
    ProgressBar::no_length().with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// A bar on stderr over bytes, whose total is told to it when it is known; hidden where stderr is not a terminal.
pub fn bytes() -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {bytes} of {total_bytes}, {eta} left");
    ProgressBar::no_length().with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// What Ctrl-C cancels from now on.
pub fn cancel_on_interrupt() -> Result<Cancel, ctrlc::Error> {
    let cancel = Cancel::new();
    let on_interrupt = cancel.clone();
    ctrlc::set_handler(move || on_interrupt.cancel())?;
    Ok(cancel)
}

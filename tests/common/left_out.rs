use std::io::Write;

/// Says that something was not tested here. Straight to the process's stderr: what a passing test prints is captured.
pub fn left_out(what: &str) {
    // A test does not fail because nobody is there to read this.
    let _ = writeln!(std::io::stderr(), "left out: {what}");
}

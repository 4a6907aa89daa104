//! `ponderscope models`: which models there are, what is in one, and how to bring one in.

mod import;
mod info;
mod list;

use std::io::{self, ErrorKind, Write};

use clap::Subcommand;

/// List, inspect and bring in models
#[derive(Subcommand)]
pub enum ModelsCommand {
    List(list::ListArgs),
    Info(info::InfoArgs),
    Import(import::ImportArgs),
}

pub fn run(command: ModelsCommand) -> anyhow::Result<()> {
    match command {
        ModelsCommand::List(args) => list::run(args),
        ModelsCommand::Info(args) => info::run(args),
        ModelsCommand::Import(args) => import::run(args),
    }
}

/// Writes to standard output. A reader that has seen enough, such as `head`, is no failure.
fn say(text: &str) -> io::Result<()> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// `107.8 M`: four digits and a decimal prefix.
fn short_count(count: f64) -> String {
    let (scaled, prefix) = match count {
        count if count >= 1e9 => (count / 1e9, " G"),
        count if count >= 1e6 => (count / 1e6, " M"),
        count if count >= 1e3 => (count / 1e3, " k"),
        count => (count, ""),
    };
    let decimals = if scaled < 10.0 {
        3
    } else if scaled < 100.0 {
        2
    } else {
        1
    };
    format!("{scaled:.decimals$}{prefix}")
}

/// `468,570`.
fn full_count(count: usize) -> String {
    let digits = count.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| str::from_utf8(group).ok()).collect();
    groups.join(",")
}

fn percent(share: f64) -> String {
    format!("{:.2} %", 100.0 * share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_read_well() {
        assert_eq!(short_count(107_838_912.0), "107.8 M");
        assert_eq!(short_count(11_100_941_000.0), "11.10 G");
        assert_eq!(short_count(1_234_567.0), "1.235 M");
        assert_eq!(full_count(0), "0");
        assert_eq!(full_count(468_570), "468,570");
        assert_eq!(full_count(1_000), "1,000");
        assert_eq!(percent(0.7749), "77.49 %");
    }
}

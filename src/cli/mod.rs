//! The command line: one file a subcommand, each a few calls into the rooms that do the work.

mod bench;
mod columns;
mod data;
mod draw;
mod eval;
mod export;
mod figure;
mod map;
mod merge;
mod models;
mod options;
mod pictures;
mod progress;
mod saliency;
mod train;
mod version;
mod window;

use std::process::ExitCode;

use clap::{ArgAction, Parser, Subcommand};

/// See where a network thought, and how hard: an explorer for Spatially Adaptive Computation Time.
#[derive(Parser)]
#[command(name = "ponderscope", version, disable_version_flag = true, args_conflicts_with_subcommands = true)]
struct Cli {
    /// Print the version in a line
    #[arg(short = 'V', action = ArgAction::Version)]
    short_version: Option<bool>,
    /// Print version, features, and the devices that are supported and found
    #[arg(long = "version")]
    long_version: bool,
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    window: window::WindowArgs,
}

#[derive(Subcommand)]
enum Command {
    Map(map::MapArgs),
    Export(export::ExportArgs),
    Draw(draw::DrawArgs),
    Figure(Box<figure::FigureArgs>),
    Eval(eval::EvalArgs),
    Merge(merge::MergeArgs),
    #[command(subcommand)]
    Models(models::ModelsCommand),
    #[command(subcommand)]
    Data(data::DataCommand),
    Train(Box<train::TrainArgs>),
    Saliency(saliency::SaliencyArgs),
    Bench(bench::BenchArgs),
}

/// Runs the program; every failure becomes one sentence on stderr and exit code 1.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    if cli.long_version {
        println!("{}", version::long());
        return ExitCode::SUCCESS;
    }
    let outcome = match cli.command {
        None => window::run(cli.window),
        Some(Command::Map(args)) => map::run(args),
        Some(Command::Export(args)) => export::run(args),
        Some(Command::Draw(args)) => draw::run(args),
        Some(Command::Figure(args)) => figure::run(*args),
        Some(Command::Eval(args)) => eval::run(args),
        Some(Command::Merge(args)) => merge::run(args),
        Some(Command::Models(command)) => models::run(command),
        Some(Command::Data(command)) => data::run(command),
        Some(Command::Train(args)) => train::run(*args),
        Some(Command::Saliency(args)) => saliency::run(args),
        Some(Command::Bench(args)) => bench::run(args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ponderscope: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_short_version_is_a_line_and_the_long_one_is_asked_for_apart() {
        let Err(told) = Cli::try_parse_from(["ponderscope", "-V"]) else { panic!("-V says nothing") };
        assert_eq!(told.to_string(), format!("ponderscope {}\n", version::SHORT));
        let Ok(cli) = Cli::try_parse_from(["ponderscope", "--version"]) else {
            panic!("--version is refused")
        };
        assert!(cli.long_version && cli.command.is_none());
    }
}

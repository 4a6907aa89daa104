//! `ponderscope merge`: the results of several machines as one.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use clap::{Args, ValueEnum};

use crate::aside;
use crate::evaluate::{Evaluation, Join, join_exports};

use super::eval::report;
use super::progress;

/// Joins what --shard made: evaluations that eval kept, its tables, or exports
///
/// Evaluations (JSON) are checked to be the parts of one, joined without loss and printed as `eval` prints them; their order is of no
/// matter. Tables (CSV) and exports (HDF5) follow each other in the order that they are given in.
#[derive(Args)]
pub struct MergeArgs {
    /// The parts, all of one kind
    #[arg(required = true, num_args = 1.., value_name = "FILE")]
    parts: Vec<PathBuf>,
    /// File to write; one that stands there is replaced when the new one is whole
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// How exports are joined: a file with everything in it, or one that refers to the parts and needs them beside it
    #[arg(long, value_enum, default_value_t = How::Copy)]
    how: How,
    /// Print JSON instead of lines
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum How {
    Copy,
    Virtual,
}

/// What a part is, told by how it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Evaluation,
    Table,
    Export,
}

pub fn run(args: MergeArgs) -> anyhow::Result<()> {
    let Some((first, others)) = args.parts.split_first() else { return Ok(()) };
    let kind = Kind::of(first)?;
    for part in others {
        ensure!(
            Kind::of(part)? == kind,
            "{} and {} are of different kinds: join evaluations, tables and exports each for themselves",
            first.display(),
            part.display()
        );
    }
    match (kind, &args.output) {
        (Kind::Evaluation, output) => evaluations(&args, output.as_deref()),
        (_, None) => bail!("say with -o which file to write"),
        (Kind::Table, Some(output)) => tables(&args.parts, output),
        (Kind::Export, Some(output)) => exports(&args, output),
    }
}

fn evaluations(args: &MergeArgs, output: Option<&Path>) -> anyhow::Result<()> {
    let parts = args.parts.iter().map(|path| Ok((path.clone(), Evaluation::open(path)?)));
    let whole = Evaluation::join(parts.collect::<anyhow::Result<_>>()?)?;
    if let Some(output) = output {
        whole.save(output)?;
    }
    print!("{}", report::all(&whole, args.json)?);
    Ok(())
}

/// The rows of all tables under the names of the first, which all have.
fn tables(parts: &[PathBuf], output: &Path) -> anyhow::Result<()> {
    let cannot_write = || format!("cannot write {}", output.display());
    let mut file = BufWriter::new(aside::create(output).with_context(cannot_write)?);
    let mut columns: Option<String> = None;
    for path in parts {
        let mut part =
            BufReader::new(File::open(path).with_context(|| format!("cannot read {}", path.display()))?);
        let mut own = String::new();
        part.read_line(&mut own)?;
        match &columns {
            Some(columns) => ensure!(
                *columns == own,
                "{} has other columns than {}: join tables of one kind",
                path.display(),
                parts[0].display()
            ),
            None => {
                file.write_all(own.as_bytes()).with_context(cannot_write)?;
                columns = Some(own);
            }
        }
        io::copy(&mut part, &mut file)
            .with_context(|| format!("cannot copy {} to {}", path.display(), output.display()))?;
    }
    let file = file.into_inner().map_err(io::IntoInnerError::into_error).with_context(cannot_write)?;
    aside::persist(file, output).with_context(cannot_write)?;
    println!("Wrote {}", output.display());
    Ok(())
}

fn exports(args: &MergeArgs, output: &Path) -> anyhow::Result<()> {
    let cancel = progress::cancel_on_interrupt()?;
    let how = match args.how {
        How::Copy => Join::Copy,
        How::Virtual => Join::Virtual,
    };
    let progress = progress::count("images");
    let outcome = join_exports(&args.parts, output, how, &cancel, |more| progress.inc(more as u64));
    progress.finish_and_clear();
    println!("Wrote {} images to {}", outcome?, output.display());
    Ok(())
}

impl Kind {
    fn of(path: &Path) -> anyhow::Result<Self> {
        let mut start = Vec::new();
        let read = File::open(path).and_then(|file| file.take(8).read_to_end(&mut start));
        read.with_context(|| format!("cannot read {}", path.display()))?;
        match &start[..] {
            [0x89, b'H', b'D', b'F', ..] => Ok(Self::Export),
            [b'{', ..] => Ok(Self::Evaluation),
            [b'i', b'n', b'd', b'e', b'x', b',', ..] => Ok(Self::Table),
            _ => bail!("{} is neither an evaluation, nor a table of one, nor an export", path.display()),
        }
    }
}

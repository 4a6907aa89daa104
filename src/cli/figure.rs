//! `ponderscope figure`: publication figures, in any layout and format.

mod options;
mod pictures;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail, ensure};
use clap::Args;
use indicatif::ProgressBar;

use crate::figure::{Figure, FigureRequest, Layout, Material, Opened, Panel, Subject, refuse_to_overwrite};
use crate::halting::HaltingSetting;
use crate::jobs::Cancel;
use crate::network::{RunOptions, Trace};
use crate::zoo::{self, Model};

use super::options::{self as shared, ComputeArgs, HaltingArgs, SizeArgs};
use super::pictures::ensure_maps;
use super::progress;
use options::{LayoutArgs, LookArgs, OtherArgs};

/// Publication figure of ponder maps: SVG, PDF, PNG, or an animation as GIF or APNG
///
/// Every file carries the command that makes it again.
#[derive(Args)]
pub struct FigureArgs {
    /// Pictures, folders of pictures, embedded samples (sample:chelsea), tiles of the CIFAR-10 contact sheet counted
    /// from 0 (cifar:62), and examples of a data set or an export (example:3:maps.h5)
    #[arg(value_name = "IMAGE", required = true)]
    images: Vec<String>,
    /// The file; its ending is its format: .svg, .pdf, .png, .gif or .apng
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    layout: LayoutArgs,
    /// Model: a name from `ponderscope models list`, or a path (safetensors, TensorFlow checkpoint prefix, folder
    /// or .tar.gz)
    #[arg(short, long, value_name = "NAME|PATH")]
    model: Option<String>,
    #[command(flatten)]
    compute: ComputeArgs,
    #[command(flatten)]
    halting: HaltingArgs,
    #[command(flatten)]
    other: OtherArgs,
    #[command(flatten)]
    size: SizeArgs,
    #[command(flatten)]
    look: LookArgs,
}

pub fn run(args: FigureArgs) -> anyhow::Result<()> {
    let request = args.request()?;
    request.check()?;
    refuse_to_overwrite(&request.pictures, &args.output)?;
    crate::aside::folder_of(&args.output)
        .with_context(|| format!("cannot save {}", args.output.display()))?;

    shared::set_threads(args.compute.threads)?;
    let device = args.compute.device.open()?.with_strategy(args.compute.engine);
    let load = |name: &str| -> anyhow::Result<Model> { Ok(zoo::load(&zoo::find(name)?.source, &device)?) };
    let model = load(&request.run.model)?;
    // The same network is not loaded twice.
    let other = match &request.other {
        Some(other) if other.model != request.run.model => Some(load(&other.model)?),
        _ => None,
    };
    let runner = Runner { request: &request, model, other, cancel: progress::cancel_on_interrupt()? };
    let material = runner.run()?;
    let figure = Figure::new(&request, &material)?;
    figure.save(&args.output)?;

    let (width, height) = figure.size();
    let frames = match figure.frames().len() {
        1 => String::new(),
        frames => format!(", {frames} frames"),
    };
    writeln!(std::io::stdout(), "Saved {}: {width:.1} x {height:.1} mm{frames}", args.output.display())?;
    Ok(())
}

impl FigureArgs {
    /// What is asked for, with every default filled in and every folder listed.
    fn request(&self) -> anyhow::Result<FigureRequest> {
        let output = self.output.file_name().context("the output is a folder: give it a file name")?;
        let output = output.to_string_lossy().into_owned();
        let format = crate::figure::Format::of(Path::new(&output))?;
        let model = self.model.clone().unwrap_or_else(|| zoo::default_model().card.name);
        let run = crate::figure::Run { model, setting: self.halting.setting() };
        let other = self.other.run(&run);
        let spec = crate::figure::FigureSpec {
            layout: self.layout.layout(format, other.is_some())?,
            look: self.look.look(format),
        };
        ensure!(
            other.is_none() || matches!(spec.layout, Layout::Compare { .. }),
            "a second model or setting needs the layout compare: add --layout compare"
        );
        let chosen = |choice: String| (choice != "auto").then_some(choice);
        Ok(FigureRequest {
            pictures: pictures::listed(&self.images)?,
            run,
            other,
            size: self.size.size,
            device: chosen(self.compute.device.to_string()),
            engine: chosen(self.compute.engine.to_string()),
            spec,
            output,
        })
    }
}

/// Runs the networks that a figure is drawn from.
struct Runner<'a> {
    request: &'a FigureRequest,
    model: Model,
    /// The second model, if it is another one.
    other: Option<Model>,
    cancel: Cancel,
}

impl Runner<'_> {
    fn run(&self) -> anyhow::Result<Material> {
        self.refuse_vanilla()?;
        let total = self.request.pictures.len();
        let progress = if total > 1 { progress::bar(total, "pictures") } else { ProgressBar::hidden() };
        let other_model = self.request.other.as_ref().map(|_| self.second().card.name.clone());
        let mut material = Material::new(self.request, self.model.card.name.clone(), other_model);
        for (done, name) in self.request.pictures.iter().enumerate() {
            let subject = self.subject(&Opened::open(name)?);
            if self.cancel.is_cancelled() {
                bail!("stopped after {done} of {total} pictures; nothing was saved");
            }
            material.add(subject?)?;
            progress.inc(1);
        }
        progress.finish_and_clear();
        Ok(material)
    }

    /// Before anything is computed that cannot be drawn.
    fn refuse_vanilla(&self) -> anyhow::Result<()> {
        let pictures_alone = match &self.request.spec.layout {
            Layout::Panels { show } => show.iter().all(|&panel| panel == Panel::Image),
            Layout::Gallery { show, .. } => *show == Panel::Image,
            _ => false,
        };
        if !pictures_alone {
            ensure_maps(&self.model)?;
            ensure_maps(self.second())?;
        }
        Ok(())
    }

    fn second(&self) -> &Model {
        self.other.as_ref().unwrap_or(&self.model)
    }

    fn subject(&self, opened: &Opened) -> anyhow::Result<Subject> {
        let trace = self.trace(opened, &self.model, &self.request.run.setting)?;
        let other = self.request.other.as_ref();
        let other = other.map(|other| self.trace(opened, self.second(), &other.setting)).transpose()?;
        Ok(Subject {
            title: opened.title.clone(),
            picture: opened.picture(self.model.network.spec().family.preprocessing()),
            trace: Arc::new(trace),
            other: other.map(Arc::new),
        })
    }

    fn trace(&self, opened: &Opened, model: &Model, setting: &HaltingSetting) -> anyhow::Result<Trace> {
        let input = opened.input(&model.card, self.request.size)?;
        let options = RunOptions { cancel: Some(&self.cancel), ..RunOptions::default() };
        let traces = model.network.run(&[input], setting, options).with_context(|| opened.title.clone())?;
        traces.into_iter().next().with_context(|| format!("{}: nothing came of it", opened.title))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;
    use crate::figure::{
        BarPlace, Colormap, FigureSpec, Labels, Look, PictureName, Run, Theme, command_line,
    };
    use crate::image::InputSize;
    use crate::maps::{Quantity, Range, RangeChoice, Scope};

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        figure: FigureArgs,
    }

    /// What the program makes of a command line as a shell hands it over.
    fn read(line: &str) -> FigureRequest {
        let words = shlex::split(line).unwrap();
        assert_eq!(words[..2], ["ponderscope", "figure"]);
        Line::try_parse_from(&words[1..])
            .unwrap_or_else(|error| panic!("{line}: {error}"))
            .figure
            .request()
            .unwrap()
    }

    fn setting() -> impl Strategy<Value = HaltingSetting> {
        (0.05f32..=1.0, prop::option::of(1usize..40), prop_oneof![Just(0.0f32), -4.0f32..4.0]).prop_map(
            |(threshold, unit_cap, logit_offset)| HaltingSetting { threshold, unit_cap, logit_offset },
        )
    }

    fn text() -> impl Strategy<Value = String> {
        // What shells and options trip over.
        "[-a-z '\"$`\\\\!*~#&;|<>(){}?=é−]{1,12}"
    }

    fn run() -> impl Strategy<Value = Run> {
        (text(), setting()).prop_map(|(model, setting)| Run { model, setting })
    }

    fn layout() -> impl Strategy<Value = Layout> {
        let panels = prop::collection::vec(select(Panel::ALL.to_vec()), 1..4);
        prop_oneof![
            panels.prop_map(|show| Layout::Panels { show }),
            Just(Layout::Blocks),
            Just(Layout::Units),
            (select(Panel::ALL.to_vec()), prop::option::of(1usize..9))
                .prop_map(|(show, columns)| Layout::Gallery { show, columns }),
            (prop::option::of(text()), prop::option::of(text()))
                .prop_map(|(label, other_label)| Layout::Compare { label, other_label }),
        ]
    }

    fn look() -> impl Strategy<Value = Look> {
        let range = prop_oneof![
            Just(RangeChoice::Theory),
            Just(RangeChoice::Data),
            (0.0f32..50.0, 50.0f32..100.0).prop_map(|(low, high)| RangeChoice::Percentile { low, high }),
            (-9.0f32..0.0, 1.0f32..40.0).prop_map(|(low, high)| RangeChoice::Manual(Range { low, high })),
        ];
        let sizes = (20.0f32..400.0, 36u32..1200, 4.0f32..36.0, 0usize..20, 0.0f32..1.0, 20u32..9000);
        let names = (
            prop_oneof![Just(String::new()), text()],
            select(Labels::ALL.to_vec()),
            select(BarPlace::ALL.to_vec()),
            select(Theme::ALL.to_vec()),
            select(Colormap::ALL.to_vec()),
        );
        let parts = (
            range,
            select(vec![Quantity::PonderCost, Quantity::NumUnits]),
            select(vec![Scope::Network, Scope::Block(0), Scope::Block(3)]),
        );
        (sizes, names, parts).prop_map(|(sizes, names, (range, quantity, scope))| {
            let (width, dpi, font_size, ticks, opacity, delay) = sizes;
            let (title, labels, colorbar, theme, colormap) = names;
            Look {
                width,
                dpi,
                font_size,
                title,
                labels,
                colorbar,
                ticks,
                theme,
                colormap,
                range,
                quantity,
                scope,
                opacity,
                delay,
            }
        })
    }

    fn request() -> impl Strategy<Value = FigureRequest> {
        let picture = prop_oneof![
            (0usize..200).prop_map(PictureName::Cifar),
            Just(PictureName::Sample("chelsea".to_owned())),
            (text(), 0usize..99).prop_map(|(path, index)| PictureName::Example(path.into(), index)),
            text().prop_map(|path| PictureName::File(format!("./{path}").into())),
        ];
        let pictures = prop::collection::vec(picture, 1..4);
        let size = prop_oneof![
            Just(None),
            Just(Some(InputSize::Native)),
            (8u32..=8192).prop_map(|edge| Some(InputSize::LongerEdge(edge)))
        ];
        let device = select(vec![None, Some("cpu".to_owned()), Some("cuda:1".to_owned())]);
        let engine = select(vec![None, Some("rows".to_owned())]);
        let output = select(vec!["fig 1.svg".to_owned(), "b.gif".to_owned(), "-c.pdf".to_owned()]);
        let runs = (run(), run());
        (pictures, runs, size, device, engine, (layout(), look()), output).prop_map(
            |(pictures, (run, other), size, device, engine, (layout, look), output)| {
                let other = matches!(layout, Layout::Compare { .. }).then_some(other);
                let spec = FigureSpec { layout, look };
                FigureRequest { pictures, run, other, size, device, engine, spec, output }
            },
        )
    }

    proptest! {
        #[test]
        fn a_figures_own_command_line_asks_for_the_same_figure(request in request()) {
            let line = command_line(&request);
            prop_assert_eq!(read(&line), request, "{}", line);
        }
    }

    #[test]
    fn what_is_not_said_is_what_suits_the_format() {
        let still = read("ponderscope figure cifar:62 -o a.svg");
        assert_eq!(still.spec, FigureSpec::default());
        assert_eq!(still.run.model, zoo::default_model().card.name);
        let moving = read("ponderscope figure cifar:62 -o a.gif");
        assert_eq!((&moving.spec.layout, moving.spec.look.width), (&Layout::Units, 85.0));
        let compared =
            read("ponderscope figure cifar:62 -o a.svg --threshold 0.9 --unit-cap 3 --threshold-b 0.5");
        let other = compared.other.unwrap();
        assert_eq!((other.model, other.setting.unit_cap), (compared.run.model, Some(3)));
        assert_eq!(compared.spec.layout, Layout::Compare { label: None, other_label: None });
    }

    #[test]
    fn a_command_line_says_what_a_later_version_may_choose_otherwise() {
        let line = command_line(&read("ponderscope figure cifar:62 -o 'my figure.svg'"));
        let model = zoo::default_model().card.name;
        let expected = format!(
            "ponderscope figure cifar:62 --layout panels --model {model} --threshold 0.99 --width 180 --dpi 300 \
             --output 'my figure.svg'"
        );
        assert_eq!(line, expected);
    }
}

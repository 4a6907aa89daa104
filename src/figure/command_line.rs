//! The command that makes a figure again, and what else a file says of how it was made.

use std::borrow::Cow;
use std::fmt::Write;

use crate::image::InputSize;
use crate::maps::{Quantity, RangeChoice, Scope};

use super::{FigureRequest, FigureSpec, Format, Layout, Look, Material, Panel, Run, text};

/// What a file says of how it was made: keys and values, in the order in which they are written.
pub type Provenance = Vec<(&'static str, String)>;

/// What is written into every file. Nothing of it changes from one run to the next: no dates, no times, no folders.
pub(super) fn provenance(request: &FigureRequest, material: &Material) -> Provenance {
    let joined = |values: Vec<String>| values.join("; ");
    let runs = || std::iter::once(&request.run).chain(&request.other);
    let models = std::iter::once(&material.model).chain(&material.other_model).cloned().collect();
    let pictures = request.pictures.iter().map(ToString::to_string).collect();
    vec![
        ("Software", concat!("ponderscope ", env!("CARGO_PKG_VERSION")).to_owned()),
        ("Command", command_line(request)),
        ("Model", joined(models)),
        ("Halting", joined(runs().map(halting).collect())),
        ("Pictures", joined(pictures)),
    ]
}

/// How a run halts, in words: `threshold 0.99, unit cap 3`.
pub(super) fn halting(run: &Run) -> String {
    let setting = &run.setting;
    let mut words = vec![format!("threshold {}", setting.threshold)];
    words.extend(setting.unit_cap.map(|cap| format!("unit cap {cap}")));
    words.extend((setting.logit_offset != 0.0).then(|| format!("halting offset {}", setting.logit_offset)));
    words.join(", ")
}

/// The command line that makes the figure, quoted for a shell; it stands in every format as it is here. What a later version
/// might choose otherwise is always written, the rest only where it is not the default.
pub fn command_line(request: &FigureRequest) -> String {
    arguments(request).iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
}

/// A word as a shell reads it.
fn quoted(word: &str) -> String {
    // A shell cannot be given a zero byte, and no name has one.
    let word = word.replace('\0', "");
    match word.contains(text::is_odd) {
        true => escaped(&word),
        false => shlex::try_quote(&word).map(Cow::into_owned).unwrap_or_default(),
    }
}

/// As `$'two\012lines'`: bash, zsh and other shells undo it, and what controls a terminal or is forbidden in a file is
/// written by its bytes.
fn escaped(word: &str) -> String {
    let mut quoted = "$'".to_owned();
    for character in word.chars() {
        match character {
            '\'' | '\\' => quoted.extend(['\\', character]),
            odd if text::is_odd(odd) => {
                for byte in odd.encode_utf8(&mut [0; 4]).bytes() {
                    let _ = write!(quoted, "\\{byte:03o}");
                }
            }
            plain => quoted.push(plain),
        }
    }
    quoted + "'"
}

/// The command line's words.
fn arguments(request: &FigureRequest) -> Vec<String> {
    let FigureRequest { run, other, spec: FigureSpec { layout, look }, .. } = request;
    let mut line = Line(vec!["ponderscope".to_owned(), "figure".to_owned()]);
    line.0.extend(request.pictures.iter().map(ToString::to_string));

    line.option("layout", layout.name());
    line.layout(layout);
    line.run(run, other.as_ref());
    match request.size {
        Some(InputSize::Native) => line.option("size", "native"),
        Some(InputSize::LongerEdge(pixels)) => line.option("size", pixels),
        None => {}
    }
    line.unless_default("device", request.device.as_deref(), None);
    line.unless_default("engine", request.engine.as_deref(), None);
    line.look(look, request.format().unwrap_or(Format::Svg));
    line.option("output", &request.output);
    line.0
}

struct Line(Vec<String>);

impl Line {
    fn option(&mut self, name: &str, value: impl ToString) {
        let value = value.to_string();
        // A value that looks like an option has to hang on its own.
        if value.starts_with('-') || value.is_empty() {
            self.0.push(format!("--{name}={value}"));
        } else {
            self.0.extend([format!("--{name}"), value]);
        }
    }

    fn unless_default<T: PartialEq + ToString>(&mut self, name: &str, value: Option<T>, default: Option<T>) {
        if value != default
            && let Some(value) = value
        {
            self.option(name, value);
        }
    }

    fn layout(&mut self, layout: &Layout) {
        match layout {
            Layout::Panels { show } if *layout != Layout::default() => {
                let show: Vec<_> = show.iter().map(|panel| panel.name()).collect();
                self.option("show", show.join(","));
            }
            Layout::Gallery { show, columns } => {
                self.unless_default("show", Some(show.name()), Some(Panel::Overlay.name()));
                self.unless_default("columns", *columns, None);
            }
            Layout::Compare { label, other_label } => {
                self.unless_default("label-a", label.as_deref(), None);
                self.unless_default("label-b", other_label.as_deref(), None);
            }
            Layout::Panels { .. } | Layout::Blocks | Layout::Units => {}
        }
    }

    fn run(&mut self, run: &Run, other: Option<&Run>) {
        let Run { model, setting } = run;
        self.option("model", model);
        self.option("threshold", setting.threshold);
        self.unless_default("unit-cap", setting.unit_cap, None);
        self.unless_default("halting-offset", Some(setting.logit_offset), Some(0.0));
        let Some(Run { model, setting: other }) = other else { return };
        // The second run's settings are those of the first where nothing else is said.
        self.option("model-b", model);
        self.option("threshold-b", other.threshold);
        if other.unit_cap != setting.unit_cap {
            self.option(
                "unit-cap-b",
                other.unit_cap.map_or_else(|| "none".to_owned(), |cap| cap.to_string()),
            );
        }
        self.unless_default("halting-offset-b", Some(other.logit_offset), Some(setting.logit_offset));
    }

    fn look(&mut self, look: &Look, format: Format) {
        let usual = Look::of(format);
        let named = |quantity: Quantity| match quantity {
            Quantity::PonderCost => "ponder-cost",
            Quantity::NumUnits => "num-units",
        };
        let part = |scope: Scope| match scope {
            Scope::Network => "network".to_owned(),
            Scope::Block(block) => (block + 1).to_string(),
        };
        let same = |name, line: &mut Self, value: String, usual: String| {
            line.unless_default(name, Some(value), Some(usual));
        };
        same("width", self, look.width.to_string(), String::new());
        same("dpi", self, look.dpi.to_string(), String::new());
        same("font-size", self, look.font_size.to_string(), usual.font_size.to_string());
        same("title", self, look.title.clone(), usual.title);
        same("labels", self, look.labels.name().to_owned(), usual.labels.name().to_owned());
        same("colorbar", self, look.colorbar.name().to_owned(), usual.colorbar.name().to_owned());
        same("ticks", self, look.ticks.to_string(), usual.ticks.to_string());
        same("theme", self, look.theme.name().to_owned(), usual.theme.name().to_owned());
        same("colormap", self, look.colormap.to_string(), usual.colormap.to_string());
        same("range", self, range(look.range), range(usual.range));
        same("quantity", self, named(look.quantity).to_owned(), named(usual.quantity).to_owned());
        same("scope", self, part(look.scope), part(usual.scope));
        same("opacity", self, look.opacity.to_string(), usual.opacity.to_string());
        same("delay", self, look.delay.to_string(), usual.delay.to_string());
    }
}

/// A range as `--range` takes it.
fn range(choice: RangeChoice) -> String {
    match choice {
        RangeChoice::Theory => "theory".to_owned(),
        RangeChoice::Data => "data".to_owned(),
        RangeChoice::Percentile { low, high } => format!("p:{low},{high}"),
        RangeChoice::Manual(range) => format!("{},{}", range.low, range.high),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_format_changes_anything_of_a_quoted_word(word in any::<String>(), spaces in " {2}[\u{202f}\u{a0}]") {
            for word in [word.clone(), word + &spaces] {
                let line = quoted(&word);
                prop_assert_eq!(text::plain(&line), line);
            }
        }
    }

    #[test]
    fn what_controls_a_terminal_is_written_by_its_bytes() {
        assert_eq!(quoted("two\nlines, it's \u{85}\\"), r"$'two\012lines, it\'s \302\205\\'");
        assert_eq!(quoted("my  cat"), "'my  cat'");
    }

    /// Asked of a shell that is on most machines.
    #[test]
    #[cfg(unix)]
    fn a_shell_undoes_the_quoting() {
        let name = "\t'my'  cat\u{202f}\u{7f}\u{9b}\\2\r\n1.png";
        let command = format!("printf %s {}", quoted(name));
        match std::process::Command::new("bash").args(["-c", &command]).output() {
            Ok(said) => assert_eq!(String::from_utf8_lossy(&said.stdout), name),
            Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::NotFound, "{error}"),
        }
    }
}

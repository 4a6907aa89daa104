//! What the command palette offers: every command of the menus, and what else is there to be chosen.

use std::cmp::Reverse;

use eframe::egui::KeyboardShortcut;

use crate::dataset::samples;
use crate::figure::Colormap;
use crate::image::InputSize;
use crate::maps::{BlockQuantity, RangeChoice, Scope};
use crate::zoo::ModelSource;

use super::command::{Command, ELSEWHERE, MENUS};
use super::compare::{self, DifferenceScale};
use super::fuzzy::{self, Found};
use super::halting::{self, BlockRange};
use super::pictures::{TILES, file_name, tile_title, title};
use super::session::{PictureSource, SizeChoice, THRESHOLDS};
use super::state::State;
use super::stored::of_file;
use super::widgets::format;

/// One line of the palette.
#[derive(Clone, Debug)]
pub struct Entry {
    pub command: Command,
    pub label: String,
    /// What it belongs to: the title of its menu, or what kind of thing is chosen.
    pub group: &'static str,
    pub tooltip: String,
    pub shortcut: Option<KeyboardShortcut>,
}

/// An entry that answers to what was typed.
#[derive(Clone, Debug)]
pub struct Match {
    pub entry: Entry,
    /// Places in [`Entry::text`] of the letters that were typed, in characters.
    pub at: Vec<usize>,
}

impl Entry {
    /// What is searched: the label, and behind it the group.
    pub fn text(&self) -> String {
        format!("{}  {}", self.label, self.group)
    }

    fn of_command(command: &Command, group: &'static str) -> Option<Self> {
        let info = command.info()?;
        let (label, tooltip) = (info.label.to_owned(), info.tooltip.to_owned());
        Some(Self { command: command.clone(), label, group, tooltip, shortcut: info.shortcut })
    }

    fn of_value(command: Command, label: String, group: &'static str, tooltip: String) -> Self {
        Self { command, label, group, tooltip, shortcut: None }
    }
}

/// Every command that needs no further word, in the order of the menus.
pub fn commands() -> impl Iterator<Item = Entry> {
    let in_menus = MENUS.iter().flat_map(|(group, commands)| {
        commands.iter().flatten().filter_map(|command| Entry::of_command(command, group))
    });
    in_menus.chain(ELSEWHERE.iter().filter_map(|(group, command)| Entry::of_command(command, group)))
}

/// The entries that answer to what was typed, the best first; those used last come first among equals, and before all
/// others as long as nothing is typed.
pub fn matches(state: &State, query: &str) -> Vec<Match> {
    let entries = typed_threshold(query).into_iter().chain(commands()).chain(values(state));
    let recency = |label: &str| {
        let place = state.settings.used.iter().position(|used| used == label);
        place.map_or(0, |place| state.settings.used.len() - place)
    };
    let mut found: Vec<(Found, usize, Entry)> =
        entries.filter_map(|entry| Some((answer(query, &entry)?, recency(&entry.label), entry))).collect();
    found.sort_by_key(|(found, recency, _)| Reverse((found.score, *recency)));
    found.into_iter().map(|(found, _, entry)| Match { entry, at: found.at }).collect()
}

/// How an entry answers to a query; without one all answer alike.
fn answer(query: &str, entry: &Entry) -> Option<Found> {
    if query.trim().is_empty() {
        return Some(Found::default());
    }
    // What is typed as a number is meant.
    if matches!(entry.command, Command::SetThreshold(_)) {
        return Some(Found { score: i32::MAX, at: Vec::new() });
    }
    fuzzy::find(query, &entry.text())
}

/// A number within 0 and 1 is a threshold to go to.
fn typed_threshold(query: &str) -> Option<Entry> {
    let number = query.split_whitespace().find_map(|word| word.parse::<f32>().ok())?;
    let threshold = Some(number).filter(|number| THRESHOLDS.contains(number))?;
    let label = format!("Halting threshold {}", format::threshold(threshold));
    let tooltip = "Halt where the halting scores add up to this".to_owned();
    Some(Entry::of_value(Command::SetThreshold(threshold), label, "Halting", tooltip))
}

/// What can be chosen, by its kind.
fn values(state: &State) -> Vec<Entry> {
    let mut entries = Vec::new();
    for model in &state.runtime.entries {
        let label = format!("Use model {}", model.card.name);
        let tooltip = match &model.source {
            ModelSource::Embedded(_) => "It comes with the program".to_owned(),
            ModelSource::File(path) => path.display().to_string(),
        };
        let command = Command::UseModel(model.source.clone());
        entries.push(Entry::of_value(command, label, "Model", tooltip.clone()));
        let command = Command::Compare(compare::Action::SetModel(model.source.clone()));
        let label = format!("Compare with {}", model.card.name);
        entries.push(Entry::of_value(command, label, "Compare", tooltip));
    }
    let scope = |scope, label: String, tooltip: &str| {
        Entry::of_value(Command::SetScope(scope), label, "Map", tooltip.to_owned())
    };
    if state.is_adaptive() {
        let tooltip = "The sum over all blocks";
        entries.push(scope(Scope::Network, "Map of the whole network".to_owned(), tooltip));
        let blocks = state.runtime.stage.painting.as_ref().map(|painting| &painting.outcome.trace.blocks);
        for (index, block) in blocks.into_iter().flatten().enumerate() {
            entries.push(scope(
                Scope::Block(index),
                format!("Map of {}", block.name),
                "What this block decided",
            ));
        }
    }
    for colormap in Colormap::ALL {
        let label = format!("Colour map {}", format::capitalised(colormap.name()));
        let tooltip = "The colours of the map".to_owned();
        entries.push(Entry::of_value(Command::SetColormap(colormap), label, "Map", tooltip));
    }
    for (range, label, tooltip) in [
        (RangeChoice::Theory, "Range by theory", "All values that are possible"),
        (RangeChoice::Data, "Range of this image", "From the least to the greatest value of this map"),
        (
            RangeChoice::Percentile { low: 2.0, high: 98.0 },
            "Range of most of this image",
            "From the 2nd to the 98th percentile of this map",
        ),
    ] {
        let tooltip = tooltip.to_owned();
        entries.push(Entry::of_value(Command::SetRange(range), label.to_owned(), "Map", tooltip));
    }
    for percent in [0, 25, 50, 75, 100u8] {
        let command = Command::SetOpacity(f32::from(percent) / 100.0);
        let tooltip = "How much of the picture the map covers".to_owned();
        entries.push(Entry::of_value(command, format!("Opacity {percent} %"), "Map", tooltip));
    }
    for quantity in BlockQuantity::ALL {
        let label = format!("Map blocks by {}", quantity.label().to_lowercase());
        let command = Command::Halting(halting::Action::SetQuantity(quantity));
        let tooltip = "What the maps of the single blocks show".to_owned();
        entries.push(Entry::of_value(command, label, "Halting", tooltip));
    }
    for range in BlockRange::ALL {
        let label = format!("Block colours: {}", range.label().to_lowercase());
        let command = Command::Halting(halting::Action::SetRange(range));
        let tooltip = "What the ends of the single blocks' colours stand for".to_owned();
        entries.push(Entry::of_value(command, label, "Halting", tooltip));
    }
    for (scale, label) in [
        (DifferenceScale::Here, "Differences by the greatest in this picture"),
        (DifferenceScale::Possible, "Differences by the greatest possible"),
    ] {
        let command = Command::Compare(compare::Action::SetScale(scale));
        let tooltip = "What the strongest colours of a difference stand for".to_owned();
        entries.push(Entry::of_value(command, label.to_owned(), "Compare", tooltip));
    }
    entries.extend(halting_values(state));
    let show = |source: PictureSource, title: &str, tooltip: String| {
        Entry::of_value(Command::Show(source), format!("Show {title}"), "Picture", tooltip)
    };
    for sample in samples::photographs() {
        let source = PictureSource::Sample(sample.name.to_owned());
        let title = title(&source);
        entries.push(show(source, &title, "A photograph that comes with the program".to_owned()));
    }
    for source in &state.settings.favourites {
        entries.push(show(source.clone(), &title(source), "A favourite".to_owned()));
    }
    for file in
        state.session.opened.iter().filter(|file| !state.settings.is_favourite(&of_file((*file).clone())))
    {
        entries.push(show(of_file(file.clone()), &file_name(file), file.display().to_string()));
    }
    for file in state.settings.recent.iter().filter(|file| !state.session.opened.contains(file)) {
        let label = format!("Open {}", file_name(file));
        let tooltip = file.display().to_string();
        entries.push(Entry::of_value(Command::Open(vec![file.clone()]), label, "Recent file", tooltip));
    }
    for file in &state.settings.recent_sessions {
        let label = format!("Open session {}", file_name(file));
        let tooltip = file.display().to_string();
        entries.push(Entry::of_value(Command::Open(vec![file.clone()]), label, "Recent session", tooltip));
    }
    for tile in 0..TILES {
        let tooltip = "A test image of CIFAR-10".to_owned();
        entries.push(show(PictureSource::Cifar(tile), &tile_title(tile), tooltip));
    }
    entries
}

/// Unit caps, halting offsets and input sizes.
fn halting_values(state: &State) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut push = |command, label: String, group, tooltip: &str| {
        entries.push(Entry::of_value(command, label, group, tooltip.to_owned()));
    };
    if state.is_adaptive() && state.stored().is_none() {
        let units = state.card().into_iter().flat_map(|card| card.spec.units.iter().copied()).max();
        push(Command::SetUnitCap(None), "No unit cap".to_owned(), "Halting", "Every unit may run");
        for cap in 1..units.unwrap_or(1) {
            let tooltip = "So many units of each block at most";
            push(Command::SetUnitCap(Some(cap)), format!("Unit cap {cap}"), "Halting", tooltip);
        }
        for offset in [-2.0, -1.0, 0.0, 1.0, 2.0] {
            let tooltip = "Experimental: added to every halting logit";
            push(Command::SetLogitOffset(offset), format!("Halting offset {offset}"), "Halting", tooltip);
        }
    }
    if state.stored().is_none() {
        let tooltip = "How large the picture enters the network";
        push(Command::SetSize(SizeChoice::Suitable), "Suitable input size".to_owned(), "Input", tooltip);
        let native = SizeChoice::Fixed(InputSize::Native);
        push(Command::SetSize(native), "Native input size".to_owned(), "Input", tooltip);
        for edge in [32, 64, 128, 224, 320, 512, 1024, 2048] {
            let size = SizeChoice::Fixed(InputSize::LongerEdge(edge));
            push(Command::SetSize(size), format!("Input size {edge} pixels"), "Input", tooltip);
        }
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    #[test]
    fn every_command_is_found_by_its_own_name_first_of_all() {
        let all: Vec<Entry> = commands().collect();
        for wanted in &all {
            let best = all
                .iter()
                .filter_map(|entry| Some((fuzzy::find(&wanted.label, &entry.text())?.score, entry)));
            let (_, best) = best.max_by_key(|(score, _)| *score).unwrap();
            assert_eq!(best.command, wanted.command, "{} finds {}", wanted.label, best.label);
        }
    }

    #[test]
    fn no_two_commands_read_alike() {
        let mut seen: HashMap<String, Command> = HashMap::new();
        for entry in commands() {
            if let Some(other) = seen.insert(entry.label.to_lowercase(), entry.command.clone()) {
                panic!("{other:?} and {:?} are both called {}", entry.command, entry.label);
            }
        }
    }

    #[test]
    fn a_number_is_a_threshold() {
        assert_eq!(typed_threshold("0.7").unwrap().command, Command::SetThreshold(0.7));
        assert_eq!(typed_threshold("threshold .95").unwrap().command, Command::SetThreshold(0.95));
        assert!(typed_threshold("cat 3").is_none() && typed_threshold("zoom").is_none());
        assert!(typed_threshold("NaN").is_none());
    }
}

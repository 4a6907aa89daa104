//! The help: every command with its key, what the pointer and held keys do on each screen, and the terms of the field.

use eframe::egui::{Button, Frame, Grid, Id, Label, Margin, Modal, RichText, ScrollArea, TextEdit, Ui, vec2};

use crate::explorer::command::{ALIASES, Command, Inbox, MENUS};
use crate::explorer::guide::Action;
use crate::explorer::state::State;
use crate::explorer::terms::Term;
use crate::explorer::theme::{space, tokens};
use crate::explorer::widgets::outlined;

/// Of the list, in points.
const WIDTH: f32 = 720.0;
const HEIGHT: f32 = 640.0;
/// Of its first column, likewise.
const NAME: f32 = 180.0;

/// What the pointer and held keys do, which no menu can say, by where.
const GESTURES: [(&str, &[(&str, &str)]); 9] = [
    (
        "Picture",
        &[
            ("Point at it", "Read the values of the position under the pointer"),
            ("Wheel or pinch", "Zoom at the pointer"),
            ("Drag", "Move the picture"),
            ("Double-click", "Fit it to the window"),
            ("Hold Space", "Hide the map as long as the key is held"),
            ("Arrow keys", "Once it has the focus: read position by position; move it where it is enlarged"),
            ("Shift+arrow keys", "Read position by position where it is enlarged"),
        ],
    ),
    (
        "Library",
        &[
            ("Up, Down", "Show the picture in the row above or below"),
            ("Point at a row", "Find its star, and the cross that takes it out"),
        ],
    ),
    (
        "Colour bar",
        &[
            ("Point at it", "Count the positions that have a value"),
            ("Point at its title", "What the map shows"),
        ],
    ),
    (
        "Sliders and numbers",
        &[
            ("Double-click threshold", "Back to the trained value"),
            ("Arrow keys", "Move by a step, once the slider has the focus"),
            ("Page Up, Page Down", "Move by ten steps"),
            ("Home, End", "Go to an end"),
            ("Drag a number", "Change it by and by; click it to type"),
        ],
    ),
    (
        "Halting",
        &[
            ("Click a position", "Pin it, or move the selected pin there"),
            ("Shift+click", "Set one more pin"),
            ("Enter", "Pin the middle of the map that has the focus, if nothing is pinned"),
            ("Arrow keys", "Move the selected pin by a position of the selected block"),
            ("Click a bar", "Look at that unit"),
        ],
    ),
    (
        "Compare",
        &[
            ("Hold B", "In the flip view, show the other one as long as the key is held"),
            ("Drag the divider", "Swipe between A and B"),
        ],
    ),
    (
        "Evaluate and Train",
        &[
            ("Click an image", "Show it in Explore, as the selected model and setting saw it"),
            ("Click a line of the table", "Charts and images are of that case"),
            ("Click a step", "Show the map of that evaluation"),
        ],
    ),
    (
        "Everywhere",
        &[
            (
                "Drop files",
                "Open pictures, folders, exports, a session, a model or a run; on Evaluate, the data",
            ),
            ("Tab, Shift+Tab", "Go from control to control"),
            ("Enter, Space", "Press the button that has the focus"),
            ("Escape", "Close what lies on top; put the newest error away"),
        ],
    ),
    (
        "Command palette",
        &[
            ("Type a few letters", "Find commands, models, pictures, colour maps"),
            ("Type a number", "Go to that halting threshold"),
            ("Up, Down, Enter", "Choose"),
        ],
    ),
];

/// Which part of the help is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Part {
    #[default]
    Keys,
    Gestures,
    Terms,
}

impl Part {
    const ALL: [(Self, &str); 3] =
        [(Self::Keys, "Commands and keys"), (Self::Gestures, "Pointer and gestures"), (Self::Terms, "Terms")];
}

/// What is looked for. As long as nothing is, one part is shown; else all that has the words.
#[derive(Clone, Debug, Default)]
struct Sought {
    text: String,
    part: Part,
}

pub fn help_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    let id = Id::unique("help");
    if !state.runtime.help_open {
        ui.data_mut(|data| data.remove::<Sought>(id));
        return;
    }
    let known: Option<Sought> = ui.data(|data| data.get_temp(id));
    let opened = known.is_none();
    let mut sought = known.unwrap_or_default();
    let frame = Frame::popup(ui.style()).inner_margin(Margin::same(space::XL as i8));
    let area = Modal::default_area(id).accessible_name("Keys and terms");
    let modal = Modal::new(id).area(area).frame(frame).show(ui.ctx(), |ui| {
        let room = ui.ctx().content_rect().size() - vec2(100.0, 220.0);
        ui.set_width(room.x.min(WIDTH));
        top_ui(ui, &mut sought, opened);
        let scroll = ScrollArea::vertical().max_height(room.y.min(HEIGHT)).auto_shrink([false, false]);
        // Each part begins at its top.
        scroll.id_salt(sought.part as u8).show(ui, |ui| parts_ui(ui, &sought));
        ui.add_space(space::M);
        ui.horizontal(|ui| {
            let close = ui.button("Close").clicked();
            let tour = Command::Guide(Action::StartTour);
            if let Some(info) = tour.info()
                && ui.add(Button::new(info.label).frame(false)).on_hover_text(info.tooltip).clicked()
            {
                inbox.push(tour);
            }
            close
        })
        .inner
    });
    ui.data_mut(|data| data.insert_temp(id, sought));
    // It is centred by its size in the frame before.
    if modal.response.rect.center().distance(ui.ctx().content_rect().center()) > 1.0 {
        ui.ctx().request_repaint();
    }
    if modal.inner || modal.should_close() {
        inbox.push(Command::ToggleHelp);
    }
}

/// The title, the field and the parts.
fn top_ui(ui: &mut Ui, sought: &mut Sought, opened: bool) {
    ui.heading("Keys and terms");
    ui.add_space(space::S);
    let field =
        TextEdit::singleline(&mut sought.text).hint_text("Search the help").desired_width(f32::INFINITY);
    let field = field.margin(Margin::symmetric(space::M as i8, space::S as i8));
    let field = outlined(ui, |ui| ui.add(field));
    let field = field.accessible_name("Search the help");
    if opened {
        field.request_focus();
    }
    ui.horizontal(|ui| {
        for (part, title) in Part::ALL {
            let shown = sought.part == part && sought.text.trim().is_empty();
            if ui.selectable_label(shown, title).clicked() {
                *sought = Sought { text: String::new(), part };
            }
        }
    });
    ui.add_space(space::S);
}

fn parts_ui(ui: &mut Ui, sought: &Sought) {
    let search = !sought.text.trim().is_empty();
    let words: Vec<String> = sought.text.split_whitespace().map(str::to_lowercase).collect();
    let shows = |part| search || sought.part == part;
    let mut lines = 0;
    if shows(Part::Keys) {
        for (title, commands) in &MENUS {
            let commands = commands.iter().flatten().filter_map(|command| line_of(ui, command));
            lines += section_ui(ui, title, commands.collect(), &words);
        }
    }
    if shows(Part::Gestures) {
        for (title, gestures) in GESTURES {
            let line = |(gesture, does): &(&str, &str)| Line::new(gesture, String::new(), does, None);
            lines += section_ui(ui, title, gestures.iter().map(line).collect(), &words);
        }
    }
    if shows(Part::Terms) {
        let line = |term: Term| Line::new(term.name(), String::new(), term.text(), Some(term.formula()));
        lines += section_ui(ui, "Terms", Term::ALL.into_iter().map(line).collect(), &words);
    }
    if lines == 0 {
        ui.label("Nothing in the help has these words.");
    }
}

/// A name, its keys if it has any, and what it does or means.
struct Line {
    name: String,
    keys: String,
    text: String,
    formula: Option<&'static str>,
}

impl Line {
    fn new(name: &str, keys: String, text: &str, formula: Option<&'static str>) -> Self {
        Self { name: name.to_owned(), keys, text: text.to_owned(), formula }
    }

    fn has(&self, words: &[String]) -> bool {
        let all = format!("{} {} {}", self.name, self.keys, self.text).to_lowercase();
        words.iter().all(|word| all.contains(word))
    }
}

fn line_of(ui: &Ui, command: &Command) -> Option<Line> {
    let info = command.info()?;
    let own = info.shortcut;
    let others = ALIASES.iter().filter(|(_, other)| other == command).map(|(shortcut, _)| *shortcut);
    let keys: Vec<String> =
        own.into_iter().chain(others).map(|keys| ui.ctx().format_shortcut(&keys)).collect();
    Some(Line::new(info.label, keys.join("  "), info.tooltip, None))
}

/// The lines that have the words, under their title; how many they are.
fn section_ui(ui: &mut Ui, title: &str, lines: Vec<Line>, words: &[String]) -> usize {
    let lines: Vec<Line> = lines.into_iter().filter(|line| line.has(words)).collect();
    if lines.is_empty() {
        return 0;
    }
    ui.add_space(space::S);
    ui.label(RichText::new(title).strong());
    match lines.iter().any(|line| line.formula.is_some()) {
        true => lines.iter().for_each(|line| paragraph_ui(ui, line)),
        false => grid_ui(ui, title, &lines),
    }
    lines.len()
}

/// A line of several sentences, under its name.
fn paragraph_ui(ui: &mut Ui, line: &Line) {
    ui.add_space(space::S);
    ui.spacing_mut().item_spacing.y = space::XS;
    ui.label(RichText::new(&line.name).color(tokens(ui).accent));
    ui.add(Label::new(&line.text).wrap());
    if let Some(formula) = line.formula {
        ui.add(Label::new(RichText::new(formula).color(tokens(ui).text_muted)).wrap());
    }
}

fn grid_ui(ui: &mut Ui, title: &str, lines: &[Line]) {
    let muted = tokens(ui).text_muted;
    let keyed = lines.iter().any(|line| !line.keys.is_empty());
    let columns = if keyed { 3 } else { 2 };
    let grid = Grid::new(title).num_columns(columns).min_row_height(0.0).min_col_width(NAME);
    grid.spacing([space::L, space::S]).show(ui, |ui| {
        for line in lines {
            ui.label(&line.name);
            if keyed {
                ui.label(RichText::new(&line.keys).monospace());
            }
            ui.add(Label::new(RichText::new(&line.text).color(muted)).wrap());
            ui.end_row();
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_must_stand_in_a_line() {
        let line = Line::new("Zoom in", "Ctrl++".to_owned(), "Show less of the picture, larger", None);
        let has = |text: &str| line.has(&text.split(' ').map(str::to_owned).collect::<Vec<_>>());
        assert!(has("zoom") && has("larger zoom") && !has("zoom smaller"));
    }
}

//! A field for a path, where the system has no file dialog.

use std::path::PathBuf;

use eframe::egui::{Align, Button, Frame, Id, Key, Layout, Margin, Modal, RichText, TextEdit, Ui};

use crate::explorer::command::{Command, Inbox};
use crate::explorer::dialogs::Purpose;
use crate::explorer::session_file::with_ending;
use crate::explorer::state::State;
use crate::explorer::theme::{space, tokens};
use crate::explorer::widgets::outlined;

/// Of the field, in points.
const WIDTH: f32 = 480.0;

#[derive(Clone)]
struct Typed {
    text: String,
    /// It was confirmed before it was known whether there is such a file.
    confirmed: bool,
}

pub fn path_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    let id = Id::unique("path field");
    let Some(purpose) = state.runtime.path_asked else {
        ui.data_mut(|data| data.remove::<Typed>(id));
        return;
    };
    let typed: Option<Typed> = ui.data(|data| data.get_temp(id));
    let first = typed.is_none();
    if first {
        state.runtime.looker.forget();
    }
    let mut typed = typed.unwrap_or_else(|| {
        let text = match purpose {
            Purpose::SaveSession => state.suggested_session().display().to_string(),
            Purpose::SaveFigure => state.suggested_figure().display().to_string(),
            _ => String::new(),
        };
        Typed { text, confirmed: false }
    });
    let frame = Frame::popup(ui.style()).inner_margin(Margin::same(space::XL as i8));
    let modal = Modal::new(id.with("modal")).frame(frame).show(ui.ctx(), |ui| {
        ui.set_width(WIDTH);
        ui.heading(purpose.title());
        ui.add_space(space::M);
        let name = ui.label(RichText::new("Path").color(tokens(ui).text_muted));
        let field = TextEdit::singleline(&mut typed.text).desired_width(f32::INFINITY);
        let field = outlined(ui, |ui| ui.add(field)).labelled_by(name.id);
        if first {
            field.request_focus();
        }
        if field.changed() {
            typed.confirmed = false;
        }
        // As it will be called, so that nothing is replaced that is not asked about here.
        let path = in_home(typed.text.trim()).map(|path| match purpose {
            Purpose::SaveSession => with_ending(path),
            Purpose::SaveFigure => state.figure_path(path),
            _ => path,
        });
        let there = match &path {
            Some(path) if purpose.saves() => state.runtime.looker.is_there(path),
            _ => Some(false),
        };
        let replaces = there == Some(true);
        if replaces {
            ui.label(RichText::new("There is such a file; it will be replaced.").color(tokens(ui).warning));
        }
        ui.add_space(space::M);
        let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let label = match (purpose.saves(), replaces) {
                (true, true) => "Replace",
                (true, false) => "Save",
                _ => "Open",
            };
            let clicked = ui.add_enabled(path.is_some(), Button::new(label)).clicked();
            // What is replaced is replaced by a click on that word alone.
            let confirmed = match there {
                Some(true) => clicked,
                Some(false) => clicked || entered || typed.confirmed,
                None => false,
            };
            typed.confirmed = there.is_none() && (clicked || entered || typed.confirmed);
            if confirmed {
                path.into_iter().for_each(|path| inbox.push(Command::NamePath(Some(path))));
            }
            if ui.button("Cancel").clicked() {
                inbox.push(Command::NamePath(None));
            }
        });
    });
    ui.data_mut(|data| data.insert_temp(id, typed));
    if modal.should_close() {
        inbox.push(Command::NamePath(None));
    }
}

/// The path that was typed, where `~` is the person's own folder; `None` for nothing.
fn in_home(text: &str) -> Option<PathBuf> {
    if text.is_empty() {
        return None;
    }
    let home = || Some(std::env::home_dir()?.join(text.strip_prefix("~/")?));
    Some(home().unwrap_or_else(|| text.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_taken_as_typed_but_for_the_home_folder() {
        assert_eq!(in_home(""), None);
        assert_eq!(in_home("a b/c"), Some("a b/c".into()));
        let home = std::env::home_dir().unwrap();
        assert_eq!(in_home("~/maps"), Some(home.join("maps")));
    }
}

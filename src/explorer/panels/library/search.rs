//! The field that leaves only pictures with certain words in their names.

use eframe::egui::{Key, TextEdit, Ui, vec2};

use crate::explorer::command::{Command, Inbox};
use crate::explorer::library::Action;
use crate::explorer::state::State;
use crate::explorer::theme::space;
use crate::explorer::widgets::outlined;

/// Of the button that empties the field, with the gap before it, in points.
const CLEAR: f32 = 24.0;

pub(super) fn search_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    let library = &state.runtime.library;
    let mut text = library.query.text.clone();
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        let room = if text.is_empty() { 0.0 } else { CLEAR };
        let field = TextEdit::singleline(&mut text)
            .hint_text("Search")
            .desired_width(ui.available_width() - room - space::M);
        let field = outlined(ui, |ui| ui.add(field)).accessible_name("Search the library");
        if library.finding {
            field.request_focus();
            inbox.push(Command::Library(Action::Search(text.clone())));
        }
        let emptied = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Escape));
        let cleared = room > 0.0 && {
            let button = ui.add_sized(vec2(CLEAR - space::S, field.rect.height()), clear());
            button.accessible_name("Clear search").on_hover_text("Show everything again").clicked()
        };
        if emptied || cleared {
            text.clear();
        }
    });
    if text != library.query.text {
        inbox.push(Command::Library(Action::Search(text)));
    }
}

fn clear() -> eframe::egui::Button<'static> {
    eframe::egui::Button::new("×")
}

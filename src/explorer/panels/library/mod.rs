//! What there is to look at: favourites, photographs, opened files, folders, CIFAR-10 test images, recent files.

mod buttons;
mod folders;
mod rows;
mod search;
mod sheet;

use std::path::Path;

use eframe::egui::{Button, CollapsingHeader, Frame, Margin, Panel, RichText, ScrollArea, Ui};

use crate::explorer::command::{Command, Inbox};
use crate::explorer::dialogs::Folder;
use crate::explorer::library::Place;
use crate::explorer::pictures::file_name;
use crate::explorer::places::{self, offer};
use crate::explorer::state::State;
use crate::explorer::theme::{space, tokens};

pub fn library_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    // The scroll bar stands in the right margin.
    let margin = Margin { right: space::XS as i8, ..Margin::same(space::M as i8) };
    let frame = Frame::NONE.fill(ui.visuals().panel_fill).inner_margin(margin);
    let mut open = state.settings.library_open;
    Panel::left("library").frame(frame).default_size(236.0).size_range(180.0..=340.0).show_collapsible(
        ui,
        &mut open,
        |ui| {
            head_ui(ui, state, inbox);
            ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
                ui.set_max_width(ui.available_width() - space::M);
                contents_ui(ui, state, inbox);
            });
        },
    );
    if open != state.settings.library_open {
        inbox.push(Command::ToggleLibrary);
    }
}

/// What is always in sight: how to open more, and the search.
fn head_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    ui.horizontal_wrapped(|ui| {
        for command in [Command::ChoosePictures, Command::ChooseFolder(Folder::Library)] {
            let Some(info) = command.info() else { continue };
            let button = ui.add_enabled(state.can(&command), Button::new(info.label));
            let button = button.on_hover_text(info.tooltip);
            if command == Command::ChoosePictures {
                offer(ui.ctx(), places::Place::Library, button.id);
            }
            if button.clicked() {
                inbox.push(command);
            }
        }
    });
    search::search_ui(ui, state, inbox);
    ui.add_space(space::S);
}

fn contents_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    let mut empty = true;
    let mut list = |ui: &mut Ui, place: Place| {
        let rows = state.rows(&place);
        if rows.len() > 0 {
            empty = false;
            section(ui, &place.title(), |ui| rows::rows_ui(ui, state, inbox, &place, &rows));
        }
    };
    list(ui, Place::Favourites);
    list(ui, Place::Photographs);
    list(ui, Place::Opened);
    empty &= !folders::folders_ui(ui, state, inbox);
    let tiles = state.rows(&Place::Tiles);
    if tiles.len() > 0 {
        empty = false;
        section(ui, &Place::Tiles.title(), |ui| sheet::sheet_ui(ui, state, inbox, &tiles));
    }
    let query = &state.runtime.library.query;
    let recent: Vec<_> = state
        .settings
        .recent
        .iter()
        .filter(|file| !state.session.opened.contains(file) && !state.session.lists_folder(file))
        .filter(|file| query.fits(&file_name(file)))
        .collect();
    if !recent.is_empty() {
        empty = false;
        section(ui, "Recent files", |ui| recent.into_iter().for_each(|file| recent_ui(ui, inbox, file)));
    }
    if empty {
        ui.label(RichText::new("Nothing found").color(tokens(ui).text_muted));
    }
}

fn section(ui: &mut Ui, title: &str, contents: impl FnOnce(&mut Ui)) {
    CollapsingHeader::new(title).default_open(true).show_unindented(ui, |ui| {
        ui.spacing_mut().item_spacing.y = space::XS;
        contents(ui);
        ui.add_space(space::S);
    });
}

fn recent_ui(ui: &mut Ui, inbox: &Inbox, file: &Path) {
    let link = ui.add(Button::new(file_name(file)).frame(false).truncate());
    if link.on_hover_text(file.display().to_string()).clicked() {
        inbox.push(Command::Open(vec![file.to_owned()]));
    }
}

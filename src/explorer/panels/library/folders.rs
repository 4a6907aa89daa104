//! Folders and the files in them.

use std::path::Path;

use eframe::egui::text::LayoutJob;
use eframe::egui::{
    Id, Label, RichText, Role, Sense, Spinner, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use crate::explorer::command::{Command, Inbox};
use crate::explorer::library::{Action, Listed, Place};
use crate::explorer::pictures::file_name;
use crate::explorer::session::LibraryFolder;
use crate::explorer::state::State;
use crate::explorer::theme::{font, radius, space, tokens};

use super::buttons::{BUTTON, Sign, arrow, button_ui, remove_ui};
use super::rows::rows_ui;

/// Before a folder's name, and to the middle of the arrow there, in points.
const ARROW: [f32; 2] = [18.0, 8.0];

/// Every folder in which something is found; false if there is none.
pub(super) fn folders_ui(ui: &mut Ui, state: &State, inbox: &Inbox) -> bool {
    let mut any = false;
    for folder in &state.session.folders {
        let listed = state.runtime.library.folder(&folder.path);
        let searching = !state.runtime.library.query.is_empty();
        if searching && listed.is_none_or(|listed| listed.len() == 0) {
            continue;
        }
        any = true;
        header_ui(ui, inbox, folder, folder.open || searching, listed);
        if let Some(listed) = listed.filter(|_| folder.open || searching) {
            body_ui(ui, state, inbox, &folder.path, listed);
        }
    }
    any
}

fn header_ui(ui: &mut Ui, inbox: &Inbox, folder: &LibraryFolder, open: bool, listed: Option<&Listed>) {
    let t = tokens(ui);
    let path = &folder.path;
    let size = vec2(ui.available_width(), ui.spacing().interact_size.y);
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    let header = ui.interact(rect, Id::unique(("library folder", path)), Sense::click());
    let files = listed.filter(|listed| listed.files() > 0).map(Listed::len);
    let name = match files {
        Some(files) => format!("{} ({})", file_name(path), files),
        None => file_name(path),
    };
    header.widget_info(|| WidgetInfo::selected(Role::Button, ui.is_enabled(), open, &name));
    if header.has_focus() {
        ui.painter().rect_stroke(rect, radius::M, Stroke::new(1.0, t.accent), StrokeKind::Inside);
    }
    let pointed = header.contains_pointer();
    let color = if pointed { t.text_strong } else { t.text };
    arrow(ui.painter(), rect.left_center() + vec2(ARROW[1], 0.0), open, color);
    let room = if pointed { 2.0 * BUTTON } else { 0.0 };
    let mut job = LayoutJob::simple_singleline(name.clone(), font::body(), color);
    job.wrap.max_width = rect.width() - ARROW[0] - room - space::S;
    job.wrap.max_rows = 1;
    job.wrap.break_anywhere = true;
    let text = ui.painter().layout_job(job);
    let at = pos2(rect.left() + ARROW[0], rect.center().y - 0.5 * text.size().y);
    ui.painter().galley(at, text, color);

    let end = rect.right_center() - vec2(space::L, 0.0);
    if remove_ui(ui, end, path, pointed) {
        inbox.push(Command::Unlist(path.clone()));
    }
    let name = format!("Refresh {}", file_name(path));
    let info = |ui: &Ui| WidgetInfo::labeled(Role::Button, ui.is_enabled(), &name);
    let refresh = (Sign::Round, end - vec2(BUTTON, 0.0), pointed);
    let refresh = button_ui(ui, refresh, header.id.with("refresh"), info);
    if refresh.on_hover_text("Look again what lies in it").clicked() {
        inbox.push(Command::Library(Action::RefreshFolder(path.clone())));
    }
    // While something is searched for, all are open.
    let can_toggle = open == folder.open;
    if header.on_hover_text(path.display().to_string()).clicked() && can_toggle {
        inbox.push(Command::Library(Action::ToggleFolder(path.clone())));
    }
}

fn body_ui(ui: &mut Ui, state: &State, inbox: &Inbox, path: &Path, listed: &Listed) {
    let t = tokens(ui);
    if listed.is_listing() && !listed.complete {
        ui.horizontal(|ui| {
            ui.add(Spinner::new().size(font::SMALL));
            ui.label(RichText::new("Listing…").size(font::SMALL).color(t.text_muted));
        });
    } else if let Some(trouble) = &listed.trouble {
        ui.add(Label::new(RichText::new(trouble).size(font::SMALL).color(t.danger)).wrap());
    } else if listed.files() == 0 {
        ui.label(RichText::new("No pictures").size(font::SMALL).color(t.text_muted));
    }
    let place = Place::Folder(path.to_owned());
    let rows = state.rows(&place);
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = space::XS;
        rows_ui(ui, state, inbox, &place, &rows);
        ui.add_space(space::S);
    });
}

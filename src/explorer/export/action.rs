//! What can be asked of the dialog that saves a figure.

use std::path::PathBuf;

use eframe::egui::{Key, KeyboardShortcut, Modifiers};

use crate::explorer::command::Info;
use crate::explorer::dialogs::Purpose;
use crate::explorer::notices::Tone;
use crate::explorer::session::Screen;
use crate::explorer::state::State;
use crate::figure::{self, command_line};

use super::desk::{Goal, Target};
use super::{Form, Kind};

#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    Open,
    Close,
    /// What is filled in.
    Fill(Box<Form>),
    /// The frame of an animation that is looked at, from 0.
    ShowFrame(usize),
    /// Ask where to save.
    Save,
    /// The figure as pixels, to the clipboard.
    CopyFigure,
    /// The command line that makes the same file, to the clipboard.
    CopyCommand,
}

impl Action {
    /// As [`crate::explorer::Command::info`].
    pub fn info(&self) -> Option<Info> {
        let (label, tooltip, shortcut) = match self {
            Self::Open => {
                let tooltip = "Save what is shown as a figure for print or slides: SVG, PDF, PNG, GIF, APNG";
                ("Export figure…", tooltip, Some(KeyboardShortcut::new(Modifiers::COMMAND, Key::E)))
            }
            Self::Close => ("Close", "Back to the picture; what is filled in is kept", None),
            Self::Save => ("Save…", "Choose where the figure is saved", None),
            Self::CopyFigure => (
                "Copy figure",
                "Copy the figure as pixels, with as many dots per inch as it would have",
                None,
            ),
            Self::CopyCommand => {
                ("Copy command", "Copy the command line that makes the very same file", None)
            }
            Self::Fill(_) | Self::ShowFrame(_) => return None,
        };
        Some(Info { label, tooltip, shortcut })
    }
}

impl State {
    /// Why an action would do nothing, in a few words.
    pub(in crate::explorer) fn why_not_export(&self, action: &Action) -> &'static str {
        match action {
            Action::Open if self.runtime.exporting.open => "It is open",
            Action::Open => "Picture or model are not open yet",
            Action::Save | Action::CopyFigure if self.runtime.exporting.is_saving() => {
                "A figure is being saved"
            }
            Action::Save if self.runtime.dialog.is_some() => "A file dialog is open",
            _ => "There is no such figure",
        }
    }

    pub(in crate::explorer) fn can_export(&self, action: &Action) -> bool {
        let runtime = &self.runtime;
        match action {
            Action::Open => !runtime.exporting.open && runtime.picture.is_some() && runtime.model.is_some(),
            Action::Save => {
                runtime.dialog.is_none()
                    && !runtime.exporting.is_saving()
                    && self.figure_request(&self.figure_name()).is_ok()
            }
            Action::CopyFigure => {
                !runtime.exporting.is_saving() && self.figure_request(&self.figure_name()).is_ok()
            }
            Action::CopyCommand => self.figure_request(&self.figure_name()).is_ok(),
            Action::Close | Action::Fill(_) | Action::ShowFrame(_) => true,
        }
    }

    pub(in crate::explorer) fn apply_export(&mut self, action: Action) {
        match action {
            Action::Open => self.open_export(),
            Action::Close => self.runtime.exporting.close(),
            Action::Fill(form) => {
                self.runtime.exporting.said = None;
                self.settings.figure = *form;
            }
            Action::ShowFrame(frame) => self.runtime.exporting.frame = frame,
            Action::Save => self.open_dialog(Purpose::SaveFigure),
            Action::CopyFigure => match self.figure_request(&self.figure_name()) {
                Ok(request) => self.ask_for_figure(request, Goal::Copy, self.settings.figure.clone()),
                Err(sentence) => self.runtime.fail(sentence),
            },
            Action::CopyCommand => match self.figure_request(&self.figure_name()) {
                Ok(request) => {
                    self.runtime.ctx.copy_text(command_line(&request));
                    let told = "Copied the command line of the figure.";
                    self.runtime.exporting.said = Some(Ok(told.to_owned()));
                    self.runtime.notices.tell(Tone::Done, told, None);
                }
                Err(sentence) => self.runtime.fail(sentence),
            },
        }
    }

    /// Begins with the layout of the screen that is in front.
    fn open_export(&mut self) {
        let kind = match self.session.screen {
            Screen::Halting => Some(Kind::Units),
            Screen::Compare => Some(Kind::Compare),
            _ => None,
        };
        let of_screen = kind.filter(|kind| self.why_no_layout(*kind).is_none());
        if let Some(kind) = of_screen {
            self.settings.figure.set_layout(kind);
        }
        self.runtime.exporting.begin();
    }

    /// Saves the figure, as the file's ending says.
    pub(in crate::explorer) fn save_figure(&mut self, named: PathBuf) {
        if self.runtime.exporting.is_saving() {
            return;
        }
        let path = self.figure_path(named.clone());
        // A dialog has asked about the name that was given, and not about the one that comes of it.
        let unasked = path != named;
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        // Sizes that are usual are those of the format that is saved; a layout that cannot move is told below.
        let before = self.settings.figure.clone();
        if let Ok(format) = figure::Format::of(&path)
            && (!format.is_animated() || self.figure_form().layout == Kind::Units)
            && format != self.settings.figure.format
        {
            self.settings.figure.set_format(format);
        }
        match self.figure_request(&name) {
            Ok(request) => self.ask_for_figure(request, Goal::Save(Target { path, unasked }), before),
            Err(sentence) => self.refuse_figure(before, sentence),
        }
    }

    /// Says why there is no file, in the dialog too, which may lie over the notices. Format and sizes are again those of
    /// before the file was named.
    pub(super) fn refuse_figure(&mut self, before: Form, sentence: String) {
        let Form { format, width, dpi, .. } = before;
        let form = &mut self.settings.figure;
        (form.format, form.width, form.dpi) = (format, width, dpi);
        self.runtime.exporting.said = Some(Err(sentence.clone()));
        self.runtime.fail(sentence);
    }

    /// Remembers where a figure was saved, and under which name.
    pub(super) fn remember_figure(&mut self, path: &std::path::Path) {
        self.settings.figure.folder = path.parent().map(PathBuf::from);
        self.runtime.exporting.stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    }
}

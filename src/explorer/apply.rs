//! What each command does.

use std::path::PathBuf;

use eframe::egui::ViewportCommand;

use crate::halting::HaltingSetting;
use crate::zoo::ModelSource;

use super::command::Command;
use super::dialogs::{Dialog, Purpose};
use super::export;
use super::library;
use super::opening::Origin;
use super::pictures;
use super::session::{PictureSource, Screen, Session};
use super::state::State;
use super::undo::{self, History};

impl State {
    /// Does what a command says; the one place where a person's wish changes anything.
    pub fn apply(&mut self, command: Command) {
        if self.must_wait(&command) {
            return self.runtime.after_opening.push(command);
        }
        match command {
            Command::ChoosePictures => self.open_dialog(Purpose::Pictures),
            Command::ChooseModel => self.open_dialog(Purpose::Model),
            Command::Open(files) => self.open_by_kind(files, Origin::Named),
            Command::Drop(files, origin) => self.take_dropped(files, origin),
            Command::Show(source) => self.show(source),
            Command::Unlist(path) => {
                self.session.opened.retain(|opened| *opened != path);
                self.session.folders.retain(|folder| folder.path != path);
            }
            Command::NextPicture => self.show_neighbour(1),
            Command::PreviousPicture => self.show_neighbour(-1),
            Command::ForgetRecent => {
                self.settings.recent.clear();
                self.settings.recent_sessions.clear();
            }
            Command::Quit => self.runtime.ctx.send_viewport_cmd(ViewportCommand::Close),

            Command::Undo => self.go(History::undo),
            Command::Redo => self.go(History::redo),
            Command::ResetHalting => self.session.setting = Default::default(),
            Command::HigherTau => self.step_tau(1),
            Command::LowerTau => self.step_tau(-1),

            Command::ShowScreen(screen) => self.session.screen = screen,
            Command::ToggleLibrary => self.settings.library_open = !self.settings.library_open,
            Command::ToggleInspector => self.settings.inspector_open = !self.settings.inspector_open,
            Command::ToggleOverlay => self.session.overlay = !self.session.overlay,
            Command::ZoomIn => self.session.view.zoom_in(),
            Command::ZoomOut => self.session.view.zoom_out(),
            Command::Fit => self.session.view.fit(),
            Command::ActualPixels => self.session.view.one_to_one(),
            Command::SetTheme(theme) => {
                self.settings.theme = theme;
                self.runtime.ctx.set_theme(theme);
            }

            Command::ToggleHelp => self.runtime.help_open = !self.runtime.help_open,
            Command::RestoreHints => self.settings.dismissed.clear(),
            Command::DismissHint(hint) => {
                self.settings.dismissed.insert(hint);
            }
            Command::Dismiss => self.dismiss(),
            Command::Retry => {
                self.runtime.notices.dismiss_errors();
                self.runtime.retry();
            }

            Command::ChooseFolder(folder) => self.open_dialog(Purpose::Folder(folder)),
            Command::SetForm(form) => {
                self.session.form = *form;
                let training = &mut self.runtime.training;
                (training.problem, training.refused) = (None, None);
            }
            Command::StartTraining => {
                let device = self.runtime.backend.batch_device();
                self.runtime.training.start(&self.session.form, device);
            }
            Command::PauseTraining => self.runtime.training.pause(),
            Command::ResumeTraining => {
                let device = self.runtime.backend.batch_device();
                self.runtime.training.resume(device);
            }
            Command::LeaveRun => self.runtime.training.leave(),
            Command::OpenRun(folder) => self.open_run(folder),
            Command::ShowEvaluation(step) => {
                if let Some(run) = &mut self.runtime.training.run {
                    run.chosen = step;
                }
            }

            Command::SetEvaluationForm(form) => {
                self.session.evaluation = *form;
                self.runtime.evaluations.problem = None;
            }
            Command::StartEvaluation => {
                let device = self.runtime.backend.batch_device();
                self.runtime.evaluations.start(&self.session.evaluation, device);
            }
            Command::PauseEvaluation => self.runtime.evaluations.pause(),
            Command::ResumeEvaluation => {
                let device = self.runtime.backend.batch_device();
                self.runtime.evaluations.resume(device);
            }
            Command::CancelEvaluation => self.runtime.evaluations.cancel(),
            Command::LeaveEvaluation => self.runtime.evaluations.leave(),
            Command::SelectCase(case) => {
                if let Some(shown) = &mut self.runtime.evaluations.shown {
                    shown.case = case;
                }
            }
            Command::SetGallery(look) => self.runtime.evaluations.gallery.set_look(look),
            Command::ExploreImage(index) => self.explore_image(index),
            Command::SaveEvaluation => self.runtime.evaluations.save(&self.session.evaluation.save),

            Command::Clipboard(action) => self.apply_clipboard(action),
            Command::Library(action) => self.apply_library(action),
            Command::Document(action) => self.apply_document(action),
            Command::NamePath(path) => self.name_path(path),

            Command::Guide(action) => self.apply_guide(action),
            Command::Halting(action) => self.apply_halting(action),
            Command::Compare(action) => self.apply_compare(action),
            Command::Attention(action) => self.apply_attention(action),
            Command::Export(action) => self.apply_export(action),

            Command::UseModel(source) => self.use_model(source),
            Command::SetThreshold(threshold) => self.session.setting.threshold = threshold,
            Command::SetUnitCap(cap) => self.session.setting.unit_cap = cap,
            Command::SetLogitOffset(offset) => self.session.setting.logit_offset = offset,
            Command::SetSize(size) => self.session.size = size,
            Command::SetQuantity(quantity) => self.session.quantity = quantity,
            Command::SetScope(scope) => self.session.scope = scope,
            Command::SetColormap(colormap) => self.session.colormap = colormap,
            Command::SetRange(range) => self.session.range = range,
            Command::SetOpacity(opacity) => self.session.opacity = opacity,
            Command::SetView(view) => self.session.view = view,
        }
    }

    /// Shows an image of the evaluation as the selected case saw it.
    fn explore_image(&mut self, index: usize) {
        let Some(shown) = &self.runtime.evaluations.shown else { return };
        let (Some(prepared), Some(case)) = (&shown.prepared, shown.ready_case()) else { return };
        let source = match (prepared.data.picture_path(index), &prepared.path) {
            (Some(file), _) => PictureSource::File(file),
            (None, Some(path)) => PictureSource::Example(path.clone(), index),
            (None, None) => PictureSource::Cifar(index),
        };
        let (model, threshold) = (case.source.clone(), case.subject.setting.threshold);
        self.session.setting = HaltingSetting { threshold, ..HaltingSetting::default() };
        self.use_model(model);
        self.show(source);
    }

    /// Goes a step through the history, and to where it is seen.
    fn go(&mut self, step: impl Fn(&mut History, &mut Session) -> bool) {
        let before = self.session.clone();
        if step(&mut self.history, &mut self.session) {
            if let Some(screen) = undo::screen_of(&before, &self.session) {
                self.session.screen = screen;
            }
            self.follow_session();
        }
    }

    /// Goes to a screen that looks at the picture, unless one is in front.
    pub(super) fn see_picture(&mut self) {
        if !self.session.screen.shows_picture() {
            self.session.screen = Screen::Explore;
        }
    }

    pub(super) fn open_dialog(&mut self, purpose: Purpose) {
        if self.runtime.dialog.is_some() {
            return;
        }
        if self.runtime.without_dialogs {
            self.runtime.path_asked = Some(purpose);
            return;
        }
        let ctx = self.runtime.ctx.clone();
        let suggested = match purpose {
            Purpose::SaveSession => Some(self.suggested_session()),
            Purpose::SaveFigure => Some(self.suggested_figure()),
            _ => None,
        };
        match Dialog::open(purpose, suggested, move || ctx.request_repaint()) {
            Ok(dialog) => self.runtime.dialog = Some((purpose, dialog)),
            Err(error) => self.runtime.fail(format!("cannot open a file dialog: {error}")),
        }
    }

    /// Takes the path that was asked for in the window.
    fn name_path(&mut self, path: Option<PathBuf>) {
        if let (Some(purpose), Some(path)) = (self.runtime.path_asked.take(), path) {
            self.take_chosen(purpose, vec![std::path::absolute(&path).unwrap_or(path)]);
        }
    }

    pub(super) fn show(&mut self, source: PictureSource) {
        self.see_picture();
        self.runtime.notices.dismiss_errors();
        if self.session.picture.as_ref() == Some(&source) {
            self.runtime.retry();
        }
        self.runtime.open_picture(source);
    }

    fn show_neighbour(&mut self, step: isize) {
        self.runtime.library.way = step;
        if let Some(source) = self.neighbour(step) {
            self.show(source);
        }
    }

    /// Loads a model; one from a file is looked for even if it is in use, since the file may have changed.
    pub(super) fn use_model(&mut self, source: ModelSource) {
        self.see_picture();
        self.runtime.notices.dismiss_errors();
        let in_use = self.runtime.model.as_ref().is_some_and(|model| model.source == source);
        if in_use {
            self.runtime.retry();
        }
        if in_use && matches!(source, ModelSource::Embedded(_)) {
            self.runtime.keep_model();
        } else {
            self.runtime.open_model(Some(source));
        }
    }

    /// Loads the model of the family that stands `step` places further in the order of tau, if there is one.
    fn step_tau(&mut self, step: isize) {
        if let Some(source) = self.family().and_then(|family| family.neighbour(step).cloned()) {
            self.use_model(source);
        }
    }

    /// Closes what lies on top.
    fn dismiss(&mut self) {
        let runtime = &mut self.runtime;
        let newest = runtime.notices.errors().next().map(|error| error.number);
        if runtime.palette_open {
            runtime.palette_open = false;
        } else if runtime.help_open {
            runtime.help_open = false;
        } else if runtime.path_asked.is_some() {
            runtime.path_asked = None;
        } else if runtime.exporting.open {
            self.apply_export(export::Action::Close);
        } else if runtime.tour.is_some() {
            self.end_tour();
        } else if runtime.notices.is_open() {
            runtime.notices.toggle();
        } else if !runtime.sorting.is_empty() {
            // A file system that does not answer keeps nobody from opening something else.
            runtime.sorting.clear();
        } else if let Some(number) = newest {
            runtime.notices.dismiss(number);
        } else {
            self.apply_library(library::Action::Search(String::new()));
        }
    }

    /// After undo, redo and the tour: opens what the session names now.
    pub(super) fn follow_session(&mut self) {
        self.runtime.notices.dismiss_errors();
        let open = self.runtime.picture.as_ref().map(|open| &open.picture.source);
        match self.session.picture.clone() {
            Some(source) if open != Some(&source) => self.runtime.open_picture(source),
            None => pictures::first().into_iter().for_each(|sample| self.runtime.open_picture(sample)),
            _ => self.runtime.pictures.cancel(),
        }
        let loaded = self.runtime.model.as_ref().map(|model| &model.source);
        match self.session.model.clone() {
            Some(source) if loaded != Some(&source) => self.runtime.open_model(Some(source)),
            None => self.runtime.open_model(None),
            _ => self.runtime.keep_model(),
        }
    }
}

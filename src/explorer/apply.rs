//! What each command does.

use std::path::PathBuf;

use eframe::egui::ViewportCommand;

use crate::dataset::{has_picture_ending, pictures_in};
use crate::halting::HaltingSetting;
use crate::zoo::ModelSource;

use super::command::Command;
use super::dialogs::{Dialog, Purpose, looks_like_model};
use super::pictures::neighbour;
use super::session::{LISTED, PictureSource, Screen};
use super::state::State;
use super::stored::of_file;
use super::training::looks_like_run;

impl State {
    /// Does what a command says; the one place where a person's wish changes anything.
    pub fn apply(&mut self, command: Command) {
        match command {
            Command::ChoosePictures => self.open_dialog(Purpose::Pictures),
            Command::ChooseModel => self.open_dialog(Purpose::Model),
            Command::Open(files) => self.open_files(files),
            Command::Show(source) => self.show(source),
            Command::Unlist(file) => self.session.opened.retain(|opened| *opened != file),
            Command::NextPicture => self.show_neighbour(1),
            Command::PreviousPicture => self.show_neighbour(-1),
            Command::ForgetRecent => self.settings.recent.clear(),
            Command::Quit => self.runtime.ctx.send_viewport_cmd(ViewportCommand::Close),

            Command::Undo => {
                if self.history.undo(&mut self.session) {
                    self.follow_session();
                }
            }
            Command::Redo => {
                if self.history.redo(&mut self.session) {
                    self.follow_session();
                }
            }
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
            Command::Dismiss => match self.runtime.help_open {
                true => self.runtime.help_open = false,
                false => self.runtime.error = None,
            },
            Command::Retry => {
                self.runtime.error = None;
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

            Command::Halting(action) => self.apply_halting(action),
            Command::Compare(action) => self.apply_compare(action),

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

    /// Opens files by what they are: the last model among them, and the pictures, also those in folders.
    fn open_files(&mut self, files: Vec<PathBuf>) {
        if let (Screen::Evaluate, Some(first)) = (self.session.screen, files.first()) {
            self.session.evaluation.data = first.display().to_string();
            self.runtime.evaluations.problem = None;
            return;
        }
        if let Some(run) = files.iter().find(|file| looks_like_run(file)) {
            return self.open_run(run.clone());
        }
        let (models, pictures): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| looks_like_model(file));
        if let Some(model) = models.into_iter().next_back() {
            self.use_model(ModelSource::File(model));
        }
        let mut files = Vec::new();
        let mut error = None;
        for path in pictures {
            match path.is_dir().then(|| pictures_in(&path)) {
                Some(Ok(listed)) => files.extend(listed),
                Some(Err(refused)) => error = Some(refused.to_string()),
                None => files.push(path),
            }
        }
        self.open_pictures(files);
        if error.is_some() {
            self.runtime.error = error;
        }
    }

    /// Lists these files in their order and shows the first.
    pub(super) fn open_pictures(&mut self, mut files: Vec<PathBuf>) {
        files.truncate(LISTED);
        let Some(first) = files.first().cloned() else { return };
        self.session.list(files);
        self.show(of_file(first));
    }

    /// Shows the training run in a folder.
    pub(super) fn open_run(&mut self, folder: PathBuf) {
        self.session.screen = Screen::Train;
        self.runtime.training.open(folder);
    }

    /// Shows an image of the evaluation as the selected case saw it.
    fn explore_image(&mut self, index: usize) {
        let Some(shown) = &self.runtime.evaluations.shown else { return };
        let (Some(prepared), Some(case)) = (&shown.prepared, shown.ready_case()) else { return };
        let file = PathBuf::from(prepared.data.picture_name(index));
        let source = match &prepared.path {
            None => PictureSource::Cifar(index),
            Some(_) if has_picture_ending(&file) && file.is_file() => PictureSource::File(file),
            Some(path) => PictureSource::Example(path.clone(), index),
        };
        let (model, threshold) = (case.source.clone(), case.subject.setting.threshold);
        self.session.setting = HaltingSetting { threshold, ..HaltingSetting::default() };
        self.use_model(model);
        self.show(source);
    }

    /// Goes to a screen that looks at the picture, unless one is in front.
    fn see_picture(&mut self) {
        if !self.session.screen.shows_picture() {
            self.session.screen = Screen::Explore;
        }
    }

    pub(super) fn open_dialog(&mut self, purpose: Purpose) {
        if self.runtime.dialog.is_some() {
            return;
        }
        let ctx = self.runtime.ctx.clone();
        match Dialog::open(purpose, move || ctx.request_repaint()) {
            Ok(dialog) => self.runtime.dialog = Some((purpose, dialog)),
            Err(error) => self.runtime.error = Some(format!("cannot open a file dialog: {error}")),
        }
    }

    fn show(&mut self, source: PictureSource) {
        self.see_picture();
        self.runtime.error = None;
        if self.session.picture.as_ref() == Some(&source) {
            self.runtime.retry();
        }
        self.runtime.open_picture(source);
    }

    fn show_neighbour(&mut self, step: isize) {
        // Arrows go through an export's own images, round and round.
        if let (Some(PictureSource::Export { path, index }), Some(stored)) =
            (&self.session.picture, self.stored())
        {
            let index = (*index as isize + step).rem_euclid(stored.images as isize) as usize;
            return self.show(PictureSource::Export { path: path.clone(), index });
        }
        if let Some(source) = neighbour(self.session.picture.as_ref(), &self.session.opened, step) {
            self.show(source);
        }
    }

    /// Loads a model; one from a file is looked for even if it is in use, since the file may have changed.
    pub(super) fn use_model(&mut self, source: ModelSource) {
        self.see_picture();
        self.runtime.error = None;
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

    /// After undo and redo: opens what the session names now.
    fn follow_session(&mut self) {
        self.runtime.error = None;
        let open = self.runtime.picture.as_ref().map(|open| &open.picture.source);
        match self.session.picture.clone() {
            Some(source) if open != Some(&source) => self.runtime.open_picture(source),
            _ => self.runtime.pictures.cancel(),
        }
        let loaded = self.runtime.model.as_ref().map(|model| &model.source);
        match self.session.model.clone() {
            Some(source) if loaded != Some(&source) => self.runtime.open_model(Some(source)),
            _ => self.runtime.keep_model(),
        }
    }
}

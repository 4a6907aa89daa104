//! The explorer's whole state, and how it moves on: commands come in through [`State::apply`], results of work
//! through [`State::advance`], and nothing else changes it.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use eframe::egui::{ColorImage, Context};

use crate::halting::HaltingSetting;
use crate::image::InputSize;
use crate::maps::Scope;
use crate::network::Variant;
use crate::zoo::{self, Member, ModelCard, ModelEntry, ModelSource};

use super::attention;
use super::backend::Backend;
use super::compare;
use super::dialogs::{Chosen, Folder, Purpose};
use super::document;
use super::inference::{Outcome, RunError};
use super::models::{Loaded, OpenModel};
use super::opening::Origin;
use super::painting::Painting;
use super::pictures::{self, Picture};
use super::runtime::{OpenPicture, PATIENCE, PIXELS, Runtime, Stage};
use super::session::{EDGES, PictureSource, Screen, Session, SizeChoice};
use super::settings::Settings;
use super::stored::{Stored, of_file};
use super::theme;
use super::training::{EvaluationMap, MapLook};
use super::undo::History;

/// Views get it by `&` and leave commands in the inbox.
pub struct State {
    pub session: Session,
    pub settings: Settings,
    pub runtime: Runtime,
    pub history: History,
}

/// The members of a family in the order of tau.
pub struct Family<'a> {
    pub members: Vec<Member<'a>>,
    /// Which of them is in use or, while it is loaded, is to be.
    pub chosen: usize,
}

impl Family<'_> {
    /// The member `step` places further.
    pub fn neighbour(&self, step: isize) -> Option<&ModelSource> {
        let place = self.chosen.checked_add_signed(step)?;
        self.members.get(place).map(|member| member.source)
    }
}

impl State {
    /// Begins with a session and opens what it names.
    pub fn new(
        ctx: &Context,
        session: Session,
        settings: Settings,
        backend: Arc<dyn Backend>,
    ) -> io::Result<Self> {
        let mut history = History::default();
        history.begin(&session);
        let mut runtime = Runtime::new(ctx, backend)?;
        runtime.open_model(session.model.clone());
        if let Some(source) = session.picture.clone().or_else(pictures::first) {
            runtime.open_picture(source);
        }
        ctx.set_theme(settings.theme);
        theme::set_motion(ctx, !settings.reduced_motion);
        let scale = settings.scale;
        let mut state = Self { session, settings, runtime, history };
        state.scale(scale);
        Ok(state)
    }

    /// Takes in finished work, asks for what is missing, and takes a step of history unless something is
    /// being dragged, or a model is to come, which belongs to the step that asked for it.
    pub fn advance(&mut self, dragging: bool) {
        self.absorb();
        self.follow_opening();
        self.follow_document();
        self.follow_library();
        self.follow_clipboard();
        self.follow_picture();
        self.schedule(dragging);
        self.follow_comparison();
        self.follow_attention();
        self.follow_training();
        self.follow_halting();
        self.follow_export();
        self.runtime.evaluations.advance();
        self.close_in_time();
        self.follow_notices();
        // What plays by itself is one gesture, too.
        let moving = dragging || self.runtime.halting.is_playing();
        if self.runtime.tour.is_none() {
            self.history.follow(&self.session, moving || self.runtime.coming_model.is_some());
        }
    }

    /// The session that a person has open; what a tour shows is none.
    pub fn own_session(&self) -> &Session {
        self.runtime.tour.as_ref().map_or(&self.session, |tour| tour.session())
    }

    /// What is known of the loaded model.
    pub fn card(&self) -> Option<&ModelCard> {
        self.runtime.model.as_ref().map(|model| model.inference.card())
    }

    /// What is known of the open picture without any model, if it comes from an export.
    pub fn stored(&self) -> Option<&Stored> {
        self.runtime.picture.as_ref()?.picture.stored.as_ref()
    }

    /// Whether the network whose map is shown decides anything: the loaded model, or the one that an export was made
    /// with.
    pub fn is_adaptive(&self) -> bool {
        if let Some(stored) = self.stored() {
            return stored.outcome.means.is_some();
        }
        self.card().is_some_and(|card| card.spec.variant != Variant::Vanilla)
    }

    /// The models that differ from the loaded one in tau alone; `None` if it has no tau.
    pub fn family(&self) -> Option<Family<'_>> {
        let model = self.runtime.model.as_ref()?;
        let members = zoo::family(&model.source, model.inference.card(), &self.runtime.entries);
        let place = |wanted: &ModelSource| members.iter().position(|member| member.source == wanted);
        let chosen = self.runtime.coming_model.as_ref().and_then(place).or_else(|| place(&model.source))?;
        Some(Family { members, chosen })
    }

    /// How halting is decided, as the loaded model understands it: a unit cap that no block reaches is none.
    pub fn setting(&self) -> HaltingSetting {
        understood(self.session.setting, self.card())
    }

    /// The size at which the open picture enters the loaded model.
    pub fn input_size(&self) -> Option<InputSize> {
        Some(input_size(self.session.size, self.card()?, &self.runtime.picture.as_ref()?.picture))
    }

    /// Goes over to the whole network where there is no such block.
    fn keep_scope_within(&mut self, blocks: usize) {
        if matches!(self.session.scope, Scope::Block(block) if block >= blocks) {
            self.session.scope = Scope::Network;
        }
    }

    /// Takes in how training goes; a run that has begun takes its folder with it, and the form names another.
    fn follow_training(&mut self) {
        if let Some(begun) = self.runtime.training.advance(self.session.screen == Screen::Train) {
            self.session.form.leave_folder(&begun);
        }
        let look = MapLook { range: self.session.range, colormap: self.session.colormap };
        let Runtime { training, ctx, .. } = &mut self.runtime;
        EvaluationMap::follow(&mut training.map, training.run.as_ref(), look, ctx);
    }

    fn absorb(&mut self) {
        self.runtime.absorb_library();
        self.absorb_dialog();
        while let Some(decoded) = self.runtime.pictures.poll() {
            match decoded {
                Ok((_, Ok((picture, pixels)))) => self.absorb_picture(picture, &pixels),
                Ok((source, Err(sentence))) => self.refuse_picture(Some(&source), sentence),
                Err(panicked) => self.refuse_picture(None, panicked.to_string()),
            }
        }
        while let Some(loaded) = self.runtime.models.poll() {
            self.absorb_model(loaded.unwrap_or_else(|panicked| Err(panicked.to_string())));
        }
        while let Some(outcome) = self.runtime.inference.poll() {
            match outcome {
                Ok(Ok(outcome)) => self.absorb_outcome(Arc::new(outcome)),
                Ok(Err(RunError::Cancelled)) => {}
                Ok(Err(RunError::Failed { key, sentence })) => {
                    self.runtime.failed = Some(*key);
                    self.runtime.fail(sentence);
                }
                Err(panicked) => {
                    self.runtime.failed = self.runtime.wanted.clone();
                    self.runtime.fail(panicked.to_string());
                }
            }
        }
        while let Some(painted) = self.runtime.painter.poll() {
            match painted {
                Ok((painting, pixels)) => self.absorb_painting(painting, pixels),
                Err(panicked) => self.runtime.fail(panicked.to_string()),
            }
        }
    }

    /// Remembers a run, and shows it unless what is wanted is there already.
    fn absorb_outcome(&mut self, outcome: Arc<Outcome>) {
        self.runtime.traces.insert(outcome.key.clone(), Arc::clone(&outcome), outcome.bytes());
        if self.runtime.wanted.as_ref() == Some(&outcome.key) || !self.runtime.is_answered() {
            self.runtime.outcome = Some(outcome);
        }
    }

    fn absorb_dialog(&mut self) {
        let Some((purpose, dialog)) = &self.runtime.dialog else { return };
        let (purpose, Some(chosen)) = (*purpose, dialog.poll()) else { return };
        self.runtime.dialog = None;
        match chosen {
            Chosen::Files(files) => self.take_chosen(purpose, files),
            Chosen::Nothing => {}
            Chosen::Unavailable => {
                self.runtime.without_dialogs = true;
                self.runtime.path_asked = Some(purpose);
            }
        }
    }

    /// Does what a dialog was for.
    pub(super) fn take_chosen(&mut self, purpose: Purpose, files: Vec<PathBuf>) {
        let Some(first) = files.first().cloned() else { return };
        let form = &mut self.session.form;
        match purpose {
            Purpose::Pictures => self.open_by_kind(files, Origin::Named),
            Purpose::Model => self.use_model(ModelSource::File(first)),
            Purpose::OtherModel => self.apply_compare(compare::Action::SetModel(ModelSource::File(first))),
            Purpose::Folder(Folder::Library) => self.add_folder(first, true),
            Purpose::Folder(Folder::Data) => form.data = first.display().to_string(),
            Purpose::Folder(Folder::Out) => form.out = first.display().to_string(),
            Purpose::Folder(Folder::Run) => self.open_run(first),
            Purpose::Folder(Folder::Evaluation) => {
                self.session.evaluation.data = first.display().to_string();
                self.runtime.evaluations.problem = None;
            }
            Purpose::Fixations => self.apply_attention(attention::Action::Open(first)),
            Purpose::FixationFolder => self.apply_attention(attention::Action::OpenFolder(first)),
            Purpose::OpenSession => self.apply_document(document::Action::Open(first)),
            Purpose::SaveSession => self.save_session(first),
            Purpose::SaveFigure => self.save_figure(first),
        }
    }

    fn absorb_picture(&mut self, picture: Picture, pixels: &Arc<ColorImage>) {
        let first = self.runtime.picture.is_none();
        if let PictureSource::File(path) | PictureSource::Export { path, .. } = &picture.source
            && !path.parent().is_some_and(|folder| self.session.lists_folder(folder))
        {
            self.settings.remember(path);
            self.session.list(vec![path.clone()]);
        }
        if let Some(stored) = &picture.stored {
            self.keep_scope_within(stored.outcome.trace.blocks.len());
        }
        self.session.picture = Some(picture.source.clone());
        if !first {
            self.session.view.fit();
        }
        let texture = self.runtime.texture("picture", Arc::clone(pixels), PIXELS);
        let picture = Arc::new(picture);
        self.runtime.picture = Some(Arc::new(OpenPicture { picture, texture, since: Instant::now() }));
        self.begin_history_if(first);
        self.look_ahead();
    }

    /// Keeps the picture that is there, and says what is wrong with the other.
    fn refuse_picture(&mut self, source: Option<&PictureSource>, sentence: String) {
        self.complain(sentence);
        if let Some(PictureSource::File(path) | PictureSource::Export { path, .. }) = source {
            self.session.opened.retain(|opened| opened != path);
            self.runtime.thumbnails.forget(&of_file(path.clone()));
        }
        let shown = self.runtime.picture.as_ref().map(|open| open.picture.source.clone());
        if self.session.picture != shown {
            self.session.picture = shown;
            self.history.correct(&self.session);
        }
        // A session's own picture may be gone by now, but there is always a sample.
        if let (None, Some(sample)) = (&self.session.picture, pictures::first())
            && source != Some(&sample)
        {
            self.runtime.open_picture(sample);
        }
    }

    fn absorb_model(&mut self, loaded: Loaded) {
        let asked = self.runtime.coming_model.take();
        let unswapped = self.runtime.unswapped.take();
        match loaded {
            Ok(model) => {
                let first = self.runtime.model.is_none();
                let card = model.inference.card();
                if let ModelSource::File(path) = &model.source {
                    // What is listed or comes with the session was not opened just now.
                    let listed = self.runtime.entries.iter().any(|entry| entry.source == model.source);
                    let opened = !listed && asked.is_some() && asked != self.session.model;
                    if opened || self.settings.recent.contains(path) {
                        self.settings.remember(path);
                    }
                    let entry = ModelEntry { source: model.source.clone(), card: card.clone() };
                    self.runtime.list_model(entry);
                }
                self.take_model(model);
                self.begin_history_if(first);
                if !first && self.runtime.tour.is_none() {
                    self.tell_of_setting();
                }
            }
            Err(sentence) => {
                self.complain(sentence);
                if let Some((setting, comparison)) = unswapped {
                    self.session.setting = setting;
                    self.session.comparison = comparison;
                }
                match &self.runtime.model {
                    Some(model) if self.session.model.as_ref() != Some(&model.source) => {
                        self.session.model = Some(model.source.clone());
                        self.history.correct(&self.session);
                    }
                    Some(_) => {}
                    None if self.session.model.take().is_some() => self.runtime.open_model(None),
                    None => {}
                }
            }
        }
    }

    /// Goes over to a model that is loaded.
    pub(super) fn take_model(&mut self, model: OpenModel) {
        let blocks = model.inference.card().spec.units.len();
        self.session.model = Some(model.source.clone());
        self.runtime.model = Some(model);
        if self.stored().is_none() {
            self.keep_scope_within(blocks);
        }
        self.session.setting = self.setting();
    }

    fn absorb_painting(&mut self, painting: Painting, pixels: Option<ColorImage>) {
        let Some(open) = self.runtime.picture.clone() else { return };
        if painting.outcome.key.picture != open.picture.hash {
            // It may be wanted again when its picture is.
            self.runtime.painted.take_if(|painted| *painted == painting.motif);
            return;
        }
        let overlay = pixels.map(|pixels| self.runtime.texture("map", pixels, PIXELS));
        self.runtime.stage = Stage { picture: Some(open), painting: Some(painting), overlay };
    }

    /// What is there from the start is no change that could be undone.
    fn begin_history_if(&mut self, first: bool) {
        if first {
            self.history.begin(&self.session);
        }
    }

    /// Shows a new picture without a map if the map is long in coming; the same pixels keep theirs.
    fn follow_picture(&mut self) {
        let Some(open) = &self.runtime.picture else { return };
        let shown = self.runtime.stage.picture.as_ref();
        if shown.is_some_and(|shown| Arc::ptr_eq(shown, open)) {
            return;
        }
        if shown.is_some_and(|shown| shown.picture.hash == open.picture.hash) {
            self.runtime.stage.picture = Some(Arc::clone(open));
            return;
        }
        match PATIENCE.checked_sub(open.since.elapsed()) {
            Some(rest) if shown.is_some() => self.runtime.ctx.request_repaint_after(rest),
            _ => {
                self.runtime.stage = Stage { picture: Some(Arc::clone(open)), ..Stage::default() };
                // What was painted is no longer shown, and has to be painted again if it is asked for.
                self.runtime.painted = None;
            }
        }
    }
}

/// A setting as a model understands it: a unit cap that no block reaches is none.
pub fn understood(setting: HaltingSetting, card: Option<&ModelCard>) -> HaltingSetting {
    let most = card.and_then(|card| card.spec.units.iter().copied().max());
    let unit_cap = setting.unit_cap.filter(|cap| most.is_none_or(|most| *cap < most));
    HaltingSetting { unit_cap, ..setting }
}

/// The size at which a picture enters a model. Native is bounded like every other choice: a camera's picture would need
/// more memory than most machines have.
pub fn input_size(choice: SizeChoice, card: &ModelCard, picture: &Picture) -> InputSize {
    let (height, width) = (picture.height(), picture.width());
    let most = *EDGES.end();
    match choice.resolve(card, height, width) {
        InputSize::Native if height.max(width) > most => InputSize::LongerEdge(most),
        size => size,
    }
}

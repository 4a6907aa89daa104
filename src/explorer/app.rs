//! The window: what happens in a frame, in order.

use std::io;
use std::path::Path;
use std::sync::Arc;

use eframe::egui::{self, CentralPanel, Context, Popup, Ui};

use super::autosave::{Autosave, Kept};
use super::backend::Backend;
use super::clipboard;
use super::command::{self, ALIASES, Command, Inbox};
use super::first_map::FirstMap;
use super::opening::Origin;
use super::panels;
use super::screens;
use super::screenshot::Screenshot;
use super::session::Screen;
use super::state::State;
use super::theme;

/// The explorer as eframe sees it.
pub struct App {
    state: State,
    inbox: Inbox,
    screenshot: Option<Screenshot>,
    first_map: Option<FirstMap>,
    autosave: Option<Autosave>,
}

impl App {
    /// Begins with what `storage` kept, or afresh without one.
    pub fn new(
        ctx: &Context,
        storage: Option<&dyn eframe::Storage>,
        backend: Arc<dyn Backend>,
    ) -> io::Result<Self> {
        let app = Self::begin(ctx, Kept::of_storage(storage), backend)?;
        Ok(if storage.is_some() { app.welcome() } else { app })
    }

    /// Begins with what was kept in `folder`, or else by `storage`, and keeps it there from now on; where that cannot
    /// be, says so and does without.
    pub fn autosaved(
        ctx: &Context,
        storage: Option<&dyn eframe::Storage>,
        folder: &Path,
        backend: Arc<dyn Backend>,
    ) -> io::Result<Self> {
        let own = ctx.clone();
        let autosave = Autosave::new(folder, move || own.request_repaint());
        let kept = autosave.as_ref().ok().and_then(Autosave::read);
        let mut app = Self::begin(ctx, kept.unwrap_or_else(|| Kept::of_storage(storage)), backend)?;
        match autosave {
            Ok(autosave) => {
                app.autosave = Some(autosave);
                app.state.runtime.clipboard.keep_in(folder.join("pasted"));
            }
            Err(error) => {
                let sentence = format!("cannot keep the session in {} ({error})", folder.display());
                app.state.runtime.fail(sentence);
            }
        }
        Ok(app.welcome())
    }

    fn begin(ctx: &Context, kept: Kept, backend: Arc<dyn Backend>) -> io::Result<Self> {
        theme::install(ctx);
        // Commands do it, so that it is kept and listed with the others.
        ctx.options_mut(|options| options.zoom_with_keyboard = false);
        let state = State::new(ctx, kept.session, kept.settings, backend)?;
        Ok(Self { state, inbox: Inbox::default(), screenshot: None, first_map: None, autosave: None })
    }

    /// Offers the tour to somebody who is here for the first time.
    fn welcome(mut self) -> Self {
        if !std::mem::replace(&mut self.state.settings.welcomed, true) {
            self.state.offer_tour();
        }
        self
    }

    /// Asks for paths in the window itself, as where the system has no file dialogs.
    pub fn without_dialogs(mut self) -> Self {
        self.state.runtime.without_dialogs = true;
        self
    }

    /// Does a command.
    pub fn apply(&mut self, command: Command) {
        self.state.apply(command);
    }

    /// Begins with a command done.
    pub fn with(mut self, command: Command) -> Self {
        self.apply(command);
        self
    }

    /// Takes a picture of the window once the first map stands, and then closes it.
    pub(super) fn with_screenshot(mut self, screenshot: Option<Screenshot>) -> Self {
        if screenshot.is_some() {
            self.state.runtime.notices.forget();
        }
        self.screenshot = screenshot;
        self
    }

    /// Says when the first map has been drawn, and then closes the window.
    pub(super) fn with_first_map(mut self, until_map: bool) -> Self {
        self.first_map = until_map.then(FirstMap::default);
        self
    }

    /// Whether nothing more will change until somebody does something.
    pub fn is_idle(&self) -> bool {
        self.state.runtime.is_idle()
    }

    /// What went wrong last, as long as it is shown.
    pub fn error(&self) -> Option<&str> {
        self.state.runtime.notices.errors().next().map(|error| error.text.as_str())
    }

    /// How many pictures were decoded, and not found decoded ahead.
    pub fn decoded(&self) -> usize {
        self.state.runtime.decoder.decoded()
    }

    /// Commands from the keyboard and from files dropped onto the window.
    fn listen(&self, ctx: &Context) {
        let dropped: Vec<_> =
            ctx.input(|input| input.raw.dropped_files.iter().map(|file| file.path().to_owned()).collect());
        if !dropped.is_empty() {
            self.inbox.push(Command::Drop(dropped, Origin::Named));
        }
        // Extra modifiers are ignored when a shortcut is matched, so the longer ones come first.
        let own = command::with_keys().filter_map(|command| Some((command, command.info()?.shortcut?)));
        let aliases = ALIASES.iter().map(|(shortcut, command)| (command, *shortcut));
        let mut shortcuts: Vec<_> = own.chain(aliases).collect();
        shortcuts.sort_by_key(|(_, shortcut)| std::cmp::Reverse(shortcut.modifiers.shift));
        // Escape closes an open menu first.
        let menu_open = Popup::is_any_open(ctx) && !self.state.runtime.notices.is_open();
        let typing = ctx.text_edit_focused();
        let covered = self.state.runtime.is_covered();
        if self.state.session.screen.shows_picture() && !typing && !covered {
            clipboard::listen(ctx, &self.state, &self.inbox);
        }
        for (command, shortcut) in shortcuts {
            let dismisses = *command == Command::Dismiss;
            let heard = match dismisses {
                true => !typing && !menu_open,
                false => command.is_heard_everywhere() || !(typing || covered),
            };
            if heard && self.state.can(command) && ctx.input_mut(|input| input.consume_shortcut(&shortcut)) {
                self.inbox.push(command.clone());
            }
        }
    }

    fn keep(&mut self) {
        let Some(autosave) = &mut self.autosave else { return };
        autosave.follow(self.state.own_session(), &self.state.settings);
        if let Some(trouble) = autosave.trouble() {
            self.state.runtime.fail(trouble);
        }
    }

    fn obey(&mut self) {
        for command in self.inbox.drain() {
            self.state.apply(command);
        }
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        if ctx.input(|input| input.viewport().close_requested()) {
            self.state.hold_close();
        }
        self.state.advance(is_dragging(ctx));
        if let Some(first_map) = &mut self.first_map {
            first_map.advance(ctx);
        }
        let stands = self.state.runtime.is_idle() && self.state.runtime.stage.painting.is_some();
        if let Some(screenshot) = &mut self.screenshot {
            let error = self.state.runtime.notices.errors().next().map(|error| error.text.as_str());
            screenshot.advance(ctx, stands, error);
        }
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.listen(ui.ctx());
        self.state.runtime.thumbnails.begin_frame();
        let Self { state, inbox, .. } = self;
        panels::menu::menu_ui(ui, state, inbox);
        panels::status::status_ui(ui, state, inbox);
        let floor = ui.available_rect_before_wrap().bottom();
        let frame = egui::Frame::NONE.fill(ui.visuals().panel_fill);
        let screen = CentralPanel::default().frame(frame);
        if state.session.screen.shows_picture() {
            panels::library::library_ui(ui, state, inbox);
            panels::inspector::inspector_ui(ui, state, inbox);
        }
        screen.show(ui, |ui| match state.session.screen {
            Screen::Explore => screens::explore::explore_ui(ui, state, inbox),
            Screen::Halting => screens::halting::halting_ui(ui, state, inbox),
            Screen::Compare => screens::compare::compare_ui(ui, state, inbox),
            Screen::Evaluate => screens::evaluate::evaluate_ui(ui, state, inbox),
            Screen::Train => screens::train::train_ui(ui, state, inbox),
        });
        panels::notices::news_ui(ui, state, inbox, floor);
        panels::tour::tour_ui(ui, state, inbox);
        panels::export::export_ui(ui, state, inbox);
        panels::help::help_ui(ui, state, inbox);
        panels::palette::palette_ui(ui, state, inbox);
        panels::path::path_ui(ui, state, inbox);
        if let Some(first_map) = &mut self.first_map {
            first_map.drew(self.state.runtime.stage.overlay.is_some());
        }
        self.obey();
        self.state.advance(is_dragging(ui.ctx()));
        self.keep();
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        let (session, settings) = (self.state.own_session().clone(), self.state.settings.clone());
        Kept { session, settings }.store(storage);
    }

    fn on_exit(&mut self) {
        self.state.finish_saving();
        self.keep();
        self.autosave = None;
    }
}

/// While a button is down, changes belong to one gesture.
fn is_dragging(ctx: &Context) -> bool {
    ctx.input(|input| input.pointer.any_down())
}

//! The window: what happens in a frame, in order.

use std::io;
use std::sync::Arc;

use eframe::egui::{self, CentralPanel, Context, Popup, Ui};

use super::backend::Backend;
use super::command::{self, ALIASES, Command, Inbox};
use super::panels;
use super::screens;
use super::screenshot::Screenshot;
use super::session::{Screen, Session};
use super::settings::Settings;
use super::state::State;
use super::theme;
use super::tour::Tour;

const SESSION: &str = "session";
const SETTINGS: &str = "settings";

/// The explorer as eframe sees it.
pub struct App {
    state: State,
    inbox: Inbox,
    screenshot: Option<Screenshot>,
}

impl App {
    /// Begins with what `storage` kept, or afresh without one.
    pub fn new(
        ctx: &Context,
        storage: Option<&dyn eframe::Storage>,
        backend: Arc<dyn Backend>,
    ) -> io::Result<Self> {
        theme::install(ctx);
        // Commands do it, so that it is kept and listed with the others.
        ctx.options_mut(|options| options.zoom_with_keyboard = false);
        let kept = |key| storage.and_then(|storage| storage.get_string(key));
        let session = kept(SESSION).and_then(|text| Session::from_text(&text)).unwrap_or_default();
        let settings: Settings =
            kept(SETTINGS).and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        let mut state = State::new(ctx, session, settings, backend)?;
        if storage.is_some() && kept(SETTINGS).is_none() {
            state.offer_tour();
        }
        Ok(Self { state, inbox: Inbox::default(), screenshot: None })
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

    /// Whether nothing more will change until somebody does something.
    pub fn is_idle(&self) -> bool {
        self.state.runtime.is_idle()
    }

    /// Commands from the keyboard and from files dropped onto the window.
    fn listen(&self, ctx: &Context) {
        let dropped: Vec<_> =
            ctx.input(|input| input.raw.dropped_files.iter().map(|file| file.path().to_owned()).collect());
        if !dropped.is_empty() {
            self.inbox.push(Command::Open(dropped));
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

    fn obey(&mut self) {
        for command in self.inbox.drain() {
            self.state.apply(command);
        }
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        if ctx.input(|input| input.viewport().close_requested()) {
            self.state.runtime.training.hold_close();
        }
        self.state.advance(is_dragging(ctx));
        let stands = self.state.runtime.is_idle() && self.state.runtime.stage.painting.is_some();
        if let Some(screenshot) = &mut self.screenshot {
            let error = self.state.runtime.notices.errors().next().map(|error| error.text.as_str());
            screenshot.advance(ctx, stands, error);
        }
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.listen(ui.ctx());
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
        panels::help::help_ui(ui, state, inbox);
        panels::palette::palette_ui(ui, state, inbox);
        self.obey();
        self.state.advance(is_dragging(ui.ctx()));
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        // What a tour shows is not what a person had open.
        let session = self.state.runtime.tour.as_ref().map_or(&self.state.session, Tour::session);
        if let Some(text) = session.to_text() {
            storage.set_string(SESSION, text);
        }
        if let Ok(text) = serde_json::to_string(&self.state.settings) {
            storage.set_string(SETTINGS, text);
        }
    }
}

/// While a button is down, changes belong to one gesture.
fn is_dragging(ctx: &Context) -> bool {
    ctx.input(|input| input.pointer.any_down())
}

//! The window (egui).
//!
//! Three kinds of state: [`session::Session`] is what is open and how it is shown (saved, undoable),
//! [`settings::Settings`] are a person's preferences, [`runtime::Runtime`] is what lives only while the window is
//! open. Panels and screens read them and push [`command::Command`]s; only [`state::State::apply`] changes anything.
//! Work runs on named workers and comes back through [`state::State::advance`].

mod app;
mod apply;
mod attention;
mod autosave;
mod backend;
mod cache;
mod clipboard;
mod closing;
mod command;
mod compare;
mod dialogs;
mod document;
mod evaluation;
mod export;
mod first_map;
mod fuzzy;
mod guide;
mod halting;
mod inference;
mod launch;
mod library;
mod looker;
mod models;
mod notices;
mod opening;
mod painting;
mod palette;
mod panels;
mod pictures;
mod places;
mod possible;
mod readout;
mod runtime;
mod schedule;
mod screens;
mod screenshot;
mod session;
mod session_file;
mod settings;
mod state;
mod stored;
mod terms;
mod theme;
mod tour;
mod training;
mod undo;
mod widgets;

pub use app::App;
pub use backend::{Backend, Inference, Zoo};
pub use command::Command;
pub use launch::{Launch, ThemeChoice, run};
pub use session::{Screen, SizeChoice};

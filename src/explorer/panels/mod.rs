//! What surrounds a screen: menu bar, library, inspector, status bar, help.

pub mod help;
pub mod inspector;
pub mod library;
pub mod menu;
pub mod status;

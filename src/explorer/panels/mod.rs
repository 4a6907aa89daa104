//! What surrounds a screen: menu bar, library, inspector, status bar, help, and the field for a path.

pub mod help;
pub mod inspector;
pub mod library;
pub mod menu;
pub mod path;
pub mod status;

//! What surrounds a screen: menu bar, library, inspector, status bar; and what lies over it: help, palette, export of figures, tour, news, the
//! field for a path.

pub mod export;
pub mod help;
pub mod inspector;
pub mod library;
pub mod menu;
pub mod notices;
pub mod palette;
pub mod path;
pub mod status;
pub mod tour;

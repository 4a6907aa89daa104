//! The tabs of the window.

pub mod explore;

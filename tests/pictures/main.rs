//! Pictures in and out as a person meets them: decoding, preprocessing, maps, figures and the `map` command.

mod decoding;
mod fixture;
mod map_command;
mod reference;

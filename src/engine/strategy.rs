//! Whether halted positions are left out or masked.

use std::fmt;
use std::str::FromStr;

/// How units are computed where only some positions are active.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strategy {
    /// Whatever is faster at the share of active positions at hand.
    #[default]
    Auto,
    /// Active positions only.
    Rows,
    /// Every position, multiplied by the mask, as the reference does. The results are the same.
    Dense,
}

/// No such strategy.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("unknown engine {0:?}: choose auto, rows or dense")]
pub struct UnknownStrategy(String);

impl FromStr for Strategy {
    type Err = UnknownStrategy;

    fn from_str(text: &str) -> Result<Self, UnknownStrategy> {
        match text.to_ascii_lowercase().as_str() {
            "auto" => Ok(Self::Auto),
            "rows" => Ok(Self::Rows),
            "dense" => Ok(Self::Dense),
            _ => Err(UnknownStrategy(text.to_owned())),
        }
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::Rows => "rows",
            Self::Dense => "dense",
        })
    }
}

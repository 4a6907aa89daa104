//! Ponder maps against human attention: how well a map tells where people looked.
//!
//! The paper compares ponder maps with the fixations of cat2000 (Borji and Itti 2015) by the AUC of Judd et al. (2009).
//! Here that is done as the code of the MIT saliency benchmark does it, where it says how:
//!
//! - A map is brought to the size of the fixations, never the other way round, by bicubic interpolation.
//! - AUC-Judd takes the fixated positions against all others. Their code breaks ties by noise and draws slanted lines from
//!   threshold to threshold, which adds up to half of a fixation's share. Here ties count half, and the area is exact; so a flat
//!   map has 0.5 whatever its fixations, and figures do not change from run to run.
//! - CC is Pearson's correlation with the density of fixations, NSS the mean of the standardised map at the fixated positions.
//!
//! People look at the middle of a picture, whatever is in it, and photographers know. A network cannot know, so the paper adds a
//! Gaussian in the middle to the map; figures are given with it, without it, and for it alone ([`CentrePrior`]).

mod agreement;
mod error;
mod fixations;
mod folder;
mod grid;
mod mat;
mod means;
mod metrics;
mod points;

pub use agreement::{Agreement, CentrePrior, Comparison, Scores, compare};
pub use error::SaliencyError;
pub use fixations::{FixationKind, Fixations, MAX_POSITIONS};
pub use folder::{FixationFolder, pictures_below};
pub use means::{MeanScores, Means};
pub use metrics::{auc_judd, correlation, nss};

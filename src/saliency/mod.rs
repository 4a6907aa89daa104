//! Ponder maps against human attention: how well a map tells where people looked.
//!
//! The paper compares ponder maps with the fixations of cat2000 (Borji and Itti 2015) by AUC-Judd. Here that is done as the code of
//! the MIT saliency benchmark (Bylinskii et al., github.com/cvzoya/saliency) does it:
//!
//! - A map is brought to the size of the fixations, never the other way round, by bicubic interpolation.
//! - AUC-Judd takes the fixated positions against all others. Their code breaks ties by noise, and draws slanted lines from
//!   threshold to threshold, which adds up to `1 / 2n` for `n` fixated positions. Here ties count half, and the area is exact: a flat
//!   map has 0.5 whatever its fixations, and figures do not change from run to run.
//! - CC is Pearson's correlation with the density of fixations, NSS the mean of the standardised map at the fixated positions.
//!
//! People look at the middle of a picture, whatever is in it, and a fully convolutional network cannot know. So figures are given
//! with a Gaussian in the middle added to the map, without it, and for it alone ([`CentrePrior`]); stretched to the picture, as Clarke
//! and Tatler (2014) advise. The paper adds one, too, and chooses blur and weight on half of the pictures.

mod agreement;
mod error;
mod fixations;
mod folder;
mod grid;
mod mat;
mod means;
mod metrics;
mod points;

pub use agreement::{Agreement, CentrePrior, Comparison, Scores, Target};
pub use error::SaliencyError;
pub use fixations::{FixationKind, Fixations, MAX_POSITIONS};
pub use folder::{FixationFolder, pictures_below};
pub use means::{MeanScores, Means};
pub use metrics::{auc_judd, correlation, nss};

//! Human attention: the fixations of the open picture, and how well the map that is shown tells them.

mod action;
mod gaze;
mod outline;
mod work;

pub use action::Action;
pub use gaze::{Gaze, Standing};
pub use work::Found;

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::saliency::{CentrePrior, Comparison};

use super::session::{PictureSource, within};

/// Widths of the centre prior on offer, as shares of the picture's; those of `ponderscope saliency`.
pub const SIGMAS: RangeInclusive<f64> = 0.01..=10.0;
/// Weights of the centre prior, from the map alone to the prior alone.
pub const WEIGHTS: RangeInclusive<f64> = 0.0..=1.0;

/// Where fixations are, and how the map is compared with them; part of the session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Attention {
    /// A file with the fixations of one picture, which comes before the folder.
    pub file: Option<FileOf>,
    /// A folder with the fixations of many, in files called as they are.
    pub folder: Option<PathBuf>,
    /// Standard deviation of the centre prior, as a share of the picture's width and of its height.
    pub sigma: f64,
    /// How much the centre prior counts: 0 is the map alone, 1 the prior alone.
    pub weight: f64,
    /// Whether the fixations lie over the picture.
    pub over_picture: bool,
}

/// A picture and the file of its fixations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileOf {
    pub picture: PictureSource,
    pub path: PathBuf,
}

/// Where the fixations of a picture are looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    File(PathBuf),
    Folder(PathBuf),
}

impl Default for Attention {
    /// The centre prior is that of `ponderscope saliency`.
    fn default() -> Self {
        let CentrePrior { sigma, weight } = Comparison::default().centre;
        Self { file: None, folder: None, sigma, weight, over_picture: true }
    }
}

impl Attention {
    pub fn centre(&self) -> CentrePrior {
        CentrePrior { sigma: self.sigma, weight: self.weight }
    }

    pub fn set_centre(&mut self, CentrePrior { sigma, weight }: CentrePrior) {
        (self.sigma, self.weight) = (sigma, weight);
        self.sound();
    }

    /// Where the fixations of a picture are; `None` if none are named for it.
    pub fn place(&self, picture: &PictureSource) -> Option<Place> {
        let file = self.file.as_ref().filter(|file| file.picture == *picture);
        let file = file.map(|file| Place::File(file.path.clone()));
        file.or_else(|| self.folder.clone().map(Place::Folder))
    }

    /// Takes a place for the fixations of `picture`; a folder is one for all pictures.
    fn take(&mut self, picture: PictureSource, place: Place) {
        match place {
            Place::File(path) => self.file = Some(FileOf { picture, path }),
            Place::Folder(path) => (self.file, self.folder) = (None, Some(path)),
        }
    }

    /// With every number brought into its bounds.
    pub fn sound(&mut self) {
        let otherwise = Self::default();
        self.sigma = within(self.sigma, SIGMAS, otherwise.sigma);
        self.weight = within(self.weight, WEIGHTS, otherwise.weight);
    }

    /// Leaves out paths that are not Unicode, which cannot be written.
    pub fn leave_out_odd(&mut self) {
        let odd = |path: &Path| path.to_str().is_none();
        self.file.take_if(|file| odd(&file.path) || file.picture.path().is_some_and(odd));
        self.folder.take_if(|folder| odd(folder));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_of_its_picture_alone_and_a_folder_of_every_other() {
        let [cat, dog] = [1, 2].map(PictureSource::Cifar);
        let mut attention = Attention::default();
        attention.take(cat.clone(), Place::File("cat.csv".into()));
        assert_eq!(attention.place(&cat), Some(Place::File("cat.csv".into())));
        assert_eq!(attention.place(&dog), None);
        attention.folder = Some("eyes".into());
        assert_eq!(attention.place(&cat), Some(Place::File("cat.csv".into())));
        assert_eq!(attention.place(&dog), Some(Place::Folder("eyes".into())));
        // Who names a folder now wants to see what is in it.
        attention.take(cat.clone(), Place::Folder("other eyes".into()));
        assert_eq!(attention.place(&cat), Some(Place::Folder("other eyes".into())));
    }

    #[test]
    fn numbers_out_of_bounds_are_brought_back() {
        let mut attention: Attention = serde_json::from_str(r#"{"sigma":0,"weight":7}"#).unwrap();
        attention.sound();
        assert_eq!((attention.sigma, attention.weight), (0.01, 1.0));
        attention.set_centre(CentrePrior { sigma: f64::NAN, weight: -1.0 });
        assert_eq!((attention.sigma, attention.weight), (Attention::default().sigma, 0.0));
    }
}

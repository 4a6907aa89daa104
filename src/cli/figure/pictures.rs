//! The pictures of a figure, as a person names them.

use crate::dataset;
use crate::figure::PictureName;

/// The pictures that a person named, folders listed.
///
/// # Errors
/// A folder that cannot be read or holds no pictures.
pub fn listed(names: &[String]) -> anyhow::Result<Vec<PictureName>> {
    let mut pictures = Vec::new();
    for name in names {
        let Ok(picture) = name.parse::<PictureName>();
        match picture {
            PictureName::File(folder) if folder.is_dir() => {
                pictures.extend(dataset::pictures_in(&folder)?.into_iter().map(PictureName::File));
            }
            picture => pictures.push(picture),
        }
    }
    Ok(pictures)
}

//! Pictures as files that are whole or not there.

use std::io::{BufWriter, Write};
use std::path::Path;

use ::image::ImageEncoder;
use ::image::codecs::jpeg::JpegEncoder;
use ::image::codecs::png::PngEncoder;

use crate::aside;
use crate::image::RgbImage;

use super::FigureError;

const JPEG_QUALITY: u8 = 95;

/// Saves a picture as PNG. It is written aside in the same folder and renamed when whole, so that a picture which
/// stood there before is replaced or stays as it was.
///
/// # Errors
/// [`FigureError::Save`] with the path: no such folder, no permission, no space.
pub fn save_png(picture: &RgbImage, path: &Path) -> Result<(), FigureError> {
    save(path, |writer| encode(PngEncoder::new(writer), picture))
}

/// Saves a picture as JPEG in a quality in which eyes miss nothing; otherwise as [`save_png`].
///
/// # Errors
/// Those of [`save_png`].
pub fn save_jpeg(picture: &RgbImage, path: &Path) -> Result<(), FigureError> {
    save(path, |writer| encode(JpegEncoder::new_with_quality(writer, JPEG_QUALITY), picture))
}

fn encode(encoder: impl ImageEncoder, picture: &RgbImage) -> std::io::Result<()> {
    let (width, height) = picture.dimensions();
    encoder.write_image(picture.as_raw(), width, height, ::image::ExtendedColorType::Rgb8).map_err(|error| {
        match error {
            ::image::ImageError::IoError(error) => error,
            other => std::io::Error::other(other),
        }
    })
}

/// Saves what is encoded already; otherwise as [`save_png`].
pub(super) fn save_bytes(bytes: &[u8], path: &Path) -> Result<(), FigureError> {
    save(path, |writer| writer.write_all(bytes))
}

fn save(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<&std::fs::File>) -> std::io::Result<()>,
) -> Result<(), FigureError> {
    write_aside(path, write).map_err(|reason| FigureError::Save { path: path.to_owned(), reason })
}

fn write_aside(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<&std::fs::File>) -> std::io::Result<()>,
) -> std::io::Result<()> {
    let file = aside::create(path)?;
    let mut writer = BufWriter::new(file.as_file());
    write(&mut writer)?;
    writer.flush()?;
    drop(writer);
    aside::persist(file, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_picture_replaces_the_old_one_and_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("map.png");
        std::fs::write(&path, "old").unwrap();
        let picture = RgbImage::from_fn(5, 3, |x, y| ::image::Rgb([x as u8, y as u8, 7]));
        save_png(&picture, &path).unwrap();
        assert_eq!(crate::image::open(&path).unwrap(), picture);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let plain = folder.path().join("plain");
            std::fs::write(&plain, "").unwrap();
            let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode();
            assert_eq!(mode(&path), mode(&plain));
        }
    }

    #[test]
    fn what_stood_there_survives_a_failure() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("map.png");
        std::fs::write(&path, "old").unwrap();
        let failed = write_aside(&path, |writer| {
            writer.write_all(b"half a pict")?;
            Err(std::io::Error::from(std::io::ErrorKind::StorageFull))
        });
        assert!(failed.is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let error = save_png(&RgbImage::new(1, 1), Path::new("no/such/folder/map.png")).unwrap_err();
        assert!(error.to_string().starts_with("cannot save no/such/folder/map.png"), "{error}");
    }
}

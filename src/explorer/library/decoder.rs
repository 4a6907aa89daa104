//! Decoding pictures, those beside the open one ahead of time, so that the next one shows at once.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use eframe::egui::ColorImage;

use crate::explorer::cache::Cache;
use crate::explorer::painting::to_screen;
use crate::explorer::pictures::Picture;
use crate::explorer::session::PictureSource;
use crate::jobs::Cancel;

/// Bytes of decoded pictures kept: three of 12 megapixels with their pixels for the screen.
const KEPT_BYTES: usize = 256 << 20;

/// A decoded picture and its pixels for the screen.
pub type Shown = (Picture, Arc<ColorImage>);

/// Decodes pictures and keeps those decoded last. Shared by the worker for the picture that is asked for, and the one
/// for those that are likely to be.
pub struct Decoder {
    most_pixels: usize,
    kept: Mutex<Cache<PictureSource, (Stamp, Shown)>>,
    decoded: AtomicUsize,
}

/// What tells whether a picture is still as it was.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Stamp {
    Embedded,
    File { bytes: u64, modified: SystemTime },
}

impl Decoder {
    /// Pixels for the screen are thinned out to `most_pixels` along the longer edge.
    pub fn new(most_pixels: usize) -> Self {
        let kept = Mutex::new(Cache::new(KEPT_BYTES));
        Self { most_pixels, kept, decoded: AtomicUsize::new(0) }
    }

    /// Decodes a picture, unless it is kept and its file is as it was; the error is one sentence.
    pub fn open(&self, source: PictureSource) -> Result<Shown, String> {
        // Taken before the file is read: if it changes meanwhile, it is read again next time.
        let stamp = Stamp::of(&source);
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).get(&source);
        if let Some(kept) = kept
            && Some(kept.0) == stamp
        {
            return Ok(kept.1.clone());
        }
        self.decoded.fetch_add(1, Ordering::Relaxed);
        let picture = Picture::open(source.clone())?;
        let pixels = to_screen(&picture.pixels, self.most_pixels);
        let bytes = picture.pixels.as_raw().len() + size_of_val(pixels.pixels.as_slice());
        let shown = (picture, Arc::new(pixels));
        if let Some(stamp) = stamp {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.insert(source, Arc::new((stamp, shown.clone())), bytes);
        }
        Ok(shown)
    }

    /// Decodes pictures that are likely to be asked for, the likeliest first.
    pub fn open_ahead(&self, sources: Vec<PictureSource>, cancel: &Cancel) {
        for source in sources {
            if cancel.is_cancelled() {
                return;
            }
            // What is wrong with it is said when it is asked for.
            drop(self.open(source));
        }
    }

    /// How many pictures were decoded, and not found among those kept.
    pub fn decoded(&self) -> usize {
        self.decoded.load(Ordering::Relaxed)
    }
}

impl Stamp {
    /// `None` where nothing can tell: an example may lie in any of many files.
    fn of(source: &PictureSource) -> Option<Self> {
        let of_file = |path: &Path| {
            let metadata = path.metadata().ok().filter(|metadata| metadata.is_file())?;
            Some(Self::File { bytes: metadata.len(), modified: metadata.modified().ok()? })
        };
        match source.path() {
            Some(path) => of_file(path),
            None => Some(Self::Embedded),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_was_decoded_ahead_is_there_at_once_as_long_as_its_file_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        let source = PictureSource::File(path.clone());
        ::image::RgbImage::new(8, 4).save(&path).unwrap();
        let decoder = Decoder::new(1024);
        decoder.open_ahead(vec![source.clone(), PictureSource::Cifar(3)], &Cancel::new());
        assert_eq!(decoder.decoded(), 2);
        let (picture, pixels) = decoder.open(source.clone()).unwrap();
        assert_eq!((picture.width(), pixels.size, decoder.decoded()), (8, [8, 4], 2));
        decoder.open(PictureSource::Cifar(3)).unwrap();
        assert_eq!(decoder.decoded(), 2);

        ::image::RgbImage::new(9, 4).save(&path).unwrap();
        let later = SystemTime::now() + Duration::from_secs(2);
        std::fs::File::options().append(true).open(&path).unwrap().set_modified(later).unwrap();
        assert_eq!(decoder.open(source.clone()).unwrap().0.width(), 9);
        std::fs::remove_file(path).unwrap();
        assert!(decoder.open(source).is_err(), "what is gone is not shown as if it were there");
    }

    #[test]
    fn what_nobody_is_likely_to_ask_for_any_more_is_not_decoded() {
        let decoder = Decoder::new(1024);
        let cancel = Cancel::new();
        cancel.cancel();
        decoder.open_ahead(vec![PictureSource::Cifar(0)], &cancel);
        assert_eq!(decoder.decoded(), 0);
    }
}

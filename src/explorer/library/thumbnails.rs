//! Small pictures for the rows of the library: made for the rows that are looked at, one after the other, and given up
//! again, the one not looked at for longest first.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io;

use eframe::egui::{ColorImage, Context, TextureHandle, TextureOptions};

use crate::explorer::painting::to_screen;
use crate::explorer::pictures::Picture;
use crate::explorer::session::PictureSource;
use crate::jobs::Worker;

/// Longer edge in pixels: a row's picture on a screen with two pixels a point.
const EDGE: usize = 128;
/// Thumbnails kept, of 64 kB at most each.
const MOST: usize = 512;

/// Makes thumbnails and keeps them.
pub struct Thumbnails {
    ctx: Context,
    worker: Worker<PictureSource, (PictureSource, Option<ColorImage>)>,
    /// Looking asks: views only read the state, and what they look at is what is wanted.
    looks: RefCell<Looks>,
}

#[derive(Default)]
struct Looks {
    /// None as a texture means that it cannot be made.
    made: HashMap<PictureSource, (Option<TextureHandle>, u64)>,
    /// Looked at in the frame that is drawn, but not made yet.
    wanted: Vec<PictureSource>,
    frame: u64,
}

impl Thumbnails {
    /// Starts the worker.
    pub fn new(ctx: &Context, wake: impl Fn() + Send + 'static) -> io::Result<Self> {
        let worker = Worker::spawn("thumbnails", wake, |source: PictureSource, _| {
            let pixels = Picture::open(source.clone()).ok().map(|open| to_screen(&open.pixels, EDGE));
            (source, pixels)
        })?;
        Ok(Self { ctx: ctx.clone(), worker, looks: RefCell::default() })
    }

    /// A frame begins: what was looked at before counts no more.
    pub fn begin_frame(&self) {
        let mut looks = self.looks.borrow_mut();
        looks.frame += 1;
        looks.wanted.clear();
    }

    /// The thumbnail of a picture that is drawn; if it is not made yet, it will be.
    pub fn look(&self, source: &PictureSource) -> Option<TextureHandle> {
        let Looks { made, wanted, frame } = &mut *self.looks.borrow_mut();
        match made.get_mut(source) {
            Some((texture, looked)) => {
                *looked = *frame;
                texture.clone()
            }
            None => {
                wanted.push(source.clone());
                None
            }
        }
    }

    /// Forgets a thumbnail, or that it could not be made.
    pub fn forget(&self, source: &PictureSource) {
        self.looks.borrow_mut().made.remove(source);
    }

    /// Forgets all those of files, which may have changed.
    pub fn forget_files(&self) {
        self.looks.borrow_mut().made.retain(|source, _| source.path().is_none());
    }

    /// Takes in what was made, and has the next one made.
    pub fn advance(&self) {
        let looks = &mut *self.looks.borrow_mut();
        while let Some(answer) = self.worker.poll() {
            // A picture whose decoder panics has no thumbnail; its name is lost, so it is tried as long as it is seen.
            let Ok((source, pixels)) = answer else { continue };
            let load = |pixels| self.ctx.load_texture("thumbnail", pixels, TextureOptions::LINEAR);
            looks.wanted.retain(|wanted| *wanted != source);
            looks.made.insert(source, (pixels.map(load), looks.frame));
            if looks.made.len() > MOST {
                looks.give_up_oldest();
            }
        }
        if !self.worker.is_busy() && !looks.wanted.is_empty() {
            self.worker.submit_next(looks.wanted.remove(0));
        }
    }

    /// Whether all that are looked at are made.
    pub fn is_idle(&self) -> bool {
        !self.worker.is_busy() && self.looks.borrow().wanted.is_empty()
    }
}

impl Looks {
    fn give_up_oldest(&mut self) {
        let oldest = self.made.iter().min_by_key(|(_, (_, looked))| *looked);
        if let Some(source) = oldest.map(|(source, _)| source.clone()) {
            self.made.remove(&source);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn thumbnails() -> Thumbnails {
        Thumbnails::new(&Context::default(), || ()).unwrap()
    }

    /// Looks until all are made that can be.
    fn look_at(thumbnails: &Thumbnails, sources: &[PictureSource]) -> Vec<bool> {
        let began = Instant::now();
        loop {
            assert!(began.elapsed() < Duration::from_secs(60));
            thumbnails.begin_frame();
            let there = sources.iter().map(|source| thumbnails.look(source).is_some()).collect();
            if thumbnails.is_idle() {
                return there;
            }
            thumbnails.advance();
            std::thread::yield_now();
        }
    }

    #[test]
    fn thumbnails_are_made_once_and_what_cannot_be_made_is_not_tried_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| PictureSource::File(folder.path().join(name));
        let save = |name: &str| ::image::RgbImage::new(8, 4).save(folder.path().join(name)).unwrap();
        std::fs::write(folder.path().join("bad.png"), "just words").unwrap();
        save("a.png");
        let both = [file("bad.png"), file("a.png")];
        let thumbnails = thumbnails();
        assert_eq!(look_at(&thumbnails, &both), [false, true]);
        save("bad.png");
        assert_eq!(look_at(&thumbnails, &both), [false, true]);
        thumbnails.forget(&both[0]);
        assert_eq!(look_at(&thumbnails, &both), [true, true]);
        thumbnails.forget_files();
        std::fs::remove_file(folder.path().join("a.png")).unwrap();
        assert_eq!(look_at(&thumbnails, &both), [true, false]);
    }

    #[test]
    fn what_is_out_of_sight_is_not_made() {
        let thumbnails = thumbnails();
        let tile = PictureSource::Cifar;
        thumbnails.begin_frame();
        (0..200).for_each(|number| drop(thumbnails.look(&tile(number))));
        thumbnails.begin_frame();
        thumbnails.look(&tile(3));
        let began = Instant::now();
        while !thumbnails.is_idle() && began.elapsed() < Duration::from_secs(60) {
            thumbnails.advance();
        }
        thumbnails.advance();
        assert_eq!(thumbnails.looks.borrow().made.keys().cloned().collect::<Vec<_>>(), [tile(3)]);
    }

    #[test]
    fn the_one_not_looked_at_for_longest_gives_way() {
        let mut looks = Looks::default();
        for (number, looked) in [(1, 5), (2, 3), (3, 9)] {
            looks.made.insert(PictureSource::Cifar(number), (None, looked));
        }
        looks.give_up_oldest();
        assert!(!looks.made.contains_key(&PictureSource::Cifar(2)) && looks.made.len() == 2);
    }
}

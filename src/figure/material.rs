//! What a figure is drawn from, and how much of it may be held at once.

use std::sync::Arc;

use ::image::imageops::{FilterType, resize};

use crate::image::RgbImage;
use crate::network::Trace;

use super::{FigureError, FigureRequest, layout};

/// What all subjects of a figure may weigh.
const MOST_BYTES: usize = 2 << 30;
/// A picture keeps at least so many pixels to a printed dot, so that it is as sharp as it would be without the loss.
const SPARE: f32 = 1.5;

/// What networks made of the pictures: all that a figure is drawn from.
#[derive(Clone, Debug, PartialEq)]
pub struct Material {
    /// The model's name.
    pub model: String,
    /// The second one's in a comparison.
    pub other_model: Option<String>,
    /// In the order of the request.
    pub(super) subjects: Vec<Subject>,
    finest: u32,
    bytes: usize,
}

/// One picture, and how it went through the network.
#[derive(Clone, Debug, PartialEq)]
pub struct Subject {
    /// For people: `Cat 3`.
    pub title: String,
    pub picture: Arc<RgbImage>,
    pub trace: Arc<Trace>,
    /// Of the second run of a comparison.
    pub other: Option<Arc<Trace>>,
}

impl Material {
    /// Of models with these names, without pictures.
    pub fn new(request: &FigureRequest, model: String, other_model: Option<String>) -> Self {
        Self { model, other_model, subjects: Vec::new(), finest: finest(request), bytes: 0 }
    }

    /// Columns of pixels that are kept of a picture at most.
    pub fn finest(&self) -> u32 {
        self.finest
    }

    /// Adds the next picture; it is kept with no more pixels than can be printed of it, and returned so.
    ///
    /// # Errors
    /// [`FigureError::Unfit`] if all of them together are too much to hold.
    pub fn add(&mut self, subject: Subject) -> Result<Arc<RgbImage>, FigureError> {
        let subject = Subject { picture: fitted(subject.picture, self.finest), ..subject };
        self.bytes += weight(&subject);
        if self.bytes > MOST_BYTES {
            return Err(FigureError::Unfit(format!(
                "the pictures of the figure and their runs take more than {} GiB of memory: choose fewer pictures or a \
                 smaller input size",
                MOST_BYTES >> 30
            )));
        }
        let picture = Arc::clone(&subject.picture);
        self.subjects.push(subject);
        Ok(picture)
    }
}

/// A power of two, so that it stays the same while somebody tries widths.
fn finest(request: &FigureRequest) -> u32 {
    let dots = layout::widest(request) / 72.0 * request.spec.look.dpi as f32;
    ((SPARE * dots).ceil().max(1.0) as u32).checked_next_power_of_two().unwrap_or(u32::MAX)
}

/// The picture with at most `finest` columns, or for a tall one, which is shown narrower, as many rows as suit them.
fn fitted(picture: Arc<RgbImage>, finest: u32) -> Arc<RgbImage> {
    let (width, height) = picture.dimensions();
    let finest = finest as f32;
    let share = (finest / width as f32).min(layout::TALLEST * finest / height as f32);
    if share >= 1.0 {
        return picture;
    }
    let [width, height] = [width, height].map(|edge| ((edge as f32 * share).round() as u32).max(1));
    Arc::new(resize(picture.as_ref(), width, height, FilterType::Lanczos3))
}

/// Bytes of what grows with pictures and networks.
fn weight(subject: &Subject) -> usize {
    let traces = std::iter::once(&subject.trace).chain(&subject.other);
    subject.picture.as_raw().len() + traces.map(|trace| trace.bytes()).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::{FigureSpec, Layout, Look, Panel, PictureName, Run};
    use crate::halting::{HaltingRecord, HaltingSetting};
    use crate::network::{BlockTrace, Halting};

    fn material(pictures: usize, layout: Layout) -> Material {
        let spec = FigureSpec { layout, look: Look { width: 180.0, dpi: 300, ..Look::default() } };
        let run = Run { model: "small".to_owned(), setting: HaltingSetting::default() };
        let pictures = (0..pictures).map(PictureName::Cifar).collect();
        let output = "a.svg".to_owned();
        let request = FigureRequest {
            pictures,
            run,
            other: None,
            size: None,
            device: None,
            engine: None,
            spec,
            output,
        };
        Material::new(&request, "small".to_owned(), None)
    }

    fn subject(width: u32, height: u32, scores: usize) -> Subject {
        let record = HaltingRecord {
            num_units: vec![1],
            ponder_cost: vec![1.0],
            halting_distribution: vec![1.0],
            halting_scores: vec![0.0; scores],
        };
        let block = BlockTrace {
            name: "block_1".to_owned(),
            height: 1,
            width: 1,
            units: 1,
            halting: Halting::Position(record),
            active_positions: vec![1],
            unit_flops: vec![1],
            flops: 1,
            milliseconds: 0.0,
            outputs: None,
        };
        let trace = Trace {
            height: 1,
            width: 1,
            logits: Vec::new(),
            blocks: vec![block],
            flops: 1,
            milliseconds: 0.0,
        };
        let picture = Arc::new(RgbImage::new(width, height));
        Subject { title: "Cat".to_owned(), picture, trace: Arc::new(trace), other: None }
    }

    #[test]
    fn a_picture_keeps_more_pixels_than_its_print_and_not_many_more() {
        let gallery = |columns| Layout::Gallery { show: Panel::Overlay, columns: Some(columns) };
        let kept = |layout, width, height| {
            let mut material = material(20, layout);
            material.add(subject(width, height, 1)).unwrap().dimensions()
        };
        // 180 mm are 2126 dots.
        assert_eq!(kept(gallery(10), 4000, 3000), (512, 384));
        assert_eq!(kept(gallery(5), 4000, 3000), (1024, 768));
        assert_eq!(kept(gallery(10), 500, 3000), (128, 768));
        assert_eq!(kept(gallery(10), 320, 240), (320, 240));
        // What was kept stays as it is where it comes again.
        assert_eq!(kept(gallery(10), 512, 384), (512, 384));
        assert_eq!(kept(gallery(10), 128, 768), (128, 768));
        assert_eq!(kept(Layout::default(), 1600, 900), (1600, 900));
    }

    #[test]
    fn what_is_too_much_to_hold_is_refused_before_it_is_held() {
        let mut material = material(40, Layout::Blocks);
        let large = subject(8, 8, 16 << 20);
        // 64 MiB each, and the pictures come on top of 2 GiB.
        for _ in 0..31 {
            material.add(large.clone()).unwrap();
        }
        let refused = material.add(large).unwrap_err().to_string();
        assert!(refused.contains("choose fewer pictures"), "{refused}");
        assert_eq!(material.subjects.len(), 31);
    }
}

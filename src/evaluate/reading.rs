//! Examples read ahead of the networks, on threads of their own.

use std::sync::mpsc::SyncSender;

use rayon::ThreadPool;
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::EvaluateError;
use crate::dataset::{Batch, Content, Dataset, DatasetError, Example, batches};
use crate::image::{self, Input, InputSize, InputTooLarge, RgbImage};
use crate::network::Family;

/// A picture as a family is evaluated on it (specification, section 5): CIFAR's as it is, resized to 32x32 if it has another
/// size; of ImageNet's the central part at 224x224. The picture must not be empty.
///
/// # Errors
/// None that these sizes could lead to.
pub fn evaluation_input(family: Family, picture: &RgbImage) -> Result<Input, InputTooLarge> {
    match family {
        Family::ImageNet => Ok(image::evaluation_crop(picture)),
        Family::Cifar => {
            let picture = image::of_dimensions(picture, family.published_size());
            image::prepare(&picture, InputSize::Native, family.preprocessing())
        }
    }
}

/// Threads to read pictures with. They are not those that the networks run on, where pictures would have to wait for whole
/// convolutions.
pub(super) fn decoders() -> Result<ThreadPool, EvaluateError> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(rayon::current_num_threads())
        .thread_name(|number| format!("evaluate-read {number}"));
    pool.build().map_err(|error| EvaluateError::Thread(error.to_string()))
}

/// Reads examples and makes them ready.
pub(super) struct Reader<'a> {
    pub family: Family,
    pub data: &'a Dataset,
    pub batch_size: Option<usize>,
    pub pool: ThreadPool,
}

impl Reader<'_> {
    /// Sends batches until the examples end or nobody takes them any more.
    pub fn read(&self, indices: &[usize], to: &SyncSender<Result<Batch, DatasetError>>) {
        // A few at a time, so that all threads help and memory does not grow with the data.
        let at_once = 2 * self.pool.current_num_threads();
        let examples = indices.chunks(at_once).flat_map(|few| {
            self.pool.install(|| {
                few.into_par_iter().map(|&index| example(self.data, self.family, index)).collect::<Vec<_>>()
            })
        });
        for batch in batches(examples, self.batch_size) {
            if to.send(batch).is_err() {
                return;
            }
        }
    }
}

/// Example `index` of a data set as a family is evaluated on it.
///
/// # Errors
/// An example that cannot be read.
pub fn example(data: &Dataset, family: Family, index: usize) -> Result<Example, DatasetError> {
    let raw = data.read(index)?;
    let input = match raw.content {
        Content::Input(input) => input,
        Content::Picture(picture) => evaluation_input(family, &picture)
            .map_err(|reason| DatasetError::TooLarge { path: raw.name.clone(), reason })?,
    };
    Ok(Example { name: raw.name, label: raw.label, input })
}

#[cfg(test)]
mod tests {
    use ::image::Rgb;

    use super::*;

    #[test]
    fn pictures_of_any_size_become_what_the_family_was_published_with() {
        for family in [Family::Cifar, Family::ImageNet] {
            for (width, height) in [(1, 1), (32, 32), (33, 32), (300, 200)] {
                let picture = RgbImage::from_fn(width, height, |x, y| Rgb([x as u8, y as u8, 7]));
                let input = evaluation_input(family, &picture).unwrap();
                assert_eq!((input.height, input.width), family.published_size());
                assert_eq!(input.data.len(), input.height * input.width * 3);
            }
        }
    }
}

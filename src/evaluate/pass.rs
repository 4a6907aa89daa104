//! One pass of a network over labelled pictures.

use std::ops::Range;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::{EvaluateError, Metrics};
use crate::dataset::{Batch, DatasetError, Example, Labelled, batches};
use crate::halting::HaltingSetting;
use crate::image::{self, Input, InputSize, InputTooLarge, RgbImage};
use crate::jobs::Cancel;
use crate::network::{Family, Network, NetworkError, NetworkSpec, RunOptions};

/// Batches that lie ready while the network works on another.
const AHEAD: usize = 2;

/// How an evaluation runs.
#[derive(Clone, Copy, Default)]
pub struct EvaluateOptions<'a> {
    pub setting: HaltingSetting,
    /// Pictures that run together; by default what suits their size. It has no effect on the outcome.
    pub batch_size: Option<usize>,
    /// Looked at between units.
    pub cancel: Option<&'a Cancel>,
}

/// Runs a network over the pictures `indices` of a data set, each once, and counts what it did. Pictures are prepared on
/// other threads while the network runs. Indices beyond the last picture are left out.
///
/// `on_progress` hears of the pictures so far after every batch.
///
/// # Errors
/// [`EvaluateError::Classes`] before anything runs; a picture that cannot be read, since figures without it would be of other
/// data; a device that fails; [`EvaluateError::Cancelled`], with the figures so far.
pub fn evaluate(
    network: &Network,
    data: &Labelled,
    indices: Range<usize>,
    options: EvaluateOptions<'_>,
    mut on_progress: impl FnMut(&Metrics),
) -> Result<Metrics, EvaluateError> {
    let spec = network.spec();
    let first_label = first_label(spec, data)?;
    let indices = indices.start..indices.end.min(data.len());
    let labels = indices.clone().map(|index| data.label(index) + first_label);
    let run_options = RunOptions { cancel: options.cancel, ..RunOptions::default() };
    thread::scope(|scope| {
        let (sender, batches) = sync_channel(AHEAD);
        thread::Builder::new()
            .name("evaluate-data".to_owned())
            .spawn_scoped(scope, || prepare(spec.family, data, indices, options.batch_size, sender))
            .map_err(EvaluateError::Thread)?;
        let (mut metrics, mut labels) = (Metrics::default(), labels);
        for batch in batches {
            match network.run(&batch?.inputs, &options.setting, run_options) {
                Ok(traces) => {
                    traces.iter().zip(&mut labels).for_each(|(trace, label)| metrics.add(trace, label))
                }
                Err(NetworkError::Cancelled) => return Err(EvaluateError::Cancelled(Box::new(metrics))),
                Err(error) => return Err(error.into()),
            }
            on_progress(&metrics);
        }
        Ok(metrics)
    })
}

/// The network's class that the data set's first class is: 0, or 1 if an ImageNet network has a background class before the
/// classes of the data.
///
/// # Errors
/// [`EvaluateError::Classes`] if the data set's classes cannot be the network's.
pub fn first_label(spec: &NetworkSpec, data: &Labelled) -> Result<usize, EvaluateError> {
    let (expected, found) = (spec.classes, data.classes().len());
    match expected.checked_sub(found) {
        Some(0) => Ok(0),
        Some(1) if spec.family == Family::ImageNet => Ok(1),
        _ => Err(EvaluateError::Classes { data: data.name().to_owned(), found, expected }),
    }
}

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

/// Sends batches until the pictures end, one cannot be read, or nobody takes them any more.
fn prepare(
    family: Family,
    data: &Labelled,
    indices: Range<usize>,
    batch_size: Option<usize>,
    to: SyncSender<Result<Batch, DatasetError>>,
) {
    let example = |index: usize| {
        let input = evaluation_input(family, &data.picture(index)?);
        let name = || format!("picture {index} of {}", data.name());
        let input = input.map_err(|reason| DatasetError::TooLarge { path: name(), reason })?;
        Ok(Example { name: String::new(), label: Some(data.label(index)), input })
    };
    // A few at a time, so that all threads help and memory does not grow with the data.
    let at_once = rayon::current_num_threads();
    let examples = indices.clone().step_by(at_once).flat_map(|start| {
        let few = start..indices.end.min(start + at_once);
        few.into_par_iter().map(example).collect::<Vec<_>>()
    });
    for batch in batches(examples, batch_size) {
        let failed = batch.is_err();
        if to.send(batch).is_err() || failed {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use ::image::Rgb;

    use super::*;
    use crate::dataset::Split;
    use crate::engine::Device;
    use crate::zoo;

    /// Pictures of noise in ten class folders.
    fn data(root: &std::path::Path, pictures: usize) -> Labelled {
        for index in 0..pictures {
            let folder = root.join(format!("test/class{}", index % 10));
            std::fs::create_dir_all(&folder).unwrap();
            let noise =
                |x: u32, y: u32, k: u32| (x * 97 + y * 61 + x * y * (13 + index as u32) + 40 * k) as u8;
            let picture = RgbImage::from_fn(32, 32, |x, y| Rgb([0, 1, 2].map(|k| noise(x, y, k))));
            picture.save(folder.join(format!("{index}.png"))).unwrap();
        }
        Labelled::open(root, Split::Test).unwrap()
    }

    fn network() -> Network {
        zoo::load(&zoo::default_model().source, &Device::cpu()).unwrap().network
    }

    #[test]
    fn neither_batches_nor_parts_change_the_outcome() {
        let folder = tempfile::tempdir().unwrap();
        let (data, network) = (data(folder.path(), 23), network());
        let evaluate = |indices, batch_size| {
            let options = EvaluateOptions { batch_size, ..EvaluateOptions::default() };
            evaluate(&network, &data, indices, options, |_| ()).unwrap()
        };
        let whole = evaluate(0..data.len(), None);
        assert_eq!((whole.images, whole.blocks.len()), (23, 3));
        for batch_size in [1, 4, 23] {
            assert_eq!(evaluate(0..1000, Some(batch_size)), whole, "{batch_size}");
        }
        let mut parts = evaluate(9..23, Some(5));
        parts.merge(&evaluate(0..9, None));
        assert_eq!(parts, whole);
        assert_eq!(evaluate(23..50, None), Metrics::default());
    }

    #[test]
    fn a_cancelled_evaluation_gives_what_it_has() {
        let folder = tempfile::tempdir().unwrap();
        let (data, network) = (data(folder.path(), 20), network());
        let cancel = Cancel::new();
        let options =
            EvaluateOptions { batch_size: Some(3), cancel: Some(&cancel), ..EvaluateOptions::default() };
        let outcome = evaluate(&network, &data, 0..20, options, |metrics| {
            if metrics.images == 6 {
                cancel.cancel();
            }
        });
        let Err(EvaluateError::Cancelled(metrics)) = outcome else { panic!("{outcome:?}") };
        assert_eq!((metrics.images, metrics.flops.count()), (6, 6));
    }

    #[test]
    fn a_picture_that_cannot_be_read_ends_it() {
        let folder = tempfile::tempdir().unwrap();
        let data = data(folder.path(), 20);
        std::fs::write(folder.path().join("test/class3/13.png"), "Dear diary").unwrap();
        let outcome = evaluate(&network(), &data, 0..20, EvaluateOptions::default(), |_| ());
        let error = outcome.unwrap_err().to_string();
        assert!(error.contains("13.png is not a picture"), "{error}");
    }

    #[test]
    fn classes_must_be_the_networks() {
        let folder = tempfile::tempdir().unwrap();
        let data = data(folder.path(), 10);
        let spec = |family, classes| NetworkSpec { family, classes, ..network().spec().clone() };
        assert_eq!(first_label(&spec(Family::ImageNet, 10), &data).unwrap(), 0);
        assert_eq!(first_label(&spec(Family::ImageNet, 11), &data).unwrap(), 1);
        for wrong in [spec(Family::Cifar, 11), spec(Family::ImageNet, 9), spec(Family::ImageNet, 1001)] {
            let error = first_label(&wrong, &data).unwrap_err().to_string();
            assert!(error.contains("has 10 classes") && error.contains("classes.txt"), "{error}");
        }
    }

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

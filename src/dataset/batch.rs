//! Examples in groups that run together.

use std::iter::Peekable;

use super::DatasetError;
use crate::image::{Input, MAX_INPUT_PIXELS};

/// Pixels that the inputs of one batch have together unless a batch size is asked for: 128 CIFAR images, or one
/// photograph of 360 x 360.
const BATCH_PIXELS: usize = 128 * 32 * 32;
/// Pixels that they never have more of, whatever is asked for: a batch takes no more memory than the largest input.
const MAX_BATCH_PIXELS: usize = MAX_INPUT_PIXELS;

/// One picture as it enters the network.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// The file it comes from.
    pub name: String,
    /// Its class, an index into [`super::Dataset::classes`]; `None` if nobody says.
    pub label: Option<usize>,
    pub input: Input,
}

/// Examples of one size, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    /// One name an input.
    pub names: Vec<String>,
    /// One label an input, as in [`Example::label`].
    pub labels: Vec<Option<usize>>,
    pub inputs: Vec<Input>,
}

/// Groups neighbouring examples of one size, at most `size` at a time; by default as many as are worked on well
/// together. Errors pass through in their place.
pub fn batches<I>(examples: I, size: Option<usize>) -> Batches<I>
where
    I: Iterator<Item = Result<Example, DatasetError>>,
{
    Batches { examples: examples.peekable(), size }
}

/// See [`batches`].
pub struct Batches<I: Iterator> {
    examples: Peekable<I>,
    size: Option<usize>,
}

impl<I: Iterator<Item = Result<Example, DatasetError>>> Iterator for Batches<I> {
    type Item = Result<Batch, DatasetError>;

    fn next(&mut self) -> Option<Self::Item> {
        let first = match self.examples.next()? {
            Ok(example) => example,
            Err(error) => return Some(Err(error)),
        };
        let (height, width) = (first.input.height, first.input.width);
        let within = |pixels: usize| pixels / (height * width).max(1);
        let most = self.size.unwrap_or(within(BATCH_PIXELS)).min(within(MAX_BATCH_PIXELS)).max(1);
        let mut batch =
            Batch { names: vec![first.name], labels: vec![first.label], inputs: vec![first.input] };
        while batch.inputs.len() < most {
            let fits = |next: &I::Item| {
                next.as_ref().is_ok_and(|e| (e.input.height, e.input.width) == (height, width))
            };
            let Some(Ok(next)) = self.examples.next_if(fits) else { break };
            batch.names.push(next.name);
            batch.labels.push(next.label);
            batch.inputs.push(next.input);
        }
        Some(Ok(batch))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `Some(size)` is a square example of that edge, `None` one that cannot be read; named by its place.
    fn examples(edges: &[Option<usize>]) -> impl Iterator<Item = Result<Example, DatasetError>> {
        let examples: Vec<_> = edges.iter().copied().enumerate().collect();
        examples.into_iter().map(|(place, edge)| match edge {
            Some(edge) => {
                let input = Input { height: edge, width: edge, data: vec![0.5; edge * edge * 3] };
                Ok(Example { name: place.to_string(), label: Some(place), input })
            }
            None => Err(DatasetError::NoPictures { path: place.to_string() }),
        })
    }

    proptest! {
        /// Nothing is lost or moved, a batch has one size, and no two that could be one stay apart.
        #[test]
        fn batches_hold_every_example_in_order(
            edges in prop::collection::vec(prop::option::weighted(0.9, 1usize..4), 0..40),
            size in 1usize..6,
        ) {
            let mut place = 0;
            let mut before: Option<(usize, usize)> = None;
            for batch in batches(examples(&edges), Some(size)) {
                match batch {
                    Err(_) => {
                        prop_assert_eq!(edges[place], None);
                        place += 1;
                        before = None;
                    }
                    Ok(batch) => {
                        prop_assert!((1..=size).contains(&batch.inputs.len()));
                        let edge = batch.inputs[0].height;
                        if let Some((count, edge_before)) = before {
                            prop_assert!(count == size || edge_before != edge);
                        }
                        before = Some((batch.inputs.len(), edge));
                        prop_assert_eq!(batch.labels.len(), batch.inputs.len());
                        for ((name, label), input) in batch.names.iter().zip(&batch.labels).zip(&batch.inputs) {
                            prop_assert_eq!(name, &place.to_string());
                            prop_assert_eq!(label, &Some(place));
                            prop_assert_eq!(Some(input.height), edges[place]);
                            prop_assert_eq!(input.height, edge);
                            place += 1;
                        }
                    }
                }
            }
            prop_assert_eq!(place, edges.len());
        }
    }

    #[test]
    fn large_pictures_come_in_smaller_batches() {
        let count = |edge| batches(examples(&[Some(edge); 200]), None).next().unwrap().unwrap().inputs.len();
        assert_eq!([count(32), count(224), count(640)], [128, 2, 1]);
    }

    #[test]
    fn a_batch_is_bounded_whatever_is_asked_for() {
        let count = |edge| batches(examples(&[Some(edge); 9]), Some(8)).next().unwrap().unwrap().inputs.len();
        assert_eq!([count(512), count(1024), count(1448)], [8, 4, 2]);
    }
}

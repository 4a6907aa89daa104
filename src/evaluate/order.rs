//! Which examples of a data set an evaluation takes, and in which order.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// Which examples are taken; always in the order of the data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// So many; all of them if none is given.
    pub examples: Option<usize>,
    /// Draws them at random instead of taking the first.
    pub seed: Option<u64>,
    /// Of those, one worker's share.
    pub shard: Option<Shard>,
}

/// The `number`th of `of` equal parts, counted from 1: written `2/5`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Shard {
    pub number: usize,
    pub of: usize,
}

/// Places in the data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Indices {
    Neighbours(Range<usize>),
    /// In rising order.
    Drawn(Vec<usize>),
}

impl Order {
    /// The places that are taken of `len` examples.
    pub fn indices(&self, len: usize) -> Indices {
        let wanted = self.examples.unwrap_or(len).min(len);
        let part = self.shard.map_or(0..wanted, |shard| shard.part(wanted));
        match self.seed {
            Some(seed) if wanted < len => {
                let mut random = ChaCha8Rng::seed_from_u64(seed);
                let mut drawn = rand::seq::index::sample(&mut random, len, wanted).into_vec();
                drawn.sort_unstable();
                Indices::Drawn(drawn[part].to_vec())
            }
            _ => Indices::Neighbours(part),
        }
    }
}

impl Shard {
    /// This part of `len` things: neighbours, so that shards one after the other are the whole in its order.
    pub fn part(self, len: usize) -> Range<usize> {
        let before = |parts: usize| (len as u128 * parts as u128 / self.of as u128) as usize;
        before(self.number - 1)..before(self.number)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers =
            text.split_once('/').and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        match numbers {
            Some((number, of)) if (1..=of).contains(&number) => Ok(Self { number, of }),
            _ => Err("a shard is a part of several, such as 2/5: the second of five".to_owned()),
        }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl Indices {
    pub fn len(&self) -> usize {
        match self {
            Self::Neighbours(range) => range.len(),
            Self::Drawn(drawn) => drawn.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Those from the `start`th to before the `end`th.
    pub fn part(&self, start: usize, end: usize) -> Vec<usize> {
        let end = end.min(self.len());
        let start = start.min(end);
        match self {
            Self::Neighbours(range) => (range.start + start..range.start + end).collect(),
            Self::Drawn(drawn) => drawn[start..end].to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn shards_are_the_whole_in_its_order(
            len in 0usize..200, of in 1usize..9, examples in prop::option::of(0usize..250),
            seed in prop::option::of(any::<u64>()),
        ) {
            let order = |shard| Order { examples, seed, shard };
            let all = |order: Order| order.indices(len).part(0, usize::MAX);
            let whole = all(order(None));
            let joined: Vec<usize> =
                (1..=of).flat_map(|number| all(order(Some(Shard { number, of })))).collect();
            prop_assert_eq!(&joined, &whole);
            prop_assert_eq!(whole.len(), examples.unwrap_or(len).min(len));
            prop_assert!(whole.is_sorted_by(|a, b| a < b) && whole.iter().all(|&index| index < len));
        }
    }

    #[test]
    fn a_seed_draws_the_same_subset_each_time_and_another_draws_another() {
        let drawn = |seed| {
            let order = Order { examples: Some(20), seed: Some(seed), shard: None };
            order.indices(10_000).part(0, 20)
        };
        assert_eq!(drawn(1), drawn(1));
        assert_ne!(drawn(1), drawn(2));
        assert!(drawn(1)[19] > 20, "not simply the first");
    }

    #[test]
    fn a_shard_is_written_as_a_fraction() {
        assert_eq!("2/5".parse(), Ok(Shard { number: 2, of: 5 }));
        for wrong in ["0/5", "6/5", "2", "2/", "/5", "1/0", "-1/5", "a/b", ""] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
        assert_eq!(Shard { number: 2, of: 5 }.to_string(), "2/5");
    }
}

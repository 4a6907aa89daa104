//! Fixtures, and networks with random weights.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use npyz::npz::NpzArchive;
use ponderscope::image::Input;
use ponderscope::network::{Family, NetworkSpec, Variant};
use ponderscope::weights::{self, Variable, Variables};

/// Arrays of an `.npz` file, numbers as f64.
pub struct Arrays(NpzArchive<BufReader<File>>);

impl Arrays {
    pub fn open(path: &Path) -> Self {
        Self(NpzArchive::open(path).unwrap())
    }

    pub fn has(&mut self, name: &str) -> bool {
        self.0.by_name(name).unwrap().is_some()
    }

    /// Shape and values.
    pub fn get(&mut self, name: &str) -> (Vec<usize>, Vec<f64>) {
        let npy = self.0.by_name(name).unwrap().unwrap_or_else(|| panic!("no array {name}"));
        let shape = npy.shape().iter().map(|&n| n as usize).collect();
        let dtype = npy.dtype().descr();
        let values = if dtype.contains("f4") {
            npy.into_vec::<f32>().unwrap().into_iter().map(f64::from).collect()
        } else if dtype.contains("u1") {
            npy.into_vec::<u8>().unwrap().into_iter().map(f64::from).collect()
        } else if dtype.contains("i4") {
            npy.into_vec::<i32>().unwrap().into_iter().map(f64::from).collect()
        } else {
            npy.into_vec::<i64>().unwrap().into_iter().map(|value| value as f64).collect()
        };
        (shape, values)
    }

    pub fn f32s(&mut self, name: &str) -> Vec<f32> {
        self.get(name).1.into_iter().map(|value| value as f32).collect()
    }

    /// The array `inputs` as one input an image.
    pub fn inputs(&mut self) -> Vec<Input> {
        let (shape, values) = self.get("inputs");
        let [_, height, width, _] = shape[..] else { panic!("inputs have shape {shape:?}") };
        let images = values.chunks_exact(height * width * 3);
        images.map(|image| Input { height, width, data: image.iter().map(|&v| v as f32).collect() }).collect()
    }
}

/// A small deterministic random number generator (SplitMix64).
pub struct Random(pub u64);

impl Random {
    /// Uniform in -1..1.
    pub fn signed(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 40) as f32 / (1 << 23) as f32 - 1.0
    }

    pub fn input(&mut self, height: usize, width: usize) -> Input {
        Input { height, width, data: (0..height * width * 3).map(|_| 1.7 * self.signed()).collect() }
    }

    /// Weights under which positions halt at many different units.
    pub fn variables(&mut self, spec: &NetworkSpec) -> Variables {
        let mut by_name = BTreeMap::new();
        for (name, shape) in weights::expected(spec) {
            let count: usize = shape.iter().product();
            let (centre, spread) = if name.ends_with("gamma") || name.ends_with("variance") {
                (1.0, 0.3)
            } else if name.contains("halting_proba") && name.ends_with("biases") {
                (-0.8, 0.3)
            } else if name.ends_with("weights") {
                let fan_in = shape[..3].iter().product::<usize>() as f32;
                (0.0, 1.8 / fan_in.sqrt())
            } else {
                (0.0, 0.2)
            };
            let values = (0..count).map(|_| centre + spread * self.signed()).collect();
            by_name.insert(name, Variable { shape, values });
        }
        Variables { source: "random".to_owned(), by_name, metadata: BTreeMap::new() }
    }
}

pub fn spec(family: Family, units: &[usize], width: usize, variant: Variant) -> NetworkSpec {
    NetworkSpec { family, units: units.to_vec(), width, classes: 7, variant }
}

/// The greatest difference between two lists of numbers.
pub fn furthest(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

//! The reference's arrays.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use image::RgbImage;
use npyz::npz::NpzArchive;
use npyz::{Deserialize, Order};

/// One of the reference's archives.
pub struct Fixture(NpzArchive<BufReader<File>>);

/// An array with its shape.
pub struct Array<T> {
    pub shape: Vec<usize>,
    pub values: Vec<T>,
}

impl Fixture {
    fn open(path: &Path) -> Self {
        Self(NpzArchive::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
    }

    pub fn committed(folder: &str) -> Self {
        Self::open(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(folder).join("data.npz"),
        )
    }

    /// Other people's photographs, which are not in the repository.
    pub fn preprocessing() -> Option<Self> {
        crate::common::fixture("preprocessing").map(|folder| Self::open(&folder.join("data.npz")))
    }

    pub fn array<T: Deserialize>(&mut self, name: &str) -> Array<T> {
        let array = self.0.by_name(name).unwrap().unwrap_or_else(|| panic!("no {name}"));
        assert_eq!(array.order(), Order::C, "{name}");
        let shape = array.shape().iter().map(|&edge| edge as usize).collect();
        Array { shape, values: array.into_vec().unwrap() }
    }

    pub fn picture(&mut self, name: &str) -> RgbImage {
        self.array::<u8>(&format!("decoded_uint8/{name}")).picture(None)
    }
}

impl<T: Copy> Array<T> {
    /// The values of one image of a batch.
    pub fn of(&self, image: usize) -> &[T] {
        let each = self.values.len() / self.shape[0];
        &self.values[image * each..][..each]
    }
}

impl Array<u8> {
    /// The picture, or one of a batch.
    pub fn picture(&self, image: Option<usize>) -> RgbImage {
        let (values, shape) = match image {
            Some(image) => (self.of(image), &self.shape[1..]),
            None => (self.values.as_slice(), &self.shape[..]),
        };
        RgbImage::from_raw(shape[1] as u32, shape[0] as u32, values.to_vec()).unwrap()
    }
}

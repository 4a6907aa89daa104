//! Pictures compiled into the program, so that there is something to look at at once (`tools/samples.py` makes
//! them, `assets/LICENSES.md` says whose they are).

use ::image::RgbImage;

use super::CIFAR10_CLASSES;

/// A photograph to try the program on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// File name without its ending: `chelsea`.
    pub name: &'static str,
    /// For people: `Chelsea the cat`.
    pub title: &'static str,
    /// The picture file, PNG or JPEG.
    pub bytes: &'static [u8],
}

/// A tile of the contact sheet: one CIFAR-10 test picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CifarTile {
    /// Its class, 0..10 in the order of CIFAR-10.
    pub label: usize,
    /// Its place in the test set, 0..10,000.
    pub test_index: usize,
}

/// Pictures of a class on the contact sheet.
pub const COLUMNS: usize = 20;
/// Classes on the contact sheet.
pub const ROWS: usize = 10;
/// Pixels along each edge of a tile.
pub const TILE: usize = 32;

/// Test-set index of each tile; the file reads the same as JSON and as Rust.
const TEST_INDICES: [[usize; COLUMNS]; ROWS] = include!("../../assets/samples/cifar10.json");

/// The embedded photographs.
pub fn photographs() -> &'static [Sample] {
    &[
        Sample {
            name: "chelsea",
            title: "Chelsea the cat",
            bytes: include_bytes!("../../assets/samples/chelsea.png"),
        },
        Sample {
            name: "coffee",
            title: "Coffee cup",
            bytes: include_bytes!("../../assets/samples/coffee.png"),
        },
        Sample {
            name: "rocket",
            title: "Rocket launch",
            bytes: include_bytes!("../../assets/samples/rocket.jpg"),
        },
    ]
}

/// The contact sheet as a PNG file: a row a class, the first [`COLUMNS`] pictures of each in the test set's order.
pub fn cifar_sheet() -> &'static [u8] {
    include_bytes!("../../assets/samples/cifar10.png")
}

/// What stands at `row` and `column` of the contact sheet; `None` outside it.
pub fn cifar_tile(row: usize, column: usize) -> Option<CifarTile> {
    let test_index = *TEST_INDICES.get(row)?.get(column)?;
    Some(CifarTile { label: row, test_index })
}

/// `Cat 3`: a tile's class and its number among the class's tiles, from 1; tiles are counted row by row from 0.
pub fn tile_title(tile: usize) -> String {
    let mut letters = CIFAR10_CLASSES.get(tile / COLUMNS).copied().unwrap_or("tile").chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{} {}", letters.as_str(), tile % COLUMNS + 1)
}

/// Cuts the tile at `row` and `column` out of the decoded contact sheet; `None` outside it.
pub fn cut_cifar_tile(sheet: &RgbImage, row: usize, column: usize) -> Option<RgbImage> {
    cifar_tile(row, column)?;
    let tile = TILE as u32;
    let (x, y) = (column as u32 * tile, row as u32 * tile);
    let inside = x + tile <= sheet.width() && y + tile <= sheet.height();
    inside.then(|| ::image::imageops::crop_imm(sheet, x, y, tile, tile).to_image())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_photograph_opens() {
        for sample in photographs() {
            let picture = ::image::load_from_memory(sample.bytes).unwrap();
            assert!(picture.width() >= 320 && picture.height() >= 240, "{}", sample.name);
        }
    }

    #[test]
    fn tiles_are_named_by_class_and_place() {
        assert_eq!([0, 62, 199].map(tile_title), ["Airplane 1", "Cat 3", "Truck 20"]);
    }

    /// The reference's TFRecord fixture holds the first 16 pictures of the test set, each as a PNG file.
    #[test]
    fn tiles_are_the_pictures_of_the_test_set() {
        let records = include_bytes!("../../tests/fixtures/cifar_tfrecord/cifar10_test.tfrecord");
        let starts: Vec<usize> =
            records.windows(4).enumerate().filter(|(_, w)| w == b"\x89PNG").map(|(at, _)| at).collect();
        assert_eq!(starts.len(), 16);

        let sheet = ::image::load_from_memory(cifar_sheet()).unwrap().to_rgb8();
        assert_eq!((sheet.width() as usize, sheet.height() as usize), (COLUMNS * TILE, ROWS * TILE));
        let mut compared = 0;
        for (row, column) in (0..ROWS).flat_map(|row| (0..COLUMNS).map(move |column| (row, column))) {
            let tile = cifar_tile(row, column).unwrap();
            if let Some(&start) = starts.get(tile.test_index) {
                let expected = ::image::load_from_memory(&records[start..]).unwrap().to_rgb8();
                assert_eq!(cut_cifar_tile(&sheet, row, column).unwrap(), expected, "{tile:?}");
                compared += 1;
            }
        }
        assert_eq!(compared, 16);
        assert_eq!(cifar_tile(ROWS, 0), None);
        assert_eq!(cut_cifar_tile(&sheet, 0, COLUMNS), None);
    }
}

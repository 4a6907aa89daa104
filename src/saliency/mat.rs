//! A fixation map out of a MATLAB file (level 5, `-v6` or `-v7`), as cat2000 has its fixations.
//!
//! A file is a header and elements: a type, a length and data. Elements of variables may be compressed, and hold elements in turn: flags,
//! dimensions, name, values. Of everything that can be in such files, matrices of plain numbers are read.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use flate2::read::ZlibDecoder;

use super::{MAX_POSITIONS, SaliencyError};

/// No variable that can be used is larger, nor any file.
const MAX_BYTES: u64 = 8 * MAX_POSITIONS as u64 + (1 << 20);
const HEADER_BYTES: usize = 128;
/// What a file begins with that is HDF5 in truth (`-v7.3`).
const HDF5_INSIDE: &[u8] = b"MATLAB 7.3";

/// Types of elements.
const INT32: u32 = 5;
const UINT32: u32 = 6;
const MATRIX: u32 = 14;
const COMPRESSED: u32 = 15;
/// Classes of matrices that hold plain numbers.
const NUMBERS: std::ops::RangeInclusive<u32> = 6..=15;

/// A matrix of numbers.
#[derive(Debug, PartialEq)]
pub struct Matrix {
    pub rows: usize,
    pub columns: usize,
    /// `rows * columns`, row by row; what is no number is 0.
    pub values: Vec<f32>,
}

/// The largest matrix in a file.
///
/// # Errors
/// [`SaliencyError::Read`], [`SaliencyError::Mat`] and [`SaliencyError::TooLarge`].
pub fn read(path: &Path) -> Result<Matrix, SaliencyError> {
    let name = path.display().to_string();
    let mut bytes = Vec::new();
    if let Err(reason) = File::open(path).and_then(|file| file.take(MAX_BYTES).read_to_end(&mut bytes)) {
        return Err(SaliencyError::Read { name, reason });
    }
    match parse(&bytes) {
        Ok(matrix) => Ok(matrix),
        Err(Fault::TooLarge { width, height }) => Err(SaliencyError::TooLarge { name, width, height }),
        Err(Fault::Other(fault)) => Err(SaliencyError::Mat { name, fault }),
    }
}

/// Why a file cannot be used.
#[derive(Debug, PartialEq)]
enum Fault {
    TooLarge { width: usize, height: usize },
    Other(&'static str),
}

const DAMAGED: Fault = Fault::Other("is damaged or cut short");

fn parse(bytes: &[u8]) -> Result<Matrix, Fault> {
    if bytes.starts_with(HDF5_INSIDE) {
        return Err(Fault::Other("is of MATLAB's format 7.3, which is not read here"));
    }
    let is_big_endian = match bytes.get(HEADER_BYTES - 2..HEADER_BYTES) {
        Some(b"IM") => false,
        Some(b"MI") => true,
        _ => return Err(Fault::Other("is no MATLAB file of level 5")),
    };
    let mut elements = Elements { rest: &bytes[HEADER_BYTES..], is_big_endian };
    let mut largest: Option<Matrix> = None;
    while !elements.rest.is_empty() {
        let (kind, data) = elements.next().ok_or(DAMAGED)?;
        let matrix = match kind {
            MATRIX => matrix(Elements { rest: data, is_big_endian })?,
            COMPRESSED => {
                let mut inside = Vec::new();
                ZlibDecoder::new(data).take(MAX_BYTES).read_to_end(&mut inside).map_err(|_| DAMAGED)?;
                match (Elements { rest: &inside, is_big_endian }).next().ok_or(DAMAGED)? {
                    (MATRIX, data) => matrix(Elements { rest: data, is_big_endian })?,
                    _ => None,
                }
            }
            _ => None,
        };
        if let Some(matrix) = matrix
            && largest.as_ref().is_none_or(|largest| largest.values.len() < matrix.values.len())
        {
            largest = Some(matrix);
        }
    }
    largest.ok_or(Fault::Other("holds no matrix of numbers"))
}

/// The matrix that an element of that type holds; `None` if it is something else than two dimensions of numbers.
fn matrix(mut parts: Elements<'_>) -> Result<Option<Matrix>, Fault> {
    let is_big_endian = parts.is_big_endian;
    let mut part = || parts.next().ok_or(DAMAGED);
    let (UINT32, flags) = part()? else { return Ok(None) };
    let class = Elements { rest: flags, is_big_endian }.number().ok_or(DAMAGED)? & 0xff;
    let (INT32, dimensions) = part()? else { return Ok(None) };
    let (8, true) = (dimensions.len(), NUMBERS.contains(&class)) else { return Ok(None) };
    let mut dimensions = Elements { rest: dimensions, is_big_endian };
    let mut dimension = || dimensions.number().map(|edge| edge as usize).ok_or(DAMAGED);
    let (rows, columns) = (dimension()?, dimension()?);
    if rows.saturating_mul(columns) > MAX_POSITIONS {
        return Err(Fault::TooLarge { width: columns, height: rows });
    }
    let _name = part()?;
    let (kind, data) = part()?;
    let by_column = numbers(kind, data, is_big_endian).filter(|values| values.len() == rows * columns);
    let by_column = by_column.ok_or(DAMAGED)?;
    let mut values = Vec::with_capacity(by_column.len());
    for row in 0..rows {
        values.extend(by_column.iter().skip(row).step_by(rows));
    }
    Ok((!values.is_empty()).then_some(Matrix { rows, columns, values }))
}

/// Numbers as they are stored, which may be in fewer bytes than the matrix has them in; `None` for an unknown type.
fn numbers(kind: u32, data: &[u8], is_big_endian: bool) -> Option<Vec<f32>> {
    macro_rules! of {
        ($number:ty) => {{
            let number = |bytes: &[u8]| {
                let bytes = bytes.try_into().unwrap_or_default();
                let number = match is_big_endian {
                    true => <$number>::from_be_bytes(bytes),
                    false => <$number>::from_le_bytes(bytes),
                };
                let number = number as f32;
                if number.is_finite() { number } else { 0.0 }
            };
            data.chunks_exact(size_of::<$number>()).map(number).collect()
        }};
    }
    Some(match kind {
        1 => of!(i8),
        2 => of!(u8),
        3 => of!(i16),
        4 => of!(u16),
        INT32 => of!(i32),
        UINT32 => of!(u32),
        7 => of!(f32),
        9 => of!(f64),
        12 => of!(i64),
        13 => of!(u64),
        _ => return None,
    })
}

/// Elements one after the other.
struct Elements<'a> {
    rest: &'a [u8],
    is_big_endian: bool,
}

impl<'a> Elements<'a> {
    /// Type and data of the next one; `None` if it is not whole.
    fn next(&mut self) -> Option<(u32, &'a [u8])> {
        let tag = self.number()?;
        // Up to four bytes stand in the tag itself.
        let small = (tag >> 16) as usize;
        if small > 0 {
            return Some((tag & 0xffff, self.take(4)?.get(..small)?));
        }
        let length = self.number()? as usize;
        let data = self.take(length)?;
        if tag != COMPRESSED {
            let padding = length.next_multiple_of(8) - length;
            self.take(padding.min(self.rest.len()))?;
        }
        Some((tag, data))
    }

    fn number(&mut self) -> Option<u32> {
        let bytes = self.take(4)?.try_into().ok()?;
        Some(if self.is_big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What `scipy.io.savemat` writes, with and without `do_compression`, behind the header's text: `x` of three numbers, `fixLocs` as below in
    /// bytes, and a text.
    const PLAIN: &str = "00000000000000000001494d0e00000048000000060000000800000006000000000000000500000008000000010000000300000001\
        0001007800000009000000180000000000000000000000000000000000f03f00000000000000400e000000480000000600000008000000090000000000000005\
        00000008000000030000000400000001000000070000006669784c6f637300020000000c000000000001010000000000000100000000000e0000003000000006\
        00000008000000040000000000000005000000080000000100000004000000010004006e6f74651000040065796573";
    const PACKED: &str = "00000000000000000001494d0f0000002c000000789ce3636060f000623620e680d220c00ae533023133986664a800d29c402cc180\
        0e3ed843190e00439102860f00000037000000789ce3636060f000623620e600624e06086085f299819805881981981d88d3322b7cf2938b1998806c1eb04a46\
        46880e08050078e303730f0000002a000000789ce36360603000623620e600621606086085f219a1628c40322fbf24550048a756a6160300292e03e8";

    fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<u8> =
            hex.bytes().filter_map(|digit| char::from(digit).to_digit(16)).map(|d| d as u8).collect();
        let mut file = b"MATLAB 5.0 MAT-file".to_vec();
        file.resize(116, b' ');
        file.extend(digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]));
        file
    }

    /// A file of one matrix, the numbers of any length and order.
    fn file(is_big_endian: bool, class: u32, dimensions: [u32; 2], kind: u32, values: &[u8]) -> Vec<u8> {
        let word = |word: u32| if is_big_endian { word.to_be_bytes() } else { word.to_le_bytes() };
        let element = |kind: u32, data: &[u8]| {
            let mut element = [word(kind), word(data.len() as u32)].concat();
            element.extend(data);
            element.resize(element.len().next_multiple_of(8), 0);
            element
        };
        let parts = [
            element(UINT32, &[word(class), word(0)].concat()),
            element(INT32, &dimensions.map(word).concat()),
            element(1, b"m"),
            element(kind, values),
        ];
        let mut file = vec![b' '; HEADER_BYTES];
        file[HEADER_BYTES - 2..].copy_from_slice(if is_big_endian { b"MI" } else { b"IM" });
        file.extend(element(MATRIX, &parts.concat()));
        file
    }

    #[test]
    fn the_largest_matrix_is_read_compressed_or_not() {
        let values = vec![0., 1., 0., 0., 0., 0., 0., 1., 1., 0., 0., 0.];
        let expected = Matrix { rows: 3, columns: 4, values };
        for stored in [PLAIN, PACKED] {
            assert_eq!(parse(&bytes(stored)).as_ref(), Ok(&expected));
        }
    }

    #[test]
    fn numbers_of_either_order_are_read() {
        let numbers: Vec<u8> =
            [1.5f64, f64::NAN, -2.0, 4.0].iter().flat_map(|number| number.to_be_bytes()).collect();
        let matrix = parse(&file(true, 6, [2, 2], 9, &numbers)).unwrap();
        assert_eq!(matrix.values, [1.5, -2.0, 0.0, 4.0]);
        assert_eq!(parse(&file(false, 6, [1, 2], 4, &[1, 0, 0, 1])).unwrap().values, [1.0, 256.0]);
    }

    #[test]
    fn what_holds_no_map_says_so() {
        let fault = |file: &[u8]| match parse(file) {
            Err(Fault::Other(fault)) => fault,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            fault(b"MATLAB 7.3 MAT-file, and so on"),
            "is of MATLAB's format 7.3, which is not read here"
        );
        assert_eq!(fault(&[0; 200]), "is no MATLAB file of level 5");
        assert_eq!(fault(b"short"), "is no MATLAB file of level 5");
        assert_eq!(fault(&bytes(PACKED)[..HEADER_BYTES]), "holds no matrix of numbers");
        assert_eq!(fault(&file(false, 4, [1, 4], 4, b"t.e.x.t.")), "holds no matrix of numbers");
        assert_eq!(fault(&file(false, 6, [1, 4], 2, &[0; 3])), "is damaged or cut short");
        let vast = parse(&file(false, 6, [1 << 16, 1 << 16], 2, &[0; 3]));
        assert_eq!(vast, Err(Fault::TooLarge { width: 1 << 16, height: 1 << 16 }));
    }

    proptest! {
        #[test]
        fn a_damaged_file_is_an_error_or_another_file(
            packed: bool, at in 116usize..400, byte: u8, length in 100usize..460,
        ) {
            let mut file = bytes(if packed { PACKED } else { PLAIN });
            if let Some(there) = file.get_mut(at) {
                *there = byte;
            }
            file.truncate(length);
            if let Ok(matrix) = parse(&file) {
                prop_assert_eq!(matrix.values.len(), matrix.rows * matrix.columns);
            }
        }
    }
}

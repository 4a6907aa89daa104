//! The floating-point formats in which weights are stored, little-endian.

use bytemuck::cast_slice_mut;
use half::slice::{HalfBitsSliceExt, HalfFloatSliceExt};
use half::{bf16, f16};

/// How a stored value is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Float {
    F16,
    BF16,
    F32,
    F64,
}

impl Float {
    /// Bytes of one value.
    pub(super) fn size(self) -> usize {
        match self {
            Float::F16 | Float::BF16 => 2,
            Float::F32 => 4,
            Float::F64 => 8,
        }
    }

    /// Bytes that a variable of this shape takes; `None` where that is beyond what can be addressed.
    pub(super) fn bytes(self, shape: &[usize]) -> Option<usize> {
        shape.iter().try_fold(self.size(), |bytes, &edge| bytes.checked_mul(edge))
    }

    /// The bytes of `values`, each rounded to the nearest that this format has.
    pub(super) fn encode(self, values: &[f32]) -> Vec<u8> {
        match self {
            Float::F16 => values.iter().flat_map(|&value| f16::from_f32(value).to_le_bytes()).collect(),
            Float::BF16 => values.iter().flat_map(|&value| bf16::from_f32(value).to_le_bytes()).collect(),
            Float::F32 => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
            Float::F64 => values.iter().flat_map(|&value| f64::from(value).to_le_bytes()).collect(),
        }
    }

    /// The values in `bytes`, whose length is a multiple of [`size`](Self::size); float64 is rounded.
    pub(super) fn decode(self, bytes: &[u8]) -> Vec<f32> {
        let mut values = vec![0.0; bytes.len() / self.size()];
        self.decode_into(bytes, &mut values);
        values
    }

    /// Like [`decode`](Self::decode), into as many values as `bytes` holds.
    pub(super) fn decode_into(self, bytes: &[u8], values: &mut [f32]) {
        match self {
            Float::F16 => halves(bytes, values, |bits, values| {
                bits.reinterpret_cast::<f16>().convert_to_f32_slice(values);
            }),
            Float::BF16 => halves(bytes, values, |bits, values| {
                bits.reinterpret_cast::<bf16>().convert_to_f32_slice(values);
            }),
            Float::F32 if cfg!(target_endian = "little") => cast_slice_mut(values).copy_from_slice(bytes),
            Float::F32 => each(bytes, values, f32::from_le_bytes),
            Float::F64 => each(bytes, values, |bytes| f64::from_le_bytes(bytes) as f32),
        }
    }
}

fn each<const N: usize, T>(bytes: &[u8], values: &mut [T], value: impl Fn([u8; N]) -> T) {
    for (value_at, bytes) in values.iter_mut().zip(bytes.as_chunks().0) {
        *value_at = value(*bytes);
    }
}

/// Sixteen-bit values, aligned and in the machine's order for a conversion of many at once.
fn halves(bytes: &[u8], values: &mut [f32], convert: impl Fn(&[u16], &mut [f32])) {
    let mut bits = [0; 512];
    for (bytes, values) in bytes.chunks(2 * bits.len()).zip(values.chunks_mut(bits.len())) {
        let bits = &mut bits[..values.len()];
        each(bytes, bits, u16::from_le_bytes);
        convert(bits, values);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_decodes_what_it_encodes() {
        for value in [0.0f32, -1.5, 0.099976, 65504.0] {
            let half = f16::from_f32(value).to_f32();
            let brain = bf16::from_f32(value).to_f32();
            for (float, kept) in
                [(Float::F16, half), (Float::BF16, brain), (Float::F32, value), (Float::F64, value)]
            {
                let bytes = float.encode(&[value]);
                assert_eq!((bytes.len(), float.decode(&bytes)), (float.size(), vec![kept]), "{float:?}");
            }
        }
        assert_eq!(Float::F16.decode(&[0x00, 0x3c, 0x00, 0xc0]), [1.0, -2.0]);
        assert_eq!(Float::BF16.decode(&[0x80, 0x3f, 0x00, 0xc0]), [1.0, -2.0]);
    }

    #[test]
    fn many_values_decode_as_one_does_wherever_they_lie() {
        for float in [Float::F16, Float::BF16, Float::F32, Float::F64] {
            // More than are converted at once, and one byte off any alignment.
            let bytes: Vec<u8> = (0..1 + 1501 * float.size()).map(|index| (index * 37 % 113) as u8).collect();
            let values = float.decode(&bytes[1..]);
            let one_by_one = bytes[1..].chunks(float.size()).flat_map(|bytes| float.decode(bytes));
            assert_eq!(values, one_by_one.collect::<Vec<_>>(), "{float:?}");
            assert_eq!(values.len(), 1501);
        }
    }

    #[test]
    fn a_shape_too_large_for_memory_has_no_size() {
        assert_eq!(Float::F32.bytes(&[3, 3, 16, 16]), Some(9216));
        assert_eq!(Float::F32.bytes(&[]), Some(4));
        assert_eq!(Float::F32.bytes(&[usize::MAX, 2]), None);
    }
}

//! The floating-point formats in which weights are stored, little-endian.

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

    /// The values in `bytes`, whose length is a multiple of [`size`](Self::size); float64 is rounded.
    pub(super) fn decode(self, bytes: &[u8]) -> Vec<f32> {
        match self {
            Float::F16 => values(bytes, |b| f16::from_le_bytes(b).to_f32()),
            Float::BF16 => values(bytes, |b| bf16::from_le_bytes(b).to_f32()),
            Float::F32 => values(bytes, f32::from_le_bytes),
            Float::F64 => values(bytes, |b| f64::from_le_bytes(b) as f32),
        }
    }
}

fn values<const N: usize>(bytes: &[u8], value: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    bytes.as_chunks::<N>().0.iter().map(|chunk| value(*chunk)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_decodes_what_it_encodes() {
        for value in [0.0f32, -1.5, 0.099976, 65504.0] {
            let half = f16::from_f32(value);
            let brain = bf16::from_f32(value);
            assert_eq!(Float::F16.decode(&half.to_le_bytes()), [half.to_f32()]);
            assert_eq!(Float::BF16.decode(&brain.to_le_bytes()), [brain.to_f32()]);
            assert_eq!(Float::F32.decode(&value.to_le_bytes()), [value]);
            assert_eq!(Float::F64.decode(&f64::from(value).to_le_bytes()), [value]);
        }
        assert_eq!(Float::F16.decode(&[0x00, 0x3c, 0x00, 0xc0]), [1.0, -2.0]);
        assert_eq!(Float::BF16.decode(&[0x80, 0x3f, 0x00, 0xc0]), [1.0, -2.0]);
    }

    #[test]
    fn a_shape_too_large_for_memory_has_no_size() {
        assert_eq!(Float::F32.bytes(&[3, 3, 16, 16]), Some(9216));
        assert_eq!(Float::F32.bytes(&[]), Some(4));
        assert_eq!(Float::F32.bytes(&[usize::MAX, 2]), None);
    }
}

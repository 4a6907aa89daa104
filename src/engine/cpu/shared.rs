//! A slice that several threads write, each its own part.
#![expect(
    unsafe_code,
    reason = "rows are dealt out by lists of indices, which the borrow checker cannot follow"
)]

use std::marker::PhantomData;

/// Floats borrowed for writing by many threads at once.
#[derive(Clone, Copy)]
pub struct Shared<'a> {
    values: *mut f32,
    length: usize,
    borrowed: PhantomData<&'a mut [f32]>,
}

// SAFETY: it is a `&mut [f32]` whose users promise, at every access, to keep to parts of their own.
unsafe impl Send for Shared<'_> {}
// SAFETY: likewise.
unsafe impl Sync for Shared<'_> {}

impl<'a> Shared<'a> {
    pub fn new(values: &'a mut [f32]) -> Self {
        Self { values: values.as_mut_ptr(), length: values.len(), borrowed: PhantomData }
    }

    pub fn len(&self) -> usize {
        self.length
    }

    /// The part of `length` floats from `start`, which must lie within.
    ///
    /// # Safety
    /// As for [`slice`](Self::slice), and `start + length` is not beyond [`len`](Self::len).
    #[inline(always)]
    pub unsafe fn slice_unchecked(&self, start: usize, length: usize) -> &'a mut [f32] {
        debug_assert!(start + length <= self.length);
        // SAFETY: the caller's promise.
        unsafe { std::slice::from_raw_parts_mut(self.values.add(start), length) }
    }

    /// The part of `length` floats from `start`.
    ///
    /// # Safety
    /// No one else may use any of these floats while the part is held.
    #[inline(always)]
    pub unsafe fn slice(&self, start: usize, length: usize) -> &'a mut [f32] {
        assert!(start <= self.length && length <= self.length - start);
        // SAFETY: the part lies within, and the caller promises that it is the only user.
        unsafe { self.slice_unchecked(start, length) }
    }
}

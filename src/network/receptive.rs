//! Which pixels of the input a position's state can depend on: through convolutions and pooling alone. A halting score
//! also knows the mean over all positions, and so the whole picture.

use crate::engine::{Grid, Window};

use super::flops::stem_grids;
use super::spec::{Family, NetworkSpec};

/// The receptive fields of all positions of a state: equal rectangles at equal distances. Every pair is rows, columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReceptiveField {
    /// First pixel of position (0, 0); negative where padding is seen.
    pub start: [isize; 2],
    /// Pixels.
    pub size: [usize; 2],
    /// Pixels from one position to the next.
    pub step: [usize; 2],
}

impl ReceptiveField {
    /// Of the pixels themselves.
    const PIXEL: Self = Self { start: [0, 0], size: [1, 1], step: [1, 1] };

    /// Behind a window over states with this field.
    fn behind(self, window: Window) -> Self {
        let Self { mut start, mut size, mut step } = self;
        for (axis, pad) in [window.pad_y, window.pad_x].into_iter().enumerate() {
            start[axis] -= (pad * step[axis]) as isize;
            size[axis] += (window.kernel - 1) * step[axis];
            step[axis] *= window.stride;
        }
        Self { start, size, step }
    }

    /// Row and column of the first pixel that position `(row, column)` sees, and of the first behind the last, within
    /// an input of `height` x `width`.
    pub fn of(self, row: usize, column: usize, height: usize, width: usize) -> [[usize; 2]; 2] {
        let ends = |axis: usize, place: usize, length: usize| {
            let first = self.start[axis] + (place * self.step[axis]) as isize;
            let last = first + self.size[axis] as isize;
            [first, last].map(|end| end.clamp(0, length as isize) as usize)
        };
        let ([top, bottom], [left, right]) = (ends(0, row, height), ends(1, column, width));
        [[top, left], [bottom, right]]
    }
}

/// The receptive field of block `block` (from 0) behind its first `units` units (at least 1), for an input of
/// `height` x `width`. `None` if there is no such block or unit.
pub fn receptive_field(
    spec: &NetworkSpec,
    [height, width]: [usize; 2],
    block: usize,
    units: usize,
) -> Option<ReceptiveField> {
    if units == 0 || units > *spec.units.get(block)? {
        return None;
    }
    let input = Grid { images: 1, height, width };
    let (stem, mut grid) = stem_grids(spec, input);
    let family = spec.family;
    let mut field = ReceptiveField::PIXEL.behind(Window::centred(family.stem_kernel(), family.stem_stride()));
    if family == Family::ImageNet {
        field = field.behind(Window::same(3, 2, stem));
    }
    for (index, &all) in spec.units.iter().enumerate().take(block + 1) {
        for unit in 0..if index == block { units } else { all } {
            let stride = spec.unit_stride(index, unit);
            field = match family {
                Family::Cifar => field.behind(Window::same(3, stride, grid)).behind(Window::centred(3, 1)),
                Family::ImageNet => field.behind(Window::centred(3, stride)),
            };
            grid = grid.strided(stride);
        }
    }
    Some(field)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Device;
    use crate::halting::HaltingSetting;
    use crate::image::Input;
    use crate::network::{RunOptions, Variant};
    use crate::zoo;

    fn spec(family: Family, units: Vec<usize>) -> NetworkSpec {
        NetworkSpec { family, units, width: 16, classes: 10, variant: Variant::Sact }
    }

    #[test]
    fn fields_grow_by_the_textbook() {
        let cifar = spec(Family::Cifar, vec![5, 5, 5]);
        let sizes = |spec: &NetworkSpec, block, units| {
            receptive_field(spec, [32, 32], block, units).map(|field| (field.size[0], field.step[0]))
        };
        assert_eq!(sizes(&cifar, 0, 1), Some((7, 1)));
        assert_eq!(sizes(&cifar, 0, 5), Some((23, 1)));
        assert_eq!(sizes(&cifar, 1, 1), Some((29, 2)));
        assert_eq!(sizes(&cifar, 2, 5), Some((137, 4)));
        assert_eq!([sizes(&cifar, 0, 0), sizes(&cifar, 0, 6), sizes(&cifar, 3, 1)], [None; 3]);
        // 7x7 with stride 2, then 3x3 with stride 2.
        let imagenet = spec(Family::ImageNet, vec![3, 4, 23, 3]);
        assert_eq!(sizes(&imagenet, 0, 1), Some((7 + 2 * 2 + 2 * 4, 4)));
    }

    #[test]
    fn a_field_ends_where_the_picture_does() {
        let field = ReceptiveField { start: [-3, -1], size: [7, 7], step: [2, 2] };
        assert_eq!(field.of(0, 1, 5, 40), [[0, 1], [4, 8]]);
        assert_eq!(field.of(2, 30, 5, 40), [[1, 40], [5, 40]]);
    }

    /// One pixel is changed, and the states that change are those that see it.
    #[test]
    fn what_sees_a_pixel_is_what_changes_with_it() {
        let vanilla = zoo::find("cifar10-resnet32-vanilla").unwrap();
        let network = zoo::load(&vanilla.source, &Device::cpu()).unwrap().network;
        for edge in [64, 63] {
            let outputs = |change: f32| {
                let mut data: Vec<f32> =
                    (0..3 * edge * edge).map(|i| (i * 37 % 101) as f32 / 50.0 - 1.0).collect();
                data[3 * (20 * edge + 31)] += change;
                let input = Input { height: edge, width: edge, data };
                let options = RunOptions { keep_outputs: true, ..RunOptions::default() };
                network.run(&[input], &HaltingSetting::default(), options).unwrap().remove(0)
            };
            let (before, after) = (outputs(0.0), outputs(5.0));
            for block in [0, 1] {
                let (a, b) = (&before.blocks[block], &after.blocks[block]);
                let field = receptive_field(network.spec(), [edge, edge], block, a.units).unwrap();
                let (a_values, b_values) = (a.outputs.as_ref().unwrap(), b.outputs.as_ref().unwrap());
                let channels = a_values.len() / (a.height * a.width);
                let mut seen = 0;
                for place in 0..a.height * a.width {
                    let (row, column) = (place / a.width, place % a.width);
                    let [[top, left], [bottom, right]] = field.of(row, column, edge, edge);
                    let sees = (top..bottom).contains(&20) && (left..right).contains(&31);
                    let here = place * channels..(place + 1) * channels;
                    let changed = a_values[here.clone()] != b_values[here];
                    assert!(sees || !changed, "block {block} of {edge} at {row}, {column}");
                    seen += usize::from(sees);
                    // What comes from the rim of a field may be lost in rounding; what comes from its middle is not.
                    let offset = |axis: usize, at: usize, pixel: isize| {
                        let centre =
                            field.start[axis] + (at * field.step[axis] + field.size[axis] / 2) as isize;
                        (pixel - centre).unsigned_abs()
                    };
                    let middle = offset(0, row, 20).max(offset(1, column, 31)) < field.size[0] / 5;
                    assert!(changed || !middle, "block {block} of {edge} at {row}, {column}");
                }
                assert!(seen > 0 && seen < a.height * a.width);
            }
        }
    }
}

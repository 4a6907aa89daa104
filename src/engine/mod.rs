//! How networks are computed: states are matrices `[positions, channels]`, and only the rows asked for are worked on.
//!
//! The same steps serve every device. *Dense* is the case where all rows are asked for.

mod composed;
mod convolve;
mod cpu;
mod device;
mod layers;
mod rows;

pub use device::{Device, DeviceChoice, DeviceError};
pub(crate) use layers::{
    Activation, Conv, Norm, add_rows, average_pool, conv_to_one_channel, max_pool, select, sum_by_image,
};
pub(crate) use rows::{Grid, Rows, Window};

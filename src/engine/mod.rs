//! How networks are computed: states are matrices of positions, and only the rows asked for are worked on.

mod device;

pub use device::{Device, DeviceChoice, DeviceError};

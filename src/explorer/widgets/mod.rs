//! The pieces the screens are made of. Each draws its arguments and reports what a person did; none knows the app.

pub(crate) mod bars;
mod canvas;
pub(crate) mod cells;
pub(crate) mod chart;
mod colorbar;
mod cursor;
mod divider;
pub(crate) mod fields;
pub(crate) mod format;
#[cfg(test)]
mod gallery;
mod gauge;
mod gradient;
mod magnifier;
mod marks;
mod notches;
mod notice;
mod outlined;
mod shorten;
mod slider;
mod swatches;
mod track;
mod transport;
mod view;

pub(crate) use bars::top_classes;
pub(crate) use canvas::{Canvas, CanvasResponse};
pub(crate) use chart::{Chart, Series};
pub(crate) use colorbar::ColorBar;
pub(crate) use divider::divider;
pub(crate) use gauge::flops_gauge;
pub(crate) use gradient::horizontal as horizontal_gradient;
pub(crate) use marks::Marks;
pub(crate) use notches::NotchSlider;
pub(crate) use notice::notice;
pub(crate) use outlined::outlined;
pub(crate) use shorten::{fitted, text_width};
pub(crate) use slider::{plain_slider, threshold_slider};
pub(crate) use swatches::colormap_menu;
#[cfg(test)]
pub(crate) use swatches::colormap_picker;
pub(crate) use transport::{Sign, sign_button};
pub use view::CanvasView;

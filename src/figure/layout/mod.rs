//! What stands beside what: a module a layout, each of which makes a [`Grid`]; `sheet` finds its sizes and `page` draws it.

mod bar;
mod blocks;
mod compare;
mod gallery;
mod page;
mod panels;
mod sheet;
mod units;

use std::sync::Arc;

use crate::maps::{PonderMap, Quantity, Range, Scope};
use crate::network::{Halting, Trace};

use super::raster::Drawing;
use super::scene::{POINTS_PER_MM, Scene};
use super::{Colormap, DivergingMap, FigureError, FigureRequest, Layout, Look, Material, Subject, colorize};

pub(super) use sheet::TALLEST;

/// What a layout wants on the page.
struct Grid {
    /// Cells side by side.
    columns: usize,
    rows: Vec<Row>,
    /// Whether titles stand above their cells or beneath.
    titles: Side,
    bars: Vec<Bar>,
    /// Said beneath all.
    note: &'static str,
}

#[derive(Clone, Copy, PartialEq)]
enum Side {
    Above,
    Below,
}

struct Row {
    /// Said on its left; empty for nothing.
    head: String,
    cells: Vec<Cell>,
}

struct Cell {
    /// `None` for a cell that is not counted among the letters, either.
    title: Option<String>,
    drawing: Drawing,
    /// Height divided by width.
    aspect: f32,
    /// Said beneath; empty for nothing.
    caption: String,
    /// A bar for this cell alone.
    bar: Option<Bar>,
}

/// A colour bar.
struct Bar {
    colors: Scale,
    range: Range,
    label: String,
    /// First and last column that it belongs to.
    span: (usize, usize),
}

#[derive(Clone, Copy)]
enum Scale {
    Sequential(Colormap),
    Diverging(DivergingMap),
}

impl Scale {
    /// The colour at `t` in 0..1.
    fn color(self, t: f32) -> [u8; 3] {
        match self {
            Self::Sequential(colormap) => colormap.color(t),
            Self::Diverging(colormap) => colormap.color(2.0 * t - 1.0),
        }
    }
}

/// Lays a figure out: one scene, or for an animation one a frame, all of one size.
///
/// # Errors
/// [`FigureError::Unfit`]: a network without maps, a block that is not there, a figure without room.
pub(super) fn scenes(request: &FigureRequest, material: &Material) -> Result<Vec<Scene>, FigureError> {
    let look = &request.spec.look;
    let animated = request.format()?.is_animated();
    let grids = match &request.spec.layout {
        _ if material.subjects.is_empty() => {
            Err(FigureError::Unfit("there is no picture to draw".to_owned()))
        }
        Layout::Panels { show } => panels::grid(look, show, material).map(|grid| vec![grid]),
        Layout::Blocks => blocks::grid(look, material).map(|grid| vec![grid]),
        Layout::Units if animated => units::frames(look, material),
        Layout::Units => units::grid(look, material).map(|grid| vec![grid]),
        Layout::Compare { .. } => compare::grid(request, material).map(|grid| vec![grid]),
        Layout::Gallery { show, columns } => {
            gallery::grid(look, *show, *columns, material).map(|grid| vec![grid])
        }
    }?;
    let mut scenes = grids.iter().map(|grid| page::laid_out(grid, look)).collect::<Result<Vec<_>, _>>()?;
    let tallest = scenes.iter().map(|scene| scene.height).fold(0.0, f32::max);
    scenes.iter_mut().for_each(|scene| scene.height = tallest);
    Ok(scenes)
}

/// The greatest width that a picture can have on the page, in points.
pub(super) fn widest(request: &FigureRequest) -> f32 {
    let look = &request.spec.look;
    let columns = match &request.spec.layout {
        Layout::Panels { show } => show.len().max(1),
        Layout::Blocks | Layout::Compare { .. } => 2,
        Layout::Units => 1,
        Layout::Gallery { columns, .. } => gallery::columns(*columns, request.pictures.len(), look),
    };
    look.width * POINTS_PER_MM / columns as f32
}

impl Subject {
    fn aspect(&self) -> f32 {
        self.picture.height() as f32 / self.picture.width().max(1) as f32
    }

    fn map(&self, look: &Look, material: &Material) -> Result<PonderMap, FigureError> {
        map_of(&self.trace, look.quantity, look.scope, &material.model)
    }

    /// A cell without title that shows `drawing` in the picture's proportions.
    fn cell(&self, drawing: Drawing) -> Cell {
        Cell { title: None, drawing, aspect: self.aspect(), caption: String::new(), bar: None }
    }

    fn image(&self) -> Cell {
        self.cell(Drawing::Picture(Arc::clone(&self.picture)))
    }

    fn overlay(&self, map: &PonderMap, range: Range, look: &Look) -> Cell {
        self.cell(Drawing::Overlay {
            picture: Arc::clone(&self.picture),
            map: colorize(map, range, look.colormap),
            opacity: look.opacity,
        })
    }
}

impl Cell {
    fn titled(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }
}

impl Bar {
    fn of(look: &Look, range: Range, label: String, span: (usize, usize)) -> Self {
        Self { colors: Scale::Sequential(look.colormap), range, label, span }
    }
}

/// A trace's map, or why there is none.
fn map_of(trace: &Trace, quantity: Quantity, scope: Scope, model: &str) -> Result<PonderMap, FigureError> {
    PonderMap::from_trace(trace, quantity, scope).ok_or_else(|| {
        let blocks = trace.blocks.len();
        FigureError::Unfit(match scope {
            Scope::Block(block) if block >= blocks => {
                format!("{model} has no block {}: choose one of its {blocks} blocks", block + 1)
            }
            _ => format!(
                "{model} is a vanilla network, which runs every unit everywhere and has no map: choose an ACT or SACT \
                 model"
            ),
        })
    })
}

/// One range for maps that are to be compared by their colours.
fn common_range(look: &Look, maps: &[PonderMap]) -> Range {
    let maps: Vec<&PonderMap> = maps.iter().collect();
    look.range.resolve_all(&maps).unwrap_or(Range { low: 0.0, high: 1.0 })
}

/// Whether a network halts once for all positions, so that its maps are flat.
fn halts_as_a_whole(trace: &Trace) -> bool {
    trace.blocks.iter().any(|block| matches!(block.halting, Halting::Image(_)))
}

/// What a map's values are: `Ponder cost of block_2`, and for ACT that there is one for all positions.
fn measured(trace: &Trace, look: &Look) -> String {
    let block = match look.scope {
        Scope::Network => None,
        Scope::Block(block) => trace.blocks.get(block),
    };
    let part = block.map(|block| format!(" of {}", block.name)).unwrap_or_default();
    format!("{}{part}{}", look.quantity.label(), once(trace))
}

/// What is said of a map that is flat because its network halts as a whole.
fn once(trace: &Trace) -> &'static str {
    if halts_as_a_whole(trace) { " (ACT: one value)" } else { "" }
}

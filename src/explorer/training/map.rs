//! The ponder map of the fixed test picture, painted for the screen.

use std::sync::Arc;

use eframe::egui::{ColorImage, Context, TextureHandle};

use crate::explorer::painting::to_screen;
use crate::explorer::runtime::{PIXELS, most_pixels};
use crate::figure::{self, Colormap};
use crate::maps::{PonderMap, Quantity, Range, RangeChoice};

use super::run::{Run, Subject};

/// Parts of the colour bar's histogram.
const BINS: usize = 48;

/// How a map is coloured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    pub range: RangeChoice,
    pub colormap: Colormap,
}

/// A painted map.
pub struct EvaluationMap {
    /// Of which evaluation it is, and of which run.
    step: u64,
    subject: Arc<Subject>,
    pub look: Look,
    pub map: PonderMap,
    pub range: Range,
    pub histogram: Vec<usize>,
    pub overlay: TextureHandle,
    pub picture: Option<TextureHandle>,
}

impl EvaluationMap {
    /// Paints the map of the evaluation that is shown, unless that is painted already. A map of a test picture is
    /// small (32 x 32 positions, or 224 x 224), so it is coloured in a fraction of a frame.
    pub fn follow(painted: &mut Option<Self>, run: Option<&Run>, look: Look, ctx: &Context) {
        let shown = run.and_then(|run| Some((run.subject.as_ref()?, run.shown()?)));
        let Some((subject, evaluation)) = shown else {
            *painted = None;
            return;
        };
        let same_subject = painted.as_ref().filter(|painted| Arc::ptr_eq(&painted.subject, subject));
        if same_subject.is_some_and(|painted| painted.step == evaluation.step && painted.look == look) {
            return;
        }
        let Some(recorded) = &evaluation.map else { return };
        if recorded.values.len() != recorded.height * recorded.width || recorded.values.is_empty() {
            *painted = None;
            return;
        }
        let size = [recorded.height, recorded.width];
        let values = recorded.values.clone();
        let map = PonderMap::of_values(Quantity::PonderCost, size, values, &subject.recipe.spec.units);
        let range = look.range.resolve(&map);
        let most = most_pixels(ctx);
        let texture = |name: &str, pixels: ColorImage| ctx.load_texture(name, pixels, PIXELS);
        let picture = match same_subject {
            Some(painted) => painted.picture.clone(),
            None => subject.picture.as_ref().map(|picture| texture("test picture", to_screen(picture, most))),
        };
        let pixels = to_screen(&figure::colorize(&map, range, look.colormap), most);
        *painted = Some(Self {
            step: evaluation.step,
            subject: Arc::clone(subject),
            look,
            histogram: map.histogram(range, BINS),
            range,
            map,
            overlay: texture("evaluation", pixels),
            picture,
        });
    }
}

//! Words that stand where something would be.

use eframe::egui::text::LayoutJob;
use eframe::egui::{Align, Label, Rect, Response, Ui};

use crate::explorer::theme::{font, tokens};

/// Greatest width of a line, in points.
const WIDTH: f32 = 480.0;

/// A sentence in the middle of `rect`, each of its lines centred.
pub(crate) fn notice(ui: &mut Ui, rect: Rect, text: &str) -> Response {
    let colour = tokens(ui).text_muted;
    let width = rect.width().min(WIDTH);
    let job = LayoutJob {
        halign: Align::Center,
        ..LayoutJob::simple(text.to_owned(), font::body(), colour, width)
    };
    let galley = ui.painter().layout_job(job);
    ui.put(Rect::from_center_size(rect.center(), galley.size()), Label::new(galley))
}

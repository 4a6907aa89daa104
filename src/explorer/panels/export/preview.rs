//! The figure as it will be, drawn by what writes the file.

use std::sync::atomic::Ordering;
use std::time::Duration;

use eframe::egui::text::LayoutJob;
use eframe::egui::{
    Align, Align2, Color32, Label, Rect, RichText, Role, Sense, Slider, Spinner, Stroke, StrokeKind,
    TextStyle, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use crate::explorer::command::{Command, Inbox};
use crate::explorer::export::{AROUND, Action, Sketch};
use crate::explorer::state::State;
use crate::explorer::theme::{font, radius, space, tokens};
use crate::explorer::widgets::fields::named_slider;

/// Of the line under the preview, in points.
pub(super) const BELOW: f32 = 32.0;
/// How often it is looked how many pictures were run.
const LOOK: Duration = Duration::from_millis(200);

pub(super) fn preview_ui(ui: &mut Ui, state: &State, inbox: &Inbox, room: Vec2) {
    let exporting = &state.runtime.exporting;
    ui.vertical(|ui| {
        ui.set_width(room.x);
        let (rect, response) = ui.allocate_exact_size(room, Sense::hover());
        ui.painter().rect_filled(rect, radius::M, tokens(ui).canvas);
        let name = match &exporting.sketch {
            Some(Ok(sketch)) => {
                sketch_ui(ui, rect.shrink(AROUND), sketch, exporting.is_busy());
                format!("Preview of {}", state.figure_name())
            }
            Some(Err(sentence)) => {
                sentence_ui(ui, rect.shrink(space::XL), sentence);
                "No preview".to_owned()
            }
            None => {
                ui.put(rect, Spinner::new().size(28.0));
                "Preview to come".to_owned()
            }
        };
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
        ui.allocate_ui(vec2(room.x, BELOW - space::S), |ui| below_ui(ui, state, inbox));
    });
}

/// A sentence in the middle, its lines centred.
fn sentence_ui(ui: &mut Ui, rect: Rect, sentence: &str) {
    let font = TextStyle::Body.resolve(ui.style());
    let mut lines = LayoutJob::simple(sentence.to_owned(), font, tokens(ui).text, rect.width());
    lines.halign = Align::Center;
    let galley = ui.painter().layout_job(lines);
    let place = Align2::CENTER_CENTER.align_size_within_rect(galley.size(), rect);
    ui.put(place, Label::new(galley));
}

fn sketch_ui(ui: &Ui, rect: Rect, sketch: &Sketch, busy: bool) {
    let size = sketch.picture.size_vec2() / ui.ctx().pixels_per_point();
    let fit = (rect.width() / size.x).min(rect.height() / size.y).min(1.0);
    let place = Align2::CENTER_CENTER.align_size_within_rect(size * fit, rect);
    let tint = if busy { Color32::from_white_alpha(200) } else { Color32::WHITE };
    let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
    ui.painter().image(sketch.picture.id(), place, uv, tint);
    let line = Stroke::new(1.0, tokens(ui).outline);
    ui.painter().rect_stroke(place, 0, line, StrokeKind::Outside);
}

/// How large it is, which frame is seen, and how far the runs are.
fn below_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    let exporting = &state.runtime.exporting;
    ui.horizontal(|ui| {
        let Some(Ok(sketch)) = &exporting.sketch else {
            return running_ui(ui, state);
        };
        let (width, height) = sketch.size;
        let words = format!("{}, {width:.0} × {height:.0} mm", state.figure_name());
        ui.label(RichText::new(words).size(font::SMALL).color(tokens(ui).text_muted));
        if sketch.frames > 1 {
            let mut frame = exporting.frame.min(sketch.frames - 1) + 1;
            let before = frame;
            let slider = Slider::new(&mut frame, 1..=sketch.frames);
            named_slider(ui, "Frame", slider.text(format!("of {}", sketch.frames)));
            if frame != before {
                inbox.push(Command::Export(Action::ShowFrame(frame - 1)));
            }
        }
        if exporting.is_busy() {
            running_ui(ui, state);
        }
    });
}

fn running_ui(ui: &mut Ui, state: &State) {
    let exporting = &state.runtime.exporting;
    if !exporting.is_busy() {
        return;
    }
    let words = match exporting.done.load(Ordering::Relaxed) {
        done if done > 1 => format!("Drawing… {done} pictures are run"),
        _ => "Drawing…".to_owned(),
    };
    ui.label(RichText::new(words).size(font::SMALL).color(tokens(ui).text_muted));
    ui.ctx().request_repaint_after(LOOK);
}

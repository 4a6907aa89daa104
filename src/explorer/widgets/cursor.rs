//! The canvas by keyboard: arrow keys move an enlarged picture, and a cursor that reads positions as the pointer does.

use eframe::egui::{Event, EventFilter, InputState, Key, Modifiers, Response, Ui, Vec2};

use super::cells;
use super::view::{CanvasView, Frame, keep_fit};

/// What screen readers say of the canvas.
pub(super) const HELP: &str = "Arrow keys move an enlarged picture. With Shift, or where the whole picture is shown, they \
                               move a cursor that reads one position after the other.";

/// Share of the canvas that an arrow key moves an enlarged picture by.
const PAN: f32 = 0.1;

/// The view after what the arrow keys did in this frame, and the place that the cursor reads; `under` is the place under
/// the pointer. There is a cursor as long as the canvas has the focus and the pointer does not move over it.
pub(super) fn follow(
    ui: &Ui,
    response: &Response,
    (frame, view): (Frame, CanvasView),
    grid: [usize; 2],
    under: Option<[f32; 2]>,
) -> (CanvasView, Option<[f32; 2]>) {
    let id = response.id.with("cursor");
    let moves = |event: &Event| matches!(event, Event::PointerMoved(_));
    let pointed = response.hovered() && ui.input(|input| input.events.iter().any(moves));
    if !response.has_focus() || pointed {
        ui.data_mut(|data| data.remove::<[f32; 2]>(id));
    }
    if !response.has_focus() {
        return (view, None);
    }
    let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let known: Option<[f32; 2]> = ui.data(|data| data.get_temp(id));
    let [plain, shifted] =
        ui.input(|input| [Modifiers::NONE, Modifiers::SHIFT].map(|held| arrows(input, held)));
    let enlarged = (frame.picture * view.zoom - frame.canvas).max_elem() > 1.0;
    let [right, down] = if enlarged { shifted } else { [plain[0] + shifted[0], plain[1] + shifted[1]] };
    let pan = |view: CanvasView, by: Vec2| keep_fit(view, frame.pan(view, -by));
    let mut view = view;
    if enlarged && plain != [0, 0] {
        view = pan(view, PAN * Vec2::from(plain.map(|steps| steps as f32)) * frame.canvas);
    }
    if [right, down] == [0, 0] {
        return (view, known);
    }
    let at = cells::beside(known.or(under).unwrap_or(view.center), grid, [right, down]);
    ui.data_mut(|data| data.insert_temp(id, at));
    // The cursor stays in sight.
    let place = (Vec2::from(at) - Vec2::from(view.center)) * frame.picture * view.zoom;
    let beyond = place - place.clamp(-0.5 * frame.canvas, 0.5 * frame.canvas);
    if beyond != Vec2::ZERO {
        view = pan(view, beyond);
    }
    (view, Some(at))
}

/// How often the arrow keys were pressed with these modifiers: to the right less to the left, down less up.
fn arrows(input: &InputState, held: Modifiers) -> [isize; 2] {
    let pressed = |wanted: Key| {
        let is_it = |event: &&Event| match event {
            Event::Key { key, pressed: true, modifiers, .. } => (*key, *modifiers) == (wanted, held),
            _ => false,
        };
        input.events.iter().filter(is_it).count() as isize
    };
    [pressed(Key::ArrowRight) - pressed(Key::ArrowLeft), pressed(Key::ArrowDown) - pressed(Key::ArrowUp)]
}

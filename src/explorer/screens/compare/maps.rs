//! The maps of A and B: side by side, parted by a line, one at a time, or one less the other.

use eframe::egui::{
    Align, Button, Frame, Key, Label, Layout, Margin, Rect, RichText, Spinner, TextureHandle, Ui, UiBuilder,
    Vec2, pos2,
};

use crate::explorer::command::{Command, Inbox};
use crate::explorer::compare::{Action, Layer, Mode, Progress};
use crate::explorer::painting::Painting;
use crate::explorer::places::{Place, offer};
use crate::explorer::screens::explore::{badge_ui, drop_ui, failure, once_for_all};
use crate::explorer::state::State;
use crate::explorer::theme::{font, radius, space, tokens};
use crate::explorer::widgets::{Canvas, CanvasView, divider};

use super::subjects::action_ui;
use super::{Hover, copy_ui, paint_letter};

const NOTHING: &str = "A vanilla network decides nothing, so there is nothing to map";

/// Of a message in a canvas, in points.
const MESSAGE: f32 = 340.0;

/// One of the two as it is drawn.
struct Side<'a> {
    letter: &'static str,
    overlay: Option<&'a TextureHandle>,
    grid: Option<[usize; 2]>,
    /// What is to be said of it, in the canvas's corner.
    badge: Option<String>,
}

/// Draws what the session asks for; where the pointer is then.
pub(super) fn maps_ui(ui: &mut Ui, state: &State, inbox: &Inbox, hovered: Option<Hover>) -> Option<Hover> {
    let whole = ui.max_rect();
    let Some(open) = &state.runtime.stage.picture else {
        ui.put(whole, Spinner::new().size(28.0));
        return None;
    };
    let listening = !ui.ctx().text_edit_focused();
    let key_down = |key| ui.input(|input| input.key_down(key) && input.modifiers.is_none());
    let hidden = !state.session.overlay || (listening && key_down(Key::Space));
    let (a, b) = (side_a(state, hidden), side_b(state, hidden));
    let title = &open.picture.title;
    let mut view = state.session.view;
    let mut stand =
        Stand { state, picture: &open.texture, view: &mut view, mark: hovered.map(|hover| hover.uv) };
    let look = state.session.comparison.look;
    let now = match look.mode {
        Mode::SideBySide | Mode::Strip => ui.columns(2, |columns| {
            let [left, right] = columns else { return None };
            let over_a = stand.side_ui(left, inbox, &a, title);
            let over_b = stand.side_ui(right, inbox, &b, title);
            // The pointer may rest over the one while keys read the other.
            let [first, second] = if over_b.by_keys { [over_b, over_a] } else { [over_a, over_b] };
            first.hover().or(second.hover())
        }),
        Mode::Swipe => stand.swipe_ui(ui, inbox, [&a, &b], title),
        Mode::Flip => {
            let held = listening && key_down(Key::B);
            let [mut front, behind] = if look.b_in_front == held { [a, b] } else { [b, a] };
            let how = match held {
                true => format!("{} is shown as long as B is held", front.letter),
                false => format!("{} is shown; hold B to see {}", front.letter, behind.letter),
            };
            front.badge = Some(match front.badge.take() {
                Some(said) => format!("{how}\n{said}"),
                None => how,
            });
            stand.side_ui(ui, inbox, &front, title).hover()
        }
        Mode::Difference => {
            let side = side_of_difference(state, hidden);
            stand.side_ui(ui, inbox, &side, title).hover()
        }
    };
    if view != state.session.view {
        inbox.push(Command::SetView(view));
    }
    if ui.input(|input| !input.raw.hovered_files.is_empty()) {
        drop_ui(ui, whole);
    }
    now
}

/// What is pointed at in a canvas.
#[derive(Clone, Copy)]
struct Pointed {
    uv: Option<[f32; 2]>,
    /// By the arrow keys, not by the pointer.
    by_keys: bool,
    over_b: bool,
}

impl Pointed {
    fn hover(self) -> Option<Hover> {
        self.uv.map(|uv| Hover { uv, over_b: self.over_b })
    }
}

/// What all canvases share.
struct Stand<'a> {
    state: &'a State,
    picture: &'a TextureHandle,
    view: &'a mut CanvasView,
    /// The place that is pointed at.
    mark: Option<[f32; 2]>,
}

impl Stand<'_> {
    /// A canvas with one map; the place that is pointed at in it.
    fn side_ui(&mut self, ui: &mut Ui, inbox: &Inbox, side: &Side<'_>, title: &str) -> Pointed {
        let label = format!("Canvas {}: {title}", side.letter);
        let canvas = Canvas::new(self.view, Some(self.picture), side.overlay, self.state.session.opacity)
            .label(&label);
        let shown = canvas.cell_grid(side.grid).magnifier(true).mark(self.mark).show(ui);
        let rect = shown.response.rect;
        if side.letter == "A" {
            offer(ui.ctx(), Place::Screen, shown.response.id);
        }
        paint_letter(ui, letter_rect(rect, side.letter, 0.0), side.letter);
        self.remarks_ui(ui, inbox, rect, side);
        Pointed { uv: shown.hovered, by_keys: shown.by_keys, over_b: side.letter != "A" }
    }

    fn swipe_ui(&mut self, ui: &mut Ui, inbox: &Inbox, [a, b]: [&Side<'_>; 2], title: &str) -> Option<Hover> {
        let at = self.state.session.comparison.look.divider;
        let label = format!("Canvas A and B: {title}");
        let canvas =
            Canvas::new(self.view, Some(self.picture), a.overlay, self.state.session.opacity).label(&label);
        let shown = canvas.split(b.overlay, at).cell_grid(a.grid.or(b.grid)).magnifier(true).show(ui);
        let rect = shown.response.rect;
        offer(ui.ctx(), Place::Screen, shown.response.id);
        let x = rect.left() + at * rect.width();
        paint_letter(ui, letter_rect(rect, "A", 0.0), "A");
        paint_letter(ui, letter_rect(rect, "B", 1.0), "B");
        self.remarks_ui(ui, inbox, rect.with_max_x(x), a);
        self.remarks_ui(ui, inbox, rect.with_min_x(x), b);
        if let Some(share) = divider(ui, rect, "Divider between A and B", at) {
            inbox.push(Command::Compare(Action::SetDivider(share)));
        }
        let place = |uv: [f32; 2]| shown.picture.left() + uv[0] * shown.picture.width();
        shown.hovered.map(|uv| Hover { uv, over_b: place(uv) > x })
    }

    /// What is to be said of a side: B's failure below its letter, all else in the corner.
    fn remarks_ui(&self, ui: &mut Ui, inbox: &Inbox, rect: Rect, side: &Side<'_>) {
        if let (true, Progress::Failed(sentence)) = (side.letter == "B", self.state.b_progress()) {
            failure_ui(ui, self.state, inbox, rect, sentence);
        } else if let Some(badge) = &side.badge {
            badge_ui(ui, rect, badge);
        }
    }
}

/// Below B's letter, the button first: in a small canvas it is the end of the sentence that has no room.
fn failure_ui(ui: &mut Ui, state: &State, inbox: &Inbox, canvas: Rect, sentence: &str) {
    let margin = Vec2::splat(space::M);
    let top = letter_rect(canvas, "B", 0.0).bottom() + space::S;
    let room = Rect::from_min_max(pos2(canvas.left(), top), canvas.max).shrink2(margin);
    let room = room.with_max_x(room.right().min(room.left() + MESSAGE));
    let layout = Layout::top_down(Align::Min);
    ui.scope_builder(UiBuilder::new().max_rect(room).layout(layout), |ui| {
        ui.shrink_clip_rect(canvas);
        let frame = Frame::NONE.fill(tokens(ui).raised).corner_radius(radius::M);
        frame.inner_margin(Margin::same(space::M as i8)).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = space::S;
            ui.strong("B could not be run");
            ui.horizontal(|ui| {
                action_ui(ui, state, inbox, Action::Retry, None);
                copy_ui(ui, Button::new("Copy"), "Copy what failed for B", sentence);
            });
            let small = RichText::new(sentence).size(font::SMALL).color(tokens(ui).danger);
            ui.add(Label::new(small).wrap().selectable(true)).on_hover_text(sentence);
        });
    });
}

fn letter_rect(canvas: Rect, letter: &str, right: f32) -> Rect {
    let size = Vec2::new(12.0 + 8.0 * letter.chars().count() as f32, 22.0);
    let left = canvas.left() + space::M + right * (canvas.width() - size.x - 2.0 * space::M);
    Rect::from_min_size(pos2(left, canvas.top() + space::M), size)
}

fn drawn(layer: Option<&Layer<TextureHandle>>) -> (Option<&TextureHandle>, Option<[usize; 2]>) {
    (layer.map(|layer| &layer.picture), layer.map(|layer| [layer.map.height, layer.map.width]))
}

fn side_a(state: &State, hidden: bool) -> Side<'_> {
    let stage = &state.runtime.stage;
    let painting = stage.painting.as_ref();
    let (overlay, grid) = match state.sheet().filter(|sheet| sheet.a.is_some()) {
        Some(sheet) => drawn(sheet.a.as_ref()),
        None => {
            let map = painting.and_then(|painting| painting.map.as_ref());
            (stage.overlay.as_ref(), map.map(|painted| [painted.map.height, painted.map.width]))
        }
    };
    let computing = state.runtime.is_computing() || state.runtime.models.is_busy();
    let badge = match painting {
        Some(painting) if painting.is_preview() => Some("Preview".to_owned()),
        _ if computing => Some("Computing…".to_owned()),
        _ if failure(state).is_some() => failure(state).map(str::to_owned),
        Some(painting) => said_of(painting),
        None => None,
    };
    Side { letter: "A", badge, ..Side::hidden_if(hidden, overlay, grid) }
}

fn side_b(state: &State, hidden: bool) -> Side<'_> {
    let sheet = state.sheet();
    let (overlay, grid) = drawn(sheet.and_then(|sheet| sheet.b_layer.as_ref()));
    let painting = sheet.and_then(|sheet| sheet.b.as_ref());
    let badge = match painting {
        Some(painting) if painting.is_preview() => Some("Preview".to_owned()),
        _ if state.b_progress() == Progress::Computing => Some("Computing…".to_owned()),
        Some(painting) => said_of(painting),
        None => None,
    };
    Side { letter: "B", badge, ..Side::hidden_if(hidden, overlay, grid) }
}

fn side_of_difference(state: &State, hidden: bool) -> Side<'_> {
    let sheet = state.sheet();
    let painted = sheet.and_then(|sheet| sheet.difference.as_ref());
    let overlay = painted.map(|painted| &painted.picture);
    let map = painted.map(|painted| &painted.difference.map);
    let lacking = sheet.is_some_and(|sheet| sheet.a.is_none() || sheet.b_layer.is_none());
    let computing = state.runtime.is_computing() || state.b_progress() == Progress::Computing;
    let badge = if computing {
        Some("Computing…".to_owned())
    } else if painted.is_none() && lacking {
        let which = match (side_a(state, false).overlay, side_b(state, false).overlay) {
            (None, None) => "Neither A nor B has",
            (None, _) => "A has no map, and so B less A has",
            _ => "B has no map, and so B less A has",
        };
        Some(format!("{which} none"))
    } else {
        None
    };
    let shape = map.map(|map| [map.height, map.width]);
    Side { letter: "B − A", badge, ..Side::hidden_if(hidden, overlay, shape) }
}

/// What a map does not show by itself.
fn said_of(painting: &Painting) -> Option<String> {
    if painting.map.is_none() && painting.means.is_some() {
        return Some("This network has no such block".to_owned());
    }
    if painting.map.is_none() {
        return Some(NOTHING.to_owned());
    }
    once_for_all(painting)
}

impl<'a> Side<'a> {
    fn hidden_if(hidden: bool, overlay: Option<&'a TextureHandle>, grid: Option<[usize; 2]>) -> Self {
        let (overlay, grid) = if hidden { (None, None) } else { (overlay, grid) };
        Self { letter: "", overlay, grid, badge: None }
    }
}

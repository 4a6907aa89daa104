//! Every image of an evaluation, with its map: sorted, chosen from, and opened in Explore by a click.

use eframe::egui::{
    Align, Align2, Color32, Layout, Rect, Response, RichText, Role, Sense, Stroke, StrokeKind, TextureHandle,
    Ui, UiBuilder, Vec2, WidgetInfo, pos2, vec2,
};

use crate::evaluate::Seen;
use crate::explorer::command::{Command, Inbox};
use crate::explorer::evaluation::{Look, Shown, Sort};
use crate::explorer::state::State;
use crate::explorer::theme::{font, radius, space, tokens};
use crate::explorer::widgets::fields::sized_combo;
use crate::explorer::widgets::{format, outlined};

/// Edge of a thumbnail in points; the map stands beside its picture.
const EDGE: f32 = 72.0;
const CARD: Vec2 = vec2(2.0 * EDGE + 3.0 * space::S, EDGE + 3.0 * space::S + 2.0 * LINE);
/// Of a line of text.
const LINE: f32 = 16.0;
const GAP: f32 = space::S;

pub(super) fn gallery_ui(ui: &mut Ui, state: &State, inbox: &Inbox, shown: &Shown) {
    let gallery = &state.runtime.evaluations.gallery;
    let mut look = gallery.look();
    header_ui(ui, shown, gallery.order().len(), &mut look);
    if look != gallery.look() {
        inbox.push(Command::SetGallery(look));
    }
    ui.add_space(space::S);
    let order = gallery.order();
    if order.is_empty() {
        let text = if shown.rows.is_empty() {
            "Images come up here as they are done."
        } else {
            "No image is like that."
        };
        ui.label(RichText::new(text).color(tokens(ui).text_muted));
        return;
    }
    let across = (((ui.available_width() + GAP) / (CARD.x + GAP)) as usize).max(1);
    let lines = order.len().div_ceil(across);
    let height = lines as f32 * (CARD.y + GAP);
    let (area, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    // Only what can be seen is drawn, and gets a thumbnail.
    let seen = ui.clip_rect().intersect(area);
    if !seen.is_positive() {
        return;
    }
    let line = |y: f32| ((y - area.top()) / (CARD.y + GAP)).max(0.0) as usize;
    let (first, end) = (line(seen.top()) * across, (line(seen.bottom()) + 1) * across);
    for (place, &row) in order.iter().enumerate().take(end).skip(first) {
        let Some(row) = shown.rows.get(row as usize) else { continue };
        let (across, down) = (place % across, place / across);
        let at = vec2(across as f32 * (CARD.x + GAP), down as f32 * (CARD.y + GAP));
        let rect = Rect::from_min_size(area.min + at, CARD);
        if card_ui(ui, state, shown, row, rect).clicked() {
            inbox.push(Command::ExploreImage(row.index));
        }
    }
}

fn header_ui(ui: &mut Ui, shown: &Shown, images: usize, look: &mut Look) {
    ui.horizontal(|ui| {
        let images = if images == 1 { "1 image".to_owned() } else { format!("{images} images") };
        ui.label(RichText::new(images).color(tokens(ui).text_muted));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let sort = look.sort.name();
            sized_combo(ui, "Sort images", sort, 150.0, |ui| {
                for choice in Sort::ALL {
                    ui.selectable_value(&mut look.sort, choice, choice.name());
                }
            });
            let classes = shown.ready_case().map_or(&[][..], |ready| ready.classes.as_slice());
            if classes.is_empty() {
                return;
            }
            let class = look.class.and_then(|class| classes.get(class)).map_or("All classes", String::as_str);
            sized_combo(ui, "Class of images", class, 130.0, |ui| {
                ui.selectable_value(&mut look.class, None, "All classes");
                for (class, name) in classes.iter().enumerate() {
                    ui.selectable_value(&mut look.class, Some(class), name);
                }
            });
            outlined(ui, |ui| ui.checkbox(&mut look.wrong_only, "Wrong only"))
                .on_hover_text("Images that the model takes for another class");
        });
    });
}

fn card_ui(ui: &mut Ui, state: &State, shown: &Shown, row: &Seen, rect: Rect) -> Response {
    let t = tokens(ui);
    let classes = shown.ready_case().map_or(&[][..], |ready| ready.classes.as_slice());
    let class = |class: usize| classes.get(class).cloned().unwrap_or_else(|| format!("class {class}"));
    let name =
        shown.prepared.as_ref().map(|prepared| prepared.data.picture_name(row.index)).unwrap_or_default();
    let probability = row.top.first().map_or(0.0, |&(_, probability)| probability);
    let taken = format!("{} {:.0} %", class(row.predicted()), 100.0 * probability);
    let cost = match row.ponder_cost {
        Some(cost) => format!("{cost:.2}"),
        None => format!("{:.1} M", row.flops as f64 / 1e6),
    };
    let response = ui.interact(rect, ui.scope_id().with(("image", row.index)), Sense::click());
    let spoken = match row.ponder_cost {
        Some(_) => format!("{name}: {taken}, ponder cost {cost}"),
        None => format!("{name}: {taken}, FLOPs {cost}"),
    };
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), &spoken));
    let painter = ui.painter();
    let fill = if response.hovered() || response.has_focus() { t.control_hovered } else { t.sunken };
    painter.rect_filled(rect, radius::M, fill);
    if response.has_focus() {
        painter.rect_stroke(rect, radius::M, Stroke::new(1.0, t.accent), StrokeKind::Inside);
    }
    let thumbnail = state.runtime.evaluations.gallery.thumbnail((row.case, row.index));
    for place in 0..2 {
        let left = rect.left() + space::S + place as f32 * (EDGE + space::S);
        let frame = Rect::from_min_size(pos2(left, rect.top() + space::S), Vec2::splat(EDGE));
        let texture = match place {
            0 => thumbnail.map(|thumbnail| &thumbnail.picture),
            _ => thumbnail.and_then(|thumbnail| thumbnail.map.as_ref()),
        };
        match texture {
            Some(texture) => drop(painter.image(texture.id(), frame, cropped(texture), Color32::WHITE)),
            None => drop(painter.rect_filled(frame, radius::S, t.control)),
        }
    }
    let text = Rect::from_min_max(pos2(rect.left() + space::S, rect.top() + EDGE + 2.0 * space::S), rect.max);
    let lines = ui.new_child(UiBuilder::new().max_rect(text.shrink2(vec2(0.0, 0.0)))).painter().clone();
    let small = font::small();
    let colour = match row.is_right() {
        Some(false) => t.danger,
        _ => t.text,
    };
    let first = text.left_top();
    lines.with_clip_rect(rect).text(first, Align2::LEFT_TOP, taken, small.clone(), colour);
    let label = match (row.label, row.is_right()) {
        (Some(label), Some(false)) => format!("is {}", class(label)),
        _ => String::new(),
    };
    let second = first + vec2(0.0, LINE);
    lines.with_clip_rect(rect).text(second, Align2::LEFT_TOP, label, small.clone(), t.text_muted);
    let end = pos2(rect.right() - space::S, second.y);
    lines.with_clip_rect(rect).text(end, Align2::RIGHT_TOP, cost, small, t.text_muted);
    let flops = format::flops(row.flops);
    response.on_hover_text(format!("{spoken}\n{flops}\nClick to look at it in Explore"))
}

/// The middle of a texture as a square.
fn cropped(texture: &TextureHandle) -> Rect {
    let size = texture.size_vec2();
    let share = size.min_elem() * vec2(1.0 / size.x, 1.0 / size.y);
    Rect::from_center_size(pos2(0.5, 0.5), share)
}

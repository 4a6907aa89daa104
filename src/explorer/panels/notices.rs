//! News that stand before one's eyes for some seconds, beside the picture and never on it, and the log of all.

use eframe::egui::{
    Align, Align2, Area, Button, Color32, Frame, Label, Layout, Margin, Order, Popup, PopupCloseBehavior,
    Rect, RectAlign, Response, RichText, Role, ScrollArea, Stroke, TextStyle, Ui, vec2,
};

use crate::explorer::command::{Command, Inbox};
use crate::explorer::guide::Action;
use crate::explorer::notices::{Notice, Tone, news_id};
use crate::explorer::places::{Place, offer};
use crate::explorer::state::State;
use crate::explorer::theme::{Tokens, font, space, tokens};

/// Of one of the news, in points: no wider than the narrowest inspector, over which it stands.
const WIDTH: f32 = 244.0;
/// Least width of the one that stands in the status bar.
const STRIP: f32 = 200.0;
/// Size of the log, at most, likewise in points.
const LOG: [f32; 2] = [420.0, 320.0];
/// Of the word before one of its lines.
const MARK: f32 = 40.0;
/// Edge of what can be pressed in the status bar.
pub const TARGET: f32 = 24.0;

/// The news above `floor`, a height in the window, the newest lowest; over the inspector, if that is open.
pub fn news_ui(ui: &mut Ui, state: &State, inbox: &Inbox, floor: f32) {
    let notices = &state.runtime.notices;
    if notices.is_open() || !has_inspector(state) || notices.news().next().is_none() {
        return;
    }
    let above = ui.ctx().content_rect().bottom() - floor + space::M;
    let area = news_area().anchor(Align2::RIGHT_BOTTOM, vec2(-space::M, -above));
    area.show(ui.ctx(), |ui| {
        ui.set_width(WIDTH);
        let news: Vec<&Notice> = notices.news().collect();
        for notice in news.into_iter().rev() {
            toast_ui(ui, state, inbox, notice);
        }
    });
}

/// Where there is no inspector, the newest of the news, in what is free of the status bar.
pub fn newest_ui(ui: &mut Ui, state: &State, inbox: &Inbox, free: Rect) {
    let notices = &state.runtime.notices;
    if notices.is_open() || has_inspector(state) || free.width() < STRIP {
        return;
    }
    let Some(notice) = notices.news().next() else { return };
    // It has the size that it had over the inspector until it is drawn here.
    news_area().fixed_pos(free.min).constrain(false).show(ui.ctx(), |ui| {
        let t = tokens(ui);
        ui.spacing_mut().interact_size.y = TARGET;
        ui.spacing_mut().button_padding.y = space::XS;
        ui.allocate_ui_with_layout(free.size(), Layout::right_to_left(Align::Center), |ui| {
            ui.set_min_size(free.size());
            dismiss_ui(ui, inbox, notice);
            command_ui(ui, state, inbox, notice);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let small = |text: &str| RichText::new(text).size(font::SMALL);
                ui.label(small(mark(notice.tone)).color(color(t, notice.tone)));
                ui.add(Label::new(small(&notice.text)).truncate());
            });
        });
    });
}

fn news_area() -> Area {
    Area::new(news_id()).order(Order::Middle).role(Role::Alert).accessible_name("News")
}

fn has_inspector(state: &State) -> bool {
    state.session.screen.shows_picture() && state.settings.inspector_open
}

fn dismiss_ui(ui: &mut Ui, inbox: &Inbox, notice: &Notice) {
    let button = ui.add(Button::new("×").frame(false).min_size(vec2(TARGET, TARGET)));
    let button = button.accessible_name(format!("Dismiss: {}", notice.text));
    if button.on_hover_text("Hide this; it stays among the notifications").clicked() {
        inbox.push(Command::Guide(Action::DismissNotice(notice.number)));
    }
}

fn toast_ui(ui: &mut Ui, state: &State, inbox: &Inbox, notice: &Notice) {
    let t = tokens(ui);
    let margin = Margin::symmetric(space::L as i8, space::M as i8);
    let frame = Frame::popup(ui.style()).stroke(Stroke::new(1.0, color(t, notice.tone))).inner_margin(margin);
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.add(Label::new(RichText::new(&notice.text).size(font::SMALL)).wrap());
        ui.horizontal(|ui| {
            command_ui(ui, state, inbox, notice);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| dismiss_ui(ui, inbox, notice));
        });
    });
}

/// The button for what can be done about a notice.
pub fn command_ui(ui: &mut Ui, state: &State, inbox: &Inbox, notice: &Notice) {
    let Some((command, info)) = notice.command.as_ref().and_then(|command| Some((command, command.info()?)))
    else {
        return;
    };
    let label = match command {
        Command::ShowScreen(_) => format!("Show {}", info.label),
        _ => info.label.to_owned(),
    };
    let button = ui.add_enabled(state.can(command), Button::new(label));
    if button.on_hover_text(info.tooltip).clicked() {
        inbox.push(Command::Guide(Action::DismissNotice(notice.number)));
        inbox.push(command.clone());
    }
}

/// The button in the status bar that opens and closes the log.
pub fn bell_ui(ui: &mut Ui, state: &State, inbox: &Inbox) -> Response {
    let notices = &state.runtime.notices;
    let t = tokens(ui);
    let text = match notices.unread() {
        0 => "Notifications".to_owned(),
        new => format!("Notifications, {new} new"),
    };
    let color = if notices.unread() > 0 { t.text } else { t.text_muted };
    let text = RichText::new(text).size(font::SMALL).color(color);
    let button = ui.add(Button::new(text).frame(false).selected(notices.is_open()));
    let button = button.on_hover_text("What was told lately");
    offer(ui.ctx(), Place::Status, button.id);
    if button.clicked() {
        inbox.push(Command::Guide(Action::ToggleNotices));
    }
    button
}

/// The log while it is open: over `bell`, its button, and above `floor`, a height in the window, so that the error below
/// that can be copied and put away.
pub fn log_popup(state: &State, inbox: &Inbox, bell: &Response, floor: f32) {
    let notices = &state.runtime.notices;
    let popup = Popup::from_response(bell).anchor(bell.rect.with_min_y(floor)).open(notices.is_open());
    let popup = popup.align(RectAlign::TOP_END).width(LOG[0]).accessible_name("Notifications");
    let popup = popup.close_behavior(PopupCloseBehavior::IgnoreClicks);
    let shown = popup.show(|ui| log_ui(ui, state, inbox));
    let outside = shown.is_some_and(|shown| shown.response.clicked_elsewhere());
    if outside && !bell.clicked() {
        inbox.push(Command::Guide(Action::ToggleNotices));
    }
}

fn log_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    let t = tokens(ui);
    let notices = &state.runtime.notices;
    ui.set_width(LOG[0]);
    ui.horizontal(|ui| {
        ui.label(RichText::new("Notifications").strong());
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let forget = Command::Guide(Action::ForgetNotices);
            let Some(info) = forget.info() else { return };
            let button = ui.add_enabled(state.can(&forget), Button::new(info.label));
            if button.on_hover_text(info.tooltip).clicked() {
                inbox.push(forget);
            }
        });
    });
    if notices.log().is_empty() {
        ui.label(RichText::new("Nothing was told yet.").color(t.text_muted));
        return;
    }
    ScrollArea::vertical().max_height(LOG[1]).auto_shrink([false, true]).show(ui, |ui| {
        for notice in notices.log() {
            ui.separator();
            ui.horizontal_top(|ui| {
                let size = vec2(MARK, ui.text_style_height(&TextStyle::Small));
                ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Min), |ui| {
                    ui.set_min_width(MARK);
                    ui.label(RichText::new(mark(notice.tone)).size(font::SMALL).color(color(t, notice.tone)));
                });
                ui.vertical(|ui| {
                    ui.set_width(ui.available_width() - space::M);
                    ui.add(Label::new(RichText::new(&notice.text).size(font::SMALL)).wrap().selectable(true));
                    command_ui(ui, state, inbox, notice);
                });
            });
        }
    });
}

/// Tells the tones apart without their colours.
fn mark(tone: Tone) -> &'static str {
    match tone {
        Tone::Done => "Done",
        Tone::Attention => "Note",
        Tone::Error => "Error",
    }
}

fn color(t: &Tokens, tone: Tone) -> Color32 {
    match tone {
        Tone::Done => t.text_muted,
        Tone::Attention => t.accent,
        Tone::Error => t.danger,
    }
}

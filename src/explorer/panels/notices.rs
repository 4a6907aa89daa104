//! News that stand before one's eyes for some seconds, beside the picture, and the log of all.

use eframe::egui::{
    Align, Align2, Area, Button, Color32, Frame, Label, Layout, Margin, Order, Popup, PopupCloseBehavior,
    RectAlign, RichText, Role, ScrollArea, Stroke, TextStyle, Ui, vec2,
};

use crate::explorer::command::{Command, Inbox};
use crate::explorer::guide::Action;
use crate::explorer::notices::{Notice, Tone, news_id};
use crate::explorer::places::{Place, offer};
use crate::explorer::state::State;
use crate::explorer::theme::{Tokens, font, space, tokens};

/// Of one of the news, in points: no wider than the inspector over which it stands.
const WIDTH: f32 = 284.0;
/// Of the log, likewise.
const LOG: [f32; 2] = [420.0, 320.0];
/// Of the word before one of its lines.
const MARK: f32 = 40.0;
/// Height of the status bar.
pub const STATUS: f32 = 26.0;

/// The news above `floor`, a height in the window, the newest lowest.
pub fn news_ui(ui: &mut Ui, state: &State, inbox: &Inbox, floor: f32) {
    let notices = &state.runtime.notices;
    if notices.is_open() || notices.news().next().is_none() {
        return;
    }
    let above = ui.ctx().content_rect().bottom() - floor + space::M;
    let area = Area::new(news_id()).order(Order::Middle).role(Role::Alert).accessible_name("News");
    let area = area.anchor(Align2::RIGHT_BOTTOM, vec2(-space::M, -above));
    area.show(ui.ctx(), |ui| {
        ui.set_width(WIDTH);
        let news: Vec<&Notice> = notices.news().collect();
        for notice in news.into_iter().rev() {
            toast_ui(ui, state, inbox, notice);
        }
    });
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
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let button = ui.add(Button::new("×").small().frame(false));
                let button = button.accessible_name(format!("Dismiss: {}", notice.text));
                if button.on_hover_text("Hide this; it stays among the notifications").clicked() {
                    inbox.push(Command::Guide(Action::DismissNotice(notice.number)));
                }
            });
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
    let button = ui.add_enabled(state.can(command), Button::new(label).small());
    if button.on_hover_text(info.tooltip).clicked() {
        inbox.push(Command::Guide(Action::DismissNotice(notice.number)));
        inbox.push(command.clone());
    }
}

/// The button in the status bar, and above it the log while it is open.
pub fn bell_ui(ui: &mut Ui, state: &State, inbox: &Inbox) {
    let notices = &state.runtime.notices;
    let t = tokens(ui);
    let text = match notices.unread() {
        0 => "Notifications".to_owned(),
        new => format!("Notifications, {new} new"),
    };
    let color = if notices.unread() > 0 { t.text } else { t.text_muted };
    let text = RichText::new(text).size(font::SMALL).color(color);
    let button = ui.add(Button::new(text).small().frame(false).selected(notices.is_open()));
    let button = button.on_hover_text("What was told lately");
    offer(ui.ctx(), Place::Status, button.id);
    if button.clicked() {
        inbox.push(Command::Guide(Action::ToggleNotices));
    }
    let popup = Popup::from_response(&button).open(notices.is_open()).align(RectAlign::TOP_END);
    let popup = popup.close_behavior(PopupCloseBehavior::IgnoreClicks).accessible_name("Notifications");
    let shown = popup.width(LOG[0]).show(|ui| log_ui(ui, state, inbox));
    let outside = shown.is_some_and(|shown| shown.response.clicked_elsewhere());
    if outside && !button.clicked() {
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
            let button = ui.add_enabled(state.can(&forget), Button::new(info.label).small());
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

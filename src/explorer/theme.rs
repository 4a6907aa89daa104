//! Every colour, distance, radius and font size of the window: nothing else in `explorer` names one.
//!
//! The chrome is a quiet, neutral grey, so that the map's colours are the only loud thing on the screen.

pub(crate) mod contrast;

use eframe::egui;
use eframe::egui::style::{HandleShape, ScrollAnimation, Selection, WidgetVisuals, Widgets};
use eframe::egui::{
    Color32, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, Style, TextStyle, Theme, Visuals, vec2,
};

#[cfg(test)]
pub(crate) use contrast::contrast;

/// Distances in points.
pub(crate) mod space {
    pub(crate) const XS: f32 = 2.0;
    pub(crate) const S: f32 = 4.0;
    pub(crate) const M: f32 = 8.0;
    pub(crate) const L: f32 = 12.0;
    pub(crate) const XL: f32 = 20.0;
}

/// Corner radii in points.
pub(crate) mod radius {
    /// Bars and swatches.
    pub(crate) const S: u8 = 2;
    /// Buttons and fields.
    pub(crate) const M: u8 = 5;
    /// Windows, menus and cards.
    pub(crate) const L: u8 = 8;
}

/// Font sizes in points.
pub(crate) mod font {
    use eframe::egui::{FontFamily, FontId};

    pub(crate) const SMALL: f32 = 12.0;
    pub(crate) const BODY: f32 = 14.0;
    pub(crate) const HEADING: f32 = 18.0;

    pub(crate) const fn small() -> FontId {
        FontId::new(SMALL, FontFamily::Proportional)
    }

    pub(crate) const fn body() -> FontId {
        FontId::new(BODY, FontFamily::Proportional)
    }
}

/// The colours of one theme.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Tokens {
    /// Behind the picture.
    pub(crate) canvas: Color32,
    /// Text fields and tracks.
    pub(crate) sunken: Color32,
    /// Panels.
    pub(crate) surface: Color32,
    /// Windows, menus, tooltips, bubbles.
    pub(crate) raised: Color32,
    /// A button at rest, under the pointer, and pressed.
    pub(crate) control: Color32,
    pub(crate) control_hovered: Color32,
    pub(crate) control_pressed: Color32,
    /// Separators and the borders of things that need none to be understood.
    pub(crate) outline: Color32,
    /// Borders and marks that carry meaning: ticks, the box of the colour bar, tracks.
    pub(crate) outline_strong: Color32,
    pub(crate) text: Color32,
    pub(crate) text_muted: Color32,
    pub(crate) text_strong: Color32,
    /// Focus, links and what a person has set.
    pub(crate) accent: Color32,
    pub(crate) on_accent: Color32,
    /// The background of what is selected.
    pub(crate) accent_soft: Color32,
    pub(crate) danger: Color32,
    pub(crate) warning: Color32,
    pub(crate) shadow: Color32,
    /// Of pins, told apart whatever colours the eye sees (after Okabe and Ito).
    pub(crate) pins: [Color32; 6],
}

pub(crate) const DARK: Tokens = Tokens {
    canvas: Color32::from_rgb(0x0e, 0x0f, 0x11),
    sunken: Color32::from_rgb(0x14, 0x15, 0x17),
    surface: Color32::from_rgb(0x1b, 0x1c, 0x1f),
    raised: Color32::from_rgb(0x23, 0x25, 0x28),
    control: Color32::from_rgb(0x2d, 0x2f, 0x33),
    control_hovered: Color32::from_rgb(0x38, 0x3b, 0x40),
    control_pressed: Color32::from_rgb(0x45, 0x49, 0x50),
    outline: Color32::from_rgb(0x34, 0x37, 0x3b),
    outline_strong: Color32::from_rgb(0x76, 0x7c, 0x86),
    text: Color32::from_rgb(0xe3, 0xe5, 0xe8),
    text_muted: Color32::from_rgb(0xa6, 0xac, 0xb5),
    text_strong: Color32::WHITE,
    accent: Color32::from_rgb(0x7f, 0xb2, 0xe5),
    on_accent: Color32::from_rgb(0x0e, 0x16, 0x21),
    accent_soft: Color32::from_rgb(0x27, 0x41, 0x5c),
    danger: Color32::from_rgb(0xff, 0x94, 0x88),
    warning: Color32::from_rgb(0xe9, 0xb4, 0x4c),
    shadow: Color32::from_black_alpha(110),
    pins: [
        Color32::from_rgb(0xe6, 0x9f, 0x00),
        Color32::from_rgb(0x56, 0xb4, 0xe9),
        Color32::from_rgb(0x1f, 0xb5, 0x88),
        Color32::from_rgb(0xe0, 0x7f, 0xb4),
        Color32::from_rgb(0xf0, 0xe4, 0x42),
        Color32::from_rgb(0xf0, 0x6f, 0x2c),
    ],
};

pub(crate) const LIGHT: Tokens = Tokens {
    canvas: Color32::from_rgb(0xdf, 0xe1, 0xe4),
    sunken: Color32::from_rgb(0xec, 0xee, 0xf0),
    surface: Color32::from_rgb(0xf6, 0xf7, 0xf8),
    raised: Color32::WHITE,
    control: Color32::from_rgb(0xe6, 0xe8, 0xeb),
    control_hovered: Color32::from_rgb(0xd9, 0xdc, 0xe0),
    control_pressed: Color32::from_rgb(0xc8, 0xcc, 0xd2),
    outline: Color32::from_rgb(0xd3, 0xd6, 0xda),
    outline_strong: Color32::from_rgb(0x7f, 0x85, 0x8e),
    text: Color32::from_rgb(0x1e, 0x22, 0x26),
    text_muted: Color32::from_rgb(0x56, 0x5d, 0x66),
    text_strong: Color32::BLACK,
    accent: Color32::from_rgb(0x1f, 0x67, 0xa8),
    on_accent: Color32::WHITE,
    accent_soft: Color32::from_rgb(0xcb, 0xe0, 0xf4),
    danger: Color32::from_rgb(0xb3, 0x26, 0x1e),
    warning: Color32::from_rgb(0x85, 0x53, 0x00),
    shadow: Color32::from_black_alpha(36),
    pins: [
        Color32::from_rgb(0xb0, 0x6a, 0x00),
        Color32::from_rgb(0x00, 0x72, 0xb2),
        Color32::from_rgb(0x00, 0x7d, 0x5c),
        Color32::from_rgb(0xb0, 0x4e, 0x86),
        Color32::from_rgb(0x6b, 0x62, 0x00),
        Color32::from_rgb(0xc2, 0x4a, 0x00),
    ],
};

/// The colours of the theme in force. A `Ui` will do as the context.
pub(crate) fn tokens(ctx: &egui::Context) -> &'static Tokens {
    tokens_of(ctx.theme())
}

pub(crate) const fn tokens_of(theme: Theme) -> &'static Tokens {
    match theme {
        Theme::Dark => &DARK,
        Theme::Light => &LIGHT,
    }
}

/// Dresses egui in both themes. Call once, before the first frame.
pub(crate) fn install(ctx: &egui::Context) {
    for theme in [Theme::Dark, Theme::Light] {
        ctx.set_style_of(theme, style(theme));
    }
}

/// Lets things move by themselves, or keeps them from it.
pub(crate) fn set_motion(ctx: &egui::Context, on: bool) {
    ctx.all_styles_mut(|style| {
        style.animation_time = if on { ANIMATION } else { 0.0 };
        style.scroll_animation = if on { ScrollAnimation::default() } else { ScrollAnimation::none() };
    });
}

/// Seconds that things take to fade or slide.
const ANIMATION: f32 = 0.12;

fn style(theme: Theme) -> Style {
    let mut style = Style { visuals: visuals(theme), animation_time: ANIMATION, ..Style::default() };
    style.text_styles = [
        (TextStyle::Small, font::small()),
        (TextStyle::Body, font::body()),
        (TextStyle::Button, font::body()),
        (TextStyle::Heading, FontId::new(font::HEADING, FontFamily::Proportional)),
        (TextStyle::Monospace, FontId::new(font::BODY - 1.0, FontFamily::Monospace)),
    ]
    .into();
    let spacing = &mut style.spacing;
    spacing.item_spacing = vec2(space::M, space::S + space::XS);
    spacing.button_padding = vec2(space::M + space::XS, space::S);
    spacing.interact_size = vec2(40.0, 26.0);
    spacing.window_margin = Margin::same(space::L as i8);
    spacing.menu_margin = Margin::same(space::S as i8 + space::XS as i8);
    spacing.slider_rail_height = space::S;
    spacing.icon_width = 16.0;
    spacing.icon_width_inner = 9.0;
    spacing.icon_spacing = space::S + space::XS;
    spacing.tooltip_width = 340.0;
    style.interaction.tooltip_delay = 0.35;
    style.interaction.selectable_labels = false;
    style
}

fn visuals(theme: Theme) -> Visuals {
    let t = tokens_of(theme);
    // Buttons take the weak fill; check boxes, radio buttons and rails, which are small, the stronger one. Fields and boxes
    // get a border at rest by `widgets::outlined`.
    let state = |weak: Color32, fill: Color32, border: Color32, text: Color32| WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: weak,
        bg_stroke: Stroke::new(1.0, border),
        corner_radius: CornerRadius::same(radius::M),
        fg_stroke: Stroke::new(1.0, text),
        expansion: 0.0,
    };
    Visuals {
        weak_text_color: Some(t.text_muted),
        widgets: Widgets {
            noninteractive: state(t.surface, t.surface, t.outline, t.text),
            inactive: state(t.control, t.control_pressed, Color32::TRANSPARENT, t.text),
            hovered: state(t.control_hovered, t.control_pressed, t.outline_strong, t.text_strong),
            active: state(t.control_pressed, t.control_pressed, t.accent, t.text_strong),
            open: state(t.control_hovered, t.control_pressed, t.outline_strong, t.text_strong),
        },
        selection: Selection { bg_fill: t.accent_soft, stroke: Stroke::new(1.0, t.text_strong) },
        hyperlink_color: t.accent,
        faint_bg_color: t.raised,
        extreme_bg_color: t.sunken,
        code_bg_color: t.control,
        warn_fg_color: t.warning,
        error_fg_color: t.danger,
        window_corner_radius: CornerRadius::same(radius::L),
        window_shadow: Shadow { offset: [0, 8], blur: 24, spread: 0, color: t.shadow },
        window_fill: t.raised,
        window_stroke: Stroke::new(1.0, t.outline),
        menu_corner_radius: CornerRadius::same(radius::L),
        panel_fill: t.surface,
        popup_shadow: Shadow { offset: [0, 4], blur: 12, spread: 0, color: t.shadow },
        indent_has_left_vline: false,
        slider_trailing_fill: true,
        handle_shape: HandleShape::Circle,
        ..theme.default_visuals()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn motion_can_be_switched_off_and_on_in_both_themes() {
        let ctx = egui::Context::default();
        install(&ctx);
        let moves = |theme| ctx.style_of(theme).animation_time > 0.0;
        set_motion(&ctx, false);
        assert!(!moves(Theme::Dark) && !moves(Theme::Light));
        set_motion(&ctx, true);
        assert!(moves(Theme::Dark) && moves(Theme::Light));
    }

    #[test]
    fn tokens_follow_the_theme_in_force() {
        let ctx = egui::Context::default();
        ctx.set_theme(Theme::Light);
        assert_eq!(tokens(&ctx), &LIGHT);
        ctx.set_theme(Theme::Dark);
        assert_eq!(tokens(&ctx), &DARK);
    }
}

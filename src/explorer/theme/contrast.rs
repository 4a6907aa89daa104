//! How far colours stand apart, and which ink can be read on one.

use eframe::egui::Color32;

/// The contrast of two opaque colours as WCAG 2.2 has it, from 1 to 21. Text wants 4.5, marks want 3.
pub(crate) fn contrast(a: Color32, b: Color32) -> f32 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// Black or white, whichever is read better. On any opaque colour it reaches 4.5:1.
pub(crate) fn ink_on(fill: Color32) -> Color32 {
    let (black, white) = (Color32::BLACK, Color32::WHITE);
    if contrast(black, fill) > contrast(white, fill) { black } else { white }
}

/// Relative luminance, WCAG 2.2.
fn luminance(color: Color32) -> f32 {
    let linear = |c: u8| {
        let c = f32::from(c) / 255.0;
        if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(color.r()) + 0.7152 * linear(color.g()) + 0.0722 * linear(color.b())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explorer::theme::{install, tokens_of};
    use eframe::egui::{Context, Theme};

    fn assert_contrast(theme: Theme, what: &str, fore: Color32, back: Color32, least: f32) {
        let found = contrast(fore, back);
        assert!(found >= least, "{theme:?} {what}: {fore:?} on {back:?} is {found:.2}:1, wanted {least}:1");
    }

    #[test]
    fn contrast_is_measured_as_wcag_does() {
        assert!((contrast(Color32::BLACK, Color32::WHITE) - 21.0).abs() < 1e-3);
        // The lightest grey on white that WCAG's own examples let pass.
        assert!((contrast(Color32::from_gray(0x76), Color32::WHITE) - 4.54).abs() < 0.01);
    }

    #[test]
    fn ink_is_read_on_every_grey() {
        for grey in 0..=255 {
            let fill = Color32::from_gray(grey);
            assert!(contrast(ink_on(fill), fill) >= 4.5, "{grey}");
        }
    }

    #[test]
    fn text_reaches_aa_on_every_surface_it_stands_on() {
        for theme in [Theme::Dark, Theme::Light] {
            let t = tokens_of(theme);
            let surfaces = [t.canvas, t.sunken, t.surface, t.raised, t.control, t.accent_soft];
            for back in surfaces {
                assert_contrast(theme, "text", t.text, back, 7.0);
                assert_contrast(theme, "muted text", t.text_muted, back, 4.5);
                assert_contrast(theme, "danger", t.danger, back, 4.5);
                assert_contrast(theme, "warning", t.warning, back, 4.5);
            }
            for back in [t.sunken, t.surface, t.raised] {
                assert_contrast(theme, "accent text", t.accent, back, 4.5);
                assert_contrast(theme, "marks", t.outline_strong, back, 3.0);
                t.pins.iter().for_each(|pin| assert_contrast(theme, "pins", *pin, back, 3.0));
            }
            assert_contrast(theme, "text on accent", t.on_accent, t.accent, 4.5);
            // Rings of the focus and of the tour.
            for back in surfaces {
                assert_contrast(theme, "ring", t.accent, back, 3.0);
            }
            // The letters that were found, and the line that is chosen, in the palette.
            for back in [t.accent_soft, t.raised, t.control_hovered] {
                assert_contrast(theme, "letters found", t.text_strong, back, 7.0);
                assert_contrast(theme, "what cannot be done", t.text_muted, back, 4.5);
            }
        }
    }

    #[test]
    fn what_egui_paints_reaches_aa_too() {
        let ctx = Context::default();
        install(&ctx);
        for theme in [Theme::Dark, Theme::Light] {
            let style = ctx.style_of(theme);
            let v = &style.visuals;
            let w = &v.widgets;
            for (name, state) in [
                ("label", &w.noninteractive),
                ("button", &w.inactive),
                ("hovered", &w.hovered),
                ("pressed", &w.active),
                ("open", &w.open),
            ] {
                assert_contrast(theme, name, state.text_color(), state.weak_bg_fill, 4.5);
                assert_contrast(theme, name, state.text_color(), state.bg_fill, 4.5);
            }
            for back in [v.panel_fill, v.window_fill] {
                assert_contrast(theme, "text", v.text_color(), back, 4.5);
                assert_contrast(theme, "weak text", v.weak_text_color(), back, 4.5);
                assert_contrast(theme, "links", v.hyperlink_color, back, 4.5);
                assert_contrast(theme, "errors", v.error_fg_color, back, 4.5);
                assert_contrast(theme, "warnings", v.warn_fg_color, back, 4.5);
            }
            assert_contrast(theme, "field", v.text_color(), v.text_edit_bg_color(), 4.5);
            assert_contrast(theme, "selection", v.selection.stroke.color, v.selection.bg_fill, 4.5);
        }
    }
}

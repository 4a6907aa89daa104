//! A border at rest for what its fill alone would not show: text fields, check boxes, radio buttons.

use eframe::egui::{Stroke, Ui};

use crate::explorer::theme::tokens;

/// Draws fields and boxes with a border that is seen; under the pointer and with focus everything has one anyway. Not for
/// all of a panel, since egui would draw the border around its buttons, too.
pub(crate) fn outlined<R>(ui: &mut Ui, contents: impl FnOnce(&mut Ui) -> R) -> R {
    let border = Stroke::new(1.0, tokens(ui).outline_strong);
    let before = std::mem::replace(&mut ui.visuals_mut().widgets.inactive.bg_stroke, border);
    let shown = contents(ui);
    ui.visuals_mut().widgets.inactive.bg_stroke = before;
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explorer::theme::{self, contrast};
    use eframe::egui::{Color32, Theme};
    use egui_kittest::Harness;

    #[test]
    fn fields_and_boxes_are_told_from_where_they_stand_and_buttons_stay_as_they_were() {
        for theme in [Theme::Dark, Theme::Light] {
            let harness = Harness::builder().with_theme(theme).with_context_setup(theme::install);
            drop(harness.build_ui(|ui| {
                let border = |ui: &Ui| ui.visuals().widgets.inactive.bg_stroke;
                assert_eq!(border(ui).color, Color32::TRANSPARENT);
                let found = outlined(ui, |ui| border(ui));
                let visuals = ui.visuals();
                for back in [visuals.panel_fill, visuals.window_fill, visuals.text_edit_bg_color()] {
                    let contrast = contrast(found.color, back);
                    assert!(found.width >= 1.0 && contrast >= 3.0, "{theme:?}: {contrast} on {back:?}");
                }
                assert_eq!(border(ui).color, Color32::TRANSPARENT);
            }));
        }
    }
}

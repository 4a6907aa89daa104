//! Names that are too long for their place.

use eframe::egui::{FontId, Ui};

use crate::explorer::theme::tokens;

/// A name that fits: models of a family differ at the end of theirs, so what goes is the beginning.
fn shortened(name: &str, fits: impl Fn(&str) -> bool) -> String {
    if fits(name) {
        return name.to_owned();
    }
    let ends = name.char_indices().map(|(at, _)| format!("…{}", &name[at..]));
    ends.skip(1).find(|end| fits(end)).unwrap_or_default()
}

/// A name as it fits into a width, in points.
pub(crate) fn fitted(ui: &Ui, name: &str, font: FontId, width: f32) -> String {
    shortened(name, |text| text_width(ui, text, font.clone()) <= width)
}

/// Width of a text in one line, in points.
pub(crate) fn text_width(ui: &Ui, text: &str, font: FontId) -> f32 {
    ui.painter().layout_no_wrap(text.to_owned(), font, tokens(ui).text).size().x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_keeps_its_end() {
        let fits = |text: &str| text.chars().count() <= 9;
        assert_eq!(shortened("tau0.01", fits), "tau0.01");
        assert_eq!(shortened("cifar10-resnet32-sact-tau0.01", fits), "…-tau0.01");
        assert_eq!(shortened("anything", |_| false), "");
    }
}

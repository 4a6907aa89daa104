//! How wide text is in the font that every figure is set in, and where it breaks.

use std::sync::LazyLock;

use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, GlyphId, MetadataProvider};

/// The font's file.
pub(super) static FONT: &[u8] = epaint_default_fonts::UBUNTU_LIGHT;
/// Height of a capital, as a share of the font size.
pub(super) const CAPITAL: f32 = 0.69;
/// From line to line, as a share of the font size.
pub(super) const LEADING: f32 = 1.25;
/// A viewer of an SVG without the font takes another one, which may be wider.
const ROOM: f32 = 1.06;

/// One character as it is set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Glyph {
    pub id: u32,
    /// As a share of the font size.
    pub advance: f32,
    /// Bytes that the character has in the text.
    pub bytes: usize,
}

/// The text's characters; one that the font lacks is set as the font's sign for that.
pub(super) fn glyphs(text: &str) -> Vec<Glyph> {
    static PARSED: LazyLock<Option<FontRef<'static>>> = LazyLock::new(|| FontRef::new(FONT).ok());
    let Some(font) = PARSED.as_ref() else { return Vec::new() };
    let (characters, metrics) =
        (font.charmap(), font.glyph_metrics(Size::unscaled(), LocationRef::default()));
    let em = f32::from(font.metrics(Size::unscaled(), LocationRef::default()).units_per_em);
    text.chars()
        .map(|character| {
            let id = characters.map(character).unwrap_or(GlyphId::NOTDEF);
            let advance = metrics.advance_width(id).unwrap_or(em / 2.0) / em;
            Glyph { id: id.to_u32(), advance, bytes: character.len_utf8() }
        })
        .collect()
}

/// The text's width at a font size, in the unit of the size.
pub(super) fn width(text: &str, size: f32) -> f32 {
    size * glyphs(text).iter().map(|glyph| glyph.advance).sum::<f32>()
}

fn fits(text: &str, size: f32, room: f32) -> bool {
    width(text, size) * ROOM <= room
}

/// The text in lines that are no wider than `room`: broken between words or after a hyphen, else after a dot or the like,
/// else anywhere. At least one line for a text, none for an empty one.
pub(super) fn wrap(text: &str, size: f32, room: f32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        for (index, part) in word.split_inclusive('-').enumerate() {
            let space = if index == 0 { " " } else { "" };
            let joined = lines.last().map(|line| format!("{line}{space}{part}"));
            match (joined, lines.last_mut()) {
                (Some(joined), Some(line)) if fits(&joined, size, room) => *line = joined,
                _ => lines.extend(pieces(part, size, room)),
            }
        }
    }
    lines
}

/// A word in pieces that fit; a single character is not broken.
fn pieces(word: &str, size: f32, room: f32) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut left = word;
    while !fits(left, size, room) {
        let ends: Vec<usize> = left.char_indices().map(|(at, _)| at).skip(1).collect();
        let fitting = |&&end: &&usize| fits(&left[..end], size, room);
        let longest = ends.iter().rev().find(fitting).or(ends.first()).copied();
        let Some(longest) = longest else { break };
        let dot = left[..longest].rfind(['_', '.', '/', ',', '\\']).map(|at| at + 1);
        let (piece, rest) = left.split_at(dot.unwrap_or(longest));
        pieces.push(piece.to_owned());
        left = rest;
    }
    pieces.push(left.to_owned());
    pieces
}

/// The text in one line: as it is, or with what does not fit left out from its end.
pub(super) fn shortened(text: &str, size: f32, room: f32) -> String {
    if fits(text, size, room) {
        return text.to_owned();
    }
    let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    let cut = |end: usize| format!("{}…", text[..end].trim_end());
    ends.into_iter().rev().map(cut).find(|cut| fits(cut, size, room)).unwrap_or_else(|| "…".to_owned())
}

/// Whether a character stands in no file of every format: one that controls something, or is none.
pub(super) fn is_odd(character: char) -> bool {
    character.is_control() || matches!(character, '\u{fffe}' | '\u{ffff}')
}

/// The text with spaces for what not every format takes.
pub(super) fn plain(text: &str) -> String {
    text.chars().map(|character| if is_odd(character) { ' ' } else { character }).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn widths_are_those_of_the_font() {
        assert_eq!(width("", 8.0), 0.0);
        let digit = width("0", 8.0);
        assert!((4.0..5.0).contains(&digit), "{digit}");
        assert!((width("00", 8.0) - 2.0 * digit).abs() < 1e-4);
        assert!(width("W", 8.0) > width("i", 8.0));
    }

    #[test]
    fn text_breaks_where_a_person_would_break_it() {
        let room = 1.1 * width("cifar10-resnet32-", 8.0);
        assert_eq!(wrap("cifar10-resnet32-sact-tau0.005", 8.0, room), ["cifar10-resnet32-", "sact-tau0.005"]);
        assert_eq!(wrap("A: cifar10-resnet32-sact", 8.0, 1.15 * room), ["A: cifar10-resnet32-", "sact"]);
        assert_eq!(wrap("Ponder cost", 8.0, 1.2 * width("Ponder", 8.0)), ["Ponder", "cost"]);
        assert_eq!(wrap("Ponder cost", 8.0, 500.0), ["Ponder cost"]);
        assert!(wrap("", 8.0, 500.0).is_empty());
        assert_eq!(shortened("Ponder cost", 8.0, 500.0), "Ponder cost");
        assert_eq!(shortened("Ponder cost", 8.0, 1.1 * width("Ponder…", 8.0)), "Ponder…");
    }

    proptest! {
        #[test]
        fn lines_fit_and_nothing_is_lost(text in "[a-z.\\-é ]{0,60}", room in 12.0f32..200.0) {
            let lines = wrap(&text, 8.0, room);
            for line in &lines {
                prop_assert!(fits(line, 8.0, room) || line.chars().count() == 1, "{line:?} in {room}");
            }
            let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(letters(&lines.concat()), letters(&text));
            let short = shortened(&text, 8.0, room);
            prop_assert!(fits(&short, 8.0, room), "{short:?} in {room}");
        }
    }
}

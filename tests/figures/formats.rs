//! What stands in the files, and that a file's own command makes it again.

use std::io::Cursor;

use image::RgbImage;
use resvg::usvg;

use crate::desk::{Desk, LAYOUTS, text_of_png, texts_of_svg};

const UNITS: (&str, &[&str]) = LAYOUTS[2];
/// Three blocks of five units.
const FRAMES: usize = 15;

fn gif_parts(bytes: &[u8]) -> (String, Vec<u16>) {
    let comment = {
        // Comment extensions are 0x21 0xfe and sub-blocks with their lengths before them.
        let start = bytes.windows(2).position(|pair| pair == [0x21, 0xfe]).unwrap() + 2;
        let (mut at, mut text) = (start, Vec::new());
        while bytes[at] > 0 {
            let end = at + 1 + usize::from(bytes[at]);
            text.extend_from_slice(&bytes[at + 1..end]);
            at = end;
        }
        String::from_utf8(text).unwrap()
    };
    let mut decoder = gif::DecodeOptions::new().read_info(Cursor::new(bytes)).unwrap();
    let mut delays = Vec::new();
    while let Some(frame) = decoder.read_next_frame().unwrap() {
        delays.push(frame.delay);
    }
    (comment, delays)
}

/// The command that a file says makes it, whatever its format.
fn command_in(desk: &Desk, name: &str) -> Option<String> {
    let bytes = desk.read(name);
    match name.rsplit('.').next().unwrap() {
        "svg" => texts_of_svg(&bytes, "ponderscope:command").pop(),
        "png" | "apng" => Some(text_of_png(&bytes, "Command")),
        "gif" => {
            let comment = gif_parts(&bytes).0;
            comment.lines().find_map(|line| line.strip_prefix("Command: ")).map(str::to_owned)
        }
        _ => {
            let said = desk.ask("pdfinfo", &[name])?;
            let line = said.lines().find_map(|line| line.strip_prefix("Subject:"));
            Some(line.unwrap_or_else(|| panic!("no subject in {said}")).trim().to_owned())
        }
    }
}

#[test]
fn a_files_own_command_makes_the_same_bytes() {
    let desk = Desk::new();
    for (index, name) in ["a.svg", "a.pdf", "a.png", "it's a.gif", "a.apng"].into_iter().enumerate() {
        let layout = if name.ends_with("gif") || name.ends_with("apng") { UNITS } else { LAYOUTS[index] };
        let options = ["--width", "70", "--dpi", "96", "--title", "Cats & \"dogs\"", "--range", "data"];
        let first = desk.make(layout, &options, name);
        let again = Desk::new();
        let Some(command) = command_in(&desk, name) else {
            // Nothing here can read it; the same arguments must do.
            assert!(again.make(layout, &options, name) == first, "{name} is another one when made twice");
            continue;
        };
        let words = shlex::split(&command).unwrap();
        assert_eq!(words[..2], ["ponderscope", "figure"]);
        let words: Vec<&str> = words[2..].iter().map(String::as_str).collect();
        again.figure(&words).success();
        assert!(again.read(name) == first, "{name} is another one when made again");
    }
}

#[test]
fn odd_names_stand_in_every_format_as_they_are() {
    let odd = "my  \u{202f}cat's\u{a0}1.png";
    for ending in ["svg", "pdf", "png", "gif", "apng"] {
        let desks = [Desk::new(), Desk::new()];
        for desk in &desks {
            let picture = RgbImage::from_fn(32, 32, |x, y| image::Rgb([7 * x as u8, 7 * y as u8, 90]));
            picture.save(desk.path(odd)).unwrap();
        }
        let [desk, again] = desks;
        let output = format!("fig  ure\u{202f}.{ending}");
        let layout = if matches!(ending, "gif" | "apng") { "units" } else { "panels" };
        let first = desk.make((layout, &[odd]), &["--width", "60", "--dpi", "72"], &output);
        let Some(command) = command_in(&desk, &output) else {
            assert!(ending == "pdf", "{ending} has no command");
            continue;
        };
        let words = shlex::split(&command).unwrap();
        assert_eq!((words[2].as_str(), words.last().unwrap()), (odd, &output), "{ending}");
        again.figure(&words[2..].iter().map(String::as_str).collect::<Vec<_>>()).success();
        assert!(again.read(&output) == first, "{ending} is another one when made again");
    }
}

#[test]
fn an_svg_is_read_by_others_and_its_text_is_text() {
    let desk = Desk::new();
    for layout in LAYOUTS {
        let bytes = desk.make(layout, &["--title", "Thinking <long>"], "figure.svg");
        let tree = usvg::Tree::from_data(&bytes, &usvg::Options::default()).unwrap();
        // 180 mm in CSS pixels.
        assert!((tree.size().width() - 180.0 / 25.4 * 96.0).abs() < 0.1, "{:?}", tree.size());
        let texts = texts_of_svg(&bytes, "text");
        assert!(texts.contains(&"Thinking <long>".to_owned()), "{texts:?}");
        let expected = match layout.0 {
            "panels" => ["Image", "Ponder cost", "Overlay", "Cat 3", "Deer 1"].as_slice(),
            "blocks" => &["Image", "block_1", "block_2", "block_3", "Ponder cost"],
            "units" => &["Unit 1", "Unit 5", "block_3", "100 %"],
            "compare" => &["A: threshold 0.99", "B: threshold 0.5", "B − A"],
            _ => &["Airplane 1", "Cat 3", "Ponder cost"],
        };
        for text in expected {
            assert!(texts.iter().any(|found| found == text), "{}: no {text:?} in {texts:?}", layout.0);
        }
        assert_eq!(
            texts_of_svg(&bytes, "ponderscope:software"),
            [concat!("ponderscope ", env!("CARGO_PKG_VERSION"))]
        );
        assert!(texts_of_svg(&bytes, "ponderscope:halting")[0].starts_with("threshold 0.99"));
    }
}

#[test]
fn a_pdf_has_its_width_its_font_and_its_text() {
    let desk = Desk::new();
    desk.make(LAYOUTS[1], &["--width", "85", "--title", "Where it thinks"], "figure.pdf");
    if let Some(text) = desk.ask("pdftotext", &["figure.pdf", "-"]) {
        for expected in ["Where it thinks", "block_2", "Ponder"] {
            assert!(text.contains(expected), "{expected} is missing in {text}");
        }
    }
    if let Some(fonts) = desk.ask("pdffonts", &["figure.pdf"]) {
        let fonts: Vec<&str> = fonts.lines().skip(2).collect();
        assert!(
            fonts.len() == 1 && fonts[0].contains("Ubuntu") && fonts[0].contains("yes yes yes"),
            "{fonts:?}"
        );
    }
    if let Some(info) = desk.ask("pdfinfo", &["figure.pdf"]) {
        assert!(info.contains("Title:           Where it thinks"), "{info}");
        assert!(info.contains("240.94") && !info.contains("CreationDate"), "{info}");
    }
    if let Some(images) = desk.ask("pdfimages", &["-list", "figure.pdf"]) {
        let images: Vec<Vec<&str>> =
            images.lines().skip(2).map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(images.len(), 4);
        for image in images {
            assert_eq!((image[2], image[9]), ("image", "no"), "cells are not to be blurred: {image:?}");
        }
    }
}

#[test]
fn a_png_has_the_pixels_and_the_resolution_that_are_asked_for() {
    let desk = Desk::new();
    let bytes = desk.make(LAYOUTS[0], &["--width", "85", "--dpi", "120"], "figure.png");
    let reader = png::Decoder::new(Cursor::new(&bytes)).read_info().unwrap();
    assert_eq!(reader.info().width, (85.0f32 / 25.4 * 120.0).round() as u32);
    let dimensions = reader.info().pixel_dims.unwrap();
    assert_eq!((dimensions.xppu, dimensions.unit), (4724, png::Unit::Meter));
    assert_eq!(text_of_png(&bytes, "Pictures"), "cifar:62; cifar:80");
    assert_eq!(text_of_png(&bytes, "Halting"), "threshold 0.99");
}

#[test]
fn an_animation_has_a_frame_a_unit_for_as_long_as_is_asked_for() {
    let desk = Desk::new();
    let options = ["--dpi", "72", "--delay", "250"];
    let (_, delays) = gif_parts(&desk.make(UNITS, &options, "figure.gif"));
    assert_eq!(delays, [25; FRAMES]);
    let (_, delays) = gif_parts(&desk.make(UNITS, &[&options[..], &["--scope", "2"]].concat(), "part.gif"));
    assert_eq!(delays.len(), FRAMES / 3);

    let bytes = desk.make(UNITS, &options, "figure.apng");
    let mut reader = png::Decoder::new(Cursor::new(&bytes)).read_info().unwrap();
    assert_eq!(reader.info().animation_control().unwrap().num_frames as usize, FRAMES);
    let mut buffer = vec![0; reader.output_buffer_size().unwrap()];
    let mut frames = Vec::new();
    for _ in 0..FRAMES {
        reader.next_frame(&mut buffer).unwrap();
        let control = reader.info().frame_control().unwrap();
        assert_eq!((control.delay_num, control.delay_den), (250, 1000));
        frames.push(buffer.clone());
    }
    // Positions halt from unit to unit, and the words above change anyway.
    assert!(frames.windows(2).all(|pair| pair[0] != pair[1]));
}

#[test]
fn nothing_is_behind_a_transparent_figure() {
    let desk = Desk::new();
    for (theme, corner) in [("light", None), ("dark", None), ("transparent", Some(0))] {
        let bytes = desk.make(LAYOUTS[4], &["--dpi", "72", "--theme", theme], "figure.png");
        let picture = image::load_from_memory(&bytes).unwrap();
        let alpha = picture.color().has_alpha().then(|| picture.to_rgba8().get_pixel(0, 0).0[3]);
        assert_eq!(alpha, corner, "{theme}");
    }
}

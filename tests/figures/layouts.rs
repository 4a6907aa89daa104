//! That layouts show what they say.

use image::RgbImage;

use crate::desk::{Desk, LAYOUTS, texts_of_svg};

/// The embedded pictures of an SVG, in order.
fn pictures(svg: &[u8]) -> Vec<RgbImage> {
    use base64::Engine;
    let svg = std::str::from_utf8(svg).unwrap();
    let encoded = svg.split("data:image/png;base64,").skip(1).map(|part| part.split('"').next().unwrap());
    let decode = |text: &str| base64::engine::general_purpose::STANDARD.decode(text).unwrap();
    encoded.map(|text| image::load_from_memory(&decode(text)).unwrap().to_rgb8()).collect()
}

/// A picture's cells, if it is made of `cells` x `cells` of them.
fn cells(picture: &RgbImage, cells: u32) -> RgbImage {
    let factor = picture.width() / cells;
    assert_eq!(picture.dimensions(), (cells * factor, cells * factor));
    let small = RgbImage::from_fn(cells, cells, |x, y| *picture.get_pixel(x * factor, y * factor));
    for (x, y, pixel) in picture.enumerate_pixels() {
        assert_eq!(pixel, small.get_pixel(x / factor, y / factor), "a cell is not of one colour");
    }
    small
}

#[test]
fn a_map_is_the_one_of_the_map_command_in_sharp_cells() {
    let desk = Desk::new();
    let drawn =
        pictures(&desk.make(("panels", &["cifar:62"]), &["--colormap", "turbo", "--range", "data"], "a.svg"));
    assert_eq!(drawn.len(), 3);
    cells(&drawn[0], 32).save(desk.path("cat.png")).unwrap();
    let mut map = assert_cmd::Command::cargo_bin("ponderscope").unwrap();
    map.current_dir(desk.path("")).args([
        "map",
        "cat.png",
        "--colormap",
        "turbo",
        "--range",
        "data",
        "-o",
        ".",
    ]);
    map.assert().success();
    let expected = image::open(desk.path("cat_ponder.png")).unwrap().to_rgb8();
    assert_eq!(cells(&drawn[1], 32), expected);
}

#[test]
fn blocks_are_shown_at_their_own_resolution() {
    let desk = Desk::new();
    let drawn = pictures(&desk.make(LAYOUTS[1], &[], "a.svg"));
    for (picture, edge) in drawn.iter().zip([32, 32, 16, 8]) {
        cells(picture, edge);
    }
    assert_eq!(drawn.len(), 4);
}

#[test]
fn the_difference_of_a_run_to_itself_is_neutral() {
    let desk = Desk::new();
    let same = pictures(&desk.make(("compare", &["cifar:62", "--threshold-b", "0.99"]), &[], "a.svg"));
    assert_eq!(same[1], same[2]);
    let [red, green, blue] = same[3].get_pixel(0, 0).0;
    assert!(red == green && green == blue && same[3].pixels().all(|pixel| pixel.0 == [red, green, blue]));

    // A lower threshold halts earlier: B has less, which is blue.
    let other = pictures(&desk.make(LAYOUTS[3], &[], "b.svg"));
    let blue = other[3].pixels().filter(|pixel| pixel.0[2] > pixel.0[0]).count();
    let red = other[3].pixels().filter(|pixel| pixel.0[0] > pixel.0[2]).count();
    assert!(blue > 10 * red, "{blue} blue and {red} red pixels");
}

#[test]
fn act_has_one_value_and_says_so() {
    let desk = Desk::new();
    let act = ["--model", "cifar10-resnet32-act-tau0.005"];
    let bytes = desk.make(LAYOUTS[1], &act, "a.svg");
    let texts = texts_of_svg(&bytes, "text").join(" ");
    assert!(texts.contains("(ACT: one value)"), "{texts}");
    for map in &pictures(&bytes)[1..] {
        assert!(map.pixels().all(|pixel| pixel == map.get_pixel(0, 0)));
    }
}

#[test]
fn labels_are_what_is_asked_for() {
    let desk = Desk::new();
    let texts = |labels| texts_of_svg(&desk.make(LAYOUTS[4], &["--labels", labels], "a.svg"), "text");
    let has = |texts: &[String], text: &str| texts.iter().any(|found| found == text);
    let (titles, letters, both, none) = (texts("titles"), texts("letters"), texts("both"), texts("none"));
    assert!(has(&titles, "Cat 3") && !titles.concat().contains("(a)"));
    assert!(has(&letters, "(c)") && !letters.concat().contains("Cat"));
    assert!(has(&both, "(c) Cat 3"));
    assert!(none.iter().all(|text| text.parse::<f32>().is_ok()), "{none:?}");
    let bare = desk.make(LAYOUTS[4], &["--labels", "none", "--colorbar", "none"], "a.svg");
    assert!(texts_of_svg(&bare, "text").is_empty());
}

#[test]
fn nothing_is_written_beyond_the_page() {
    let desk = Desk::new();
    let title = "A title that is far too long for the column of a journal that it is to stand in";
    let long = "cifar10-resnet32-sact-tau0.005-trained-for-longer-than-usual";
    for (layout, arguments) in LAYOUTS {
        for bar in ["right", "below"] {
            for width in ["60", "85", "180"] {
                let mut options =
                    vec!["--width", width, "--colorbar", bar, "--title", title, "--labels", "both"];
                if layout == "compare" {
                    options.extend(["--label-a", long]);
                }
                let bytes = desk.make((layout, arguments), &options, "a.svg");
                stays_within(&bytes, &format!("{layout} {width} {bar}"));
            }
        }
    }
}

/// Whether every text lies within the page and no two overlap, as drawn in the embedded font.
fn stays_within(bytes: &[u8], which: &str) {
    use resvg::usvg::{self, fontdb};
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(epaint_default_fonts::UBUNTU_LIGHT.to_vec());
    let options = usvg::Options { fontdb: std::sync::Arc::new(fonts), ..usvg::Options::default() };
    let tree = usvg::Tree::from_data(bytes, &options).unwrap();
    let page = tree.size();
    let mut boxes: Vec<(String, usvg::Rect)> = Vec::new();
    collect(tree.root(), &mut boxes);
    assert!(!boxes.is_empty());
    for (text, area) in &boxes {
        let inside = area.left() >= 0.0
            && area.top() >= 0.0
            && area.right() <= page.width()
            && area.bottom() <= page.height();
        assert!(inside, "{which}: {text:?} at {area:?} is not on the page {page:?}");
    }
    for (index, (text, area)) in boxes.iter().enumerate() {
        for (other, beside) in &boxes[..index] {
            let across = area.right().min(beside.right()) - area.left().max(beside.left());
            let down = area.bottom().min(beside.bottom()) - area.top().max(beside.top());
            assert!(
                across <= 0.5 || down <= 0.5,
                "{which}: {text:?} at {area:?} lies over {other:?} at {beside:?}"
            );
        }
    }
}

fn collect(group: &resvg::usvg::Group, boxes: &mut Vec<(String, resvg::usvg::Rect)>) {
    use resvg::usvg::Node;
    for node in group.children() {
        match node {
            Node::Group(group) => collect(group, boxes),
            Node::Text(text) => {
                let words: String = text.chunks().iter().map(|chunk| chunk.text()).collect();
                // The outlines, not the lines that they stand in.
                boxes.push((words, text.flattened().abs_bounding_box()));
            }
            _ => {}
        }
    }
}

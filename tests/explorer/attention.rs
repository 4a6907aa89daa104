//! Human attention in Explore. The stand-in's column `c` of 32 runs `ceil(5 * threshold * c / 32)` units in the first block.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use eframe::egui::accesskit::{Role, Toggled};
use eframe::egui::{Key, Modifiers, Theme, Vec2};
use egui_kittest::HarnessBuilder;
use egui_kittest::kittest::{NodeT, Queryable};
use image::{GrayImage, Luma, RgbImage};
use ponderscope::explorer::App;

use crate::access::assert_named;
use crate::exports::reference;
use crate::formula::Formula;
use crate::system::Kept;
use crate::training::fill;
use crate::{Window, builder, click, drop_file, pick, press, rendering, set_threshold, settle, shows, texts};

/// High enough for the whole inspector with all of its sections.
const SIZE: Vec2 = Vec2::new(1280.0, 1500.0);
const EMPTY: &str = "Does the network think longest where people look?";
const SHIFT: Modifiers = Modifiers { shift: true, ..Modifiers::COMMAND };

/// A window that asks for paths itself, with a picture of 32 x 32 pixels.
fn asking() -> Window {
    let mut window = begun(builder(Theme::Dark), None);
    click(&mut window, "Cat 3");
    window
}

fn begun(builder: HarnessBuilder<App>, kept: Option<Kept>) -> Window {
    let mut window = builder.build_eframe(move |cc| {
        let kept = kept.as_ref().map(|kept| kept as &dyn eframe::Storage);
        App::new(&cc.egui_ctx, kept, Arc::new(Formula)).unwrap().without_dialogs()
    });
    window.set_size(SIZE);
    settle(&mut window);
    window
}

/// White in columns 20 to 23 of 32.
fn mask(path: &Path) -> PathBuf {
    GrayImage::from_fn(32, 32, |x, _| Luma([if (20..24).contains(&x) { 255 } else { 0 }]))
        .save(path)
        .unwrap();
    path.to_owned()
}

/// By the menu.
fn open(window: &mut Window, command: &str, path: &Path) {
    click(window, "File");
    click(window, command);
    name(window, path);
}

fn name(window: &mut Window, path: &Path) {
    fill(window, "Path", &path.display().to_string());
    window.get_by_role_and_label(Role::Button, "Open").click();
    settle(window);
}

/// What a measure comes to: of the map, of the map with the centre prior, and of the prior alone.
fn figures(window: &Window, measure: &str) -> Option<[String; 3]> {
    let texts = texts(window);
    let place = texts.iter().position(|text| text == measure)?;
    Some([1, 2, 3].map(|column| texts[place + column].clone()))
}

fn auc(window: &Window) -> Option<f64> {
    figures(window, "AUC-Judd").map(|[map, ..]| map.parse().unwrap())
}

fn set_slider(window: &mut Window, name: &str, value: f64) {
    window.get_by_role_and_label(Role::Slider, name).set_value_accesskit(value);
    settle(window);
}

#[test]
fn the_map_that_is_shown_is_compared_with_a_mask() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = asking();
    pick(&mut window, "Scope", "block_1");
    assert!(shows(&window, EMPTY) && auc(&window).is_none());
    open(&mut window, "Open fixations…", &mask(&folder.path().join("looks.png")));
    assert!(shows(&window, "looks.png") && !shows(&window, EMPTY));
    assert!(shows(&window, "128 of 1024 positions fixated."), "{:?}", texts(&window));
    // Columns 20 to 25 run four units: of the 28 others 20 run fewer, 2 as many and 6 more.
    assert_eq!(auc(&window), Some(0.75));
    set_threshold(&mut window, 0.5);
    // Columns 13 to 25 run two: 13 others run fewer, 9 as many.
    assert_eq!(auc(&window), Some(0.625));
    press(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(auc(&window), Some(0.75));
    press(&mut window, Modifiers::COMMAND, Key::Z);
    assert!(shows(&window, EMPTY) && auc(&window).is_none(), "{:?}", texts(&window));
    press(&mut window, SHIFT, Key::Z);
    assert_eq!(auc(&window), Some(0.75));

    let of_block = figures(&window, "NSS");
    pick(&mut window, "Scope", "Whole network");
    assert_ne!(figures(&window, "NSS"), of_block, "the map of all blocks is another");
    click(&mut window, "Leave fixations");
    assert!(shows(&window, EMPTY));
}

#[test]
fn the_centre_prior_leads_from_the_map_to_itself_and_back_to_its_default() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = asking();
    open(&mut window, "Open fixations…", &mask(&folder.path().join("looks.png")));
    let measures =
        |window: &Window| ["AUC-Judd", "Correlation", "NSS"].map(|name| figures(window, name).unwrap());
    let first = measures(&window);
    assert_named(&window, "fixations");
    set_slider(&mut window, "Prior weight", 0.0);
    for [map, with_prior, prior] in measures(&window) {
        assert_eq!(map, with_prior);
        assert_ne!(map, prior);
    }
    set_slider(&mut window, "Prior weight", 1.0);
    for ([map, with_prior, prior], [map_at_first, ..]) in measures(&window).into_iter().zip(first.clone()) {
        assert_eq!((with_prior, map), (prior, map_at_first));
    }
    set_slider(&mut window, "Prior sigma", 1.0);
    assert_ne!(measures(&window)[1][2], first[1][2], "a wider prior is another");
    click(&mut window, "Reset centre prior");
    assert_eq!(measures(&window), first);
    press(&mut window, Modifiers::COMMAND, Key::Z);
    assert_ne!(measures(&window), first);
}

#[test]
fn a_wrong_file_says_what_is_wrong_and_what_was_there_stays() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let mut window = asking();
    fs::write(file("words.csv"), "where\nthey looked").unwrap();
    open(&mut window, "Open fixations…", &file("words.csv"));
    assert!(shows(&window, "words.csv has no x and y: write two numbers a line"), "{:?}", texts(&window));
    assert!(shows(&window, EMPTY));

    open(&mut window, "Open fixations…", &mask(&file("looks.png")));
    assert!(!shows(&window, "words.csv"), "what was wrong is over");
    let before = figures(&window, "AUC-Judd");
    assert!(before.is_some());
    GrayImage::from_fn(64, 32, |x, _| Luma([x as u8 & 1])).save(file("wide.png")).unwrap();
    for (name, sentence) in [
        ("wide.png", "another shape than the map's 32 x 32: take those of the same picture"),
        ("gone.mat", "gone.mat (No such file"),
    ] {
        open(&mut window, "Open fixations…", &file(name));
        assert!(shows(&window, name) && shows(&window, sentence), "{:?}", texts(&window));
        assert_eq!(figures(&window, "AUC-Judd"), before);
    }
    open(&mut window, "Fixation folder…", &file("looks.png"));
    assert!(shows(&window, "looks.png is no folder: choose one"), "{:?}", texts(&window));
    assert_eq!(figures(&window, "AUC-Judd"), before);
    press(&mut window, Modifiers::COMMAND, Key::Z);
    assert!(shows(&window, EMPTY), "what could not be opened is no step");
}

#[test]
fn fixations_stay_with_their_picture_and_a_folder_finds_those_of_each() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    fs::create_dir(file("eyes")).unwrap();
    for name in ["a.png", "b.png", "c.png"] {
        RgbImage::from_fn(32, 32, |x, y| image::Rgb([x as u8, y as u8, name.as_bytes()[0]]))
            .save(file(name))
            .unwrap();
    }
    mask(&file("eyes/a.png"));
    fs::write(file("eyes/b.csv"), "x,y\n20,3\n21.5,7\n22,30\n").unwrap();
    let mut window = asking();
    for name in ["a.png", "b.png", "c.png"] {
        drop_file(&mut window, file(name));
    }
    click(&mut window, "a.png");
    open(&mut window, "Open fixations…", &mask(&file("of a.png")));
    assert!(shows(&window, "of a.png"));
    press(&mut window, Modifiers::COMMAND, Key::ArrowRight);
    assert!(shows(&window, EMPTY), "they are of the other picture");
    click(&mut window, "Choose fixation folder");
    name(&mut window, &file("eyes"));
    assert!(
        shows(&window, "b.csv") && shows(&window, "3 of 1024 positions fixated."),
        "{:?}",
        texts(&window)
    );
    press(&mut window, Modifiers::COMMAND, Key::ArrowRight);
    assert!(shows(&window, "eyes has no fixations called c, as this picture is."), "{:?}", texts(&window));
    assert!(auc(&window).is_none());
    press(&mut window, Modifiers::COMMAND, Key::ArrowLeft);
    press(&mut window, Modifiers::COMMAND, Key::ArrowLeft);
    assert!(shows(&window, "128 of 1024 positions fixated."));

    drop_file(&mut window, reference());
    assert!(shows(&window, "no file name to look for"), "{:?}", texts(&window));
    click(&mut window, "Choose fixation file");
    name(&mut window, &file("of a.png"));
    assert!(auc(&window).is_some(), "an export's image is a picture like others");
    press(&mut window, Modifiers::COMMAND, Key::ArrowRight);
    assert!(auc(&window).is_none());
}

#[test]
fn a_vanilla_network_leaves_the_centre_prior_to_compare() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = asking();
    open(&mut window, "Open fixations…", &mask(&folder.path().join("looks.png")));
    let [_, _, prior] = figures(&window, "AUC-Judd").unwrap();
    pick(&mut window, "Model", "plain");
    assert!(shows(&window, "so there is only the centre prior to compare"), "{:?}", texts(&window));
    assert_eq!(figures(&window, "AUC-Judd"), Some(["–".to_owned(), "–".to_owned(), prior]));
}

#[test]
fn fixations_come_back_with_the_session_or_are_missed_in_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let file = mask(&folder.path().join("looks.png"));
    let mut window = asking();
    open(&mut window, "Open fixations…", &file);
    let before = figures(&window, "AUC-Judd");
    let keep = |window: &mut Window| {
        let mut kept = Kept::default();
        eframe::App::save(window.state_mut(), &mut kept);
        kept
    };
    let kept = keep(&mut window);
    let mut window = begun(builder(Theme::Dark), Some(kept));
    assert_eq!(figures(&window, "AUC-Judd"), before);
    let kept = keep(&mut window);
    fs::remove_file(&file).unwrap();
    let mut window = begun(builder(Theme::Dark), Some(kept));
    assert!(shows(&window, "looks.png") && auc(&window).is_none(), "{:?}", texts(&window));
    click(&mut window, "Dismiss");
    assert!(shows(&window, "cannot read") && !shows(&window, EMPTY), "the section goes on to say it");
    mask(&file);
    open(&mut window, "Open fixations…", &file);
    assert_eq!(figures(&window, "AUC-Judd"), before);
}

/// What is drawn over the picture. Left out where nothing can render.
#[test]
fn fixations_are_seen_over_the_picture_unless_they_are_hidden() {
    let folder = tempfile::tempdir().unwrap();
    let file = mask(&folder.path().join("looks.png"));
    let points = folder.path().join("points.txt");
    fs::write(&points, "4 9\n16 16\n17 20\n25 6\n").unwrap();
    let Some(renderer) = rendering::renderer("fixations over a picture") else { return };
    let mut window = begun(builder(Theme::Dark).renderer(renderer), None);
    click(&mut window, "Cat 3");
    let canvas = |window: &mut Window| {
        window.remove_cursor();
        settle(window);
        let rect = window.get_by_role(Role::Canvas).rect();
        let picture = window.render().unwrap();
        let [x, y, width, height] =
            [rect.left(), rect.top(), rect.width(), rect.height()].map(|length| length as u32);
        image::imageops::crop_imm(&picture, x, y, width, height).to_image()
    };
    let bare = canvas(&mut window);
    for file in [file, points] {
        open(&mut window, "Open fixations…", &file);
        let marked = canvas(&mut window);
        let changed = bare.pixels().zip(marked.pixels()).filter(|(bare, marked)| bare != marked).count();
        let share = changed as f64 / (bare.width() * bare.height()) as f64;
        assert!(share > 1e-4 && share < 0.02, "a share of {share} is covered");
        press(&mut window, Modifiers::NONE, Key::H);
        let toggle = window.get_by_role_and_label(Role::CheckBox, "Fixations over picture");
        assert_eq!(toggle.accesskit_node().toggled(), Some(Toggled::False));
        assert!(canvas(&mut window) == bare);
        press(&mut window, Modifiers::COMMAND, Key::Z);
        assert!(canvas(&mut window) == marked);
    }
}

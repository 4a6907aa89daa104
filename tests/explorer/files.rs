//! Files that come and go while the window is open.

use std::path::{Path, PathBuf};

use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use ponderscope::explorer::Command;

use crate::{canvas_title, click, drop_file, mean, press, set_threshold, settle, shows, texts, window};

/// A small picture on disk.
fn picture(folder: &Path, name: &str) -> PathBuf {
    let file = folder.join(name);
    let picture = image::RgbImage::from_fn(40, 20, |x, y| image::Rgb([x as u8, y as u8, name.len() as u8]));
    picture.save(&file).unwrap();
    file
}

#[test]
fn undo_goes_past_a_deleted_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window();
    let (first, trained) = (canvas_title(&window), mean(&window));
    let file = picture(folder.path(), "short-lived.png");
    drop_file(&mut window, file.clone());
    click(&mut window, "Coffee cup");
    set_threshold(&mut window, 0.5);
    let changed = mean(&window);
    std::fs::remove_file(file).unwrap();

    press(&mut window, Modifiers::COMMAND, Key::Z);
    press(&mut window, Modifiers::COMMAND, Key::Z);
    assert!(shows(&window, "short-lived.png"), "{:?}", texts(&window));
    assert_eq!(canvas_title(&window), "Canvas: Coffee cup");
    let forward = Modifiers::COMMAND | Modifiers::SHIFT;
    press(&mut window, forward, Key::Z);
    assert_eq!(mean(&window), changed, "the steps after it are still there");
    press(&mut window, Modifiers::COMMAND, Key::Z);
    press(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!((canvas_title(&window), mean(&window)), (first, trained), "and so are those before");
}

#[test]
fn a_folder_of_pictures_is_listed_in_order() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["10.png", "2.png", "1.png"] {
        picture(folder.path(), name);
    }
    let mut window = window();
    drop_file(&mut window, folder.path().to_owned());
    assert_eq!(canvas_title(&window), "Canvas: 1.png");
    for next in ["2.png", "10.png"] {
        press(&mut window, Modifiers::COMMAND, Key::ArrowRight);
        assert_eq!(canvas_title(&window), format!("Canvas: {next}"));
    }
}

#[test]
fn what_is_named_is_opened_even_where_files_that_are_dropped_are_evaluated() {
    let folder = tempfile::tempdir().unwrap();
    let file = picture(folder.path(), "named.png");
    let mut window = window();
    press(&mut window, Modifiers::COMMAND, Key::Num4);
    drop_file(&mut window, file.clone());
    assert!(window.query_by_label("Canvas: named.png").is_none(), "it is the data to evaluate on");
    window.state_mut().apply(Command::Open(vec![file]));
    settle(&mut window);
    assert_eq!(canvas_title(&window), "Canvas: named.png");
}

#[test]
fn a_folder_without_pictures_is_said_to_be_one() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window();
    let before = canvas_title(&window);
    drop_file(&mut window, folder.path().to_owned());
    assert!(shows(&window, &folder.path().display().to_string()), "{:?}", texts(&window));
    assert_eq!(canvas_title(&window), before);
}

#[test]
fn a_file_can_be_taken_out_of_the_library() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window();
    drop_file(&mut window, picture(folder.path(), "a.png"));
    drop_file(&mut window, picture(folder.path(), "b.png"));
    click(&mut window, "Remove a.png from library");
    assert!(!shows(&window, "Remove a.png from library") && shows(&window, "Remove b.png from library"));
    assert_eq!(canvas_title(&window), "Canvas: b.png");
    assert!(folder.path().join("a.png").exists());
}

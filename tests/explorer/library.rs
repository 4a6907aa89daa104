//! The library: folders, search, favourites, and the keys that go through it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use eframe::egui::accesskit::{Role, Toggled};
use eframe::egui::{Key, Modifiers, Theme};
use egui_kittest::kittest::{NodeT, Queryable};
use ponderscope::explorer::App;

use crate::formula::Formula;
use crate::system::Kept;
use crate::training::fill;
use crate::{Window, builder, canvas_title, click, drop_file, press, settle, shows, texts, window};

fn picture(folder: &Path, name: &str) -> PathBuf {
    let file = folder.join(name);
    let shade = name.bytes().fold(0u8, u8::wrapping_add);
    image::RgbImage::from_fn(40, 20, |x, y| image::Rgb([x as u8, y as u8, shade])).save(&file).unwrap();
    file
}

/// A folder `album` with these pictures.
fn album(names: &[&str]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let album = folder.path().join("album");
    fs::create_dir(&album).unwrap();
    names.iter().for_each(|name| drop(picture(&album, name)));
    (folder, album)
}

fn row<'a>(window: &'a Window, name: &'a str) -> Option<egui_kittest::Node<'a>> {
    window.query_all_by_role_and_label(Role::Button, name).next()
}

fn canvas(name: &str) -> String {
    format!("Canvas: {name}")
}

#[test]
fn a_folder_is_added_looked_through_refreshed_closed_and_removed() {
    let (_folder, album) = album(&["2.png", "10.png"]);
    let mut window = builder(Theme::Dark)
        .build_eframe(|cc| App::new(&cc.egui_ctx, None, Arc::new(Formula)).unwrap().without_dialogs());
    settle(&mut window);
    click(&mut window, "Add folder…");
    fill(&mut window, "Path", &album.display().to_string());
    click(&mut window, "Open");
    assert_eq!(canvas_title(&window), canvas("2.png"));
    click(&mut window, "10.png");
    assert_eq!(canvas_title(&window), canvas("10.png"));
    assert!(row(&window, "album (2)").is_some() && !shows(&window, "Opened files"), "{:?}", texts(&window));

    picture(&album, "1.png");
    assert!(row(&window, "1.png").is_none());
    press(&mut window, Modifiers::NONE, Key::F5);
    assert!(row(&window, "album (3)").is_some() && row(&window, "1.png").is_some());
    picture(&album, "0.png");
    click(&mut window, "album (3)");
    assert!(row(&window, "1.png").is_none(), "its section is closed");
    click(&mut window, "album (3)");
    assert!(row(&window, "0.png").is_some(), "it is listed anew when it is opened again");
    fs::remove_file(album.join("1.png")).unwrap();
    click(&mut window, "Refresh album");
    assert!(row(&window, "album (3)").is_some() && row(&window, "1.png").is_none());

    click(&mut window, "Remove album from library");
    assert!(!shows(&window, "album (3)") && row(&window, "10.png").is_none());
    assert_eq!(canvas_title(&window), canvas("10.png"));
    assert!(album.join("10.png").is_file());
}

#[test]
fn arrows_go_round_in_the_folder_and_the_folder_comes_back() {
    let (_folder, album) = album(&["a.png", "b.png", "c.png"]);
    let mut window = window();
    drop_file(&mut window, album);
    for (key, name) in [
        (Key::ArrowLeft, "c.png"),
        (Key::ArrowRight, "a.png"),
        (Key::ArrowRight, "b.png"),
        (Key::ArrowRight, "c.png"),
    ] {
        press(&mut window, Modifiers::COMMAND, key);
        assert_eq!(canvas_title(&window), canvas(name));
    }
    let mut kept = Kept::default();
    eframe::App::save(window.state_mut(), &mut kept);
    let mut window = builder(Theme::Dark)
        .build_eframe(move |cc| App::new(&cc.egui_ctx, Some(&kept), Arc::new(Formula)).unwrap());
    settle(&mut window);
    assert!(row(&window, "album (3)").is_some(), "{:?}", texts(&window));
    press(&mut window, Modifiers::COMMAND, Key::ArrowRight);
    assert_eq!(canvas_title(&window), canvas("a.png"));
}

#[test]
fn up_and_down_go_from_row_to_row() {
    let (_folder, album) = album(&["a.png", "b.png", "c.png"]);
    let mut window = window();
    drop_file(&mut window, album);
    row(&window, "a.png").unwrap().focus();
    window.run();
    for (key, name) in [
        (Key::ArrowDown, "b.png"),
        (Key::ArrowDown, "c.png"),
        (Key::ArrowDown, "c.png"),
        (Key::ArrowUp, "b.png"),
    ] {
        press(&mut window, Modifiers::NONE, key);
        assert_eq!(canvas_title(&window), canvas(name));
        assert!(row(&window, name).unwrap().is_focused(), "{name} has not the focus");
    }
}

#[test]
fn the_next_picture_is_decoded_before_anybody_asks_for_it() {
    let (_folder, album) = album(&["a.png", "b.png", "c.png", "d.png", "e.png", "f.png"]);
    let mut window = window();
    drop_file(&mut window, album);
    press(&mut window, Modifiers::COMMAND, Key::ArrowRight);
    for name in ["c.png", "d.png"] {
        let decoded = window.state().decoded();
        window.key_press_modifiers(Modifiers::COMMAND, Key::ArrowRight);
        while canvas_title(&window) != canvas(name) {
            window.step();
        }
        settle(&mut window);
        assert_eq!(window.state().decoded() - decoded, 1, "not {name} but the one behind it");
    }
}

#[test]
fn a_search_leaves_only_what_it_looks_for_in_every_section() {
    let (_folder, album) = album(&["cat on a mat.png", "dog.png"]);
    let mut window = window();
    drop_file(&mut window, album);
    press(&mut window, Modifiers::COMMAND, Key::F);
    let field = "Search the library";
    assert!(window.get_by_role_and_label(Role::TextInput, field).is_focused());
    fill(&mut window, field, "CAT");
    settle(&mut window);
    for (name, found) in [
        ("Chelsea the cat", true),
        ("Coffee cup", false),
        ("cat on a mat.png", true),
        ("dog.png", false),
        ("Cat 3", true),
        ("Dog 3", false),
        ("album (1)", true),
    ] {
        assert_eq!(row(&window, name).is_some(), found, "{name}");
    }
    fill(&mut window, field, "mat cat");
    settle(&mut window);
    assert!(row(&window, "cat on a mat.png").is_some() && row(&window, "Cat 3").is_none());
    fill(&mut window, field, "unicorn");
    settle(&mut window);
    assert!(shows(&window, "Nothing found"));
    click(&mut window, "Clear search");
    assert!(!shows(&window, "Nothing found") && row(&window, "dog.png").is_some());
    fill(&mut window, field, "unicorn");
    press(&mut window, Modifiers::NONE, Key::Escape);
    assert!(row(&window, "dog.png").is_some(), "Escape ends the search, too");
}

#[test]
fn a_search_goes_through_closed_folders() {
    let (folder, album) = album(&["cat on a mat.png", "dog.png"]);
    let other = folder.path().join("other");
    fs::create_dir(&other).unwrap();
    picture(&other, "cat in a hat.png");
    let mut window = window();
    drop_file(&mut window, album);
    click(&mut window, "album (2)");
    drop_file(&mut window, other);
    assert!(row(&window, "dog.png").is_none());
    let field = "Search the library";
    fill(&mut window, field, "cat");
    settle(&mut window);
    assert!(row(&window, "cat on a mat.png").is_some() && row(&window, "cat in a hat.png").is_some());
    assert!(row(&window, "dog.png").is_none());
    click(&mut window, "Clear search");
    assert!(row(&window, "cat on a mat.png").is_none(), "the folder is closed again");
}

#[test]
fn favourites_stand_at_the_head_and_stay() {
    let (_folder, album) = album(&["a.png", "b.png", "c.png"]);
    let mut window = window();
    drop_file(&mut window, album);
    assert!(!shows(&window, "Favourites"));
    press(&mut window, Modifiers::COMMAND, Key::D);
    click(&mut window, "Favourite c.png");
    assert!(shows(&window, "Favourites"));
    let star = window.get_by_role_and_label(Role::CheckBox, "Favourite a.png");
    assert_eq!(star.accesskit_node().toggled(), Some(Toggled::True));

    // Arrows go through the section that the picture was chosen in.
    click(&mut window, "a.png, favourite");
    press(&mut window, Modifiers::COMMAND, Key::ArrowRight);
    assert_eq!(canvas_title(&window), canvas("c.png"));

    let mut kept = Kept::default();
    eframe::App::save(window.state_mut(), &mut kept);
    let mut window = builder(Theme::Dark)
        .build_eframe(move |cc| App::new(&cc.egui_ctx, Some(&kept), Arc::new(Formula)).unwrap());
    settle(&mut window);
    assert!(shows(&window, "Favourites"));
    press(&mut window, Modifiers::COMMAND, Key::D);
    click(&mut window, "a.png, favourite");
    press(&mut window, Modifiers::COMMAND, Key::D);
    assert!(!shows(&window, "Favourites") && row(&window, "c.png").is_some());
}

#[test]
fn a_large_folder_is_no_burden_and_its_last_picture_is_brought_into_sight() {
    let (_folder, album) = album(&["0.png", "9999.png"]);
    for number in 1..5000 {
        // Names are enough for the library.
        fs::write(album.join(format!("{number}.png")), "").unwrap();
    }
    let mut window = window();
    drop_file(&mut window, album);
    assert!(row(&window, "album (5001)").is_some() && row(&window, "9999.png").is_none());
    let drawn = texts(&window).into_iter().filter(|text| text.ends_with(".png")).count();
    assert!(drawn < 200, "{drawn} of 5000 rows are drawn");
    press(&mut window, Modifiers::COMMAND, Key::ArrowLeft);
    assert_eq!(canvas_title(&window), canvas("9999.png"));
    let rect = row(&window, "9999.png").unwrap().rect();
    assert!(window.ctx.content_rect().contains_rect(rect), "{rect:?} is out of sight");
}

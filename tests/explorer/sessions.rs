//! Session files, and the session that comes back by itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers, Theme, ViewportCommand, ViewportId};
use egui_kittest::kittest::{AccessKitNode as Node, Queryable};
use ponderscope::explorer::{App, Command};

use crate::formula::Formula;
use crate::running::wait_until;
use crate::training::fill;
use crate::{
    Window, builder, canvas_title, click, drop_file, mean, press, set_threshold, settle, shows, texts,
    window, window_of,
};

const SHIFT: Modifiers = Modifiers { shift: true, ..Modifiers::COMMAND };

/// A window that asks for paths itself.
fn asking() -> Window {
    let mut window = builder(Theme::Dark)
        .build_eframe(|cc| App::new(&cc.egui_ctx, None, Arc::new(Formula)).unwrap().without_dialogs());
    settle(&mut window);
    window
}

/// A window that keeps what it shows in `folder`.
fn keeping(folder: &Path) -> Window {
    let folder = folder.to_owned();
    let mut window = builder(Theme::Dark)
        .build_eframe(move |cc| App::autosaved(&cc.egui_ctx, None, &folder, Arc::new(Formula)).unwrap());
    settle(&mut window);
    window
}

fn save_as(window: &mut Window, path: &Path) {
    press(window, SHIFT, Key::S);
    fill(window, "Path", &path.display().to_string());
    click(window, "Save");
}

fn picture(folder: &Path, name: &str) -> PathBuf {
    fs::create_dir_all(folder).unwrap();
    let file = folder.join(name);
    let picture = image::RgbImage::from_fn(40, 20, |x, y| image::Rgb([x as u8, y as u8, name.len() as u8]));
    picture.save(&file).unwrap();
    file
}

fn window_title(window: &Window) -> Option<String> {
    let commands = &window.output().viewport_output.get(&ViewportId::ROOT)?.commands;
    commands.iter().rev().find_map(|command| match command {
        ViewportCommand::Title(title) => Some(title.clone()),
        _ => None,
    })
}

#[test]
fn a_session_is_saved_marked_when_it_changes_and_opened_in_another_window() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cats");
    let mut window = asking();
    drop_file(&mut window, picture(folder.path(), "cat.png"));
    set_threshold(&mut window, 0.5);
    press(&mut window, Modifiers::COMMAND, Key::S);
    assert!(shows(&window, "Save the session"), "without a file, it is asked for one");
    fill(&mut window, "Path", &file.display().to_string());
    click(&mut window, "Save");
    let file = file.with_extension("ponderscope");
    assert!(file.is_file() && shows(&window, "cats") && !shows(&window, "unsaved changes"));

    set_threshold(&mut window, 0.7);
    assert!(shows(&window, "cats, unsaved changes"), "{:?}", texts(&window));
    press(&mut window, Modifiers::COMMAND, Key::Z);
    assert!(!shows(&window, "unsaved changes"), "it is again as the file says");
    set_threshold(&mut window, 0.8);
    press(&mut window, Modifiers::COMMAND, Key::S);
    assert!(!shows(&window, "unsaved changes"));
    click(&mut window, "Zoom in");
    press(&mut window, Modifiers::COMMAND, Key::Num2);
    press(&mut window, Modifiers::COMMAND, Key::Num1);
    assert!(!shows(&window, "unsaved changes"), "looking closer is no change");

    // The folder moves, with the picture in it.
    let map = mean(&window);
    let moved = folder.path().with_extension("moved");
    fs::rename(folder.path(), &moved).unwrap();
    let mut other = self::window();
    drop_file(&mut other, moved.join("cats.ponderscope"));
    assert_eq!((canvas_title(&other).as_str(), mean(&other)), ("Canvas: cat.png", map));
    assert!(shows(&other, "cats") && !shows(&other, "unsaved changes"), "{:?}", texts(&other));
    fs::remove_dir_all(moved).unwrap();
}

#[test]
fn the_windows_title_names_picture_and_session() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = asking();
    save_as(&mut window, &folder.path().join("mine.ponderscope"));
    // One frame at a time, since a frame's commands are gone with it.
    window.get_by_label("Cat 3").click();
    let mut titles = Vec::new();
    wait_until(&mut window, |window| shows(window, "Canvas: Cat 3"));
    window.get_by_label("Dog 1").click();
    for _ in 0..2000 {
        window.step();
        titles.extend(window_title(&window));
        if !titles.is_empty() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    assert_eq!(titles, ["Dog 1 – mine* – Ponderscope"]);
}

#[test]
fn a_file_is_replaced_only_by_a_click_that_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.ponderscope");
    fs::write(&file, "precious").unwrap();
    let mut window = asking();
    press(&mut window, SHIFT, Key::S);
    fill(&mut window, "Path", &file.display().to_string());
    settle(&mut window);
    assert!(shows(&window, "it will be replaced") && window.query_by_label("Save").is_none());
    press(&mut window, Modifiers::NONE, Key::Enter);
    assert_eq!(fs::read_to_string(&file).unwrap(), "precious");
    click(&mut window, "Cancel");
    assert!(!shows(&window, "Save the session") && fs::read_to_string(&file).unwrap() == "precious");
    press(&mut window, SHIFT, Key::S);
    fill(&mut window, "Path", &file.display().to_string());
    settle(&mut window);
    click(&mut window, "Replace");
    assert!(fs::read_to_string(&file).unwrap().contains("version"));

    save_as(&mut window, &folder.path().join("gone/b.ponderscope"));
    assert!(shows(&window, "cannot save") && shows(&window, "there is no folder"), "{:?}", texts(&window));
    assert!(!shows(&window, "unsaved changes"), "the file that was open stays open");
}

#[test]
fn damaged_and_later_sessions_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window();
    click(&mut window, "Cat 3");
    let (title, map) = (canvas_title(&window), mean(&window));
    for (text, sentence) in [
        ("{\"version\":1", "is damaged or no session"),
        ("{\"version\":4000000000}", "was saved by a later version of Ponderscope: update this one"),
    ] {
        let file = folder.path().join("bad.ponderscope");
        fs::write(&file, text).unwrap();
        drop_file(&mut window, file);
        assert!(shows(&window, "bad.ponderscope") && shows(&window, sentence), "{:?}", texts(&window));
        assert_eq!((canvas_title(&window), mean(&window)), (title.clone(), map));
        click(&mut window, "Dismiss");
        assert!(!shows(&window, "bad"), "no such session is open: {:?}", texts(&window));
    }
}

#[test]
fn what_is_missing_is_told_in_one_sentence_and_the_rest_opens() {
    let folder = tempfile::tempdir().unwrap();
    let cat = picture(folder.path(), "cat.png");
    let mut window = asking();
    drop_file(&mut window, picture(folder.path(), "dog.png"));
    drop_file(&mut window, cat.clone());
    set_threshold(&mut window, 0.5);
    let file = folder.path().join("a.ponderscope");
    save_as(&mut window, &file);
    fs::remove_file(cat).unwrap();
    let text = fs::read_to_string(&file).unwrap();
    let model = text.replace("\"Embedded\": \"formula\"", "\"File\": \"gone.safetensors\"");
    assert_ne!(model, text);
    fs::write(&file, model).unwrap();

    let mut window = self::window();
    let before = canvas_title(&window);
    drop_file(&mut window, file.clone());
    let told = |part: &str| texts(&window).into_iter().find(|text| text.contains(part));
    let sentence = told("cat.png: ").or_else(|| told("cannot")).unwrap();
    assert!(sentence.contains("cat.png") && sentence.contains("gone.safetensors"), "{sentence}");
    assert_eq!(canvas_title(&window), before);
    assert!(shows(&window, "Not as trained: threshold.") && shows(&window, "dog.png"));
    assert!(shows(&window, "a, unsaved changes"), "the file still names what is gone");
}

#[test]
fn opening_a_session_is_a_step_that_can_be_undone() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = asking();
    drop_file(&mut window, picture(folder.path(), "first.png"));
    let file = folder.path().join("first.ponderscope");
    save_as(&mut window, &file);

    let mut window = self::window();
    drop_file(&mut window, picture(folder.path(), "second.png"));
    set_threshold(&mut window, 0.5);
    let map = mean(&window);
    drop_file(&mut window, file);
    assert_eq!(canvas_title(&window), "Canvas: first.png");
    assert!(!shows(&window, "Remove second.png from library") && !shows(&window, "Not as trained"));
    press(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!((canvas_title(&window).as_str(), mean(&window)), ("Canvas: second.png", map));
    assert!(
        !shows(&window, "Remove first.png from library") && shows(&window, "Remove second.png from library")
    );
    press(&mut window, SHIFT, Key::Z);
    assert_eq!(canvas_title(&window), "Canvas: first.png");
    assert!(shows(&window, "first") && !shows(&window, "unsaved changes"));
}

#[test]
fn what_is_named_beside_a_session_is_opened_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = asking();
    set_threshold(&mut window, 0.5);
    let file = folder.path().join("a.ponderscope");
    save_as(&mut window, &file);
    let map = mean(&window);
    let files = vec![picture(folder.path(), "beside.png"), file];
    let model = ponderscope::zoo::ModelSource::Embedded("formula-tau0.02".to_owned());
    let commands = vec![Command::Open(files), Command::UseModel(model)];
    let window = window_of(Arc::new(Formula), Theme::Dark, commands);
    assert_eq!(canvas_title(&window), "Canvas: beside.png");
    assert!(shows(&window, "Not as trained: threshold."), "{map}: {:?}", texts(&window));
    assert!(texts(&window).windows(2).any(|pair| pair == ["Model", "formula-tau0.02"]));
}

#[test]
fn recent_sessions_open_from_the_menu() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = asking();
    click(&mut window, "Cat 3");
    save_as(&mut window, &folder.path().join("cats.ponderscope"));
    click(&mut window, "Dog 1");
    window.get_by_label("File").click();
    window.run();
    let named = |node: &Node<'_>| node.label().is_some_and(|label| label.starts_with("Recent sessions"));
    window.get_by(|node| node.role() == Role::Button && named(node)).click();
    window.run();
    click(&mut window, "cats.ponderscope");
    assert_eq!(canvas_title(&window), "Canvas: Cat 3");
}

#[test]
fn a_window_that_never_closed_comes_back_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("kept");
    let session = folder.path().join("mine.ponderscope");
    let mut window = asking();
    save_as(&mut window, &session);
    let mut window = keeping(&data);
    drop_file(&mut window, session);
    click(&mut window, "Cat 3");
    set_threshold(&mut window, 0.5);
    click(&mut window, "Got it");
    let (title, map) = (canvas_title(&window), mean(&window));
    let kept = data.join("session.json");
    let whole =
        |text: &String| text.contains("\"threshold\":0.5") && text.contains("\"dismissed\":[\"Explore\"]");
    wait_until(&mut window, |_| fs::read_to_string(&kept).is_ok_and(|text| whole(&text)));

    // The first window is still there: nobody has closed it.
    let second = keeping(&data);
    assert_eq!((canvas_title(&second), mean(&second)), (title, map));
    assert!(!shows(&second, "Got it") && shows(&second, "mine, unsaved changes"), "{:?}", texts(&second));
}

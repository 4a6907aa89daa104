//! Figures saved from the window: what the dialog offers, and that a file is the one that its command line gives.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use assert_cmd::Command as Program;
use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers, OutputCommand, Theme, Vec2, ViewportCommand, ViewportEvent, ViewportId};
use egui_kittest::kittest::{NodeT, Queryable};
use ponderscope::explorer::{App, Backend};

use crate::access::assert_named;
use crate::exports::reference;
use crate::formula::Formula;
use crate::gate::Gated;
use crate::rendering;
use crate::running::{draw_a_while, wait_until};
use crate::training::fill;
use crate::{
    Window, builder, click, drop_file, opened, pick, press, set_threshold, settle, shows, texts, window, zoo,
};

/// A window that asks for paths itself, with a small picture open.
fn asking(backend: Arc<dyn Backend>) -> Window {
    let mut window = builder(Theme::Dark)
        .build_eframe(|cc| App::new(&cc.egui_ctx, None, backend).unwrap().without_dialogs());
    settle(&mut window);
    click(&mut window, "Cat 3");
    window
}

fn export(window: &mut Window) {
    press(window, Modifiers::COMMAND, Key::E);
}

fn choose(window: &mut Window, layout: &str) {
    window.get_by_role_and_label(Role::RadioButton, layout).click();
    settle(window);
}

fn may_choose(window: &Window, layout: &str) -> bool {
    !window.get_by_role_and_label(Role::RadioButton, layout).accesskit_node().is_disabled()
}

fn save(window: &mut Window, path: &Path) {
    click(window, "Save…");
    fill(window, "Path", &path.display().to_string());
    click(window, "Save");
}

fn copied_command(window: &mut Window) -> String {
    window.get_by_label("Copy command").click();
    let mut copied = None;
    for _ in 0..4 {
        window.step();
        let text = |command: &OutputCommand| match command {
            OutputCommand::CopyText(text) => Some(text.clone()),
            _ => None,
        };
        copied = copied.or(window.output().platform_output.commands.iter().find_map(text));
    }
    settle(window);
    copied.unwrap()
}

#[test]
fn the_figure_can_be_copied_as_pixels() {
    let mut window = window();
    export(&mut window);
    window.get_by_label("Copy figure").click();
    let mut copied = None;
    let began = std::time::Instant::now();
    while copied.is_none() && began.elapsed().as_secs() < 60 {
        window.step();
        let picture = |command: &OutputCommand| match command {
            OutputCommand::CopyImage(picture) => Some(picture.size),
            _ => None,
        };
        copied = window.output().platform_output.commands.iter().find_map(picture);
    }
    settle(&mut window);
    // 180 mm at 300 dots per inch.
    let [width, height] = copied.unwrap();
    assert!(width.abs_diff(2126) <= 1 && height > 300, "{width} x {height}");
    assert!(shows(&window, &format!("Copied the figure, {width} × {height} pixels.")));
}

/// Saves the figure, copies its command, and compares the file with what the program makes of the command.
fn saves_what_the_command_gives(window: &mut Window, name: &str) -> Vec<u8> {
    let [ours, theirs] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let file = ours.path().join(name);
    save(window, &file);
    let told = format!("Saved {}.", file.display());
    assert!(shows(window, &told), "{:?}", texts(window));
    let line = copied_command(window);
    let words = shlex::split(&line).unwrap();
    assert_eq!(words[..2], ["ponderscope", "figure"]);
    let mut program = Program::cargo_bin("ponderscope").unwrap();
    program.current_dir(theirs.path()).args(&words[1..]).assert().success();
    let [ours, theirs] = [ours, theirs].map(|folder| fs::read(folder.path().join(name)).unwrap());
    assert!(ours == theirs, "{name} is not what {line} gives");
    ours
}

#[test]
fn the_dialog_previews_what_is_filled_in_and_escape_closes_it() {
    let mut window = window();
    click(&mut window, "Cat 3");
    export(&mut window);
    assert!(shows(&window, "Preview of cat-3-panels.svg"), "{:?}", texts(&window));
    assert!(shows(&window, "cat-3-panels.svg, 180 × "));
    assert_named(&window, "export figure");
    click(&mut window, "1 column");
    assert!(shows(&window, "cat-3-panels.svg, 85 × "), "{:?}", texts(&window));
    choose(&mut window, "Blocks");
    assert!(shows(&window, "Preview of cat-3-blocks.svg"));
    pick(&mut window, "Format", "GIF");
    assert!(shows(&window, "Preview of cat-3-units.gif") && shows(&window, "Frame"));
    choose(&mut window, "Panels");
    for panel in ["Image", "Map", "Overlay"] {
        window.get_by_role_and_label(Role::CheckBox, panel).click();
        settle(&mut window);
    }
    assert!(shows(&window, "there is nothing to show: choose a panel"), "{:?}", texts(&window));
    press(&mut window, Modifiers::NONE, Key::Escape);
    assert!(!shows(&window, "Preview of") && window.query_by_label("Copy command").is_none());
    export(&mut window);
    assert!(shows(&window, "there is nothing to show"), "what is filled in is kept");
}

#[test]
fn every_format_has_the_bytes_that_its_command_gives() {
    let mut window = asking(zoo());
    set_threshold(&mut window, 0.5);
    pick(&mut window, "Range", "This image");
    export(&mut window);
    let begins: [(&str, &[u8]); 5] = [
        ("a cat.svg", b"<"),
        ("cat.pdf", b"%PDF"),
        ("cat.png", b"\x89PNG"),
        ("cat.gif", b"GIF89a"),
        ("cat.apng", b"\x89PNG"),
    ];
    for (name, begin) in begins {
        if name.ends_with("gif") {
            let file = tempfile::tempdir().unwrap().path().join(name);
            save(&mut window, &file);
            assert!(shows(&window, "choose the layout units"), "{:?}", texts(&window));
            choose(&mut window, "Units");
        }
        let bytes = saves_what_the_command_gives(&mut window, name);
        assert!(bytes.starts_with(begin), "{name}");
    }
}

#[test]
fn a_comparison_and_a_gallery_are_what_their_commands_give() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = asking(zoo());
    export(&mut window);
    assert!(!may_choose(&window, "Compare") && shows(&window, "A and B are the same"));
    choose(&mut window, "Gallery");
    assert!(
        shows(&window, "Preview of gallery.svg"),
        "the tiles, of which one is open: {:?}",
        texts(&window)
    );
    choose(&mut window, "Panels");
    press(&mut window, Modifiers::NONE, Key::Escape);

    press(&mut window, Modifiers::COMMAND, Key::Num3);
    window.get_by_role_and_label(Role::Slider, "Threshold of B").set_value_accesskit(0.5);
    settle(&mut window);
    export(&mut window);
    assert!(shows(&window, "Preview of cat-3-compare.svg"), "it begins with what is in front");
    saves_what_the_command_gives(&mut window, "pair.svg");
    press(&mut window, Modifiers::NONE, Key::Escape);

    for name in ["red one.png", "blue.png"] {
        let file = folder.path().join(name);
        let shade = name.len() as u8;
        image::RgbImage::from_fn(24, 16, |x, y| image::Rgb([9 * x as u8, 9 * y as u8, 20 * shade]))
            .save(&file)
            .unwrap();
        drop_file(&mut window, file);
    }
    export(&mut window);
    choose(&mut window, "Gallery");
    assert!(shows(&window, "Preview of gallery.svg"), "{:?}", texts(&window));
    let bytes = saves_what_the_command_gives(&mut window, "both.svg");
    let svg = String::from_utf8(bytes).unwrap();
    assert!(
        svg.contains("red one") && !svg.contains("Cat 3"),
        "the section of the open picture and no other"
    );
}

#[test]
fn a_gallery_is_of_the_folder_as_it_is_searched() {
    let folder = tempfile::tempdir().unwrap();
    let album = folder.path().join("album");
    fs::create_dir(&album).unwrap();
    for name in ["blue.png", "green.png", "grey.png"] {
        image::RgbImage::new(24, 16).save(album.join(name)).unwrap();
    }
    let mut window = asking(Arc::new(Formula));
    drop_file(&mut window, album);
    fill(&mut window, "Search the library", "gr");
    settle(&mut window);
    click(&mut window, "grey.png");
    export(&mut window);
    choose(&mut window, "Gallery");
    assert!(shows(&window, "Preview of gallery.svg"), "{:?}", texts(&window));
    let line = copied_command(&mut window);
    assert!(line.contains("green.png") && line.contains("grey.png") && !line.contains("blue.png"), "{line}");
}

#[test]
fn a_window_that_is_closed_while_a_figure_is_saved_waits_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("late.svg");
    let gated = Gated::default();
    let mut window = asking(Arc::new(gated.clone()));
    // What the figure needs is still to be run.
    gated.close();
    export(&mut window);
    window.get_by_role_and_label(Role::RadioButton, "Gallery").click();
    draw_a_while(&mut window);
    window.get_by_label("Save…").click();
    draw_a_while(&mut window);
    fill(&mut window, "Path", &file.display().to_string());
    draw_a_while(&mut window);
    window.get_by_label("Save").click();
    draw_a_while(&mut window);
    let root = window.input_mut().viewports.entry(ViewportId::ROOT).or_default();
    root.events.push(ViewportEvent::Close);
    window.step();
    let asked = |window: &Window, command: &ViewportCommand| {
        window.output().viewport_output.values().any(|output| output.commands.contains(command))
    };
    assert!(asked(&window, &ViewportCommand::CancelClose), "{:?}", texts(&window));
    gated.open();
    wait_until(&mut window, |window| asked(window, &ViewportCommand::Close));
    assert!(file.exists());
}

#[test]
fn a_vanilla_network_has_its_picture_alone_and_the_reason_is_said() {
    let mut window = window();
    pick(&mut window, "Model", "plain");
    export(&mut window);
    assert!(shows(&window, "A vanilla network has no map."), "{:?}", texts(&window));
    assert!(may_choose(&window, "Panels") && !may_choose(&window, "Units") && shows(&window, "Preview of"));
    let map = window.get_by_role_and_label(Role::CheckBox, "Map");
    assert!(map.accesskit_node().is_disabled());
}

#[test]
fn an_export_has_no_command_and_says_what_to_do() {
    let mut window = window();
    drop_file(&mut window, reference());
    export(&mut window);
    assert!(shows(&window, "open the picture itself"), "{:?}", texts(&window));
    assert!(window.get_by_label("Save…").accesskit_node().is_disabled());
    assert!(window.get_by_label("Copy command").accesskit_node().is_disabled());
}

#[test]
fn a_file_that_cannot_be_saved_is_told_and_a_shown_picture_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cat.png");
    image::RgbImage::new(24, 16).save(&file).unwrap();
    let before = fs::read(&file).unwrap();
    let mut window = asking(Arc::new(Formula));
    drop_file(&mut window, file.clone());
    export(&mut window);
    save(&mut window, &folder.path().join("gone/cat.svg"));
    assert!(shows(&window, "cannot save") && shows(&window, "there is no folder"), "{:?}", texts(&window));
    assert!(!shows(&window, "Drawing it…") && shows(&window, "Preview of"));

    click(&mut window, "Save…");
    fill(&mut window, "Path", &file.display().to_string());
    settle(&mut window);
    click(&mut window, "Replace");
    assert!(shows(&window, "would be overwritten"), "{:?}", texts(&window));
    assert_eq!(fs::read(&file).unwrap(), before);

    // Without an ending, the format is the one that is chosen, and what is asked about is the file that comes of it.
    save(&mut window, &folder.path().join("plain"));
    let plain = folder.path().join("plain.svg");
    assert!(plain.is_file());
    fs::write(&plain, "precious").unwrap();
    click(&mut window, "Save…");
    fill(&mut window, "Path", &folder.path().join("plain").display().to_string());
    settle(&mut window);
    assert!(shows(&window, "it will be replaced"), "{:?}", texts(&window));
    press(&mut window, Modifiers::NONE, Key::Enter);
    assert_eq!(fs::read(&plain).unwrap(), b"precious");
    click(&mut window, "Replace");
    assert!(fs::read(&plain).unwrap().starts_with(b"<svg"));
}

/// The dialog at a usual size, and all of it in the least window.
#[test]
fn the_dialog_looks_as_it_did() {
    let Some(renderer) = rendering::renderer("the picture export_dark") else { return };
    let builder = builder(Theme::Dark).renderer(renderer);
    let mut window = opened(builder, Arc::new(Formula), Theme::Dark, Vec::new());
    click(&mut window, "Cat 3");
    window.remove_cursor();
    window.set_size(Vec2::new(1024.0, 640.0));
    settle(&mut window);
    export(&mut window);
    let screen = window.ctx.content_rect();
    for label in ["Save…", "Copy figure", "Copy command", "Close"] {
        let inside = window.get_all_by_label(label).all(|node| screen.contains_rect(node.rect()));
        assert!(inside, "{label} is cut off");
    }
    window.set_size(Vec2::new(1360.0, 860.0));
    settle(&mut window);
    window.snapshot("export_dark");
}

//! Pictures that go to the clipboard and come from it.

use std::path::PathBuf;
use std::sync::Arc;

use eframe::egui::accesskit::Role;
use eframe::egui::{Color32, ColorImage, Event, Key, Modifiers, OutputCommand, Theme};
use egui_kittest::kittest::Queryable;
use ponderscope::explorer::App;

use crate::formula::Formula;
use crate::{Window, builder, canvas_title, click, drop_file, press, settle, shows, window};

const SHIFT: Modifiers = Modifiers { shift: true, ..Modifiers::COMMAND };

/// What goes to the clipboard within some frames.
fn copied(window: &mut Window) -> Option<ColorImage> {
    let image = |command: &OutputCommand| match command {
        OutputCommand::CopyImage(image) => Some(image.clone()),
        _ => None,
    };
    let mut idle = 0;
    while idle < 5 {
        window.step();
        if let Some(image) = window.output().platform_output.commands.iter().find_map(image) {
            return Some(image);
        }
        idle = if window.state().is_idle() { idle + 1 } else { 0 };
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    None
}

fn picture(folder: &tempfile::TempDir) -> PathBuf {
    let file = folder.path().join("a.png");
    image::RgbImage::from_fn(40, 20, |x, y| image::Rgb([x as u8, y as u8, 9])).save(&file).unwrap();
    file
}

#[test]
fn what_the_canvas_shows_is_copied_in_the_pictures_size() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window();
    drop_file(&mut window, picture(&folder));
    window.event(Event::Copy);
    let both = copied(&mut window).unwrap();
    // As one frame's input, so that no frame is missed.
    let modifiers = SHIFT;
    let key = Event::Key { key: Key::C, physical_key: None, pressed: true, repeat: false, modifiers };
    window.event(Event::ModifiersChanged(modifiers));
    window.step();
    window.event(key);
    let map = copied(&mut window).unwrap();
    window.event(Event::ModifiersChanged(Modifiers::NONE));
    press(&mut window, Modifiers::NONE, Key::M);
    window.event(Event::Copy);
    let plain = copied(&mut window).unwrap();
    assert_eq!([&both, &map, &plain].map(|image| image.size), [[40, 20]; 3]);
    assert_eq!(plain.pixels[3 * 40 + 5], Color32::from_rgb(5, 3, 9));
    // The overlay is 60 % opaque to begin with.
    for ((both, map), plain) in both.pixels.iter().zip(&map.pixels).zip(&plain.pixels) {
        for channel in 0..3 {
            let [both, map, plain] = [both, map, plain].map(|pixel| f32::from(pixel.to_array()[channel]));
            assert!((both - (0.4 * plain + 0.6 * map)).abs() <= 0.51, "{both} of {plain} and {map}");
        }
    }
    // Columns that run more units are lighter: viridis.
    assert_ne!(map.pixels[0], map.pixels[39]);
}

#[test]
fn where_text_is_edited_the_keys_belong_to_the_text() {
    let mut window = window();
    window.get_by_role_and_label(Role::TextInput, "Search the library").focus();
    window.run();
    window.event(Event::Copy);
    assert!(copied(&mut window).is_none());
    let title = canvas_title(&window);
    window.event(Event::PasteImage(Arc::new(ColorImage::filled([4, 2], Color32::RED))));
    settle(&mut window);
    assert_eq!(canvas_title(&window), title);
}

#[test]
fn a_pasted_picture_opens_and_is_there_again_next_time() {
    let folder = tempfile::tempdir().unwrap();
    let open = || {
        let kept = folder.path().to_owned();
        let mut window = builder(Theme::Dark)
            .build_eframe(move |cc| App::autosaved(&cc.egui_ctx, None, &kept, Arc::new(Formula)).unwrap());
        settle(&mut window);
        window
    };
    let mut window = open();
    let paste = |window: &mut Window, shade: u8| {
        let pixels = ColorImage::filled([30, 10], Color32::from_gray(shade));
        window.event(Event::PasteImage(Arc::new(pixels)));
        window.step();
        settle(window);
        canvas_title(window)
    };
    let first = paste(&mut window, 50);
    assert!(first.starts_with("Canvas: pasted-") && shows(&window, "30 × 10 pixels"), "{first}");
    let second = paste(&mut window, 60);
    assert_ne!(second, first);
    assert_eq!(paste(&mut window, 50), first, "the same pixels are the same picture");
    drop(window);

    let mut window = open();
    assert_eq!(canvas_title(&window), first);
    click(&mut window, second.trim_start_matches("Canvas: "));
    assert_eq!(canvas_title(&window), second);
}

#[test]
fn files_that_were_copied_as_text_are_opened() {
    let folder = tempfile::tempdir().unwrap();
    let file = picture(&folder);
    let mut window = window();
    window.event(Event::Paste(file.display().to_string()));
    window.step();
    settle(&mut window);
    assert_eq!(canvas_title(&window), "Canvas: a.png");
}

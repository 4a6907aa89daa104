//! Pictures of every screen, for people to look at: `tools/pictures` draws them into `pics/`.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::Path;
use std::sync::Arc;

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers, Theme, Vec2, vec2};
use egui_kittest::kittest::Queryable;
use image::codecs::jpeg::JpegEncoder;
use ponderscope::explorer::{Backend, Command};
use ponderscope::zoo::ModelSource;

use crate::gate::Gated;
use crate::halting::press_at;
use crate::running::{draw_a_while, wait_until};
use crate::training::{fill, written_run};
use crate::{Window, builder, click, drop_file, opened, press, rendering, set_threshold, settle, shows, zoo};

const SIZES: [Vec2; 3] = [vec2(1024.0, 640.0), vec2(1360.0, 860.0), vec2(1920.0, 1080.0)];
const MIDDLE: Vec2 = SIZES[1];
const THEMES: [(Theme, &str); 2] = [(Theme::Dark, "dark"), (Theme::Light, "light")];

fn window(backend: Arc<dyn Backend>, theme: Theme) -> Option<Window> {
    let renderer = rendering::renderer("the pictures of the screens")?;
    Some(opened(builder(theme).renderer(renderer), backend, theme, Vec::new()))
}

/// Draws the window into `pics/`.
fn sit(window: &mut Window, name: &str, size: Vec2) {
    window.set_size(size);
    window.remove_cursor();
    draw_a_while(window);
    let picture = window.render().unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("pics");
    // Three times as small as PNG, and there are many.
    let file = File::create(folder.join(format!("{name}.jpg"))).unwrap();
    let encoder = JpegEncoder::new_with_quality(BufWriter::new(file), 90);
    image::DynamicImage::ImageRgba8(picture).to_rgb8().write_with_encoder(encoder).unwrap();
}

fn show_coffee(window: &mut Window) {
    window.get_by_role_and_label(Role::Button, "Coffee cup").click();
    settle(window);
}

/// A screen with all that it can show.
fn fill_screen(window: &mut Window, screen: &str, folder: &Path) {
    let at = |window: &mut Window, key| press(window, Modifiers::COMMAND, key);
    match screen {
        "explore" => show_coffee(window),
        "halting" => {
            show_coffee(window);
            at(window, Key::Num2);
            press_at(window, "block_1", vec2(0.52, 0.4), Modifiers::NONE);
            press_at(window, "block_3", vec2(0.2, 0.8), Modifiers::SHIFT);
            press(window, Modifiers::NONE, Key::Period);
        }
        "compare" => {
            show_coffee(window);
            at(window, Key::Num3);
            click(window, "ACT beside SACT");
        }
        "evaluate" => {
            at(window, Key::Num4);
            fill(window, "Thresholds", "0.99, 0.7");
            click(window, "Start evaluation");
            wait_until(window, |window| shows(window, "Finished"));
        }
        _ => {
            at(window, Key::Num5);
            let run = written_run(folder);
            drop_file(window, run);
        }
    }
    settle(window);
}

#[test]
#[ignore = "draws pictures into the repository"]
fn every_screen_sits_for_its_picture() {
    fs::create_dir_all(Path::new(env!("CARGO_MANIFEST_DIR")).join("pics")).unwrap();
    for screen in ["explore", "halting", "compare", "evaluate", "train"] {
        for (theme, theme_name) in THEMES {
            let folder = tempfile::tempdir().unwrap();
            let Some(mut window) = window(zoo(), theme) else { return };
            window.set_size(MIDDLE);
            fill_screen(&mut window, screen, folder.path());
            for size in SIZES {
                sit(&mut window, &format!("{screen}-{theme_name}-{}x{}", size.x, size.y), size);
            }
        }
    }
}

/// What lies over the screens or is one of several ways to look.
#[test]
#[ignore = "draws pictures into the repository"]
fn what_else_there_is_sits_for_its_picture() {
    let at = |window: &mut Window, key| press(window, Modifiers::COMMAND, key);
    let plain = |window: &mut Window, key| press(window, Modifiers::NONE, key);
    for (theme, theme_name) in THEMES {
        let folder = tempfile::tempdir().unwrap();
        let Some(mut window) = window(zoo(), theme) else { return };
        window.set_size(MIDDLE);
        fill_screen(&mut window, "compare", folder.path());
        for (key, look) in [(Key::W, "swipe"), (Key::D, "difference"), (Key::T, "through-tau")] {
            plain(&mut window, key);
            sit(&mut window, &format!("compare-{look}-{theme_name}"), MIDDLE);
        }
        at(&mut window, Key::Num1);
        let looks = folder.path().join("coffee.csv");
        fs::write(&looks, "x,y\n310,120\n330,150\n210,260\n420,280\n300,200\n").unwrap();
        click(&mut window, "File");
        click(&mut window, "Open fixations…");
        wait_until(&mut window, |window| window.query_by_label("Path").is_some());
        fill(&mut window, "Path", &looks.display().to_string());
        window.get_by_role_and_label(Role::Button, "Open").click();
        settle(&mut window);
        window.query_all_by_label_contains("AUC").next().unwrap().scroll_to_me();
        sit(&mut window, &format!("explore-attention-{theme_name}"), MIDDLE);
        at(&mut window, Key::E);
        settle(&mut window);
        for size in [SIZES[0], MIDDLE] {
            window.set_size(size);
            settle(&mut window);
            sit(&mut window, &format!("export-{theme_name}-{}x{}", size.x, size.y), size);
        }
        plain(&mut window, Key::Escape);
        let album = folder.path().join("holiday");
        fs::create_dir(&album).unwrap();
        for (number, sample) in ponderscope::dataset::samples::photographs().iter().enumerate() {
            fs::write(album.join(format!("IMG_{:04}.jpg", 17 * number + 21)), sample.bytes).unwrap();
        }
        drop_file(&mut window, album);
        at(&mut window, Key::D);
        at(&mut window, Key::I);
        sit(&mut window, &format!("library-{theme_name}"), MIDDLE);
        at(&mut window, Key::I);
        if theme == Theme::Dark {
            sit(&mut window, "explore-3840x2160", vec2(3840.0, 2160.0));
        }
    }
}

/// Where something is missing, still to come, or went wrong.
#[test]
#[ignore = "draws pictures into the repository"]
fn every_screen_sits_for_its_picture_with_nothing_to_show() {
    for (screen, key) in [("explore", Key::Num1), ("halting", Key::Num2), ("compare", Key::Num3)] {
        let gated = Gated::default();
        let Some(mut window) = window(Arc::new(gated.clone()), Theme::Dark) else { return };
        window.set_size(MIDDLE);
        press(&mut window, Modifiers::COMMAND, key);
        gated.close();
        window.get_by_role_and_label(Role::Button, "Rocket launch").click();
        draw_a_while(&mut window);
        sit(&mut window, &format!("{screen}-loading"), MIDDLE);
        gated.open();
        settle(&mut window);
        gated.fail(true);
        set_threshold(&mut window, 0.5);
        sit(&mut window, &format!("{screen}-error"), MIDDLE);
        gated.fail(false);
        click(&mut window, "Dismiss");
        window.state_mut().apply(Command::UseModel(ModelSource::Embedded("plain".to_owned())));
        settle(&mut window);
        sit(&mut window, &format!("{screen}-vanilla"), MIDDLE);
    }
    let Some(mut window) = window(zoo(), Theme::Light) else { return };
    window.set_size(MIDDLE);
    press(&mut window, Modifiers::COMMAND, Key::Num4);
    sit(&mut window, "evaluate-empty", MIDDLE);
    fill(&mut window, "Data to evaluate on", "no/such/folder");
    window.get_by_role_and_label(Role::Button, "Start evaluation").click();
    wait_until(&mut window, |window| shows(window, "no/such/folder"));
    sit(&mut window, "evaluate-error", MIDDLE);
    press(&mut window, Modifiers::COMMAND, Key::Num5);
    sit(&mut window, "train-empty", MIDDLE);
    fill(&mut window, "tau", "much");
    sit(&mut window, "train-error", MIDDLE);
}

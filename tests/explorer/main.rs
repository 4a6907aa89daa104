//! The window as a person or a screen reader meets it: everything is found by its accessible name.
//!
//! Most flows run on a stand-in for the network, whose numbers are known; the last one on the embedded model.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking, as tests do")]

mod access;
mod attention;
mod clipboard;
mod commands;
mod comparing;
mod comparing_views;
mod evaluating;
mod exports;
mod figures;
mod files;
mod formula;
mod gate;
mod halting;
mod killed;
mod library;
mod portraits;
mod previews;
mod rendering;
mod running;
mod sessions;
mod system;
mod taus;
mod training;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers, Theme, Vec2};
use egui_kittest::kittest::{AccessKitNode as Node, NodeT, Queryable};
use egui_kittest::{Harness, HarnessBuilder, SnapshotResults};
use ponderscope::engine::DeviceChoice;
use ponderscope::explorer::{App, Backend, Command, Zoo};

use formula::Formula;
use system::{Dropped, Kept};

/// High enough for the whole inspector.
const SIZE: Vec2 = Vec2::new(1280.0, 1060.0);

type Window = Harness<'static, App>;

fn window() -> Window {
    window_of(Arc::new(Formula), Theme::Dark, Vec::new())
}

fn window_of(backend: Arc<dyn Backend>, theme: Theme, commands: Vec<Command>) -> Window {
    opened(builder(theme), backend, theme, commands)
}

fn opened(
    builder: HarnessBuilder<App>,
    backend: Arc<dyn Backend>,
    theme: Theme,
    commands: Vec<Command>,
) -> Window {
    let mut window = builder.build_eframe(move |cc| {
        let app = App::new(&cc.egui_ctx, None, backend).unwrap();
        let app = app.with(Command::SetTheme(theme.into()));
        commands.into_iter().fold(app, App::with)
    });
    settle(&mut window);
    window
}

fn builder(theme: Theme) -> HarnessBuilder<App> {
    Harness::builder().with_size(SIZE).with_theme(theme).with_max_steps(40)
}

/// Draws until the workers have nothing more to say.
fn settle(window: &mut Window) {
    let began = Instant::now();
    let mut calm = 0;
    while calm < 4 {
        assert!(began.elapsed() < Duration::from_secs(60), "the window never came to rest");
        window.step();
        calm = if window.state().is_idle() { calm + 1 } else { 0 };
        std::thread::sleep(Duration::from_millis(2));
    }
    window.run();
}

fn click(window: &mut Window, label: &str) {
    window.get_by_label(label).click();
    settle(window);
}

fn press(window: &mut Window, modifiers: Modifiers, key: Key) {
    window.key_press_modifiers(modifiers, key);
    settle(window);
}

/// Opens a combo box and picks an entry.
fn pick(window: &mut Window, combo: &str, entry: &str) {
    let starts = |node: &Node<'_>, start: &str| node.label().is_some_and(|label| label.starts_with(start));
    window.get_by(|node| node.role() == Role::ComboBox && starts(node, combo)).click();
    window.run();
    window.get_by(|node| node.role() != Role::Label && node.label().as_deref() == Some(entry)).click();
    settle(window);
}

fn set_threshold(window: &mut Window, value: f64) {
    let slider = |node: &Node<'_>| node.role() == Role::Slider;
    window
        .get_by(|node| slider(node) && node.label().as_deref() == Some("Halting threshold"))
        .set_value_accesskit(value);
    settle(window);
}

/// Every text on the screen.
fn texts(window: &Window) -> Vec<String> {
    let nodes = window.root().children_recursive();
    nodes.flat_map(|node| [node.accesskit_node().label(), node.accesskit_node().value()]).flatten().collect()
}

fn shows(window: &Window, part: &str) -> bool {
    texts(window).iter().any(|text| text.contains(part))
}

/// FLOPs of the run in percent of vanilla, as the gauge says.
fn percent_of_vanilla(window: &Window) -> f64 {
    let gauge = window.get_by_role(Role::Meter).accesskit_node().label().unwrap();
    let percent = gauge.split('(').nth(1).and_then(|rest| rest.split('%').next());
    percent.and_then(|text| text.trim().parse().ok()).unwrap_or_else(|| panic!("no percentage in {gauge}"))
}

/// The map's mean, as the inspector says.
fn mean(window: &Window) -> f64 {
    let texts = texts(window);
    let name = texts.iter().position(|text| text.ends_with(", mean")).unwrap();
    texts[name + 1].parse().unwrap()
}

fn canvas_title(window: &Window) -> String {
    window.get_by_role(Role::Canvas).accesskit_node().label().unwrap()
}

#[test]
fn the_first_sample_stands_there_at_once_and_others_open_by_a_click() {
    let mut window = window();
    let first = canvas_title(&window);
    click(&mut window, "Coffee cup");
    assert_eq!(canvas_title(&window), "Canvas: Coffee cup");
    click(&mut window, "Cat 3");
    assert_eq!(canvas_title(&window), "Canvas: Cat 3");
    assert!(shows(&window, "32 × 32 pixels"));
    press(&mut window, Modifiers::COMMAND, Key::ArrowRight);
    assert_eq!(canvas_title(&window), "Canvas: Cat 4");
    for _ in 0..3 {
        press(&mut window, Modifiers::COMMAND, Key::Z);
    }
    assert_eq!(canvas_title(&window), first);
}

#[test]
fn a_picture_chosen_again_keeps_its_map() {
    let mut window = window();
    click(&mut window, "Cat 3");
    let map = mean(&window);
    for label in ["Cat 3", "Cat 3", "Coffee cup", "Cat 3", "Cat 4", "Cat 3"] {
        // A tooltip may say the same.
        window.get_by_role_and_label(Role::Button, label).click();
        settle(&mut window);
        // Longer than a picture waits for its map.
        std::thread::sleep(Duration::from_millis(200));
        settle(&mut window);
        assert!(shows(&window, "viridis from 6 to 18"), "{label} has no map");
    }
    assert_eq!((canvas_title(&window).as_str(), mean(&window)), ("Canvas: Cat 3", map));
}

#[test]
fn a_lower_threshold_lowers_units_and_flops_and_undo_brings_them_back() {
    let mut window = window();
    let before = (mean(&window), percent_of_vanilla(&window));
    assert!(!shows(&window, "Not as trained"));
    set_threshold(&mut window, 0.5);
    let after = (mean(&window), percent_of_vanilla(&window));
    assert!(after.0 < before.0 && after.1 < before.1, "{before:?} to {after:?}");
    assert!(shows(&window, "Not as trained: threshold."));
    press(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!((mean(&window), percent_of_vanilla(&window)), before);
    press(&mut window, Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    assert_eq!((mean(&window), percent_of_vanilla(&window)), after);
    click(&mut window, "Reset");
    assert_eq!((mean(&window), percent_of_vanilla(&window)), before);
}

#[test]
fn colour_map_and_range_change_the_colour_bar() {
    let mut window = window();
    assert!(shows(&window, "Ponder cost, whole network: viridis from 6 to 18"));
    pick(&mut window, "Colour map", "Cividis");
    assert!(shows(&window, "Ponder cost, whole network: cividis from 6 to 18"));
    pick(&mut window, "Range", "This image");
    assert!(shows(&window, "cividis from 4.5 to 16.5"));
    pick(&mut window, "Range", "Manual");
    assert!(shows(&window, "cividis from 4.5 to 16.5"), "manual begins with what is shown");
    pick(&mut window, "Scope", "block_2");
    click(&mut window, "Number of units");
    pick(&mut window, "Range", "Theory");
    assert!(shows(&window, "Number of units, block_2: cividis from 1 to 5"), "{:?}", texts(&window));
}

#[test]
fn the_pointer_reads_raw_values() {
    let mut window = window();
    assert!(shows(&window, "Mean over all positions"));
    let canvas = window.get_by_role(Role::Canvas).rect();
    window.hover_at(canvas.center());
    settle(&mut window);
    assert!(shows(&window, "Raw values at "));
    // The middle column runs ceil(5 * 0.99 / 2) = 3 units in every block.
    let texts = texts(&window);
    let units = texts.iter().position(|text| text == "Units N").unwrap();
    assert_eq!(texts[units + 1..units + 5], ["3", "3", "3", "9"]);
    let cost = texts.iter().position(|text| text == "Ponder cost N + R").unwrap();
    assert_eq!(texts[cost + 1..cost + 5], ["3.50", "3.50", "3.50", "10.50"]);
}

#[test]
fn both_means_of_the_map_are_the_same_number() {
    let mut window = window();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("odd.png");
    image::RgbImage::new(33, 9).save(&file).unwrap();
    drop_file(&mut window, file);
    let texts = texts(&window);
    let cost = texts.iter().position(|text| text == "Ponder cost N + R").unwrap();
    assert_eq!(texts[cost + 4].parse(), Ok(mean(&window)), "{texts:?}");
    let blocks: f64 = texts[cost + 1..cost + 4].iter().map(|text| text.parse::<f64>().unwrap()).sum();
    assert!((blocks - mean(&window)).abs() > 0.05, "this size does not tell the two apart");
}

#[test]
fn the_theme_can_be_chosen() {
    let mut window = window();
    assert_eq!(window.ctx.theme(), Theme::Dark);
    click(&mut window, "Window");
    click(&mut window, "Light theme");
    assert_eq!(window.ctx.theme(), Theme::Light);
}

fn drop_file(window: &mut Window, file: PathBuf) {
    window.input_mut().dropped_files.push(Arc::new(Dropped(file)));
    window.step();
    settle(window);
}

#[test]
fn a_dropped_picture_opens_and_stays_in_the_library() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dropped.PNG");
    let picture = image::RgbImage::from_fn(40, 20, |x, y| image::Rgb([x as u8, y as u8, 0]));
    picture.save_with_format(&file, image::ImageFormat::Png).unwrap();
    let mut window = window();
    drop_file(&mut window, file);
    assert_eq!(canvas_title(&window), "Canvas: dropped.PNG");
    assert!(shows(&window, "40 × 20 pixels") && shows(&window, "Enters the network as 40 × 20 pixels."));
    click(&mut window, "Coffee cup");
    click(&mut window, "dropped.PNG");
    assert_eq!(canvas_title(&window), "Canvas: dropped.PNG");
}

#[test]
fn the_map_is_hidden_as_long_as_space_is_held() {
    let mut window = window();
    window.key_down(Key::Space);
    window.run();
    assert!(shows(&window, "Map hidden"));
    window.key_up(Key::Space);
    window.run();
    assert!(!shows(&window, "Map hidden"));
}

#[test]
fn a_bad_picture_says_what_is_wrong_and_the_one_before_stays() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("not a picture.png");
    std::fs::write(&text, "just words").unwrap();
    let mut window = window();
    let (title, map) = (canvas_title(&window), mean(&window));
    for file in [text, folder.path().join("gone.png")] {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        drop_file(&mut window, file);
        assert!(shows(&window, &name), "{:?}", texts(&window));
        assert_eq!((canvas_title(&window), mean(&window)), (title.clone(), map));
        click(&mut window, "Dismiss");
        assert!(!shows(&window, &name), "{:?}", texts(&window));
    }
}

#[test]
fn a_bad_model_says_what_is_wrong_and_the_one_before_stays() {
    let mut window = window();
    drop_file(&mut window, "wrong.safetensors".into());
    assert!(shows(&window, "wrong.safetensors: variable resnet_residual/conv1/weights is missing"));
    assert!(texts(&window).windows(2).any(|pair| pair == ["Model", "formula"]));
}

#[test]
fn a_vanilla_model_says_that_there_is_nothing_to_map() {
    let mut window = window();
    pick(&mut window, "Model", "plain");
    assert!(shows(&window, "A vanilla network decides nothing, so there is nothing to map"));
    assert!(!shows(&window, "viridis"));
    press(&mut window, Modifiers::COMMAND, Key::Z);
    assert!(shows(&window, "viridis"));
}

#[test]
fn the_hint_and_the_panels_can_be_put_away() {
    let mut window = window();
    assert!(shows(&window, "lower the halting threshold and see"));
    click(&mut window, "Got it");
    assert!(!shows(&window, "lower the halting threshold and see"));
    window.key_press_modifiers(Modifiers::COMMAND, Key::L);
    press(&mut window, Modifiers::COMMAND, Key::I);
    assert!(!shows(&window, "Photographs") && !shows(&window, "Halting threshold"));
}

#[test]
fn the_help_lists_every_command() {
    let mut window = window();
    window.key_press(Key::F1);
    settle(&mut window);
    for text in ["Next picture", "Halting as trained", "Fit to window"] {
        assert!(shows(&window, text), "{text}");
    }
    click(&mut window, "Pointer and gestures");
    assert!(shows(&window, "Hold Space"));
    click(&mut window, "Close");
    assert!(!shows(&window, "Hold Space"));
}

#[test]
fn the_session_and_the_settings_come_back() {
    let mut window = window();
    click(&mut window, "Cat 3");
    set_threshold(&mut window, 0.5);
    click(&mut window, "Got it");
    let mut kept = Kept::default();
    eframe::App::save(window.state_mut(), &mut kept);
    let (title, map) = (canvas_title(&window), mean(&window));
    drop(window);

    let mut window = builder(Theme::Dark)
        .build_eframe(move |cc| App::new(&cc.egui_ctx, Some(&kept), Arc::new(Formula)).unwrap());
    settle(&mut window);
    assert_eq!((canvas_title(&window), mean(&window)), (title, map));
    assert!(!shows(&window, "Got it"));
    press(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(mean(&window), map, "what was there from the start cannot be undone");
}

/// On the embedded model: what the window is for.
#[test]
fn the_embedded_model_maps_a_sample_and_stops_earlier_at_a_lower_threshold() {
    let mut window = window_of(zoo(), Theme::Dark, Vec::new());
    click(&mut window, "Cat 3");
    let before = (mean(&window), percent_of_vanilla(&window));
    assert!(before.0 > 6.0 && before.0 < 18.0, "a mean ponder cost of {}", before.0);
    set_threshold(&mut window, 0.5);
    let after = (mean(&window), percent_of_vanilla(&window));
    assert!(after.0 < before.0 && after.1 < before.1, "{before:?} to {after:?}");
}

fn zoo() -> Arc<dyn Backend> {
    Arc::new(Zoo::new(DeviceChoice::Cpu.open().unwrap()))
}

/// The whole window in both themes. Left out where nothing can render.
#[test]
fn the_window_looks_as_it_did() {
    let mut results = SnapshotResults::new();
    for (theme, name) in [(Theme::Dark, "explore_dark"), (Theme::Light, "explore_light")] {
        let Some(renderer) = rendering::renderer(&format!("the picture {name}")) else { return };
        let mut window = opened(builder(theme).renderer(renderer), Arc::new(Formula), theme, Vec::new());
        // Few different pixels, and the least size at which all has its place.
        click(&mut window, "Cat 3");
        window.remove_cursor();
        window.set_size(Vec2::new(1024.0, 640.0));
        settle(&mut window);
        results.add(window.try_snapshot(name));
    }
}

//! The Evaluate screen: real runs over the embedded sample and over pictures that are made here.

use std::fs;
use std::path::Path;

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers, Theme, Vec2};
use egui_kittest::SnapshotResults;
use egui_kittest::kittest::{AccessKitNode as Node, NodeT, Queryable};
use ponderscope::dataset::Dataset;
use ponderscope::engine::Device;
use ponderscope::evaluate::{Evaluation, measure};
use ponderscope::jobs::Cancel;
use ponderscope::zoo;

use crate::rendering;
use crate::running::wait_until;
use crate::training::{fill, tap};
use crate::{
    Window, builder, canvas_title, click, drop_file, opened, press, settle, shows, texts, window_of,
};

fn evaluate_window() -> Window {
    let mut window = window_of(crate::zoo(), Theme::Dark, Vec::new());
    press(&mut window, Modifiers::COMMAND, Key::Num4);
    window
}

/// Names of the gallery's cards that can be seen, in their order.
fn cards(window: &Window) -> Vec<String> {
    let buttons = window.get_all_by_role(Role::Button);
    let names = buttons.filter_map(|node| node.accesskit_node().label());
    names.filter(|name| name.contains(", ponder cost ")).collect()
}

/// Charts or images.
fn show_results(window: &mut Window, name: &str) {
    window.get_by_role_and_label(Role::RadioButton, name).click();
    settle(window);
}

fn cost(card: &str) -> f64 {
    card.rsplit(' ').next().unwrap().parse().unwrap()
}

/// Pictures of which nobody says what they are.
fn pictures(folder: &Path, count: u32) {
    fs::create_dir_all(folder).unwrap();
    for number in 0..count {
        let shade = |x: u32, y: u32| (x * (number + 3) + y * y * number) as u8;
        image::RgbImage::from_fn(32, 32, |x, y| image::Rgb([shade(x, y), shade(y, x), number as u8]))
            .save(folder.join(format!("{number}.png")))
            .unwrap();
    }
}

#[test]
fn the_sample_is_evaluated_looked_through_and_saved() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = evaluate_window();
    assert!(shows(&window, "No evaluation yet"));
    fill(&mut window, "Number", "60");
    click(&mut window, "Start evaluation");
    wait_until(&mut window, |window| shows(window, "Finished"));
    settle(&mut window);

    // The figures are those of the engine room.
    let network = zoo::load(&zoo::default_model().source, &Device::cpu()).unwrap().network;
    let expected = measure(&network, &Dataset::samples(), 60, &Cancel::new(), |_| ()).unwrap();
    assert!(shows(&window, "60 of 60 images"));
    let accuracy = format!("Accuracy {:.1} %", 100.0 * expected.accuracy());
    let flops = format!("MFLOPs {:.2} ± {:.2}", expected.flops.mean() / 1e6, expected.flops.std() / 1e6);
    for figure in [accuracy, flops] {
        assert!(shows(&window, &figure), "{figure}: {:?}", texts(&window));
    }

    // Saved files hold what is shown.
    for name in ["run.json", "rows.csv", "maps.h5"] {
        let path = folder.path().join(name);
        fill(&mut window, "File to save to", &path.display().to_string());
        tap(&mut window, "Save");
        wait_until(&mut window, |window| shows(window, &format!("to {}", path.display())));
    }
    let kept = Evaluation::open(&folder.path().join("run.json")).unwrap();
    assert_eq!(kept.cases[0].metrics, expected);
    let rows = fs::read_to_string(folder.path().join("rows.csv")).unwrap();
    assert_eq!(rows.lines().count(), 61);
    assert_eq!(Dataset::open(&[folder.path().join("maps.h5")]).unwrap().len(), 60);
    fill(&mut window, "File to save to", &folder.path().join("rows.doc").display().to_string());
    tap(&mut window, "Save");
    wait_until(&mut window, |window| shows(window, "end its name in .csv, .json or .h5"));
    fill(&mut window, "File to save to", &folder.path().join("gone/rows.csv").display().to_string());
    tap(&mut window, "Save");
    wait_until(&mut window, |window| shows(window, "there is no folder"));
}

#[test]
fn the_gallery_is_sorted_and_a_click_opens_an_image_in_explore() {
    let mut window = evaluate_window();
    window.set_size(Vec2::new(1280.0, 2400.0));
    fill(&mut window, "Number", "30");
    fill(&mut window, "Thresholds", "0.8");
    click(&mut window, "Start evaluation");
    wait_until(&mut window, |window| shows(window, "Finished"));
    settle(&mut window);
    assert!(cards(&window).is_empty() && shows(&window, "Confusion matrix of 10 classes"));
    show_results(&mut window, "Images");
    assert!(!shows(&window, "Confusion matrix"));
    let most = cards(&window);
    assert!(most.len() > 8, "{most:?}");
    assert!(most.is_sorted_by(|a, b| cost(a) >= cost(b)), "{most:?}");
    crate::pick(&mut window, "Sort images", "Least pondered");
    let least = cards(&window);
    assert!(least.is_sorted_by(|a, b| cost(a) <= cost(b)) && least[0] != most[0], "{least:?}");
    crate::pick(&mut window, "Class of images", "automobile");
    assert!(
        !cards(&window).is_empty() && cards(&window).iter().all(|card| card.starts_with("automobile ")),
        "{:?}",
        cards(&window)
    );
    crate::pick(&mut window, "Class of images", "All classes");
    window.get_by_role_and_label(Role::CheckBox, "Wrong only").click();
    settle(&mut window);
    let wrong = cards(&window);
    assert!(wrong.len() < 10, "of 30 pictures the model knows most: {wrong:?}");
    window.get_by_role_and_label(Role::CheckBox, "Wrong only").click();
    settle(&mut window);

    let name = least[0].split(':').next().unwrap().to_owned();
    window.get_by_role_and_label(Role::Button, &least[0]).click();
    settle(&mut window);
    assert_eq!(canvas_title(&window).to_lowercase(), format!("canvas: {name}"));
    let slider = window.get_by_role_and_label(Role::Slider, "Halting threshold");
    let threshold = slider.accesskit_node().numeric_value().unwrap();
    assert!((threshold - 0.8).abs() < 1e-6, "as the case saw it: {threshold}");
    press(&mut window, Modifiers::COMMAND, Key::Num4);
    assert!(shows(&window, "Finished") && !cards(&window).is_empty(), "the evaluation is still there");
}

#[test]
fn an_evaluation_is_paused_resumed_and_cancelled() {
    let folder = tempfile::tempdir().unwrap();
    pictures(&folder.path().join("many"), 1500);
    let mut window = evaluate_window();
    drop_file(&mut window, folder.path().join("many"));
    fill(&mut window, "Thresholds", "0.99, 0.9");
    tap(&mut window, "Start evaluation");
    let done = |window: &Window| {
        let texts = texts(window);
        let text = texts.iter().find_map(|text| text.strip_suffix(" of 1500 images"));
        text.and_then(|text| text.parse::<usize>().ok()).unwrap_or(0)
    };
    wait_until(&mut window, |window| done(window) > 0);
    tap(&mut window, "Pause");
    wait_until(&mut window, |window| shows(window, "Paused"));
    let paused = done(&window);
    assert!(paused < 1500, "it was over before it could be paused");
    // Explore can be used meanwhile.
    press(&mut window, Modifiers::COMMAND, Key::Num1);
    click(&mut window, "Coffee cup");
    assert_eq!(canvas_title(&window), "Canvas: Coffee cup");
    press(&mut window, Modifiers::COMMAND, Key::Num4);
    assert_eq!(done(&window), paused);
    tap(&mut window, "Resume");
    wait_until(&mut window, |window| done(window) > paused);
    tap(&mut window, "Cancel");
    wait_until(&mut window, |window| shows(window, "the figures are partial"));
    assert!(done(&window) < 1500);
    click(&mut window, "New evaluation");
    assert!(shows(&window, "No evaluation yet"));
}

#[test]
fn what_cannot_be_evaluated_is_told_beside_the_form() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = evaluate_window();
    fill(&mut window, "Thresholds", "high");
    click(&mut window, "Start evaluation");
    assert!(shows(&window, "Thresholds are numbers above 0"));
    fill(&mut window, "Thresholds", "0.99");
    fill(&mut window, "Data to evaluate on", &folder.path().join("gone").display().to_string());
    tap(&mut window, "Start evaluation");
    wait_until(&mut window, |window| shows(window, "cannot read"));
    assert!(shows(&window, "No evaluation yet"));
    let field = window.get_by_role_and_label(Role::TextInput, "Data to evaluate on").rect();
    let told = |node: &Node<'_>| node.value().is_some_and(|text| text.starts_with("cannot read"));
    let sentence = window.get_by(|node| node.role() == Role::Label && told(node));
    let below = sentence.rect().top() - field.bottom();
    assert!((0.0..20.0).contains(&below), "it stands {below} points below its field");

    for class in ["cat", "dog"] {
        pictures(&folder.path().join("classes").join(class), 2);
    }
    fill(&mut window, "Data to evaluate on", &folder.path().join("classes").display().to_string());
    settle(&mut window);
    tap(&mut window, "Start evaluation");
    wait_until(&mut window, |window| shows(window, "has 2 classes, but the network tells 10 apart"));
    assert!(shows(&window, "No evaluation yet"));

    pictures(folder.path(), 3);
    fs::write(folder.path().join("diary.png"), "Dear diary").unwrap();
    fill(&mut window, "Data to evaluate on", &folder.path().display().to_string());
    settle(&mut window);
    tap(&mut window, "Start evaluation");
    wait_until(&mut window, |window| shows(window, "Finished"));
    assert!(shows(&window, "1 image left out") && shows(&window, "diary.png"));
}

/// Both themes and two sizes. Left out where nothing can render.
#[test]
fn the_screen_looks_as_it_did() {
    let mut results = SnapshotResults::new();
    for (theme, size, name) in [
        (Theme::Dark, Vec2::new(1360.0, 1100.0), "evaluate_dark"),
        (Theme::Light, Vec2::new(1024.0, 640.0), "evaluate_light"),
    ] {
        let Some(renderer) = rendering::renderer(&format!("the picture {name}")) else { return };
        let mut window = opened(builder(theme).renderer(renderer), crate::zoo(), theme, Vec::new());
        press(&mut window, Modifiers::COMMAND, Key::Num4);
        fill(&mut window, "Thresholds", "0.99, 0.7");
        click(&mut window, "Start evaluation");
        wait_until(&mut window, |window| shows(window, "Finished"));
        window.remove_cursor();
        window.set_size(size);
        settle(&mut window);
        results.add(window.try_snapshot(name));
    }
}

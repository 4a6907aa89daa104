//! Runs that take long, come too late or fail: what the window shows meanwhile.

use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers, Pos2, Theme};
use egui_kittest::kittest::{NodeT, Queryable};
use ponderscope::explorer::Command;
use ponderscope::zoo::ModelSource;

use crate::gate::Gated;
use crate::{
    Window, canvas_title, click, mean, percent_of_vanilla, press, set_threshold, settle, shows, texts,
    window, window_of,
};

fn gated() -> (Window, Gated) {
    let gated = Gated::default();
    (window_of(Arc::new(gated.clone()), Theme::Dark, Vec::new()), gated)
}

/// Draws until something holds.
pub fn wait_until(window: &mut Window, holds: impl Fn(&Window) -> bool) {
    let began = Instant::now();
    while !holds(window) {
        assert!(began.elapsed() < Duration::from_secs(60), "waited in vain: {:?}", texts(window));
        window.step();
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Draws for longer than a new picture waits for its map.
pub fn draw_a_while(window: &mut Window) {
    let began = Instant::now();
    while began.elapsed() < Duration::from_millis(250) {
        window.step();
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A place on the track of the threshold's slider.
pub fn on_slider(window: &Window, share: f32) -> Pos2 {
    let slider = window.get_by_role_and_label(Role::Slider, "Halting threshold").rect();
    Pos2::new(slider.left() + share * slider.width(), slider.top() + 0.3 * slider.height())
}

pub fn threshold(window: &Window) -> f64 {
    let slider = window.get_by_role_and_label(Role::Slider, "Halting threshold");
    slider.accesskit_node().numeric_value().unwrap()
}

/// The mean map of the first picture at a threshold, as a window without a gate shows it.
pub fn mean_at(threshold: f32) -> f64 {
    let mut window = window();
    set_threshold(&mut window, f64::from(threshold));
    mean(&window)
}

#[test]
fn a_drag_of_the_threshold_is_one_step_of_undo() {
    let mut window = window();
    let before = mean(&window);
    window.drag_at(on_slider(&window, 0.5));
    window.step();
    for step in 0..10 {
        window.hover_at(on_slider(&window, 0.5 - 0.04 * step as f32));
        window.step();
    }
    window.drop_at(on_slider(&window, 0.1));
    settle(&mut window);
    assert!(mean(&window) < before);
    press(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(mean(&window), before);
}

#[test]
fn in_a_drag_the_newest_threshold_is_run_next_and_those_between_never() {
    let (mut window, gated) = gated();
    gated.close();
    window.drag_at(on_slider(&window, 0.4));
    window.step();
    wait_until(&mut window, |_| gated.begun().len() == 1);
    for step in 0..10 {
        window.hover_at(on_slider(&window, 0.4 - 0.03 * step as f32));
        window.step();
    }
    let newest = threshold(&window);
    assert_eq!(gated.begun().len(), 1, "one run at a time");
    assert!(shows(&window, "Computing…"));

    gated.let_one_pass();
    wait_until(&mut window, |_| gated.begun().len() == 2);
    let begun = gated.begun();
    assert!(begun[1] < begun[0] && (f64::from(begun[1]) - newest).abs() < 1e-6, "{begun:?}, then {newest}");
    // The run of a moment ago is shown meanwhile.
    wait_until(&mut window, |window| mean(window) == mean_at(begun[0]));

    window.drop_at(on_slider(&window, 0.1));
    gated.open();
    settle(&mut window);
    assert_eq!(mean(&window), mean_at(threshold(&window) as f32));
    assert!(!shows(&window, "Computing…"));
}

#[test]
fn a_run_of_the_picture_before_is_cancelled() {
    let (mut window, gated) = gated();
    gated.close();
    window.get_by_label("Coffee cup").click();
    wait_until(&mut window, |_| gated.begun().len() == 1);
    window.get_by_label("Cat 3").click();
    // The gate lets nobody pass, so the first run has given way.
    wait_until(&mut window, |_| gated.begun().len() == 2);
    gated.open();
    settle(&mut window);
    assert_eq!(canvas_title(&window), "Canvas: Cat 3");
    assert!(shows(&window, "Enters the network as 32 × 32 pixels."));
}

#[test]
fn a_late_run_of_the_picture_before_is_never_painted() {
    let (mut window, gated) = gated();
    gated.be_deaf();
    gated.close();
    window.get_by_label("Coffee cup").click();
    wait_until(&mut window, |_| gated.begun().len() == 1);
    window.get_by_label("Cat 3").click();
    wait_until(&mut window, |window| canvas_title(window) == "Canvas: Cat 3");
    gated.let_one_pass();
    wait_until(&mut window, |_| gated.begun().len() == 2);
    draw_a_while(&mut window);
    assert!(!shows(&window, "viridis") && shows(&window, "Computing…"), "{:?}", texts(&window));
    gated.let_one_pass();
    settle(&mut window);
    assert!(shows(&window, "viridis") && shows(&window, "Enters the network as 32 × 32 pixels."));
}

#[test]
fn a_late_run_of_the_model_before_is_never_painted() {
    let (mut window, gated) = gated();
    let before = percent_of_vanilla(&window);
    gated.be_deaf();
    gated.close();
    window.state_mut().apply(Command::SetThreshold(0.5));
    wait_until(&mut window, |_| gated.begun().len() == 1);
    window.state_mut().apply(Command::UseModel(ModelSource::Embedded("plain".to_owned())));
    wait_until(&mut window, |window| texts(window).windows(2).any(|pair| pair == ["Model", "plain"]));
    gated.let_one_pass();
    wait_until(&mut window, |_| gated.begun().len() == 2);
    draw_a_while(&mut window);
    assert_eq!(percent_of_vanilla(&window), before);
    assert!(shows(&window, "Computing…"));
    gated.open();
    settle(&mut window);
    assert!(shows(&window, "A vanilla network decides nothing, so there is nothing to map"));
}

#[test]
fn a_failed_run_leaves_a_mark_and_can_be_tried_again() {
    let (mut window, gated) = gated();
    let before = mean(&window);
    gated.fail(true);
    set_threshold(&mut window, 0.5);
    assert!(shows(&window, "choose a smaller input size"), "{:?}", texts(&window));
    let mark = "Run failed; map of the previous setting";
    assert!(shows(&window, mark) && shows(&window, "Result of an earlier run"));
    click(&mut window, "Dismiss");
    assert!(!shows(&window, "choose a smaller input size") && shows(&window, mark));
    click(&mut window, "Try again");
    assert!(shows(&window, "choose a smaller input size") && shows(&window, mark), "it fails again");
    gated.fail(false);
    click(&mut window, "Try again");
    assert!(!shows(&window, "Run failed") && !shows(&window, "choose a smaller input size"));
    assert!(mean(&window) < before && !shows(&window, "Result of an earlier run"));
}

#[test]
fn a_run_that_fails_with_another_model_or_picture_says_whose_map_is_shown() {
    let (mut window, gated) = gated();
    gated.fail(true);
    let model = |name: &str| Command::UseModel(ModelSource::Embedded(name.to_owned()));
    window.state_mut().apply(model("plain"));
    settle(&mut window);
    assert!(shows(&window, "Run failed; map of the previous model"), "{:?}", texts(&window));
    click(&mut window, "Coffee cup");
    draw_a_while(&mut window);
    assert!(shows(&window, "Run failed; no map"), "{:?}", texts(&window));
    gated.fail(false);
    // Choosing the same again is another try.
    window.state_mut().apply(model("plain"));
    settle(&mut window);
    assert!(shows(&window, "A vanilla network decides nothing, so there is nothing to map"));
}

//! What is shown of a slow run before it is there, and what a drag loses on its way.

use std::sync::Arc;

use eframe::egui::Theme;
use egui_kittest::kittest::Queryable;
use ponderscope::explorer::Command;
use ponderscope::zoo::ModelSource;

use crate::gate::Gated;
use crate::running::{draw_a_while, mean_at, on_slider, threshold, wait_until};
use crate::{Window, click, mean, percent_of_vanilla, settle, shows, texts, window_of};

/// A run that takes this long gives a preview, and is let finish whatever a slider does.
const SLOW: f64 = 80.0;
/// A run that takes this long is given up where a slider rests elsewhere.
const VERY_SLOW: f64 = 2000.0;

const EARLIER: &str = "Result of an earlier run";

/// A window with a gate that is closed behind the first run; runs say that they take so long.
fn gated(milliseconds: f64) -> (Window, Gated) {
    let gated = Gated::default();
    gated.take(milliseconds);
    let window = window_of(Arc::new(gated.clone()), Theme::Dark, Vec::new());
    gated.close();
    (window, gated)
}

fn set(window: &mut Window, threshold: f32) {
    window.state_mut().apply(Command::SetThreshold(threshold));
}

fn previews(window: &Window) -> bool {
    window.query_by_label("Preview").is_some()
}

/// Moves the threshold's handle to a share of its track; 0.5 is where it snaps to the trained value.
fn hover(window: &mut Window, share: f32) {
    window.hover_at(on_slider(window, share));
    window.step();
}

/// Begins a drag away from the trained value, whose run then waits at the gate.
fn begin_drag(window: &mut Window, gated: &Gated) {
    window.drag_at(on_slider(window, 0.4));
    window.step();
    wait_until(window, |_| gated.begun().len() == 1);
}

/// Units and ponder cost of the whole network, as the table under the canvas says.
fn network_means(window: &Window) -> [String; 2] {
    let texts = texts(window);
    ["Units N", "Ponder cost N + R"].map(|row| {
        let name = texts.iter().position(|text| text == row).unwrap();
        texts[name + 4].clone()
    })
}

#[test]
fn a_slow_run_is_preceded_by_a_preview() {
    let (mut window, gated) = gated(SLOW);
    assert!(!previews(&window) && !shows(&window, EARLIER));
    let (map, flops) = (mean(&window), percent_of_vanilla(&window));
    set(&mut window, 0.5);
    wait_until(&mut window, previews);
    assert_eq!(gated.begun(), [0.5], "the run itself is on its way");
    let [units, cost] = network_means(&window);
    assert!(units.starts_with("≈ ") && cost.starts_with("≈ "), "{units} {cost}");
    // What only a run knows is that of the run before, and said to be.
    assert!(shows(&window, EARLIER) && window.query_by_label("Result").is_none());
    assert_eq!((mean(&window), percent_of_vanilla(&window)), (map, flops));
    assert!(shows(&window, "Mean of the preview"));

    gated.open();
    settle(&mut window);
    assert!(!previews(&window) && !shows(&window, EARLIER) && !shows(&window, "≈"), "{:?}", texts(&window));
    assert_eq!(mean(&window), mean_at(0.5));
    // The stand-in's scores are the same under every setting, so its preview was right.
    assert_eq!(format!("≈ {}", network_means(&window)[0]), units);
}

#[test]
fn a_preview_follows_every_control_of_halting() {
    let (mut window, gated) = gated(SLOW);
    let most = network_means(&window)[0].clone();
    for command in [Command::SetUnitCap(Some(2)), Command::SetLogitOffset(3.0), Command::SetThreshold(0.3)] {
        window.state_mut().apply(command.clone());
        wait_until(&mut window, previews);
        let units = |text: &str| text.trim_start_matches("≈ ").parse::<f64>().unwrap();
        let found = &network_means(&window)[0];
        assert!(
            found.starts_with("≈ ") && units(found) < units(&most),
            "{command:?}: {found}, before {most}"
        );
        window.state_mut().apply(Command::ResetHalting);
        wait_until(&mut window, |window| !previews(window));
    }
    gated.open();
    settle(&mut window);
}

#[test]
fn a_fast_run_shows_no_preview() {
    let (mut window, gated) = gated(50.0);
    set(&mut window, 0.5);
    wait_until(&mut window, |_| gated.begun() == [0.5]);
    draw_a_while(&mut window);
    assert!(!previews(&window) && shows(&window, "Computing…") && !shows(&window, EARLIER));
    gated.open();
    settle(&mut window);
}

#[test]
fn a_preview_of_a_run_that_fails_gives_way_to_the_map_before() {
    let (mut window, gated) = gated(SLOW);
    let before = network_means(&window);
    gated.fail(true);
    set(&mut window, 0.5);
    wait_until(&mut window, previews);
    gated.open();
    settle(&mut window);
    assert!(!previews(&window) && shows(&window, "Run failed; map of the previous setting"));
    assert_eq!(network_means(&window), before);
    gated.close();
    gated.fail(false);
    window.get_by_label("Try again").click();
    wait_until(&mut window, previews);
    gated.open();
    settle(&mut window);
    assert_eq!(mean(&window), mean_at(0.5));
}

#[test]
fn another_size_picture_or_model_has_no_preview() {
    let (mut window, gated) = gated(SLOW);
    set(&mut window, 0.5);
    wait_until(&mut window, previews);
    window.state_mut().apply(Command::UseModel(ModelSource::Embedded("plain".to_owned())));
    wait_until(&mut window, |window| texts(window).windows(2).any(|pair| pair == ["Model", "plain"]));
    wait_until(&mut window, |window| !previews(window));
    assert!(shows(&window, "viridis") && shows(&window, "Computing…"), "the map before stays");
    click_through(&mut window, &gated, "Cat 3");
    assert!(!shows(&window, "≈"));
}

/// Opens a picture whose run waits at the gate, and lets it through.
fn click_through(window: &mut Window, gated: &Gated, picture: &str) {
    window.get_by_label(picture).click();
    draw_a_while(window);
    assert!(!previews(window) && shows(window, "Computing…"), "{:?}", texts(window));
    gated.open();
    settle(window);
}

#[test]
fn a_hidden_map_is_not_called_a_preview() {
    let (mut window, gated) = gated(SLOW);
    click(&mut window, "Map over picture");
    set(&mut window, 0.5);
    draw_a_while(&mut window);
    assert!(!previews(&window) && shows(&window, EARLIER), "{:?}", texts(&window));
    gated.open();
    settle(&mut window);
}

#[test]
fn a_drag_over_a_remembered_setting_shows_its_map_and_loses_no_run() {
    let (mut window, gated) = gated(SLOW);
    let trained = mean(&window);
    begin_drag(&mut window, &gated);
    hover(&mut window, 0.5);
    wait_until(&mut window, |window| !previews(window) && !shows(window, "Computing…"));
    assert_eq!((threshold(&window) as f32, mean(&window)), (0.99, trained));

    hover(&mut window, 0.4);
    wait_until(&mut window, previews);
    window.drop_at(on_slider(&window, 0.4));
    gated.let_one_pass();
    settle(&mut window);
    assert_eq!(gated.begun().len(), 1, "the run went on, and no other was made: {:?}", gated.begun());
    assert_eq!(mean(&window), mean_at(gated.begun()[0]));
}

#[test]
fn a_late_run_does_not_take_the_place_of_a_remembered_one() {
    let (mut window, gated) = gated(SLOW);
    let trained = mean(&window);
    begin_drag(&mut window, &gated);
    hover(&mut window, 0.5);
    gated.let_one_pass();
    settle(&mut window);
    assert_eq!(mean(&window), trained);
    window.drop_at(on_slider(&window, 0.5));
    settle(&mut window);

    set(&mut window, gated.begun()[0]);
    settle(&mut window);
    assert_eq!(gated.begun().len(), 1, "the late one is remembered");
}

#[test]
fn a_drag_shows_a_run_now_and_then_however_slow_they_are() {
    let (mut window, gated) = gated(VERY_SLOW);
    let before = mean(&window);
    begin_drag(&mut window, &gated);
    gated.let_one_pass();
    let mut share = 0.4;
    wait_until_moving(&mut window, &mut share, |window| mean(window) != before);
    assert!(gated.begun().iter().any(|threshold| mean(&window) == mean_at(*threshold)), "while it is held");
    window.drop_at(on_slider(&window, share));
    gated.open();
    settle(&mut window);
    assert_eq!(mean(&window), mean_at(threshold(&window) as f32));
}

/// Draws until something holds, and moves the handle to and fro meanwhile.
fn wait_until_moving(window: &mut Window, share: &mut f32, holds: impl Fn(&Window) -> bool) {
    for step in 0..2000 {
        if holds(window) {
            return;
        }
        *share = 0.35 - 0.01 * (step % 20) as f32;
        hover(window, *share);
    }
    assert!(holds(window), "moved in vain: {:?}", texts(window));
}

#[test]
fn a_slow_run_for_a_place_that_the_slider_left_gives_way_once_it_rests() {
    let (mut window, gated) = gated(VERY_SLOW);
    begin_drag(&mut window, &gated);
    hover(&mut window, 0.3);
    // Nobody passes the gate, so the first run has given way; the handle is still held.
    wait_until(&mut window, |_| gated.begun().len() == 2);
    assert_eq!(gated.begun()[1], threshold(&window) as f32);
    assert!(previews(&window));
    // What is remembered needs no run at all.
    hover(&mut window, 0.5);
    settle(&mut window);
    assert_eq!((threshold(&window) as f32, gated.begun().len()), (0.99, 2));
    window.drop_at(on_slider(&window, 0.5));
    gated.open();
    settle(&mut window);
}

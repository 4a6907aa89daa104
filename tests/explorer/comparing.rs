//! The Compare screen: A and B on one picture, by accessible name.

use std::sync::Arc;

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers, Theme, Vec2};
use egui_kittest::SnapshotResults;
use egui_kittest::kittest::{NodeT, Queryable};
use ponderscope::explorer::{App, Command};
use ponderscope::zoo::ModelSource;

use crate::formula::{ACT, Formula};
use crate::gate::Gated;
use crate::running::{draw_a_while, wait_until};
use crate::system::Kept;
use crate::{
    Window, builder, click, drop_file, mean, opened, pick, press, rendering, set_threshold, settle, shows,
    texts, window_of,
};

/// The screen with a picture of 32 by 32 pixels.
fn comparing() -> Window {
    begun(window_of(Arc::new(Formula), Theme::Dark, Vec::new()))
}

fn gated() -> (Window, Gated) {
    let gated = Gated::default();
    (begun(window_of(Arc::new(gated.clone()), Theme::Dark, Vec::new())), gated)
}

fn begun(mut window: Window) -> Window {
    click(&mut window, "Cat 3");
    press(&mut window, Modifiers::COMMAND, Key::Num3);
    window
}

fn key(window: &mut Window, key: Key) {
    press(window, Modifiers::NONE, key);
}

fn undo(window: &mut Window) {
    press(window, Modifiers::COMMAND, Key::Z);
}

/// Picks B's model, and waits for nothing.
fn begin_to_pick_b(window: &mut Window, entry: &str) {
    window.get_by_role_and_label(Role::ComboBox, "Model of B").click();
    window.step();
    window.step();
    window.get_by(|node| node.role() == Role::Button && node.label().as_deref() == Some(entry)).click();
    window.step();
}

fn pick_a(window: &mut Window, entry: &str) {
    window.get_by_role_and_label(Role::ComboBox, "Model").click();
    window.run();
    window.get_by(|node| node.role() == Role::Button && node.label().as_deref() == Some(entry)).click();
    settle(window);
}

fn pick_b(window: &mut Window, entry: &str) {
    begin_to_pick_b(window, entry);
    settle(window);
}

fn begin_to_set_b(window: &mut Window, threshold: f64) {
    window.get_by_role_and_label(Role::Slider, "Threshold of B").set_value_accesskit(threshold);
    window.step();
}

fn set_b(window: &mut Window, threshold: f64) {
    begin_to_set_b(window, threshold);
    settle(window);
}

fn number(window: &Window, slider: &str) -> f64 {
    window.get_by_role_and_label(Role::Slider, slider).accesskit_node().numeric_value().unwrap()
}

/// Name of B's model.
fn model_of_b(window: &Window) -> String {
    window.get_by_role_and_label(Role::ComboBox, "Model of B").accesskit_node().value().unwrap()
}

/// Name of A's model, as the inspector says.
fn model_of_a(window: &Window) -> String {
    window.get_by_role_and_label(Role::ComboBox, "Model").accesskit_node().value().unwrap()
}

/// A row of the values: three blocks, and the network.
fn row(window: &Window, name: &str) -> [String; 4] {
    let texts = texts(window);
    let head = texts.iter().rposition(|text| text == "network").unwrap();
    let row = head + texts[head..].iter().position(|text| text == name).unwrap();
    std::array::from_fn(|column| texts[row + 1 + column].clone())
}

/// What stands behind a name.
fn fact(window: &Window, name: &str) -> String {
    let texts = texts(window);
    let place =
        texts.iter().position(|text| text == name).unwrap_or_else(|| panic!("no {name} in {texts:?}"));
    texts[place + 1].clone()
}

fn has_canvas(window: &Window, of: &str) -> bool {
    window.query_by_role_and_label(Role::Canvas, &format!("Canvas {of}: Cat 3")).is_some()
}

fn is_possible(window: &Window, button: &str) -> bool {
    !window.get_by_role_and_label(Role::Button, button).accesskit_node().is_disabled()
}

#[test]
fn b_begins_as_a_and_every_model_can_be_chosen_for_it() {
    let mut window = comparing();
    assert!(has_canvas(&window, "A") && has_canvas(&window, "B"));
    assert!(shows(&window, "B is the same as A"));
    assert_eq!(row(&window, "B − A"), ["0", "0", "0", "0"]);
    let before = mean(&window);
    pick_b(&mut window, ACT.0);
    assert_eq!((model_of_a(&window).as_str(), mean(&window)), ("formula", before));
    assert_eq!(model_of_b(&window), ACT.0);
    // ceil(5 * 0.99 / 2) units in the middle.
    assert!(shows(&window, "ACT decides once for the whole picture: N = 3, 3, 3"), "{:?}", texts(&window));
    assert_eq!(row(&window, "B"), ["3.50", "3.50", "3.50", "10.50"]);
    assert!(!shows(&window, "B is the same as A"));
}

#[test]
fn the_threshold_of_b_is_its_own_and_can_be_taken_from_a_and_taken_back() {
    let mut window = comparing();
    let before = (mean(&window), row(&window, "B"));
    set_b(&mut window, 0.5);
    let lower = row(&window, "B");
    assert!(lower[3].parse::<f64>().unwrap() < before.1[3].parse().unwrap(), "{lower:?}");
    assert_eq!((mean(&window), row(&window, "A")), before);

    set_threshold(&mut window, 0.7);
    click(&mut window, "Copy A's setting to B");
    assert_eq!(number(&window, "Threshold of B"), f64::from(0.7_f32));
    assert!(!is_possible(&window, "Copy A's setting to B") && shows(&window, "B is the same as A"));
    undo(&mut window);
    assert_eq!((number(&window, "Threshold of B"), row(&window, "B")), (0.5, lower));
    undo(&mut window);
    undo(&mut window);
    assert_eq!((mean(&window), row(&window, "B")), before);
}

/// B less A of a picture 32 wide: 7 columns 0, one -1, 12 columns -3 and 12 columns -6.
#[test]
fn the_difference_is_what_one_counts_by_hand() {
    let mut window = comparing();
    set_b(&mut window, 0.5);
    key(&mut window, Key::D);
    assert!(has_canvas(&window, "B − A"));
    let names = ["Mean", "Mean absolute", "Greatest", "Rank correlation"];
    let found = names.map(|name| fact(&window, name));
    assert_eq!(found, ["-3.41", "3.41", "6.00", "0.961"]);
    assert!(shows(&window, "Ponder cost, whole network: B − A: blue to red from -6 to 6"));
    click(&mut window, "Possible");
    assert!(shows(&window, "blue to red from -12 to 12"));
    // The other way round all turns but the order.
    click(&mut window, "Swap A and B");
    let found = names.map(|name| fact(&window, name));
    assert_eq!(found, ["+3.41", "3.41", "6.00", "0.961"]);
    pick_b(&mut window, ACT.0);
    assert_eq!(fact(&window, "Rank correlation"), "–", "a flat map has no order");
}

#[test]
fn the_pointer_reads_both_at_the_same_place() {
    let mut window = comparing();
    set_b(&mut window, 0.5);
    let at = |window: &Window, of: &str| {
        let canvas = window.get_by_role_and_label(Role::Canvas, &format!("Canvas {of}: Cat 3")).rect();
        canvas.center() + Vec2::new(1.0, 1.0)
    };
    for of in ["A", "B"] {
        window.hover_at(at(&window, of));
        settle(&mut window);
        assert!(shows(&window, "Ponder cost at 16, 16"), "{of}: {:?}", texts(&window));
        assert_eq!(row(&window, "A"), ["3.50", "3.50", "3.50", "10.50"]);
        assert_eq!(row(&window, "B"), ["2.50", "2.50", "2.50", "7.50"]);
        assert_eq!(row(&window, "B − A"), ["-1", "-1", "-1", "-3"]);
    }
    key(&mut window, Key::N);
    assert_eq!((row(&window, "A")[3].as_str(), row(&window, "B − A")[3].as_str()), ("9", "-3"));
}

#[test]
fn both_canvases_zoom_together() {
    let mut window = comparing();
    // The place one pixel beside the middle, before and after zooming in at the middle of B.
    let canvas = |window: &Window, of: &str| {
        window.get_by_role_and_label(Role::Canvas, &format!("Canvas {of}: Cat 3")).rect()
    };
    for _ in 0..4 {
        key(&mut window, Key::Plus);
    }
    let read = |window: &mut Window, of: &str| {
        let place = canvas(window, of).center() + Vec2::new(60.0, 60.0);
        window.hover_at(place);
        settle(window);
        let texts = texts(window);
        texts.into_iter().find(|text| text.starts_with("Ponder cost at ")).unwrap()
    };
    assert_eq!(read(&mut window, "A"), read(&mut window, "B"));
    let middle = canvas(&window, "B").center();
    window.drag_at(middle);
    window.step();
    window.hover_at(middle + Vec2::new(-90.0, 0.0));
    window.step();
    window.drop_at(middle + Vec2::new(-90.0, 0.0));
    settle(&mut window);
    let (a, b) = (read(&mut window, "A"), read(&mut window, "B"));
    assert_eq!(a, b);
}

#[test]
fn act_stands_beside_sact_by_one_command() {
    let mut window = window_of(Arc::new(Formula), Theme::Dark, Vec::new());
    click(&mut window, "Cat 3");
    set_threshold(&mut window, 0.7);
    press(&mut window, Modifiers::COMMAND, Key::B);
    assert!(has_canvas(&window, "B"), "the screen opens");
    assert_eq!(
        (model_of_b(&window).as_str(), number(&window, "Threshold of B")),
        (ACT.0, f64::from(0.7_f32))
    );
    let nearest = "No ACT model at tau 0.01 is at hand: this is the nearest, at tau 0.005.";
    assert!(shows(&window, nearest), "{:?}", texts(&window));

    pick_a(&mut window, "formula-tau0.005");
    assert!(!shows(&window, "is at hand"));
    // The other way round.
    click(&mut window, "Swap A and B");
    assert_eq!((model_of_a(&window).as_str(), model_of_b(&window).as_str()), (ACT.0, "formula-tau0.005"));
    pick_b(&mut window, "plain");
    click(&mut window, "ACT beside SACT");
    assert_eq!(model_of_b(&window), "formula-tau0.005");

    pick_a(&mut window, "plain");
    assert!(!is_possible(&window, "ACT beside SACT"));
    press(&mut window, Modifiers::COMMAND, Key::B);
    assert_eq!(model_of_b(&window), "formula-tau0.005");
}

#[test]
fn a_and_b_change_places_and_undo_changes_them_back() {
    let mut window = comparing();
    set_threshold(&mut window, 0.9);
    pick_b(&mut window, "formula-tau0.02");
    set_b(&mut window, 0.5);
    let of = |window: &Window| {
        (
            [model_of_a(window), model_of_b(window)],
            [number(window, "Halting threshold"), number(window, "Threshold of B")],
            [row(window, "A"), row(window, "B")],
        )
    };
    let before = of(&window);
    key(&mut window, Key::X);
    let (models, thresholds, rows) = of(&window);
    assert_eq!(models, ["formula-tau0.02", "formula"]);
    assert_eq!(thresholds, [0.5, f64::from(0.9_f32)]);
    assert_eq!(rows, [before.2[1].clone(), before.2[0].clone()]);
    undo(&mut window);
    assert_eq!(of(&window), before);
}

#[test]
fn one_canvas_shows_both_parted_by_a_line_that_keys_move() {
    let mut window = comparing();
    set_b(&mut window, 0.5);
    key(&mut window, Key::W);
    assert!(has_canvas(&window, "A and B"));
    let line = "Divider between A and B";
    window.get_by_role_and_label(Role::Slider, line).focus();
    settle(&mut window);
    for (pressed, at) in [(Key::ArrowLeft, 49.0), (Key::PageUp, 59.0), (Key::End, 100.0), (Key::Home, 0.0)] {
        key(&mut window, pressed);
        assert_eq!(number(&window, line), at, "{pressed:?}");
    }
    window.get_by_role_and_label(Role::Slider, line).set_value_accesskit(25.0);
    settle(&mut window);
    let rect = window.get_by_role_and_label(Role::Canvas, "Canvas A and B: Cat 3").rect();
    window.drag_at(rect.left_center() + Vec2::new(0.25 * rect.width(), 40.0));
    window.step();
    window.hover_at(rect.left_center() + Vec2::new(0.75 * rect.width(), 40.0));
    window.step();
    window.drop_at(rect.left_center() + Vec2::new(0.75 * rect.width(), 40.0));
    settle(&mut window);
    assert!((number(&window, line) - 75.0).abs() <= 1.0, "{}", number(&window, line));
    undo(&mut window);
    assert_eq!(number(&window, "Threshold of B"), f64::from(0.99_f32), "looking is no step of undo");
    assert!(has_canvas(&window, "A and B"));
}

#[test]
fn b_is_in_front_as_long_as_its_key_is_held() {
    let mut window = comparing();
    key(&mut window, Key::V);
    assert!(has_canvas(&window, "A") && !has_canvas(&window, "B"));
    window.key_down(Key::B);
    window.run();
    assert!(has_canvas(&window, "B") && !has_canvas(&window, "A"));
    window.key_up(Key::B);
    window.run();
    assert!(has_canvas(&window, "A"));
    key(&mut window, Key::O);
    assert!(has_canvas(&window, "B") && !has_canvas(&window, "A"));
    key(&mut window, Key::S);
    assert!(has_canvas(&window, "A") && has_canvas(&window, "B"));
}

#[test]
fn colours_are_the_same_for_both() {
    let mut window = comparing();
    set_threshold(&mut window, 0.5);
    assert!(shows(&window, "viridis from 6 to 18"));
    pick(&mut window, "Range", "This image");
    // Of A alone the greatest value is 10.5.
    assert!(shows(&window, "Ponder cost, whole network: viridis from 4.5 to 16.5"), "{:?}", texts(&window));
    set_b(&mut window, 0.5);
    assert!(shows(&window, "Ponder cost, whole network: viridis from 4.5 to 10.5"));
    pick(&mut window, "Colour map", "Cividis");
    assert!(shows(&window, "cividis from 4.5 to 10.5"));
}

#[test]
fn every_tau_of_the_family_has_a_map_and_becomes_a_or_b() {
    let mut window = comparing();
    set_threshold(&mut window, 0.7);
    key(&mut window, Key::T);
    for tau in ["0.001", "0.002", "0.005", "0.01", "0.02"] {
        assert!(window.query_by_label(&format!("Map at tau {tau}")).is_some(), "{tau}");
    }
    assert_eq!(window.query_all_by_label("75.0 % right").count(), 5);
    let flops = texts(&window).into_iter().filter(|text| text.contains(" MFLOPs (")).collect::<Vec<_>>();
    assert!(flops.len() >= 5, "{flops:?}");
    assert!(!shows(&window, "Computing"));
    click(&mut window, "tau 0.02 as B");
    click(&mut window, "tau 0.001 as A");
    key(&mut window, Key::S);
    assert_eq!([model_of_a(&window), model_of_b(&window)], ["formula-tau0.001", "formula-tau0.02"]);
    assert_eq!(number(&window, "Threshold of B"), f64::from(0.7_f32), "as it was shown");

    pick_a(&mut window, "plain");
    key(&mut window, Key::T);
    assert!(shows(&window, "A has no tau, so there is no family to go through"));
}

#[test]
fn a_vanilla_b_says_that_there_is_nothing_to_map() {
    let mut window = comparing();
    pick_b(&mut window, "plain");
    assert!(shows(&window, "A vanilla network decides nothing, so there is nothing to map"));
    assert_eq!(row(&window, "B"), ["–", "–", "–", "–"]);
    assert!(window.query_by_role_and_label(Role::Slider, "Threshold of B").is_none());
    key(&mut window, Key::D);
    assert!(shows(&window, "B has no map, and so B less A has none"));
    key(&mut window, Key::X);
    assert!(shows(&window, "A has no map, and so B less A has none"), "{:?}", texts(&window));
    key(&mut window, Key::N);
    assert!(shows(&window, "Number of units, whole network: viridis from 3 to 15"), "B has one");
}

#[test]
fn what_fails_for_b_names_its_model_leaves_a_alone_and_can_be_tried_again() {
    let (mut window, gated) = gated();
    let before = mean(&window);
    gated.fail(true);
    pick_b(&mut window, "formula-tau0.02");
    assert!(shows(&window, "B could not be run"));
    assert!(shows(&window, "formula-tau0.02 on Cat 3: "), "{:?}", texts(&window));
    assert_eq!(mean(&window), before);
    assert!(!shows(&window, "The run failed"), "that would be A's");
    // The least size at which all has its place.
    window.set_size(Vec2::new(1024.0, 640.0));
    settle(&mut window);
    click(&mut window, "Try B again");
    assert!(shows(&window, "B could not be run"), "it fails again");
    gated.fail(false);
    click(&mut window, "Try B again");
    assert!(!shows(&window, "B could not be run"));
    assert_eq!(row(&window, "B − A"), ["0", "0", "0", "0"]);
}

#[test]
fn what_fails_along_the_strip_can_be_tried_again() {
    let (mut window, gated) = gated();
    gated.fail(true);
    key(&mut window, Key::T);
    // A's own run is remembered.
    assert_eq!(window.query_all_by_label("Try tau 0.01 again").count(), 0);
    assert!(shows(&window, "formula-tau0.02 on Cat 3: "), "{:?}", texts(&window));
    gated.fail(false);
    click(&mut window, "Try tau 0.02 again");
    assert!(!shows(&window, " on Cat 3: ") && !shows(&window, "Computing"));
}

#[test]
fn a_late_run_of_another_b_is_never_shown() {
    let (mut window, gated) = gated();
    let before = row(&window, "B");
    gated.be_deaf();
    gated.close();
    begin_to_set_b(&mut window, 0.5);
    wait_until(&mut window, |window| gated.begun().len() == 1 && shows(window, "Computing…"));
    begin_to_pick_b(&mut window, ACT.0);
    gated.let_one_pass();
    wait_until(&mut window, |_| gated.begun().len() == 2);
    draw_a_while(&mut window);
    assert_eq!(row(&window, "B"), before);
    assert!(shows(&window, "Computing…") && !shows(&window, "ACT decides once"));
    gated.open();
    settle(&mut window);
    assert!(shows(&window, "ACT decides once for the whole picture: N = 2, 2, 2"), "{:?}", texts(&window));
}

#[test]
fn b_waits_for_a_and_runs_only_for_what_it_shows() {
    let (mut window, gated) = gated();
    gated.close();
    window.state_mut().apply(Command::SetThreshold(0.8));
    wait_until(&mut window, |_| gated.begun().len() == 1);
    begin_to_set_b(&mut window, 0.5);
    draw_a_while(&mut window);
    assert_eq!(gated.begun(), [0.8], "A's run goes first");
    gated.open();
    settle(&mut window);
    assert_eq!(gated.begun(), [0.8, 0.5]);
    gated.close();
    gated.open();
    set_threshold(&mut window, 0.6);
    key(&mut window, Key::D);
    key(&mut window, Key::S);
    assert_eq!(gated.begun(), [0.6_f32], "B is as it was");
    click(&mut window, "Swap A and B");
    assert_eq!(gated.begun(), [0.6_f32], "both are remembered");
    press(&mut window, Modifiers::COMMAND, Key::Num1);
    click(&mut window, "Cat 4");
    assert_eq!(gated.begun().len(), 2, "nobody sees B now");
}

#[test]
fn a_slow_b_is_preceded_by_a_preview() {
    let (mut window, gated) = gated();
    gated.take(400.0);
    set_b(&mut window, 0.9);
    gated.close();
    begin_to_set_b(&mut window, 0.5);
    wait_until(&mut window, |window| shows(window, "Preview") && shows(window, "Earlier run"));
    assert!(row(&window, "B")[3].starts_with("≈ "), "{:?}", row(&window, "B"));
    gated.open();
    settle(&mut window);
    assert!(!shows(&window, "Preview") && !shows(&window, "Earlier run"));
}

#[test]
fn the_comparison_comes_back_with_the_session() {
    let mut window = comparing();
    pick_b(&mut window, ACT.0);
    set_b(&mut window, 0.5);
    key(&mut window, Key::W);
    let b = row(&window, "B");
    let mut kept = Kept::default();
    eframe::App::save(window.state_mut(), &mut kept);
    drop(window);
    let mut window = builder(Theme::Dark)
        .build_eframe(move |cc| App::new(&cc.egui_ctx, Some(&kept), Arc::new(Formula)).unwrap());
    settle(&mut window);
    assert!(has_canvas(&window, "A and B"));
    assert_eq!((model_of_b(&window).as_str(), row(&window, "B")), (ACT.0, b));
}

/// A is what the export says, B a run on its pixels.
#[test]
fn an_export_is_compared_with_a_run() {
    let mut window = comparing();
    drop_file(&mut window, crate::exports::reference());
    assert!(shows(&window, "As it was exported; no model is run."), "{:?}", texts(&window));
    assert_eq!(row(&window, "A")[3], "9.36");
    // The formula's mean of 32 columns.
    assert_eq!(row(&window, "B")[3], "10.06", "{:?}", texts(&window));
    for action in ["Swap A and B", "Copy A's setting to B", "ACT beside SACT"] {
        assert!(!is_possible(&window, action), "{action}");
    }
    key(&mut window, Key::D);
    assert!(shows(&window, "B − A: blue to red"));
}

/// A file that is no model.
#[test]
fn a_model_that_cannot_be_loaded_is_named() {
    let mut window = comparing();
    let before = mean(&window);
    pick_b(&mut window, "formula-tau0.02");
    window.state_mut().apply(Command::UseModel(ModelSource::File("wrong.safetensors".into())));
    settle(&mut window);
    assert_eq!((mean(&window), model_of_b(&window).as_str()), (before, "formula-tau0.02"));
    assert!(shows(&window, "wrong.safetensors"));
}

#[test]
fn the_screen_looks_as_it_did() {
    let mut results = SnapshotResults::new();
    for (theme, name) in [(Theme::Dark, "compare_dark"), (Theme::Light, "compare_light")] {
        let Some(renderer) = rendering::renderer(&format!("the picture {name}")) else { return };
        let mut window =
            begun(opened(builder(theme).renderer(renderer), Arc::new(Formula), theme, Vec::new()));
        set_b(&mut window, 0.5);
        window.set_size(Vec2::new(1280.0, 800.0));
        settle(&mut window);
        // Over A, so that B has the mark.
        let canvas = window.get_by_role_and_label(Role::Canvas, "Canvas A: Cat 3").rect();
        window.hover_at(canvas.center() - Vec2::new(30.0, 20.0));
        settle(&mut window);
        results.add(window.try_snapshot(name));
    }
}

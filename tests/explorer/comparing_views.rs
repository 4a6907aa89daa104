//! The Compare screen's ways of looking at A and B, by accessible name.

use std::sync::Arc;

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers, Theme, Vec2};
use egui_kittest::SnapshotResults;
use egui_kittest::kittest::Queryable;

use crate::comparing::{
    begun, comparing, gated, has_canvas, key, model_of_a, model_of_b, number, pick_a, pick_b, row, set_b,
    undo,
};
use crate::formula::{ACT, Formula};
use crate::{Window, builder, click, opened, pick, press, rendering, set_threshold, settle, shows, texts};

/// What stands behind a name.
fn fact(window: &Window, name: &str) -> String {
    let texts = texts(window);
    let place =
        texts.iter().position(|text| text == name).unwrap_or_else(|| panic!("no {name} in {texts:?}"));
    texts[place + 1].clone()
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
    assert_eq!(found, ["−3.41", "3.41", "6.00", "0.961"]);
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
        assert_eq!(row(&window, "B − A"), ["−1.00", "−1.00", "−1.00", "−3.00"]);
    }
    key(&mut window, Key::N);
    assert_eq!((row(&window, "A")[3].as_str(), row(&window, "B − A")[3].as_str()), ("9", "−3"));
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
    assert!(has_canvas(&window, "A") && has_canvas(&window, "B"), "where the line is, is no step of undo");
    assert_eq!(number(&window, "Threshold of B"), 0.5);
    undo(&mut window);
    assert_eq!(number(&window, "Threshold of B"), f64::from(0.99_f32));
}

#[test]
fn the_other_is_in_front_as_long_as_its_key_is_held() {
    let mut window = comparing();
    key(&mut window, Key::V);
    assert!(has_canvas(&window, "A") && !has_canvas(&window, "B"));
    assert!(shows(&window, "A is shown; hold B to see B"), "{:?}", texts(&window));
    window.key_down(Key::B);
    window.run();
    assert!(has_canvas(&window, "B") && !has_canvas(&window, "A"));
    assert!(shows(&window, "B is shown as long as B is held"));
    window.key_up(Key::B);
    window.run();
    assert!(has_canvas(&window, "A"));
    // The other way round.
    key(&mut window, Key::O);
    assert!(has_canvas(&window, "B") && !has_canvas(&window, "A"));
    assert!(shows(&window, "B is shown; hold B to see A"));
    window.key_down(Key::B);
    window.run();
    assert!(has_canvas(&window, "A") && !has_canvas(&window, "B"));
    window.key_up(Key::B);
    window.run();
    key(&mut window, Key::S);
    assert!(has_canvas(&window, "A") && has_canvas(&window, "B"));
}

/// In columns and rows, as the table's title says.
fn read_at(window: &Window) -> [usize; 2] {
    let texts = texts(window);
    let place = texts.iter().find_map(|text| text.strip_prefix("Ponder cost at ")).unwrap();
    let (column, row) = place.split_once(", ").unwrap();
    [column, row].map(|number| number.parse().unwrap())
}

#[test]
fn arrow_keys_read_positions_and_move_an_enlarged_picture() {
    let mut window = comparing();
    set_b(&mut window, 0.5);
    window.get_by_role_and_label(Role::Canvas, "Canvas A: Cat 3").focus();
    settle(&mut window);
    key(&mut window, Key::ArrowRight);
    assert_eq!(read_at(&window), [17, 16], "one from the middle");
    press(&mut window, Modifiers::SHIFT, Key::ArrowUp);
    assert_eq!(read_at(&window), [17, 15]);
    // Column 17 of 32 runs three units at 0.99 and two at 0.5.
    assert_eq!([row(&window, "A")[0].as_str(), row(&window, "B")[0].as_str()], ["3.50", "2.50"]);

    for _ in 0..4 {
        key(&mut window, Key::Plus);
    }
    let middle = window.get_by_role_and_label(Role::Canvas, "Canvas A: Cat 3").rect().center();
    window.hover_at(middle + Vec2::new(1.0, 1.0));
    settle(&mut window);
    let [before, _] = read_at(&window);
    key(&mut window, Key::ArrowRight);
    let [after, line] = read_at(&window);
    assert!(after > before, "what lies on the right has come under the pointer: {before} to {after}");
    press(&mut window, Modifiers::SHIFT, Key::ArrowRight);
    assert_eq!(read_at(&window), [after + 1, line], "the pointer rests, and the cursor goes on from it");
}

#[test]
fn the_flat_maps_of_act_say_why_they_are() {
    let mut window = comparing();
    pick_a(&mut window, ACT.0);
    key(&mut window, Key::T);
    assert!(shows(&window, "ACT decides once for the whole picture, so each map is flat."));
    press(&mut window, Modifiers::COMMAND, Key::Num1);
    assert!(shows(&window, "ACT decides once for the whole picture: N = 3, 3, 3"), "{:?}", texts(&window));
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

//! What a person does to the widgets, by name and by pointer.

use super::*;
use eframe::egui::{Key, MouseWheelSource, MouseWheelUnit, PointerButton, Pos2, TouchPhase};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

fn page_harness() -> Harness<'static, Page> {
    Harness::builder()
        .with_size(vec2(1120.0, 1000.0))
        .with_context_setup(theme::install)
        .with_step_dt(1.0 / 60.0)
        .with_max_steps(200)
        .build_ui_state(page, Page::default())
}

#[test]
fn a_screen_reader_sets_and_steps_the_threshold() {
    let mut harness = page_harness();
    harness.get_by_label("Halting threshold").set_value_accesskit(0.7);
    harness.run();
    assert_eq!(harness.state().threshold, 0.7);
    harness.get_by_label("Halting threshold").increment_accesskit();
    harness.run();
    let up = harness.state().threshold;
    assert!(up > 0.7 && up < 0.8, "{up}");
    harness.get_by_label("Halting threshold").set_value_accesskit(7.0);
    harness.run();
    assert_eq!(harness.state().threshold, 0.9999);
}

#[test]
fn the_arrow_keys_move_the_threshold_and_do_not_leave_the_slider() {
    let mut harness = page_harness();
    harness.get_by_label("Halting threshold").focus();
    harness.run();
    for _ in 0..3 {
        harness.key_press(Key::ArrowLeft);
        harness.run();
    }
    let low = harness.state().threshold;
    assert!(low < 0.94, "{low}");
    assert!(harness.get_by_label("Halting threshold").is_focused());
    harness.key_press(Key::Home);
    harness.run();
    assert_eq!(harness.state().threshold, 0.05);
}

#[test]
fn a_drag_reports_where_it_is_and_snaps_to_the_trained_value() {
    let mut harness = page_harness();
    let rect = harness.get_by_label("Halting threshold").rect();
    let rail = rect.top() + 9.0;
    harness.hover_at(Pos2::new(rect.left() + 20.0, rail));
    harness.drag_at(Pos2::new(rect.left() + 20.0, rail));
    harness.step();
    assert!(harness.state().threshold < 0.6);
    // The trained 0.99 stands in the middle, give or take a point.
    harness.hover_at(Pos2::new(rect.center().x + 9.0, rail));
    harness.step();
    assert!(harness.state().threshold > 0.991);
    let trained = rect.center().x + 3.0;
    harness.hover_at(Pos2::new(trained, rail));
    harness.step();
    assert_eq!(harness.state().threshold, 0.99);
    harness.drop_at(Pos2::new(trained, rail));
    harness.run();
    assert_eq!(harness.state().threshold, 0.99);
}

#[test]
fn a_double_click_goes_back_to_the_trained_value() {
    let mut harness = page_harness();
    let rect = harness.get_by_label("Halting threshold").rect();
    let far_left = Pos2::new(rect.left() + 20.0, rect.top() + 9.0);
    for (pass, expected) in [(1, 0.0..0.6), (2, 0.99..0.990_01)] {
        harness.hover_at(far_left);
        harness.drag_at(far_left);
        harness.event(egui::Event::PointerButton {
            pos: far_left,
            button: PointerButton::Primary,
            pressed: false,
            modifiers: egui::Modifiers::NONE,
        });
        harness.step();
        let threshold = harness.state().threshold;
        assert!(expected.contains(&threshold), "click {pass} gave {threshold}");
    }
}

#[test]
fn a_threshold_can_be_typed() {
    let mut harness = page_harness();
    harness.get_by_label("Halting threshold value").click();
    harness.run();
    harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::A);
    harness.get_by_label("Halting threshold value").type_text("0.8");
    harness.run();
    assert_eq!(harness.state().threshold, 0.95, "half-typed numbers must not run the network");
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(harness.state().threshold, 0.8);
}

#[test]
fn the_notched_slider_steps_from_notch_to_notch_and_no_further() {
    let mut harness = page_harness();
    let tau = |harness: &Harness<'_, Page>| TAUS[harness.state().tau];
    harness.get_by_label("tau").focus();
    harness.run();
    for (key, expected) in [
        (Key::ArrowRight, 0.02),
        (Key::ArrowRight, 0.02),
        (Key::ArrowLeft, 0.01),
        (Key::ArrowDown, 0.005),
        (Key::Home, 0.001),
        (Key::PageUp, 0.002),
        (Key::End, 0.02),
    ] {
        harness.key_press(key);
        harness.run();
        assert_eq!(tau(&harness), expected, "{key:?}");
        assert!(harness.get_by_label("tau").is_focused());
    }
    harness.get_by_label("tau").set_value_accesskit(0.0012);
    harness.run();
    assert_eq!(tau(&harness), 0.001);
    harness.get_by_label("tau").increment_accesskit();
    harness.run();
    assert_eq!(tau(&harness), 0.002);
}

#[test]
fn a_drag_of_the_notched_slider_snaps() {
    let mut harness = page_harness();
    let rect = harness.get_by_label("tau").rect();
    let at = |share: f32| Pos2::new(rect.left() + share * rect.width(), rect.top() + 9.0);
    harness.hover_at(at(0.99));
    harness.drag_at(at(0.99));
    for (share, expected) in [(0.99, 0.02), (0.7, 0.01), (0.6, 0.005), (-0.2, 0.001), (0.24, 0.002)] {
        harness.hover_at(at(share));
        harness.step();
        assert_eq!(TAUS[harness.state().tau], expected, "{share}");
    }
    harness.drop_at(at(0.24));
    harness.run();
    assert_eq!(TAUS[harness.state().tau], 0.002);
}

#[test]
fn a_single_notch_stays_and_cannot_be_focused() {
    let mut harness = page_harness();
    let lonely = harness.get_by_label("Lonely tau");
    assert!(lonely.accesskit_node().is_disabled());
    assert_eq!(lonely.accesskit_node().numeric_value(), Some(0.01));
    let at = lonely.rect().left_center();
    harness.hover_at(at);
    harness.drag_at(at);
    harness.drop_at(at);
    harness.run();
    assert!(!harness.get_by_label("Lonely tau").is_focused());
}

#[test]
fn a_colour_map_is_picked_by_name_from_the_list_and_from_the_menu() {
    let mut harness = page_harness();
    harness.get_by_label("Magma").click();
    harness.run();
    assert_eq!(harness.state().colormap, Colormap::Magma);
    harness.get_by_label("Colour map: Magma").click();
    harness.run();
    let in_menu = harness.get_all_by_label("Cividis").last().unwrap();
    in_menu.click();
    harness.run();
    assert_eq!(harness.state().colormap, Colormap::Cividis);
    assert_eq!(harness.get_all_by_label("Cividis").count(), 1, "the menu closes");
}

fn scroll(harness: &mut Harness<'_, Page>, points: f32) {
    harness.event(egui::Event::MouseWheel {
        unit: MouseWheelUnit::Point,
        delta: vec2(0.0, points),
        modifiers: egui::Modifiers::NONE,
        phase: TouchPhase::Move,
        source: MouseWheelSource::Wheel,
    });
    harness.run();
}

#[test]
fn the_wheel_zooms_at_the_pointer_and_a_double_click_fits_again() {
    let mut harness = page_harness();
    let at = Pos2::new(150.0, 350.0);
    harness.hover_at(at);
    harness.run();
    let (before, zoom) = (harness.state().hovered.unwrap(), harness.state().view.zoom);
    scroll(&mut harness, 300.0);
    let after = harness.state().hovered.unwrap();
    assert!(harness.state().view.zoom > 2.0 * zoom && !harness.state().view.fit);
    assert!((before[0] - after[0]).abs() < 1e-3 && (before[1] - after[1]).abs() < 1e-3);

    harness.get_by_label("Ponder map of sample").click();
    harness.get_by_label("Ponder map of sample").click();
    harness.run();
    assert!(harness.state().view.fit);
    assert_eq!(harness.state().view.zoom, zoom);
}

#[test]
fn a_drag_with_either_button_pans_a_magnified_picture() {
    for button in [PointerButton::Primary, PointerButton::Middle] {
        let mut harness = page_harness();
        harness.hover_at(Pos2::new(250.0, 350.0));
        harness.run();
        scroll(&mut harness, 400.0);
        let before = harness.state().view.center;
        let event = |pos, pressed| egui::Event::PointerButton {
            pos,
            button,
            pressed,
            modifiers: egui::Modifiers::NONE,
        };
        harness.event(event(Pos2::new(250.0, 350.0), true));
        harness.step();
        harness.hover_at(Pos2::new(290.0, 320.0));
        harness.step();
        harness.event(event(Pos2::new(290.0, 320.0), false));
        harness.run();
        let after = harness.state().view.center;
        assert!(after[0] < before[0] && after[1] > before[1], "{button:?}: {before:?} to {after:?}");
    }
}

#[test]
fn figures_are_read_aloud() {
    let harness = page_harness();
    harness.get_by_label("107.8 of 137.7 MFLOPs (78 %)");
    harness.get_by_label("tabby, tabby cat 93.1 %");
    harness.get_by_label("Ponder cost: viridis from 6 to 18");
}

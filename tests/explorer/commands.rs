//! What helps a person find the way: palette, help, terms, notifications, tour, size of the text, steps between panels.

use std::sync::Arc;

use eframe::egui::accesskit::Role;
use eframe::egui::style::ScrollAnimation;
use eframe::egui::{Key, Modifiers, Theme, Vec2};
use egui_kittest::SnapshotResults;
use egui_kittest::kittest::{NodeT, Queryable};
use ponderscope::explorer::App;

use crate::formula::Formula;
use crate::rendering;
use crate::running::threshold;
use crate::system::Kept;
use crate::{
    Window, builder, canvas_title, click, drop_file, mean, opened, pick, press, set_threshold, settle, shows,
    texts, window,
};

/// Opens the palette and types.
fn search(window: &mut Window, query: &str) {
    press(window, Modifiers::COMMAND | Modifiers::SHIFT, Key::P);
    window.get_by_role_and_label(Role::TextInput, "Search commands").type_text(query);
    settle(window);
}

/// Opens the palette, types, and takes the first answer.
fn command(window: &mut Window, query: &str) {
    search(window, query);
    press(window, Modifiers::NONE, Key::Enter);
}

/// The lines of the palette that can be seen, and which of them is chosen.
fn lines(window: &Window) -> (Vec<String>, Option<String>) {
    let lines: Vec<_> = window.query_all_by_role(Role::ListBoxOption).collect();
    let name = |node: &egui_kittest::Node<'_>| node.accesskit_node().label().unwrap();
    let chosen = lines.iter().find(|node| node.accesskit_node().is_selected() == Some(true)).map(name);
    (lines.iter().map(name).collect(), chosen)
}

fn is_open(window: &Window) -> bool {
    window.query_by_role_and_label(Role::TextInput, "Search commands").is_some()
}

#[test]
fn a_few_letters_find_commands_pictures_models_and_thresholds() {
    let mut window = window();
    command(&mut window, "coffee");
    assert_eq!(canvas_title(&window), "Canvas: Coffee cup");
    assert!(!is_open(&window));
    command(&mut window, "cat 3");
    assert_eq!(canvas_title(&window), "Canvas: Cat 3");
    command(&mut window, "plain");
    assert!(texts(&window).windows(2).any(|pair| pair == ["Model", "plain"]));
    press(&mut window, Modifiers::COMMAND, Key::Z);
    command(&mut window, "0.5");
    assert!((threshold(&window) - 0.5).abs() < 1e-6);
    command(&mut window, "cividis");
    assert!(shows(&window, "Ponder cost, whole network: cividis"));
    command(&mut window, "numuni");
    assert!(shows(&window, "Number of units, whole network: cividis"));
    command(&mut window, "light theme");
    assert_eq!(window.ctx.theme(), Theme::Light);
}

#[test]
fn the_palette_is_moved_through_by_keys_and_remembers_what_was_used() {
    let mut window = window();
    search(&mut window, "");
    let (all, chosen) = lines(&window);
    assert_eq!(chosen.as_ref(), Some(&all[0]));
    press(&mut window, Modifiers::NONE, Key::ArrowDown);
    press(&mut window, Modifiers::NONE, Key::ArrowDown);
    press(&mut window, Modifiers::NONE, Key::ArrowUp);
    assert_eq!(lines(&window).1, Some(all[1].clone()));
    press(&mut window, Modifiers::NONE, Key::PageDown);
    assert_ne!(lines(&window).1, Some(all[1].clone()));
    assert!(lines(&window).1.is_some(), "what is chosen is in view");
    press(&mut window, Modifiers::NONE, Key::Escape);
    assert!(!is_open(&window));

    command(&mut window, "rocket");
    press(&mut window, Modifiers::COMMAND, Key::K);
    assert_eq!(lines(&window).1.as_deref(), Some("Show Rocket launch"), "what was used last comes first");
    // Letters are typed, and are no shortcuts meanwhile.
    press(&mut window, Modifiers::NONE, Key::M);
    assert!(!shows(&window, "Map hidden"));
    press(&mut window, Modifiers::COMMAND | Modifiers::SHIFT, Key::P);
    assert!(!is_open(&window));
}

#[test]
fn what_cannot_be_done_says_why_and_does_nothing() {
    let mut window = window();
    search(&mut window, "undo");
    assert_eq!(lines(&window).1.as_deref(), Some("Undo: Nothing to undo"));
    press(&mut window, Modifiers::NONE, Key::Enter);
    assert!(is_open(&window));
    press(&mut window, Modifiers::NONE, Key::Escape);
    press(&mut window, Modifiers::COMMAND, Key::Num4);
    search(&mut window, "zoom in");
    assert!(
        lines(&window).1.is_some_and(|line| line.starts_with("Zoom in: On Explore")),
        "{:?}",
        lines(&window)
    );
    press(&mut window, Modifiers::NONE, Key::Escape);
    search(&mut window, "qqq");
    assert!(shows(&window, "Nothing is called so."));
}

#[test]
fn the_help_is_searched_and_holds_the_terms_with_their_formulas() {
    let mut window = window();
    press(&mut window, Modifiers::NONE, Key::F1);
    assert!(shows(&window, "Zoom out") && !shows(&window, "R = 1 −"));
    click(&mut window, "Terms");
    assert!(shows(&window, "R = 1 − (h(1) + … + h(N−1))") && !shows(&window, "Forget recent files"));
    window.get_by_role_and_label(Role::TextInput, "Search the help").focus();
    window.step();
    window.get_by_role_and_label(Role::TextInput, "Search the help").type_text("zoom");
    settle(&mut window);
    assert!(shows(&window, "Show more of the picture") && shows(&window, "Wheel or pinch"));
    assert!(!shows(&window, "Forget recent files"));
    press(&mut window, Modifiers::NONE, Key::Escape);
    assert!(!shows(&window, "Wheel or pinch"));
}

#[test]
fn a_term_explains_itself_where_it_stands() {
    let mut window = window();
    for (term, formula) in [
        ("Halting threshold", "c(l) ≥ 1 − ε"),
        ("Unit cap", "N ≤ cap"),
        ("Units N", "N = the first l with"),
        ("tau", "cross-entropy + τ"),
    ] {
        assert!(!shows(&window, formula));
        window.get_by_role_and_label(Role::Label, term).hover();
        settle(&mut window);
        window.run_steps(4);
        assert!(shows(&window, formula), "{term}: {:?}", texts(&window));
        window.remove_cursor();
        window.run_steps(4);
    }
    // The title of the colour bar, too.
    let bar = window.get_by(|node| node.label().is_some_and(|label| label.contains("viridis from")));
    window.hover_at(bar.rect().left_top() + Vec2::splat(4.0));
    window.run_steps(6);
    assert!(shows(&window, "ρ = N + R"), "{:?}", texts(&window));
}

fn has_button(window: &Window, label: &str) -> bool {
    window.query_by_role_and_label(Role::Button, label).is_some()
}

#[test]
fn errors_wait_to_be_put_away_the_newest_first() {
    let mut window = window();
    let folder = tempfile::tempdir().unwrap();
    for name in ["first.safetensors", "second.safetensors"] {
        drop_file(&mut window, folder.path().join(name));
    }
    // The second came after the first was asked for again; both are in the log.
    assert!(shows(&window, "second.safetensors: variable"));
    click(&mut window, "Dismiss");
    assert!(!has_button(&window, "Dismiss"));
    click(&mut window, "Notifications, 2 new");
    assert!(shows(&window, "first.safetensors: variable") && shows(&window, "second.safetensors: variable"));
    press(&mut window, Modifiers::NONE, Key::Escape);
    assert!(!shows(&window, "first.safetensors"));
    click(&mut window, "Notifications");
    click(&mut window, "Forget notifications");
    click(&mut window, "Notifications");
    assert!(shows(&window, "Nothing was told yet."));
}

#[test]
fn news_go_by_themselves_unless_they_are_pointed_at_and_can_be_acted_on() {
    const NEWS: &str = "runs with a halting setting that it was not trained with";
    let mut window = window();
    set_threshold(&mut window, 0.5);
    pick(&mut window, "Model", "formula-tau0.02");
    assert!(shows(&window, NEWS));
    window
        .get_by(|node| node.role() == Role::Label && node.value().is_some_and(|text| text.contains(NEWS)))
        .hover();
    window.run_steps(60);
    assert!(shows(&window, NEWS), "pointed at, they stay");
    window.remove_cursor();
    window.run_steps(60);
    assert!(!shows(&window, NEWS), "they go after some seconds");

    pick(&mut window, "Model", "formula-tau0.005");
    click(&mut window, "Halting as trained");
    assert!((threshold(&window) - 0.99).abs() < 1e-6);
    assert!(!shows(&window, NEWS));
    click(&mut window, "Notifications, 2 new");
    assert!(shows(&window, NEWS), "the log keeps them");
}

#[test]
fn the_tour_shows_what_it_speaks_of_and_leaves_everything_as_it_was() {
    let mut window = window();
    click(&mut window, "Cat 3");
    set_threshold(&mut window, 0.9);
    let before = (canvas_title(&window), mean(&window), threshold(&window));
    press(&mut window, Modifiers::COMMAND, Key::Num4);
    command(&mut window, "take the tour");
    assert!(shows(&window, "Step 1 of 5"));
    assert_eq!(canvas_title(&window), "Canvas: Chelsea the cat");
    let trained = mean(&window);
    click(&mut window, "Next");
    press(&mut window, Modifiers::NONE, Key::ArrowRight);
    assert!(shows(&window, "Step 3 of 5"));
    assert!((threshold(&window) - 0.6).abs() < 1e-6 && mean(&window) < trained);
    // What the step points at can be tried.
    set_threshold(&mut window, 0.3);
    press(&mut window, Modifiers::COMMAND, Key::Z);
    assert!((threshold(&window) - 0.3).abs() < 1e-6, "a tour is no step of undo");
    window.get_by_role_and_label(Role::Button, "Next").focus();
    settle(&mut window);
    press(&mut window, Modifiers::NONE, Key::ArrowLeft);
    assert!(shows(&window, "Step 2 of 5") && (threshold(&window) - 0.99).abs() < 1e-6);
    for _ in 2..5 {
        press(&mut window, Modifiers::NONE, Key::Enter);
    }
    assert!(shows(&window, "Step 5 of 5"));
    // Closed now, the window would come back as it was before.
    let mut kept = Kept::default();
    eframe::App::save(window.state_mut(), &mut kept);
    let session = eframe::Storage::get_string(&kept, "session").unwrap();
    let session: serde_json::Value = serde_json::from_str(&session).unwrap();
    assert!((session["setting"]["threshold"].as_f64().unwrap() - 0.9).abs() < 1e-6, "{session}");

    press(&mut window, Modifiers::NONE, Key::Escape);
    assert!(!shows(&window, "Step 5 of 5"));
    press(&mut window, Modifiers::COMMAND, Key::Num1);
    assert_eq!((canvas_title(&window), mean(&window), threshold(&window)), before);
    press(&mut window, Modifiers::COMMAND, Key::Z);
    assert!((threshold(&window) - 0.99).abs() < 1e-6, "the step before the tour is the one to undo");
}

#[test]
fn the_tour_points_into_the_inspector_even_where_that_is_closed_or_has_to_be_scrolled() {
    let mut window = window();
    press(&mut window, Modifiers::COMMAND, Key::I);
    window.set_size(Vec2::new(1024.0, 640.0));
    settle(&mut window);
    command(&mut window, "tour");
    for _ in 0..3 {
        press(&mut window, Modifiers::NONE, Key::ArrowRight);
    }
    let gauge = window.get_by_role(Role::Meter).rect();
    let card = window.get_by_label("Step 4 of 5").rect().union(window.get_by_label("End tour").rect());
    assert!(gauge.top() > 0.0 && gauge.bottom() < 640.0 - 26.0, "{gauge:?}");
    assert!(!card.intersects(gauge), "{card:?} on {gauge:?}");
    click(&mut window, "End tour");
    assert!(!shows(&window, "Halting threshold"), "the inspector is closed again");
}

fn with_storage(kept: Kept) -> Window {
    let mut window = builder(Theme::Dark)
        .build_eframe(move |cc| App::new(&cc.egui_ctx, Some(&kept), Arc::new(Formula)).unwrap());
    settle(&mut window);
    window
}

#[test]
fn the_tour_is_offered_once() {
    let mut window = with_storage(Kept::default());
    assert!(shows(&window, "New here?"));
    click(&mut window, "Take the tour");
    assert!(shows(&window, "Step 1 of 5") && !shows(&window, "New here?"));
    let mut kept = Kept::default();
    eframe::App::save(window.state_mut(), &mut kept);
    drop(window);
    assert!(!shows(&with_storage(kept), "New here?"));
}

#[test]
fn text_is_made_larger_by_menu_and_keys_and_stays_so() {
    let mut window = window();
    let before = window.ctx.zoom_factor();
    press(&mut window, Modifiers::COMMAND, Key::Plus);
    press(&mut window, Modifiers::COMMAND, Key::Equals);
    click(&mut window, "Window");
    window.get_by_label("Larger text Ctrl+Plus").scroll_to_me();
    settle(&mut window);
    click(&mut window, "Larger text Ctrl+Plus");
    assert!((window.ctx.zoom_factor() - before - 0.3).abs() < 1e-3, "{}", window.ctx.zoom_factor());
    press(&mut window, Modifiers::COMMAND, Key::Minus);
    let mut kept = Kept::default();
    eframe::App::save(window.state_mut(), &mut kept);
    drop(window);
    let mut window = with_storage(kept);
    assert!((window.ctx.zoom_factor() - 1.2).abs() < 1e-3, "{}", window.ctx.zoom_factor());
    press(&mut window, Modifiers::COMMAND, Key::Num0);
    assert_eq!(window.ctx.zoom_factor(), 1.0);
}

#[test]
fn with_reduced_motion_nothing_moves_by_itself() {
    let mut window = window();
    let style = |window: &Window| window.ctx.global_style();
    command(&mut window, "reduce motion");
    assert_eq!(style(&window).scroll_animation, ScrollAnimation::none());
    assert_eq!(style(&window).animation_time, 0.0);
    command(&mut window, "reduce motion");
    assert_ne!(style(&window).scroll_animation, ScrollAnimation::none());
    assert!(style(&window).animation_time > 0.0);
}

#[test]
fn a_key_goes_from_panel_to_panel() {
    let mut window = window();
    let focused = |window: &Window| {
        let nodes = window.root().children_recursive();
        let focused = nodes.filter(|node| node.accesskit_node().is_focused());
        focused.filter_map(|node| node.accesskit_node().label()).next().unwrap_or_default()
    };
    let mut visited = Vec::new();
    for _ in 0..5 {
        press(&mut window, Modifiers::NONE, Key::F6);
        visited.push(focused(&window));
    }
    let canvas = canvas_title(&window);
    assert_eq!(visited, ["Explore", "Open pictures…", canvas.as_str(), "Model", "Notifications"]);
    press(&mut window, Modifiers::COMMAND, Key::L);
    press(&mut window, Modifiers::NONE, Key::F6);
    press(&mut window, Modifiers::NONE, Key::F6);
    assert_eq!(focused(&window), canvas, "a closed panel is passed over");
}

/// Palette, help and tour. Left out where nothing can render.
#[test]
fn what_lies_over_the_window_looks_as_it_did() {
    let mut results = SnapshotResults::new();
    for (theme, size, name) in [
        (Theme::Dark, Vec2::new(1360.0, 860.0), "palette_dark"),
        (Theme::Light, Vec2::new(1024.0, 640.0), "help_light"),
        (Theme::Dark, Vec2::new(1024.0, 640.0), "tour_dark"),
        (Theme::Light, Vec2::new(1024.0, 640.0), "news_light"),
    ] {
        let Some(renderer) = rendering::renderer(&format!("the picture {name}")) else { return };
        let mut window = opened(builder(theme).renderer(renderer), Arc::new(Formula), theme, Vec::new());
        click(&mut window, "Cat 3");
        window.remove_cursor();
        window.set_size(size);
        settle(&mut window);
        match name {
            "palette_dark" => search(&mut window, "map"),
            "help_light" => {
                press(&mut window, Modifiers::NONE, Key::F1);
                click(&mut window, "Terms");
            }
            "tour_dark" => {
                command(&mut window, "tour");
                click(&mut window, "Next");
                click(&mut window, "Next");
            }
            _ => {
                set_threshold(&mut window, 0.5);
                pick(&mut window, "Model", "formula-tau0.02");
                drop_file(&mut window, "wrong.safetensors".into());
                pick(&mut window, "Model", "formula-tau0.005");
                drop_file(&mut window, "worse.safetensors".into());
                click(&mut window, "Notifications, 4 new");
            }
        }
        window.remove_cursor();
        settle(&mut window);
        results.add(window.try_snapshot(name));
    }
}

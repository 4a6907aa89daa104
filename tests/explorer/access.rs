//! For everybody: each control has a name of its own, and lies where it can be seen, on every screen and at every size.

use std::collections::BTreeMap;
use std::sync::Arc;

use eframe::egui::accesskit::{Action, Role};
use eframe::egui::{Key, Modifiers, Rect, Theme, Vec2};
use egui_kittest::Node;
use egui_kittest::kittest::{NodeT, Queryable};
use ponderscope::explorer::Command;
use ponderscope::zoo::ModelSource;

use crate::formula::Formula;
use crate::running::wait_until;
use crate::{Window, builder, click, opened, press, settle, window};

const SCREENS: [(&str, Key); 5] = [
    ("Explore", Key::Num1),
    ("Halting", Key::Num2),
    ("Compare", Key::Num3),
    ("Evaluate", Key::Num4),
    ("Train", Key::Num5),
];

/// Everything that can be pressed, moved or typed into.
fn controls(window: &Window) -> Vec<Node<'_>> {
    let acts = |node: &Node<'_>| {
        let data = node.accesskit_node();
        let data = data.data();
        data.supports_action(Action::Click) || data.supports_action(Action::Focus)
    };
    window
        .root()
        .children_recursive()
        .filter(|node| acts(node) && !node.accesskit_node().is_hidden())
        .collect()
}

fn name(node: &Node<'_>) -> String {
    let node = node.accesskit_node();
    node.label().or_else(|| node.data().placeholder().map(str::to_owned)).unwrap_or_default()
}

/// Which menu or dialog it stands in, if it is one of them: there a name may come up again.
fn within(node: &Node<'_>) -> Option<String> {
    let parents = std::iter::successors(node.accesskit_node().parent(), |node| node.parent());
    let mut over = parents.filter(|node| matches!(node.role(), Role::Menu | Role::Dialog | Role::Alert));
    over.next().map(|node| format!("{:?}", node.id()))
}

/// Each control has a name, and no two of a kind have the same.
pub fn assert_named(window: &Window, place: &str) {
    let mut seen: BTreeMap<(Option<String>, String, String), usize> = BTreeMap::new();
    for node in controls(window) {
        let role = node.accesskit_node().role();
        // What lies under others only to take their clicks.
        if matches!(
            role,
            Role::Unknown
                | Role::GenericContainer
                | Role::Pane
                | Role::Splitter
                | Role::ScrollBar
                | Role::Label
        ) {
            continue;
        }
        let name = name(&node);
        assert!(!name.trim().is_empty(), "{place}: a {role:?} at {:?} has no name", node.rect());
        *seen.entry((within(&node), format!("{role:?}"), name)).or_default() += 1;
    }
    assert!(seen.len() > 10, "{place}: {seen:?}");
    let twice: Vec<_> = seen.into_iter().filter(|(_, count)| *count > 1).collect();
    assert!(twice.is_empty(), "{place}: {twice:?} cannot be told apart");
}

#[test]
fn every_control_has_a_name_of_its_own_on_every_screen() {
    let mut window = window();
    for (screen, key) in SCREENS {
        press(&mut window, Modifiers::COMMAND, key);
        assert_named(&window, screen);
        for menu in ["File", "Edit", "View", "Compare", "Run", "Window", "Help"] {
            window.get_by_role_and_label(Role::Button, menu).click();
            settle(&mut window);
            assert_named(&window, &format!("{screen}, menu {menu}"));
            press(&mut window, Modifiers::NONE, Key::Escape);
        }
        press(&mut window, Modifiers::NONE, Key::F1);
        assert_named(&window, &format!("{screen}, help"));
        press(&mut window, Modifiers::NONE, Key::F1);
        press(&mut window, Modifiers::COMMAND, Key::K);
        assert_named(&window, &format!("{screen}, palette"));
        press(&mut window, Modifiers::NONE, Key::Escape);
    }
    press(&mut window, Modifiers::COMMAND, Key::Num1);
    crate::drop_file(&mut window, "wrong.safetensors".into());
    click(&mut window, "Notifications, 1 new");
    assert_named(&window, "notifications");
    press(&mut window, Modifiers::NONE, Key::Escape);
    click(&mut window, "Help");
    click(&mut window, "Take the tour");
    assert_named(&window, "tour");
}

/// Three sizes of window, at two densities of pixels: no control reaches out of the window, and none of those in the
/// menu bar, the toolbar and the status bar lies on another.
#[test]
fn every_control_lies_in_the_window_at_every_size() {
    for (size, pixels_per_point) in [
        (Vec2::new(1024.0, 640.0), 1.0),
        (Vec2::new(1024.0, 640.0), 2.0),
        (Vec2::new(1600.0, 1000.0), 1.0),
        (Vec2::new(3840.0, 2160.0), 1.0),
        (Vec2::new(1920.0, 1080.0), 2.0),
    ] {
        let builder = builder(Theme::Dark).with_pixels_per_point(pixels_per_point);
        let mut window = opened(builder, Arc::new(Formula), Theme::Dark, Vec::new());
        window.set_size(size);
        settle(&mut window);
        for (screen, key) in SCREENS {
            press(&mut window, Modifiers::COMMAND, key);
            let place = format!("{screen} at {size} points of {pixels_per_point} pixels");
            assert_inside(&window, size, &place);
        }
    }
}

fn assert_inside(window: &Window, size: Vec2, place: &str) {
    let bounds = Rect::from_min_size(Default::default(), size).expand(0.5);
    let mut bars: Vec<(String, Rect)> = Vec::new();
    for node in controls(window) {
        let role = node.accesskit_node().role();
        if !matches!(
            role,
            Role::Button
                | Role::Tab
                | Role::CheckBox
                | Role::RadioButton
                | Role::ComboBox
                | Role::Slider
                | Role::SpinButton
                | Role::TextInput
        ) {
            continue;
        }
        let (name, rect) = (name(&node), node.rect());
        // To the sides nothing scrolls; up and down, what is scrolled away reaches out.
        assert!(
            rect.left() >= bounds.left() && rect.right() <= bounds.right(),
            "{place}: {name} at {rect:?}"
        );
        let in_bar = rect.bottom() < 36.0 || rect.top() > size.y - 26.0;
        if in_bar && rect.top() >= 0.0 && rect.bottom() <= bounds.bottom() {
            bars.push((name, rect));
        }
    }
    assert!(bars.len() > 8, "{place}: {bars:?}");
    for (index, (name, rect)) in bars.iter().enumerate() {
        for (other, rect_of_other) in &bars[..index] {
            let both = rect.intersect(*rect_of_other);
            assert!(!both.is_positive() || both.area() < 1.0, "{place}: {name} lies on {other}");
        }
    }
}

/// Panels part the window among them: they cover it, and none lies on another.
#[test]
fn panels_do_not_overlap() {
    for size in [Vec2::new(1024.0, 640.0), Vec2::new(1600.0, 1000.0), Vec2::new(3840.0, 2160.0)] {
        let mut window = window();
        window.set_size(size);
        settle(&mut window);
        let canvas = window.get_by_role(Role::Canvas).rect();
        let bar =
            window.get_by(|node| node.label().is_some_and(|label| label.contains("viridis from"))).rect();
        let threshold = window.get_by_role_and_label(Role::Slider, "Halting threshold").rect();
        let open = window.get_by_role_and_label(Role::Button, "Open pictures…").rect();
        let status = window.get_by_role_and_label(Role::Button, "Notifications").rect();
        let across = [open.right(), canvas.left(), canvas.right(), bar.left(), bar.right(), threshold.left()];
        assert!(across.is_sorted(), "{size}: {across:?}");
        assert!(canvas.width() > 200.0 && canvas.height() > 200.0, "{size}: {canvas:?}");
        assert!(canvas.bottom() < status.top() && status.bottom() <= size.y, "{size}");
    }
}

/// Without an inspector, over which they stand, news go into the status bar; what they tell and offer is the same.
#[test]
fn news_never_lie_on_the_picture() {
    const NEWS: &str = "runs with a halting setting that it was not trained with";
    let mut window = window();
    press(&mut window, Modifiers::COMMAND, Key::I);
    window.state_mut().apply(Command::SetThreshold(0.5));
    settle(&mut window);
    let canvas = window.get_by_role(Role::Canvas).rect();
    window.state_mut().apply(Command::UseModel(ModelSource::Embedded("formula-tau0.02".to_owned())));
    wait_until(&mut window, |window| crate::shows(window, NEWS));
    window.step();
    let news = window
        .get_by(|node| node.role() == Role::Label && node.value().is_some_and(|text| text.contains(NEWS)))
        .rect();
    assert!(news.top() > canvas.bottom() && news.bottom() <= crate::SIZE.y, "{news:?} on {canvas:?}");
    assert_eq!(window.get_by_role(Role::Canvas).rect(), canvas, "the picture stays where it was");
    window.get_by_role_and_label(Role::Button, "Halting as trained").click();
    settle(&mut window);
    assert!(!crate::shows(&window, NEWS));
    press(&mut window, Modifiers::COMMAND, Key::I);
    assert!(crate::shows(&window, "As trained."));
}

/// The error can be copied and put away while the log is open.
#[test]
fn the_log_leaves_the_error_below_it_free() {
    let mut window = window();
    crate::drop_file(&mut window, "wrong.safetensors".into());
    click(&mut window, "Notifications, 1 new");
    let log = window.get_by_label("Forget notifications").rect();
    let dismiss = window.get_by_role_and_label(Role::Button, "Dismiss").rect();
    assert!(log.bottom() < dismiss.top());
    let lines = window.get_all_by(|node| {
        node.role() == Role::Label && node.value().is_some_and(|text| text.starts_with("wrong.safetensors"))
    });
    let above = lines.filter(|node| node.rect().bottom() < dismiss.top()).count();
    assert_eq!(above, 1, "the log's line stands above the banner's");
}

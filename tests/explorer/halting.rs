//! The Halting screen: blocks, units, pins. The stand-in's column `c` of `w` runs `ceil(5 * 0.99 * c / w)` units.

use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers, OutputCommand, Theme, Vec2, vec2};
use egui_kittest::SnapshotResults;
use egui_kittest::kittest::{NodeT, Queryable};
use ponderscope::explorer::{Backend, Inference};
use ponderscope::halting::HaltingSetting;
use ponderscope::image::Input;
use ponderscope::jobs::Cancel;
use ponderscope::network::{NetworkError, NetworkSpec, Trace};
use ponderscope::zoo::{ModelCard, ModelEntry, ModelSource, ZooError};

use crate::formula::Formula;
use crate::running::wait_until;
use crate::{
    Window, builder, click, opened, pick, press, rendering, set_threshold, settle, shows, texts, window,
    window_of,
};

/// On a picture of 32 x 32 pixels.
fn halting() -> Window {
    let mut window = window();
    click(&mut window, "Cat 3");
    press(&mut window, Modifiers::COMMAND, Key::Num2);
    window
}

pub fn press_at(window: &mut Window, block: &str, at: Vec2, modifiers: Modifiers) {
    let rect = window.get_by(|node| node.label().is_some_and(|label| is_map(&label, block))).rect();
    let place = rect.min + at * rect.size();
    window.hover_at(place);
    window.run();
    window.event(eframe::egui::Event::ModifiersChanged(modifiers));
    let button = |pressed| eframe::egui::Event::PointerButton {
        pos: place,
        button: eframe::egui::PointerButton::Primary,
        pressed,
        modifiers,
    };
    window.event(button(true));
    window.step();
    window.event(button(false));
    settle(window);
}

/// What a button copies.
pub fn copied(window: &mut Window, button: &str) -> Option<String> {
    window.get_by_label(button).click();
    let mut copied = None;
    for _ in 0..4 {
        window.step();
        let commands = &window.output().platform_output.commands;
        let text = |command: &OutputCommand| match command {
            OutputCommand::CopyText(text) => Some(text.clone()),
            _ => None,
        };
        copied = copied.or(commands.iter().find_map(text));
    }
    copied
}

/// Picks a quantity; the inspector has some of the same names.
fn pick_quantity(window: &mut Window, quantity: &str) {
    window
        .get_by(|node| node.role() == Role::ComboBox && node.label().as_deref() == Some("Block quantity"))
        .click();
    window.run();
    window.get_by(|node| node.role() == Role::Button && node.label().as_deref() == Some(quantity)).click();
    settle(window);
}

fn is_map(label: &str, block: &str) -> bool {
    label.contains(&format!(", {block}: ")) && label.contains("positions active")
}

/// How many positions of a block are active in the unit that is looked at.
fn active(window: &Window, block: &str) -> usize {
    let label = texts(window).into_iter().find(|text| is_map(text, block)).unwrap();
    let count = label.split(": ").nth(1).and_then(|rest| rest.split(' ').next());
    count.and_then(|count| count.parse().ok()).unwrap()
}

#[test]
fn every_block_shows_who_is_active_unit_by_unit() {
    let mut window = halting();
    assert_eq!(["block_1", "block_2", "block_3"].map(|block| active(&window, block)), [1024, 256, 64]);
    assert!(shows(&window, "unit 1 of 5"));
    press(&mut window, Modifiers::NONE, Key::Period);
    // Columns 0 to 6 of 32 run one unit.
    assert!(shows(&window, "unit 2 of 5"), "{:?}", texts(&window));
    assert_eq!(active(&window, "block_1"), 25 * 32);
    assert!(shows(&window, "800 of 1024 active (78 %)"));
    window.get_by_role_and_label(Role::Slider, "Unit").set_value_accesskit(5.0);
    settle(&mut window);
    assert_eq!(active(&window, "block_1"), 6 * 32);
    press(&mut window, Modifiers::NONE, Key::Comma);
    assert!(shows(&window, "unit 4 of 5"));
    press(&mut window, Modifiers::COMMAND, Key::Z);
    assert!(shows(&window, "unit 5 of 5"));
}

#[test]
fn units_go_by_themselves_until_they_are_stopped() {
    let mut window = halting();
    pick(&mut window, "Speed", "8 a second");
    click(&mut window, "Play units");
    wait_until(&mut window, |window| shows(window, "unit 5 of 5"));
    wait_until(&mut window, |window| shows(window, "unit 1 of 5"));
    press(&mut window, Modifiers::NONE, Key::K);
    let stands = texts(&window);
    let began = Instant::now();
    while began.elapsed() < Duration::from_millis(400) {
        window.step();
    }
    assert_eq!(texts(&window), stands);
}

#[test]
fn a_pinned_position_tells_its_course_in_every_block_and_arrows_move_it() {
    let mut window = halting();
    press_at(&mut window, "block_1", vec2(0.52, 0.5), Modifiers::NONE);
    // Column 16 of 32 runs three units.
    assert!(shows(&window, "Pin 1: 16, 16"), "{:?}", texts(&window));
    let courses = |window: &Window| {
        let texts = texts(window);
        texts.into_iter().filter(|text| text.starts_with("Halting scores in")).collect::<Vec<_>>()
    };
    assert_eq!(courses(&window).len(), 3);
    assert!(
        courses(&window).iter().all(|course| course.ends_with("N 3, R 0.50, ρ 3.50")),
        "{:?}",
        courses(&window)
    );
    for _ in 0..4 {
        press(&mut window, Modifiers::NONE, Key::ArrowRight);
    }
    assert!(shows(&window, "Pin 1: 20, 16"));
    assert!(courses(&window)[0].ends_with("N 4, R 0.50, ρ 4.50"), "{:?}", courses(&window));
    press(&mut window, Modifiers::NONE, Key::ArrowUp);
    assert!(shows(&window, "Pin 1: 20, 15"));

    press_at(&mut window, "block_3", vec2(0.05, 0.05), Modifiers::SHIFT);
    assert!(shows(&window, "Pin 2: 2, 2"), "{:?}", texts(&window));
    assert!(courses(&window)[2].ends_with("; N 1, R 0.50, ρ 1.50"), "{:?}", courses(&window));
    press(&mut window, Modifiers::NONE, Key::ArrowRight);
    assert!(shows(&window, "Pin 2: 6, 2"), "by a position of the block that was clicked");

    click(&mut window, "Remove pin 1");
    assert!(shows(&window, "Pin 1: 6, 2") && !shows(&window, "Pin 2"));
    press(&mut window, Modifiers::COMMAND, Key::Z);
    assert!(shows(&window, "Pin 1: 20, 15") && shows(&window, "Pin 2: 6, 2"));
    click(&mut window, "Remove all pins");
    assert!(courses(&window).is_empty() && !shows(&window, "Pin 1"));
}

#[test]
fn the_first_pin_is_set_by_keys_alone() {
    let mut window = halting();
    window.get_by(|node| node.label().is_some_and(|label| is_map(&label, "block_2"))).focus();
    settle(&mut window);
    press(&mut window, Modifiers::NONE, Key::Enter);
    assert!(shows(&window, "Pin 1: 16, 16"), "{:?}", texts(&window));
    press(&mut window, Modifiers::NONE, Key::ArrowRight);
    assert!(shows(&window, "Pin 1: 19, 17"), "by a position of block_2: {:?}", texts(&window));
    press(&mut window, Modifiers::NONE, Key::Enter);
    assert!(shows(&window, "Pin 1: 19, 17") && !shows(&window, "Pin 2"));
    click(&mut window, "Remove all pins");
    click(&mut window, "Add pin");
    assert!(shows(&window, "Pin 1: 16, 16"));
}

/// The formula's models, and one that ends behind the second block.
struct WithShort;

const SHORT: &str = "short";

struct ShortModel(Arc<dyn Inference>, ModelCard);

impl WithShort {
    fn short() -> ShortModel {
        let model = Formula.load(&Formula.models()[0].source).unwrap();
        let long = model.card().clone();
        let spec = NetworkSpec { units: vec![5, 5], ..long.spec.clone() };
        let card = ModelCard { name: SHORT.to_owned(), tau: None, spec, ..long };
        ShortModel(model, card)
    }
}

impl Backend for WithShort {
    fn models(&self) -> Vec<ModelEntry> {
        let source = ModelSource::Embedded(SHORT.to_owned());
        let short = ModelEntry { source, card: Self::short().1 };
        Formula.models().into_iter().chain([short]).collect()
    }

    fn load(&self, source: &ModelSource) -> Result<Arc<dyn Inference>, ZooError> {
        match source {
            ModelSource::Embedded(name) if name == SHORT => Ok(Arc::new(Self::short())),
            _ => Formula.load(source),
        }
    }

    fn device(&self) -> &str {
        "Short"
    }
}

impl Inference for ShortModel {
    fn card(&self) -> &ModelCard {
        &self.1
    }

    fn run(&self, input: &Input, setting: &HaltingSetting, cancel: &Cancel) -> Result<Trace, NetworkError> {
        let mut trace = self.0.run(input, setting, cancel)?;
        trace.blocks.truncate(2);
        Ok(trace)
    }
}

#[test]
fn a_network_with_fewer_blocks_goes_on_with_its_last_one() {
    let mut window = window_of(Arc::new(WithShort), Theme::Dark, Vec::new());
    click(&mut window, "Cat 3");
    press(&mut window, Modifiers::COMMAND, Key::Num2);
    press_at(&mut window, "block_3", vec2(0.05, 0.05), Modifiers::NONE);
    let lists =
        |window: &Window, block: &str| window.query_by_label(&format!("Ponder cost, {block}")).is_some();
    assert!(shows(&window, "Pin 1: 2, 2") && lists(&window, "block_3"));
    pick(&mut window, "Model", SHORT);
    assert!(lists(&window, "block_2"), "values are listed: {:?}", texts(&window));
    window.get_by_role(Role::Canvas).focus();
    settle(&mut window);
    press(&mut window, Modifiers::NONE, Key::ArrowRight);
    assert!(shows(&window, "Pin 1: 5, 3"), "by a position of block_2: {:?}", texts(&window));
    pick(&mut window, "Model", "formula");
    assert!(lists(&window, "block_3"), "what was selected comes back");
}

#[test]
fn what_a_pin_sees_grows_with_the_units() {
    let mut window = halting();
    press_at(&mut window, "block_1", vec2(0.5, 0.5), Modifiers::NONE);
    assert!(shows(&window, "Sees 7 × 7 pixels in block_1 behind unit 1"), "{:?}", texts(&window));
    press(&mut window, Modifiers::NONE, Key::Period);
    assert!(shows(&window, "Sees 11 × 11 pixels in block_1 behind unit 2"));
}

#[test]
fn values_around_a_pin_can_be_copied() {
    let mut window = halting();
    press_at(&mut window, "block_3", vec2(0.05, 0.05), Modifiers::NONE);
    click(&mut window, "3×3");
    let copied = copied(&mut window, "Copy values");
    assert_eq!(copied.as_deref(), Some("\t-1\t0\t1\n-1\t\t\t\n0\t\t1.5\t1.5\n1\t\t1.5\t1.5\n"));
}

#[test]
fn quantity_and_range_are_said_with_every_map() {
    let mut window = halting();
    assert!(shows(&window, "Colours of Ponder cost: viridis from 2 to 6"));
    pick_quantity(&mut window, "Number of units");
    assert!(shows(&window, "Colours of Number of units: viridis from 1 to 5"));
    pick_quantity(&mut window, "Halting score");
    click(&mut window, "Each its own");
    // The right column of the last block runs five units, and scores 8 / 35 in each.
    assert!(shows(&window, "Colours of Halting score: viridis from 0.229 to 1"), "{:?}", texts(&window));
    press(&mut window, Modifiers::COMMAND, Key::Z);
    press(&mut window, Modifiers::COMMAND, Key::Z);
    assert!(shows(&window, "Colours of Number of units: viridis from 1 to 5"));
}

#[test]
fn another_threshold_moves_on_what_is_shown_and_pins_stay() {
    let mut window = halting();
    press_at(&mut window, "block_1", vec2(0.52, 0.5), Modifiers::NONE);
    set_threshold(&mut window, 0.5);
    assert!(shows(&window, "Pin 1: 16, 16") && shows(&window, "N 2, R 0.50, ρ 2.50"), "{:?}", texts(&window));
    click(&mut window, "Coffee cup");
    assert!(shows(&window, "Pin 1: "), "a pin is a place in any picture");
}

#[test]
fn a_vanilla_model_says_that_nobody_halts() {
    let mut window = halting();
    pick(&mut window, "Model", "plain");
    assert!(shows(&window, "A vanilla network decides nothing"));
    assert!(!shows(&window, "positions active"));
    for (role, name) in [(Role::Slider, "Unit"), (Role::ComboBox, "Speed")] {
        assert!(window.get_by_role_and_label(role, name).accesskit_node().is_disabled(), "{name}");
    }
}

/// The screen in both themes, and in the least size. Left out where nothing can render.
#[test]
fn the_halting_screen_looks_as_it_did() {
    let mut results = SnapshotResults::new();
    let looks = [
        (Theme::Dark, "halting_dark", vec2(1360.0, 860.0)),
        (Theme::Light, "halting_light", vec2(1024.0, 640.0)),
    ];
    for (theme, name, size) in looks {
        let Some(renderer) = rendering::renderer(&format!("the picture {name}")) else { return };
        let mut window = opened(builder(theme).renderer(renderer), Arc::new(Formula), theme, Vec::new());
        click(&mut window, "Cat 3");
        window.set_size(size);
        press(&mut window, Modifiers::COMMAND, Key::Num2);
        press_at(&mut window, "block_1", vec2(0.52, 0.4), Modifiers::NONE);
        press_at(&mut window, "block_2", vec2(0.1, 0.8), Modifiers::SHIFT);
        press(&mut window, Modifiers::NONE, Key::Period);
        press(&mut window, Modifiers::NONE, Key::Period);
        window.remove_cursor();
        settle(&mut window);
        results.add(window.try_snapshot(name));
    }
}

//! The Compare screen: A and B on one picture, by accessible name.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::SeqCst;

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers, Theme, Vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use ponderscope::explorer::{App, Backend, Command, Inference};
use ponderscope::halting::HaltingSetting;
use ponderscope::image::Input;
use ponderscope::jobs::Cancel;
use ponderscope::network::{NetworkError, Trace};
use ponderscope::zoo::{ModelCard, ModelEntry, ModelSource, ZooError};

use crate::formula::{ACT, Formula};
use crate::gate::Gated;
use crate::halting::copied;
use crate::running::{draw_a_while, wait_until};
use crate::system::Kept;
use crate::{Window, builder, click, drop_file, mean, press, set_threshold, settle, shows, texts, window_of};

/// The screen with a picture of 32 by 32 pixels.
pub fn comparing() -> Window {
    begun(window_of(Arc::new(Formula), Theme::Dark, Vec::new()))
}

pub fn gated() -> (Window, Gated) {
    let gated = Gated::default();
    (begun(window_of(Arc::new(gated.clone()), Theme::Dark, Vec::new())), gated)
}

pub fn begun(mut window: Window) -> Window {
    click(&mut window, "Cat 3");
    press(&mut window, Modifiers::COMMAND, Key::Num3);
    window
}

pub fn key(window: &mut Window, key: Key) {
    press(window, Modifiers::NONE, key);
}

pub fn undo(window: &mut Window) {
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

pub fn pick_a(window: &mut Window, entry: &str) {
    window.get_by_role_and_label(Role::ComboBox, "Model").click();
    window.run();
    window.get_by(|node| node.role() == Role::Button && node.label().as_deref() == Some(entry)).click();
    settle(window);
}

pub fn pick_b(window: &mut Window, entry: &str) {
    begin_to_pick_b(window, entry);
    settle(window);
}

fn begin_to_set_b(window: &mut Window, threshold: f64) {
    window.get_by_role_and_label(Role::Slider, "Threshold of B").set_value_accesskit(threshold);
    window.step();
}

pub fn set_b(window: &mut Window, threshold: f64) {
    begin_to_set_b(window, threshold);
    settle(window);
}

pub fn number(window: &Window, slider: &str) -> f64 {
    window.get_by_role_and_label(Role::Slider, slider).accesskit_node().numeric_value().unwrap()
}

/// Name of B's model.
pub fn model_of_b(window: &Window) -> String {
    window.get_by_role_and_label(Role::ComboBox, "Model of B").accesskit_node().value().unwrap()
}

/// Name of A's model, as the inspector says.
pub fn model_of_a(window: &Window) -> String {
    window.get_by_role_and_label(Role::ComboBox, "Model").accesskit_node().value().unwrap()
}

/// Models, thresholds and values of A and B.
fn both(window: &Window) -> ([String; 2], [f64; 2], [[String; 4]; 2]) {
    (
        [model_of_a(window), model_of_b(window)],
        [number(window, "Halting threshold"), number(window, "Threshold of B")],
        [row(window, "A"), row(window, "B")],
    )
}

/// A row of the values: three blocks, and the network.
pub fn row(window: &Window, name: &str) -> [String; 4] {
    let texts = texts(window);
    let head = texts.iter().rposition(|text| text == "network").unwrap();
    let row = head + texts[head..].iter().position(|text| text == name).unwrap();
    std::array::from_fn(|column| texts[row + 1 + column].clone())
}

pub fn has_canvas(window: &Window, of: &str) -> bool {
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
    assert_eq!(row(&window, "B − A"), ["0.00", "0.00", "0.00", "0.00"]);
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
    let before = both(&window);
    key(&mut window, Key::X);
    let (models, thresholds, rows) = both(&window);
    assert_eq!(models, ["formula-tau0.02", "formula"]);
    assert_eq!(thresholds, [0.5, f64::from(0.9_f32)]);
    assert_eq!(rows, [before.2[1].clone(), before.2[0].clone()]);
    undo(&mut window);
    assert_eq!(both(&window), before);
}

/// A model in a file, which may vanish behind it.
#[derive(Clone, Default)]
struct Vanishing(Arc<AtomicBool>);

/// ACT by another name.
struct Renamed(Arc<dyn Inference>, ModelCard);

impl Backend for Vanishing {
    fn models(&self) -> Vec<ModelEntry> {
        Formula.models()
    }

    fn load(&self, source: &ModelSource) -> Result<Arc<dyn Inference>, ZooError> {
        if matches!(source, ModelSource::Embedded(_)) || self.0.load(SeqCst) {
            return Formula.load(source);
        }
        let model = Formula.load(&ModelSource::Embedded(ACT.0.to_owned()))?;
        let card = ModelCard { name: "vanishing".to_owned(), ..model.card().clone() };
        Ok(Arc::new(Renamed(model, card)))
    }

    fn device(&self) -> &str {
        "Vanishing"
    }
}

impl Inference for Renamed {
    fn card(&self) -> &ModelCard {
        &self.1
    }

    fn run(&self, input: &Input, setting: &HaltingSetting, cancel: &Cancel) -> Result<Trace, NetworkError> {
        self.0.run(input, setting, cancel)
    }
}

#[test]
fn a_b_whose_file_has_vanished_does_not_change_places() {
    let vanishing = Vanishing::default();
    let mut window = begun(window_of(Arc::new(vanishing.clone()), Theme::Dark, Vec::new()));
    drop_file(&mut window, "vanishing.safetensors".into());
    pick_b(&mut window, "vanishing");
    pick_a(&mut window, "formula");
    set_threshold(&mut window, 0.9);
    set_b(&mut window, 0.5);
    // The models of the strip take its place among those at hand.
    key(&mut window, Key::T);
    key(&mut window, Key::S);
    let before = both(&window);
    assert_eq!(before.0, ["formula", "vanishing"]);
    vanishing.0.store(true, SeqCst);
    key(&mut window, Key::X);
    assert!(shows(&window, "vanishing.safetensors: "), "{:?}", texts(&window));
    assert_eq!(both(&window), before);
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
    assert!(!shows(&window, "Run failed"), "that would be A's");
    let message = copied(&mut window, "Copy what failed for B").unwrap();
    assert!(message.starts_with("formula-tau0.02 on Cat 3: "), "{message}");
    // The least size at which all has its place.
    window.set_size(Vec2::new(1024.0, 640.0));
    settle(&mut window);
    click(&mut window, "Try B again");
    assert!(shows(&window, "B could not be run"), "it fails again");
    gated.fail(false);
    click(&mut window, "Try B again");
    assert!(!shows(&window, "B could not be run"));
    assert_eq!(row(&window, "B − A"), ["0.00", "0.00", "0.00", "0.00"]);
}

#[test]
fn what_stands_there_after_a_failure_of_a_is_called_an_earlier_run() {
    let (mut window, gated) = gated();
    gated.fail(true);
    set_threshold(&mut window, 0.5);
    assert!(shows(&window, "Run failed; map of the previous setting"), "{:?}", texts(&window));
    assert!(shows(&window, "Result of an earlier run"));
    assert_eq!(window.query_all_by_label("Earlier run").count(), 1, "B's is as it is asked for");
    gated.fail(false);
    click(&mut window, "Try again");
    assert!(!shows(&window, "arlier run"), "{:?}", texts(&window));
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
fn swapping_twice_at_once_loses_neither_model() {
    let mut window = comparing();
    let a = model_of_a(&window);
    begin_to_pick_b(&mut window, ACT.0);
    for _ in 0..2 {
        window.key_press(Key::X);
        window.step();
    }
    settle(&mut window);
    let mut models = [model_of_a(&window), model_of_b(&window)];
    models.sort();
    let mut expected = [a, ACT.0.to_owned()];
    expected.sort();
    assert_eq!(models, expected);
}

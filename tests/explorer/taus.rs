//! The tau slider, which goes through the models of a family.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::Duration;

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers, Pos2, Theme};
use egui_kittest::kittest::{NodeT, Queryable};
use ponderscope::engine::Device;
use ponderscope::explorer::{Backend, Command, Inference};
use ponderscope::weights::{self, Overwrite, Precision};
use ponderscope::zoo::{self, ModelCard, ModelEntry, ModelSource, ZooError};
use tempfile::TempDir;

use crate::running::{draw_a_while, wait_until};
use crate::{
    Window, canvas_title, click, drop_file, mean, pick, press, set_threshold, settle, shows, texts, window,
    window_of,
};

const TAUS: [f64; 4] = [0.001, 0.002, 0.005, 0.02];

/// A folder of models.
#[derive(Clone)]
struct Folder(Arc<Inner>);

struct Inner {
    folder: TempDir,
    /// Whether loads have to wait.
    closed: AtomicBool,
    /// Models that were loaded, in order.
    loaded: Mutex<Vec<ModelSource>>,
}

impl Folder {
    /// The embedded model at each tau, the more inclined to halt the higher that is.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (card, contents) = zoo::open(&zoo::default_model().source).unwrap();
        for tau in TAUS {
            let mut variables = contents.variables.clone();
            let biases = |name: &str| name.ends_with("halting_proba/local_conv/biases");
            for (_, variable) in variables.by_name.iter_mut().filter(|(name, _)| biases(name)) {
                variable.values.iter_mut().for_each(|bias| *bias += 100.0 * tau as f32);
            }
            let (name, tau) = (format!("tau{tau}"), Some(tau));
            let path = folder.path().join(format!("{name}.safetensors"));
            let card = ModelCard { name, tau, ..card.clone() };
            zoo::save(&path, &card, variables, Precision::Single, Overwrite::Refuse).unwrap();
        }
        Self(Arc::new(Inner { folder, closed: AtomicBool::default(), loaded: Mutex::default() }))
    }

    /// A window on these models, the first of them in use, with a picture of few pixels.
    fn window(&self) -> Window {
        let mut window = window_of(Arc::new(self.clone()), Theme::Dark, Vec::new());
        click(&mut window, "Cat 3");
        window
    }

    fn file(&self, tau: f64) -> PathBuf {
        self.0.folder.path().join(format!("tau{tau}.safetensors"))
    }

    fn close(&self, closed: bool) {
        self.0.closed.store(closed, SeqCst);
    }

    fn loads(&self) -> usize {
        self.0.loaded.lock().unwrap().len()
    }
}

impl Backend for Folder {
    fn models(&self) -> Vec<ModelEntry> {
        let entry = |tau| {
            let path = self.file(tau);
            let card = ModelCard::of(&weights::outline(&path).unwrap(), &path).unwrap();
            ModelEntry { source: ModelSource::File(path), card }
        };
        TAUS.map(entry).to_vec()
    }

    fn load(&self, source: &ModelSource) -> Result<Arc<dyn Inference>, ZooError> {
        self.0.loaded.lock().unwrap().push(source.clone());
        while self.0.closed.load(SeqCst) {
            sleep(Duration::from_millis(1));
        }
        Ok(Arc::new(zoo::load(source, &Device::cpu())?))
    }

    fn device(&self) -> &str {
        "Folder"
    }
}

fn tau(window: &Window) -> f64 {
    window.get_by_role_and_label(Role::Slider, "tau").accesskit_node().numeric_value().unwrap()
}

fn focus(window: &mut Window) {
    window.get_by_role_and_label(Role::Slider, "tau").focus();
    settle(window);
}

/// A place on the track.
fn on_track(window: &Window, share: f32) -> Pos2 {
    let slider = window.get_by_role_and_label(Role::Slider, "tau").rect();
    Pos2::new(slider.left() + share * slider.width(), slider.top() + 0.3 * slider.height())
}

/// Name of the model in use.
fn model(window: &Window) -> String {
    let texts = texts(window);
    let combo = texts.windows(2).find(|pair| pair[0] == "Model" && pair[1].starts_with("tau"));
    combo.unwrap_or_else(|| panic!("no model in {texts:?}"))[1].clone()
}

/// What another tau leaves as it is: threshold, picture, zoom, and colour bar.
fn kept(window: &Window) -> (Option<f64>, String, String, String) {
    let texts = texts(window);
    let text = |holds: fn(&str) -> bool| texts.iter().find(|text| holds(text)).unwrap().clone();
    let threshold = window.get_by_role_and_label(Role::Slider, "Halting threshold");
    (
        threshold.accesskit_node().numeric_value(),
        canvas_title(window),
        text(|text| text.strip_suffix(" %").is_some_and(|zoom| zoom.parse::<u32>().is_ok_and(|z| z > 100))),
        text(|text| text.contains("viridis from")),
    )
}

#[test]
fn keys_step_through_the_family_and_keep_everything_else() {
    let mut window = Folder::new().window();
    set_threshold(&mut window, 0.9);
    window.key_press(Key::Plus);
    window.key_press(Key::Plus);
    settle(&mut window);
    let kept_before = kept(&window);
    let mut means = vec![mean(&window)];
    assert_eq!((tau(&window), model(&window)), (0.001, "tau0.001".to_owned()));
    focus(&mut window);
    for next in &TAUS[1..] {
        press(&mut window, Modifiers::NONE, Key::ArrowRight);
        assert_eq!((tau(&window), model(&window)), (*next, format!("tau{next}")));
        assert_eq!(kept(&window), kept_before);
        means.push(mean(&window));
    }
    assert!(means.is_sorted_by(|a, b| a > b), "a higher tau halts earlier: {means:?}");
    press(&mut window, Modifiers::NONE, Key::ArrowRight);
    assert_eq!(tau(&window), 0.02);
    for before in (0..3).rev() {
        press(&mut window, Modifiers::COMMAND, Key::Z);
        assert_eq!((tau(&window), mean(&window)), (TAUS[before], means[before]));
    }
    assert_eq!(kept(&window), kept_before);
}

#[test]
fn a_drag_through_the_family_is_one_step_of_undo() {
    let mut window = Folder::new().window();
    let before = mean(&window);
    window.drag_at(on_track(&window, 0.02));
    window.step();
    for share in [0.2, 0.6, 1.1, 0.8, -0.2, 0.5] {
        window.hover_at(on_track(&window, share));
        settle(&mut window);
    }
    window.drop_at(on_track(&window, 0.5));
    settle(&mut window);
    assert_eq!((tau(&window), model(&window)), (0.005, "tau0.005".to_owned()));
    assert!(mean(&window) < before);
    press(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!((tau(&window), model(&window), mean(&window)), (0.001, "tau0.001".to_owned(), before));
    press(&mut window, Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    assert_eq!((tau(&window), model(&window)), (0.005, "tau0.005".to_owned()));
}

#[test]
fn while_a_model_loads_the_map_before_stays_and_the_newest_tau_wins() {
    let folder = Folder::new();
    let mut window = folder.window();
    let before = mean(&window);
    focus(&mut window);
    folder.close(true);
    for tau_now in [0.002, 0.005, 0.02] {
        window.key_press(Key::ArrowRight);
        // The first of them is under way before the next is asked for.
        wait_until(&mut window, |window| tau(window) == tau_now && folder.loads() == 2);
    }
    draw_a_while(&mut window);
    assert_eq!((tau(&window), model(&window), mean(&window)), (0.02, "tau0.001".to_owned(), before));
    assert!(shows(&window, "Computing…") && shows(&window, "Loading the model…"));
    folder.close(false);
    settle(&mut window);
    assert_eq!((tau(&window), model(&window)), (0.02, "tau0.02".to_owned()));
    assert!(mean(&window) < before && !shows(&window, "Computing…"));
    assert_eq!(folder.loads(), 3, "the first, the one that was under way, and the newest");
    press(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!((tau(&window), mean(&window)), (0.001, before));
}

#[test]
fn the_way_back_loads_nothing() {
    let folder = Folder::new();
    let mut window = folder.window();
    focus(&mut window);
    for key in [Key::End, Key::Home, Key::End, Key::Home] {
        press(&mut window, Modifiers::NONE, key);
    }
    assert_eq!((tau(&window), folder.loads()), (0.001, 2));
}

#[test]
fn a_model_that_is_gone_says_so_and_the_slider_goes_back() {
    let folder = Folder::new();
    let mut window = folder.window();
    let before = mean(&window);
    std::fs::remove_file(folder.file(0.002)).unwrap();
    focus(&mut window);
    press(&mut window, Modifiers::NONE, Key::ArrowRight);
    assert!(shows(&window, "tau0.002.safetensors"), "{:?}", texts(&window));
    assert_eq!((tau(&window), model(&window), mean(&window)), (0.001, "tau0.001".to_owned(), before));
}

#[test]
fn the_menu_and_its_keys_step_too() {
    let mut window = Folder::new().window();
    press(&mut window, Modifiers::COMMAND, Key::ArrowUp);
    assert_eq!(tau(&window), 0.002);
    click(&mut window, "Edit");
    let is_possible = |window: &Window, label: &str| {
        let mut entries = window.get_all_by(|node| node.label().is_some_and(|text| text.starts_with(label)));
        !entries.next().unwrap().accesskit_node().is_disabled()
    };
    assert!(is_possible(&window, "Higher tau") && is_possible(&window, "Lower tau"));
    press(&mut window, Modifiers::COMMAND, Key::ArrowDown);
    assert_eq!(tau(&window), 0.001);
    assert!(!is_possible(&window, "Lower tau"));
    press(&mut window, Modifiers::COMMAND, Key::ArrowDown);
    assert_eq!(tau(&window), 0.001);
}

#[test]
fn what_the_chosen_model_is_worth_stands_beside_the_slider() {
    let window = window();
    assert!(shows(&window, "75.0 %  ·  80.1 MFLOPs"), "{:?}", texts(&window));
}

#[test]
fn only_models_that_were_opened_are_remembered() {
    let folder = Folder::new();
    let mut window = folder.window();
    window.state_mut().apply(Command::HigherTau);
    settle(&mut window);
    assert_eq!(tau(&window), 0.002);
    assert!(!shows(&window, "Recent files"), "a notch was listed anyway");
    let elsewhere = tempfile::tempdir().unwrap();
    let copy = elsewhere.path().join("copy.safetensors");
    std::fs::copy(folder.file(0.005), &copy).unwrap();
    drop_file(&mut window, copy);
    assert_eq!(tau(&window), 0.005);
    assert!(shows(&window, "Recent files") && shows(&window, "copy.safetensors"));
}

#[test]
fn a_vanilla_model_has_no_tau() {
    let mut window = window();
    assert_eq!(tau(&window), 0.01);
    pick(&mut window, "Model", "plain");
    assert!(window.query_by_role_and_label(Role::Slider, "tau").is_none());
}

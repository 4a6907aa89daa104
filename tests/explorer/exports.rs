//! HDF5 exports in the window: what they hold is shown, and no model is run.

use std::path::{Path, PathBuf};

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers, Theme};
use egui_kittest::kittest::{NodeT, Queryable};
use ponderscope::dataset::{Dataset, batches};
use ponderscope::engine::Device;
use ponderscope::evaluate::export;
use ponderscope::halting::HaltingSetting;
use ponderscope::image::{self, InputSize, Preprocessing};
use ponderscope::jobs::Cancel;

use crate::{
    Window, canvas_title, click, drop_file, mean, percent_of_vanilla, press, shows, texts, window, window_of,
    zoo,
};

pub fn reference() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/cifar_5_sact/export_original_schema.h5")
}

fn has_threshold(window: &Window) -> bool {
    window
        .query_all_by_role(Role::Slider)
        .any(|node| node.accesskit_node().label().is_some_and(|label| label == "Halting threshold"))
}

/// The means are numpy's of the file's maps.
#[test]
fn an_export_is_looked_through_without_a_model() {
    let mut window = window();
    let first = canvas_title(&window);
    drop_file(&mut window, reference());
    assert_eq!(canvas_title(&window), "Canvas: export_original_schema.h5 [0]");
    assert_eq!(mean(&window), 9.36);
    assert!(shows(&window, "From export_original_schema.h5, no model is run"), "{:?}", texts(&window));
    assert!(shows(&window, "Ponder cost, whole network: viridis from 6 to 18"));
    assert!(shows(&window, "Entered the network as 32 × 32 pixels."));
    assert!(!has_threshold(&window));
    for (key, title, cost) in
        [(Key::ArrowRight, "[1]", 9.79), (Key::ArrowLeft, "[0]", 9.36), (Key::ArrowLeft, "[15]", 10.54)]
    {
        press(&mut window, Modifiers::COMMAND, key);
        assert_eq!(canvas_title(&window), format!("Canvas: export_original_schema.h5 {title}"));
        assert_eq!(mean(&window), cost);
    }
    assert!(shows(&window, "export_original_schema.h5, image 16 of 16"));

    click(&mut window, "Coffee cup");
    assert!(has_threshold(&window) && !shows(&window, "no model is run"));
    click(&mut window, "export_original_schema.h5");
    assert_eq!(mean(&window), 9.36);
    for _ in 0..6 {
        press(&mut window, Modifiers::COMMAND, Key::Z);
    }
    assert_eq!(canvas_title(&window), first);
}

/// What an export shows is what the same model shows live.
#[test]
fn an_export_shows_what_the_run_showed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("maps.h5");
    let mut window = window_of(zoo(), Theme::Dark, Vec::new());
    click(&mut window, "Cat 3");
    let live = (mean(&window), percent_of_vanilla(&window));

    let model = ponderscope::zoo::load(&ponderscope::zoo::default_model().source, &Device::cpu()).unwrap();
    let data = Dataset::samples();
    let prepare =
        |picture: &image::RgbImage| image::prepare(picture, InputSize::Native, Preprocessing::Standardise);
    let examples = std::iter::once(data.example(62, prepare));
    let setting = HaltingSetting::default();
    export(&model, &setting, batches(examples, None), data.classes(), &path, &Cancel::new(), |_| ()).unwrap();
    drop_file(&mut window, path.clone());
    assert_eq!(canvas_title(&window), "Canvas: maps.h5 [0]");
    assert_eq!((mean(&window), percent_of_vanilla(&window)), live);
    click(&mut window, "Number of units");
    assert!(shows(&window, "Number of units, whole network: viridis from 3 to 15"));

    // What is no export any more is told, and what was there stays.
    std::fs::write(&path, "Dear diary").unwrap();
    click(&mut window, "Cat 3");
    click(&mut window, "maps.h5");
    assert!(shows(&window, "is not an HDF5 file"), "{:?}", texts(&window));
    assert_eq!(canvas_title(&window), "Canvas: Cat 3");
}

//! The Train screen: real runs of a few steps on a handful of pictures.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers, Theme, Vec2, ViewportCommand, ViewportEvent, ViewportId};
use egui_kittest::SnapshotResults;
use egui_kittest::kittest::Queryable;
use ponderscope::explorer::App;
use ponderscope::train::RunFolder;

use crate::formula::Formula;
use crate::rendering;
use crate::running::wait_until;
use crate::system::Kept;
use crate::{
    Window, builder, canvas_title, click, drop_file, opened, pick, press, settle, shows, texts, window,
    window_of, zoo,
};

/// Two classes: pictures that are dark, and pictures that are light at one side.
fn data(folder: &Path) {
    for (split, count) in [("train", 8), ("val", 4)] {
        for (class, level) in [("dark", 20), ("light", 200)] {
            let place = folder.join(split).join(class);
            fs::create_dir_all(&place).unwrap();
            for number in 0..count {
                let picture = image::RgbImage::from_fn(32, 32, |x, y| {
                    let shade = (x * (number + 1) + y * 3) as u8 % 50;
                    image::Rgb([shade, level, if x > 16 { level } else { shade }])
                });
                picture.save(place.join(format!("{number}.png"))).unwrap();
            }
        }
    }
}

/// The Train screen of a window with the embedded models.
fn train_window() -> Window {
    let mut window = window_of(zoo(), Theme::Dark, Vec::new());
    press(&mut window, Modifiers::COMMAND, Key::Num5);
    window
}

/// Writes a text into a field.
pub fn fill(window: &mut Window, field: &str, text: &str) {
    window.get_by_role_and_label(Role::TextInput, field).focus();
    window.step();
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.step();
    window.get_by_role_and_label(Role::TextInput, field).type_text(text);
    window.step();
    window.step();
}

/// Fills in a small run over `steps`.
fn fill_small(window: &mut Window, folder: &Path, steps: &str) {
    data(&folder.join("pictures"));
    fill(window, "Data", &folder.join("pictures").display().to_string());
    fill(window, "Run folder", &folder.join("runs").join("run-1").display().to_string());
    fill(window, "Units per block", "1");
    fill(window, "Length", steps);
    pick(window, "Unit of length", "steps");
    fill(window, "Batch size", "4");
}

/// Clicks without waiting until all is at rest, which it is not while a run goes.
pub fn tap(window: &mut Window, label: &str) {
    window.get_by_role_and_label(Role::Button, label).click();
    window.step();
    window.step();
}

/// Points of a line, as its chart says.
fn points(window: &Window, chart: &str, line: &str) -> usize {
    let texts = texts(window);
    let Some(said) = texts.iter().find(|text| text.starts_with(&format!("{chart}: "))) else { return 0 };
    let Some((_, rest)) = said.split_once(&format!("{line} ")) else { return 0 };
    rest.split(' ').next().and_then(|count| count.parse().ok()).unwrap_or(0)
}

fn log(run: &Path) -> usize {
    fs::read_to_string(run.join("log.jsonl")).unwrap().lines().count()
}

#[test]
fn a_paused_run_stands_where_it_was_saved() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = train_window();
    // So long that not every step is recorded.
    fill_small(&mut window, folder.path(), "4000");
    tap(&mut window, "Start training");
    wait_until(&mut window, |window| points(window, "Loss", "total") >= 2);
    tap(&mut window, "Pause");
    settle(&mut window);
    let run = folder.path().join("runs/run-1");
    let step = RunFolder::new(&run).saved_step().unwrap();
    assert!(step < 4000 && shows(&window, "Paused"), "{:?}", texts(&window));
    for _ in 0..2 {
        assert!(shows(&window, &format!("Step {step} of 4000")), "{step}: {:?}", texts(&window));
        // As another window finds it.
        drop_file(&mut window, run.clone());
        settle(&mut window);
    }
}

#[test]
fn a_picture_that_cannot_be_read_is_told_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = train_window();
    fill_small(&mut window, folder.path(), "20");
    fs::write(folder.path().join("pictures/train/dark/3.png"), "no picture").unwrap();
    tap(&mut window, "Start training");
    wait_until(&mut window, |window| shows(window, "Finished"));
    // Five epochs came upon it.
    assert!(shows(&window, "1 picture left out") && shows(&window, "3.png"), "{:?}", texts(&window));
}

#[test]
fn a_run_that_grew_out_of_bounds_can_only_be_begun_anew() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = train_window();
    fill_small(&mut window, folder.path(), "50");
    fill(&mut window, "Learning rate", "1e30");
    tap(&mut window, "Start training");
    wait_until(&mut window, |window| shows(window, "train again with a lower learning rate"));
    settle(&mut window);
    assert!(window.query_by_role_and_label(Role::Button, "Resume").is_none());
    tap(&mut window, "New run");
    settle(&mut window);
    assert!(shows(&window, "No run yet"));
}

#[test]
fn a_run_is_started_paused_resumed_and_its_model_opened() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = train_window();
    fill_small(&mut window, folder.path(), "160");
    tap(&mut window, "Start training");
    wait_until(&mut window, |window| points(window, "Loss", "total") >= 2);
    wait_until(&mut window, |window| points(window, "Accuracy", "test") >= 1);
    assert!(shows(&window, "Step ") && shows(&window, " of 160") && shows(&window, "Training "));
    assert!(
        points(&window, "Ponder cost", "training") >= 2
            && points(&window, "MFLOPs", "of a test picture") >= 1
    );
    assert_eq!(canvas_title(&window), "Ponder map of the first test picture");

    tap(&mut window, "Pause");
    settle(&mut window);
    assert!(shows(&window, "Paused"), "{:?}", texts(&window));
    let before = points(&window, "Loss", "total");
    assert!(folder.path().join("runs/run-1/checkpoint.safetensors").exists());
    tap(&mut window, "Resume");
    wait_until(&mut window, |window| points(window, "Loss", "total") > before);
    settle(&mut window);
    assert!(shows(&window, "Finished") && shows(&window, "Step 160 of 160"), "{:?}", texts(&window));
    assert_eq!(points(&window, "Loss", "total"), 160);

    click(&mut window, "Open in Explore");
    assert!(shows(&window, "pictures-resnet8-sact-tau0.01"), "{:?}", texts(&window));
    assert!(canvas_title(&window).starts_with("Canvas: "));
    press(&mut window, Modifiers::COMMAND, Key::Num5);
    click(&mut window, "New run");
    let next = folder.path().join("runs").join("run-2").display().to_string();
    assert!(shows(&window, &next), "the next run gets a folder of its own");
}

#[test]
fn going_back_through_the_evaluations_shows_their_maps() {
    let folder = tempfile::tempdir().unwrap();
    let run = written_run(folder.path());
    let mut window = train_window();
    drop_file(&mut window, run);
    assert!(shows(&window, "Step 2400  ·  "), "{:?}", texts(&window));
    assert!(shows(&window, "One cycle") && !shows(&window, "onecycle"), "as the form calls it");
    window.get_by_role_and_label(Role::Slider, "Evaluation").set_value_accesskit(0.0);
    settle(&mut window);
    assert!(shows(&window, "Step 400  ·  "), "{:?}", texts(&window));
}

#[test]
fn a_run_of_another_program_is_followed() {
    let folder = tempfile::tempdir().unwrap();
    let run = written_run(folder.path());
    let mut window = train_window();
    fill(&mut window, "Folder of a run", &run.display().to_string());
    click(&mut window, "Open");
    assert!(shows(&window, "Paused") && shows(&window, "Step 2400 of 4000"), "{:?}", texts(&window));
    let before = points(&window, "Loss", "total");

    // The other program holds the folder and goes on.
    let lock = fs::File::create(run.join("lock")).unwrap();
    lock.lock().unwrap();
    let log = fs::read_to_string(run.join("log.jsonl")).unwrap();
    let line = log.lines().find(|line| line.contains("\"step\":2380")).unwrap();
    fs::write(run.join("log.jsonl"), format!("{log}{}\n", line.replace("\"step\":2380", "\"step\":2420")))
        .unwrap();
    wait_until(&mut window, |window| shows(window, "Step 2420 of 4000"));
    assert!(shows(&window, "Training in another program") && !shows(&window, "Resume"));
    assert_eq!(points(&window, "Loss", "total"), before + 1);
    drop(lock);
    wait_until(&mut window, |window| shows(window, "Paused"));
}

#[test]
fn wrong_input_is_explained_where_it_stands() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = train_window();
    click(&mut window, "Start training");
    assert!(shows(&window, "Choose the folder of the data to train on."));
    fill(&mut window, "tau", "much");
    assert!(shows(&window, "tau is a number, 0 or above"));
    fill(&mut window, "tau", "0.01");
    assert!(!shows(&window, "tau is a number"));

    fill(&mut window, "Run folder", &folder.path().join("run").display().to_string());
    fill(&mut window, "Data", &folder.path().display().to_string());
    click(&mut window, "Start training");
    assert!(shows(&window, "holds no labelled pictures"), "{:?}", texts(&window));
    assert!(!folder.path().join("run").exists(), "what was refused leaves nothing behind");

    fill_small(&mut window, folder.path(), "1");
    let run = folder.path().join("runs").join("run-1");
    fs::create_dir_all(&run).unwrap();
    fs::write(run.join("recipe.json"), "{}").unwrap();
    click(&mut window, "Start training");
    assert!(shows(&window, "holds a run already: resume that one"), "{:?}", texts(&window));
    fill(&mut window, "Folder of a run", &folder.path().join("pictures").display().to_string());
    click(&mut window, "Open");
    assert!(shows(&window, "holds no run"), "{:?}", texts(&window));
}

#[test]
fn closing_the_window_saves_the_run_first() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = train_window();
    fill_small(&mut window, folder.path(), "100000");
    tap(&mut window, "Start training");
    wait_until(&mut window, |window| points(window, "Loss", "total") >= 1);
    let root = window.input_mut().viewports.entry(ViewportId::ROOT).or_default();
    root.events.push(ViewportEvent::Close);
    window.step();
    let asked = |window: &Window, command: &ViewportCommand| {
        window.output().viewport_output.values().any(|output| output.commands.contains(command))
    };
    assert!(asked(&window, &ViewportCommand::CancelClose), "the window stays until the run is saved");
    assert!(shows(&window, "Saving the training run, then the window closes"), "{:?}", texts(&window));
    wait_until(&mut window, |window| asked(window, &ViewportCommand::Close));
    assert!(folder.path().join("runs/run-1/checkpoint.safetensors").exists());
}

#[test]
fn stopping_saves_the_run_and_brings_the_form_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = train_window();
    fill_small(&mut window, folder.path(), "100000");
    tap(&mut window, "Start training");
    wait_until(&mut window, |window| points(window, "Loss", "total") >= 1);
    press_tab(&mut window, Key::Num1);
    assert!(
        shows(&window, "Training 0 %"),
        "the status bar tells of it in Explore, too: {:?}",
        texts(&window)
    );
    press_tab(&mut window, Key::Num5);
    tap(&mut window, "Stop");
    settle(&mut window);
    assert!(shows(&window, "No run yet"));
    let run = folder.path().join("runs").join("run-1");
    let records = log(&run);
    fill(&mut window, "Folder of a run", &run.display().to_string());
    click(&mut window, "Open");
    assert!(shows(&window, "Paused") && records > 0, "{:?}", texts(&window));
}

fn press_tab(window: &mut Window, key: Key) {
    window.key_press_modifiers(Modifiers::COMMAND, key);
    window.step();
    window.step();
}

#[test]
fn the_form_and_the_screen_come_back() {
    let mut window = window();
    press(&mut window, Modifiers::COMMAND, Key::Num5);
    fill(&mut window, "tau", "0.0042");
    // A key of Explore does nothing that is not seen.
    window.get_by_role_and_label(Role::Button, "Start training").focus();
    press(&mut window, Modifiers::NONE, Key::N);
    let mut kept = Kept::default();
    eframe::App::save(window.state_mut(), &mut kept);
    let mut window = builder(Theme::Dark)
        .build_eframe(move |cc| App::new(&cc.egui_ctx, Some(&kept), Arc::new(Formula)).unwrap());
    settle(&mut window);
    assert!(shows(&window, "0.0042") && shows(&window, "No run yet"), "{:?}", texts(&window));
    click(&mut window, "Explore");
    assert!(shows(&window, "Ponder cost, whole network"), "{:?}", texts(&window));
}

/// A run of made-up numbers, the same every time.
pub fn written_run(folder: &Path) -> std::path::PathBuf {
    let run = folder.join("run-1");
    let pictures = folder.join("pictures");
    data(&pictures);
    fs::create_dir_all(&run).unwrap();
    let spec = r#"{"family":"cifar","units":[5,5,5],"width":16,"classes":10,"variant":"sact"}"#;
    let recipe = format!(
        r#"{{"spec":{spec},"tau":0.01,"data":{},"data_name":"CIFAR-10","init":null,"keep_halting":false,
        "halting_offset":0.0,"steps":4000,"batch_size":128,"epoch":390,"schedule":"onecycle","learning_rate":0.1,"weight_decay":0.0002,"label_smoothing":0.0,"shift":2,"ema":null,
        "seed":1}}"#,
        serde_json::to_string(&pictures).unwrap()
    );
    fs::write(run.join("recipe.json"), recipe).unwrap();
    let mut log = String::new();
    for step in (20..=2400_u32).step_by(20) {
        let done = f64::from(step) / 4000.0;
        let noise = f64::from(step * 7 % 11) / 60.0;
        let (entropy, cost) = (0.5 + 1.8 * (-4.0 * done).exp() + noise, 9.0 + 6.0 * (-3.0 * done).exp());
        log += &format!(
            "{{\"kind\":\"step\",\"step\":{step},\"loss\":{:.4},\"cross_entropy\":{entropy:.4},\"ponder_cost\":{cost:.4},\
             \"accuracy\":{:.4},\"learning_rate\":0.1,\"images_per_second\":412.0,\"seconds_left\":{:.1}}}\n",
            entropy + 0.01 * cost + 0.3,
            0.9 - 0.75 * (-3.0 * done).exp() - 0.3 * noise,
            f64::from(4000 - step) * 0.31,
        );
        if step % 400 == 0 {
            let values: Vec<String> = (0..1024)
                .map(|at| {
                    let (row, column) = (f64::from(at / 32) / 32.0 - 0.5, f64::from(at % 32) / 32.0 - 0.5);
                    let near = (-(row * row + column * column) * (4.0 + 20.0 * done)).exp();
                    format!("{:.2}", 7.0 + 9.0 * near)
                })
                .collect();
            log += &format!(
                "{{\"kind\":\"evaluation\",\"step\":{step},\"images\":10000,\"accuracy\":{:.4},\"flops\":{:.0},\
                 \"ponder_cost\":[{:.3},3.1,2.9],\"map\":{{\"height\":32,\"width\":32,\"values\":[{}]}}}}\n",
                0.88 - 0.7 * (-3.2 * done).exp(),
                1.0e8 + 3.6e7 * (-2.0 * done).exp(),
                cost - 5.5,
                values.join(",")
            );
        }
    }
    fs::write(run.join("log.jsonl"), log).unwrap();
    run
}

/// The screen in both themes, empty and with a run. Left out where nothing can render.
#[test]
fn the_train_screen_looks_as_it_did() {
    let mut results = SnapshotResults::new();
    for (theme, name) in [(Theme::Dark, "dark"), (Theme::Light, "light")] {
        let Some(renderer) = rendering::renderer(&format!("the pictures train_*_{name}")) else { return };
        let folder = tempfile::tempdir().unwrap();
        let run = written_run(folder.path());
        let mut window = opened(builder(theme).renderer(renderer), Arc::new(Formula), theme, Vec::new());
        press(&mut window, Modifiers::COMMAND, Key::Num5);
        fill(&mut window, "Run folder", "runs/run-1");
        fill(&mut window, "tau", "much");
        window.get_by_role_and_label(Role::Button, "Start training").focus();
        window.remove_cursor();
        window.set_size(Vec2::new(1024.0, 640.0));
        settle(&mut window);
        results.add(window.try_snapshot(format!("train_form_{name}")));
        let lock = fs::File::create(run.join("lock")).unwrap();
        lock.lock().unwrap();
        drop_file(&mut window, run);
        settle(&mut window);
        results.add(window.try_snapshot(format!("train_run_{name}")));
    }
}

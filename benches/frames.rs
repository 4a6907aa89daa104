//! How long the window's frames take: `cargo bench --bench frames`.
//!
//! Off screen: what the screen's own thread does for a frame, from commands and results to triangles; drawing those is the graphics
//! card's affair. First every screen with a photograph of 12 megapixels open, while every slider on it is dragged; then
//! Evaluate, scrolled all the while, and Explore, with both processors busy evaluating.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark may stop at the first surprise")]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::accesskit::Role;
use eframe::egui::{
    Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, PointerButton, Pos2, Rect, TouchPhase, Vec2,
    pos2,
};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use ponderscope::engine::DeviceChoice;
use ponderscope::explorer::{App, Command, Zoo};

/// Frames that are timed while the window evaluates, and while one slider is dragged.
const FRAMES: usize = 1500;
const DRAG: usize = 240;
const PICTURES: u32 = 60_000;
/// Of the photograph.
const PHOTO: (u32, u32) = (4000, 3000);
const SIZE: Vec2 = Vec2::new(1600.0, 1000.0);
/// From one frame to the next, as a screen has them.
const PACE: Duration = Duration::from_micros(16_667);
const SCREENS: [(&str, Key); 5] = [
    ("Explore", Key::Num1),
    ("Halting", Key::Num2),
    ("Compare", Key::Num3),
    ("Evaluate", Key::Num4),
    ("Train", Key::Num5),
];

type Window = Harness<'static, App>;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let photo = folder.path().join("photo.jpg");
    write_photo(&photo);
    let mut window = window(vec![Command::Open(vec![photo])]);
    for (name, key) in SCREENS {
        press(&mut window, key);
        rest(&mut window);
        if key == Key::Num2 {
            pin(&mut window);
        }
        let times = drag_every_slider(&mut window);
        report(&format!("{name}, dragging"), times);
    }
    drop(window);
    while_evaluating(folder.path());
}

fn window(commands: Vec<Command>) -> Window {
    let backend = Arc::new(Zoo::new(DeviceChoice::Cpu.open().unwrap()));
    let mut window: Window = Harness::builder().with_size(SIZE).build_eframe(move |cc| {
        commands.into_iter().fold(App::new(&cc.egui_ctx, None, backend).unwrap(), App::with)
    });
    rest(&mut window);
    window
}

/// Pins a position on Halting, so that all its charts are drawn.
fn pin(window: &mut Window) {
    let is_map = |label: &str| label.contains(", block_2: ") && label.contains("positions active");
    let map = window.get_by(|node| node.label().is_some_and(|label| is_map(&label))).rect();
    button(window, map.center(), true);
    window.step();
    button(window, map.center(), false);
    rest(window);
    assert!(window.query_by_label_contains("Pin 1").is_some(), "nothing was pinned");
}

/// Draws until nothing more comes.
fn rest(window: &mut Window) {
    for _ in 0..10 {
        window.step();
    }
    while !window.state().is_idle() {
        window.step();
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Milliseconds of each frame while each slider is dragged to and fro, or the screen is scrolled if it has none.
fn drag_every_slider(window: &mut Window) -> Vec<f64> {
    let screen = Rect::from_min_size(Pos2::ZERO, SIZE);
    let sliders: Vec<Rect> = window.query_all_by_role(Role::Slider).map(|node| node.rect()).collect();
    let sliders: Vec<Rect> = sliders.into_iter().filter(|rect| screen.contains_rect(*rect)).collect();
    println!("  {} sliders", sliders.len());
    if sliders.is_empty() {
        return times(window, DRAG, scroll);
    }
    let mut found = Vec::new();
    for rect in sliders {
        let place = |step: usize| {
            let share = step as f32 / (DRAG / 4) as f32 % 2.0;
            let share = if share > 1.0 { 2.0 - share } else { share };
            pos2(rect.left() + (0.05 + 0.9 * share) * rect.width(), rect.center().y)
        };
        button(window, place(0), true);
        found.extend(times(window, DRAG, |window, step| window.event(Event::PointerMoved(place(step)))));
        button(window, place(DRAG), false);
    }
    found
}

fn button(window: &mut Window, pos: Pos2, pressed: bool) {
    window.event(Event::PointerMoved(pos));
    let (button, modifiers) = (PointerButton::Primary, Modifiers::NONE);
    window.event(Event::PointerButton { pos, button, pressed, modifiers });
}

fn while_evaluating(folder: &Path) {
    write_pictures(folder);
    let mut window = window(Vec::new());
    press(&mut window, Key::Num4);
    let field = "Data to evaluate on";
    window.get_by_role_and_label(Role::TextInput, field).focus();
    window.step();
    window.get_by_role_and_label(Role::TextInput, field).type_text(&folder.display().to_string());
    for _ in 0..4 {
        window.step();
    }
    window.get_by_role_and_label(Role::Button, "Start evaluation").click();
    let began = Instant::now();
    while window.query_by_label("Evaluating").is_none() {
        assert!(began.elapsed() < Duration::from_secs(60), "it never began");
        window.step();
    }
    report("Evaluate, scrolling while it evaluates", times(&mut window, FRAMES, scroll));
    press(&mut window, Key::Num1);
    report("Explore, while it evaluates", times(&mut window, FRAMES, |_, _| {}));
    press(&mut window, Key::Num4);
    let goes = window.query_by_label("Evaluating").is_some();
    println!("the evaluation {} when the last frame was drawn", if goes { "still went" } else { "was over" });
}

fn scroll(window: &mut Window, number: usize) {
    window.event(Event::PointerMoved(pos2(1000.0, 700.0)));
    let delta = Vec2::new(0.0, if number % 600 < 300 { -40.0 } else { 40.0 });
    let (unit, phase, modifiers) = (MouseWheelUnit::Point, TouchPhase::Move, Modifiers::NONE);
    let source = MouseWheelSource::Wheel;
    window.event(Event::MouseWheel { unit, delta, phase, modifiers, source });
}

/// Milliseconds of each frame; before each, `act` does what a person does.
fn times(window: &mut Window, frames: usize, mut act: impl FnMut(&mut Window, usize)) -> Vec<f64> {
    let mut frame = |number: usize| {
        act(window, number);
        let began = Instant::now();
        window.step();
        let output = window.output();
        window.ctx.tessellate(output.shapes.clone(), output.pixels_per_point);
        let took = began.elapsed();
        std::thread::sleep(PACE.saturating_sub(took));
        1e3 * took.as_secs_f64()
    };
    (0..frames).map(&mut frame).collect()
}

fn report(what: &str, mut times: Vec<f64>) {
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    println!(
        "{what}: {} frames, median {:.2} ms, 99th percentile {:.2} ms, greatest {:.2} ms",
        times.len(),
        at(0.5),
        at(0.99),
        at(1.0)
    );
}

fn press(window: &mut Window, key: Key) {
    window.key_press_modifiers(Modifiers::COMMAND, key);
    window.step();
    window.step();
}

/// A photograph's size and more than a photograph's noise.
fn write_photo(path: &Path) {
    let (width, height) = PHOTO;
    let shade = |x: u32, y: u32, k: u32| ((x * x / 900 + y * y / 700 + x * y / 1100 + 60 * k) % 256) as u8;
    ::image::RgbImage::from_fn(width, height, |x, y| ::image::Rgb([0, 1, 2].map(|k| shade(x, y, k))))
        .save(path)
        .unwrap();
}

/// Pictures of noise in class folders: a few hundred files under many names.
fn write_pictures(root: &Path) {
    let originals = root.join("originals");
    std::fs::create_dir_all(&originals).unwrap();
    for number in 0..200u32 {
        let shade = |x: u32, y: u32, k: u32| (x * (number + 3) + y * y * 7 + x * y * number + 40 * k) as u8;
        ::image::RgbImage::from_fn(32, 32, |x, y| ::image::Rgb([0, 1, 2].map(|k| shade(x, y, k))))
            .save(originals.join(format!("{number}.png")))
            .unwrap();
    }
    for number in 0..PICTURES {
        let class = root.join("val").join(format!("class{}", number % 10));
        std::fs::create_dir_all(&class).unwrap();
        let original = originals.join(format!("{}.png", number % 200));
        std::fs::hard_link(original, class.join(format!("{number}.png"))).unwrap();
    }
}

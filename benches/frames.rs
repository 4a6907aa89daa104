//! How long the window's frames take while it evaluates: `cargo bench --bench frames`.
//!
//! Off screen: what the screen's own thread does for a frame, from commands and results to triangles; drawing those is the graphics
//! card's affair. Both the Evaluate screen, scrolled all the while, and Explore are timed, with both processors busy evaluating.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark may stop at the first surprise")]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::accesskit::Role;
use eframe::egui::{Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, TouchPhase, Vec2, pos2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use ponderscope::engine::DeviceChoice;
use ponderscope::explorer::{App, Zoo};

/// Frames that are timed on each screen.
const FRAMES: usize = 1500;
const PICTURES: u32 = 60_000;
const SIZE: Vec2 = Vec2::new(1600.0, 1000.0);
/// From one frame to the next, as a screen has them.
const PACE: Duration = Duration::from_micros(16_667);

type Window = Harness<'static, App>;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    write_pictures(folder.path());
    let backend = Arc::new(Zoo::new(DeviceChoice::Cpu.open().unwrap()));
    let mut window: Window = Harness::builder()
        .with_size(SIZE)
        .build_eframe(move |cc| App::new(&cc.egui_ctx, None, backend).unwrap());
    while !window.state().is_idle() {
        window.step();
    }
    press(&mut window, Key::Num4);
    let field = "Data to evaluate on";
    window.get_by_role_and_label(Role::TextInput, field).focus();
    window.step();
    window.get_by_role_and_label(Role::TextInput, field).type_text(&folder.path().display().to_string());
    for _ in 0..4 {
        window.step();
    }
    window.get_by_role_and_label(Role::Button, "Start evaluation").click();
    let began = Instant::now();
    while window.query_by_label("Evaluating").is_none() {
        assert!(began.elapsed() < Duration::from_secs(60), "it never began");
        window.step();
    }
    report("Evaluate, scrolling", times(&mut window, true));
    press(&mut window, Key::Num1);
    report("Explore", times(&mut window, false));
    press(&mut window, Key::Num4);
    let goes = window.query_by_label("Evaluating").is_some();
    println!("the evaluation {} when the last frame was drawn", if goes { "still went" } else { "was over" });
}

/// Milliseconds of each frame.
fn times(window: &mut Window, scroll: bool) -> Vec<f64> {
    let frame = |number: usize| {
        if scroll {
            window.event(Event::PointerMoved(pos2(1000.0, 700.0)));
            let delta = Vec2::new(0.0, if number % 600 < 300 { -40.0 } else { 40.0 });
            let (unit, phase, modifiers) = (MouseWheelUnit::Point, TouchPhase::Move, Modifiers::NONE);
            let source = MouseWheelSource::Wheel;
            window.event(Event::MouseWheel { unit, delta, phase, modifiers, source });
        }
        let began = Instant::now();
        window.step();
        let output = window.output();
        window.ctx.tessellate(output.shapes.clone(), output.pixels_per_point);
        let took = began.elapsed();
        std::thread::sleep(PACE.saturating_sub(took));
        1e3 * took.as_secs_f64()
    };
    (0..FRAMES).map(frame).collect()
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

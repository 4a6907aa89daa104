//! The window in random use for as long as one likes: `cargo bench --bench soak -- --minutes 60 --seed 1`.
//!
//! Off screen. It clicks, drags, types, opens pictures good and bad, and changes screens. At the end the window must still stand,
//! no error must have come that was not provoked, and memory must, in ten minutes or more, be within 20 % of where it stood after the
//! first minutes. Both times all caches were filled in the same way, and the same picture is open: what differs is what was not let go.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark may stop at the first surprise"
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::accesskit::Role;
use eframe::egui::{
    Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, PointerButton, Pos2, Rect, TouchPhase, Vec2,
    pos2,
};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use ponderscope::engine::DeviceChoice;
use ponderscope::explorer::{App, Command, Screen, SizeChoice, Zoo};
use ponderscope::image::InputSize;
use ponderscope::memory;
use ponderscope::zoo::default_model;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const SIZE: Vec2 = Vec2::new(1280.0, 800.0);
/// After how long memory is measured first: so much of the time, but no more than some minutes.
const WARM: f64 = 0.2;
const MOST_WARM: Duration = Duration::from_secs(5 * 60);
/// Minutes from which on memory is held against what it was.
const SHORTEST: f64 = 10.0;
/// How much more there may be at the end.
const GROWTH: f64 = 1.2;
/// What opens a dialog of the system, writes files, or ends it all.
const AVOIDED: [&str; 12] = [
    "…",
    "Quit",
    "Start training",
    "Resume",
    "Save",
    "Export",
    "Paste",
    "Copy",
    "Open",
    "Choose",
    "Close",
    "Download",
];

type Window = Harness<'static, App>;

struct Soak {
    window: Window,
    random: ChaCha8Rng,
    /// Pictures that open, and one that does not.
    pictures: Vec<PathBuf>,
    broken: PathBuf,
    deeds: usize,
}

fn main() {
    memory::give_back_large_blocks();
    let argument = |name: &str, otherwise: f64| {
        let mut arguments = std::env::args().skip_while(|argument| argument != name).skip(1);
        arguments.next().map_or(otherwise, |value| value.parse().unwrap())
    };
    let (minutes, seed) = (argument("--minutes", 60.0), argument("--seed", 1.0));
    let folder = tempfile::tempdir().unwrap();
    // Keys find every button, those that save something too.
    std::env::set_current_dir(folder.path()).unwrap();
    let mut soak = Soak::new(folder.path(), seed as u64);
    let length = Duration::from_secs_f64(60.0 * minutes);
    let began = Instant::now();
    let warm_from = (minutes >= SHORTEST).then(|| length.mul_f64(WARM).min(MOST_WARM));
    let mut warm = None;
    let mut told = Instant::now();
    while began.elapsed() < length {
        soak.act();
        let share = began.elapsed().as_secs_f64() / length.as_secs_f64();
        if warm.is_none() && warm_from.is_some_and(|from| began.elapsed() >= from) {
            warm = Some(soak.weigh());
        }
        if told.elapsed() > Duration::from_secs(30) {
            println!("{:.0} %: {} deeds, {} MB", 100.0 * share, soak.deeds, memory() >> 20);
            told = Instant::now();
        }
    }
    println!("{} deeds in {minutes} minutes", soak.deeds);
    if let Some(warm) = warm {
        let end = soak.weigh();
        println!("{} MB when warm, {} MB at the end", warm >> 20, end >> 20);
        assert!(end as f64 <= GROWTH * warm as f64, "memory grew by more than a fifth");
    }
}

impl Soak {
    fn new(folder: &Path, seed: u64) -> Self {
        let backend = Arc::new(Zoo::new(DeviceChoice::Cpu.open().unwrap()));
        let window = Harness::builder()
            .with_size(SIZE)
            .build_eframe(move |cc| App::new(&cc.egui_ctx, None, backend).unwrap());
        let sizes = [(40, 30), (333, 77), (640, 480), (1200, 1600), (4000, 3000)];
        let pictures: Vec<PathBuf> = sizes
            .iter()
            .map(|(width, height)| {
                let file = folder.join(format!("{width} by {height}.png"));
                let shade = |x: u32, y: u32, k: u32| ((x * x / 90 + y * y / 70 + 60 * k) % 256) as u8;
                let picture = ::image::RgbImage::from_fn(*width, *height, |x, y| {
                    ::image::Rgb([0, 1, 2].map(|k| shade(x, y, k)))
                });
                picture.save(&file).unwrap();
                file
            })
            .collect();
        let broken = folder.join("broken.png");
        std::fs::write(&broken, "no picture").unwrap();
        let mut soak = Self { window, random: ChaCha8Rng::seed_from_u64(seed), pictures, broken, deeds: 0 };
        soak.rest();
        soak
    }

    /// Memory with the caches full and nothing open but a picture of middling size.
    fn weigh(&mut self) -> u64 {
        self.go_home();
        self.fill_caches();
        self.go_home();
        memory()
    }

    /// So many runs that the oldest give way; before, the largest there can be, since the engine keeps some of its memory.
    fn fill_caches(&mut self) {
        for picture in self.pictures.clone() {
            self.open(picture);
            self.rest();
        }
        self.window.state_mut().apply(Command::SetSize(SizeChoice::Fixed(InputSize::LongerEdge(2048))));
        self.rest();
        self.window.state_mut().apply(Command::SetSize(SizeChoice::Suitable));
        self.open(self.pictures[3].clone());
        for step in 0..400 {
            self.window.state_mut().apply(Command::SetThreshold(0.3 + step as f32 / 1000.0));
            self.rest();
        }
        self.window.state_mut().apply(Command::ResetHalting);
        self.rest();
    }

    /// To Explore, with a picture of middling size in the network in use, as the window begins.
    fn go_home(&mut self) {
        for command in [
            Command::ShowScreen(Screen::Explore),
            Command::Open(vec![self.pictures[2].clone()]),
            Command::UseModel(default_model().source),
            Command::SetSize(SizeChoice::Suitable),
            Command::ResetHalting,
        ] {
            self.window.state_mut().apply(command);
            self.rest();
        }
    }

    /// One thing that a person might do.
    fn act(&mut self) {
        self.deeds += 1;
        match self.random.random_range(0..100) {
            0..30 => self.click(),
            30..55 => self.drag(),
            55..80 => self.press(),
            80..90 => self.scroll(),
            90..97 => {
                let picture = self.pictures.choose(&mut self.random).unwrap().clone();
                self.open(picture);
            }
            _ => self.provoke(),
        }
        for _ in 0..self.random.random_range(1..8) {
            self.window.step();
        }
        if self.random.random_bool(0.2) {
            self.rest();
        }
        match self.error() {
            // Undo and the like may come upon it once more.
            Some(error) if error.contains("broken.png") => self.window.state_mut().apply(Command::Dismiss),
            Some(error) => panic!("after {} deeds an error that nobody provoked: {error}", self.deeds),
            None => {}
        }
    }

    /// Draws until nothing more comes.
    fn rest(&mut self) {
        let began = Instant::now();
        for _ in 0..3 {
            self.window.step();
        }
        while !self.window.state().is_idle() {
            assert!(began.elapsed() < Duration::from_secs(600), "the window never came to rest");
            self.window.step();
            std::thread::sleep(Duration::from_millis(2));
        }
        self.window.step();
    }

    fn open(&mut self, picture: PathBuf) {
        self.window.state_mut().apply(Command::Open(vec![picture]));
        self.window.step();
    }

    /// A file that cannot be opened: that must be said, and can be put away.
    fn provoke(&mut self) {
        // Evaluate takes what is opened for its data, and says so itself.
        self.shortcut(Modifiers::COMMAND, Key::Num1);
        self.open(self.broken.clone());
        self.rest();
        // Where something is typed or lies over the screen, the keys are not heard, and Evaluate has taken it.
        if let Some(error) = self.error() {
            assert!(error.contains("broken.png"), "{error}");
        }
        self.window.state_mut().apply(Command::Dismiss);
        self.rest();
    }

    fn error(&self) -> Option<String> {
        self.window.state().error().map(str::to_owned)
    }

    fn click(&mut self) {
        let screen = Rect::from_min_size(Pos2::ZERO, SIZE);
        let clickable = |role: Role| {
            matches!(
                role,
                Role::Button
                    | Role::CheckBox
                    | Role::RadioButton
                    | Role::ComboBox
                    | Role::Image
                    | Role::Canvas
            )
        };
        let nodes = self.window.root().children_recursive().filter(|node| {
            let node = node.accesskit_node();
            clickable(node.role())
                && !AVOIDED.iter().any(|word| node.label().unwrap_or_default().contains(word))
        });
        let places: Vec<Pos2> =
            nodes.map(|node| node.rect().center()).filter(|at| screen.contains(*at)).collect();
        let Some(&place) = places.choose(&mut self.random) else { return };
        self.button(place, true);
        self.window.step();
        self.button(place, false);
    }

    fn drag(&mut self) {
        let screen = Rect::from_min_size(Pos2::ZERO, SIZE);
        let sliders = self.window.query_all_by_role(Role::Slider).map(|node| node.rect());
        let sliders: Vec<Rect> = sliders.filter(|rect| screen.contains_rect(*rect)).collect();
        let Some(&slider) = sliders.choose(&mut self.random) else { return };
        let place = |soak: &mut Self| {
            let share = soak.random.random_range(0.02..0.98);
            pos2(slider.left() + share * slider.width(), slider.center().y)
        };
        let at = place(self);
        self.button(at, true);
        for _ in 0..self.random.random_range(1..20) {
            let at = place(self);
            self.window.event(Event::PointerMoved(at));
            self.window.step();
        }
        let at = place(self);
        self.button(at, false);
    }

    fn press(&mut self) {
        let (none, command) = (Modifiers::NONE, Modifiers::COMMAND);
        let keys = [
            (command, Key::Num1),
            (command, Key::Num2),
            (command, Key::Num3),
            (command, Key::Num4),
            (command, Key::Num5),
            (command, Key::ArrowRight),
            (command, Key::ArrowLeft),
            (command, Key::ArrowUp),
            (command, Key::ArrowDown),
            (command, Key::Z),
            (command | Modifiers::SHIFT, Key::Z),
            (command, Key::R),
            (command, Key::L),
            (none, Key::P),
            (none, Key::N),
            (none, Key::F),
            (none, Key::M),
            (none, Key::Minus),
            (none, Key::Plus),
            (none, Key::Period),
            (none, Key::Comma),
            (none, Key::K),
            (none, Key::Escape),
            (none, Key::F1),
            (none, Key::ArrowRight),
            (none, Key::ArrowDown),
            (none, Key::Tab),
            (none, Key::Space),
        ];
        let &(modifiers, key) = keys.choose(&mut self.random).unwrap();
        self.shortcut(modifiers, key);
    }

    fn shortcut(&mut self, modifiers: Modifiers, key: Key) {
        self.window.key_press_modifiers(modifiers, key);
        self.window.step();
    }

    fn scroll(&mut self) {
        let at = pos2(self.random.random_range(0.0..SIZE.x), self.random.random_range(0.0..SIZE.y));
        self.window.event(Event::PointerMoved(at));
        let delta = Vec2::new(0.0, self.random.random_range(-200.0..200.0));
        let (unit, phase, modifiers) = (MouseWheelUnit::Point, TouchPhase::Move, Modifiers::NONE);
        let source = MouseWheelSource::Wheel;
        self.window.event(Event::MouseWheel { unit, delta, phase, modifiers, source });
    }

    fn button(&mut self, pos: Pos2, pressed: bool) {
        self.window.event(Event::PointerMoved(pos));
        let (button, modifiers) = (PointerButton::Primary, Modifiers::NONE);
        self.window.event(Event::PointerButton { pos, button, pressed, modifiers });
    }
}

/// Bytes of memory that the program has; 0 where the system does not tell.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes =
        line.and_then(|line| line.split_whitespace().next()).and_then(|number| number.parse::<u64>().ok());
    kilobytes.unwrap_or(0) << 10
}

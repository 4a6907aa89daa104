//! The program itself, killed: what it showed comes back. Left out where no window can be opened.

use std::fs;
use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A display of its own, as long as the value lives.
struct Display(Child, String);

impl Display {
    fn new() -> Option<Self> {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1400x900x24", "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut number = String::new();
        let read = server.stdout.take().map(|stdout| BufReader::new(stdout).read_line(&mut number));
        match read {
            Some(Ok(1..)) => Some(Self(server, format!(":{}", number.trim()))),
            _ => {
                end(&mut server);
                None
            }
        }
    }

    /// Opens the window with these files.
    fn open(&self, kept: &Path, files: &[&Path]) -> Child {
        Command::new(env!("CARGO_BIN_EXE_ponderscope"))
            .args(files)
            .env("DISPLAY", &self.1)
            .env("XDG_DATA_HOME", kept)
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("WAYLAND_SOCKET")
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        end(&mut self.0);
    }
}

/// As `kill -9` does.
fn end(process: &mut Child) {
    // It may have ended by itself.
    process.kill().ok();
    process.wait().ok();
}

/// Waits until the session that is kept names `file`; false if the window did not open at all.
fn is_kept(window: &mut Child, kept: &Path, file: &Path) -> bool {
    let began = Instant::now();
    let name = file.file_name().unwrap().to_str().unwrap();
    loop {
        let text = fs::read_to_string(kept.join("ponderscope/session.json")).unwrap_or_default();
        if text.contains(name) {
            return true;
        }
        if window.try_wait().unwrap().is_some() {
            return false;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "{name} is not kept: {text}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_killed_window_has_kept_what_it_showed() {
    let left_out = |why: &str| writeln!(std::io::stderr(), "left out: killing a window ({why})").unwrap();
    if !cfg!(target_os = "linux") {
        return left_out("it needs Xvfb");
    }
    let Some(display) = Display::new() else { return left_out("there is no Xvfb here") };
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| {
        let file = folder.path().join(name);
        image::RgbImage::new(40, 20).save(&file).unwrap();
        file
    };
    let (first, second) = (file("first.png"), file("second.png"));
    let mut window = display.open(folder.path(), &[&first]);
    if !is_kept(&mut window, folder.path(), &first) {
        return left_out("no driver can draw a window here");
    }
    end(&mut window);
    let mut window = display.open(folder.path(), &[&second]);
    assert!(is_kept(&mut window, folder.path(), &second));
    assert!(
        is_kept(&mut window, folder.path(), &first),
        "the second window went on with the first one's session"
    );
    end(&mut window);
    let left: Vec<_> = fs::read_dir(folder.path().join("ponderscope")).unwrap().flatten().collect();
    assert!(left.iter().any(|entry| entry.file_name() == "session.json"), "{left:?}");
}

//! The system's file dialogs, each on a thread of its own, since they last as long as a person thinks.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// A dialog that came back empty sooner than a person could close it never opened.
const SOONEST_REFUSAL: Duration = Duration::from_secs(1);

/// Endings of picture files that can be opened.
const PICTURES: &[&str] =
    &["png", "jpg", "jpeg", "webp", "bmp", "tif", "tiff", "gif", "pbm", "pgm", "ppm", "pnm"];
/// Endings of files that hold a model.
const MODELS: &[&str] = &["safetensors", "index", "meta", "gz", "tgz"];

/// What a dialog is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Pictures,
    Model,
}

/// A dialog that is open.
pub struct Dialog(Receiver<Chosen>);

/// How a dialog ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chosen {
    Files(Vec<PathBuf>),
    Nothing,
    /// This system has no dialogs.
    Unavailable,
}

impl Dialog {
    /// Opens a dialog; `wake` is called when it closes.
    pub fn open(purpose: Purpose, wake: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        let (send, receive) = channel();
        thread::Builder::new().name("dialog".to_owned()).spawn(move || {
            // The window may be gone by now, and then nobody listens.
            send.send(ask(purpose)).ok();
            wake();
        })?;
        Ok(Self(receive))
    }

    /// How it ended, once it has.
    pub fn poll(&self) -> Option<Chosen> {
        match self.0.try_recv() {
            Ok(chosen) => Some(chosen),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(Chosen::Unavailable),
        }
    }
}

fn ask(purpose: Purpose) -> Chosen {
    // Neither the portal, which is reached over the bus, nor what stands in for it.
    let may_lack = cfg!(target_os = "linux") && !on_path("zenity");
    if may_lack && !has_session_bus() {
        return Chosen::Unavailable;
    }
    let opened = Instant::now();
    let dialog = rfd::FileDialog::new();
    let files = match purpose {
        Purpose::Pictures => {
            let dialog = dialog.set_title("Open pictures").add_filter("Pictures", &in_both_cases(PICTURES));
            dialog.add_filter("All files", &["*"]).pick_files()
        }
        Purpose::Model => {
            let dialog = dialog.set_title("Open a model").add_filter("Models", &in_both_cases(MODELS));
            dialog.add_filter("All files", &["*"]).pick_file().map(|file| vec![file])
        }
    };
    match files {
        Some(files) if !files.is_empty() => Chosen::Files(files),
        // rfd logs that there is neither portal nor zenity, but does not tell its caller.
        _ if may_lack && opened.elapsed() < SOONEST_REFUSAL => Chosen::Unavailable,
        _ => Chosen::Nothing,
    }
}

/// Dialogs on Unix tell `png` and `PNG` apart; cameras write the latter.
fn in_both_cases(endings: &[&str]) -> Vec<String> {
    endings.iter().flat_map(|ending| [ending.to_string(), ending.to_ascii_uppercase()]).collect()
}

fn on_path(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join(program).is_file()))
}

fn has_session_bus() -> bool {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR");
    std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some()
        || runtime.is_some_and(|runtime| Path::new(&runtime).join("bus").exists())
}

/// Whether a file is a model by its name: everything that is not a picture's name and looks like weights.
pub fn looks_like_model(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let shard = name.contains(".data-") && name.contains("-of-");
    let ending = name.rsplit_once('.').is_some_and(|(_, ending)| MODELS.contains(&ending));
    shard || ending || name == "checkpoint" || path.is_dir() || name.contains(".ckpt")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_and_pictures_are_told_apart_by_name() {
        let models = [
            "resnet.safetensors",
            "model.ckpt-100000.index",
            "model.ckpt-100000.data-00000-of-00001",
            "model.ckpt-100000",
            "resnet_101_2016_11_14.tar.gz",
            "checkpoint",
        ];
        for name in models {
            assert!(looks_like_model(Path::new(name)), "{name}");
        }
        for name in ["cat.png", "cat.JPEG", "cat", "data-of-cats.tiff", ".png", ""] {
            assert!(!looks_like_model(Path::new(name)), "{name}");
        }
    }
}

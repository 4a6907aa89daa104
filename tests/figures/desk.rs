//! A folder to make figures in, and readers of what they are.

use std::path::PathBuf;
use std::process::Command as Program;

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use tempfile::TempDir;

use crate::left_out::left_out;

/// The five layouts, with the pictures and options that they need; tiles are quick.
pub const LAYOUTS: [(&str, &[&str]); 5] = [
    ("panels", &["cifar:62", "cifar:80"]),
    ("blocks", &["cifar:62"]),
    ("units", &["cifar:62"]),
    ("compare", &["cifar:62", "--threshold-b", "0.5"]),
    ("gallery", &["cifar:0", "cifar:30", "cifar:62", "cifar:80", "cifar:111"]),
];

pub struct Desk(TempDir);

impl Desk {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Runs `ponderscope figure` in the folder.
    pub fn figure(&self, arguments: &[&str]) -> Assert {
        let mut command = Command::cargo_bin("ponderscope").unwrap();
        command.current_dir(self.0.path()).arg("figure").args(arguments).assert()
    }

    /// Makes a figure of a layout and returns its bytes.
    pub fn make(&self, (layout, arguments): (&str, &[&str]), options: &[&str], output: &str) -> Vec<u8> {
        let all = [arguments, &["--layout", layout, "--device", "cpu", "-o", output], options].concat();
        self.figure(&all).success();
        self.read(output)
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Runs another program in the folder, if this machine has it, and returns what it prints.
    pub fn ask(&self, program: &str, arguments: &[&str]) -> Option<String> {
        match Program::new(program).current_dir(self.0.path()).args(arguments).output() {
            Ok(output) => {
                let said = String::from_utf8_lossy(&output.stderr);
                assert!(output.status.success(), "{program} {arguments:?}: {said}");
                Some(String::from_utf8_lossy(&output.stdout).into_owned())
            }
            Err(_) => {
                left_out(&format!("what {program} says, which is not on this machine"));
                None
            }
        }
    }
}

/// The command that a PNG, APNG or anything else with text chunks carries.
pub fn text_of_png(bytes: &[u8], key: &str) -> String {
    let reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
    let found = reader.info().utf8_text.iter().find(|chunk| chunk.keyword == key);
    found.unwrap_or_else(|| panic!("no {key}")).get_text().unwrap()
}

/// The texts of an SVG's elements of this name.
pub fn texts_of_svg(bytes: &[u8], element: &str) -> Vec<String> {
    let svg = std::str::from_utf8(bytes).unwrap();
    let opening = format!("<{element}");
    let inner = |part: &str| {
        let (_, rest) = part.split_once('>')?;
        let (text, _) = rest.split_once("</")?;
        Some(text.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
    };
    svg.split(&opening).skip(1).filter_map(inner).collect()
}

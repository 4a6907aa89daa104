//! `ponderscope eval` as a person runs it.

use std::path::Path;

use assert_cmd::Command;
use predicates::str::{contains, is_empty};
use serde_json::Value;

use super::common::fixture;
use super::{check, expected, figures, write_pictures};

fn eval(model: &Path, data: &Path, more: &[&str]) -> Command {
    let mut command = Command::cargo_bin("ponderscope").unwrap();
    command.arg("eval").arg("--model").arg(model).arg("--data").arg(data).args(more);
    command
}

fn printed(mut command: Command) -> String {
    String::from_utf8(command.assert().success().get_output().stdout.clone()).unwrap()
}

/// The pictures are standardised here, and the reference does that in one float32 pass, up to 1e-4 off.
#[test]
fn the_references_pictures_give_the_references_figures_whatever_the_batch() {
    for (name, tolerance) in [("cifar_2_sact_trainrun", 1e-4), ("cifar_5_sact", 1e-3)] {
        let Some(folder) = fixture(name) else { continue };
        let place = tempfile::tempdir().unwrap();
        write_pictures(&folder, place.path());
        let text = printed(eval(&folder, place.path(), &["--tau", "0.01"]));
        let names: Vec<&str> = text.lines().map(|line| line.split_once('[').unwrap().0).collect();
        assert!(names.is_sorted() && names.len() == 22, "{text}");
        check(&figures(text.lines()), &expected(&folder), tolerance);
        for more in [&["--batch-size", "3", "--threads", "1"], &["--batch-size", "1", "--threads", "2"]] {
            let more = [&["--tau", "0.01"], &more[..]].concat();
            assert_eq!(printed(eval(&folder, place.path(), &more)), text, "{more:?}");
        }
    }
}

#[test]
fn json_says_what_the_figures_are_of() {
    let Some(folder) = fixture("cifar_5_sact") else { return };
    let place = tempfile::tempdir().unwrap();
    write_pictures(&folder, &place.path().join("few"));
    let data = place.path().join("few");
    let more = ["--json", "--num-examples", "1", "--threshold", "0.5"];
    let report: Value = serde_json::from_str(&printed(eval(&folder, &data, &more))).unwrap();
    assert_eq!(report["model"], "cifar_5_sact");
    assert_eq!(report["data"], "few");
    assert_eq!((&report["images"], &report["threshold"]), (&1.into(), &0.5.into()));
    assert_eq!(report["partial"], false);
    assert!(report["figures"]["Total Flops/mean"].as_f64().unwrap() > 1e7);
    assert!(report["figures"]["Total Flops/std"].is_null(), "one image has no deviation");
    assert!(report.get("step").is_none());
}

#[test]
fn what_cannot_be_evaluated_is_told_in_a_sentence() {
    let Some(folder) = fixture("cifar_2_sact_trainrun") else { return };
    let place = tempfile::tempdir().unwrap();
    let data = place.path();
    write_pictures(&folder, data);
    eval(&folder, data, &[]).assert().success().stderr(contains("give --tau")).stderr(contains("images/s"));
    eval(&folder, &data.join("gone"), &[]).assert().failure().stdout(is_empty()).stderr(contains("gone"));
    std::fs::remove_file(data.join("classes.txt")).unwrap();
    eval(&folder, data, &[]).assert().failure().stdout(is_empty()).stderr(contains("tells 10 apart"));
    eval(&folder, data, &["--watch", "run"]).assert().failure().stderr(contains("cannot be used with"));
    eval(&folder, data, &["--num-examples", "0"]).assert().failure();
}

/// The background class before the data's own is the network's affair.
#[test]
fn photographs_in_class_folders_are_evaluated_as_imagenets_are() {
    let Some(folder) = fixture("imagenet_tiny_sact") else { return };
    let place = tempfile::tempdir().unwrap();
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/samples");
    let names: Vec<String> = (1..=20).map(|number| format!("n{number:02}")).collect();
    std::fs::write(place.path().join("synsets.txt"), names.join("\n")).unwrap();
    for (class, photograph) in [("n01", "chelsea.png"), ("n20", "cifar10.png")] {
        let to = place.path().join("val").join(class);
        std::fs::create_dir_all(&to).unwrap();
        std::fs::copy(assets.join(photograph), to.join(photograph)).unwrap();
    }
    let found = printed(eval(&folder, place.path(), &[]));
    let found = figures(found.lines());
    assert!(found.contains_key("eval/Recall@5") && !found.contains_key("eval/Mean Loss"));
    assert!(found.contains_key("block4/num_units_std") && found["block1/ponder_cost_mean"] >= 2.0);
}

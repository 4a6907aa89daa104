//! What cannot be done is said in one sentence, and nothing is lost.

use std::path::Path;

use assert_cmd::Command;
use ponderscope::train::Recipe;

use super::{Place, checkpoint, train};

/// The one sentence that a command fails with.
fn refusal(command: &mut Command) -> String {
    let output = command.assert().failure().get_output().clone();
    let said = String::from_utf8(output.stderr).unwrap();
    let mut lines = said.lines().filter(|line| line.starts_with("ponderscope: "));
    let line = lines.next().unwrap_or_else(|| panic!("{said}")).to_owned();
    assert!(lines.next().is_none() && said.trim_end().ends_with(&line), "{said}");
    line
}

fn two_steps(place: &Place, run: &str) {
    place.train(run, &["--steps", "2"]).assert().success();
}

#[test]
fn wrong_arguments() {
    let place = Place::new(2);
    for (arguments, expected) in [
        (&["--tau=-1"][..], "expected a number, 0 or above"),
        (&["--tau", "NaN"], "expected a number, 0 or above"),
        (&["--learning-rate", "0"], "expected a number above 0"),
        (&["--learning-rate", "inf"], "expected a number above 0"),
        (&["--ema", "1"], "expected a number from 0 to below 1"),
        (&["--steps", "0"], "0 is not in"),
        (&["--evaluate-images", "0"], "0 is not in"),
        (&["--steps", "2", "--epochs", "1"], "cannot be used with"),
        (&["--resume"], "cannot be used with"),
        (&["--keep-halting"], "--init"),
        (&["--device", "abacus"], "abacus"),
    ] {
        let output = place.train("run", arguments).assert().failure().get_output().clone();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(expected), "{arguments:?}: {said}");
    }
    let mut command = train(&place.path("run"));
    let said =
        refusal(command.arg("--data").arg(place.path("data")).args(["--units", "1,2", "--steps", "1"]));
    assert!(said.contains("the cifar family has 3 blocks, units were given for 2"), "{said}");
    let mut command = train(&place.path("run"));
    command.arg("--data").arg(place.path("data")).args(["--units", "1", "--variant", "act", "--steps", "1"]);
    assert!(refusal(&mut command).contains("ACT needs at least two units"));
    assert!(!place.path("run").exists(), "nothing was begun");
}

#[test]
fn what_a_run_is_started_with_cannot_be_changed_later() {
    let place = Place::new(2);
    two_steps(&place, "run");
    for option in [
        "--family cifar",
        "--keep-halting",
        "--units 2",
        "--width 2",
        "--variant sact",
        "--tau 0.01",
        "--steps 2",
        "--epochs 1",
        "--batch-size 4",
        "--schedule onecycle",
        "--learning-rate 0.01",
        "--weight-decay 0",
        "--init model",
        "--halting-offset 1",
        "--label-smoothing 0",
        "--shift 4",
        "--ema 0.9",
        "--seed 1",
    ] {
        let words: Vec<&str> = option.split(' ').collect();
        let output = train(&place.path("run")).arg("--resume").args(&words).assert().failure();
        let said = String::from_utf8(output.get_output().stderr.clone()).unwrap();
        assert!(said.contains("cannot be used with") && said.contains(words[0]), "{said}");
    }
}

#[test]
fn a_checkpoint_that_is_gone_or_of_another_recipe() {
    let place = Place::new(2);
    two_steps(&place, "run");
    let folder = place.folder("run");
    let resume = || refusal(train(folder.path()).arg("--resume"));
    let recipe = std::fs::read_to_string(folder.path().join("recipe.json")).unwrap();
    std::fs::write(folder.path().join("recipe.json"), recipe.replace("\"seed\": 1", "\"seed\": 2")).unwrap();
    assert!(resume().contains("saved by a run with another recipe"));

    // Data may be moved.
    std::fs::rename(place.path("data"), place.path("moved")).unwrap();
    std::fs::write(folder.path().join("recipe.json"), recipe).unwrap();
    assert!(resume().contains("/data"));
    let other = Place::new(3);
    let with_data = |data: &Path| {
        let mut command = train(folder.path());
        command.arg("--resume").arg("--data").arg(data);
        command
    };
    let said = refusal(&mut with_data(&other.path("data")));
    assert!(said.contains("has 3 classes, but the network tells 2 apart"), "{said}");
    with_data(&place.path("moved")).assert().success();
    train(folder.path()).arg("--resume").assert().success();

    let log = std::fs::read(folder.log()).unwrap();
    std::fs::remove_file(folder.checkpoint()).unwrap();
    assert!(resume().contains("is gone, though the run has begun"));
    assert_eq!(std::fs::read(folder.log()).unwrap(), log);
}

#[test]
fn what_to_begin_with_is_looked_at_before_a_folder_is_made() {
    let place = Place::new(2);
    let said = refusal(&mut place.train("run", &["--init", "no-such-model", "--steps", "1"]));
    assert!(said.contains("no-such-model"), "{said}");
    // Another number of classes, as the embedded model has.
    let init = ["--init", "cifar10-resnet32-sact-tau0.01", "--steps", "1"];
    let said = refusal(&mut place.train("run", &init));
    assert!(said.contains("10 classes") && said.contains("2 classes"), "{said}");
    // Fewer units than that model has, or no halting branches to keep.
    place.train("other", &["--steps", "1", "--variant", "vanilla"]).assert().success();
    let model = place.folder("other").model();
    let begin = |arguments: &[&str]| {
        let mut command = train(&place.path("run"));
        command.arg("--data").arg(place.path("data")).args(["--width", "2", "--steps", "1"]).args(arguments);
        refusal(command.arg("--init").arg(&model))
    };
    assert!(begin(&["--units", "1"]).contains("1-1-1 units"));
    assert!(begin(&["--units", "2", "--keep-halting"]).contains("vanilla"));
    std::fs::remove_dir_all(place.path("data/val")).unwrap();
    let said = refusal(&mut place.train("run", &["--steps", "1"]));
    assert!(said.contains("`val` or `test`"), "{said}");
    let said = refusal(train(&place.path("run")).arg("--data").arg(place.path("nowhere")));
    assert!(said.contains("nowhere"), "{said}");
    assert!(!place.path("run").exists());
}

#[test]
fn a_folder_that_is_in_use_or_has_no_run() {
    let place = Place::new(2);
    two_steps(&place, "run");
    let before = std::fs::read(place.folder("run").checkpoint()).unwrap();
    let said = refusal(&mut place.train("run", &["--steps", "2"]));
    assert!(said.contains("holds a run already: resume that one"), "{said}");
    assert_eq!(std::fs::read(place.folder("run").checkpoint()).unwrap(), before);
    let said = refusal(train(&place.path("other")).arg("--resume"));
    assert!(said.contains("holds no run"), "{said}");
    assert!(!place.path("other").exists());
}

#[test]
fn a_folder_that_cannot_be_written() {
    let place = Place::new(2);
    std::fs::write(place.path("file"), "in the way").unwrap();
    for run in ["file", "file/run"] {
        let said = refusal(&mut place.train(run, &["--steps", "1"]));
        assert!(said.contains("cannot write") && said.contains("file"), "{said}");
    }
}

#[test]
fn a_damaged_checkpoint_or_recipe() {
    let place = Place::new(2);
    two_steps(&place, "run");
    let folder = place.folder("run");
    let whole = std::fs::read(folder.checkpoint()).unwrap();
    let resume = || refusal(train(folder.path()).arg("--resume"));
    let without = |text: &str| {
        let at = whole.windows(text.len()).position(|window| window == text.as_bytes()).unwrap();
        let mut damaged = whole.clone();
        damaged[at + 1] = b'#';
        damaged
    };
    for (damaged, expected) in [
        (vec![], "cannot be used (header too small): start the run anew in another folder"),
        (b"not a model".to_vec(), "checkpoint.safetensors"),
        (whole[..whole.len() - 5].to_vec(), "cannot be used"),
        (without("\"step\":"), "does not say at which step"),
        (without("/Momentum\""), "Momentum"),
    ] {
        std::fs::write(folder.checkpoint(), damaged).unwrap();
        let said = resume();
        assert!(said.contains(expected), "{expected}: {said}");
    }
    std::fs::write(folder.checkpoint(), &whole).unwrap();
    let recipe = folder.path().join("recipe.json");
    std::fs::write(&recipe, "{}").unwrap();
    assert!(resume().contains("recipe.json cannot be used"));
}

#[test]
fn data_that_has_changed() {
    let place = Place::new(2);
    two_steps(&place, "run");
    let add = |data: &Path, split: &str| {
        let class = data.join(split).join("another");
        std::fs::create_dir(&class).unwrap();
        std::fs::copy(data.join(split).join("class 0/0.png"), class.join("0.png")).unwrap();
    };
    for split in ["train", "val"] {
        add(&place.path("data"), split);
    }
    let said = refusal(train(&place.path("run")).arg("--resume"));
    assert!(said.contains("has 3 classes, but the network tells 2 apart"), "{said}");
    std::fs::remove_dir_all(place.path("data")).unwrap();
    let said = refusal(train(&place.path("run")).arg("--resume"));
    assert!(said.contains("data"), "{said}");
}

#[test]
fn a_run_that_diverges_stops_and_its_last_checkpoint_is_whole() {
    let place = Place::new(2);
    // Weights that are too large, those whose squares are, and those that no number can tell.
    for (run, rate) in [("large", "1e30"), ("larger", "1e20"), ("beyond", "1e300")] {
        let said = refusal(
            &mut place.train(run, &["--steps", "50", "--learning-rate", rate, "--checkpoint-every", "0"]),
        );
        assert!(said.contains("train again with a lower learning rate"), "{said}");
        assert!(!said.contains("NaN"), "{said}");
        let folder = place.folder(run);
        let recipe: Recipe = folder.recipe().unwrap();
        ponderscope::weights::check(&checkpoint(&folder), &recipe.spec).unwrap();
        // Its log has whole records only.
        let log = std::fs::read_to_string(folder.log()).unwrap();
        assert_eq!(log.lines().count(), super::told(&folder).len());
    }
}

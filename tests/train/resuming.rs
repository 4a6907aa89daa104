//! Runs that are stopped and go on: as if nothing had been.

use std::time::Duration;

use ponderscope::engine::Device;
use ponderscope::jobs::Cancel;
use ponderscope::network::{Family, NetworkSpec, Variant};
use ponderscope::train::{self, Options, Outcome, Recipe, Record, RunFolder, Schedule, Told, TrainError};

use super::{Place, told};

const OPTIONS: Options = Options {
    checkpoint_every: Duration::ZERO,
    record_every: 4,
    evaluate_every: 6,
    evaluate_images: 3,
    data_threads: Some(2),
};

fn recipe(place: &Place, variant: Variant, ema: Option<f64>) -> Recipe {
    Recipe {
        spec: NetworkSpec { family: Family::Cifar, units: vec![2; 3], width: 2, classes: 3, variant },
        tau: 0.01,
        data: place.path("data"),
        data_name: "data".to_owned(),
        init: None,
        keep_halting: false,
        halting_offset: 0.0,
        steps: 10,
        batch_size: 4,
        epoch: 4,
        schedule: Schedule::OneCycle,
        learning_rate: 0.123_456_789_012_345_67, // a reader in a hurry would be off by a bit here
        weight_decay: 2e-4,
        label_smoothing: 0.1,
        shift: 2,
        ema,
        seed: 3,
    }
}

/// Goes on with a run until it tells something that asks to stop.
fn go_on(folder: &RunFolder, stop: impl Fn(&Told<'_>) -> bool) -> Result<Outcome, TrainError> {
    let device = Device::cpu();
    let begun = folder.go_on(&device)?;
    let cancel = Cancel::new();
    train::run(folder, begun, &device, &OPTIONS, &cancel, &mut |told| {
        if stop(&told) {
            cancel.cancel();
        }
    })
}

fn assert_same(stopped: &RunFolder, undisturbed: &RunFolder) {
    assert_eq!(told(stopped), told(undisturbed));
    for file in [RunFolder::checkpoint, RunFolder::model] {
        let (mine, theirs) =
            (std::fs::read(file(stopped)).unwrap(), std::fs::read(file(undisturbed)).unwrap());
        assert!(mine == theirs, "{}", file(stopped).display());
    }
}

#[test]
fn a_run_that_is_stopped_at_every_step_ends_as_one_that_is_not() {
    let place = Place::new(3);
    for (variant, ema) in [(Variant::Vanilla, None), (Variant::Act, Some(0.9)), (Variant::Sact, Some(0.5))] {
        let recipe = recipe(&place, variant, ema);
        let [undisturbed, stopped] =
            ["undisturbed", "stopped"].map(|name| place.folder(&format!("{name} {variant}")));
        undisturbed.begin(&recipe).unwrap();
        assert_eq!(go_on(&undisturbed, |_| false).unwrap(), Outcome::Finished);
        let steps: Vec<u64> = told(&undisturbed).iter().map(Record::step).collect();
        assert_eq!(steps, [4, 6, 8, 10, 10]);

        stopped.begin(&recipe).unwrap();
        let mut stops = 0;
        while go_on(&stopped, |told| matches!(told, Told::Saved { step } if *step > 0)).unwrap()
            != Outcome::Finished
        {
            stops += 1;
            assert!(stops < 20);
        }
        assert!(stops >= 9, "{stops}");
        assert_same(&stopped, &undisturbed);
        // Once more changes nothing.
        assert_eq!(go_on(&stopped, |_| false).unwrap(), Outcome::Finished);
        assert_same(&stopped, &undisturbed);
    }
}

#[test]
fn an_evaluation_that_was_stopped_is_made_up_for() {
    let place = Place::new(3);
    let recipe = Recipe { steps: 8, ..recipe(&place, Variant::Sact, None) };
    let [undisturbed, stopped] = ["undisturbed", "stopped"].map(|name| place.folder(name));
    for folder in [&undisturbed, &stopped] {
        folder.begin(&recipe).unwrap();
    }
    go_on(&undisturbed, |_| false).unwrap();
    // The record of the last step comes right before the last evaluation.
    let outcome =
        go_on(&stopped, |told| matches!(told, Told::Record(Record::Step(record)) if record.step == 8));
    assert_eq!(outcome.unwrap(), Outcome::Stopped { step: 8 });
    assert_eq!(told(&stopped).len() + 1, told(&undisturbed).len());
    assert_eq!(go_on(&stopped, |_| false).unwrap(), Outcome::Finished);
    assert_same(&stopped, &undisturbed);
}

#[test]
fn what_a_killed_run_told_and_wrote_behind_its_checkpoint_is_forgotten() {
    let place = Place::new(3);
    let [undisturbed, killed] = ["undisturbed", "killed"].map(|name| place.folder(name));
    for folder in [&undisturbed, &killed] {
        folder.begin(&recipe(&place, Variant::Sact, None)).unwrap();
    }
    go_on(&undisturbed, |_| false).unwrap();
    go_on(&killed, |told| matches!(told, Told::Saved { step: 5 })).unwrap();
    // A record of a later step, one that was cut short, and a checkpoint that was.
    let mut log = std::fs::read_to_string(killed.log()).unwrap();
    log += &log.clone().replace("\"step\":4,", "\"step\":8,");
    log += "{\"kind\":\"st";
    std::fs::write(killed.log(), log).unwrap();
    std::fs::write(killed.path().join(".ponderscope-1a2b3c.partial"), "half").unwrap();
    go_on(&killed, |_| false).unwrap();
    assert_same(&killed, &undisturbed);
    assert!(!killed.path().join(".ponderscope-1a2b3c.partial").exists());
}

#[test]
fn one_run_at_a_time_trains_in_a_folder() {
    let place = Place::new(3);
    let folder = place.folder("run");
    folder.begin(&recipe(&place, Variant::Vanilla, None)).unwrap();
    go_on(&folder, |told| {
        if matches!(told, Told::Saved { step: 2 }) {
            let said = go_on(&folder, |_| false).unwrap_err().to_string();
            assert!(said.contains("is being trained in already"), "{said}");
        }
        false
    })
    .unwrap();
    assert_eq!(told(&folder).len(), 5);
}

#[cfg(unix)]
#[test]
fn ctrl_c_saves_and_ends_well() {
    use std::io::{BufRead, BufReader, Read};
    use std::process::{Command, Stdio};

    let place = Place::new(2);
    let mut run = Command::new(assert_cmd::cargo::cargo_bin("ponderscope"))
        .args(["train", "--units", "2", "--width", "2", "--batch-size", "4", "--steps", "100000"])
        .args(["--evaluate-every", "100000", "--data"])
        .arg(place.path("data"))
        .arg("--out")
        .arg(place.path("run"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(run.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    assert!(line.starts_with("step 20 of 100000: "), "{line}");
    let interrupt = Command::new("sh").args(["-c", &format!("kill -INT {}", run.id())]).status().unwrap();
    assert!(interrupt.success());
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    assert!(run.wait().unwrap().success(), "{rest}");
    let last = rest.lines().last().unwrap();
    let step = last.strip_prefix("Stopped and saved at step ").unwrap();
    let step = step.strip_suffix(" of 100000; --resume goes on").unwrap();
    let saved = super::checkpoint(&place.folder("run"));
    assert_eq!(saved.metadata["step"], step);
}

//! What a run leaves behind.

use assert_cmd::Command;
use ponderscope::network::{Family, Variant};
use ponderscope::train::{Choices, Record, RunFolder, Schedule};
use predicates::str::contains;
use serde_json::{Value, json};

use super::{Place, checkpoint, told};

fn models(arguments: &[&str], path: &std::path::Path) -> Value {
    let mut command = Command::cargo_bin("ponderscope").unwrap();
    let output = command.args(["models", "info", "--json"]).args(arguments).arg(path).assert().success();
    serde_json::from_slice(&output.get_output().stdout).unwrap()
}

#[test]
fn a_run_leaves_recipe_checkpoint_model_and_log() {
    let place = Place::new(3);
    place
        .train("run", &["--steps", "5", "--tau", "0.02", "--ema", "0.9", "--evaluate-every", "3"])
        .assert()
        .success()
        .stdout(contains("step 5 of 5: "))
        .stdout(contains("step 3: accuracy "))
        .stdout(contains("Wrote "));
    let folder = place.folder("run");
    let recipe = folder.recipe().unwrap();
    assert_eq!((recipe.steps, recipe.batch_size, recipe.epoch, recipe.spec.classes), (5, 4, 4, 3));
    assert!(recipe.data.is_absolute() && recipe.data_name == "data", "{recipe:?}");

    let card = models(&[], &folder.model());
    assert_eq!((&card["tau"], &card["data"]), (&json!(0.02), &json!("data")));
    assert_eq!(card["spec"]["units"], json!([2, 2, 2]));
    let source = card["source"].as_str().unwrap();
    assert!(source.starts_with("Trained by Ponderscope: step 5 of 5"), "{source}");
    assert_eq!(card["left_out"], json!({}));

    // The checkpoint is a model, too, and tells what else it holds.
    let last = models(&[], &folder.checkpoint());
    assert_eq!(last["spec"], card["spec"]);
    assert!(last["left_out"]["optimizer-slot"].as_u64().unwrap() > 50, "{last}");

    let records = told(&folder);
    let steps: Vec<(bool, u64)> =
        records.iter().map(|record| (matches!(record, Record::Step(_)), record.step())).collect();
    let expected = [(true, 1), (true, 2), (true, 3), (false, 3), (true, 4), (true, 5), (false, 5)];
    assert_eq!(steps, expected);
    let Record::Evaluation(evaluation) = &records[6] else { panic!("{records:?}") };
    assert_eq!(
        (evaluation.images, &card["accuracy"], &card["flops"]),
        (6, &json!(evaluation.accuracy), &json!(evaluation.flops))
    );
    let map = evaluation.map.as_ref().unwrap();
    assert_eq!((map.height, map.width, map.values.len()), (32, 32, 32 * 32));
    assert_eq!(evaluation.ponder_cost.len(), 3);
    let Record::Step(step) = &records[5] else { panic!("{records:?}") };
    assert!(step.loss > step.cross_entropy + 0.02 * step.ponder_cost, "L2 is part of it: {step:?}");
    assert!((6.0..=9.0).contains(&step.ponder_cost), "{step:?}");
}

#[test]
fn the_command_on_a_models_card_makes_that_model_again() {
    let place = Place::new(2);
    place.train("first run", &["--steps", "4", "--tau", "0.05"]).assert().success();
    let first = place.folder("first run").model();
    let mut tuned = vec!["--steps", "3", "--keep-halting", "--halting-offset", "-0.5", "--ema", "0.5"];
    tuned.extend(["--schedule", "onecycle", "--seed", "7"]);
    place.train("tuned", &tuned).arg("--init").arg(&first).assert().success();
    let model = place.folder("tuned").model();
    let training = models(&[], &model)["training"].clone();
    assert_eq!((&training["seed"], &training["steps"]), (&json!(7), &json!(3)));

    // As a shell reads it.
    let program = assert_cmd::cargo::cargo_bin("ponderscope");
    let command = training["command"].as_str().unwrap().strip_prefix("ponderscope").unwrap();
    let line = format!(
        "'{}'{command} --threads 2 --data '{}' --out '{}'",
        program.display(),
        place.path("data").display(),
        place.path("again").display()
    );
    Command::new("sh").args(["-c", &line]).assert().success();
    assert_eq!(std::fs::read(place.folder("again").model()).unwrap(), std::fs::read(&model).unwrap());

    // Without --init there is nothing to keep.
    place.train("other", &["--steps", "1", "--keep-halting"]).assert().failure();
}

#[test]
fn every_variant_trains_and_is_a_model_then() {
    let place = Place::new(2);
    for (variant, costs) in [("vanilla", 0), ("act", 3), ("sact", 3)] {
        place.train(variant, &["--steps", "3", "--variant", variant]).assert().success();
        let folder = place.folder(variant);
        let card = models(&[], &folder.model());
        assert_eq!(card["spec"]["variant"], variant);
        assert_eq!(card["tau"].is_null(), variant == "vanilla");
        let Some(Record::Evaluation(evaluation)) = told(&folder).pop() else { panic!("no evaluation") };
        assert_eq!(evaluation.ponder_cost.len(), costs);
        assert_eq!(evaluation.map.is_some(), variant != "vanilla");
    }
}

#[test]
fn the_imagenet_family_trains() {
    let place = Place::new(2);
    let network = ["--family", "imagenet", "--units", "1,1,2,1", "--width", "1", "--batch-size", "2"];
    let mut command = super::train(&place.path("run"));
    command.arg("--data").arg(place.path("data")).args(network);
    command.args(["--steps", "2", "--evaluate-images", "1"]).assert().success();
    let card = models(&[], &place.folder("run").model());
    assert_eq!((&card["spec"]["units"], &card["spec"]["width"]), (&json!([1, 1, 2, 1]), &json!(1)));
    let recipe = place.folder("run").recipe().unwrap();
    assert_eq!((recipe.learning_rate, recipe.label_smoothing), (0.05, 0.1));
    // Its steps down come every 30 epochs, so its length goes by them, too: 90 of 12 pictures.
    let choices = Choices {
        family: Family::ImageNet,
        units: vec![],
        width: None,
        variant: Variant::Sact,
        tau: 0.005,
        data: place.path("data"),
        init: None,
        keep_halting: false,
        halting_offset: 0.0,
        length: None,
        batch_size: Some(2),
        schedule: Schedule::Reference,
        learning_rate: None,
        weight_decay: None,
        label_smoothing: None,
        shift: None,
        ema: None,
        seed: 1,
    };
    assert_eq!(choices.recipe().unwrap().steps, 540);
}

#[test]
fn an_imagenet_network_begins_with_one_that_has_a_background_class() {
    let place = Place::new(2);
    // The same pictures under three classes, of which the first is the background.
    let three = Place::new(3);
    let train = |place: &Place, from: &Place, run: &str, arguments: &[&str]| {
        let mut command = super::train(&place.path(run));
        command
            .arg("--data")
            .arg(from.path("data"))
            .args(["--family", "imagenet", "--units", "1", "--width", "1"]);
        command.args(["--batch-size", "2", "--steps", "1", "--evaluate-images", "1"]).args(arguments);
        command.assert().success();
    };
    train(&place, &three, "first", &[]);
    let model = place.folder("first").model();
    train(&place, &place, "tuned", &["--init", model.to_str().unwrap()]);
    assert_eq!(place.folder("tuned").recipe().unwrap().spec.classes, 3);
}

#[test]
fn a_picture_that_cannot_be_read_is_told_and_costs_no_steps() {
    let place = Place::new(2);
    std::fs::write(place.path("data/train/class 0/3.png"), "no picture").unwrap();
    let run = place.train("run", &["--steps", "3"]).assert().success();
    let said = String::from_utf8(run.get_output().stderr.clone()).unwrap();
    assert!(said.contains("left out: ") && said.contains("3.png"), "{said}");
    // A test picture counts in a figure, so it must be read; what was trained until then is saved.
    std::fs::write(place.path("data/val/class 0/1.png"), "no picture").unwrap();
    place.train("other", &["--steps", "3", "--evaluate-every", "2"]).assert().failure();
    assert_eq!(checkpoint(&place.folder("other")).metadata["step"], "2");
}

#[test]
fn init_restores_all_but_the_halting_branches() {
    let place = Place::new(2);
    place.train("vanilla", &["--steps", "4", "--variant", "vanilla"]).assert().success();
    let model = place.folder("vanilla").model();
    // Steps too small to be seen: what is learned is as it was in the beginning.
    let still = ["--steps", "1", "--learning-rate", "1e-30", "--weight-decay", "0"];
    place.train("tuned", &still).arg("--init").arg(&model).assert().success();
    let (before, after) = (ponderscope::weights::read(&model).unwrap(), checkpoint(&place.folder("tuned")));
    let mut compared = 0;
    for (name, variable) in &before.by_name {
        if !name.contains("/moving_") {
            assert_eq!(variable, &after.by_name[name], "{name}");
            compared += 1;
        }
    }
    assert!(compared > 20, "{compared}");
    let of_branch =
        |name: &str| &after.by_name[&format!("resnet_residual/block_1/unit_1/halting_proba/{name}")].values;
    assert_eq!(of_branch("local_conv/biases"), &[-3.0]);
    assert!(of_branch("local_conv/weights").iter().any(|&weight| weight != 0.0));
    let source = models(&[], &place.folder("tuned").model())["source"].to_string();
    assert!(source.contains(&format!("from {}", model.display())), "{source}");
}

#[test]
fn an_offset_is_added_to_the_halting_biases_that_a_run_begins_with() {
    let place = Place::new(2);
    let still = ["--steps", "1", "--learning-rate", "1e-30", "--halting-offset"];
    for (variant, branch) in [("act", "global_conv"), ("sact", "local_conv")] {
        let bias = |run: &str| {
            let name = format!("resnet_residual/block_2/unit_1/halting_proba/{branch}/biases");
            checkpoint(&place.folder(run)).by_name[&name].values[0]
        };
        let new = ["--variant", variant, "2.5"];
        place.train(variant, &[&new[..2], &still, &new[2..]].concat()).assert().success();
        assert_eq!(bias(variant), -0.5, "{variant}");
        // Kept, and once more.
        let (model, kept) = (place.folder(variant).model(), format!("{variant} kept"));
        let more = ["--variant", variant, "--keep-halting", "-1"];
        let mut command = place.train(&kept, &[&more[..3], &still, &more[3..]].concat());
        command.arg("--init").arg(&model).assert().success();
        assert_eq!(bias(&kept), -1.5, "{variant}");
    }
}

#[test]
fn a_run_of_one_unit_a_block_has_no_branches_and_costs_two_a_block() {
    let place = Place::new(2);
    place.train("run", &["--units", "1", "--steps", "1"]).assert().failure(); // given twice
    let mut command = super::train(&place.path("run"));
    command.arg("--data").arg(place.path("data")).args(["--units", "1", "--width", "2", "--steps", "2"]);
    command.args(["--batch-size", "4"]).assert().success();
    let costs = told(&RunFolder::new(&place.path("run"))).into_iter().filter_map(|record| match record {
        Record::Step(record) => Some(record.ponder_cost),
        Record::Evaluation(_) => None,
    });
    assert_eq!(costs.collect::<Vec<_>>(), [6.0, 6.0]);
}

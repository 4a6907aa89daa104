//! Evaluations that are kept, gone on with, parted and joined.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::{contains, is_empty};
use serde_json::Value;

use super::common::fixture;
use super::write_pictures;

struct Place {
    folder: tempfile::TempDir,
    models: Vec<PathBuf>,
}

impl Place {
    /// The pictures of a fixture, and two models for them.
    fn new() -> Option<Self> {
        let models = vec![fixture("cifar_2_sact_trainrun")?, fixture("cifar_5_vanilla")?];
        let folder = tempfile::tempdir().unwrap();
        write_pictures(&fixture("cifar_5_sact")?, &folder.path().join("data"));
        Some(Self { folder, models })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn eval(&self, more: &[&str]) -> Command {
        let mut command = ponderscope("eval");
        command.current_dir(self.folder.path()).args(["--data", "data", "--tau", "0.01"]);
        for model in &self.models {
            command.arg("--model").arg(model);
        }
        command.args(["--threshold", "0.99", "--threshold", "0.7"]).args(more);
        command
    }

    /// What was kept, without what no two runs share.
    fn kept(&self, name: &str) -> Value {
        let mut kept: Value = serde_json::from_slice(&fs::read(self.path(name)).unwrap()).unwrap();
        kept["seconds"] = 0.into();
        kept["rows_bytes"].take();
        kept
    }
}

fn ponderscope(subcommand: &str) -> Command {
    let mut command = Command::cargo_bin("ponderscope").unwrap();
    command.arg(subcommand);
    command
}

fn printed(mut command: Command) -> String {
    String::from_utf8(command.assert().success().get_output().stdout.clone()).unwrap()
}

#[test]
fn models_and_thresholds_share_a_pass_and_each_says_what_it_says_alone() {
    let Some(place) = Place::new() else { return };
    let text = printed(place.eval(&[]));
    let headings: Vec<&str> = text.lines().filter(|line| line.starts_with('#')).collect();
    let expected = [
        "# cifar_2_sact_trainrun threshold[0.99]",
        "# cifar_2_sact_trainrun threshold[0.7]",
        "# cifar_5_vanilla",
    ];
    assert_eq!(headings, expected);
    let mut alone = ponderscope("eval");
    alone.arg("--model").arg(&place.models[0]).arg("--data").arg(place.path("data"));
    alone.args(["--tau", "0.01", "--threshold", "0.7"]);
    let alone = printed(alone);
    assert!(text.contains(&format!("{}\n{alone}", expected[1])), "{text}\n{alone}");
    let json: Value = serde_json::from_str(&printed(place.eval(&["--json"]))).unwrap();
    assert_eq!(json.as_array().unwrap().len(), 3);
    assert!(json[2]["threshold"].is_null() && json[1]["threshold"] == 0.7);
}

#[test]
fn a_table_has_a_row_for_each_picture_and_case() {
    let Some(place) = Place::new() else { return };
    place.eval(&["--csv", "rows.csv"]).assert().success();
    let text = fs::read_to_string(place.path("rows.csv")).unwrap();
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows.len(), 1 + 3 * 16);
    let column = |name: &str| rows[0].iter().position(|column| *column == name).unwrap();
    for row in &rows[1..] {
        assert_eq!(row.len(), rows[0].len());
        let right = row[column("label")] == row[column("top1")];
        assert_eq!(row[column("correct")], if right { "1" } else { "0" });
        assert!(row[column("flops")].parse::<u64>().unwrap() > 10_000_000);
        let is_vanilla = row[column("model")] == "cifar_5_vanilla";
        assert_eq!(row[column("ponder_cost")].is_empty(), is_vanilla);
        assert_eq!(row[column("threshold")].is_empty(), is_vanilla);
        // The picture's own folder is its class.
        assert!(row[column("name")].contains(row[column("label_name")]), "{row:?}");
    }
}

#[test]
fn shards_are_joined_to_what_one_pass_finds() {
    let Some(place) = Place::new() else { return };
    let whole = printed(place.eval(&["--save", "whole.json", "--csv", "whole.csv"]));
    for number in ["1", "2", "3"] {
        let (shard, save, csv) =
            (format!("{number}/3"), format!("part-{number}.json"), format!("part-{number}.csv"));
        place.eval(&["--shard", &shard, "--save", &save, "--csv", &csv]).assert().success();
    }
    let merge = |more: &[&str]| {
        let mut command = ponderscope("merge");
        command.current_dir(place.folder.path()).args(more);
        command
    };
    let parts = ["part-2.json", "part-3.json", "part-1.json"];
    assert_eq!(printed(merge(&[&parts[..], &["-o", "joined.json"]].concat())), whole);
    assert_eq!(place.kept("joined.json"), place.kept("whole.json"));
    merge(&["part-1.csv", "part-2.csv", "part-3.csv", "-o", "joined.csv"]).assert().success();
    assert_eq!(fs::read(place.path("joined.csv")).unwrap(), fs::read(place.path("whole.csv")).unwrap());

    merge(&parts[..2]).assert().failure().stdout(is_empty()).stderr(contains("part 1 of 3 is missing"));
    merge(&["part-1.json", "part-1.csv"]).assert().failure().stderr(contains("different kinds"));
    merge(&["data/classes.txt"]).assert().failure().stderr(contains("neither an evaluation"));
    merge(&["gone.json"]).assert().failure().stderr(contains("cannot read gone.json"));
}

#[test]
fn what_is_kept_is_gone_on_with_only_by_the_same() {
    let Some(place) = Place::new() else { return };
    place.eval(&["--save", "run.json", "--csv", "rows.csv"]).assert().success();
    let (kept, rows) = (place.kept("run.json"), fs::read(place.path("rows.csv")).unwrap());
    // Whoever goes on with what is complete has nothing to do, and loses nothing.
    place.eval(&["--save", "run.json", "--csv", "rows.csv", "--resume"]).assert().success();
    assert_eq!(place.kept("run.json"), kept);
    assert_eq!(fs::read(place.path("rows.csv")).unwrap(), rows);
    place
        .eval(&["--save", "run.json", "--resume", "--num-examples", "3"])
        .assert()
        .failure()
        .stderr(contains("run.json is of other examples"));
    place
        .eval(&["--save", "data/classes.txt"])
        .assert()
        .failure()
        .stderr(contains("classes.txt is not an evaluation"));
    place
        .eval(&["--save", "nowhere/run.json"])
        .assert()
        .failure()
        .stdout(is_empty())
        .stderr(contains("there is no folder nowhere"));
    place.eval(&["--resume"]).assert().failure().stderr(contains("--save"));
    assert_eq!(place.kept("run.json"), kept);
}

#[test]
fn a_bad_picture_is_named_and_left_out_unless_that_is_not_wanted() {
    let Some(place) = Place::new() else { return };
    fs::write(place.path("data/test/cat/diary.png"), "Dear diary").unwrap();
    let said = contains("diary.png is not a picture").and(contains("1 of 17 pictures could not be used"));
    place.eval(&["--json"]).assert().success().stderr(said).stdout(contains("\"skipped\": 1"));
    place.eval(&["--strict"]).assert().failure().stdout(is_empty()).stderr(contains("diary.png"));
}

#[test]
fn a_random_choice_is_the_same_with_the_same_seed() {
    let Some(place) = Place::new() else { return };
    let names = |seed: &str| {
        place.eval(&["--num-examples", "5", "--seed", seed, "--csv", "rows.csv"]).assert().success();
        let text = fs::read_to_string(place.path("rows.csv")).unwrap();
        text.lines().skip(1).map(|line| line.split(',').nth(1).unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names("1"), names("1"));
    assert!(names("1").len() == 15 && names("1") != names("2"));
}

#[test]
fn the_samples_are_evaluated_without_further_words() {
    let mut command = ponderscope("eval");
    command.args(["--num-examples", "40", "--json"]);
    let report: Value = serde_json::from_str(&printed(command)).unwrap();
    assert_eq!(report["images"], 40);
    assert!(report["figures"]["eval/Accuracy"].as_f64().unwrap() > 0.8);
}

#[test]
fn pictures_without_labels_have_costs_but_no_accuracy() {
    let mut command = ponderscope("eval");
    let photographs = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/samples");
    command.arg("--data").arg(photographs.join("chelsea.png")).arg(photographs.join("coffee.png"));
    let text = printed(command);
    assert!(text.contains("Total Flops/mean[") && !text.contains("eval/"), "{text}");
}

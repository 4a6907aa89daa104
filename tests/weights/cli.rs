//! `ponderscope models`.

use std::fs;

use assert_cmd::Command;
use predicates::prelude::PredicateBooleanExt;
use predicates::str::{contains, is_empty};
use serde_json::Value;
use tempfile::TempDir;

/// One that is embedded.
const MODEL: &str = "cifar10-resnet32-sact-tau0.01";
const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");

/// `ponderscope models` with a models folder of its own.
fn models(folder: &TempDir) -> Command {
    let mut command = Command::cargo_bin("ponderscope").unwrap();
    command.env("PONDERSCOPE_MODELS", folder.path()).arg("models");
    command
}

/// The file that an embedded model is made of.
fn model_file(name: &str) -> String {
    format!("{}/models/{name}.safetensors", env!("CARGO_MANIFEST_DIR"))
}

fn json(command: &mut Command) -> Value {
    serde_json::from_slice(&command.arg("--json").assert().success().get_output().stdout).unwrap()
}

#[test]
fn an_imported_model_is_listed_and_found_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let checkpoint = format!("{FIXTURES}/cifar_2_sact_trainrun");
    let import = ["import", &checkpoint, "--name", "tiny-sact", "--tau", "0.005", "--accuracy", "0.25"];
    models(&folder).args(import).assert().success().stdout(contains("107 of 177 variables kept"));

    let list = json(models(&folder).arg("list"));
    let names: Vec<&str> =
        list.as_array().unwrap().iter().map(|model| model["name"].as_str().unwrap()).collect();
    assert_eq!((names[0], names[names.len() - 1]), (MODEL, "tiny-sact"));
    let (imported, embedded) = list.as_array().unwrap().split_last().unwrap();
    assert!(embedded.iter().all(|model| model["where"] == "embedded"), "{embedded:?}");
    assert_eq!(imported["tau"], 0.005);

    let info = json(models(&folder).args(["info", "tiny-sact", "--variables"]));
    assert_eq!(info["spec"]["units"], serde_json::json!([2, 2, 2]));
    assert_eq!(info["left_out"], serde_json::json!({}));
    assert_eq!(info["variables"].as_object().unwrap().len(), 107);

    // Again: the file stays unless it is said otherwise.
    let file = folder.path().join("tiny-sact.safetensors");
    let before = fs::read(&file).unwrap();
    models(&folder)
        .args(import)
        .assert()
        .failure()
        .stderr(contains("exists already").and(contains("--force")));
    assert_eq!(fs::read(&file).unwrap(), before);
    models(&folder).args(import).arg("--force").assert().success();
    assert_eq!(fs::read(&file).unwrap(), before, "the same command gives the same bytes");
}

#[test]
fn a_card_is_kept_when_a_model_is_imported_again() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("again.safetensors");
    models(&folder)
        .arg("import")
        .arg(model_file(MODEL))
        .args(["--name", "mine", "-o"])
        .arg(&target)
        .assert()
        .success();
    let info = json(models(&folder).arg("info").arg(&target));
    let card = ponderscope::zoo::default_model().card;
    assert_eq!((&info["name"], &info["accuracy"]), (&"mine".into(), &card.accuracy.into()));
    assert_eq!(info["training"]["command"], card.training.unwrap().command);
}

#[test]
fn half_precision_takes_half_the_space_and_is_measured_as_stored() {
    let folder = tempfile::tempdir().unwrap();
    let whole = json(models(&folder).args(["info", MODEL]));
    // A few pictures of many colours; the figures themselves are held against the reference elsewhere.
    let data = folder.path().join("data");
    for class in 0..10u8 {
        let class_folder = data.join("test").join(format!("class {class}"));
        fs::create_dir_all(&class_folder).unwrap();
        let pixel = |x: u32, y: u32| image::Rgb([(8 * x) as u8, (8 * y) as u8, 25 * class]);
        image::RgbImage::from_fn(32, 32, pixel).save(class_folder.join("a.png")).unwrap();
    }
    let target = folder.path().join("half.safetensors");
    let import = |arguments: &[&str]| {
        let mut command = models(&folder);
        command.args(["import", &model_file(MODEL), "--half", "-o"]).arg(&target).args(arguments);
        command
    };
    import(&["--evaluate", data.to_str().unwrap()]).assert().success();
    let half = json(models(&folder).arg("info").arg(&target));
    assert_eq!(half["parameters"], whole["parameters"]);
    let bytes = fs::metadata(&target).unwrap().len() as f64;
    let values = half["parameters"].as_f64().unwrap();
    assert!((2.0..2.2).contains(&(bytes / values)), "{bytes} bytes for {values} values");

    let mut command = Command::cargo_bin("ponderscope").unwrap();
    let eval = json(command.arg("eval").arg("--model").arg(&target).arg("--data").arg(&data));
    assert_eq!(half["accuracy"], eval["figures"]["eval/Accuracy"]);
    assert_eq!(half["flops"], eval["figures"]["Total Flops/mean"]);
    assert_eq!(half["flops_std"], eval["figures"]["Total Flops/std"]);
    assert_eq!(half["ponder_cost"].as_array().unwrap().len(), 3);
    for (block, cost) in half["ponder_cost"].as_array().unwrap().iter().enumerate() {
        assert_eq!(*cost, eval["figures"][format!("block_{}/ponder_cost_mean", block + 1)]);
    }

    // What is there is looked at before anything is measured; a card without training has no commit.
    let before = fs::read(&target).unwrap();
    import(&["--evaluate", "nowhere"]).assert().failure().stderr(contains("--force"));
    import(&["--force", "--evaluate", "nowhere"]).assert().failure().stderr(contains("nowhere"));
    import(&["--force", "--accuracy", "1", "--evaluate", "nowhere"]).assert().failure();
    assert_eq!(fs::read(&target).unwrap(), before);
    let checkpoint = format!("{FIXTURES}/cifar_2_sact_trainrun");
    let commit = ["import", &checkpoint, "--commit", "9403762"];
    models(&folder).args(commit).assert().failure().stderr(contains("nothing of its training"));
}

#[test]
fn info_tells_what_a_checkpoint_holds_beside_its_network() {
    let folder = tempfile::tempdir().unwrap();
    let checkpoint = format!("{FIXTURES}/cifar_2_sact_trainrun");
    let left_out = &json(models(&folder).args(["info", &checkpoint]))["left_out"];
    assert_eq!(left_out, &serde_json::json!({"optimizer-slot": 69, "step-counter": 1}));
    models(&folder)
        .args(["info", &checkpoint])
        .assert()
        .success()
        .stdout(contains("ResNet-14 SACT").and(contains("1 step counter, 69 optimizer slots")))
        .stdout(contains("175,693"));
}

#[test]
fn a_file_that_is_no_model_does_not_hide_the_others() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("broken.safetensors"), b"\x89PNG\r\n\x1a\n").unwrap();
    models(&folder)
        .arg("list")
        .assert()
        .success()
        .stdout(contains(MODEL))
        .stderr(contains("broken.safetensors is a picture"));
    // Asked for by its name, it is said to be broken, not to be missing.
    for (name, why) in [("broken", "broken.safetensors is a picture"), ("other", "no model is called other")]
    {
        models(&folder).args(["info", name]).assert().failure().stderr(contains(why));
    }
}

#[test]
fn a_model_is_found_by_its_cards_name_whatever_its_file_is_called() {
    let folder = tempfile::tempdir().unwrap();
    let import = |name: &str, file: &str| {
        let file = folder.path().join(file);
        let checkpoint = format!("{FIXTURES}/cifar_2_sact_trainrun");
        models(&folder).args(["import", &checkpoint, "--name", name, "-o"]).arg(file).assert().success();
    };
    import("mine", "other.safetensors");
    // The list calls this one `yours`, and no model `theirs`.
    import("yours", "theirs.safetensors");
    let found = |name: &str| json(models(&folder).args(["info", name]))["where"].clone();
    assert_eq!(found("mine"), folder.path().join("other.safetensors").to_str().unwrap());
    assert_eq!(found("yours"), folder.path().join("theirs.safetensors").to_str().unwrap());
    let why = contains("no model is called theirs").and(contains("or mine or yours"));
    models(&folder).args(["info", "theirs"]).assert().failure().stderr(why);

    // The file that is called as its card is wins over one that is not.
    import("mine", "mine.safetensors");
    assert_eq!(found("mine"), folder.path().join("mine.safetensors").to_str().unwrap());
}

#[test]
fn every_refusal_is_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let sact = format!("{FIXTURES}/cifar_5_sact");
    let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/README.md");
    for (arguments, why) in [
        (vec!["info", "resnet9000"], "no model is called resnet9000"),
        (vec!["info", readme], "is a text file"),
        (vec!["info", FIXTURES], "holds no checkpoint"),
        (vec!["import", "gone"], "gone: there is no such file"),
        (vec!["import", &sact, "--name", "../up"], "cannot be called"),
        (vec!["import", &sact, "--name", MODEL], "a built-in model is called"),
        (vec!["import", &sact, "-o", "/gone/model.safetensors"], "cannot write /gone/model.safetensors"),
    ] {
        let assert =
            models(&folder).args(&arguments).assert().failure().stderr(contains(why)).stdout(is_empty());
        let stderr = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_leaves_what_was_there() {
    use std::os::unix::process::CommandExt;

    // A limit on the size of files is a disk that fills up while the model is written.
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("model.safetensors");
    fs::write(&target, "what was there").unwrap();
    let program = assert_cmd::cargo::cargo_bin("ponderscope");
    let mut shell = std::process::Command::new("sh");
    shell.arg0("sh").args(["-c", "trap '' XFSZ; ulimit -f 100; exec \"$@\"", "sh"]);
    shell
        .arg(program)
        .args(["models", "import", &format!("{FIXTURES}/cifar_5_sact"), "--force", "-o"])
        .arg(&target);
    let output = shell.output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && stderr.contains("cannot write"), "{stderr}");
    assert_eq!(stderr.matches("File too large").count(), 1, "{stderr}");
    assert_eq!(fs::read(&target).unwrap(), b"what was there");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

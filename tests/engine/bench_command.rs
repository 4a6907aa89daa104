//! `ponderscope bench` as a person calls it.

use assert_cmd::Command;
use serde_json::Value;

#[test]
fn every_network_and_setting_gets_its_row() {
    let mut command = Command::cargo_bin("ponderscope").unwrap();
    command.args(["bench", "--network", "resnet20-vanilla", "--network", "resnet20-sact", "--batch", "1,2"]);
    command.args(["--flops-share", "0.7", "--engine", "rows,dense", "--threads", "1,2", "--size", "24x16"]);
    let output = command.args(["--seconds", "0", "--json"]).assert().success().get_output().stdout.clone();
    let report: Value = serde_json::from_slice(&output).unwrap();
    assert_eq!(report["gemm_peak"].as_array().unwrap().len(), 2);
    let rows = report["rows"].as_array().unwrap();
    // Networks, engines, batches, threads.
    assert_eq!(rows.len(), 2 * 2 * 2 * 2);
    let number = |row: &Value, key: &str| row[key].as_f64().unwrap();
    for row in rows {
        assert_eq!((number(row, "width"), number(row, "height")), (24.0, 16.0));
        let share = if row["network"] == "resnet20-sact" { 0.7 } else { 1.0 };
        assert!((number(row, "flops_share") - share).abs() < 0.03, "{row}");
        assert!(number(row, "repetitions") >= 10.0 && number(row, "p10_ms") <= number(row, "median_ms"));
        let gflops = number(row, "flops") * number(row, "batch") / number(row, "median_ms") / 1e6;
        assert!((gflops - number(row, "gflops")).abs() < 1e-6 * gflops);
    }
    assert_eq!(number(&rows[0], "relative"), 1.0);
}

#[test]
fn what_cannot_be_timed_is_said_in_a_sentence() {
    for (argument, value, sentence) in [
        ("--network", "resnet101", "choose resnet50, resnet101 or resnet152"),
        ("--size", "0x10", "from 8 to 8192"),
        ("--flops-share", "2", "a share is a number above 0"),
        ("--engine", "fast", "choose auto, rows or dense"),
        ("--size", "8000x8000", "choose a smaller input size"),
    ] {
        let mut command = Command::cargo_bin("ponderscope").unwrap();
        let failure = command.args(["bench", argument, value]).assert().failure();
        let stderr = String::from_utf8(failure.get_output().stderr.clone()).unwrap();
        assert!(stderr.contains(sentence), "{argument} {value}: {stderr}");
    }
}

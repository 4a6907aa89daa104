//! What TensorBoard reads.

use std::path::Path;

use ponderscope::train::{Record, RunFolder};
use tfrecord::protobuf::event::What;
use tfrecord::protobuf::session_log::SessionStatus;
use tfrecord::protobuf::summary::value::Value;
use tfrecord::protobuf::{Event, Summary};
use tfrecord::{EventIter, RecordReaderConfig};

use super::{Place, told, train};

/// The events of a file, checked against its checksums.
fn events(file: &Path) -> Vec<Event> {
    let config = RecordReaderConfig { check_integrity: true };
    EventIter::open(file, config).unwrap().map(Result::unwrap).collect()
}

fn files(folder: &RunFolder) -> Vec<std::path::PathBuf> {
    let mut files: Vec<_> = folder.events().read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// Step, tag and value of every summary.
fn summaries(events: &[Event]) -> Vec<(i64, &str, &Value)> {
    let summaries = events.iter().filter_map(|event| match &event.what {
        Some(What::Summary(Summary { value })) => Some((event.step, value)),
        _ => None,
    });
    summaries
        .flat_map(|(step, values)| {
            values.iter().map(move |value| (step, value.tag.as_str(), value.value.as_ref().unwrap()))
        })
        .collect()
}

#[test]
fn scalars_and_the_heat_map_are_what_the_log_says() {
    let place = Place::new(2);
    place.train("run", &["--steps", "2"]).assert().success();
    let folder = place.folder("run");
    let [file] = &files(&folder)[..] else { panic!("one file") };
    assert!(file.file_name().unwrap().to_str().unwrap().starts_with("events.out.tfevents."));
    let events = events(file);
    assert_eq!(events[0].what, Some(What::FileVersion("brain.Event:2".to_owned())));
    assert!(events[0].wall_time > 1.7e9);
    let Some(What::SessionLog(start)) = &events[1].what else { panic!("{:?}", events[1]) };
    assert_eq!((start.status(), events[1].step), (SessionStatus::Start, 1));

    let found = summaries(&events);
    let scalar = |wanted: &str| match found.iter().find(|(step, tag, _)| *step == 2 && *tag == wanted) {
        Some((_, _, Value::SimpleValue(value))) => *value,
        other => panic!("{wanted}: {other:?}"),
    };
    let records = told(&folder);
    let [_, Record::Step(step), Record::Evaluation(evaluation)] = &records[..] else { panic!("{records:?}") };
    for (tag, value) in [
        ("train/Total Loss", step.loss),
        ("train/Cross Entropy", step.cross_entropy),
        ("train/Ponder Cost", step.ponder_cost),
        ("train/Accuracy", step.accuracy),
        ("train/Learning Rate", step.learning_rate),
        ("eval/Accuracy", evaluation.accuracy),
        ("Total Flops/mean", evaluation.flops),
        ("block_1/ponder_cost_mean", evaluation.ponder_cost[0]),
        ("block_3/ponder_cost_mean", evaluation.ponder_cost[2]),
    ] {
        assert_eq!(scalar(tag), value as f32, "{tag}");
    }
    assert!(scalar("train/Images per Second") > 0.0);

    let Some((2, _, Value::Image(picture))) =
        found.iter().find(|(_, tag, _)| tag.starts_with("heatmap/ponder_cost"))
    else {
        panic!("{found:?}")
    };
    let decoded = image::load_from_memory(&picture.encoded_image_string).unwrap();
    // Picture and heat map side by side.
    assert_eq!((picture.height, picture.width, picture.colorspace), (32, 32 + 5 + 32, 3));
    assert_eq!((decoded.height(), decoded.width()), (32, 69));
}

#[test]
fn a_run_that_goes_on_says_from_where() {
    let place = Place::new(2);
    place.train("run", &["--steps", "2"]).assert().success();
    let folder = place.folder("run");
    // In another second, so in another file.
    std::thread::sleep(std::time::Duration::from_millis(1001));
    train(folder.path()).arg("--resume").assert().success();
    let [_, resumed] = &files(&folder)[..] else { panic!("two files") };
    let events = events(resumed);
    assert_eq!((events.len(), events[1].step), (2, 3), "TensorBoard keeps steps 1 and 2: {events:?}");
}

#[test]
fn blocks_are_called_as_the_reference_calls_them() {
    let place = Place::new(2);
    let network = ["--family", "imagenet", "--units", "2,1,1,1", "--width", "1", "--batch-size", "2"];
    let mut command = train(&place.path("run"));
    command.arg("--data").arg(place.path("data")).args(network);
    command.args(["--steps", "1", "--evaluate-images", "1"]).assert().success();
    let [file] = &files(&place.folder("run"))[..] else { panic!("one file") };
    let events = events(file);
    let tags = summaries(&events).into_iter().map(|(_, tag, _)| tag);
    let costs: Vec<&str> = tags.filter_map(|tag| tag.strip_suffix("/ponder_cost_mean")).collect();
    assert_eq!(costs, ["block1", "block2", "block3", "block4"]);
}

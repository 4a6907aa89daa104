//! What a run tells of itself: lines of JSON, and TensorBoard's event files.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Cursor, Write};
use std::path::Path;

use ::image::{ImageFormat, RgbImage};
use serde::{Deserialize, Serialize};
use tfrecord::protobuf::event::What;
use tfrecord::protobuf::session_log::SessionStatus;
use tfrecord::protobuf::summary::Image;
use tfrecord::protobuf::{Event, SessionLog};
use tfrecord::{EventWriter, EventWriterConfig};

use super::{RunFolder, TrainError};
use crate::network::NetworkSpec;

/// Red, green and blue in TensorBoard's pictures.
const RGB: i32 = 3;

/// Something that a run tells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Record {
    Step(StepRecord),
    Evaluation(EvaluationRecord),
}

/// Means over the steps since the last such record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StepRecord {
    /// Steps done.
    pub step: u64,
    pub loss: f64,
    pub cross_entropy: f64,
    /// Sum over blocks of the mean ponder cost.
    pub ponder_cost: f64,
    /// Share of the training pictures classified rightly.
    pub accuracy: f64,
    pub learning_rate: f64,
    pub images_per_second: f64,
    pub seconds_left: f64,
}

/// The network on pictures that it does not learn from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EvaluationRecord {
    pub step: u64,
    pub images: u64,
    pub accuracy: f64,
    /// Mean FLOPs of a picture.
    pub flops: f64,
    /// Mean ponder cost of each block; empty for vanilla.
    pub ponder_cost: Vec<f64>,
    /// The whole network's ponder map of the first picture, row by row.
    pub map: Option<RecordedMap>,
}

/// A small map.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RecordedMap {
    pub height: usize,
    pub width: usize,
    pub values: Vec<f32>,
}

impl Record {
    pub fn step(&self) -> u64 {
        match self {
            Self::Step(record) => record.step,
            Self::Evaluation(record) => record.step,
        }
    }

    /// The records of a run's log. A last line that was cut short is left out.
    ///
    /// # Errors
    /// A log that cannot be read; one that is not there is empty.
    pub fn read(folder: &RunFolder) -> io::Result<Vec<Self>> {
        let file = match File::open(folder.log()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(vec![]),
            file => file?,
        };
        BufReader::new(file).lines().filter_map(|line| line.map(|line| Self::of(&line)).transpose()).collect()
    }

    /// What a line of the log tells, if it is whole.
    fn of(line: &str) -> Option<Self> {
        serde_json::from_str(line).ok()
    }
}

/// Where a run's records go.
pub(super) struct Log {
    lines: File,
    events: EventWriter<BufWriter<File>>,
    folder: RunFolder,
    /// The reference's.
    block_names: Vec<String>,
    evaluated: Option<u64>,
}

impl Log {
    /// Goes on with the log of a run of a network behind `step`: what a run that was killed told of later steps will be told again.
    pub fn open(folder: &RunFolder, spec: &NetworkSpec, step: u64) -> Result<Self, TrainError> {
        let failed = |reason| TrainError::Write { file: folder.log().display().to_string(), reason };
        let before = match fs::read(folder.log()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => vec![],
            bytes => bytes.map_err(failed)?,
        };
        let (mut text, mut evaluated) = (String::new(), None);
        for line in String::from_utf8_lossy(&before).lines() {
            let Some(record) = Record::of(line).filter(|record| record.step() <= step) else { continue };
            if let Record::Evaluation(record) = record {
                evaluated = Some(record.step);
            }
            text += line;
            text.push('\n');
        }
        let mut aside = crate::aside::create(&folder.log()).map_err(failed)?;
        aside.write_all(text.as_bytes()).map_err(failed)?;
        crate::aside::persist(aside, &folder.log()).map_err(failed)?;
        let lines = OpenOptions::new().append(true).open(folder.log()).map_err(failed)?;
        let events = open_events(&folder.events(), step)
            .map_err(|reason| TrainError::Write { file: folder.events().display().to_string(), reason })?;
        Ok(Self { lines, events, folder: folder.clone(), block_names: spec.block_names(), evaluated })
    }

    /// The last step whose evaluation was in the log when it was opened.
    pub fn evaluated(&self) -> Option<u64> {
        self.evaluated
    }

    /// Sees to it that what has been told outlives the machine's next failure.
    pub fn sync(&self) -> Result<(), TrainError> {
        let file = || self.folder.log().display().to_string();
        self.lines.sync_data().map_err(|reason| TrainError::Write { file: file(), reason })
    }

    /// Adds a record, and a picture to those that TensorBoard shows.
    pub fn add(&mut self, record: &Record, picture: Option<&RgbImage>) -> Result<(), TrainError> {
        let file = self.folder.log().display().to_string();
        let line = serde_json::to_string(record).map_err(io::Error::from);
        line.and_then(|line| self.lines.write_all((line + "\n").as_bytes()))
            .map_err(|reason| TrainError::Write { file, reason })?;
        let file = self.folder.events().display().to_string();
        self.add_events(record, picture).map_err(|reason| TrainError::Write { file, reason })
    }

    fn add_events(&mut self, record: &Record, picture: Option<&RgbImage>) -> io::Result<()> {
        let step = record.step() as i64;
        let mut scalar = |tag: &str, value: f64| {
            self.events.write_scalar(tag, step, value as f32).map_err(io::Error::other)
        };
        match record {
            Record::Step(record) => {
                scalar("train/Total Loss", record.loss)?;
                scalar("train/Cross Entropy", record.cross_entropy)?;
                scalar("train/Ponder Cost", record.ponder_cost)?;
                scalar("train/Accuracy", record.accuracy)?;
                scalar("train/Learning Rate", record.learning_rate)?;
                scalar("train/Images per Second", record.images_per_second)?;
            }
            Record::Evaluation(record) => {
                scalar("eval/Accuracy", record.accuracy)?;
                scalar("Total Flops/mean", record.flops)?;
                for (name, cost) in self.block_names.iter().zip(&record.ponder_cost) {
                    scalar(&format!("{name}/ponder_cost_mean"), *cost)?;
                }
            }
        }
        if let Some(picture) = picture {
            let mut png = Cursor::new(Vec::new());
            picture.write_to(&mut png, ImageFormat::Png).map_err(io::Error::other)?;
            let (height, width) = (picture.height() as i32, picture.width() as i32);
            let image = Image { height, width, colorspace: RGB, encoded_image_string: png.into_inner() };
            self.events.write_image("heatmap/ponder_cost", step, image).map_err(io::Error::other)?;
        }
        self.events.flush().map_err(io::Error::other)
    }
}

/// A new event file in the folder; TensorBoard reads all of them.
fn open_events(folder: &Path, step: u64) -> io::Result<EventWriter<BufWriter<File>>> {
    fs::create_dir_all(folder)?;
    let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let name = format!("events.out.tfevents.{:010}.{step}.ponderscope", since_epoch.as_secs());
    let file = BufWriter::new(File::create(folder.join(name))?);
    // Flushed record by record where it is written.
    let config = EventWriterConfig { auto_flush: false };
    let mut events = EventWriter::from_writer(file, config).map_err(io::Error::other)?;
    let what = Some(What::FileVersion("brain.Event:2".to_owned()));
    let version = Event { wall_time: since_epoch.as_secs_f64(), what, ..Event::default() };
    events.write_event(version).map_err(io::Error::other)?;
    // TensorBoard forgets what a run that was killed told of the steps from here on.
    let start = SessionLog { status: SessionStatus::Start.into(), ..SessionLog::default() };
    let what = Some(What::SessionLog(start));
    let start =
        Event { wall_time: since_epoch.as_secs_f64(), step: step as i64 + 1, what, ..Event::default() };
    events.write_event(start).map_err(io::Error::other)?;
    events.flush().map_err(io::Error::other)?;
    Ok(events)
}

//! One pass over a data set: every example is read once and run by every case.

use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Instant;

use super::labels::{first_labels, own_labels};
use super::reading::{Reader, decoders};
use super::{Case, EvaluateError, Evaluation, LossTerms, Metrics, Order, Seen, Subject};
use crate::dataset::{Batch, Dataset};
use crate::halting::HaltingSetting;
use crate::jobs::Cancel;
use crate::network::{Network, NetworkError, RunOptions, Trace, vanilla_flops};

/// Batches that lie ready while the networks work on another.
const AHEAD: usize = 2;

/// How an evaluation runs; nothing of it has an effect on the outcome.
#[derive(Clone, Copy, Default)]
pub struct EvaluateOptions<'a> {
    /// Pictures that run together; by default what suits their size.
    pub batch_size: Option<usize>,
    /// An example that cannot be used ends it; otherwise it is counted and left out.
    pub strict: bool,
    /// Looked at between units.
    pub cancel: Option<&'a Cancel>,
}

/// Runs every case over what is left of `evaluation`, which goes on from wherever it stands. Pictures are read on other threads
/// while the networks run.
///
/// After every batch that all cases have run, `on_batch` hears how it stands and what was seen; what it fails with ends the
/// evaluation. However it ends, `evaluation` holds the batches that are done and nothing of another.
///
/// # Errors
/// [`EvaluateError::Classes`] and [`EvaluateError::Families`] before anything runs; with `strict`, an example that cannot be used; a
/// device that fails; [`EvaluateError::Cancelled`].
pub fn evaluate<E: From<EvaluateError>>(
    cases: &[Case<'_>],
    data: &Dataset,
    evaluation: &mut Evaluation,
    options: EvaluateOptions<'_>,
    mut on_batch: impl FnMut(&Evaluation, &[Seen]) -> Result<(), E>,
) -> Result<(), E> {
    let first_labels = first_labels(cases, data)?;
    let Some(family) = cases.first().map(|case| case.subject.spec.family) else { return Ok(()) };
    let left = evaluation.order.indices(data.len());
    let left = left.part(evaluation.done, usize::MAX);
    let reader = Reader { family, data, batch_size: options.batch_size, pool: decoders()? };
    thread::scope(|scope| {
        let (sender, batches) = sync_channel(AHEAD);
        let indices = left.clone();
        thread::Builder::new()
            .name("evaluate-data".to_owned())
            .spawn_scoped(scope, move || reader.read(&indices, &sender))
            .map_err(|error| EvaluateError::Thread(error.to_string()))?;
        let (mut left, mut since) = (left.into_iter(), Instant::now());
        for batch in batches {
            let mut seen = Vec::new();
            match batch {
                Ok(batch) => {
                    let traces = run(cases, &batch, options.cancel).map_err(|error| match error {
                        NetworkError::Cancelled => EvaluateError::Cancelled { images: evaluation.images() },
                        error => error.into(),
                    })?;
                    let mut known = Vec::new();
                    for (place, name) in batch.names.iter().enumerate() {
                        let Some(index) = left.next() else { break };
                        let label = batch.labels.get(place).copied().flatten();
                        match own_labels(label, cases, &first_labels, name, data) {
                            Ok(labels) => known.push((place, index, labels)),
                            Err(error) if options.strict => return Err(EvaluateError::from(error).into()),
                            Err(error) => evaluation.skip(error.to_string()),
                        }
                    }
                    for (place, index, labels) in &known {
                        for (case, (record, traces)) in evaluation.cases.iter_mut().zip(&traces).enumerate() {
                            let (trace, label) = (&traces[*place], labels.get(case).copied());
                            let one = Seen::new(case, *index, label, trace);
                            record.metrics.add(trace, label);
                            let vanilla = vanilla_flops(&record.subject.spec, trace.height, trace.width);
                            let share = trace.flops as f64 / vanilla as f64;
                            record.breakdown.add(label, one.predicted(), one.ponder_cost, share);
                            seen.push(one);
                        }
                    }
                    evaluation.done += known.len();
                }
                Err(error) if options.strict => return Err(EvaluateError::from(error).into()),
                Err(error) => {
                    left.next();
                    evaluation.skip(error.to_string());
                }
            }
            evaluation.seconds += since.elapsed().as_secs_f64();
            since = Instant::now();
            on_batch(evaluation, &seen)?;
            if options.cancel.is_some_and(Cancel::is_cancelled) && !evaluation.is_complete() {
                return Err(EvaluateError::Cancelled { images: evaluation.images() }.into());
            }
        }
        Ok(())
    })
}

/// Runs one network as it was trained over the first `examples` of a data set.
///
/// # Errors
/// Those of [`evaluate`], and a picture that cannot be read: figures without it would be of other data.
pub fn measure(
    network: &Network,
    data: &Dataset,
    examples: usize,
    cancel: &Cancel,
    mut on_progress: impl FnMut(&Metrics),
) -> Result<Metrics, EvaluateError> {
    let subject = Subject {
        model: String::new(),
        spec: network.spec().clone(),
        fingerprint: String::new(),
        setting: HaltingSetting::default(),
        terms: LossTerms::default(),
    };
    let cases = [Case { subject, network }];
    let order = Order { examples: Some(examples), ..Order::default() };
    let mut evaluation = Evaluation::new(&cases, data, order);
    let options = EvaluateOptions { strict: true, cancel: Some(cancel), ..EvaluateOptions::default() };
    evaluate(&cases, data, &mut evaluation, options, |evaluation, _| {
        evaluation.cases.iter().for_each(|case| on_progress(&case.metrics));
        Ok::<_, EvaluateError>(())
    })?;
    Ok(evaluation.cases.pop().map(|case| case.metrics).unwrap_or_default())
}

/// The traces of each case.
fn run(cases: &[Case<'_>], batch: &Batch, cancel: Option<&Cancel>) -> Result<Vec<Vec<Trace>>, NetworkError> {
    let options = RunOptions { cancel, ..RunOptions::default() };
    cases.iter().map(|case| case.network.run(&batch.inputs, &case.subject.setting, options)).collect()
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};

    use super::*;
    use crate::dataset::{Labelled, Split};
    use crate::engine::Device;
    use crate::evaluate::Shard;
    use crate::network::Family;
    use crate::zoo;

    /// Pictures of noise in ten class folders.
    fn data(root: &std::path::Path, pictures: usize) -> Dataset {
        for index in 0..pictures {
            let folder = root.join(format!("test/class{}", index % 10));
            std::fs::create_dir_all(&folder).unwrap();
            let noise =
                |x: u32, y: u32, k: u32| (x * 97 + y * 61 + x * y * (13 + index as u32) + 40 * k) as u8;
            let picture = RgbImage::from_fn(32, 32, |x, y| Rgb([0, 1, 2].map(|k| noise(x, y, k))));
            picture.save(folder.join(format!("{index}.png"))).unwrap();
        }
        Labelled::open(root, Split::Test).unwrap().into()
    }

    fn network() -> Network {
        zoo::load(&zoo::default_model().source, &Device::cpu()).unwrap().network
    }

    fn case(network: &Network, threshold: f32) -> Case<'_> {
        let subject = Subject {
            model: "model".to_owned(),
            spec: network.spec().clone(),
            fingerprint: String::new(),
            setting: HaltingSetting { threshold, ..HaltingSetting::default() },
            terms: LossTerms::default(),
        };
        Case { subject, network }
    }

    /// Evaluates until `most` pictures are done.
    fn go_on(
        cases: &[Case<'_>],
        data: &Dataset,
        evaluation: &mut Evaluation,
        batch_size: usize,
        most: usize,
    ) -> Vec<Seen> {
        let cancel = Cancel::new();
        let options = EvaluateOptions { batch_size: Some(batch_size), strict: false, cancel: Some(&cancel) };
        let mut all = Vec::new();
        let outcome = evaluate(cases, data, evaluation, options, |evaluation, seen| {
            all.extend(seen.iter().cloned());
            if evaluation.done >= most {
                cancel.cancel();
            }
            Ok::<_, EvaluateError>(())
        });
        assert!(outcome.is_ok() == evaluation.is_complete(), "{outcome:?}");
        all
    }

    /// Without what no two runs share.
    fn timeless(evaluation: Evaluation) -> Evaluation {
        Evaluation { seconds: 0.0, ..evaluation }
    }

    #[test]
    fn neither_batches_nor_breaks_nor_shards_change_the_outcome() {
        let folder = tempfile::tempdir().unwrap();
        let (data, network) = (data(folder.path(), 23), network());
        std::fs::write(folder.path().join("test/class3/13.png"), "Dear diary").unwrap();
        let cases = [case(&network, 0.99), case(&network, 0.5)];
        let begin = |order| Evaluation::new(&cases, &data, order);
        let mut whole = begin(Order::default());
        let seen = go_on(&cases, &data, &mut whole, 7, usize::MAX);
        assert_eq!((whole.images(), whole.done, whole.skipped, seen.len()), (22, 23, 1, 44));
        assert!(whole.problems[0].contains("13.png is not a picture"), "{:?}", whole.problems);
        assert!(whole.cases[0].metrics.flops.mean() > whole.cases[1].metrics.flops.mean());
        let whole = timeless(whole);

        for batch_size in [1, 4, 23] {
            let mut broken = begin(Order::default());
            let mut parts = go_on(&cases, &data, &mut broken, batch_size, 3);
            assert!(batch_size > 4 || !broken.is_complete());
            let kept = folder.path().join("kept.json");
            broken.save(&kept).unwrap();
            let mut broken = whole.resumed(Evaluation::open(&kept).unwrap(), &kept).unwrap();
            parts.extend(go_on(&cases, &data, &mut broken, batch_size, usize::MAX));
            assert_eq!(timeless(broken), whole, "{batch_size}");
            parts.sort_by_key(|one| (one.case, one.index));
            let mut all = seen.clone();
            all.sort_by_key(|one| (one.case, one.index));
            assert_eq!(parts, all);
        }

        let part = |number| {
            let mut part = begin(Order { shard: Some(Shard { number, of: 3 }), ..Order::default() });
            go_on(&cases, &data, &mut part, 5, usize::MAX);
            (format!("part {number}").into(), part)
        };
        assert_eq!(timeless(Evaluation::join(vec![part(3), part(1), part(2)]).unwrap()), whole);
        let refused = |parts| Evaluation::join(parts).unwrap_err().to_string();
        assert_eq!(refused(vec![part(1), part(3)]), "part 2 of 3 is missing: give all 3");
        assert_eq!(
            refused(vec![part(1), part(1)]),
            "part 1 is part 1/3, as one before it is: give each part once"
        );
        let whole = || ("whole".into(), whole.clone());
        assert_eq!(refused(vec![whole()]), "whole is not a part of several: join what was made with --shard");
        let mut other = part(2);
        other.1.cases[0].subject.fingerprint = "other".to_owned();
        assert!(refused(vec![part(1), other]).contains("part 2 is of other models or settings"));
        let mut early = part(2);
        early.1.done -= 1;
        assert!(refused(vec![part(1), early]).contains("part 2 is not complete, 7 of 8"));
    }

    #[test]
    fn strict_ends_at_a_picture_that_cannot_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let (data, network) = (data(folder.path(), 20), network());
        std::fs::write(folder.path().join("test/class3/13.png"), "Dear diary").unwrap();
        let error = measure(&network, &data, 20, &Cancel::new(), |_| ()).unwrap_err().to_string();
        assert!(error.contains("13.png is not a picture"), "{error}");
        let found = measure(&network, &data, 5, &Cancel::new(), |_| ()).unwrap();
        assert_eq!((found.images, found.labelled), (5, 5));
    }

    #[test]
    fn what_was_kept_of_something_else_is_not_gone_on_with() {
        let folder = tempfile::tempdir().unwrap();
        let (data, network) = (data(folder.path(), 12), network());
        let cases = [case(&network, 0.99)];
        let own = Evaluation::new(&cases, &data, Order::default());
        let resumed = |kept: Evaluation| own.resumed(kept, "kept.json".as_ref()).map_err(|e| e.to_string());
        assert_eq!(resumed(own.clone()), Ok(own.clone()));
        let other = Evaluation::new(&[case(&network, 0.5)], &data, Order::default());
        assert!(
            resumed(other)
                .unwrap_err()
                .starts_with("kept.json is of other models or settings (model at 0.5)")
        );
        let other = Evaluation::new(&cases, &data, Order { examples: Some(5), ..Order::default() });
        assert!(resumed(other).unwrap_err().contains("other examples"));
        let mut other = own.clone();
        other.data.examples = 7;
        assert!(resumed(other).unwrap_err().contains("other data"));

        let path = folder.path().join("notes.json");
        let refused = || Evaluation::open(&path).unwrap_err().to_string();
        assert!(refused().starts_with("cannot read"));
        for foreign in ["{}", "Dear diary", "\u{feff}", "[1, 2]"] {
            std::fs::write(&path, foreign).unwrap();
            assert!(refused().contains("notes.json is not an evaluation"), "{foreign}: {}", refused());
        }
        std::fs::write(&path, [0xff, 0xfe, 0x00]).unwrap();
        assert!(refused().contains("it is no text"));
        own.save(&path).unwrap();
        let later = std::fs::read_to_string(&path).unwrap().replace("\"version\": 1", "\"version\": 2");
        std::fs::write(&path, later).unwrap();
        assert!(refused().contains("from a later version"));
    }

    #[test]
    fn cases_of_two_families_do_not_go_together() {
        let folder = tempfile::tempdir().unwrap();
        let (data, network) = (data(folder.path(), 10), network());
        let mut other = case(&network, 0.99);
        other.subject.spec.family = Family::ImageNet;
        let cases = [case(&network, 0.99), other];
        let mut evaluation = Evaluation::new(&cases, &data, Order::default());
        let outcome = evaluate(&cases, &data, &mut evaluation, EvaluateOptions::default(), |_, _| {
            Ok::<_, EvaluateError>(())
        });
        assert!(matches!(outcome, Err(EvaluateError::Families)));
    }
}

//! Labels of the data as classes of the networks.

use super::{Case, EvaluateError};
use crate::dataset::{Dataset, DatasetError};
use crate::network::{Family, NetworkSpec};

/// Whether the cases can be evaluated on the data together.
///
/// # Errors
/// [`EvaluateError::Classes`] and [`EvaluateError::Families`].
pub fn check(cases: &[Case<'_>], data: &Dataset) -> Result<(), EvaluateError> {
    first_labels(cases, data).map(drop)
}

/// For each case, which of its network's classes the data's first is.
pub(super) fn first_labels(cases: &[Case<'_>], data: &Dataset) -> Result<Vec<usize>, EvaluateError> {
    let families = cases.windows(2).all(|two| two[0].subject.spec.family == two[1].subject.spec.family);
    if !families {
        return Err(EvaluateError::Families);
    }
    let name = data.name();
    // Data that do not tell their classes are taken at their labels.
    cases
        .iter()
        .map(|case| match data.classes() {
            [] => Ok(0),
            classes => first_label(&case.subject.spec, &name, classes.len()),
        })
        .collect()
}

/// An example's class in each case's network; none without a label.
pub(super) fn own_labels(
    label: Option<usize>,
    cases: &[Case<'_>],
    first_labels: &[usize],
    name: &str,
    data: &Dataset,
) -> Result<Vec<usize>, DatasetError> {
    let Some(label) = label else { return Ok(Vec::new()) };
    let own = cases.iter().zip(first_labels).map(|(case, first)| {
        let (own, classes) = (label + first, case.subject.spec.classes);
        let name = || if name.is_empty() { data.name() } else { name.to_owned() };
        if own < classes { Ok(own) } else { Err(DatasetError::ForeignLabel { name: name(), label, classes }) }
    });
    own.collect()
}

/// The network's class that the first of a data set's `found` classes is: 0, or 1 if an ImageNet network has a background class
/// before the classes of the data.
///
/// # Errors
/// [`EvaluateError::Classes`] if the data set's classes cannot be the network's.
pub fn first_label(spec: &NetworkSpec, data: &str, found: usize) -> Result<usize, EvaluateError> {
    let expected = spec.classes;
    match expected.checked_sub(found) {
        Some(0) => Ok(0),
        Some(1) if spec.family == Family::ImageNet => Ok(1),
        _ => Err(EvaluateError::Classes { data: data.to_owned(), found, expected }),
    }
}

/// Names of a network's classes, as the data has them; empty if it has none.
pub fn class_names(spec: &NetworkSpec, data: &Dataset) -> Vec<String> {
    let classes = data.classes();
    let first = first_label(spec, "", classes.len()).unwrap_or(0);
    let background = (0..first).map(|_| "background".to_owned());
    background.chain(classes.iter().cloned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zoo;

    #[test]
    fn classes_must_suit() {
        let spec = |family, classes| NetworkSpec { family, classes, ..zoo::default_model().card.spec };
        assert_eq!(first_label(&spec(Family::ImageNet, 10), "data", 10).unwrap(), 0);
        assert_eq!(first_label(&spec(Family::ImageNet, 11), "data", 10).unwrap(), 1);
        for wrong in [spec(Family::Cifar, 11), spec(Family::ImageNet, 9), spec(Family::ImageNet, 1001)] {
            let error = first_label(&wrong, "data", 10).unwrap_err().to_string();
            assert!(error.contains("data has 10 classes") && error.contains("classes.txt"), "{error}");
        }
    }
}

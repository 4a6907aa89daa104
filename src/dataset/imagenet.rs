//! What ImageNet's classes are called (ILSVRC 2012; `assets/LICENSES.md` says whose lists these are).

const CLASSES: &str = include_str!("../../assets/imagenet-classes.txt");
const SYNSETS: &str = include_str!("../../assets/imagenet-synsets.txt");

/// The 1001 classes of the published networks, in the order of their labels: `background`, and then the 1000.
pub fn imagenet_classes() -> Vec<&'static str> {
    CLASSES.lines().collect()
}

/// WordNet's ids of the 1000 classes in the published order, which is that of the ids.
pub(super) fn synsets() -> Vec<&'static str> {
    SYNSETS.lines().collect()
}

/// Names of the classes with these WordNet ids, and `background` where that stands among them; `None` if any is not ImageNet's.
pub(super) fn readable<'a>(ids: impl IntoIterator<Item = &'a str>) -> Option<Vec<String>> {
    let (synsets, classes) = (synsets(), imagenet_classes());
    let name = |id: &str| match synsets.binary_search(&id) {
        Ok(place) => classes.get(place + 1).map(|&name| name.to_owned()),
        Err(_) => (id == "background").then(|| id.to_owned()),
    };
    let names: Vec<String> = ids.into_iter().map(name).collect::<Option<_>>()?;
    names.iter().any(|name| name != "background").then_some(names)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_class_has_an_id_and_a_name_of_its_own() {
        let (classes, synsets) = (imagenet_classes(), synsets());
        assert_eq!((classes.len(), synsets.len()), (1001, 1000));
        assert_eq!(classes.iter().collect::<HashSet<_>>().len(), 1001);
        assert!(synsets.is_sorted() && synsets.iter().collect::<HashSet<_>>().len() == 1000);
        assert!(classes.iter().all(|name| !name.trim().is_empty() && name.trim() == *name));
        // Facts to hold the two lists against each other: both ends, and the names that several classes share.
        let named = |id| readable([id]).unwrap().remove(0);
        assert_eq!(named("n01440764"), "tench");
        assert_eq!(named("n02012849"), "crane bird");
        assert_eq!(named("n03126707"), "crane");
        assert_eq!(named("n02123045"), "tabby");
        assert_eq!(named("n15075141"), "toilet tissue");
    }

    #[test]
    fn only_ids_of_imagenet_are_translated() {
        let names = |ids: &[&'static str]| readable(ids.iter().copied());
        assert_eq!(names(&["background", "n01443537"]).unwrap(), ["background", "goldfish"]);
        assert_eq!(names(&["n01443537", "cat"]), None);
        assert_eq!(names(&["background"]), None);
    }
}

//! Models of the same network and data, each trained with another tau.
//!
//! Tau, the weight of the ponder cost, exists only in training. To see what it does is to compare such models, a family.

use std::path::Path;

use super::card::letters;
use super::{ModelCard, ModelEntry, ModelSource};
use crate::network::Variant;

/// A model of a family.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Member<'a> {
    pub tau: f64,
    pub source: &'a ModelSource,
    pub card: &'a ModelCard,
}

/// The family of a model among `entries`: one member for each tau, in ascending order. The model itself is always one of them,
/// listed or not. Where several others share a tau, the embedded come before
/// files, which go by their paths.
///
/// Empty for a model that has no tau, or none that training could have had.
pub fn family<'a>(
    source: &'a ModelSource,
    card: &'a ModelCard,
    entries: &'a [ModelEntry],
) -> Vec<Member<'a>> {
    let Some(itself) = Member::of(source, card) else { return Vec::new() };
    let others = entries.iter().filter(|entry| are_kin(&entry.card, card) && entry.source != *source);
    let others = others.filter_map(|entry| Member::of(&entry.source, &entry.card));
    let mut members: Vec<Member<'a>> = others.filter(|other| other.tau != itself.tau).collect();
    members.sort_by(|a, b| a.tau.total_cmp(&b.tau).then_with(|| a.rank().cmp(&b.rank())));
    members.dedup_by_key(|member| member.tau);
    let place = members.partition_point(|member| member.tau < itself.tau);
    members.insert(place, itself);
    members
}

/// The model among `entries` that differs from this one in how it halts, ACT for SACT and SACT for ACT, and was trained at
/// the same tau or, if there is none, at the nearest, as many times larger or smaller. `None` for a model that has no tau.
pub fn twin<'a>(card: &ModelCard, entries: &'a [ModelEntry]) -> Option<Member<'a>> {
    let variant = match card.spec.variant {
        Variant::Vanilla => return None,
        Variant::Act => Variant::Sact,
        Variant::Sact => Variant::Act,
    };
    let tau = card.tau.filter(|tau| tau.is_finite() && *tau >= 0.0)?;
    let mut wanted = card.clone();
    wanted.spec.variant = variant;
    let others = entries.iter().filter(|entry| are_kin(&entry.card, &wanted));
    let others = others.filter_map(|entry| Member::of(&entry.source, &entry.card));
    // Zero has no logarithm.
    let far = |member: &Member<'_>| {
        if member.tau == tau {
            0.0
        } else {
            (member.tau.max(f64::MIN_POSITIVE) / tau.max(f64::MIN_POSITIVE)).ln().abs()
        }
    };
    others.min_by(|a, b| far(a).total_cmp(&far(b)).then_with(|| a.rank().cmp(&b.rank())))
}

impl<'a> Member<'a> {
    fn of(source: &'a ModelSource, card: &'a ModelCard) -> Option<Self> {
        let tau = card.tau.filter(|tau| tau.is_finite() && *tau >= 0.0)?;
        // What never halts has no ponder cost that could weigh anything. Nothing added makes of -0 the usual 0.
        (card.spec.variant != Variant::Vanilla).then_some(Self { tau: tau + 0.0, source, card })
    }

    /// The least is the one to show of those that share a tau.
    fn rank(&self) -> (bool, &Path) {
        match self.source {
            ModelSource::Embedded(name) => (false, Path::new(name)),
            ModelSource::File(path) => (true, path.as_path()),
        }
    }
}

/// Whether two models were trained on the same data as the same network.
fn are_kin(a: &ModelCard, b: &ModelCard) -> bool {
    a.spec == b.spec && a.data.as_deref().map(letters) == b.data.as_deref().map(letters)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Family, NetworkSpec};
    use proptest::prelude::*;

    fn card(name: &str, tau: f64) -> ModelCard {
        let (units, variant) = (vec![5; 3], Variant::Sact);
        let spec = NetworkSpec { family: Family::Cifar, units, width: 16, classes: 10, variant };
        ModelCard { tau: Some(tau), data: Some("CIFAR-10".to_owned()), ..ModelCard::new(name, spec) }
    }

    fn embedded(card: ModelCard) -> ModelEntry {
        ModelEntry { source: ModelSource::Embedded(card.name.clone()), card }
    }

    fn file(card: ModelCard) -> ModelEntry {
        ModelEntry { source: ModelSource::File(card.name.clone().into()), card }
    }

    /// Names of the family of `entries[of]`.
    fn names(of: usize, entries: &[ModelEntry]) -> Vec<&str> {
        let ModelEntry { source, card } = &entries[of];
        family(source, card, entries).iter().map(|member| member.card.name.as_str()).collect()
    }

    #[test]
    fn a_family_is_in_order_of_tau() {
        let entries = [("c", 0.01), ("a", 0.001), ("e", 0.02), ("b", 0.002)];
        let entries = entries.map(|(name, tau)| file(card(name, tau)));
        for of in 0..4 {
            assert_eq!(names(of, &entries), ["a", "b", "c", "e"]);
        }
    }

    #[test]
    fn others_than_kin_are_no_members() {
        let kin = card("kin", 0.02);
        let with = |change: fn(&mut ModelCard)| {
            let mut other = card("other", 0.001);
            change(&mut other);
            file(other)
        };
        let entries = [
            file(card("itself", 0.01)),
            file(kin),
            with(|other| other.spec.variant = Variant::Act),
            with(|other| other.spec.units = vec![5, 5, 6]),
            with(|other| other.spec.width = 32),
            with(|other| other.spec.classes = 100),
            with(|other| other.data = Some("SVHN".to_owned())),
            with(|other| other.data = None),
            with(|other| other.tau = None),
            with(|other| other.tau = Some(-0.1)),
        ];
        assert_eq!(names(0, &entries), ["itself", "kin"]);
    }

    #[test]
    fn data_may_be_spelled_otherwise() {
        let mut other = card("other", 0.001);
        other.data = Some("cifar10".to_owned());
        assert_eq!(names(0, &[file(card("itself", 0.01)), file(other)]), ["other", "itself"]);
    }

    #[test]
    fn without_a_tau_there_is_no_family() {
        let mut vanilla = card("vanilla", 0.01);
        vanilla.spec.variant = Variant::Vanilla;
        let mut unknown = card("unknown", 0.01);
        unknown.tau = None;
        let entries = [file(vanilla), file(unknown)];
        assert!(names(0, &entries).is_empty() && names(1, &entries).is_empty());
    }

    #[test]
    fn at_one_tau_the_embedded_come_before_files() {
        let mut entries = vec![file(card("itself", 0.02)), file(card("z", 0.01)), file(card("b", 0.01))];
        assert_eq!(names(0, &entries), ["b", "itself"]);
        entries.push(embedded(card("embedded", 0.01)));
        assert_eq!(names(0, &entries), ["embedded", "itself"]);
        assert_eq!(names(1, &entries), ["z", "itself"], "in use, it is a member all the same");
    }

    #[test]
    fn a_model_that_is_not_listed_is_a_member() {
        let entries = [file(card("a", 0.001)), file(card("b", 0.01))];
        let itself = file(card("itself", 0.01));
        let members = family(&itself.source, &itself.card, &entries);
        assert_eq!(
            members.iter().map(|member| member.card.name.as_str()).collect::<Vec<_>>(),
            ["a", "itself"]
        );
    }

    fn act(tau: f64) -> ModelEntry {
        let mut card = card(&format!("act{tau}"), tau);
        card.spec.variant = Variant::Act;
        file(card)
    }

    #[test]
    fn a_twin_has_the_same_tau_or_the_nearest() {
        let mut other_data = act(0.01);
        other_data.card.data = Some("SVHN".to_owned());
        let entries = [file(card("itself", 0.01)), act(0.005), act(0.02), other_data];
        let name =
            |card: &ModelCard, entries: &[ModelEntry]| twin(card, entries).map(|twin| twin.card.name.clone());
        assert_eq!(name(&card("a", 0.02), &entries).as_deref(), Some("act0.02"));
        // Twice as much is as far as half; of equals the first by path.
        assert_eq!(name(&card("a", 0.01), &entries).as_deref(), Some("act0.005"));
        assert_eq!(name(&card("a", 0.0), &entries).as_deref(), Some("act0.005"));
        assert_eq!(name(&entries[1].card, &entries).as_deref(), Some("itself"), "the other way round");
        assert_eq!(name(&card("a", 0.01), &entries[..1]), None);
    }

    #[test]
    fn what_has_no_tau_has_no_twin() {
        let mut vanilla = card("vanilla", 0.01);
        vanilla.spec.variant = Variant::Vanilla;
        let mut unknown = card("unknown", 0.01);
        unknown.tau = None;
        let entries = [act(0.01), file(card("sact", 0.01))];
        assert_eq!((twin(&vanilla, &entries), twin(&unknown, &entries)), (None, None));
    }

    fn any_entry() -> impl Strategy<Value = ModelEntry> {
        let taus = prop::sample::select(vec![-0.0, 0.0, 0.001, 0.002, 0.005, 0.01, 1e-2, 0.5]);
        (taus, "[a-d]", any::<bool>()).prop_map(|(tau, name, is_file)| {
            if is_file { file(card(&name, tau)) } else { embedded(card(&name, tau)) }
        })
    }

    proptest! {
        #[test]
        fn a_family_ascends_holds_its_model_and_leaves_no_tau_out(
            itself in any_entry(),
            entries in prop::collection::vec(any_entry(), 0..12),
        ) {
            let members = family(&itself.source, &itself.card, &entries);
            prop_assert!(members.is_sorted_by(|a, b| a.tau < b.tau));
            prop_assert!(members.iter().any(|member| *member.source == itself.source));
            for entry in entries.iter().filter(|entry| entry.source != itself.source) {
                let member = members.iter().find(|member| Some(member.tau) == entry.card.tau).unwrap();
                let is_embedded = |source: &ModelSource| matches!(source, ModelSource::Embedded(_));
                let shadowed = is_embedded(&entry.source) && !is_embedded(member.source);
                prop_assert!(!shadowed || *member.source == itself.source);
            }
        }

        #[test]
        fn a_family_does_not_depend_on_the_order_of_the_list(
            itself in any_entry(),
            (entries, shuffled) in prop::collection::btree_map("[a-z]{3}", any_entry(), 0..12)
                .prop_map(|by_name| by_name.into_iter().map(|(name, entry)| ModelEntry {
                    source: ModelSource::File(name.into()), ..entry
                }).collect::<Vec<_>>())
                .prop_flat_map(|entries| (Just(entries.clone()), Just(entries).prop_shuffle())),
        ) {
            prop_assert_eq!(
                family(&itself.source, &itself.card, &entries),
                family(&itself.source, &itself.card, &shuffled)
            );
        }
    }
}

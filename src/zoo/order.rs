//! The order in which models are listed for people.

use super::{ModelEntry, ModelSource};
use crate::network::Variant;

/// Models as a list shows them: the embedded before files, and of each the same network and data together, by tau. A catalog has
/// its own order, in which the default comes first.
pub fn listed(entries: &[ModelEntry]) -> Vec<&ModelEntry> {
    let mut listed: Vec<&ModelEntry> = entries.iter().collect();
    let tau = |entry: &ModelEntry| entry.card.tau.unwrap_or(0.0);
    listed.sort_by(|a, b| place(a).cmp(&place(b)).then_with(|| tau(a).total_cmp(&tau(b))));
    listed
}

fn place(ModelEntry { source, card }: &ModelEntry) -> (bool, Option<&str>, usize, u8) {
    let variant = match card.spec.variant {
        Variant::Sact => 0,
        Variant::Act => 1,
        Variant::Vanilla => 2,
    };
    (matches!(source, ModelSource::File(_)), card.data.as_deref(), card.spec.layers(), variant)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zoo;

    #[test]
    fn the_embedded_models_are_listed_by_tau_and_the_default_stays_the_first_of_the_catalog() {
        let mut entries: Vec<ModelEntry> = zoo::models();
        entries.retain(|entry| matches!(entry.source, ModelSource::Embedded(_)));
        assert_eq!(entries[0], zoo::default_model());
        let taus = |variant: Variant| -> Vec<f64> {
            let entries = listed(&entries).into_iter().filter(|entry| entry.card.spec.variant == variant);
            entries.filter_map(|entry| entry.card.tau).collect()
        };
        assert_eq!(taus(Variant::Sact), [0.001, 0.005, 0.01, 0.02]);
        assert_eq!(taus(Variant::Act), [0.005, 0.01]);
    }

    #[test]
    fn files_come_behind_the_embedded_whatever_their_tau() {
        let mut entries = vec![zoo::default_model(), zoo::default_model()];
        entries[0].source = ModelSource::File("mine.safetensors".into());
        entries[0].card.tau = Some(0.0001);
        assert_eq!(listed(&entries), [&entries[1], &entries[0]]);
    }
}

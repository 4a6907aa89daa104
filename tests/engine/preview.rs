//! Previews are exact as far as they claim, over networks whose scores depend on the setting.

use ponderscope::engine::Device;
use ponderscope::halting::HaltingSetting;
use ponderscope::network::{Decisions, Network, Preview, RunOptions, Variant};
use proptest::prelude::*;

use super::dense_agrees::any_spec;
use super::support::Random;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Up to the first unit after which another decision halts, every score is the same.
    #[test]
    fn the_first_block_is_exact_until_something_halts_otherwise(
        spec in any_spec(), seed in any::<u64>(), ran in 0.05f32..0.9999, wanted in 0.05f32..0.9999,
        unit_cap in prop::option::of(1usize..4),
    ) {
        prop_assume!(spec.variant != Variant::Vanilla);
        let mut random = Random(seed);
        let network = Network::new(spec.clone(), &random.variables(&spec), &Device::cpu()).unwrap();
        let input = [random.input(17, 22)];
        let run = |setting| network.run(&input, &setting, RunOptions::default()).unwrap().remove(0);
        let ran = HaltingSetting { threshold: ran, ..HaltingSetting::default() };
        let wanted = HaltingSetting { threshold: wanted, unit_cap, ..HaltingSetting::default() };
        let (before, after) = (run(ran), run(wanted));
        let same = Preview::new(&before, &ran, &ran).unwrap();
        prop_assert_eq!(same.decisions(), before.decisions());

        let preview = Preview::new(&before, &ran, &wanted).unwrap();
        let units = |decisions: Decisions<'_>| decisions.blocks[0].halting.record().unwrap().num_units.clone();
        let [before, after, preview] = [before.decisions(), after.decisions(), preview.decisions()].map(units);
        let differs = before.iter().zip(&after).filter(|(a, b)| a != b).map(|(a, b)| *a.min(b)).min();
        let differs = differs.unwrap_or(u32::MAX);
        for (found, expected) in preview.iter().zip(&after) {
            prop_assert!(found == expected || (*found > differs && *expected > differs));
        }
        // ACT decides once a block, and so a lower threshold needs no score that is not there.
        if spec.variant == Variant::Act && wanted.threshold <= ran.threshold {
            prop_assert_eq!(preview, after);
        }
    }
}

//! A run after the first asks nothing of the allocator within a unit.

use allocation_counter::measure;
use ponderscope::engine::Device;
use ponderscope::halting::HaltingSetting;
use ponderscope::network::{Family, Network, RunOptions, Variant};

use super::support::{Random, spec};

/// Allocations of a run of a network with so many units in a block, when its memory is there already.
fn allocations(family: Family, units: usize, variant: Variant, logit_offset: f32) -> u64 {
    let spec = spec(family, &vec![units; family.blocks()], 16, variant);
    let mut random = Random(3);
    let network = Network::new(spec.clone(), &random.variables(&spec), &Device::cpu()).unwrap();
    let inputs = [random.input(40, 40), random.input(40, 40)];
    let setting = HaltingSetting { logit_offset, ..HaltingSetting::default() };
    let run = || drop(network.run(&inputs, &setting, RunOptions::default()).unwrap());
    // Allocations are counted by thread, so there is only one, and counting goes on in it.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    pool.install(|| {
        run();
        run();
        measure(run).count_total
    })
}

#[test]
fn units_allocate_nothing() {
    for family in [Family::Cifar, Family::ImageNet] {
        for variant in [Variant::Vanilla, Variant::Act, Variant::Sact] {
            // So far off that nothing halts before the last unit, and where positions halt all along.
            for logit_offset in [-30.0, -1.5] {
                let [few, many] = [3, 9].map(|units| allocations(family, units, variant, logit_offset));
                // Traces of longer blocks may cost one or two more; an allocation in a unit would come with each.
                let units_more = 6 * family.blocks() as u64;
                assert!(many < few + units_more, "{family} {variant} {logit_offset}: {few}, then {many}");
            }
        }
    }
}

//! The reference's own inputs: its figures to float32 rounding.

use ponderscope::engine::Device;
use ponderscope::evaluate::{LossTerms, Metrics, l2};
use ponderscope::halting::HaltingSetting;
use ponderscope::network::{Family, Network, RunOptions};
use ponderscope::zoo;

use super::common::fixture;
use super::support::Arrays;
use super::{check, expected};

#[test]
fn the_references_inputs_give_the_references_figures() {
    for name in [
        "cifar_5_sact",
        "cifar_1_5_3_sact_earlyhalt",
        "cifar_2_sact_trainrun",
        "cifar_5_act",
        "cifar_5_vanilla",
    ] {
        let Some(folder) = fixture(name) else { continue };
        let (card, contents) = zoo::open(&zoo::find(folder.to_str().unwrap()).unwrap().source).unwrap();
        let network = Network::new(card.spec.clone(), &contents.variables, &Device::cpu()).unwrap();
        let mut arrays = Arrays::open(&folder.join("data.npz"));
        let (labels, predicted) = (arrays.get("labels").1, arrays.get("predicted_class").1);
        let setting = HaltingSetting::default();
        let traces = network.run(&arrays.inputs(), &setting, RunOptions::default()).unwrap();
        let mut metrics = Metrics::default();
        traces.iter().zip(&labels).for_each(|(trace, &label)| metrics.add(trace, Some(label as usize)));

        let right = labels.iter().zip(&predicted).filter(|(label, predicted)| label == predicted).count();
        assert_eq!(metrics.correct, right as u64, "{name}");
        let terms = LossTerms { tau: 0.01, l2: l2(&contents.variables, &card.spec, 2e-4) };
        check(&metrics.figures(Family::Cifar, terms), &expected(&folder), 1e-5);
    }
}

//! A stand-in for the network, with numbers that are known beforehand.

use std::sync::Arc;

use ponderscope::explorer::{Backend, Inference};
use ponderscope::halting::{HaltingRecord, HaltingSetting};
use ponderscope::image::Input;
use ponderscope::jobs::Cancel;
use ponderscope::network::{BlockTrace, Family, Halting, NetworkError, NetworkSpec, Trace, Variant};
use ponderscope::zoo::{ModelCard, ModelEntry, ModelSource, ZooError};

/// Models that decide by a formula: from left to right positions run more units, and the threshold scales that.
pub struct Formula;

/// Models that differ in tau alone, which the formula does not know. The first is the default.
const FAMILY: [(&str, f64); 5] = [
    ("formula", 0.01),
    ("formula-tau0.001", 0.001),
    ("formula-tau0.002", 0.002),
    ("formula-tau0.005", 0.005),
    ("formula-tau0.02", 0.02),
];

/// Decides once for the picture, as the formula says of its middle.
pub const ACT: (&str, f64) = ("formula-act-tau0.005", 0.005);

struct FormulaModel(ModelCard);

fn card(name: &str, tau: f64, variant: Variant) -> ModelCard {
    let spec = NetworkSpec { family: Family::Cifar, units: vec![5, 5, 5], width: 16, classes: 10, variant };
    let source = Some("Made up for tests.".to_owned());
    let (accuracy, flops) = (Some(0.75), Some(80_100_000.0));
    ModelCard { tau: Some(tau), accuracy, flops, source, ..ModelCard::new(name, spec) }
}

impl Backend for Formula {
    fn models(&self) -> Vec<ModelEntry> {
        let entry = |card: ModelCard| ModelEntry { source: ModelSource::Embedded(card.name.clone()), card };
        let sact = |(name, tau)| entry(card(name, tau, Variant::Sact));
        let plain = entry(card("plain", 0.01, Variant::Vanilla));
        let act = entry(card(ACT.0, ACT.1, Variant::Act));
        FAMILY.map(sact).into_iter().chain([plain, act]).collect()
    }

    fn load(&self, source: &ModelSource) -> Result<Arc<dyn Inference>, ZooError> {
        let entry = self.models().into_iter().find(|entry| entry.source == *source);
        let named = |file: &ModelSource| match file {
            ModelSource::Embedded(name) => name.clone(),
            ModelSource::File(path) => path.display().to_string(),
        };
        let missing = ponderscope::weights::WeightsError::Missing {
            file: named(source),
            variable: "resnet_residual/conv1/weights".to_owned(),
            expected: vec![3, 3, 3, 16],
        };
        Ok(Arc::new(FormulaModel(entry.ok_or(missing)?.card)))
    }

    fn device(&self) -> &str {
        "Formula"
    }
}

impl Inference for FormulaModel {
    fn card(&self) -> &ModelCard {
        &self.0
    }

    fn run(&self, input: &Input, setting: &HaltingSetting, _: &Cancel) -> Result<Trace, NetworkError> {
        let blocks: Vec<BlockTrace> = (0..3).map(|index| self.block(index, input, setting)).collect();
        let flops = blocks.iter().map(|block| block.flops).sum();
        let logits = (0..10).map(|class| class as f32 * setting.threshold).collect();
        Ok(Trace { height: input.height, width: input.width, logits, blocks, flops, milliseconds: 1.5 })
    }
}

impl FormulaModel {
    fn block(&self, index: usize, input: &Input, setting: &HaltingSetting) -> BlockTrace {
        let (height, width) = (input.height.div_ceil(1 << index), input.width.div_ceil(1 << index));
        let cap = setting.unit_cap.unwrap_or(5).min(5) as f32;
        let units =
            |column: usize| (5.0 * setting.threshold * column as f32 / width as f32).ceil().clamp(1.0, cap);
        let act = self.0.spec.variant == Variant::Act;
        let decisions = if act { vec![width / 2] } else { (0..height * width).collect() };
        let num_units: Vec<u32> = decisions.iter().map(|place| units(place % width) as u32).collect();
        let ponder_cost = num_units.iter().map(|units| *units as f32 + 0.5).collect();
        let positions = if act { (height * width) as u64 } else { 1 };
        let flops = positions * num_units.iter().map(|units| u64::from(*units) * 1000).sum::<u64>();
        // Every unit of a column scores the same, such that the threshold is reached where the formula says.
        let scored = if cap < 5.0 { cap as usize - 1 } else { 4 };
        let score = |decision: usize, unit: usize| {
            let computed = unit < scored.min(num_units[decision] as usize);
            if computed { (width as f32 / (5 * (decisions[decision] % width)) as f32).min(1.0) } else { 0.0 }
        };
        let halting_scores = (0..decisions.len())
            .flat_map(|decision| (0..4).map(move |unit| (decision, unit)))
            .map(|(decision, unit)| score(decision, unit))
            .collect();
        let record = HaltingRecord { num_units, ponder_cost, halting_scores, ..HaltingRecord::default() };
        let halting = match self.0.spec.variant {
            Variant::Vanilla => Halting::None,
            Variant::Act => Halting::Image(record),
            Variant::Sact => Halting::Position(record),
        };
        BlockTrace {
            name: format!("block_{}", index + 1),
            height,
            width,
            units: 5,
            halting,
            active_positions: vec![0; 5],
            unit_flops: vec![0; 5],
            flops,
            milliseconds: 0.5,
            outputs: None,
        }
    }
}

//! Preprocessing, maps and the heat map against what the reference computed.

use ponderscope::figure;
use ponderscope::halting::HaltingRecord;
use ponderscope::image::{
    Input, InputSize, Preprocessing, evaluation_crop, input_dimensions, prepare, resize_bicubic,
};
use ponderscope::maps::{PonderMap, Quantity, Range, Scope, probe};
use ponderscope::network::{BlockTrace, Halting, Trace};

use crate::fixture::Fixture;

fn worst(found: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(found.len(), expected.len());
    found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

const PHOTOGRAPHS: [&str; 4] = ["cat", "gasworks", "export-image-442041", "22.28_95_im"];
/// A few roundings of float32 on values up to 1.3.
const ROUNDING: f32 = 2e-6;

#[test]
fn the_longer_edge_rule_is_the_references() {
    let Some(mut fixture) = Fixture::preprocessing() else { return };
    for row in fixture.array::<i32>("ponder_sizes").values.chunks_exact(5) {
        let [height, width, size, expected_height, expected_width] = <[i32; 5]>::try_from(row).unwrap();
        let found = input_dimensions(height as u32, width as u32, InputSize::LongerEdge(size as u32));
        assert_eq!(
            found,
            (expected_height as usize, expected_width as usize),
            "{height} x {width} to {size}"
        );
    }
}

#[test]
fn a_photograph_enters_imagenet_as_in_the_reference() {
    let Some(mut fixture) = Fixture::preprocessing() else { return };
    for (name, edge) in [("cat", 131), ("cat", 500), ("gasworks", 320), ("export-image-442041", 299)] {
        let picture = fixture.picture(name);
        let expected = fixture.array::<f32>(&format!("ponder_resize/{name}_{edge}"));
        let input = prepare(&picture, InputSize::LongerEdge(edge), Preprocessing::MinusOneToOne).unwrap();
        assert_eq!([input.height, input.width, 3], expected.shape[..], "{name}");
        let stretched: Vec<f32> = expected.values.iter().map(|value| value * 2.0 - 1.0).collect();
        let worst = worst(&input.data, &stretched);
        assert!(worst < ROUNDING, "{name} to {edge}: off by {worst}");
    }
}

#[test]
fn bicubic_of_any_shape_is_the_references() {
    let Some(mut fixture) = Fixture::preprocessing() else { return };
    for (height, width) in [(97, 129), (224, 224)] {
        let expected = fixture.array::<f32>(&format!("bicubic_{height}x{width}_scaled"));
        for (index, name) in PHOTOGRAPHS.into_iter().enumerate() {
            let resized = resize_bicubic(&fixture.picture(name), height, width);
            let scaled: Vec<f32> = resized.data.iter().map(|value| value / 255.0 * 2.0 - 1.0).collect();
            let worst = worst(&scaled, expected.of(index));
            assert!(worst < ROUNDING, "{name} to {height} x {width}: off by {worst}");
        }
    }
}

#[test]
fn the_evaluation_crop_is_the_references() {
    let Some(mut fixture) = Fixture::preprocessing() else { return };
    let expected = fixture.array::<f32>("inception_eval_224");
    for (index, name) in PHOTOGRAPHS.into_iter().enumerate() {
        let input = evaluation_crop(&fixture.picture(name));
        assert_eq!((input.height, input.width), (224, 224));
        let worst = worst(&input.data, expected.of(index));
        assert!(worst < ROUNDING, "{name}: off by {worst}");
    }
}

#[test]
fn standardised_images_are_the_references() {
    for folder in ["cifar_5_sact", "cifar_1_5_3_sact_earlyhalt", "cifar_2_sact_trainrun"] {
        let mut fixture = Fixture::committed(folder);
        let images = fixture.array::<u8>("images_uint8");
        let inputs = fixture.array::<f32>("inputs");
        for image in 0..images.shape[0] {
            let input =
                prepare(&images.picture(Some(image)), InputSize::Native, Preprocessing::Standardise).unwrap();
            let worst = worst(&input.data, inputs.of(image));
            // The reference takes the variance in one float32 pass and loses that much (specification, section 5).
            assert!(worst < 1e-4, "{folder}, image {image}: off by {worst}");
        }
    }
}

/// One image of a fixture as the engine would have traced it, as far as maps look.
fn trace(fixture: &mut Fixture, blocks: &[&str], image: usize) -> Trace {
    let inputs = fixture.array::<f32>("inputs");
    let blocks = blocks.iter().map(|name| {
        let num_units = fixture.array::<i32>(&format!("{name}/num_units"));
        let ponder_cost = fixture.array::<f32>(&format!("{name}/ponder_cost"));
        let distribution = fixture.array::<f32>(&format!("{name}/halting_distribution"));
        let record = HaltingRecord {
            num_units: num_units.of(image).iter().map(|&units| units as u32).collect(),
            ponder_cost: ponder_cost.of(image).to_vec(),
            halting_distribution: distribution.of(image).to_vec(),
            halting_scores: Vec::new(),
        };
        let per_image = num_units.shape.len() == 1;
        let (height, width) = if per_image { (8, 8) } else { (num_units.shape[1], num_units.shape[2]) };
        BlockTrace {
            name: (*name).to_owned(),
            height,
            width,
            units: distribution.shape[distribution.shape.len() - 1],
            halting: if per_image { Halting::Image(record) } else { Halting::Position(record) },
            active_positions: Vec::new(),
            unit_flops: Vec::new(),
            flops: 0,
            milliseconds: 0.0,
            outputs: None,
        }
    });
    Trace {
        blocks: blocks.collect(),
        height: inputs.shape[1],
        width: inputs.shape[2],
        logits: Vec::new(),
        flops: 0,
        milliseconds: 0.0,
    }
}

const CIFAR: [&str; 3] = ["block_1", "block_2", "block_3"];
const IMAGENET: [&str; 4] = ["block1", "block2", "block3", "block4"];
const SACT: [(&str, &[&str], [f32; 4]); 4] = [
    ("cifar_5_sact", &CIFAR, [6.0, 18.0, 3.0, 15.0]),
    ("cifar_1_5_3_sact_earlyhalt", &CIFAR, [6.0, 12.0, 3.0, 9.0]),
    ("cifar_2_sact_trainrun", &CIFAR, [6.0, 9.0, 3.0, 6.0]),
    ("imagenet_tiny_sact", &IMAGENET, [8.0, 13.0, 4.0, 9.0]),
];

#[test]
fn network_maps_are_the_references() {
    for (folder, blocks, [cost_low, cost_high, units_low, units_high]) in SACT {
        let mut fixture = Fixture::committed(folder);
        let cost_maps = fixture.array::<f32>("ponder_cost_map");
        let units_maps = fixture.array::<f32>("num_units_map");
        for image in 0..cost_maps.shape[0] {
            let trace = trace(&mut fixture, blocks, image);
            let cost = PonderMap::from_trace(&trace, Quantity::PonderCost, Scope::Network).unwrap();
            let worst = worst(&cost.values, cost_maps.of(image));
            assert!(worst < 1e-5, "{folder}, image {image}: off by {worst}");
            assert_eq!(cost.theory, Range { low: cost_low, high: cost_high }, "{folder}");
            let units = PonderMap::from_trace(&trace, Quantity::NumUnits, Scope::Network).unwrap();
            assert_eq!(units.values, units_maps.of(image), "{folder}, image {image}");
            assert_eq!(units.theory, Range { low: units_low, high: units_high }, "{folder}");
        }
    }
}

#[test]
fn a_probe_adds_up_to_the_map_everywhere() {
    let mut fixture = Fixture::committed("imagenet_tiny_sact");
    let trace = trace(&mut fixture, &IMAGENET, 1);
    let units = fixture.array::<f32>("num_units_map");
    let cost = fixture.array::<f32>("ponder_cost_map");
    for row in 0..trace.height {
        for column in 0..trace.width {
            let probes = probe(&trace.decisions(), row, column).unwrap();
            let pixel = row * trace.width + column;
            assert_eq!(probes.iter().map(|probe| probe.num_units as f32).sum::<f32>(), units.of(1)[pixel]);
            let sum: f32 = probes.iter().map(|probe| probe.num_units as f32 + probe.remainder).sum();
            assert!((sum - cost.of(1)[pixel]).abs() < 1e-4, "{row}, {column}");
        }
    }
    let last = probe(&trace.decisions(), trace.height - 1, trace.width - 1).unwrap();
    assert_eq!((last[0].block.as_str(), last[0].row, last[0].column), ("block1", 24, 32));
    assert_eq!(probe(&trace.decisions(), trace.height, 0), None);
}

#[test]
fn acts_one_decision_covers_the_whole_image() {
    let mut fixture = Fixture::committed("imagenet_tiny_act");
    let trace = trace(&mut fixture, &IMAGENET, 1);
    let decided = IMAGENET.map(|block| fixture.array::<f32>(&format!("{block}/ponder_cost")).values[1]);
    let map = PonderMap::from_trace(&trace, Quantity::PonderCost, Scope::Network).unwrap();
    assert_eq!(map.values.len(), 97 * 129);
    assert!(map.values.iter().all(|value| (value - decided.iter().sum::<f32>()).abs() < 1e-5));
    let block = PonderMap::from_trace(&trace, Quantity::PonderCost, Scope::Block(2)).unwrap();
    assert!(block.values.iter().all(|&value| value == decided[2]));
}

#[test]
fn the_heat_map_is_the_references() {
    let layouts = [
        ("cifar_5_sact", "heatmap", 5, 1),
        ("cifar_5_sact", "heatmap_border10_2images", 10, 2),
        ("cifar_1_5_3_sact_earlyhalt", "heatmap_border10_2images", 10, 2),
        ("cifar_2_sact_trainrun", "heatmap_border10_2images", 10, 2),
    ];
    for (folder, layout, border, images) in layouts {
        let mut fixture = Fixture::committed(folder);
        let inputs = fixture.array::<f32>("inputs");
        for (name, quantity) in [("ponder_cost", Quantity::PonderCost), ("num_units", Quantity::NumUnits)] {
            let expected = fixture.array::<f32>(&format!("{layout}/{name}"));
            for image in 0..images {
                let trace = trace(&mut fixture, &CIFAR, image);
                let map = PonderMap::from_trace(&trace, quantity, Scope::Network).unwrap();
                let input = Input { height: 32, width: 32, data: inputs.of(image).to_vec() };
                let drawn = figure::heatmap(&input, &map, border);
                assert_eq!([drawn.height() as usize, drawn.width() as usize, 3], expected.shape[1..]);
                let found: Vec<f32> = drawn.as_raw().iter().map(|&value| f32::from(value) / 255.0).collect();
                // Half a grey level: the picture is as near as eight bits can be.
                let worst = worst(&found, expected.of(image));
                assert!(
                    worst < 0.5 / 255.0 + 1e-6,
                    "{folder}, {layout}/{name}, image {image}: off by {worst}"
                );
            }
        }
    }
}

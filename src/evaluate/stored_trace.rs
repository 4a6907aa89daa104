//! A trace out of an export: what a run did, without running it again.

use std::path::Path;

use super::StoredMapsError;
use crate::dataset::Export;
use crate::halting::HaltingRecord;
use crate::network::{BlockTrace, Halting, Trace};

/// What the export at `path`, already open, tells of its image `index`. What exports do not hold stays empty or 0: times, the
/// halting scores, FLOPs of single units; and logits where the reference wrote it.
///
/// # Errors
/// A dataset that is missing or cannot be read, and one whose shape does not go with the others'.
pub fn stored_trace(export: &Export, path: &Path, index: usize) -> Result<Trace, StoredMapsError> {
    let (height, width) = export.image_size();
    let row = index..index + 1;
    let blocks = export.blocks()?.into_iter().map(|name| block(export, path, name, index));
    let logits = if export.has("logits") { export.read("logits", row.clone())?.values } else { Vec::new() };
    Ok(Trace {
        height,
        width,
        logits,
        blocks: blocks.collect::<Result<_, _>>()?,
        flops: whole(export.flops(None, row)?),
        milliseconds: 0.0,
    })
}

fn block(export: &Export, path: &Path, name: String, index: usize) -> Result<BlockTrace, StoredMapsError> {
    let row = index..index + 1;
    let flops = whole(export.flops(Some(&name), row.clone())?);
    let of = |what: &str| format!("{name}/{what}");
    let mut trace = BlockTrace {
        height: 1,
        width: 1,
        units: 0,
        halting: Halting::None,
        active_positions: Vec::new(),
        unit_flops: Vec::new(),
        flops,
        milliseconds: 0.0,
        outputs: None,
        name: name.clone(),
    };
    if !export.has(&of("ponder_cost")) {
        return Ok(trace);
    }
    let cost = export.read(&of("ponder_cost"), row.clone())?;
    let num_units = export.read(&of("num_units"), row.clone())?;
    let distribution = export.read(&of("halting_distribution"), row)?;
    let shape = |name: String, found: &[usize]| StoredMapsError::Shape {
        file: path.display().to_string(),
        name,
        found: found.to_vec(),
    };
    let (positions, is_map) = match cost.shape[1..] {
        [] => ([1, 1], false),
        [height, width] if height * width > 0 => ([height, width], true),
        _ => return Err(shape(of("ponder_cost"), &cost.shape)),
    };
    if num_units.shape != cost.shape {
        return Err(shape(of("num_units"), &num_units.shape));
    }
    let units = match distribution.shape.split_last() {
        Some((&units, before)) if before == cost.shape => units,
        _ => return Err(shape(of("halting_distribution"), &distribution.shape)),
    };
    let record = HaltingRecord {
        num_units: num_units.values.iter().map(|&number| number as u32).collect(),
        ponder_cost: cost.values,
        halting_distribution: distribution.values,
        halting_scores: Vec::new(),
    };
    [trace.height, trace.width] = positions;
    let ran = |unit: usize| record.num_units.iter().filter(|&&number| number as usize > unit).count();
    trace.active_positions = (0..units).map(ran).collect();
    trace.unit_flops = vec![0; units];
    trace.units = units;
    trace.halting = if is_map { Halting::Position(record) } else { Halting::Image(record) };
    Ok(trace)
}

fn whole(flops: Vec<f32>) -> u64 {
    flops.first().map_or(0, |&flops| flops as u64)
}

//! What an export holds (specification, section 7): its attributes, and its datasets' values of one image.

use std::borrow::Cow;

use hdf5_metno as hdf5;
use hdf5_metno::types::{FixedAscii, VarLenUnicode};

use crate::halting::HaltingSetting;
use crate::image::Input;
use crate::maps::{PonderMap, Quantity, Scope};
use crate::network::{Halting, Trace};
use crate::zoo::ModelCard;

/// What a file says about how it came to be, as attributes of its root.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    pub card: &'a ModelCard,
    pub setting: &'a HaltingSetting,
    /// The classes' names in the order of their labels; none if nobody says.
    pub classes: &'a [String],
}

/// What one dataset says of one image.
pub(super) struct Field<'a> {
    /// `images`, `block_1/ponder_cost`.
    pub name: String,
    /// Shape of the values, without the axis that counts images.
    pub shape: Vec<usize>,
    pub values: Cow<'a, [f32]>,
}

/// Everything that an export says of one image; all datasets but names and labels.
pub(super) fn fields<'a>(input: &'a Input, trace: &'a Trace) -> Vec<Field<'a>> {
    let mut fields = vec![
        Field::new("images", &[input.height, input.width, 3], input.data.as_slice()),
        Field::new("flops", &[], vec![trace.flops as f32]),
        Field::new("logits", &[trace.logits.len()], trace.logits.as_slice()),
    ];
    for block in &trace.blocks {
        let name = |what: &str| format!("{}/{what}", block.name);
        fields.push(Field::new(name("flops"), &[], vec![block.flops as f32]));
        let Some(record) = block.halting.record() else { continue };
        let positions = match block.halting {
            Halting::Position(_) => vec![block.height, block.width],
            _ => vec![],
        };
        let distribution = [positions.as_slice(), &[block.units]].concat();
        let num_units: Vec<f32> = record.num_units.iter().map(|&n| n as f32).collect();
        fields.push(Field::new(name("ponder_cost"), &positions, record.ponder_cost.as_slice()));
        fields.push(Field::new(name("num_units"), &positions, num_units));
        let values = record.halting_distribution.as_slice();
        fields.push(Field::new(name("halting_distribution"), &distribution, values));
    }
    if trace.blocks.iter().any(|block| matches!(block.halting, Halting::Position(_))) {
        for (name, quantity) in
            [("ponder_cost_map", Quantity::PonderCost), ("num_units_map", Quantity::NumUnits)]
        {
            if let Some(map) = PonderMap::from_trace(trace, quantity, Scope::Network) {
                fields.push(Field::new(name, &[map.height, map.width, 1], map.values));
            }
        }
    }
    fields
}

impl<'a> Field<'a> {
    fn new(name: impl Into<String>, shape: &[usize], values: impl Into<Cow<'a, [f32]>>) -> Self {
        Self { name: name.into(), shape: shape.to_vec(), values: values.into() }
    }
}

/// The attribute of the specification, and ours.
pub(super) fn write_attributes(file: &hdf5::File, about: &About<'_>) -> hdf5::Result<()> {
    let About { card, setting, .. } = about;
    let names = card.spec.block_names();
    let names = names.iter().map(FixedAscii::<16>::from_ascii).collect::<Result<Vec<_>, _>>();
    let names = names.map_err(|error| error.to_string())?;
    file.new_attr_builder().with_data(&names).create("block_scopes")?;

    let program = concat!("ponderscope ", env!("CARGO_PKG_VERSION"));
    let json = serde_json::to_string(card).map_err(|error| error.to_string())?;
    let texts = [
        ("model", Some(card.name.as_str())),
        ("network", Some(&card.spec.to_string())),
        ("program", Some(program)),
        ("data", card.data.as_deref()),
        ("card", Some(&json)),
    ];
    for (name, value) in texts {
        if let Some(value) = value {
            file.new_attr::<VarLenUnicode>().create(name)?.write_scalar(&text(value)?)?;
        }
    }
    file.new_attr::<f32>().create("threshold")?.write_scalar(&setting.threshold)?;
    file.new_attr::<f32>().create("halting_offset")?.write_scalar(&setting.logit_offset)?;
    if let Some(cap) = setting.unit_cap {
        file.new_attr::<u64>().create("unit_cap")?.write_scalar(&(cap as u64))?;
    }
    if let Some(tau) = card.tau {
        file.new_attr::<f64>().create("tau")?.write_scalar(&tau)?;
    }
    Ok(())
}

/// Text as HDF5 stores it, which ends at the first NUL.
pub(super) fn text(text: &str) -> hdf5::Result<VarLenUnicode> {
    text.replace('\0', "").parse().map_err(|error| hdf5::Error::Internal(format!("{text}: {error}")))
}

//! The parts of the window that a key goes through, and the control of each that takes the keyboard's focus.

use std::collections::BTreeMap;

use eframe::egui::{Context, Id};

/// In the order in which they are gone through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    Menu,
    Library,
    Screen,
    Inspector,
    Status,
}

/// What was offered, and in which frame; and where the focus went last.
#[derive(Clone, Debug, Default)]
struct Places {
    offered: BTreeMap<Place, (Id, u64)>,
    last: Option<Place>,
}

/// A part of the window says, in every frame, which of its controls takes the focus.
pub fn offer(ctx: &Context, place: Place, control: Id) {
    let frame = ctx.cumulative_frame_nr();
    ctx.data_mut(|data| {
        let places: &mut Places = data.get_temp_mut_or_default(id());
        places.offered.insert(place, (control, frame));
    });
}

/// Moves the focus to the next part that can be seen, round and round.
pub fn go_on(ctx: &Context) {
    let frame = ctx.cumulative_frame_nr();
    let next = ctx.data_mut(|data| {
        let places: &mut Places = data.get_temp_mut_or_default(id());
        // Those that were not offered in this frame or the one before are closed.
        places.offered.retain(|_, (_, offered)| *offered + 1 >= frame);
        let after = places.offered.iter().find(|(place, _)| places.last.is_none_or(|last| **place > last));
        let (place, (control, _)) = after.or_else(|| places.offered.first_key_value())?;
        let (place, control) = (*place, *control);
        places.last = Some(place);
        Some(control)
    });
    if let Some(control) = next {
        ctx.memory_mut(|memory| memory.request_focus(control));
    }
}

fn id() -> Id {
    Id::unique("places")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_goes_round_through_what_is_there() {
        let ctx = Context::default();
        let control = |place: Place| Id::unique(("control", place));
        let there = [Place::Menu, Place::Screen, Place::Status];
        there.into_iter().for_each(|place| offer(&ctx, place, control(place)));
        for place in there.into_iter().chain([Place::Menu]) {
            go_on(&ctx);
            assert_eq!(ctx.memory(|memory| memory.focused()), Some(control(place)));
        }
    }
}

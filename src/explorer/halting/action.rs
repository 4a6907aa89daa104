//! What can be asked of the Halting screen.

use eframe::egui::{Key, KeyboardShortcut, Modifiers};

use crate::explorer::command::Info;
use crate::explorer::readout::position;
use crate::explorer::state::State;
use crate::maps::BlockQuantity;

use super::{BlockRange, EDGES, MOST_PINS, Pin, Step, Values};

#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    SetQuantity(BlockQuantity),
    SetRange(BlockRange),
    /// The unit that is looked at, from 1.
    SetUnit(usize),
    NextUnit,
    PreviousUnit,
    /// Let the unit move on by itself, or stop it.
    TogglePlaying,
    /// Units a second.
    SetSpeed(f32),
    /// Moves the selected pin, or sets the first.
    Place(Pin),
    /// Sets one more pin, and selects it.
    Add(Pin),
    SelectPin(usize),
    RemovePin(usize),
    /// Takes the selected pin away.
    RemoveSelected,
    RemoveAll,
    /// Moves the selected pin by one position of the selected block.
    Move(Step),
    SelectBlock(usize),
    SetEdge(usize),
    /// The values around the selected pin, to the clipboard.
    CopyValues,
}

impl Action {
    /// As [`crate::explorer::Command::info`].
    pub fn info(&self) -> Option<Info> {
        let plain = |key| Some(KeyboardShortcut::new(Modifiers::NONE, key));
        let (label, tooltip, shortcut) = match self {
            Self::NextUnit => ("Next unit", "Look at the next unit of every block", plain(Key::Period)),
            Self::PreviousUnit => {
                ("Previous unit", "Look at the unit before in every block", plain(Key::Comma))
            }
            Self::TogglePlaying => {
                ("Play units", "Let the units go by one after the other, or stop", plain(Key::K))
            }
            Self::RemoveSelected => ("Remove pin", "Take the selected pin away", plain(Key::Delete)),
            Self::RemoveAll => ("Remove all pins", "Take every pin away", None),
            Self::CopyValues => {
                ("Copy values", "Copy the values around the selected pin, as text for a spreadsheet", None)
            }
            Self::SetQuantity(_)
            | Self::SetRange(_)
            | Self::SetUnit(_)
            | Self::SetSpeed(_)
            | Self::Place(_)
            | Self::Add(_)
            | Self::SelectPin(_)
            | Self::RemovePin(_)
            | Self::Move(_)
            | Self::SelectBlock(_)
            | Self::SetEdge(_) => return None,
        };
        Some(Info { label, tooltip, shortcut })
    }
}

impl Action {
    /// Why it would do nothing, in a few words.
    pub(in crate::explorer) fn why_not(&self) -> &'static str {
        match self {
            Self::NextUnit => "It is the last unit",
            Self::PreviousUnit => "It is the first unit",
            Self::RemoveSelected | Self::RemoveAll | Self::CopyValues => "Nothing is pinned",
            _ => "There is no map",
        }
    }
}

impl State {
    pub(in crate::explorer) fn apply_halting(&mut self, action: Action) {
        let most = self.runtime.halting.shown.as_ref().map_or(1, |shown| shown.most_units());
        let view = &mut self.session.halting;
        match action {
            Action::SetQuantity(quantity) => view.quantity = quantity,
            Action::SetRange(range) => view.range = range,
            Action::SetUnit(unit) => view.unit = unit.clamp(1, most),
            Action::NextUnit => view.unit = (view.unit + 1).min(most),
            Action::PreviousUnit => view.unit = view.unit.min(most).saturating_sub(1).max(1),
            Action::TogglePlaying => {
                let playing = self.runtime.halting.is_playing();
                self.runtime.halting.set_playing(!playing);
            }
            Action::SetSpeed(speed) => self.settings.play_speed = speed,
            Action::Place(pin) => match view.pins.get_mut(view.selected) {
                Some(selected) => *selected = pin,
                None => view.pins.push(pin),
            },
            Action::Add(pin) if view.pins.len() < MOST_PINS => {
                view.selected = view.pins.len();
                view.pins.push(pin);
            }
            Action::Add(_) => {}
            Action::SelectPin(pin) => view.selected = pin,
            Action::RemovePin(pin) => {
                if pin < view.pins.len() {
                    view.pins.remove(pin);
                }
                view.sound();
            }
            Action::RemoveSelected => self.apply_halting(Action::RemovePin(self.session.halting.selected)),
            Action::RemoveAll => {
                view.pins.clear();
                view.selected = 0;
            }
            Action::Move(step) => self.move_pin(step),
            Action::SelectBlock(block) => view.block = block,
            Action::SetEdge(edge) => view.edge = if EDGES.contains(&edge) { edge } else { view.edge },
            Action::CopyValues => {
                if let Some(values) = self.values() {
                    self.runtime.ctx.copy_text(values.to_text());
                }
            }
        }
    }

    fn move_pin(&mut self, step: Step) {
        let Some(shown) = &self.runtime.halting.shown else { return };
        let view = &mut self.session.halting;
        let block = shown.blocks.get(shown.selected(view));
        let grid = block.map(|block| [block.map.height, block.map.width]);
        if let (Some(pin), Some(grid)) = (view.pins.get_mut(view.selected), grid) {
            *pin = pin.moved(step, grid);
        }
    }

    /// The values around the selected pin in the selected block; `None` without a pin or a map.
    pub(in crate::explorer) fn values(&self) -> Option<Values> {
        let view = &self.session.halting;
        let shown = self.runtime.halting.shown.as_ref()?;
        let map = &shown.blocks.get(shown.selected(view))?.map;
        let place = position(view.pin()?.at, [map.height, map.width]);
        Some(Values::around(map, place, view.edge))
    }

    /// Whether an action would do something that a person sees.
    pub(in crate::explorer) fn can_halting(&self, action: &Action) -> bool {
        let view = &self.session.halting;
        let shown = self.runtime.halting.shown.as_ref().filter(|shown| !shown.blocks.is_empty());
        let most = shown.map_or(1, |shown| shown.most_units());
        match action {
            Action::NextUnit => view.unit < most,
            Action::PreviousUnit => shown.is_some() && view.unit > 1,
            Action::TogglePlaying => shown.is_some(),
            Action::RemoveSelected | Action::RemoveAll => !view.pins.is_empty(),
            Action::CopyValues => self.values().is_some(),
            _ => true,
        }
    }
}

//! What A and B are.

use crate::explorer::models::OpenModel;
use crate::explorer::session::{Screen, SizeChoice};
use crate::explorer::state::{State, understood};
use crate::halting::HaltingSetting;
use crate::image::InputSize;
use crate::network::Variant;
use crate::zoo::{self, Member, ModelCard, ModelSource};

use super::Mode;

/// A model under a setting on a picture: what one wants to see run.
#[derive(Clone, Debug, PartialEq)]
pub struct Subject {
    pub source: ModelSource,
    pub setting: HaltingSetting,
    /// The picture's hash.
    pub picture: u64,
    pub size: SizeChoice,
}

impl State {
    /// Where B's model is.
    pub fn b_source(&self) -> Option<&ModelSource> {
        let a = || self.runtime.model.as_ref().map(|model| &model.source);
        self.session.comparison.model.as_ref().or_else(a)
    }

    /// What is known of B's model.
    pub fn b_card(&self) -> Option<&ModelCard> {
        self.card_of(self.b_source()?)
    }

    /// How halting is decided for B, as its model understands it.
    pub fn b_setting(&self) -> HaltingSetting {
        understood(self.session.comparison.setting, self.b_card())
    }

    /// Whether B decides anything, as far as is known.
    pub fn maps_b(&self) -> bool {
        self.session.screen == Screen::Compare
            && self.b_card().is_some_and(|card| card.spec.variant != Variant::Vanilla)
    }

    /// B's family, and which of them B is; empty if B has no tau.
    pub fn b_family(&self) -> Vec<Member<'_>> {
        let Some((source, card)) = self.b_source().and_then(|source| Some((source, self.card_of(source)?)))
        else {
            return Vec::new();
        };
        zoo::family(source, card, &self.runtime.entries)
    }

    /// ACT for A's SACT and SACT for A's ACT, at A's tau or the nearest.
    pub fn twin(&self) -> Option<Member<'_>> {
        zoo::twin(self.card()?, &self.runtime.entries)
    }

    /// What stands in for a twin at A's tau, said in a sentence, if B is that.
    pub fn twin_remark(&self) -> Option<String> {
        let (a, twin) = (self.card()?, self.twin()?);
        let tau = a.tau.filter(|tau| *tau != twin.tau)?;
        let kind = twin.card.spec.variant;
        (self.b_source() == Some(twin.source)).then(|| {
            format!("No {kind} model at tau {tau} is at hand: this is the nearest, at tau {}.", twin.tau)
        })
    }

    /// Whether A and B are the same model under the same setting.
    pub fn is_same(&self) -> bool {
        let a = self.runtime.model.as_ref().map(|model| &model.source);
        self.stored().is_none() && self.b_source() == a && self.b_setting() == self.setting()
    }

    pub(super) fn card_of(&self, source: &ModelSource) -> Option<&ModelCard> {
        let listed = || self.runtime.entries.iter().find(|entry| entry.source == *source);
        self.known(source).map(|(_, card)| card).or_else(|| listed().map(|entry| &entry.card))
    }

    /// A loaded model's load number and card.
    pub(super) fn known(&self, source: &ModelSource) -> Option<(u64, &ModelCard)> {
        let of_a = self.runtime.model.as_ref().filter(|model| model.source == *source);
        match of_a {
            Some(OpenModel { load, inference, .. }) => Some((*load, inference.card())),
            None => self.runtime.comparing.known(source),
        }
    }

    /// B on the picture that is open.
    pub fn b(&self) -> Option<Subject> {
        self.subject(self.b_source()?, self.session.comparison.setting)
    }

    /// The members of A's family under A's setting.
    pub fn strip(&self) -> Vec<Subject> {
        let members = self.family().map(|family| family.members).unwrap_or_default();
        let subject = |member: Member<'_>| self.subject(member.source, self.session.setting);
        members.into_iter().filter_map(subject).collect()
    }

    /// All that the screen wants to see run, the most urgent first.
    pub(super) fn subjects(&self) -> Vec<Subject> {
        if self.session.screen != Screen::Compare {
            return Vec::new();
        }
        match self.session.comparison.look.mode {
            Mode::Strip => self.strip(),
            _ => self.b().into_iter().collect(),
        }
    }

    fn subject(&self, source: &ModelSource, setting: HaltingSetting) -> Option<Subject> {
        let picture = &self.runtime.picture.as_ref()?.picture;
        // An export's image is the very input of the network.
        let size = match picture.stored {
            Some(_) => SizeChoice::Fixed(InputSize::Native),
            None => self.session.size,
        };
        Some(Subject { source: source.clone(), setting, picture: picture.hash, size })
    }
}

//! The terms of the field, each in a sentence or two and with its formula: what hovering them and the glossary show.

use eframe::egui::{Label, Response, RichText, Sense, Shape, TextWrapMode, Ui};

use super::theme::{space, tokens};

/// A term that explains itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Term {
    Position,
    Unit,
    Block,
    HaltingScore,
    CumulativeScore,
    Threshold,
    NumUnits,
    Remainder,
    PonderCost,
    Tau,
    UnitCap,
    HaltingOffset,
    Flops,
    ReceptiveField,
    Fixation,
    AucJudd,
    Correlation,
    Nss,
    CentrePrior,
}

impl Term {
    /// In the order of the glossary: each needs only those before it, or nearly.
    pub const ALL: [Self; 19] = [
        Self::Position,
        Self::Unit,
        Self::Block,
        Self::HaltingScore,
        Self::CumulativeScore,
        Self::Threshold,
        Self::NumUnits,
        Self::Remainder,
        Self::PonderCost,
        Self::Tau,
        Self::UnitCap,
        Self::HaltingOffset,
        Self::Flops,
        Self::ReceptiveField,
        Self::Fixation,
        Self::AucJudd,
        Self::Correlation,
        Self::Nss,
        Self::CentrePrior,
    ];

    /// The term that a control, a column or a colour bar is called after, as in `Ponder cost of block_1, mean`.
    pub fn named(name: &str) -> Option<Self> {
        let what = name.split(',').next().unwrap_or(name);
        Self::called(what).or_else(|| Self::called(what.rsplit_once(" of ")?.0))
    }

    fn called(name: &str) -> Option<Self> {
        Some(match name {
            "Position" => Self::Position,
            "Unit" => Self::Unit,
            "Block" | "Scope" => Self::Block,
            "Halting score" | "Halting scores" => Self::HaltingScore,
            "Cumulative score" => Self::CumulativeScore,
            "Halting threshold" | "Threshold" => Self::Threshold,
            "Number of units" | "Units N" | "Units" => Self::NumUnits,
            "Remainder" | "Remainder R" => Self::Remainder,
            "Ponder cost" | "Ponder cost N + R" => Self::PonderCost,
            "tau" => Self::Tau,
            "Unit cap" => Self::UnitCap,
            "Halting offset" => Self::HaltingOffset,
            "FLOPs" | "Mean FLOPs" | "MFLOPs" => Self::Flops,
            "Receptive field" => Self::ReceptiveField,
            "Fixation" | "Fixations" => Self::Fixation,
            "AUC-Judd" => Self::AucJudd,
            "Correlation" => Self::Correlation,
            "NSS" => Self::Nss,
            "Centre prior" | "Prior" | "With prior" | "Prior sigma" | "Prior weight" => Self::CentrePrior,
            _ => return None,
        })
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Position => "Position",
            Self::Unit => "Unit",
            Self::Block => "Block",
            Self::HaltingScore => "Halting score",
            Self::CumulativeScore => "Cumulative score",
            Self::Threshold => "Halting threshold",
            Self::NumUnits => "Number of units",
            Self::Remainder => "Remainder",
            Self::PonderCost => "Ponder cost",
            Self::Tau => "tau",
            Self::UnitCap => "Unit cap",
            Self::HaltingOffset => "Halting offset",
            Self::Flops => "FLOPs",
            Self::ReceptiveField => "Receptive field",
            Self::Fixation => "Fixation",
            Self::AucJudd => "AUC-Judd",
            Self::Correlation => "Correlation",
            Self::Nss => "NSS",
            Self::CentrePrior => "Centre prior",
        }
    }

    /// What it is, in plain words.
    pub fn text(self) -> &'static str {
        match self {
            Self::Position => {
                "A place in a block's grid of rows and columns. In SACT each position decides for itself when it \
                 stops; in ACT all positions of a picture stop together."
            }
            Self::Unit => {
                "A few convolutions whose result is added to the state. Only positions that have not halted are \
                 computed; the others keep their state. A block's first unit runs everywhere."
            }
            Self::Block => {
                "Units in a row that share one resolution. Halting begins anew in every block, and a block hands \
                 on the states after its units, weighted by what each position decided."
            }
            Self::HaltingScore => {
                "How much a unit adds towards stopping, between 0 and 1, judged by the state around the position \
                 and by its mean over the picture. A block's last unit counts as 1, so that everything halts there."
            }
            Self::CumulativeScore => {
                "The halting scores of a position added up, unit by unit. Once the sum reaches the threshold the \
                 position halts."
            }
            Self::Threshold => {
                "What a position's halting scores must add up to for it to halt. Networks are trained at 0.99; a \
                 lower threshold stops earlier and computes less, at some cost in accuracy."
            }
            Self::NumUnits => {
                "How many units a position ran in a block before it halted; over the whole network, the sum over \
                 its blocks."
            }
            Self::Remainder => {
                "What the scores before the last unit leave of 1. It is the weight that the state after that unit \
                 has in the block's output."
            }
            Self::PonderCost => {
                "What a position spent in a block: units and remainder. Unlike the number of units it changes \
                 smoothly with the scores, so training can lower it. It lies between 2 and one more than the \
                 block's units."
            }
            Self::Tau => {
                "The weight of the ponder cost in training. A higher tau makes a network that halts earlier. It is \
                 a constant of the training: another tau means another trained network."
            }
            Self::UnitCap => {
                "The most units that a position may run in a block. Whatever has not halted by then halts there, \
                 as if the block ended earlier. No network is trained with one."
            }
            Self::HaltingOffset => {
                "Added to every halting score before it is brought between 0 and 1: above 0 everything halts \
                 earlier, below 0 later. An experiment; no network is trained with one."
            }
            Self::Flops => {
                "Multiplications and additions of all convolutions, counted at the positions that are computed. \
                 Norms, activations and pooling count nothing. Halted positions save them."
            }
            Self::ReceptiveField => {
                "The part of the picture that can change a value. It grows with every 3 × 3 convolution, faster \
                 behind strides; positions that ran more units have seen more of the picture."
            }
            Self::Fixation => {
                "A place where somebody's eyes rested. Of a density, which is brighter the more people looked, the \
                 brightest fifth counts as fixated."
            }
            Self::AucJudd => {
                "How likely a position that people looked at has a greater value than one that they did not; a tie \
                 counts half. 1 is the best that can be, 0.5 is chance."
            }
            Self::Correlation => {
                "Pearson's correlation of the map with the density of fixations: 1 if both rise and fall together, \
                 0 if neither tells of the other, below 0 if one rises where the other falls. A flat map has none."
            }
            Self::Nss => {
                "How far above its mean the map lies where people looked, in standard deviations: 0 is chance. It is \
                 of fixated points; a flat map and a density have none."
            }
            Self::CentrePrior => {
                "People look at the middle, whatever the picture shows, and a convolutional network cannot know. So a \
                 Gaussian in the middle, stretched to the picture, is mixed into the map; alone, it is what a map has to \
                 beat."
            }
        }
    }

    /// The same as a formula; `l` counts a block's units from 1 to `L`.
    pub fn formula(self) -> &'static str {
        match self {
            Self::Position => "x[row, column], a vector of channels",
            Self::Unit => "x(l) = x(l−1) + f(x(l−1)) where active, x(l−1) elsewhere",
            Self::Block => "output = p(1)·x(1) + … + p(N)·x(N),  p(l) = h(l) for l < N,  p(N) = R",
            Self::HaltingScore => "h(l) = σ(conv3×3(x(l)) + conv1×1(mean of x(l))),  h(L) = 1",
            Self::CumulativeScore => "c(l) = h(1) + … + h(l)",
            Self::Threshold => "halts at the first l with c(l) ≥ 1 − ε;  trained with ε = 0.01",
            Self::NumUnits => "N = the first l with c(l) ≥ threshold,  1 ≤ N ≤ L",
            Self::Remainder => "R = 1 − (h(1) + … + h(N−1))",
            Self::PonderCost => "ρ = N + R,  2 ≤ ρ ≤ L + 1",
            Self::Tau => "loss = cross-entropy + τ · (mean ρ, summed over blocks) + weight decay",
            Self::UnitCap => "N ≤ cap,  h(cap) = 1",
            Self::HaltingOffset => "h(l) = σ(logit + offset)",
            Self::Flops => {
                "sum over convolutions of 2 · kernel height · kernel width · channels in · channels out · positions"
            }
            Self::ReceptiveField => "r = r before + (kernel − 1) · product of the strides before",
            Self::Fixation => "F, the set of fixated positions",
            Self::AucJudd => "AUC = P(m(i) > m(j)) + ½ · P(m(i) = m(j)),  i in F, j not in F",
            Self::Correlation => "CC = cov(m, d) / (σ(m) · σ(d))",
            Self::Nss => "NSS = mean of (m(i) − mean of m) / σ(m) over i in F",
            Self::CentrePrior => {
                "(1 − w) · m + w · exp(−½ · (x² + y²) / s²),  m from 0 to 1,  x and y in shares from the middle"
            }
        }
    }
}

/// Radius of one of the dots under a term, in points.
const DOT: f32 = 0.75;

/// A label; one that is a term is quietly underlined, and explains itself under the pointer.
pub fn label_ui(ui: &mut Ui, text: impl Into<RichText>) -> Response {
    let text = text.into();
    match Term::named(text.text()) {
        Some(term) => term_ui(ui, term, text),
        None => ui.label(text),
    }
}

/// A term as it stands in a text, underlined with dots.
pub fn term_ui(ui: &mut Ui, term: Term, text: impl Into<RichText>) -> Response {
    let label = Label::new(text.into()).wrap_mode(TextWrapMode::Extend).sense(Sense::hover());
    let response = ui.add(label);
    let rect = response.rect;
    let line = [rect.left_bottom(), rect.right_bottom()];
    let dots = Shape::dotted_line(&line, tokens(ui).outline_strong, 1.5 * space::XS, DOT);
    ui.painter().extend(dots);
    response.on_hover_term(term)
}

/// Anything that can explain a term under the pointer.
pub trait OnHoverTerm {
    fn on_hover_term(self, term: Term) -> Self;
}

impl OnHoverTerm for Response {
    fn on_hover_term(self, term: Term) -> Self {
        self.on_hover_ui(|ui| explain_ui(ui, term))
    }
}

/// A term's name, meaning and formula.
pub fn explain_ui(ui: &mut Ui, term: Term) {
    ui.label(RichText::new(term.name()).strong());
    ui.add(Label::new(term.text()).wrap());
    ui.add_space(space::XS);
    ui.add(Label::new(RichText::new(term.formula()).color(tokens(ui).text_muted)).wrap());
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_term_is_in_the_glossary_once_and_found_by_its_name() {
        let names: HashSet<_> = Term::ALL.iter().map(|term| term.name()).collect();
        assert_eq!(names.len(), Term::ALL.len());
        for term in Term::ALL {
            assert_eq!(Term::named(term.name()), Some(term));
        }
        assert_eq!(Term::named("Ponder cost of block_1, mean"), Some(Term::PonderCost));
        assert_eq!(Term::named("Number of units, whole network"), Some(Term::NumUnits));
        assert_eq!(Term::named("Opacity"), None);
    }
}

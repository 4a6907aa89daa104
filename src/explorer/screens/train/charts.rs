//! The run's curves.

use eframe::egui::{Id, Ui, vec2};

use crate::explorer::theme::space;
use crate::explorer::training::Run;
use crate::explorer::widgets::{Chart, Series, format};
use crate::network::Variant;

pub(super) fn charts_ui(ui: &mut Ui, run: &Run) {
    let steps = run.recipe().map_or(run.step, |recipe| recipe.steps);
    let vanilla = run.recipe().is_some_and(|recipe| recipe.spec.variant == Variant::Vanilla);
    let curves = &run.curves;
    let coming = "The first points are on their way";
    let number: fn(f64) -> String = |value| format::within(value as f32, 1.0);
    let charts = [
        Chart {
            title: "Loss",
            series: &[
                Series { name: "total", points: &curves.loss },
                Series { name: "cross-entropy", points: &curves.cross_entropy },
            ],
            steps,
            number,
            round: number,
            empty: coming,
        },
        Chart {
            title: "Accuracy",
            series: &[
                Series { name: "training", points: &curves.training_accuracy },
                Series { name: "test", points: &curves.test_accuracy },
            ],
            steps,
            number: |value| format::percent(value as f32),
            round: |value| format!("{} %", format::within(100.0 * value as f32, 10.0)),
            empty: coming,
        },
        Chart {
            title: "Ponder cost",
            series: &[
                Series { name: "training", points: &curves.training_cost },
                Series { name: "test", points: &curves.test_cost },
            ],
            steps,
            number,
            round: number,
            empty: if vanilla { "A vanilla network decides nothing" } else { coming },
        },
        Chart {
            // One unit for the title, the axis and the pointer.
            title: "MFLOPs",
            series: &[Series { name: "of a test picture", points: &curves.flops }],
            steps,
            number: |value| format!("{:.1}", value / 1e6),
            round: |value| format::short(value / 1e6),
            empty: coming,
        },
    ];
    let gap = space::XL;
    let size = 0.5 * (ui.available_size() - vec2(gap, gap));
    let group = Id::unique("training charts");
    let mut charts = charts.into_iter();
    for row in 0..2 {
        if row > 0 {
            ui.add_space(gap - ui.spacing().item_spacing.y);
        }
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = gap;
            charts.by_ref().take(2).for_each(|chart| chart.show(ui, size, group));
        });
    }
}

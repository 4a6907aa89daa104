//! A ponder map against the fixations of its picture.

use super::grid::{Grid, Outside};
use super::{Fixations, SaliencyError, auc_judd, correlation, nss};
use crate::maps::PonderMap;

/// That people look at the middle of a picture, whatever is in it: a Gaussian there, added to the map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CentrePrior {
    /// Its standard deviation as a share of the picture's width and of its height, above 0.
    pub sigma: f64,
    /// How much it counts: 0 is the map alone, 1 the Gaussian alone, between them both, each from 0 to 1.
    pub weight: f64,
}

/// How maps are compared with fixations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// Standard deviation of the Gaussian that blurs a map beforehand, as a share of its longer edge; 0 leaves it as it is.
    pub blur: f64,
    /// Standard deviation of the Gaussian that makes a density of points for the correlation, as a share of their picture's longer
    /// edge.
    pub spread: f64,
    pub centre: CentrePrior,
}

impl Default for Comparison {
    /// The map as it is; fixations spread over about one degree of sight, where a picture is some 45 wide; the middle and the map
    /// count alike, and the middle half of each edge lies within about one deviation of the centre prior.
    fn default() -> Self {
        Self { blur: 0.0, spread: 0.022, centre: CentrePrior { sigma: 0.23, weight: 0.5 } }
    }
}

/// How well one map tells fixations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scores {
    /// 0 to 1; 0.5 is chance. See [`auc_judd`].
    pub auc_judd: f64,
    /// CC: with the density of fixations, -1 to 1; `None` for a flat map. See [`correlation`].
    pub correlation: Option<f64>,
    /// In standard deviations; `None` for a flat map, and against a density. See [`nss`].
    pub nss: Option<f64>,
}

/// What a comparison found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Agreement {
    /// The map alone.
    pub map: Scores,
    /// The map and the centre prior.
    pub with_centre: Scores,
    /// The centre prior alone: what a map has to beat.
    pub centre: Scores,
    /// Positions of the grid that the fixations are given in.
    pub positions: usize,
    /// Fixated ones among them.
    pub fixations: usize,
}

/// What the maps of one picture are compared with: its fixations, as the measures take them.
#[derive(Clone, Debug)]
pub struct Target {
    fixations: Fixations,
    how: Comparison,
    density: Vec<f32>,
    centre: Grid,
    centre_scores: Scores,
}

impl Target {
    /// Prepares everything that does not depend on a map.
    pub fn new(fixations: Fixations, how: Comparison) -> Self {
        let size @ (height, width) = fixations.size();
        let density = match &fixations.density {
            Some(values) => values.clone(),
            None => {
                let values = fixations.fixated.iter().map(|&fixated| f32::from(u8::from(fixated))).collect();
                let points = Grid { height, width, values };
                points.blurred(how.spread * points.longer_edge() as f64, Outside::Zeros).values
            }
        };
        let centre = Grid::gaussian(size, how.centre.sigma);
        let centre_scores = score(&centre.values, &fixations, &density);
        Self { fixations, how, density, centre, centre_scores }
    }

    pub fn fixations(&self) -> &Fixations {
        &self.fixations
    }

    /// The same with another centre prior; what does not depend on it is kept.
    pub fn with_centre(self, centre: CentrePrior) -> Self {
        let how = Comparison { centre, ..self.how };
        if centre.sigma == self.how.centre.sigma {
            return Self { how, ..self };
        }
        let centre = Grid::gaussian(self.fixations.size(), centre.sigma);
        let centre_scores = score(&centre.values, &self.fixations, &self.density);
        Self { how, centre, centre_scores, ..self }
    }

    /// Compares a map with the fixations, at their size.
    ///
    /// # Errors
    /// [`SaliencyError::OtherShape`]
    pub fn compare(&self, map: &PonderMap) -> Result<Agreement, SaliencyError> {
        check_shape(map, &self.fixations)?;
        let map = Grid { height: map.height, width: map.width, values: map.values.clone() };
        let blur = self.how.blur * map.longer_edge() as f64;
        let map = map.blurred(blur, Outside::Unknown).resized(self.fixations.size()).normalised();
        let weight = self.how.centre.weight as f32;
        let mixed = |(map, centre): (&f32, &f32)| (1.0 - weight) * map + weight * centre;
        let with_centre: Vec<f32> = map.values.iter().zip(&self.centre.values).map(mixed).collect();
        let score = |map: &[f32]| score(map, &self.fixations, &self.density);
        Ok(Agreement {
            map: score(&map.values),
            with_centre: score(&with_centre),
            centre: self.centre_scores,
            positions: self.fixations.fixated.len(),
            fixations: self.fixations.count,
        })
    }
}

fn score(map: &[f32], fixations: &Fixations, density: &[f32]) -> Scores {
    let are_points = fixations.density.is_none();
    Scores {
        // Fixations have both kinds of positions.
        auc_judd: auc_judd(map, &fixations.fixated).unwrap_or(0.5),
        correlation: correlation(map, density),
        nss: nss(map, &fixations.fixated).filter(|_| are_points),
    }
}

/// Sizes are rounded, so one row or column of the map more or less is the same shape, and two in a hundred.
fn check_shape(map: &PonderMap, fixations: &Fixations) -> Result<(), SaliencyError> {
    let Fixations { name, height, width, .. } = fixations;
    let (map_height, map_width) = (map.height as f64, map.width as f64);
    let ratio = *width as f64 / *height as f64;
    let is_near = |edge: f64, expected: f64| (edge - expected).abs() <= (0.02 * expected).max(1.0);
    let is_same = is_near(map_width, map_height * ratio) || is_near(map_height, map_width / ratio);
    if is_same && !map.values.is_empty() {
        return Ok(());
    }
    Err(SaliencyError::OtherShape {
        name: name.clone(),
        width: *width,
        height: *height,
        map_width: map.width,
        map_height: map.height,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::maps::{Quantity, Range};

    fn map(height: usize, width: usize, value: impl Fn(usize, usize) -> f32) -> PonderMap {
        let values = (0..height * width).map(|place| value(place / width, place % width)).collect();
        let theory = Range { low: 2.0, high: 12.0 };
        PonderMap { height, width, values, quantity: Quantity::PonderCost, theory }
    }

    fn points(size: (usize, usize), points: &[(usize, usize)]) -> Fixations {
        let centres: Vec<[f64; 2]> =
            points.iter().map(|&(row, column)| [column as f64 + 0.5, row as f64 + 0.5]).collect();
        Fixations::of_points(&centres, size, "looks.csv").unwrap()
    }

    fn compare(map: &PonderMap, fixations: &Fixations, how: Comparison) -> Result<Agreement, SaliencyError> {
        Target::new(fixations.clone(), how).compare(map)
    }

    /// The figures are numpy's, in float64 and by other ways: resizing and blurring as products with dense matrices
    /// (rows `cubic((j - c) / k)` of MATLAB's `imresize`, and `exp(-((i - j) / s)**2 / 2)` cut off at `ceil(4 * s)`), AUC as
    /// `np.mean((hits[:, None] > others) + .5 * (hits[:, None] == others))`, CC as `np.corrcoef(map, density)[0, 1]` and NSS as
    /// `((map - map.mean()) / map.std(ddof=1))[fixated].mean()`, for `map = (7 * x + 5 * y) % 11 + 2` of 6 x 8 at 9 x 12, with
    /// blur 0.1, spread 0.1, sigma 0.23, weight 0.25.
    #[test]
    fn the_figures_are_numpys() {
        let map = map(6, 8, |row, column| ((7 * column + 5 * row) % 11 + 2) as f32);
        let fixations = points((9, 12), &[(1, 2), (4, 6), (4, 7), (8, 0), (2, 10)]);
        let centre = CentrePrior { sigma: 0.23, weight: 0.25 };
        let of_centre = [0.562136, 0.467096, 0.477458];
        for (blur, of_map, of_both) in [
            (0.0, [0.514563, 0.09156, 0.054715], [0.543689, 0.266696, 0.235818]),
            (0.1, [0.629126, 0.155644, 0.426431], [0.68932, 0.360338, 0.622676]),
        ] {
            let found = compare(&map, &fixations, Comparison { blur, spread: 0.1, centre }).unwrap();
            assert_eq!((found.positions, found.fixations), (108, 5));
            let scores = [found.map, found.with_centre, found.centre];
            for (scores, expected) in scores.into_iter().zip([of_map, of_both, of_centre]) {
                let found = [scores.auc_judd, scores.correlation.unwrap(), scores.nss.unwrap()];
                for (found, expected) in found.into_iter().zip(expected) {
                    assert!((found - expected).abs() < 2e-6, "{found} for {expected} with blur {blur}");
                }
            }
        }
    }

    #[test]
    fn another_centre_prior_is_as_one_from_the_start() {
        let map = map(6, 8, |row, column| ((7 * column + 5 * row) % 11 + 2) as f32);
        let fixations = points((9, 12), &[(1, 2), (4, 6), (8, 0)]);
        let target = Target::new(fixations.clone(), Comparison::default());
        for centre in [CentrePrior { sigma: 0.4, weight: 0.5 }, CentrePrior { sigma: 0.23, weight: 0.9 }] {
            let how = Comparison { centre, ..Comparison::default() };
            let moved = target.clone().with_centre(centre).compare(&map).unwrap();
            assert_eq!(moved, compare(&map, &fixations, how).unwrap());
        }
    }

    #[test]
    fn a_flat_map_says_nothing_and_leaves_the_centre_to_itself() {
        let fixations = points((9, 12), &[(4, 5), (4, 6), (0, 11)]);
        let found = compare(&map(9, 12, |_, _| 6.0), &fixations, Comparison::default()).unwrap();
        assert_eq!(found.map, Scores { auc_judd: 0.5, correlation: None, nss: None });
        assert_eq!(found.with_centre.auc_judd, found.centre.auc_judd);
        assert!(found.centre.auc_judd > 0.6);
    }

    #[test]
    fn a_density_is_correlated_with_as_it_is() {
        let map = map(4, 6, |row, column| (row * 6 + column) as f32);
        let values = map.values.iter().map(|value| value * 3.0 + 1.0).collect();
        let density = Fixations::of_values(values, (4, 6), None, "looks.png").unwrap();
        let found = compare(&map, &density, Comparison::default()).unwrap();
        assert_eq!((found.map.auc_judd, found.map.nss), (1.0, None));
        assert!(found.map.correlation.unwrap() > 0.999_999);
    }

    #[test]
    fn sizes_may_differ_and_shapes_may_not() {
        // Rounded as inputs are, and in proportion but for a line.
        for (size, map_size) in [((1080, 1920), (180, 320)), ((683, 1024), (21, 32)), ((3, 500), (1, 32))] {
            let map = map(map_size.0, map_size.1, |row, column| (row + column) as f32);
            let fixations = points(size, &[(0, 0)]);
            assert!(check_shape(&map, &fixations).is_ok(), "{size:?} for {map_size:?}");
        }
        for size in [(320, 180), (200, 200), (180, 300)] {
            let map = map(180, 320, |row, column| (row + column) as f32);
            let error = compare(&map, &points(size, &[(0, 0)]), Comparison::default()).unwrap_err();
            let error = error.to_string();
            assert!(error.contains("looks.csv") && error.contains("320 x 180"), "{error}");
        }
    }

    proptest! {
        /// Between the map alone and the prior alone, nothing is beyond what a figure can be.
        #[test]
        fn the_weight_leads_from_the_map_to_the_prior(
            seed in 1usize..1000, at in (0usize..9, 0usize..12), weight in 0.0f64..=1.0,
        ) {
            let map = map(6, 8, |row, column| ((row * 31 + column * seed) % 17) as f32);
            let fixations = points((9, 12), &[at, (4, 4)]);
            let with = |weight: f64| {
                let how = Comparison { centre: CentrePrior { sigma: 0.3, weight }, ..Comparison::default() };
                compare(&map, &fixations, how).unwrap()
            };
            prop_assert_eq!(with(0.0).with_centre, with(0.0).map);
            prop_assert_eq!(with(1.0).with_centre, with(1.0).centre);
            let found = with(weight);
            for scores in [found.map, found.with_centre, found.centre] {
                prop_assert!((0.0..=1.0).contains(&scores.auc_judd));
                prop_assert!(scores.correlation.is_none_or(|value| (-1.0..=1.0).contains(&value)));
            }
        }
    }
}

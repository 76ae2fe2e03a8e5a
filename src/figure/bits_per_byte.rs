//! Loss of every run in bits per raw byte, which makes methods and vocabularies comparable (paper section 3.4).

use super::data::{Data, RunCurves};
use super::over_steps::{Curve, LevelKind, OverSteps};
use super::scene::Scene;
use super::style::Look;
use crate::experiment::event::Series;
use crate::experiment::store::{UNIFORM_BITS_PER_BYTE, UNIGRAM_BITS_PER_BYTE};

/// Models that know nothing of the context (paper Table 3), by the names of their results.
const BASELINES: [(&str, LevelKind); 2] =
    [(UNIFORM_BITS_PER_BYTE, LevelKind::Dashed), (UNIGRAM_BITS_PER_BYTE, LevelKind::Dotted)];

pub fn scene(data: &Data) -> Scene {
    let curve = |(index, run): (usize, &RunCurves)| Curve {
        look: Look::of(index),
        name: run.info.label.clone(),
        points: run.curve(Series::ValidationBitsPerByte).to_vec(),
        levels: BASELINES.iter().filter_map(|(name, kind)| Some((*kind, run.result(name)?))).collect(),
    };
    OverSteps {
        title: "Bits per byte".into(),
        subtitle: data.headed("loss on held-out text per raw byte; less is better"),
        x_title: "training steps of each run".into(),
        y_title: "bits/byte".into(),
        curves: data.runs.iter().enumerate().map(curve).collect(),
        key: vec![
            (LevelKind::Dashed, "uniform model over the same tokens"),
            (LevelKind::Dotted, "unigram model over the same tokens"),
        ],
        decimals: 3,
    }
    .scene()
}

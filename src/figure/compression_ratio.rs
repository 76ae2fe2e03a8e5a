//! Compression ratio of every method as M1 learns.

use super::data::{Data, RunCurves, last};
use super::over_steps::{Curve, OverSteps};
use super::scene::Scene;
use super::style::Look;
use crate::experiment::event::{Role, Series};

pub fn scene(data: &Data) -> Scene {
    let measured = |run: &RunCurves| last(run.curve(Series::TokenRatio));
    let furthest = data.runs.iter().filter_map(measured).map(|[step, _]| step).fold(0.0, f64::max);
    let points = |run: &RunCurves| match (measured(run), run.result("token ratio")) {
        (Some(_), _) => run.curve(Series::TokenRatio).to_vec(),
        // A method that does not depend on M1, or whose M1 was trained before: the same at every step.
        (None, Some(ratio)) if furthest > 0.0 => vec![[0.0, ratio], [furthest, ratio]],
        (None, Some(ratio)) => vec![[0.0, ratio]],
        (None, None) => Vec::new(),
    };
    let curves = data
        .runs
        .iter()
        .enumerate()
        .filter(|(_, run)| run.info.role == Role::M2)
        .map(|(index, run)| Curve {
            look: Look::of(index),
            name: run.info.label.clone(),
            points: points(run),
            levels: Vec::new(),
        })
        .collect();
    OverSteps {
        title: "Compression ratio".into(),
        subtitle: data.headed("raw bytes of held-out text that a token stands for, as M1 learns"),
        x_title: "training steps of M1".into(),
        y_title: "token compression ratio (bytes/token)".into(),
        curves,
        key: Vec::new(),
        decimals: 2,
    }
    .scene()
}

//! `mullion run SPEC --plan`: what an experiment will take, without running it.

use super::CommandError;
use super::progress::duration;
use super::table::Table;
use crate::experiment::STORE_FILE;
use crate::experiment::plan::{Plan, Rates, Span, measure};
use crate::experiment::spec::Spec;
use crate::experiment::store::Store;
use crate::gpu::DeviceChoice;
use std::path::Path;

/// What `spec` will take on the device, by the experiments in the results folder or, if `timed`, by a few steps that are
/// timed now.
///
/// # Errors
/// If the device fails or the store cannot be read.
pub fn plan(
    spec: &Spec,
    device: DeviceChoice,
    results: &Path,
    timed: bool,
    go_on: &mut dyn FnMut(u64, u64) -> bool,
) -> Result<Plan, CommandError> {
    let device = device.open()?;
    let store = results.join(STORE_FILE);
    // A plan makes nothing, so no store either.
    let mut rates = match store.exists() {
        true => Rates::of_store(&Store::open(&store)?, &device.name)?,
        false => Rates::default(),
    };
    if timed {
        rates.prefer(measure(spec, &device.device, go_on)?);
    }
    Ok(Plan::new(spec, &device.name, &rates))
}

/// The plan as `--plan` prints it.
pub fn text(plan: &Plan) -> String {
    let mut table = Table::new(vec!["run", "size", "steps", "tokens", "time", "by"]);
    for run in &plan.runs {
        let about = if run.settled { "" } else { "≈ " };
        table.row(vec![
            run.label.clone(),
            run.size.clone(),
            format!("{about}{}", run.steps),
            format!("{about}{}", run.tokens),
            run.seconds.map_or_else(|| "–".to_owned(), range),
            run.basis.text(),
        ]);
    }
    let (runs, time) = (plan.runs.len(), plan.seconds().map_or_else(|| "not known".to_owned(), range));
    let mut text = format!("{table}\n{runs} runs, {} steps, {} tokens; time: {time}\n", plan.steps(), plan.tokens());
    text += &format!("device: {}\n", plan.device);
    for note in plan.notes() {
        text += &format!("{note}\n");
    }
    for out in &plan.left_out {
        text += &format!("left out: {}: {}\n", out.combination, out.reason);
    }
    text
}

fn range(Span { low, high }: Span) -> String {
    match (duration(low), duration(high)) {
        (low, high) if low == high => low,
        (low, high) => format!("{low} – {high}"),
    }
}

//! From [m2] and the [[run]]s to one [`RunSpec`] per run and seed, each with a label of its own.

use super::error::{Place, SpecError};
use super::read::{EXAMPLE_BYTES, SEED};
use super::table::{RunTable, TrainingKeys};
use super::{RunSpec, Training};
use crate::tokenizer::Method;
use crate::train::RateChanges;
use toml::Spanned;

/// One [[run]], checked, before it is expanded over its seeds.
struct Run<'t> {
    table: &'t Spanned<RunTable>,
    method: Method,
    training: Training,
    example_bytes: usize,
    seeds: Vec<u64>,
}

/// Text of one coding example where the file says nothing (paper 3.2).
pub(super) const DEFAULT_EXAMPLE_BYTES: usize = 10_240;

pub(super) fn runs(
    place: &Place<'_>,
    m2: Option<&Spanned<RunTable>>,
    tables: &[Spanned<RunTable>],
) -> Result<Vec<RunSpec>, SpecError> {
    let none = RunTable::default();
    let defaults = m2.map_or(&none, Spanned::get_ref);
    for (key, value) in [("method", &defaults.method), ("label", &defaults.label)] {
        if let Some(value) = value {
            let problem = format!("`{key}` is each run's own; expected it in a [[run]], not in [m2]");
            return Err(place.fault(&value.span(), problem));
        }
    }
    let runs = tables.iter().map(|table| run(place, defaults, table)).collect::<Result<Vec<_>, _>>()?;
    let mut expanded: Vec<RunSpec> = Vec::new();
    for (run, label) in runs.iter().zip(labels(&runs)) {
        for seed in &run.seeds {
            let label = if run.seeds.len() > 1 { format!("{label} · seed {seed}") } else { label.clone() };
            if expanded.iter().any(|earlier| earlier.label == label) {
                let problem = format!("two runs are called `{label}`; expected a `label` of its own for each");
                return Err(place.fault(&run.table.span(), problem));
            }
            let Run { training, example_bytes, .. } = *run;
            expanded.push(RunSpec { method: run.method.clone(), label, training, example_bytes, seed: *seed });
        }
    }
    Ok(expanded)
}

fn run<'t>(place: &Place<'_>, defaults: &RunTable, table: &'t Spanned<RunTable>) -> Result<Run<'t>, SpecError> {
    let keys = table.get_ref();
    let Some(method) = &keys.method else {
        let problem = "[[run]] has no `method`; expected a tokenizer's name, such as \"EqualInfoAC[b=16, v=256]\"";
        return Err(place.fault(&table.span(), problem));
    };
    if let Some(label) = keys.label.as_ref().filter(|label| label.get_ref().trim().is_empty()) {
        return Err(place.fault(&label.span(), "`label` is empty; expected a name, or no `label` at all"));
    }
    Ok(Run {
        table,
        method: place.method("method", method)?,
        training: place.training(
            TrainingKeys::from(keys).or(TrainingKeys::from(defaults)),
            &table.span(),
            "[[run]]",
        )?,
        example_bytes: match keys.example_bytes.as_ref().or(defaults.example_bytes.as_ref()) {
            Some(bytes) => place.whole("example_bytes", bytes, EXAMPLE_BYTES)? as usize,
            None => DEFAULT_EXAMPLE_BYTES,
        },
        seeds: seeds(place, keys.seeds.as_ref().or(defaults.seeds.as_ref()))?,
    })
}

fn seeds(place: &Place<'_>, seeds: Option<&Spanned<Vec<Spanned<i64>>>>) -> Result<Vec<u64>, SpecError> {
    let Some(list) = seeds else {
        return Ok(vec![1]);
    };
    let mut found = Vec::new();
    for seed in list.get_ref() {
        let value = place.whole("seeds", seed, SEED)?;
        if found.contains(&value) {
            return Err(place.fault(&seed.span(), format!("`seeds` has {value} twice; expected seeds that differ")));
        }
        found.push(value);
    }
    if found.is_empty() {
        return Err(place.fault(&list.span(), "`seeds` is empty; expected at least one, such as [1]"));
    }
    Ok(found)
}

/// Planned changes of the learning rate in a few words.
fn rate_changes(changes: &RateChanges) -> String {
    let words: Vec<String> = changes.iter().map(|c| format!("rate × {} at {}", c.factor, c.step)).collect();
    if words.is_empty() { "rate as scheduled".to_owned() } else { words.join(", ") }
}

/// The place of the seeds among a run's settings.
const SEEDS: usize = 10;

/// A label for each run: the one it was given, else its method's name, followed by the settings in which it differs from
/// other unlabelled runs of that method.
fn labels(runs: &[Run<'_>]) -> Vec<String> {
    let given = |run: &Run<'_>| run.table.get_ref().label.as_ref().map(|label| label.get_ref().trim().to_owned());
    let settings = |run: &Run<'_>| {
        let Training { size, context, batch, steps, schedule } = run.training;
        let seeds: Vec<String> = run.seeds.iter().map(u64::to_string).collect();
        [
            size.name.to_owned(),
            format!("context {context}"),
            format!("batch {batch}"),
            format!("{steps} steps"),
            format!("rate {}", schedule.base_rate),
            format!("warm-up {}", schedule.warmup_steps),
            format!("cool-down {}", schedule.cooldown.steps),
            rate_changes(&schedule.changes),
            format!("z-loss {}", schedule.z_loss),
            format!("examples of {} bytes", run.example_bytes),
            format!("seed {}", seeds.join("+")),
        ]
    };
    runs.iter()
        .map(|run| {
            given(run).unwrap_or_else(|| {
                let alike: Vec<_> =
                    runs.iter().filter(|r| r.method == run.method && given(r).is_none()).map(settings).collect();
                let differing =
                    settings(run).into_iter().enumerate().filter(|(i, own)| alike.iter().any(|a| a[*i] != *own));
                // Seeds are told apart when a run is expanded over several.
                let shown = differing.filter(|(i, _)| *i < SEEDS || run.seeds.len() == 1).map(|(_, setting)| setting);
                std::iter::once(run.method.to_string()).chain(shown).collect::<Vec<_>>().join(" · ")
            })
        })
        .collect()
}

//! From [m2], the [[run]]s and [grid] to one [`RunSpec`] per run and seed, each with a label of its own.

use super::error::{Place, SpecError};
use super::read::{EXAMPLE_BYTES, SEED, STEPS_AND_BUDGET};
use super::table::{GridTable, RunTable};
use super::{Budget, LeftOut, RunSpec, Training, grid};
use crate::tokenizer::Method;
use crate::train::RateChanges;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use toml::Spanned;

/// One run, checked, before it is expanded over its seeds.
pub(super) struct Run {
    /// Where it was written.
    pub span: Range<usize>,
    pub label: Option<String>,
    pub method: Method,
    pub training: Training,
    pub budget: Option<Budget>,
    pub example_bytes: usize,
    pub seeds: Vec<u64>,
}

impl Run {
    /// Whether both would do the same, under whatever label.
    pub fn is_like(&self, other: &Self) -> bool {
        let settings = |run: &Self| (run.training, run.budget, run.example_bytes);
        self.method == other.method && settings(self) == settings(other) && self.seeds == other.seeds
    }
}

/// Text of one coding example where the file says nothing (paper 3.2).
pub(super) const DEFAULT_EXAMPLE_BYTES: usize = 10_240;

pub(super) fn runs(
    place: &Place<'_>,
    m2: Option<&Spanned<RunTable>>,
    tables: &[Spanned<RunTable>],
    grid: Option<&Spanned<GridTable>>,
) -> Result<(Vec<RunSpec>, Vec<LeftOut>), SpecError> {
    let none = RunTable::default();
    let defaults = m2.map_or(&none, Spanned::get_ref);
    for (key, value) in [("method", &defaults.method), ("label", &defaults.label)] {
        if let Some(value) = value {
            let problem = format!("`{key}` is each run's own; expected it in a [[run]], not in [m2]");
            return Err(place.fault(&value.span(), problem));
        }
    }
    one_length(place, defaults)?;
    let mut runs = tables.iter().map(|table| run(place, defaults, table)).collect::<Result<Vec<_>, _>>()?;
    let (combinations, left_out) = match grid {
        Some(grid) => grid::runs(place, defaults, grid, &runs)?,
        None => (Vec::new(), Vec::new()),
    };
    runs.extend(combinations);
    let mut expanded: Vec<RunSpec> = Vec::new();
    let mut taken = HashSet::new();
    for (run, label) in runs.iter().zip(labels(&runs)) {
        for seed in &run.seeds {
            let label = if run.seeds.len() > 1 { format!("{label} · seed {seed}") } else { label.clone() };
            if !taken.insert(label.clone()) {
                let problem = format!("two runs are called `{label}`; expected a `label` of its own for each");
                return Err(place.fault(&run.span, problem));
            }
            let Run { training, budget, example_bytes, .. } = *run;
            expanded.push(RunSpec { method: run.method.clone(), label, training, budget, example_bytes, seed: *seed });
        }
    }
    Ok((expanded, left_out))
}

/// Refuses a table that says twice how long to train.
fn one_length(place: &Place<'_>, table: &RunTable) -> Result<(), SpecError> {
    match (&table.steps, &table.budget) {
        (Some(_), Some(budget)) => Err(place.fault(&budget.span(), STEPS_AND_BUDGET)),
        _ => Ok(()),
    }
}

fn run(place: &Place<'_>, defaults: &RunTable, table: &Spanned<RunTable>) -> Result<Run, SpecError> {
    let keys = table.get_ref();
    let Some(method) = &keys.method else {
        let problem = "[[run]] has no `method`; expected a tokenizer's name, such as \"EqualInfoAC[b=16, v=256]\"";
        return Err(place.fault(&table.span(), problem));
    };
    if let Some(label) = keys.label.as_ref().filter(|label| label.get_ref().trim().is_empty()) {
        return Err(place.fault(&label.span(), "`label` is empty; expected a name, or no `label` at all"));
    }
    one_length(place, keys)?;
    let method = place.method("method", method)?;
    let (training, budget) = place.training(keys.keys().or(defaults.keys()), &table.span(), "[[run]]")?;
    Ok(Run {
        span: table.span(),
        label: keys.label.as_ref().map(|label| label.get_ref().trim().to_owned()),
        method,
        training,
        budget,
        example_bytes: example_bytes(place, keys.example_bytes.as_ref().or(defaults.example_bytes.as_ref()))?,
        seeds: seeds(place, keys.seeds.as_ref().or(defaults.seeds.as_ref()))?,
    })
}

pub(super) fn example_bytes(place: &Place<'_>, given: Option<&Spanned<i64>>) -> Result<usize, SpecError> {
    match given {
        Some(bytes) => Ok(place.whole("example_bytes", bytes, EXAMPLE_BYTES)? as usize),
        None => Ok(DEFAULT_EXAMPLE_BYTES),
    }
}

pub(super) fn seeds(place: &Place<'_>, seeds: Option<&Spanned<Vec<Spanned<i64>>>>) -> Result<Vec<u64>, SpecError> {
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
fn labels(runs: &[Run]) -> Vec<String> {
    let settings: Vec<[String; SEEDS + 1]> = runs.iter().map(settings).collect();
    // Of each method's unlabelled runs: the first one's settings, and which of them are not all runs' own.
    let mut differing: HashMap<&Method, (usize, [bool; SEEDS + 1])> = HashMap::new();
    for (at, run) in runs.iter().enumerate().filter(|(_, run)| run.label.is_none()) {
        let (first, differs) = differing.entry(&run.method).or_insert((at, [false; SEEDS + 1]));
        for (setting, differs) in differs.iter_mut().enumerate() {
            *differs |= settings[*first][setting] != settings[at][setting];
        }
    }
    let label = |(run, settings): (&Run, &[String; SEEDS + 1])| match (&run.label, differing.get(&run.method)) {
        (Some(label), _) => label.clone(),
        (None, differing) => {
            let differs = |setting: usize| differing.is_some_and(|(_, differs)| differs[setting]);
            // Seeds are told apart when a run is expanded over several.
            let told = |setting: &usize| differs(*setting) && (*setting < SEEDS || run.seeds.len() == 1);
            let shown = (0..=SEEDS).filter(told).map(|setting| settings[setting].clone());
            std::iter::once(run.method.to_string()).chain(shown).collect::<Vec<_>>().join(" · ")
        }
    };
    runs.iter().zip(&settings).map(label).collect()
}

fn settings(run: &Run) -> [String; SEEDS + 1] {
    let Training { size, context, batch, steps, schedule } = run.training;
    let seeds: Vec<String> = run.seeds.iter().map(u64::to_string).collect();
    [
        size.name.to_owned(),
        format!("context {context}"),
        format!("batch {batch}"),
        run.budget.map_or_else(|| format!("{steps} steps"), |budget| budget.to_string()),
        format!("rate {}", schedule.base_rate),
        format!("warm-up {}", schedule.warmup_steps),
        format!("cool-down {}", schedule.cooldown.steps),
        rate_changes(&schedule.changes),
        format!("z-loss {}", schedule.z_loss),
        format!("examples of {} bytes", run.example_bytes),
        format!("seed {}", seeds.join("+")),
    ]
}

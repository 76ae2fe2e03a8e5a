//! [grid]: every combination of the values on its axes is a run, but for those that make none.

use super::error::{Place, SpecError};
use super::expand::{Run, seeds};
use super::ranges;
use super::read::EXAMPLE_BYTES;
use super::table::{Decimals, GridTable, ResetValue, RunTable, TrainingKeys, Wholes};
use super::{LeftOut, expand};
use crate::tokenizer::Method;
use std::ops::Range;
use toml::Spanned;

/// More runs than anyone waits for; a slip of a range makes more.
const MOST_RUNS: usize = 4096;

/// The grid's runs, seeds not yet expanded, and the combinations that make none. `others` are the file's own runs.
pub(super) fn runs(
    place: &Place<'_>,
    defaults: &RunTable,
    table: &Spanned<GridTable>,
    others: &[Run],
) -> Result<(Vec<Run>, Vec<LeftOut>), SpecError> {
    let (span, keys) = (table.span(), table.get_ref());
    if let (Some(_), Some(budget)) = (&keys.steps, &keys.budget) {
        return Err(place.fault(&budget.span(), super::read::STEPS_AND_BUDGET));
    }
    let mut left_out = Vec::new();
    let methods = methods(place, &span, keys, &mut left_out)?;
    let trainings = trainings(place, &span, keys, defaults)?;
    let example_bytes = match &keys.example_bytes {
        Some(axis) => wholes(place, "example_bytes", axis)?
            .into_iter()
            .map(|bytes| place.whole("example_bytes", &bytes, EXAMPLE_BYTES).map(|bytes| bytes as usize))
            .collect::<Result<_, _>>()?,
        None => vec![expand::example_bytes(place, defaults.example_bytes.as_ref())?],
    };
    let seeds = match &keys.seeds {
        Some(axis) => {
            let list = Spanned::new(axis.span(), wholes(place, "seeds", axis)?);
            seeds(place, Some(&list))?
        }
        None => seeds(place, defaults.seeds.as_ref())?,
    };
    let count = methods.len() * trainings.len() * example_bytes.len() * seeds.len();
    if count > MOST_RUNS {
        let problem = format!("[grid] makes {count} runs; expected at most {MOST_RUNS}: take values off its axes");
        return Err(place.fault(&span, problem));
    }
    let mut runs: Vec<Run> = Vec::new();
    for method in &methods {
        for (training, budget) in &trainings {
            for example_bytes in &example_bytes {
                let run = Run {
                    span: span.clone(),
                    label: None,
                    method: method.clone(),
                    training: *training,
                    budget: *budget,
                    example_bytes: *example_bytes,
                    seeds: seeds.clone(),
                };
                match others.iter().find(|other| other.is_like(&run)) {
                    Some(_) => left_out.push(LeftOut {
                        combination: format!("{method} at {}", run.training.size.name),
                        reason: "a [[run]] of the same settings is there already".to_owned(),
                    }),
                    None => runs.push(run),
                }
            }
        }
    }
    if runs.is_empty() {
        let why = left_out.first().map_or(String::new(), |first| format!(" {}: {}", first.combination, first.reason));
        return Err(place.fault(&span, format!("[grid] makes no run.{why}")));
    }
    Ok((runs, left_out))
}

/// The methods that were listed, then every kind of window.
fn methods(
    place: &Place<'_>,
    span: &Range<usize>,
    keys: &GridTable,
    left_out: &mut Vec<LeftOut>,
) -> Result<Vec<Method>, SpecError> {
    let mut methods: Vec<Method> = Vec::new();
    for name in &keys.methods {
        let method = place.method("methods", name)?;
        if methods.contains(&method) {
            return Err(
                place.fault(&name.span(), format!("`methods` has {method} twice; expected methods that differ"))
            );
        }
        methods.push(method);
    }
    let Some(window_bits) = &keys.window_bits else {
        let orphans = [
            ("vocabulary", keys.vocabulary.as_ref().map(Spanned::span)),
            ("token_bits", keys.token_bits.as_ref().map(Spanned::span)),
            ("ending", keys.ending.as_ref().map(Spanned::span)),
            ("reset", keys.reset.as_ref().map(Spanned::span)),
            ("words", keys.words.as_ref().map(Spanned::span)),
        ];
        if let Some((key, Some(span))) = orphans.into_iter().find(|(_, span)| span.is_some()) {
            let problem = format!("`{key}` is of windows, but [grid] has no `window_bits`; expected both, or neither");
            return Err(place.fault(&span, problem));
        }
        if methods.is_empty() {
            let problem = "[grid] names no method; expected `methods`, or `window_bits` and `vocabulary`";
            return Err(place.fault(span, problem));
        }
        return Ok(methods);
    };
    let mut vocabularies = plain(place, "vocabulary", keys.vocabulary.as_ref())?;
    for bits in plain(place, "token_bits", keys.token_bits.as_ref())? {
        // What is too large to be a vocabulary is refused with the method's own words.
        vocabularies.push(u32::try_from(bits).ok().and_then(|bits| 1u64.checked_shl(bits)).unwrap_or(u64::MAX));
    }
    if vocabularies.is_empty() {
        let problem = "[grid] has `window_bits` but no `vocabulary`; expected vocabulary = [256], or token_bits = [8]";
        return Err(place.fault(&window_bits.span(), problem));
    }
    let words = |list: &Option<Spanned<Vec<Spanned<String>>>>| -> Vec<String> {
        list.iter().flat_map(|list| list.get_ref()).map(|word| word.get_ref().trim().to_owned()).collect()
    };
    let endings = or_one(words(&keys.ending), "exact".to_owned());
    if let Some(unknown) = endings.iter().find(|ending| !["exact", "greedy", "delay"].contains(&ending.as_str())) {
        let span = keys.ending.as_ref().map_or(span.clone(), Spanned::span);
        return Err(place.fault(&span, format!("there is no ending `{unknown}`; expected exact, greedy or delay")));
    }
    let resets = keys.reset.iter().flat_map(|list| list.get_ref()).map(|value| match value {
        ResetValue::Windows(windows) => windows.to_string(),
        ResetValue::Word(word) => word.trim().to_owned(),
    });
    let resets = or_one(resets.collect(), "1".to_owned());
    let early = or_one(plain(place, "words", keys.words.as_ref())?, 0);
    let listed = methods.len();
    for bits in plain(place, "window_bits", Some(window_bits))? {
        for v in &vocabularies {
            for ending in &endings {
                for reset in &resets {
                    for early in &early {
                        let words = if *early == 0 { String::new() } else { format!(", words={early}") };
                        let name = format!("EqualInfoAC[b={bits}, v={v}, {ending}, reset={reset}{words}]");
                        let reason = match name.parse::<Method>() {
                            Ok(method) if methods.contains(&method) => format!("{method} is there already"),
                            Ok(method) => {
                                methods.push(method);
                                continue;
                            }
                            Err(error) => error.to_string(),
                        };
                        left_out.push(LeftOut { combination: name, reason });
                    }
                }
            }
        }
    }
    // Combinations are left out in silence of the file only where there are others: a slip of a value is a fault.
    if methods.len() == listed
        && let Some(LeftOut { combination, reason }) = left_out.first()
    {
        return Err(place.fault(&window_bits.span(), format!("[grid] makes no method. {combination}: {reason}")));
    }
    Ok(methods)
}

fn or_one<T>(values: Vec<T>, one: T) -> Vec<T> {
    if values.is_empty() { vec![one] } else { values }
}

/// Every combination of the axes of training.
fn trainings(
    place: &Place<'_>,
    span: &Range<usize>,
    keys: &GridTable,
    defaults: &RunTable,
) -> Result<Vec<(super::Training, Option<super::Budget>)>, SpecError> {
    let whole_axis = |key: &str, axis: &Option<Spanned<Wholes>>| -> Result<Vec<Option<Spanned<i64>>>, SpecError> {
        axis.as_ref().map_or(Ok(vec![None]), |axis| Ok(wholes(place, key, axis)?.into_iter().map(Some).collect()))
    };
    let sizes: Vec<Option<&Spanned<String>>> = match &keys.size {
        Some(sizes) => sizes.get_ref().iter().map(Some).collect(),
        None => vec![None],
    };
    let rates: Vec<Option<Spanned<f64>>> = match &keys.base_rate {
        Some(axis) => {
            let rates = match axis.get_ref() {
                Decimals::One(one) => vec![*one],
                Decimals::Many(many) => many.clone(),
                Decimals::Text(text) => ranges::decimals(text)
                    .map_err(|problem| place.fault(&axis.span(), format!("`base_rate`: {problem}")))?,
            };
            rates.into_iter().map(|rate| Some(Spanned::new(axis.span(), rate))).collect()
        }
        None => vec![None],
    };
    let (contexts, batches) = (whole_axis("context", &keys.context)?, whole_axis("batch", &keys.batch)?);
    let steps = whole_axis("steps", &keys.steps)?;
    let mut trainings = Vec::new();
    for size in &sizes {
        for context in &contexts {
            for batch in &batches {
                for steps in &steps {
                    for rate in &rates {
                        let own = TrainingKeys {
                            size: *size,
                            context: context.as_ref(),
                            batch: batch.as_ref(),
                            steps: steps.as_ref(),
                            budget: keys.budget.as_ref(),
                            base_rate: rate.as_ref(),
                            ..TrainingKeys::default()
                        };
                        let of = place.training(own.or(defaults.keys()), span, "[[grid]]")?;
                        if trainings.contains(&of) {
                            return Err(
                                place.fault(span, "[grid] has a value twice on one axis; expected values that differ")
                            );
                        }
                        if trainings.len() == MOST_RUNS {
                            let problem = format!("[grid] makes more than {MOST_RUNS} runs: take values off its axes");
                            return Err(place.fault(span, problem));
                        }
                        trainings.push(of);
                    }
                }
            }
        }
    }
    if trainings.is_empty() {
        return Err(place.fault(span, "an axis of [grid] has no value; expected at least one on each that is there"));
    }
    Ok(trainings)
}

/// An axis's whole numbers, each with the place of the axis.
fn wholes(place: &Place<'_>, key: &str, axis: &Spanned<Wholes>) -> Result<Vec<Spanned<i64>>, SpecError> {
    let values = match axis.get_ref() {
        Wholes::One(one) => vec![*one],
        Wholes::Many(many) => many.clone(),
        Wholes::Text(text) => {
            let numbers = ranges::whole_numbers(text)
                .map_err(|problem| place.fault(&axis.span(), format!("`{key}`: {problem}")))?;
            numbers.into_iter().map(|number| i64::try_from(number).unwrap_or(i64::MAX)).collect()
        }
    };
    if values.len() > ranges::MAX_VALUES {
        let problem = format!("`{key}` has {} values; expected at most {}", values.len(), ranges::MAX_VALUES);
        return Err(place.fault(&axis.span(), problem));
    }
    Ok(values.into_iter().map(|value| Spanned::new(axis.span(), value)).collect())
}

/// An axis's numbers, none below 0; empty where there is no such axis.
fn plain(place: &Place<'_>, key: &str, axis: Option<&Spanned<Wholes>>) -> Result<Vec<u64>, SpecError> {
    let values = axis.map_or(Ok(Vec::new()), |axis| wholes(place, key, axis))?;
    values.iter().map(|value| place.whole(key, value, 0..=1 << 32)).collect()
}
